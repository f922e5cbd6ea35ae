"""Parts about classes: objects, subclasses, comparisons and errors of an old class and a new one."""
from exercises.drills.scenarios.draft import Draft, subject
from exercises.drills.scenarios.kinds import part
from exercises.drills.scenarios.references import EVERYWHERE

OBJECTS_FOLLOW = "An object looks up its class by name, so after a reload it has the new class."
FROZEN_DEFAULT = "A function's default and the global variable with the same value change together."
SAME_NAME = "Two classes with the same name, from the same file, are the same class."


@part("D-01", first=1)
def old_object(d: Draft) -> None:
    item, start = d.cls(), d.start()
    d.imported()
    line = d.line(start, f"{item.variable} = {item.full}()")
    d.edit(item)
    reload = d.reload(start)
    d.ask(f"{item.variable}.{item.method}()", "D-01",
          f"Line {line} created `{item.variable}` from the class that line <made type({item.variable})> created, and "
          f"an object keeps its class. {subject(reload)} created another class, so `{item.method}` is still the old "
          "one.",
          {item.values[-1]: OBJECTS_FOLLOW, item.values[0]: ""}, (f"type({item.variable})", item.full))


@part("D-01", first=1)
def new_object(d: Draft) -> None:
    item = d.cls()
    d.edit(item)
    d.reload()
    d.ask(f"{item.full}().{item.method}()", "D-01",
          f"The reload in line <made {item.full}> created a new class. Line <here> looks up `{item.full}` now, and "
          f"creates a new object, so `{item.method}` is the new one.",
          {item.values[0]: "A reload updates functions, and classes stay as they were."}, (item.full,))


@part("D-02", first=1)
def is_instance(d: Draft) -> None:
    item, start = d.cls(), d.start()
    d.imported()
    line = d.line(start, f"{item.variable} = {item.full}()")
    if d.random.random() < 0.5:
        d.edit(item)
    reload = d.reload(start)
    d.ask(f"isinstance({item.variable}, {item.full})", "D-02",
          f"Line {line} created `{item.variable}` from the class that line <made type({item.variable})> created. "
          f"{subject(reload)} created another class with the same name, and `{item.full}` refers to that one.",
          {"True": SAME_NAME}, (f"type({item.variable})", item.full))


@part("C-01", first=2)
def class_by_from_import(d: Draft) -> None:
    item = d.cls()
    d.imported()
    line = d.line("import", f"from {d.module} import {item.name}")
    d.edit(item)
    reload = d.reload()
    d.ask(f"{item.name}().{item.method}()", "C-01",
          f"Line {line} made `{item.name}` refer to the class that line <made {item.name}> created. {subject(reload)} "
          f"made only `{item.full}` refer to a new class, so line <here> creates an object of the old one.",
          {item.values[-1]: "An object that's created after the reload always has the new class."},
          (item.name, item.full))


@part("C-09", first=2)
def bound_method(d: Draft) -> None:
    item, start = d.cls(), d.start()
    d.imported()
    line = d.line(start, f"{item.method} = {item.full}().{item.method}")
    d.edit(item)
    reload = d.reload(start)
    d.ask(f"{item.method}()", "C-09",
          f"Line {line} created an object and stored its bound method, which keeps the object and the function of its "
          f"class. {subject(reload)} created another class, so that function is still the old one.",
          {item.values[-1]: "A bound method looks up the function by its name at every call.", item.values[0]: ""},
          (item.full,))


@part("D-04", first=2)
def subclass(d: Draft) -> None:
    item, sub = d.cls(), d.theme.subclass
    d.imported()
    line = d.line("setup", f"class {sub}({item.full}):\n    pass")
    d.edit(item)
    reload = d.reload()
    if d.random.random() < 0.6:
        d.ask(f"{sub}().{item.method}()", "D-04",
              f"Line {line} created `{sub}` with the base class that `{item.full}` referred to then. "
              f"{subject(reload)} created another `{item.name}`, but `{sub}` keeps its old base class, and so do its "
              "new objects.",
              {item.values[-1]: "A subclass looks up its base class by name, so a new object has the new base."},
              (sub, item.full))
    else:
        d.ask(f"issubclass({sub}, {item.full})", "D-04",
              f"`{sub}` keeps the base class that line {line} found, before {reload}. `{item.full}` now refers to "
              "another class, from which nothing is derived.", {"True": SAME_NAME}, (sub, item.full))


@part("D-05", first=3)
def objects_made_by_an_old_method(d: Draft) -> None:
    item = d.cls()
    if d.rounds > 1 or "copy" in d.used:
        return
    d.used.add("copy")
    d.imported()
    by_name = d.random.random() < 0.6
    call = f"{item.name}()" if by_name else "type(self)()"
    _add_method(d, item.name, f"    def another(self):\n        return {call}")
    line = d.line("setup", f"{item.variable} = {item.full}()")
    d.edit(item)
    reload = d.reload()
    if by_name:
        why = (f"`{item.variable}` has the old class, so the old `another` runs. It looks up the name `{item.name}` in "
               f"`{d.module}` now, and {reload} made that refer to the new class: the new object has the new method.")
    else:
        why = (f"Line {line} created `{item.variable}` from the old class, and `type(self)` is the class of the "
               f"object, whatever `{item.name}` has referred to since {reload}. So the new object also has the old "
               "class.")
    d.ask(f"{item.variable}.another().{item.method}()", "D-05", why,
          {item.values[0 if by_name else -1]: "An old method creates only old objects." if by_name else
           "An object that's created after the reload always has the new class."},
          (f"type({item.variable})", item.full))


def _add_method(d: Draft, name: str, method: str) -> None:
    blocks = d.blocks[d.module]
    number = next(number for number, block in enumerate(blocks) if block.startswith(f"class {name}"))
    blocks[number] += f"\n\n{method}"


@part("D-03", first=3)
def super_in_an_old_object(d: Draft) -> None:
    item, base_class = d.cls(), d.theme.base[1]
    if "super" in d.used or d.rounds > 1:
        return
    d.used.add("super")
    d.imported()
    blocks = d.blocks[d.module]
    number = next(number for number, block in enumerate(blocks) if block.startswith(f"class {item.name}"))
    blocks.insert(number, f"class {base_class}:\n    def kind(self):\n        return '{base_class.lower()}'")
    blocks[number + 1] = blocks[number + 1].replace(f"class {item.name}:", f"class {item.name}({base_class}):")
    d.fixed = max(d.fixed, number + 1)
    explicit = d.random.random() < 0.6
    call = f"super({item.name}, self)" if explicit else "super()"
    _add_method(d, item.name, f"    def origin(self):\n        return {call}.kind()")
    line = d.line("setup", f"{item.variable} = {item.full}()")
    if d.random.random() < 0.5:
        d.edit(item)
    reload = d.reload()
    if explicit:
        why = (f"`{item.variable}` has the old class, from line <made type({item.variable})>. The old `origin` looks "
               f"up `{item.name}` now and finds the new class, from {reload}. `{item.variable}` isn't an object of "
               "that one, so `super` raises an error.")
    else:
        why = (f"`super()` doesn't look up the name `{item.name}`: a method remembers the class in which it was "
               f"created. So for the object from line {line} it still finds the old `{base_class}`, even after "
               f"{reload}.")
    d.ask(f"{item.variable}.origin()", "D-03", why,
          {base_class.lower(): "In an old method the name of the class still refers to the old class."} if explicit else
          {"TypeError": "After a reload an old object can't use its base class any more."},
          (f"type({item.variable})", item.full))


@part("D-07", first=2)
def moved_to_the_new_class(d: Draft) -> None:
    item = d.cls()
    if d.rounds > 1:
        return
    d.imported()
    name = f"first_{item.variable}"  # no other part uses it: they're about objects that keep their class
    d.line("setup", f"{name} = {item.full}()")
    d.edit(item)
    d.reload()
    line = d.line("at last", f"{name}.__class__ = {item.full}")
    d.ask(f"{name}.{item.method}()", "D-07",
          f"Line {line} gave the old object the class that the reload in line <made {item.full}> created. The object "
          f"looks up `{item.method}` in its class, so it finds the new one.",
          {item.values[0]: "An object never changes its class, so it keeps its old methods."},
          (f"type({name})", item.full))


@part("D-07", first=4)
def moved_without_init(d: Draft) -> None:
    if "init" in d.used or d.rounds > 1 or not d.free:
        return
    d.used.add("init")
    cls, attribute = "Note", d.random.choice(("body", "content", "message"))
    word = d.theme.client[1]
    d.block(f"class {cls}:\n    def __init__(self):\n        self.text = '{word}'")
    d.imported()
    d.line("setup", f"note = {d.module}.{cls}()")
    edit = d.comment("edit", f"self.text -> self.{attribute}")
    d.reload()
    line = d.line("at last", f"note.__class__ = {d.module}.{cls}")
    d.ask(f"note.{attribute}", "D-07",
          f"The edit in line {edit} makes the new `__init__` set `{attribute}`. Line {line} gives the old object the "
          "new class, but doesn't run `__init__`, so the object has only `text`.",
          {word: "Assigning a class to `__class__` runs its `__init__`."}, ("type(note)", f"{d.module}.{cls}"))


@part("D-17", first=3)
def stable_base_class(d: Draft) -> None:
    base, base_class = d.theme.base
    item = d.cls()
    if base in d.blocks or "super" in d.used:
        return
    d.used.add("super")
    d.blocks[base] = [f"class {base_class}:\n    pass"]
    blocks = d.blocks[d.module]
    blocks.insert(0, f"import {base}")
    d.fixed += 1
    number = next(number for number, block in enumerate(blocks) if block.startswith(f"class {item.name}"))
    blocks[number] = blocks[number].replace(f"class {item.name}:", f"class {item.name}({base}.{base_class}):")
    d.imported()
    d.line("import", f"import {base}")
    name = item.variable
    line = d.line("setup", f"{name} = {item.full}()")
    reload = d.reload()
    d.ask(f"isinstance({name}, {base}.{base_class})", "D-17",
          f"Line {line} created `{name}` from the old `{item.name}`. But the base class is in `{base}`, which wasn't "
          f"reloaded, so the old and the new `{item.name}` are derived from the same `{base_class}`.",
          {"False": "After a reload, isinstance is always False for an old object."}, (f"type({name})", item.full))
    d.ask(f"isinstance({name}, {item.full})", "D-02",
          f"Line {line} created `{name}` from the class that line <made type({name})> created. {subject(reload)} "
          f"created another class with the same name, and `{item.full}` refers to that one.",
          {"True": SAME_NAME}, (f"type({name})", item.full))


@part("D-10", first=4)
def error_of_another_class(d: Draft) -> None:
    error, function = d.theme.error, f"check_{d.theme.count[0]}"
    if error in d.used:
        return
    d.used.add(error)
    d.block(f"class {error}(Exception):\n    pass")
    d.block(f"def {function}():\n    raise {error}")
    d.imported()
    by_name = d.random.random() < 0.6
    caught = error if by_name else f"{d.module}.{error}"
    line = d.line("import", f"from {d.module} import {error}") if by_name else None
    reload = d.reload()
    asked = d.line("ask", f"try:\n    {d.module}.{function}()\nexcept {caught}:\n    print('caught')")
    if by_name:
        why = (f"`{function}` looks up `{error}` in `{d.module}` when it runs, and after {reload} that's a new class. "
               f"The `except` names the old class, from line {line}, so it doesn't catch the error.")
    else:
        why = (f"`{function}` raises the class that `{caught}` has referred to since {reload}. The `except` looks up "
               "the same name in the same module at that moment, so it finds the same class.")
    d.question(asked, "D-10", why, {"caught": SAME_NAME} if by_name else
               {error: "After a reload an `except` misses every error of the module."}, (caught, f"{d.module}.{error}"))


@part("D-08", first=2)
def equal_dataclass_objects(d: Draft) -> None:
    cls, name = "Entry", "entry"
    if cls in d.used:
        return
    d.used.add(cls)
    value = d.random.randint(1, 9)
    d.blocks[d.module].insert(0, "from dataclasses import dataclass")
    d.fixed += 1
    d.block(f"@dataclass\nclass {cls}:\n    number: int")
    d.imported()
    line = d.line("setup", f"{name} = {d.module}.{cls}({value})")
    d.reload()
    code, same = d.same(name, f"{d.module}.{cls}({value})", ("==", "!="))
    d.ask(code, "D-08",
          f"Both objects have the number {value}, but a dataclass compares only objects of the same class. Line "
          f"{line} used the old class, and line <here> the new one, which line <made {d.module}.{cls}> created.",
          {same: "Dataclass objects with equal attributes are always equal."}, (f"type({name})", f"{d.module}.{cls}"))


@part("D-09", first=2)
def enum_members(d: Draft) -> None:
    cls, first, second = d.theme.members
    if cls in d.used:
        return
    d.used.add(cls)
    d.blocks[d.module].insert(0, "from enum import Enum")
    d.fixed += 1
    d.block(f"class {cls}(Enum):\n    {first} = 1\n    {second} = 2")
    d.imported()
    chosen = d.random.choice((first, second))
    name = d.random.choice(("chosen", "current"))
    line = d.line("setup", f"{name} = {d.module}.{cls}.{chosen}")
    in_table = d.random.random() < 0.4
    stored = "stored the member of the old class"
    if in_table:
        line = d.line("setup", f"table = {{{name}: 'yes'}}")
        stored = "used the member of the old class as a key"
    reload = d.reload()
    full = f"{d.module}.{cls}.{chosen}"
    code, same = d.same(full, "table", ("in", "not in")) if in_table else d.same(name, full, ("==", "!="))
    d.ask(code, "D-09",
          f"Line {line} {stored}. {subject(reload)} created a new class with new members, and "
          f"members of two classes are never equal, although both are called `{cls}.{chosen}`.",
          {same: "Enum members with the same name and value are equal."}, (name, full))


@part("D-15", first=2)
def sentinel(d: Draft) -> None:
    function = f"find_{d.theme.cls[1]}"
    if "MISSING" in d.used:
        return
    d.used.add("MISSING")
    d.block("MISSING = object()")
    d.block(f"def {function}(default=MISSING):\n    return default is MISSING")
    d.imported()
    d.line("import", f"from {d.module} import {function}")
    reload = d.reload()
    d.ask(f"{function}()", "D-15",
          f"`{function}` is the old function, which line <made {function}> created, and its default was evaluated "
          f"once. It looks up `MISSING` when it's called, and {reload} made that refer to a new object.",
          {"True": FROZEN_DEFAULT}, (function, f"{d.module}.{function}"))
    d.ask(f"{d.module}.{function}()", "D-15",
          f"{subject(reload)} ran the file again: first it created a new `MISSING`, and then a function with that "
          "object as its default. So `default` and `MISSING` are the same object.",
          {"False": "After a reload a sentinel is never recognized."}, (f"{d.module}.{function}",))


@part("D-06", first=3)
def pickled(d: Draft) -> None:
    item = d.cls()
    if "pickle" in d.used:
        return
    d.used.add("pickle")
    d.imported()
    d.line("import", "import pickle")
    name = item.variable
    line = d.line("setup", f"{name} = {item.full}()")
    if d.random.random() < 0.5:
        d.edit(item)
        saved = d.line("setup", f"data = pickle.dumps({name})")
        d.reload()
        d.ask(f"pickle.loads(data).{item.method}()", "D-06",
              f"The bytes from line {saved} contain the name of the class, not the class. `pickle.loads` looks up "
              f"`{item.full}` now, and finds the class that line <made {item.full}> created.",
              {item.values[0]: "The bytes contain the class as it was."}, (item.full,))
    else:
        reload = d.reload()
        asked = d.line("ask", f"pickle.dumps({name})")
        d.question(asked, "D-06",
                   f"Line {line} created `{name}` from the old class. pickle stores a class by its name, and since "
                   f"{reload} the name `{item.full}` has referred to another class, so pickle refuses.",
                   {"nothing": EVERYWHERE}, (f"type({name})", item.full))
