"""Stories about edits within one second, after which Python may run stale bytecode."""
from exercises.drills.scenarios.draft import Draft, Item
from exercises.drills.scenarios.kinds import whole
from exercises.drills.scenarios.references import EVERYWHERE

READ = "A reload always reads the source file."


def same_size(d: Draft, same: bool = True) -> Item | None:
    """Return a function with two versions of which the source has the same size, or not; None if there's none."""
    item = d.function()
    return item if (len(item.sources[0]) == len(item.sources[1])) == same else None


def quickly(d: Draft, item: Item) -> str:
    """Edit an item within the same second, and return the line."""
    return str(d.tell(f"# quick edit of {d.home}.py, in the same second: {item.edits[0]}"))


@whole("H-01 H-02")
def stale_bytecode(d: Draft) -> None:
    item = same_size(d)
    if not item:
        return
    first = d.imported()
    name = d.random.choice(("", f"my_{item.name}"))
    if name:
        d.tell(f"{name} = {item.full}")
    edit = quickly(d, item)
    line = d.tell(f"importlib.reload({d.module})")
    fact = d.random.choice(("H-01", "H-02"))
    d.tell_ask(f"{item.full}()", fact,
               f"The edit in line {edit} changed neither the file's size nor, in whole seconds, its modification time. "
               f"So the reload in line {line} ran the bytecode that Python had cached in line {first}.",
               {item.values[1]: READ}, (item.full,))
    if name:
        code, same = d.same(item.full, name)
        d.tell_ask(code, "B-06",
                   f"The reload in line {line} did run: it ran the cached bytecode of the old version, and every "
                   "`def` creates a new function, even with the same code.",
                   {same: "After a quick edit a reload does nothing."}, (item.full, name))


@whole("H-01")
def another_size(d: Draft) -> None:
    item = same_size(d, same=False)
    if not item:
        return
    first = d.imported()
    edit = quickly(d, item)
    line = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "H-01",
               f"The edit in line {edit} was within the same second, but it changed the size of the file. So the "
               f"bytecode from line {first} doesn't fit the file any more, and the reload in line {line} compiled the "
               "source.",
               {item.values[0]: "After an edit within the same second a reload always runs the old "
                                "code."}, (item.full,))
    again = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "H-01",
               f"The reload in line {line} cached the bytecode of the edited file, so the one in line {again} also ran "
               "the edited code.", {item.values[0]: "A second reload goes back to the first bytecode."}, (item.full,))


@whole("H-05", first=2)
def saved_a_second_later(d: Draft) -> None:
    item = same_size(d)
    if not item:
        return
    d.imported()
    edit = quickly(d, item)
    line = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "H-01",
               f"The edit in line {edit} changed neither the file's size nor, in whole seconds, its modification time. "
               f"So the reload in line {line} ran the cached bytecode of the old version.",
               {item.values[1]: READ}, (item.full,))
    saved = d.tell(f"# save {d.home}.py again, a second later")
    again = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "H-05",
               f"Line {saved} changed the file's modification time by a whole second, so the cached bytecode no longer "
               f"fits the file. The reload in line {again} compiled the source, with the edit from line {edit}.",
               {item.values[0]: "Saving a file without another edit changes nothing."}, (item.full,))


@whole("H-06", first=2)
def invalidated_caches(d: Draft) -> None:
    item = same_size(d)
    if not item:
        return
    first = d.imported()
    kept = d.tell(f"before = {item.full}") if d.level > 2 else ""
    edit = quickly(d, item)
    call = d.tell("importlib.invalidate_caches()")
    line = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"{item.full}()", "H-06",
               f"`invalidate_caches` in line {call} makes Python look for files again, and doesn't touch bytecode. "
               f"The edit in line {edit} changed neither size nor second, so line {line} ran the bytecode from line "
               f"{first}.",
               {item.values[1]: "`invalidate_caches` makes Python compile the source again."}, (item.full,))
    d.tell_ask(f"{item.full} is before" if kept else f"'{d.module}' in sys.modules",
               "B-06" if kept else "H-06",
               f"The reload in line {line} ran the cached bytecode, and its `def` created a new function, although "
               f"with the "
               "old code." if kept else f"`invalidate_caches` in line {call} has nothing to do with `sys.modules`: "
                                        f"the module "
               "from the import is still there.",
               {"True": "After a quick edit a reload does nothing."} if kept else
               {"False": "`invalidate_caches` empties `sys.modules`."}, ())


@whole("H-03", first=2)
def without_bytecode(d: Draft) -> None:
    item = same_size(d)
    if not item:
        return
    late = d.random.random() < 0.5
    switch = "sys.dont_write_bytecode = True"
    line = d.tell(switch) if not late else None
    first = d.tell(f"import {d.module}")
    line = line or d.tell(switch)
    edit = quickly(d, item)
    reload = d.tell(f"importlib.reload({d.module})")
    why = (f"Python had cached bytecode in line {first}, before line {line} switched that off, and it still reads "
           f"what's in "
           f"the cache. The edit in line {edit} changed neither size nor second, so line {reload} ran the old "
           f"bytecode." if late else
           f"Line {line} came before the import, so Python never wrote bytecode for `{d.home}.py`. The reload in line "
           f"{reload} had to compile the source, with the edit from line {edit}.")
    d.tell_ask(f"{item.full}()", "H-03", why,
               {item.values[1 if late else 0]: "With the switch on, Python doesn't read cached bytecode "
                                               "either." if late else
                "After a quick edit a reload always runs the old code."}, (item.full,))
    name = d.random.choice(("kept", "before"))
    d.lines["story"].insert(d.lines["story"].index(next(each for each in d.lines["story"] if each.code.startswith("# "
                                                                                                                  "q"))),
                            kept := d.new_line(f"{name} = {item.full}"))
    d.tell_ask(f"{name}()", "I-07",
               f"Line {kept} made `{name}` refer to the function from line {first}. Whatever bytecode the reload in "
               f"line {reload} ran, it created another function.", {item.values[1]: EVERYWHERE}, (name, item.full))
