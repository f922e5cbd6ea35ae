"""Drills: the lines that an explanation names do what it says, and nothing in a program is there by accident."""
import re
from collections import Counter
from dataclasses import replace

import pytest

from exercises.drills import program
from exercises.drills.making import make, make_many
from exercises.drills.model import Model
from tests.exercises.checks.thorough import thorough
from tests.exercises.drills.test_making import LEVELS, drafts

RAN = (r"import in line (\d+)(?= added| and the reload)|been in `sys\.modules` since line (\d+)"
       r"|^The first import, in line (\d+)|The file ran in line (\d+) and")
CREATED = r"that (?:the reload in )?line (\d+) created|the (?:function|class|module) from line (\d+)"
EDITED = r"edit (?:in|from) line (\d+)|edited in line (\d+)|Line (\d+) changed only the file"
RELOADED = r"reload in line (\d+)|reloads in lines (\d+) and (\d+)"


def named(pattern, text):
    """Return the numbers of the lines that a text names in one of the ways of a pattern."""
    return [int(number) for match in re.finditer(pattern, text) for number in match.groups() if number]


def done(drill):
    """Return the lines of a drill that ran files for the first time, and those that created objects."""
    model, seen, first = Model(drill.files), set(), set()
    for step in program.steps(drill.files, drill.program):
        if step.edit:
            model.edit(step.line, step.edit.file, step.edit.source, step.edit.quick)
            continue
        model.run(step.line, step.source)
        first |= {step.line} if set(model.runs) - seen else set()
        seen |= set(model.runs)
    return first, {origin.line for _, origin in model.origins.values()}


def wrong_lines(drill):
    """Return what the explanations of a drill say of lines that don't do it."""
    lines, (first, created) = ["", *drill.program.splitlines()], done(drill)
    found = []
    for question in drill.questions:
        why = question.why
        found += [f"{line} ran no file for the first time" for line in named(RAN, why) if line not in first]
        found += [f"{line} created nothing" for line in named(CREATED, why) if line not in created]
        found += [f"{line} is no edit" for line in named(EDITED, why) if not lines[line].startswith("# ")]
        found += [f"{line} is no reload" for line in named(RELOADED, why) if "reload(" not in lines[line]]
    return found


def test_lines_do_what_explanations_say():
    found = drafts(1500)
    assert [(wrong_lines(drill), drill.text()) for drill in found if wrong_lines(drill)] == []
    assert all(any(named(pattern, question.why) for drill in found for question in drill.questions)
               for pattern in (RAN, CREATED, EDITED, RELOADED))


@thorough
def test_lines_do_what_explanations_say_in_many_drills():
    found = [drill for level in LEVELS for drill in make_many([f"why {number}" for number in range(300)], level)]
    assert [(wrong_lines(drill), drill.text()) for drill in found if wrong_lines(drill)] == []


@pytest.mark.parametrize("why, line", [
    ("The module has been in `sys.modules` since line 2, so", 2), ("The file ran in line 2 and", 2),
    ("The import in line 2 added `'x'`.", 2),
    ("the function that line 2 created", 2), ("the edit from line 1 isn't used", 1), ("The reload in line 1 ran", 1)])
def test_a_wrong_line_is_found(why, line):
    drill = make("wrong", 4, ["C-02"])
    whole = replace(drill, files={"m.py": ""}, program="import m as n\nimport m\n# edit m.py: add X = 1\nprint(1)",
                    questions=(replace(drill.questions[0], why=why),))
    assert [text.split()[0] for text in wrong_lines(whole)] == [str(line)]


def test_no_part_of_a_program_is_there_by_accident():
    for drill in drafts(1500):
        whole = drill.text()
        assigned = Counter(re.findall(r"^(\w+) = ", drill.program, re.M))
        assert not assigned or max(assigned.values()) == 1, whole
        assert not re.search(r"^(importlib\.reload.*)\n\1$", drill.program, re.M), whole
        for printed in re.findall(r"(?:^print\(.*\n?)+", drill.program, re.M):
            assert len(set(printed.splitlines())) == len(printed.splitlines()), whole
        for file, source in drill.files.items():
            others = "\n".join(text for name, text in drill.files.items() if name != file)
            module = file.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
            assert re.search(rf"\b{module}\b", f"{drill.program}\n{others}"), whole
            assert source.strip() or file.endswith("__init__.py"), whole
        for name in re.findall(r"^import (functools|pickle)$", drill.program, re.M):
            assert f"{name}." in drill.program, whole


def test_wrong_choices_are_words_of_the_program():
    for drill in drafts(1500):
        for question in drill.questions:
            for choice in question.choices:
                words = [] if choice.endswith("Error") else re.findall(r"\b[a-z]\w+", choice)
                assert all(word in drill.listing() or word in ("nothing", "__main__") for word in words), drill.text()
