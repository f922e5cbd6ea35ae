"""Parts about names, imports and holders that keep an old function, and about look-ups that find the new one."""
from exercises.drills.scenarios.draft import Draft, subject
from exercises.drills.scenarios.kinds import part

EVERYWHERE = "A reload updates everything that refers to something in the module."
NOT_AT_ALL = "The program keeps running the code that it imported first, whatever is reloaded."
FROZEN = "A function remembers what its names referred to when it was created."


@part("B-01")
def through_the_module(d: Draft) -> None:
    item = d.function()
    d.edit(item)
    d.reload()
    d.ask(f"{item.full}()", "B-01",
          f"The reload in line <made {item.full}> ran the edited file, which created a new function and made "
          f"`{item.full}` refer to it. Line <here> calls through the module, so it finds the new one.",
          {item.values[0]: NOT_AT_ALL}, (item.full,))


@part("C-01 C-04")
def from_import(d: Draft) -> None:
    item, start = d.function(), d.start()
    name = d.random.choice((item.name, item.name, f"my_{item.name}"))
    d.imported()
    d.line("import" if start == "setup" else start,
           f"from {d.module} import {item.name}" + (f" as {name}" if name != item.name else ""))
    [edit, *_] = d.edit(item)
    reload = d.reload(start)
    before = f"the file had been edited in line {edit}, but not reloaded yet. " if start == "between" else ""
    d.ask(f"{name}()", "C-04" if before else "C-01",
          f"<story {name}>" + (f": {before}" if before else ". ")
          + f"{subject(reload)} made `{item.full}` refer to a new function, and didn't change `{name}`.",
          {item.values[-1]: "An import after the edit finds the edited function." if before else EVERYWHERE,
           item.values[0]: ""}, (name, item.full))


@part("C-04")
def repeated_from_import(d: Draft) -> None:
    item = d.function()
    d.imported()
    d.line("import", f"from {d.module} import {item.name}")
    d.edit(item)
    d.reload()
    d.line("at last", f"from {d.module} import {item.name}")
    d.ask(f"{item.name}()", "C-04",
          f"Line <since {item.name}> repeats the `from` import after the reload, so it copies the new reference: "
          f"`{item.name}` now refers to the function that line <made {item.name}> created.",
          {item.values[0]: "A second import of the same name does nothing."}, (item.name, item.full))


@part("C-02")
def module_alias(d: Draft) -> None:
    item, alias = d.function(), d.theme.short
    d.imported()  # before the alias, so that the alias is the second name
    line = d.line("import", f"import {d.module} as {alias}")
    d.edit(item)
    d.reload()
    d.ask(f"{alias}.{item.name}()", "C-02",
          f"Line {line} made `{alias}` a second name for the module `{d.module}`, not a copy of it. The reload in "
          f"line <made {item.full}> ran the edited file in that same module, so `{alias}.{item.name}` finds the new "
          "function.",
          {item.values[0]: "A second name for a module is a copy of it, which a reload doesn't change."},
          (f"{alias}.{item.name}", item.full))


@part("C-03", first=2)
def star_import(d: Draft) -> None:
    item = d.function()
    d.imported()
    star = d.line("import", f"from {d.module} import *")
    d.edit(item)
    reload = d.reload()
    d.ask(f"{item.name}()", "C-03",
          f"The star import in line {star} copied the reference that `{d.module}` had then, so `{item.name}` refers "
          f"to the function that line <made {item.name}> created. {subject(reload)} changed names in the module, and "
          "none in the program.", {item.values[-1]: "A star import keeps the program's names the same as the "
                                                    "module's."},
          (item.name, item.full))


@part("C-17", first=3)
def import_inside_a_function(d: Draft) -> None:
    item, name = d.function(), d.theme.client[1]
    d.line("setup", f"def {name}():\n    from {d.module} import {item.name}\n    return {item.name}()")
    d.edit(item)
    d.reload()
    d.ask(f"{name}()", "C-17",
          f"The `from` import inside `{name}` runs at every call. The call in line <here> comes after the reload in "
          f"line <made {item.full}>, so the import finds the new function.",
          {item.values[0]: "An import inside a function runs once, when the function is created."}, (item.full,))


@part("C-05", first=3)
def client_with_a_from_import(d: Draft) -> None:
    item, (client, show) = d.function(), d.theme.client
    d.imported()
    if client not in d.blocks:
        d.block(f"from {d.module} import {item.name}", client)
    elif f"from {d.module} import {item.name}" not in d.blocks[client]:
        return
    d.block(f"def {show}():\n    return {item.name}()", client)
    d.line("import", f"import {client}")
    d.edit(item)
    reload = d.reload()
    again = d.line("at last", f"importlib.reload({client})") if d.random.random() < 0.4 else None
    why = (f"Line {again} ran `{client}.py` again, so its `from` import copied the new reference: "
           f"`{client}.{item.name}` refers to the function that line <made {client}.{item.name}> created." if again else
           f"<story {client}.{item.name}>. {subject(reload)} made `{item.full}` refer to a new function, but "
           f"`{client}` has a reference of its own, and `{client}.py` didn't run again.")
    d.ask(f"{client}.{show}()", "C-05", why, {item.values[0 if again else -1]: NOT_AT_ALL if again else EVERYWHERE},
          (f"{client}.{item.name}", item.full))


@part("C-02", first=3)
def client_with_the_module(d: Draft) -> None:
    item, (client, show) = d.function(), d.theme.client
    if client in d.blocks:
        return
    d.block(f"import {d.module}", client)
    d.block(f"def {show}():\n    return {item.full}()", client)
    d.line("import", f"import {client}")
    d.edit(item)
    d.reload()
    d.ask(f"{client}.{show}()", "C-02",
          f"`{client}` has a name for the module, not for the function. It looks up `{item.full}` at every call, and "
          f"after the reload in line <made {item.full}> that's the new function.",
          {item.values[0]: f"`{client}.py` must run again before it uses the new function."},
          (f"{client}.{d.module}.{item.name}", item.full))


@part("C-06", first=2)
def default_argument(d: Draft) -> None:
    item, start, name = d.function(), d.start(), d.theme.client[1]
    d.imported()
    form = d.random.choice(("{0} = lambda source={1}: source()", "def {0}(source={1}):\n    return source()"))
    line = d.line(start, form.format(name, item.full))
    d.edit(item)
    reload = d.reload(start)
    d.ask(f"{name}()", "C-06",
          f"The default of `source` was evaluated once, in line {line}: it's the function that `{item.full}` referred "
          f"to at that moment. {subject(reload)} created another function, and left the default as it was.",
          {item.values[-1]: "A default is evaluated at every call.", item.values[0]: ""}, (name, item.full))


@part("C-07", first=3)
def closure_over_the_function(d: Draft) -> None:
    item, start, name = d.function(), d.start(), d.theme.client[1]
    d.imported()
    d.line("import", "def later(function):\n    return lambda: function()")
    line = d.line(start, f"{name} = later({item.full})")
    d.edit(item)
    reload = d.reload(start)
    d.ask(f"{name}()", "C-07",
          f"Line {line} passed the function itself to `later`, and the closure keeps it. {subject(reload)} made "
          f"`{item.full}` refer to a new function, but the closure never looks at `{item.full}` again.",
          {item.values[-1]: f"The closure looks up `{item.full}` at every call.", item.values[0]: ""}, (item.full,))


@part("C-10", first=2)
def lambda_that_looks_up(d: Draft) -> None:
    item, name = d.function(), d.theme.client[1]
    d.imported()
    line = d.line("setup", f"{name} = lambda: {item.full}()")
    d.edit(item)
    d.reload()
    d.ask(f"{name}()", "C-10",
          f"The lambda in line {line} keeps no function. It looks up `{item.full}` when it's called, in line <here>, "
          f"and finds the function that the reload in line <made {item.full}> created.",
          {item.values[0]: FROZEN}, (item.full,))


@part("C-10", first=1)
def callback_in_a_list(d: Draft) -> None:
    item, start = d.function(), d.start()
    d.imported()
    holder = d.random.choice(("hooks", "actions", "jobs"))
    if any(line.code.startswith(holder) for line in d.lines["setup"]):
        return
    line = d.line(start, f"{holder} = [{item.full}]")
    d.edit(item)
    reload = d.reload(start)
    d.ask(f"{holder}[0]()", "C-10",
          f"Line {line} put a function into the list: the one that `{item.full}` referred to then. {subject(reload)} "
          f"made `{item.full}` refer to a new function, but the list still contains the old one.",
          {item.values[-1]: EVERYWHERE, item.values[0]: ""}, (f"{holder}[0]", item.full))


@part("C-10", first=1)
def callback_in_a_dictionary(d: Draft) -> None:
    item, start = d.function(), d.start()
    d.imported()
    line = d.line(start, f"commands = {{'{item.name}': {item.full}}}")
    d.edit(item)
    reload = d.reload(start)
    d.ask(f"commands['{item.name}']()", "C-10",
          f"Line {line} stored the function that `{item.full}` referred to then. {subject(reload)} made `{item.full}` "
          "refer to a new function, and the dictionary still contains the old one.",
          {item.values[-1]: "The dictionary stores the name, and looks it up at every call.", item.values[0]: ""},
          (f"commands['{item.name}']", item.full))


@part("C-10", first=3)
def module_and_name_in_a_dictionary(d: Draft) -> None:
    item = d.function()
    d.imported()
    line = d.line("setup", f"button = ({d.module}, '{item.name}')")
    d.edit(item)
    d.reload()
    d.ask("getattr(button[0], button[1])()", "C-10",
          f"Line {line} stored the module and a name, not a function. Line <here> looks up that name in the module "
          f"now, and finds the function that the reload in line <made {item.full}> created.",
          {item.values[0]: "Whatever was stored before the reload stays old."}, (item.full,))


@part("C-10", first=3)
def partial_function(d: Draft) -> None:
    item, start = d.function(), d.start()
    d.imported()
    d.line("import", "import functools")
    line = d.line(start, f"job = functools.partial({item.full})")
    d.edit(item)
    reload = d.reload(start)
    d.ask("job()", "C-10",
          f"Line {line} passed `partial` the function that `{item.full}` referred to then, and `partial` keeps it. "
          f"{subject(reload)} created another function, and nothing made `job` use that one.",
          {item.values[-1]: EVERYWHERE, item.values[0]: ""}, (item.full,))


@part("I-07 C-01", first=2)
def kept_under_another_name(d: Draft) -> None:
    item, start = d.function(), d.start()
    d.imported()
    line = d.line(start, f"backup = {item.full}")
    d.edit(item)
    reload = d.reload(start)
    d.ask("backup()", "I-07",
          f"Line {line} made `backup` refer to the function that line <made backup> created. {subject(reload)} made "
          f"`{item.full}` refer to a new one, but the old function lives as long as something refers to it.",
          {item.values[-1]: "A reload replaces the old function, so it doesn't exist any more.", item.values[0]: ""},
          ("backup", item.full))


@part("B-06", first=1)
def same_function(d: Draft) -> None:
    item = d.function()
    d.imported()
    line = d.line("setup", f"before = {item.full}")
    if d.random.random() < 0.5:
        d.edit(item)
    d.reload()
    code, same = d.same(item.full, "before")
    d.ask(code, "B-06",
          f"Line {line} kept the function that line <made before> created. The reload in line <made {item.full}> ran "
          f"`def {item.name}` again, and every `def` creates a new function, even if the file hasn't changed.",
          {same: "A reload keeps what hasn't changed, or changes the function itself."}, ("before", item.full))


@part("B-12", first=2)
def old_function_new_global(d: Draft) -> None:
    name, values = d.constants.pop()
    item = d.versions(name, values, f"{name} = {{}}")
    function = d.theme.count[1]
    if function in d.used:
        return
    d.used.add(function)
    start = d.start()
    d.imported()
    d.block(item.sources[0])
    d.block(f"def {function}():\n    return {name}")
    d.line("import" if start == "setup" else start, f"from {d.module} import {function}")
    d.edit(item)
    d.reload()
    d.ask(f"{function}()", "B-12",
          f"`{function}` is the old function, which line <made {function}> created. But it looks up `{name}` when "
          f"it's called, in the dictionary of `{d.module}`, where line <since {d.module}.{name}> set it to the new "
          "value.",
          {item.values[0]: FROZEN}, (function, f"{d.module}.{function}"))


@part("B-12", first=4)
def half_old_half_new(d: Draft) -> None:
    texts = [pair for pair in d.constants if isinstance(pair[1][0], str)]
    functions = [pair for pair in d.free if isinstance(pair[1][0], str)]
    if not texts or not functions:
        return
    (name, values), (function, words) = texts[0], functions[0]
    d.constants.remove(texts[0])
    d.free.remove(functions[0])
    item = d.versions(name, values, f"{name} = {{}}")
    old, new = d.random.sample(words, 2)
    d.block(item.sources[0])
    d.block(f"def {function}():\n    return {old!r} + ', ' + {name}")
    d.line("import", f"from {d.module} import {function}")
    d.comment("edit", f"{old!r} + -> {new!r} +")
    d.edit(item)
    d.reload()
    d.ask(f"{function}()", "B-12",
          f"`{function}` is the old function, so its own code still contains `{old!r}`. It looks up `{name}` when "
          f"it's called, and line <since {d.module}.{name}> set that to the new value: the result is half old and "
          "half new.",
          {f"{old}, {item.values[0]}": "An old function uses only old values.",
           f"{new}, {item.values[-1]}": EVERYWHERE}, (function, f"{d.module}.{function}"))


@part("B-13", first=4)
def mixture_that_crashes(d: Draft) -> None:
    helper, total = "cost", "total_cost"
    if d.rounds > 1 or total in d.used:
        return
    d.used.add(total)
    price = d.random.randint(2, 9)
    d.block(f"def {helper}(number):\n    return {price} * number")
    d.block(f"def {total}():\n    return {helper}(2)")
    d.line("import", f"from {d.module} import {total}")
    first = d.comment("edit", f"def {helper}(number) -> def {helper}(number, tax)")
    second = d.comment("edit", f"{helper}(2) -> {helper}(2, 1)")
    d.reload()
    d.ask(f"{total}()", "B-13",
          f"`{total}` is the old function, which calls `{helper}(2)`. It finds the new `{helper}`, which has needed "
          f"two arguments since the edit in line {first}. The edit in line {second} changed only the new `{total}`.",
          {str(2 * price): "An old function calls the old functions."}, (total, f"{d.module}.{total}"))
    d.ask(f"{d.module}.{total}()", "B-01",
          f"The reload in line <made {d.module}.{total}> created new versions of `{helper}` and `{total}`, which fit "
          f"each other. Line <here> calls the new `{total}` through the module.", {"TypeError":
          "The call doesn't fit the function any more."}, (f"{d.module}.{total}",))


@part("C-01", first=2)
def list_of_the_module(d: Draft) -> None:
    name, values = d.theme.items
    if name in d.used:
        return
    d.used.add(name)
    chosen = d.random.sample(values, d.random.randint(1, 2))
    d.block(f"{name} = {chosen!r}")
    d.imported()
    imported = d.line("import", f"from {d.module} import {name}")
    line = d.line("setup", f"{name}.append({d.random.choice([each for each in values if each not in chosen])!r})")
    reload = d.reload()
    d.ask(f"len({name})", "C-01",
          f"Line {imported} made `{name}` refer to the list that line <made {name}> created, and line {line} appended "
          f"to it. {subject(reload)} created a new list, and made only `{d.module}.{name}` refer to it.",
          {str(len(chosen)): EVERYWHERE}, (name, f"{d.module}.{name}"))
    d.ask(f"len({d.module}.{name})", "B-07",
          f"The reload in line <made {d.module}.{name}> ran `{name} = ...` again: it created a new list, with what "
          f"the file says. What line {line} appended is only in the old list.",
          {str(len(chosen) + 1): "A reload keeps what the program appended."}, (name, f"{d.module}.{name}"))
