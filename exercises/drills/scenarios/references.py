"""Scenarios about names that keep an old object: imports by name, aliases, holders."""
from exercises.drills.scenarios.draft import Draft
from exercises.drills.scenarios.kinds import part

EVERYWHERE = "A reload updates every name that refers to something in the module."
NOT_AT_ALL = "A reload doesn't run the edited file, or its new functions are used only after a restart."


@part("B-01")
def through_the_module(d: Draft) -> None:
    item = d.function()
    d.edit(item)
    reload = d.reload()
    d.ask(f"{item.full}()", "B-01",
          f"{reload.capitalize()} ran the edited file, and `def {item.name}` created a new function in line "
          f"<made {item.full}>. You call it through the module, so Python looks up `{item.name}` in `{d.module}` now, "
          "and finds the new one.", {item.values[0]: NOT_AT_ALL}, (item.full,))


@part("C-01")
def from_import(d: Draft) -> None:
    item = d.function()
    name = d.random.choice((item.name, item.name, f"my_{item.name}"))
    d.line("import", f"from {d.module} import {item.name}" + (f" as {name}" if name != item.name else ""))
    d.edit(item)
    reload = d.reload()
    d.ask(f"{name}()", "C-01",
          f"Line <since {name}> made `{name}` refer to the function that line <made {name}> created. "
          f"{reload.capitalize()} made only `{item.full}` refer to a new function, so `{name}` is still the old one.",
          {item.values[-1]: EVERYWHERE}, (name, item.full))


@part("C-02")
def module_alias(d: Draft) -> None:
    item = d.function()
    alias = d.theme.short
    line = d.line("import", f"import {d.module} as {alias}")
    d.edit(item)
    reload = d.reload()
    d.ask(f"{alias}.{item.name}()", "C-02",
          f"Line {line} made `{alias}` a second name for the module. {reload.capitalize()} ran the edited file in that "
          f"same module, so `{alias}.{item.name}` finds the function that line <made {item.full}> created.",
          {item.values[0]: "A second name for a module is a copy of it, which a reload doesn't change."},
          (f"{alias}.{item.name}", item.full))


@part("C-10")
def callback_in_a_list(d: Draft) -> None:
    item = d.function()
    d.imported()
    holder = d.random.choice(("hooks", "actions", "steps"))
    d.line("setup", f"{holder} = [{item.full}]")
    d.edit(item)
    reload = d.reload()
    d.ask(f"{holder}[0]()", "C-10",
          f"Line <since {holder}> put the function that line <made {holder}[0]> created into the list. "
          f"{reload.capitalize()} made `{item.full}` refer to a new function, but the list still contains the old one.",
          {item.values[-1]: EVERYWHERE}, (f"{holder}[0]", item.full))
