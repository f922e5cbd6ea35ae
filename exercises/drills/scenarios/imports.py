"""Stories about imports that run nothing, and about what sys.modules contains."""
from exercises.drills.scenarios.draft import Draft, Item, Line
from exercises.drills.scenarios.kinds import whole

RUNS_AGAIN = "An import runs the file as it is now."
FROM_UTIL = "from importlib.util import module_from_spec, spec_from_file_location"
NO_EFFECT = "A file that two modules were loaded from can't be reloaded."
WHEN_CREATED = "An import inside a function runs when the function is created."
ONLY_IMPORTLIB = "Only `importlib.reload` works."
UNLOADED = "Deleting the name unloads the module."


def edited(d: Draft, item: Item) -> str:
    """Edit an item in a story, and return the line."""
    return str(d.tell(f"# edit {d.home}.py: {item.edits[0]}"))


def opening(d: Draft) -> str:
    """Make the module print something when its file runs, and return that."""
    word = f"opening {d.module}"
    d.block(f"print('{word}')")
    return word


@whole("A-01", last=7)
def import_again(d: Draft) -> None:
    item, word = d.function(), opening(d) if d.random.random() < 0.6 else ""
    alias = d.random.choice(("", "", d.theme.short))
    first = d.imported()
    edit = edited(d, item)
    again = d.tell(f"import {d.module}" + f" as {alias}" * bool(alias))
    name = alias or d.module
    if word:
        d.question(again, "A-01",
                   f"The module has been in `sys.modules` since line {first}, so the import in line {again} finds it "
                   "there and doesn't run the file again.", {word: "Every import runs the file."})
    d.tell_ask(f"{name}.{item.name}()", "A-01",
               f"Line {edit} changed only the file. The import in line {again} found the module in `sys.modules` and "
               f"didn't run the file, so `{item.name}` is still the function that line <made {item.full}> created.",
               {item.values[1]: RUNS_AGAIN}, (f"{name}.{item.name}",))
    if not word:
        copied = d.tell(f"from {d.module} import {item.name}")
        d.tell_ask(f"{item.name}()", "C-04",
                   f"Line {copied} copied the reference that the module has. The file was edited in line {edit}, but "
                   f"nothing has run it since, so that's the function from line <made {item.name}>.",
                   {item.values[1]: "A `from` import reads the function from the file."}, (item.name, item.full))


@whole("A-02", last=7)
def delete_the_name(d: Draft) -> None:
    item, word = d.function(), opening(d) if d.random.random() < 0.5 else ""
    first = d.imported()
    edit = edited(d, item) if d.level > 1 or not word else ""
    deleted = d.tell(f"del {d.module}")
    if not word:
        d.tell_ask(f"{item.full}()", "A-02",
                   f"Line {deleted} deleted the program's name `{d.module}`, so it refers to nothing. The module "
                   "still exists, in `sys.modules`.", {item.values[0]: "`del` deletes nothing that's still in "
                                                         "use.", item.values[1]: ""})
    again = d.tell(f"import {d.module}")
    if word:
        d.question(again, "A-02",
                   f"`del {d.module}` in line {deleted} deleted a name of the program. The module stayed in "
                   f"`sys.modules`, "
                   f"so the import in line {again} found it there and didn't run the file.", {word: UNLOADED})
    if edit or word:
        changed = f"Line {edit} changed only the file, and line" if edit else "Line"
        d.tell_ask(f"{item.full}()", "A-02",
                   f"{changed} {deleted} deleted only a name. The import in line {again} found the module from line "
                   f"{first} in `sys.modules`, with the function that was created there.",
                   {item.values[1]: UNLOADED} if edit else {"NameError": "After `del` the module can't be used."},
                   (item.full,))


@whole("E-05", last=7)
def reload_something_else(d: Draft) -> None:
    item = d.function()
    first = d.imported()
    kind = d.random.choice(("string", "function", "name", "module"))
    if kind == "name":
        d.line("import", f"from {d.module} import {item.name}")
    edit = edited(d, item)
    argument = {"string": f"'{d.module}'", "function": item.full, "name": item.name,
                "module": f"sys.modules['{d.module}']"}[kind]
    line = d.tell(f"importlib.reload({argument})")
    if kind == "module":
        d.question(line, "E-05",
                   f"`reload` needs the module object, however the program gets it. In line {line} it's from "
                   "`sys.modules`, so the reload runs the file and raises no error.",
                   {"TypeError": "`reload` needs the module's own name.", "ImportError": "", "NameError": ""})
        d.tell_ask(f"{item.full}()", "E-05",
                   f"`{argument}` and `{d.module}` refer to the same module. Line {line} ran the file in it with the "
                   f"edit from line {edit}, so `{item.full}` refers to a new function.",
                   {item.values[0]: f"The name `{d.module}` refers to another module."}, (item.full,))
        return
    if kind == "string":
        d.question(line, "E-05",
                   f"`reload` needs the module object. `{argument}` in line {line} is a string, although it's the "
                   "module's name, so `reload` raises TypeError before it runs anything.",
                   {"nothing": "`reload` finds the module by its name.", "ImportError": "", "NameError": ""})
    else:
        d.question(line, "E-05",
                   f"`{argument}` in line {line} is a function. `reload` looks for its name, `'{item.name}'`, in "
                   "`sys.modules`, and doesn't find a module there.",
                   {"nothing": "`reload` can update a single function.", "TypeError": "", "NameError": ""})
    d.tell_ask(f"{item.full}()", "E-05",
               f"The call in line {line} failed before it ran the file. So since line {first} nothing has changed in "
               f"the module, and the edit in line {edit} is only in the file.",
               {item.values[1]: "The reload worked in spite of the error."}, (item.full,))


@whole("N-01", last=7)
def reload_without_importlib(d: Draft) -> None:
    item = d.function()
    d.imported()
    imported = d.line("import", "from importlib import reload") if d.random.random() < 0.4 else None
    edit = edited(d, item)
    line = d.tell(f"reload({d.module})")
    if imported:
        d.question(line, "N-01",
                   f"`reload` isn't a built-in function any more, but line {imported} imported it from `importlib`. So "
                   f"line {line} reloads the module, without an error.",
                   {"NameError": ONLY_IMPORTLIB, "ImportError": "", "TypeError": ""})
        d.tell_ask(f"{item.full}()", "N-01",
                   f"`reload` in line {line} is the function that line {imported} imported from `importlib`. It ran "
                   f"the file with the edit from line {edit}, which created a new function.",
                   {item.values[0]: ONLY_IMPORTLIB}, (item.full,))
        return
    d.question(line, "N-01",
               "`reload` was a built-in function of Python 2. In Python 3 no name `reload` exists until a program "
               f"imports it from `importlib`, so line {line} raises NameError.",
               {"nothing": "`reload` is a built-in function.", "ImportError": "", "TypeError": ""})
    d.tell_ask(f"{item.full}()", "N-01",
               f"Line {line} raised an error before any file ran. The edit in line {edit} is only in the file, so the "
               f"module still has the function from line <made {item.full}>.", {item.values[1]: "The reload worked in "
                                                                               "spite of the error."}, (item.full,))


@whole("K-01")
def second_module(d: Draft) -> None:
    item = d.function()
    first, name = d.imported(), d.random.choice(("first", "saved"))
    holder = d.random.choice((f"{name} = {d.module}", f"from {d.module} import {item.name}"))
    kept = d.tell(holder)
    edit = edited(d, item) if d.random.random() < 0.7 else ""
    deleted = d.tell(f"del sys.modules['{d.module}']")
    again = d.tell(f"import {d.module}")
    now = item.values[bool(edit)]
    if edit:
        d.tell_ask(f"{item.full}()", "K-01",
                   f"Line {deleted} deleted the module from `sys.modules`. So the import in line {again} didn't find "
                   f"it, ran the edited file, and created a second module with a new `{item.name}`.",
                   {item.values[0]: "A second import never runs the file."}, (item.full,))
    if holder.startswith("from"):
        code, same = (f"{item.name}()", now) if edit else d.same(item.name, item.full)
        d.tell_ask(code, "K-01",
                   f"Line {kept} made `{item.name}` refer to the function of the first module, from line {first}. The "
                   f"import in line {again} created a second module, and nothing changed `{item.name}`.",
                   {same: "The second import replaces the first module everywhere."},
                   (item.name, item.full))
    else:
        calls = bool(edit) and d.random.random() < 0.6
        code, same = (f"{name}.{item.name}()", now) if calls else d.same(name, d.module)
        d.tell_ask(code, "K-01",
                   f"Line {kept} made `{name}` refer to the first module, from line {first}. The import in line "
                   f"{again} created a second module, and only `{d.module}` refers to that one.",
                   {same: "The second import replaces the first module everywhere."},
                   (name, d.module))
    if not edit:
        d.tell_ask(f"'{d.module}' in sys.modules", "K-01",
                   f"Line {deleted} deleted the entry, and the import in line {again} created a second module and "
                   "added it to `sys.modules`.", {"False": "After the deletion `sys.modules` never contains it again."})


@whole("K-02 K-01", first=2)
def leftovers_or_not(d: Draft) -> None:
    item, (gone, values) = d.function(), d.free.pop()
    value = d.random.choice(values)
    d.block(f"def {gone}():\n    return {value!r}")
    first = d.imported()
    edit = d.tell(f"# edit {d.home}.py: delete def {gone}")
    reloaded = d.random.random() < 0.5
    if reloaded:
        line = d.tell(f"importlib.reload({d.module})")
        d.tell_ask(f"hasattr({d.module}, '{gone}')", "K-02",
                   f"The reload in line {line} kept the module from line {first}, with everything in it. Line {edit} "
                   f"deleted `{gone}` only from the file.", {"False": "A reload makes a clean module."},
                   (f"{d.module}.{gone}",))
    deleted = d.tell(f"del sys.modules['{d.module}']")
    again = d.tell(f"import {d.module}")
    calls = d.random.random() < 0.6
    d.tell_ask(f"{d.module}.{gone}()" if calls else f"hasattr({d.module}, '{gone}')", "K-02" if reloaded else "K-01",
               f"After line {deleted} the import in line {again} created a second module, with an empty dictionary, "
               f"and ran the file in it. Since line {edit} the file hasn't defined `{gone}`.",
               {str(value) if calls else "True": "A module keeps what it once had, however it's imported."}, ())
    if not reloaded:
        d.tell_ask(f"{item.full}()", "K-01",
                   f"The import in line {again} ran the file in a second module. The edit in line {edit} deleted "
                   f"another function, so `{item.name}` is in it and returns the same as before.",
                   {"AttributeError": "A second import finds nothing in the module."}, (item.full,))


@whole("K-02", first=3)
def client_of_the_first_module(d: Draft) -> None:
    item, (client, show) = d.function(), d.theme.client
    d.block(f"import {d.module}", client)
    d.block(f"def {show}():\n    return {item.full}()", client)
    first = d.imported()
    d.line("import", f"import {client}")
    edit = edited(d, item)
    deleted = d.tell(f"del sys.modules['{d.module}']")
    again = d.tell(f"import {d.module}")
    if d.level > 5 and d.random.random() < 0.5:
        d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "K-01",
               f"After line {deleted} the module wasn't in `sys.modules`, so line {again} ran the file with the edit "
               f"from line {edit}, in a second module. The program's `{d.module}` refers to that one.",
               {item.values[0]: "A second import never runs the file."}, (item.full,))
    d.tell_ask(f"{client}.{show}()", "K-02",
               f"`{client}` imported the first module, from line {first}, and its own name `{d.module}` still refers "
               f"to it. The second module, from line {again}, is one that `{client}` never imported.",
               {item.values[1]: "All modules look up `sys.modules` whenever they use a module."},
               (f"{client}.{d.module}", d.module))


@whole("K-03", first=2)
def old_functions_still_work(d: Draft) -> None:
    name, values = d.constants.pop()
    item = d.versions(name, values, f"{name} = {{}}")
    function = d.theme.count[1]
    d.block(item.sources[0])
    d.block(f"def {function}():\n    return {name}")
    d.line("import", f"from {d.module} import {function}")
    deleted = d.tell(f"del sys.modules['{d.module}']")
    d.tell_ask(f"{function}()", "K-03",
               f"Line {deleted} deleted an entry in a dictionary. `{function}` keeps the dictionary of its module, "
               f"with "
               f"`{name}` in it, and works as before.", {"NameError": "Deleting the module from `sys.modules` unloads "
                                                                      "it."},
               (function,))
    edited(d, item)
    again = d.tell(f"import {d.module}")
    d.tell_ask(f"{function}()", "K-03",
               f"Line {again} created a second module, in which `{name}` has the new value. `{function}` is from the "
               "first module, and looks up names there.", {item.values[1]: "An old function finds its names in the "
                                                          "module that has its name now."},
               (function, f"{d.module}.{function}"))


@whole("E-04")
def reload_after_the_deletion(d: Draft) -> None:
    item = d.function()
    d.imported()
    kept = d.tell(f"first = {d.module}") if d.level > 2 and d.random.random() < 0.5 else ""
    edit = edited(d, item)
    deleted = d.tell(f"del sys.modules['{d.module}']")
    again = d.tell(f"import {d.module}") if kept else ""
    name = "first" if kept else d.module
    line = d.tell(f"importlib.reload({name})")
    where = (f"Since line {again} it has contained the second module, and `first` is another object" if kept else
             f"Line {deleted} deleted `{d.module}` from it")
    d.question(line, "E-04",
               f"`reload` reloads only a module that `sys.modules` contains. {where}, so line {line} raises "
               "ImportError.",
               {"nothing": "`reload` needs only the module object.", "NameError": "", "KeyError": ""})
    d.tell_ask(f"{name}.{item.name}()", "E-04",
               f"The reload in line {line} failed before it ran the file. So the module that `{name}` refers to "
               f"still has the function from before the edit in line {edit}.",
               {item.values[1]: "The reload worked in spite of the error."}, (f"{name}.{item.name}",))


@whole("G-01", last=7)
def reload_the_program(d: Draft) -> None:
    item = d.function()
    first = d.imported()
    edit = edited(d, item)
    line = d.tell("importlib.reload(sys.modules['__main__'])")
    d.question(line, "G-01",
               f"The running program is the module `__main__`. `reload` finds no file for that name, so line {line} "
               "raises ModuleNotFoundError.", {"nothing": "The program is a module like any other, and starts again.",
                                        "TypeError": "", "NameError": ""})
    d.tell_ask(f"{item.full}()", "G-01",
               f"Line {line} failed, and it wouldn't have reloaded `{d.module}`. Nothing has run `{d.home}.py` since "
               f"line {first}, so the edit in line {edit} isn't used.",
               {item.values[1]: "Reloading the program reloads everything that it imported."}, (item.full,))


def run_under(d: Draft, name: str, in_modules: bool = False) -> Line:
    """Run the module's file in another module with a name of its own, and return the line that does it."""
    d.tell(f"spec = spec_from_file_location('{name}', {d.module}.__file__)")
    d.tell(f"{name} = module_from_spec(spec)")
    if in_modules:
        d.tell(f"sys.modules['{name}'] = {name}")
    return d.tell(f"spec.loader.exec_module({name})")


@whole("K-05", first=2)
def two_versions(d: Draft) -> None:
    item, name = d.function(), d.random.choice(("trial", "second", f"{d.module}_2"))
    d.imported()
    d.line("import", FROM_UTIL)
    reloads = d.level > 2 and d.random.random() < 0.5
    edit = "" if reloads else edited(d, item)
    run = run_under(d, name)
    if reloads:
        edit = edited(d, item)
        line = d.tell(f"importlib.reload({d.module})")
        why = (f"Line {run} ran the file in `{name}`, before the edit in line {edit}. The reload in line {line} ran it "
               f"again only in `{d.module}`, which is another module.")
        other = (f"The reload in line {line} ran the edited file in `{d.module}`. It makes no difference that line "
                 f"{run} loaded the same file into another module, `{name}`.")
        both = "A reload updates every module that the file was loaded into."
    else:
        why = (f"Line {run} ran the file in `{name}`, an empty module until then. The file contains the edit from line "
               f"{edit}, so `{name}.{item.name}` is the new function.")
        other = (f"`{d.module}` and `{name}` are two modules. Line {run} ran the edited file only in `{name}`, so "
                 f"`{d.module}` still has the function that line <made {item.full}> created.")
        both = "All modules that a file was loaded into have the same functions."
    now, loaded = (item.values[1], item.values[0]) if reloads else (item.values[0], item.values[1])
    shows = (f"{name}.{item.name}", item.full)
    asks: list[tuple[str, str, dict[str, str], tuple[str, ...]]] = [
        (f"{name}.{item.name}()", why, {now: both if reloads else "The second module copies the first one."}, shows),
        (f"{item.full}()", other, {loaded: NO_EFFECT if reloads else both}, shows),
        (f"'{name}' in sys.modules", f"An import adds an entry to `sys.modules`, but `exec_module` in line {run} only "
         "ran the file in the module that it was passed.",
         {"True": "`sys.modules` contains every module that's loaded."}, ())]
    for code, reason, wrong, names in d.random.sample(asks, d.random.choice((2, 2, 3))):
        d.tell_ask(code, "K-05", reason, wrong, names)


@whole("E-09", first=3)
def loaded_from_its_path(d: Draft) -> None:
    item, name = d.function(), d.random.choice(("trial", "second", f"{d.module}_2"))
    d.imported()
    d.line("import", FROM_UTIL)
    run = run_under(d, name, in_modules=True)
    edit = edited(d, item)
    line = d.tell(f"importlib.reload({name})")
    d.question(line, "E-09",
               f"A reload looks for a file with the module's name. Line {run} ran `{d.home}.py` in a module called "
               f"`{name}`, and there's no `{name}.py`, so line {line} raises ModuleNotFoundError.",
               {"nothing": "A reload runs the file that the module was loaded from.", "TypeError": "",
                "FileNotFoundError": ""})
    again = d.tell(f"spec.loader.exec_module({name})") if d.level > 5 or d.random.random() < 0.5 else ""
    if again:
        d.tell_ask(f"{name}.{item.name}()", "E-09",
                   f"The reload failed, but the loader remembers the path of the file. So line {again} ran the file "
                   f"with the edit from line {edit} in `{name}`.",
                   {item.values[0]: "The loader remembers the source that it read first."}, (f"{name}.{item.name}",))
    else:
        d.tell_ask(f"{name}.{item.name}()", "E-09",
                   f"The reload in line {line} failed before it ran a file, so the edit in line {edit} isn't used: "
                   f"`{name}` still has the function from line {run}.",
                   {item.values[1]: "The reload worked in spite of the error."}, (f"{name}.{item.name}",))


@whole("A-01", last=7)
def another_module_was_first(d: Draft) -> None:
    item, (client, show) = d.function(), d.theme.client
    d.block(f"import {d.module}", client)
    d.block(f"def {show}():\n    return {item.full}()", client)
    first = d.tell(f"import {client}")
    edit = edited(d, item)
    again = d.tell(f"import {d.module}")
    code, same = d.same(f"{client}.{d.module}", d.module)
    asks = [(f"{item.full}()", f"Line {first} ran `{client}.py`, whose `import {d.module}` ran `{d.module}.py`. So "
             f"line {again} found the module in `sys.modules` and didn't run the file with the edit from line {edit}.",
             {item.values[1]: "The first import in the program runs the file."}, (item.full,)),
            (f"{client}.{show}()", f"The file `{d.module}.py` ran in line {first}. Line {edit} changed only the file, "
             f"and line {again} didn't run it again, so `{client}` calls the function from line {first}.",
             {item.values[1]: RUNS_AGAIN}, (f"{client}.{item.full}",)),
            (code, f"Line {again} found in `sys.modules` the module that line {first} had loaded. So both names refer "
             "to that one module.",
             {str(same == "False"): "Every file that imports a module gets its own copy."},
             (f"{client}.{d.module}", d.module))]
    for code, why, wrong, shows in d.random.sample(asks, 2):
        d.tell_ask(code, "A-01", why, wrong, shows)


@whole("A-01", last=7)
def import_at_every_call(d: Draft) -> None:
    item, name = d.function(), d.theme.client[1]
    created = d.tell(f"def {name}():\n    import {d.module}\n    return {item.full}()")
    is_late = d.random.random() < 0.5
    if is_late:
        d.tell_ask(f"'{d.module}' in sys.modules", "A-01",
                   f"Line {created} only created the function. The import inside it runs when the function is called, "
                   "and that hasn't happened yet.", {"True": WHEN_CREATED})
        edit = edited(d, item)
    else:
        first = d.tell(f"{name}()")
        edit = edited(d, item)
        d.tell_ask(f"'{d.module}' in sys.modules", "A-01",
                   f"The call in line {first} ran the import. It added the module to `sys.modules`, which is the same "
                   "dictionary for the whole process.",
                   {"False": "An import inside a function ends with the call."})
    d.tell_ask(f"{name}()", "A-01",
               f"The import inside `{name}` runs in line <here> for the first time. No earlier line imported the "
               f"module, so the import runs the file as it has been since line {edit}." if is_late else
               f"The import inside `{name}` runs at every call. Since the call in line {first} it has found the "
               f"module in `sys.modules`, so nothing ran the file after the edit in line {edit}.",
               {item.values[0]: WHEN_CREATED} if is_late else {item.values[1]: RUNS_AGAIN})


@whole("A-02", last=7)
def one_name_of_two(d: Draft) -> None:
    item, alias = d.function(), d.theme.short
    first = d.imported()
    second = d.line("import", f"import {d.module} as {alias}")
    edit = edited(d, item) if d.random.random() < 0.5 else ""
    gone, left = d.random.sample((d.module, alias), 2)
    deleted = d.tell(f"del {gone}")
    asks = [(f"{gone}.{item.name}()", f"Line {deleted} deleted the name `{gone}` of the program, so it refers to "
             f"nothing. The module from line {first} still exists, but only `{left}` refers to it here.",
             {item.values[0]: "`del` deletes nothing that's still in use."}, (gone, left)),
            (f"{left}.{item.name}()", f"Lines {first} and {second} gave one module two names. Line {deleted} deleted "
             f"the name `{gone}`, and neither the module nor `{left}`."
             + (f" Line {edit} changed only the file." if edit else ""),
             {"NameError": "`del` deletes the module, for all its names.", **({item.values[1]: ""} if edit else {})},
             (left,)),
            (f"'{d.module}' in sys.modules", f"Line {deleted} deleted a name of the program. The entry in "
             f"`sys.modules` is another reference to the module, and has been there since line {first}.",
             {"False": UNLOADED}, (f"sys.modules['{d.module}']", left))]
    for code, why, wrong, shows in d.random.sample(asks, 2):
        d.tell_ask(code, "A-02", why, wrong, shows)


@whole("B-11", last=6)
def name_of_the_module(d: Draft) -> None:
    alias, word = d.random.choice((d.module, d.theme.short)), d.theme.client[1]
    d.block(f"def origin():\n    return __name__\n\nif __name__ == '__main__':\n    print('{word}')")
    first = d.tell(f"import {d.module}" + f" as {alias}" * (alias != d.module))
    reload = d.tell(f"importlib.reload({alias})")
    chosen = d.random.sample(range(4), d.random.choice((2, 3)))
    if 0 in chosen:
        ran = d.random.choice((first, reload))
        d.question(ran, "B-11",
                   f"Line {ran} ran the file as the module `{d.module}`, so `__name__` is `'{d.module}'`. The "
                   "condition is False, and the `print` under it doesn't run.",
                   {word: "The code under the `if` runs whenever the file runs."})
    asks = [("__name__", f"Line <here> is in the program that Python was started with, whose `__name__` is "
             f"`'__main__'`. The import in line {first} set only the `__name__` of `{d.module}`.",
             {d.module: "`__name__` is the module that was imported last."}),
            (f"{alias}.origin()", f"`origin` looks up `__name__` in its own module, which line {first} imported as the "
             f"module `{d.module}`. It doesn't matter that the program calls it.",
             {"__main__": "A function finds `__name__` in the program that calls it."}),
            (f"{alias}.__name__", f"Line {first} ran `{d.module}.py` as the module `{d.module}`, and the reload in "
             f"line {reload} didn't change that."
             + f" `{alias}` is only the program's name for it." * (alias != d.module),
             {"__main__": "A reload runs the file as the main program.",
              **({alias: "A module's `__name__` is the name that the program uses for it."} if alias != d.module
                 else {})})]
    for number in chosen:
        if number:
            d.tell_ask(asks[number - 1][0], "B-11", asks[number - 1][1], asks[number - 1][2])
