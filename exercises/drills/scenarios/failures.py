"""Stories about imports and reloads that fail."""
from exercises.drills.scenarios.draft import Draft, Item
from exercises.drills.scenarios.imports import edited
from exercises.drills.scenarios.kinds import whole

TRANSACTION = "A reload that fails changes nothing."
ALL_NEW = "The reload updates whatever it can."
ERRORS = (("{} / 0", "ZeroDivisionError"), ("int('{}x')", "ValueError"), ("{} + missing", "NameError"),
          ("len({})", "TypeError"))


def constant(d: Draft) -> Item:
    """Add a constant that edits change."""
    name, values = d.constants.pop()
    item = d.versions(name, values, f"{name} = {{}}")
    d.block(item.sources[0])
    return item


def failing_line(d: Draft) -> tuple[str, str, str]:
    """Add a line that an edit makes fail. Return its source, what the edit makes of it, and the error."""
    name, number = d.random.choice(("TOTAL", "COUNT", "FIRST")), d.random.randint(2, 9)
    form, error = d.random.choice(ERRORS)
    d.block(f"{name} = {number}")
    return f"{name} = {number}", f"{name} = {form.format(number)}", error


@whole("E-01")
def syntax_error(d: Draft) -> None:
    above = constant(d) if d.level > 1 else None
    item = d.function(new=True)
    d.imported()
    first = d.tell(f"# edit {d.home}.py: {above.edits[0]}") if above else ""
    broken = d.tell(f"# edit {d.home}.py: def {item.name}(): -> def {item.name}()")
    line = d.tell(f"importlib.reload({d.module})")
    d.question(line, "E-01",
               f"Line {broken} deleted the colon, so the file isn't valid Python any more. Python compiles the "
               "whole file before it runs the first line, so the reload raises SyntaxError.",
               {"nothing": "A reload leaves out what isn't valid.", "NameError": "", "ImportError": ""})
    d.tell_ask(f"{item.full}()", "E-01",
               f"The reload in line {line} ran nothing, because Python couldn't compile the file. So the module still "
               f"has the function that line <made {item.full}> created.",
               {"AttributeError": "A failed reload leaves the module empty.", "SyntaxError": "The module is unusable "
                                                                                             "until "
                "the file is fixed."}, (item.full,))
    if above:
        d.tell_ask(above.full, "E-01",
                   f"Line {first} changed `{above.name}` above the broken line. But Python compiles the whole file "
                   "first, so not even the lines above the error ran.",
                   {above.values[1]: "Python runs the file down to the line with the error."}, ())


@whole("E-02")
def half_a_module(d: Draft) -> None:
    above = constant(d)
    fine, broken, error = failing_line(d)
    below = d.function(new=True)
    d.imported()
    d.tell(f"# edit {d.home}.py: {above.edits[0]}")
    if d.level > 2:
        d.tell(f"# edit {d.home}.py: {below.edits[0]}")
    edit = d.tell(f"# edit {d.home}.py: {fine} -> {broken}")
    line = d.tell(f"importlib.reload({d.module})")
    if d.level > 1:
        d.question(line, "E-02", f"The reload runs the file from the top, down to the line that line {edit} changed. "
                                 f"That "
                   f"line raises {error}, which ends the reload.", {"nothing": "A reload catches the errors of the "
                                                                               "file.",
                                                                   "ImportError": "", "SyntaxError": ""})
    d.tell_ask(above.full, "E-02",
               f"The reload in line {line} ran the file down to the failing line. `{above.name}` is above it, so it "
               "has the new value, and the error doesn't undo that.", {above.values[0]: TRANSACTION}, ())
    d.tell_ask(f"{below.full}()", "E-02",
               f"`def {below.name}` is below the line that failed in line {line}, so it didn't run again. The module "
               f"still has the function that line <made {below.full}> created.",
               {below.values[1]: ALL_NEW, "AttributeError": "What's below the failing line is lost."}
               if d.level > 2 else {"AttributeError": "What's below the failing line is lost."}, (below.full,))


@whole("E-03", last=8)
def failed_first_import(d: Draft) -> None:
    item = d.function()
    name, number = d.random.choice(("TOTAL", "COUNT", "FIRST")), d.random.randint(2, 9)
    form, error = d.random.choice(ERRORS)
    d.block(f"{name} = {form.format(number)}")
    first = d.tell(f"import {d.module}")
    d.tell_ask(f"'{d.module}' in sys.modules", "E-03",
               f"The first import, in line {first}, raised {error} while the file ran. After a failed first import "
               "Python deletes the module from `sys.modules`.",
               {"True": "The module stays, with what ran before the error."})
    if d.level > 1:
        d.tell_ask(f"{item.full}()", "E-03",
                   f"The import in line {first} raised {error}, so it never assigned the name `{d.module}` in the "
                   "program.", {item.values[0]: "What ran before the error can be used."})
    fixed = d.tell(f"# edit {d.home}.py: {name} = {form.format(number)} -> {name} = {number}")
    again = d.tell(f"import {d.module}")
    d.tell_ask(f"{item.full}()", "E-03",
               f"The failed import left nothing in `sys.modules`. So the import in line {again} ran the file, which "
               f"line {fixed} had fixed, as if it were the first one.",
               {"NameError": "After a failed import a module needs a reload."}, (item.full,))


@whole("E-03 E-02", first=2)
def still_in_modules(d: Draft) -> None:
    item = d.function()
    fine, broken, error = failing_line(d)
    first = d.imported()
    edit = d.tell(f"# edit {d.home}.py: {fine} -> {broken}")
    line = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"'{d.module}' in sys.modules", "E-03",
               f"Line {edit} makes the reload in line {line} raise {error}. A reload that fails leaves the module "
               f"from line {first} in `sys.modules`; only a failed first import deletes it.",
               {"False": "An error deletes the module from `sys.modules`."})
    name, _, number = fine.partition(" = ")
    d.tell_ask(f"{d.module}.{name}", "E-02",
               f"The right side of the edited line raised {error} before the assignment. So line {line} didn't change "
               f"`{name}`, and it has the value from line {first}.",
               {"AttributeError": "A failed assignment deletes the name.", "None": ""}, ())
    d.tell_ask(f"{item.full}()", "E-02",
               f"`def {item.name}` is above the failing line, so the reload in line <made {item.full}> created it "
               f"again, "
               "with the same code.", {"AttributeError": "A failed reload leaves the module empty."}, (item.full,))


@whole("E-10", first=5)
def fixed_after_a_failure(d: Draft) -> None:
    name, number, extra = d.random.choice(("LIMIT", "STEP")), d.random.randint(2, 9), d.random.randint(10, 20)
    d.block(f"{name} = {number}")
    fine, broken, error = failing_line(d)
    item = d.function(new=True)
    d.imported()
    once = f"EXTRA_{name}"
    failed_name = d.tell(f"# edit {d.home}.py: {name} = {number} -> {once} = {extra}")
    d.tell(f"# edit {d.home}.py: {fine} -> {broken}")
    d.tell(f"importlib.reload({d.module})")
    back = d.tell(f"# edit {d.home}.py: {once} = {extra} -> {name} = {number}")
    d.tell(f"# edit {d.home}.py: {broken} -> {fine}")
    edited(d, item)
    line = d.tell(f"importlib.reload({d.module})")
    d.tell_ask(f"hasattr({d.module}, '{once}')", "E-10",
               f"The failed reload got as far as `{once}`, from the edit in line {failed_name}. Line {back} removed "
               f"it from the file, but the reload in line {line} deletes no names from the module.",
               {"False": TRANSACTION}, ())
    d.tell_ask(f"{item.full}()", "E-10",
               f"After the last edit the file has no error, so the reload in line {line} ran all of it and created "
               f"`{item.name}` again.", {item.values[0]: "After a failed reload only a restart helps."}, (item.full,))


@whole("E-06")
def file_is_gone(d: Draft) -> None:
    item = d.function()
    first = d.imported()
    gone = d.tell(f"# delete {d.home}.py")
    line = d.tell(f"importlib.reload({d.module})")
    d.question(line, "E-06",
               f"A reload looks for the module's file again. Line {gone} deleted it, so line {line} raises "
               "ModuleNotFoundError.", {"nothing": "Python uses the code that it has in memory, or in its cache.",
                                        "NameError": "", "FileNotFoundError": ""})
    d.tell_ask(f"{item.full}()", "E-06",
               f"The reload in line {line} failed before it ran anything. The function from line {first} is in memory "
               "and doesn't need its file.", {"AttributeError": "Without its file a module's functions are gone.",
                                          "NameError": ""}, (item.full,))
    if d.level > 2:
        d.tell(f"# restore {d.home}.py")
        edited(d, item)
        again = d.tell(f"importlib.reload({d.module})")
        d.tell_ask(f"{item.full}()", "E-06",
                   f"The file is there again, so the reload in line {again} found it and ran it. The failed reload in "
                   f"line {line} has no other effect.",
                   {item.values[0]: "A module that failed to reload once can't be reloaded any more."}, (item.full,))


@whole("E-11", first=5)
def rolled_back(d: Draft) -> None:
    d.blocks["journal"] = ["entries = []"]
    d.block("import journal")
    d.block(f"journal.entries.append('{d.theme.client[1]}')")
    above = constant(d)
    fine, broken, error = failing_line(d)
    d.imported()
    d.line("import", "import journal")
    saved = d.tell(f"saved = dict({d.module}.__dict__)")
    d.tell(f"# edit {d.home}.py: {above.edits[0]}")
    d.tell(f"# edit {d.home}.py: {fine} -> {broken}")
    line = d.tell(f"importlib.reload({d.module})")
    back = d.tell(f"{d.module}.__dict__.update(saved)")
    d.tell_ask(above.full, "E-11",
               f"The reload in line {line} set `{above.name}` to the new value before it failed. Line {back} restored "
               f"the values that line {saved} had copied from the module's dictionary.",
               {above.values[1]: "What a failed reload has set can't be undone."}, ())
    d.tell_ask("len(journal.entries)", "E-11",
               f"The reload in line {line} appended a second entry before it failed. The list belongs to `journal`, "
               f"so restoring the dictionary of `{d.module}` in line {back} didn't change it.",
               {"1": "Restoring the dictionary undoes everything that the file did."}, ())
