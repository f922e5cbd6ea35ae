"""Stories about packages, and about modules that import from each other."""
from exercises.drills.scenarios.draft import Draft
from exercises.drills.scenarios.imports import edited
from exercises.drills.scenarios.kinds import whole

DEEP = "Reloading a package reloads everything in it."


@whole("F-01")
def package_alone(d: Draft) -> None:
    package = d.package()
    item = d.function()
    first = d.line("import", f"import {d.module}")
    edit = edited(d, item)
    line = d.tell(f"importlib.reload({package})")
    d.tell_ask(f"{item.full}()", "F-01",
               f"The reload in line {line} ran only `{package}/__init__.py` again. Nothing has run `{d.home}.py` "
               f"since line {first}, so the edit in line {edit} isn't used yet.", {item.values[1]: DEEP}, (item.full,))
    again = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "F-01",
               f"Line {again} reloads the submodule itself. That ran `{d.home}.py` with the edit from line {edit}, and "
               f"created a new `{item.name}`.", {item.values[0]: "A submodule can only be reloaded with its package."},
               (item.full,))


@whole("F-01", first=2)
def package_that_prints(d: Draft) -> None:
    package = d.package()
    d.function()
    d.blocks[f"{package}/__init__"] = [f"print('{package} starts')"]
    d.block(f"print('{d.module} starts')")
    first = d.tell(f"import {package}")
    d.question(first, "F-01", f"The import in line {first} runs `{package}/__init__.py`, which doesn't import the "
                              f"submodule.",
               {f"{d.module} starts": "An import of a package imports everything in it.", "nothing": ""})
    d.tell(f"import {d.module}")
    line = d.tell(f"importlib.reload({package})")
    d.question(line, "F-01",
               f"The reload in line {line} runs `{package}/__init__.py` again, and doesn't reload the submodule "
               f"`{d.module}`.",
               {f"{d.module} starts": "A reload of a package runs its submodules.", "nothing": "The package is in "
                "`sys.modules`, so nothing runs."})


@whole("F-02")
def re_exported_name(d: Draft) -> None:
    package = d.package()
    item = d.function()
    short = d.module.rpartition(".")[2]
    form = d.random.choice((f"from {d.module} import {item.name}", f"from .{short} import {item.name}"))
    d.blocks[f"{package}/__init__"] = [form]
    d.line("import", f"import {d.module}" if d.random.random() < 0.5 else f"import {package}")
    edit = edited(d, item)
    order = d.random.choice(("package", "submodule", "both", "wrong")) if d.level > 1 else \
        d.random.choice(("package", "submodule"))
    first, second = (package, d.module) if order in ("package", "wrong") else (d.module, package)
    line = d.tell(f"importlib.reload({first})")
    last = d.tell(f"importlib.reload({second})") if order in ("both", "wrong") else ""
    whole_name = f"{package}.{item.name}"
    if order == "both":
        why = (f"Line {line} created the new function in the submodule, and line {last} ran `__init__.py` again after "
               "that: its `from` import copied the new reference.")
    elif order == "submodule":
        why = (f"The reload in line {line} made `{item.full}` refer to a new function. `{whole_name}` is another "
               "reference, which `__init__.py` copied when it ran, and it hasn't run again.")
    else:
        why = (f"The reload in line {line} ran `__init__.py` again, but at that moment the submodule still had the old "
               f"function: the edit in line {edit} had changed only the file. So `__init__.py` copied the old "
               "reference.")
    old = order != "both"
    d.tell_ask(f"{whole_name}()", "F-02", why, {item.values[1 if old else 0]: DEEP if order == "package" else
               "One reload of the submodule updates the package's name, too." if old else
               "A name that a package re-exports always stays old."}, (whole_name, item.full))
    new_in_part = order != "package"
    d.tell_ask(f"{item.full}()", "F-02",
               f"The reload in line <made {item.full}> ran the edited `{d.home}.py`, so the submodule has the new "
               "function."
               if new_in_part else f"The reload in line {line} ran only `__init__.py`. The `from` import in it found "
                                   f"the "
               f"submodule in `sys.modules`, and didn't run `{d.home}.py`.",
               {item.values[0 if new_in_part else 1]: "A submodule is updated only with its "
                                                      "package." if new_in_part else
                DEEP}, (item.full, whole_name))


@whole("C-14", last=8)
def submodule_by_from_import(d: Draft) -> None:
    package = d.package()
    item = d.function()
    short = d.module.rpartition(".")[2]
    first = d.tell(f"from {package} import {short}")
    also = d.tell(f"from {d.module} import {item.name}")
    edited(d, item)
    line = d.tell(f"importlib.reload({short})")
    d.tell_ask(f"{short}.{item.name}()", "C-14",
               f"Line {first} imported a module, not a function, and the reload in line {line} kept that module "
               f"object. Line <here> looks up `{item.name}` in it, and finds the new function.",
               {item.values[0]: "Everything that's imported with `from` stays old."},
               (f"{short}.{item.name}", item.name))
    d.tell_ask(f"{item.name}()", "C-01",
               f"Line {also} copied a reference to the function that line <made {item.name}> created. The reload in "
               f"line {line} made only `{short}.{item.name}` refer to a new one.",
               {item.values[1]: "A reload updates every name that was imported from the module."},
               (item.name, f"{short}.{item.name}"))


@whole("F-03")
def order_of_two_reloads(d: Draft) -> None:
    item, (client, show) = d.function(), d.theme.client
    d.block(f"from {d.module} import {item.name}", client)
    use = d.random.random() < 0.5
    if use:
        d.block(f"def {show}():\n    return {item.name}()", client)
    d.imported()
    d.line("import", f"import {client}")
    edit = edited(d, item)
    right = d.random.random() < 0.5
    first, second = (d.module, client) if right else (client, d.module)
    one, two = d.tell(f"importlib.reload({first})"), d.tell(f"importlib.reload({second})")
    name = f"{client}.{show}()" if use else f"{client}.{item.name}()"
    if right:
        why = (f"Line {one} created the new function, and line {two} ran `{client}.py` again after that. So its `from` "
               f"import copied the new reference.")
    else:
        why = (f"When line {one} ran `{client}.py` again, `{d.module}` hadn't been reloaded since the edit in line "
               f"{edit}, so the `from` import copied the old reference. Line {two} changed only `{item.full}`.")
    d.tell_ask(name, "F-03", why, {item.values[0 if right else 1]: "Reloading a module that imported the function "
                                                                   "never "
                                   "helps." if right else "If both modules are reloaded, the order doesn't matter."},
               (f"{client}.{item.name}", item.full))
    d.tell_ask(f"{item.full}()", "B-01",
               f"The reload in line <made {item.full}> ran the edited file. It doesn't matter here what else was "
               f"reloaded, "
               "before or after.", {item.values[0]: "Both modules must be reloaded in the right order for any effect."},
               (item.full,))


@whole("F-03", first=5)
def chain_of_three(d: Draft) -> None:
    item, client = d.function(), d.theme.client[0]
    top = d.random.choice(("menu", "app", "page"))
    d.block(f"from {d.module} import {item.name}", client)
    d.block(f"from {client} import {item.name}", top)
    d.imported()
    d.line("import", f"import {client}, {top}")
    edited(d, item)
    order = d.random.sample((d.module, client, top), 3)
    lines = {name: d.tell(f"importlib.reload({name})") for name in order}
    middle_new = order.index(client) > order.index(d.module)
    then = "after" if order.index(top) > order.index(client) else "before"
    top_new = middle_new and then == "after"
    d.tell_ask(f"{client}.{item.name}()", "F-03",
               f"`{client}` was reloaded in line {lines[client]}, "
               + (f"after `{d.module}` in line {lines[d.module]}, so it imported the new function." if middle_new else
                  f"before `{d.module}` in line {lines[d.module]}, so it imported the old function again."),
               {item.values[0 if middle_new else 1]: "The order of the reloads doesn't matter." if not middle_new else
                "A name that was imported with `from` always stays old."}, (f"{client}.{item.name}", item.full))
    late = "" if middle_new or then == "before" else f": `{d.module}` was reloaded only in line {lines[d.module]}"
    d.tell_ask(f"{top}.{item.name}()", "F-03",
               f"`{top}` imports from `{client}`, which was reloaded in line {lines[client]}. Line {lines[top]} ran "
               f"`{top}.py` again {then} that, when `{client}.{item.name}` "
               f"{'referred to the new' if top_new else 'still referred to the old'} function{late}.",
               {item.values[0 if top_new else 1]: "A name that was imported with `from` always stays old." if top_new
                else "The order of the reloads doesn't matter."},
               (f"{top}.{item.name}", item.full))


@whole("F-04", last=8)
def package_is_missing(d: Draft) -> None:
    package = d.package()
    item = d.function()
    short = d.module.rpartition(".")[2]
    d.tell(f"from {package} import {short}")
    edit = edited(d, item)
    deleted = d.tell(f"del sys.modules['{package}']")
    line = d.tell(f"importlib.reload({short})")
    d.question(line, "F-04",
               f"To find a submodule's file, `reload` asks its package. Line {deleted} deleted the package from "
               f"`sys.modules`, so line {line} raises ImportError.",
               {"nothing": "A reload needs only the submodule itself.", "NameError": "", "KeyError": ""})
    d.tell_ask(f"{short}.{item.name}()", "F-04",
               f"The reload in line {line} failed before it ran the file, so the edit in line {edit} had no effect. "
               "The submodule itself still works.", {item.values[1]: "The reload worked in spite of the error."},
               (f"{short}.{item.name}",))


@whole("K-04", first=2)
def submodule_is_still_an_attribute(d: Draft) -> None:
    package = d.package()
    item = d.function()
    short = d.module.rpartition(".")[2]
    first = d.tell(f"import {d.module}")
    edit = edited(d, item)
    deleted = d.tell(f"del sys.modules['{d.module}']")
    by_from = d.tell(f"from {package} import {short}")
    d.tell_ask(f"{short}.{item.name}()", "K-04",
               f"Line {deleted} deleted the entry in `sys.modules`, but the submodule from line {first} is still an "
               f"attribute of `{package}`. Line {by_from} finds that attribute, and imports nothing.",
               {item.values[1]: "After the deletion every import runs the file."}, (f"{short}.{item.name}",))
    again = d.tell(f"import {d.module}")
    d.tell_ask(f"{item.full}()", "K-04",
               f"Line {again} looks in `sys.modules`, where line {deleted} deleted the submodule. So it ran the file "
               f"with the edit from line {edit}, and made `{d.module}` refer to a second module.",
               {item.values[0]: "The import finds the submodule that's still an attribute of the package."},
               (item.full, f"{short}.{item.name}"))
