"""Parts about what a reload does with a module's own names: what it sets again, keeps, repeats or leaves over."""
from exercises.drills.scenarios.draft import Draft, subject
from exercises.drills.scenarios.kinds import part

STARTS_EMPTY = "A reload empties the module before it runs the file."


@part("B-07", first=1)
def counter(d: Draft) -> None:
    count, function = d.theme.count
    if function in d.used:
        return
    d.used.add(function)
    start = d.random.choice((0, 0, 10))
    d.block(f"{count} = {start}")
    d.block(f"def {function}():\n    global {count}\n    {count} += 1\n    return {count}")
    d.imported()
    calls = d.random.choice((1, 1, 2))
    line = [d.line("setup", f"{d.module}.{function}()") for _ in range(calls)][-1]
    reload = d.reload()
    d.ask(f"{d.module}.{function}()", "B-07",
          f"Line {line} counted to {start + calls}. {subject(reload)} ran `{count} = {start}` again, so the call in "
          f"line <here> starts from {start}.",
          {str(start + calls + 1): "A reload keeps the values of variables, and only updates functions.",
           str(start + calls): ""}, (f"{d.module}.{function}",))


@part("B-08", first=2)
def kept_counter(d: Draft) -> None:
    count, function = d.theme.count
    if function in d.used:
        return
    d.used.add(function)
    d.block(f"try:\n    {count}\nexcept NameError:\n    {count} = 0")
    d.block(f"def {function}():\n    global {count}\n    {count} += 1\n    return {count}")
    d.imported()
    calls = d.random.choice((1, 1, 2))
    line = [d.line("setup", f"{d.module}.{function}()") for _ in range(calls)][-1]
    reload = d.reload()
    d.ask(f"{d.module}.{function}()", "B-08",
          f"Line {line} counted to {calls}. During {reload} the old dictionary was still there, so `{count}` raised "
          f"no NameError, and `{count} = 0` didn't run. Line <here> counts on from {calls}.",
          {"1": STARTS_EMPTY, **({str(calls): ""} if calls > 1 else {})}, (f"{d.module}.{function}",))


@part("B-20", first=2)
def guard_with_globals(d: Draft) -> None:
    name = d.random.choice(("runs", "starts", "loads"))
    if "guard" in d.used:
        return
    d.used.add("guard")
    d.block(f"if '{name}' in globals():\n    {name} += 1\nelse:\n    {name} = 1")
    d.imported()
    reload = d.reload()
    d.ask(f"{d.module}.{name}", "B-20",
          f"The first run of the file set `{name}` to 1. During {reload} `{name}` was still in the module's "
          "dictionary, so the file found it there and added 1" + " each time." * (d.rounds > 1) + "." * (d.rounds == 1),
          {"1": STARTS_EMPTY, **({"2": ""} if d.rounds > 1 else {})}, (f"{d.module}.{name}",))


@part("B-05", first=1)
def prints_when_it_runs(d: Draft) -> None:
    if "top" in d.used or d.rounds > 1:
        return
    d.used.add("top")
    word = f"opening {d.module}"
    d.block(f"print('{word}')")
    d.imported()
    reload = d.reload()
    line = d.lines["reload"][0]
    d.question(line, "B-05",
               f"The reload in line {line} runs every statement at the top level of `{d.module}.py` again, and "
               "`print` is one of them. It doesn't matter whether the file was edited.",
               {"nothing": "A reload creates the functions again, and doesn't repeat other statements."})
    again = d.line("at last", f"import {d.module}")
    d.question(again, "A-01",
               f"The module has been in `sys.modules` since line <made {d.module}>, so line {again} finds it there. "
               f"The file ran in that line and in {reload}, and doesn't run again.",
               {word: "Every import runs the file."})


@part("B-11", first=1)
def main_guard(d: Draft) -> None:
    if "main" in d.used or "top" in d.used:
        return
    d.used |= {"main", "top"}
    word = d.theme.client[1]
    d.block(f"if __name__ == '__main__':\n    print('{word}')")
    d.imported()
    reload = d.reload()
    line = d.lines["reload"][0]
    d.question(line, "B-11",
               f"During a reload `__name__` is the module's name, `'{d.module}'`, as during the import in line <made "
               f"{d.module}>. So the condition is False, and the `print` doesn't run.",
               {word: "A reload runs the file as a program, so the code under the `if` runs."})
    d.ask(f"{d.module}.__name__", "B-11",
          f"`__name__` is `'__main__'` only in the program itself. Line <made {d.module}> and {reload} ran the file as "
          f"the module `{d.module}`.", {"__main__": "A reload runs the file as the main program."}, ())


@part("B-04", first=1)
def deleted_function(d: Draft) -> None:
    if not d.free or d.rounds > 1 or "gone" in d.used:
        return
    d.used.add("gone")
    name, values = d.free.pop()
    value = d.random.choice(values)
    d.block(f"def {name}():\n    return {value!r}")
    d.imported()
    edit = d.comment("edit", f"delete def {name}")
    reload = d.reload()
    d.ask(f"{d.module}.{name}()", "B-04",
          f"Line {edit} deleted `{name}` from the file, but {reload} deleted nothing from the module: it only set the "
          f"names that the file still defines. So `{d.module}.{name}` refers to the function from line <made "
          f"{d.module}.{name}>.",
          {"AttributeError": STARTS_EMPTY}, (f"{d.module}.{name}",))


@part("B-04", first=2)
def renamed_function(d: Draft) -> None:
    if not d.free or d.rounds > 1 or "gone" in d.used:
        return
    d.used.add("gone")
    name, values = d.free.pop()
    old, new = d.random.sample(values, 2)
    renamed = f"get_{name}"
    d.block(f"def {name}():\n    return {old!r}")
    d.imported()
    first = d.comment("edit", f"def {name}() -> def {renamed}()")
    d.comment("edit", f"return {old!r} -> return {new!r}")
    reload = d.reload()
    d.ask(f"{d.module}.{name}()", "B-04",
          f"In the file the function has been called `{renamed}` since line {first}. {subject(reload)} set that new "
          f"name, and left the old one in the module: `{d.module}.{name}` still refers to the function from line <made "
          f"{d.module}.{name}>.",
          {"AttributeError": STARTS_EMPTY, str(new): "Both names refer to the new function."},
          (f"{d.module}.{name}", f"{d.module}.{renamed}"))
    d.ask(f"{d.module}.{renamed}()", "B-01",
          f"{subject(reload)} ran the edited file, whose `def {renamed}` created a new function. Line <here> looks up "
          "that name in the module and finds it.",
          {"AttributeError": "A reload doesn't add names that the first import didn't set.", str(old): ""},
          (f"{d.module}.{renamed}",))


@part("B-04", first=2)
def deleted_constant(d: Draft) -> None:
    if not d.constants or d.rounds > 1 or "gone" in d.used:
        return
    d.used.add("gone")
    name, values = d.constants.pop()
    value = d.random.choice(values)
    d.block(f"{name} = {value!r}")
    d.imported()
    edit = d.comment("edit", f"delete {name}")
    reload = d.reload()
    d.ask(f"hasattr({d.module}, '{name}')", "B-04",
          f"Line {edit} deleted the assignment from the file. {subject(reload)} ran the rest of the file in the same "
          f"dictionary, and nothing deleted `{name}` from there.", {"False": STARTS_EMPTY}, (f"{d.module}.{name}",))


@part("E-13", first=2)
def saved_in_part(d: Draft) -> None:
    if len(d.free) < 2 or d.rounds > 1 or "gone" in d.used:
        return
    d.used.add("gone")
    (first, values), (second, others) = d.free.pop(), d.free.pop()
    old, new = d.random.sample(values, 2)
    value = d.random.choice(others)
    d.block(f"def {first}():\n    return {old!r}")
    d.block(f"def {second}():\n    return {value!r}")
    d.imported()
    edit = d.comment("edit", f"return {old!r} -> return {new!r}")
    half = d.comment("edit", f"saved without def {second}")
    reload = d.reload()
    d.ask(f"{d.module}.{second}()", "E-13",
          f"Since line {half} the file hasn't contained `{second}`, but the rest is valid Python. So {reload} raised "
          f"no error, and the module keeps the function from line <made {d.module}.{second}>.",
          {"AttributeError": STARTS_EMPTY}, (f"{d.module}.{second}",))
    d.ask(f"{d.module}.{first}()", "E-13",
          f"The half of the file that was saved contains `{first}` as line {edit} changed it, and {reload} ran that "
          "half.",
          {str(old): "A reload of an incomplete file fails and changes nothing."}, (f"{d.module}.{first}",))


@part("B-09", first=1)
def replaced_from_outside(d: Draft) -> None:
    if any("lambda: 'test'" in line.code for line in d.lines["setup"]) or d.rounds > 1:
        return
    item = d.function(new=True)
    d.items.remove(item)  # what other parts say about a function is true of one that nothing replaces
    d.imported()
    line = d.line("setup", f"{item.full} = lambda: 'test'")
    if d.random.random() < 0.5:
        d.edit(item)
        other = item.values[0]
    else:
        other = ""
    reload = d.reload()
    d.ask(f"{item.full}()", "B-09",
          f"Line {line} replaced `{item.full}`. {subject(reload)} ran `def {item.name}` again, which made "
          f"`{item.full}` refer to a new function, and overwrote the replacement without a message.",
          {"test": "A reload keeps what the program has set in the module.", **({other: ""} if other else {})},
          (item.full,))


@part("B-09", first=1)
def set_from_outside(d: Draft) -> None:
    name = d.random.choice(("debug", "verbose", "testing"))
    if any(f".{name} = True" in line.code for line in d.lines["setup"]):
        return
    if not d.blocks[d.home]:
        d.function()  # so that the module isn't empty
    d.imported()
    line = d.line("setup", f"{d.module}.{name} = True")
    reload = d.reload()
    d.ask(f"hasattr({d.module}, '{name}')", "B-09",
          f"Line {line} set `{name}` in the module's dictionary. `{d.module}.py` doesn't assign `{name}`, and "
          f"{reload} deleted nothing, so it's still there.", {"False": STARTS_EMPTY}, (f"{d.module}.{name}",))


@part("B-02", first=1)
def same_module(d: Draft) -> None:
    if d.rounds > 1 or d.lines["reload"]:
        return
    item = d.function()
    d.imported()
    d.edit(item)
    line = d.line("reload", f"again = importlib.reload({d.module})")
    if d.random.random() < 0.5:
        code, same = d.same("again", d.module)
        d.ask(code, "B-02",
              f"The reload in line {line} ran the file in the module that was there already, and returned that "
              f"module. `again` and `{d.module}` are two names for it.",
              {str(same == "False"): "A reload creates a new module."}, ("again", d.module))
    else:
        d.ask(f"again.{item.name}()", "B-02",
              f"The reload in line {line} returned the same module object, so `again` is a second name for "
              f"`{d.module}`. In it, `{item.name}` refers to the function that line <made {item.full}> created.",
              {item.values[0]: "A reload returns the module as it was before."}, (f"again.{item.name}", item.full))


@part("B-02", first=2)
def second_name(d: Draft) -> None:
    item = d.function()
    d.imported()
    name = "other" if any("saved =" in line.code for line in d.lines["setup"]) else "saved"
    line = d.line("setup", f"{name} = {d.module}")
    d.edit(item)
    d.reload()
    d.ask(f"{name}.{item.name}()", "B-02",
          f"Line {line} didn't copy the module: `{name}` is a second name for it. The reload in line <made "
          f"{item.full}> kept the module object and made its `{item.name}` refer to a new function.",
          {item.values[0]: "An assignment copies the module as it is."}, (f"{name}.{item.name}", item.full))


@part("B-03", first=2)
def same_dictionary(d: Draft) -> None:
    if not d.constants or "dict" in d.used:
        return
    d.used.add("dict")
    name, values = d.constants.pop()
    item = d.versions(name, values, f"{name} = {{}}")
    d.block(item.sources[0])
    d.imported()
    line = d.line("setup", f"names = {d.module}.__dict__")
    if d.random.random() < 0.7:
        d.edit(item)
        reload = d.reload()
        d.ask(f"names['{name}']", "B-03",
              f"Line {line} made `names` refer to the module's own dictionary. {subject(reload)} ran the file again "
              f"in that same dictionary, where `{name}` now has the new value.",
              {item.values[0]: "A reload gives the module a new dictionary."}, ())
    else:
        reload = d.reload()
        code, same = d.same("names", f"{d.module}.__dict__")
        d.ask(code, "B-03",
              f"Line {line} made `names` refer to the module's dictionary. {subject(reload)} neither replaced nor "
              "emptied that dictionary: it ran the file again in it.",
              {str(same == "False"): "A reload gives the module a new dictionary."}, ())


@part("I-06", first=2)
def singleton(d: Draft) -> None:
    cls = d.random.choice(("Settings", "Cache", "Session"))
    name = cls.lower()
    if "singleton" in d.used:
        return
    d.used.add("singleton")
    d.block(f"class {cls}:\n    pass")
    d.block(f"{name} = {cls}()")
    d.imported()
    mine = d.random.choice(("mine", "first"))
    line = d.line("setup", f"{mine} = {d.module}.{name}")
    reload = d.reload()
    code, same = d.same(mine, f"{d.module}.{name}")
    d.ask(code, "I-06",
          f"Line {line} kept the object that line <made {mine}> created. {subject(reload)} ran `{name} = {cls}()` "
          f"again, which created another object. Only `{mine}` still refers to the first one.",
          {same: "A reload keeps objects that exist already."}, (mine, f"{d.module}.{name}"))


@part("I-05", first=3)
def registry_as_a_list(d: Draft) -> None:
    item = d.function()
    if "registry" in d.blocks:
        return
    d.blocks["registry"] = ["commands = []"]
    d.blocks[d.module].insert(0, "import registry")
    d.fixed += 1
    d.block(f"registry.commands.append({item.name})")
    d.imported()
    d.line("import", "import registry")
    d.edit(item)
    reload = d.reload()
    if d.random.random() < 0.6:
        d.ask("len(registry.commands)", "I-05",
              f"Each run of `{d.module}.py` appends a function: the import in line <made {d.module}>, and {reload}. "
              "The list is in `registry`, which wasn't reloaded, so nothing empties it.",
              {"1": "A reload replaces what the module added before.", "0": ""}, ())
    else:
        d.ask("registry.commands[0]()", "I-05",
              "The first function in the list is the one that line <made registry.commands[0]> created. "
              f"{subject(reload)} only appended another one, at the end.",
              {item.values[-1]: "A reload replaces what the module added before."}, (item.full,))


@part("I-05", first=3)
def registry_by_name(d: Draft) -> None:
    item = d.function()
    if "registry" in d.blocks:
        return
    d.blocks["registry"] = ["by_name = {}"]
    d.blocks[d.module].insert(0, "import registry")
    d.fixed += 1
    d.block(f"registry.by_name['{item.name}'] = {item.name}")
    d.imported()
    d.line("import", "import registry")
    d.edit(item)
    reload = d.reload()
    d.ask("len(registry.by_name)", "I-05",
          f"The import in line <made {d.module}> and {reload} set the same key, `'{item.name}'`, so the "
          "dictionary contains it once.", {str(d.rounds + 1): "Every run adds another entry."}, ())
    d.ask(f"registry.by_name['{item.name}']()", "I-05",
          f"The reload in line <made {item.full}> ran the assignment in `{d.module}.py` again, which replaced the old "
          f"function under the key `'{item.name}'` by the new one.",
          {item.values[0]: "What was registered before the reload stays old."}, (item.full,))


@part("M-06", first=3)
def registry_with_a_check(d: Draft) -> None:
    item = d.function()
    if "registry" in d.blocks:
        return
    d.blocks["registry"] = ["commands = []"]
    d.blocks[d.module].insert(0, "import registry")
    d.fixed += 1
    d.block(f"if '{item.name}' not in registry.commands:\n    registry.commands.append('{item.name}')")
    d.imported()
    d.line("import", "import registry")
    reload = d.reload()
    d.ask("len(registry.commands)", "M-06",
          f"The import in line <made {d.module}> added `'{item.name}'`. {subject(reload)} ran the check again, found "
          "the name in the list, and added nothing.", {str(d.rounds + 1): "Every run of the file adds another entry."},
          ())


@part("C-11", first=3)
def generator(d: Draft) -> None:
    if not d.constants or d.rounds > 1 or "stages" in d.used:
        return
    d.used.add("stages")
    name, values = d.constants.pop()
    item = d.versions(name, values, f"{name} = {{}}")
    d.block(item.sources[0])
    d.block(f"def stages():\n    yield 'ready'\n    yield {name}")
    d.imported()
    line = d.line("setup", f"stage = {d.module}.stages()")
    first = d.line("setup", "next(stage)")
    d.edit(item)
    changed = d.random.random() < 0.4
    if changed:
        d.comment("edit", f"yield {name} -> yield 'done'")
    reload = d.reload()
    d.ask("next(stage)", "C-11",
          f"Line {line} created the generator, and line {first} ran it to its first `yield`. It continues in its old "
          f"code, which looks up `{name}` only now, and {reload} set that to the new value.",
          {"done": "A generator continues in the new code.", item.values[0]: ""} if changed else
          {item.values[0]: "A generator remembers the values from when it was created."}, ())


@part("C-12", first=4)
def decorated(d: Draft) -> None:
    if "style" in d.blocks or not d.free or d.rounds > 1:
        return
    name, values = d.free.pop()
    if not isinstance(values[0], str):
        return
    word = str(d.random.choice(values))
    d.blocks["style"] = ["def tag(function):\n    return lambda: '#' + function()"]
    d.blocks[d.module].insert(0, "import style")
    d.fixed += 1
    d.block(f"@style.tag\ndef {name}():\n    return {word!r}")
    d.imported()
    d.line("import", "import style")
    edit = d.comment("edit", "'#' -> '@'", "style")
    line = d.line("reload", "importlib.reload(style)")
    also = d.random.random() < 0.4
    if also:
        again = d.line("reload", f"importlib.reload({d.module})")
        why = (f"Line {line} created the new decorator, and line {again} ran `{d.module}.py` again after that: its "
               f"`def` ran again, and the new decorator decorated `{name}`.")
    else:
        why = (f"`{d.module}.{name}` is what the old decorator returned in line <made {d.module}.{name}>. Line {line} "
               f"ran `style.py` with the edit from line {edit} and made `style.tag` refer to a new decorator, but "
               f"after that nothing ran `def {name}` again.")
    d.ask(f"{d.module}.{name}()", "C-12", why,
          {f"#{word}" if also else f"@{word}": "A decorated function never changes." if also else
           "A decorated function asks its decorator at every call.", word: ""}, (f"{d.module}.{name}",))
