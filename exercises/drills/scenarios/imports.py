"""Stories about imports that run nothing, and about what sys.modules contains."""
from exercises.drills.scenarios.draft import Draft, Item
from exercises.drills.scenarios.kinds import whole

RUNS_AGAIN = "An import runs the file as it is now."
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
    kind = d.random.choice(("string", "function", "name"))
    if kind == "name":
        d.line("import", f"from {d.module} import {item.name}")
    edit = edited(d, item)
    argument = {"string": f"'{d.module}'", "function": item.full, "name": item.name}[kind]
    line = d.tell(f"importlib.reload({argument})")
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
    edit = edited(d, item)
    line = d.tell(f"reload({d.module})")
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
    d.tell_ask(f"hasattr({d.module}, '{gone}')", "K-02" if reloaded else "K-01",
               f"After line {deleted} the import in line {again} created a second module, with an empty dictionary, "
               f"and ran the file in it. Since line {edit} the file hasn't defined `{gone}`.",
               {"True": "A module keeps what it once had, however it's imported."}, ())
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
               {item.values[1]: "The reload worked in spite of the error.",
                "NameError": "Deleting it from `sys.modules` deletes the name, too."}, (f"{name}.{item.name}",))


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
