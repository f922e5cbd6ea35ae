"""Editing tasks of an exam: everyone gets the same kinds, with other files, names and details of the rules.

A friend's answer usually breaks a rule of one's own task, because the details differ.

    kind     what a kind consists of: the text with numbered rules, the check, a right answer, and what varies
    number   change a number in the file, and reload
    forget   delete variables from the file and from the running module
    through  call a function through its module
    keep     keep values across a reload
"""
from collections.abc import Sequence
from string import Template

from exercises.exam.editing.forget import FORGET
from exercises.exam.editing.keep import KEEP
from exercises.exam.editing.kind import Draw, Kind
from exercises.exam.editing.number import NUMBER
from exercises.exam.editing.through import THROUGH
from exercises.exam.record import Editing
from exercises.grader.cases import NOUNS
from lessons.notebooks import facts_shown

POINTS = 2  # as many as for a question
PATIENCE = 1000  # draws without a new text
KINDS = {"number": NUMBER, "forget": FORGET, "through": THROUGH, "keep": KEEP}


def drawn(people: int, count: int, draw: Draw) -> list[tuple[Editing, ...]]:
    """Return `count` editing tasks for each person: of the same kinds, in the same order, and no text twice."""
    names, taken = draw.sample(sorted(KINDS), count), set[str]()
    return [tuple(_new(KINDS[name], draw, taken) for name in names) for _ in range(people)]


def _new(kind: Kind, draw: Draw, taken: set[str]) -> Editing:
    """Return a task whose shown file isn't in `taken`, and add that file."""
    for _ in range(PATIENCE):
        task = made(kind, draw)
        file = task.text.split("```")[1]
        if file not in taken:
            break
    taken.add(file)
    return task


def made(kind: Kind, draw: Draw) -> Editing:
    """Return a task of a kind, with words and details that are drawn."""
    file, module, name, verb = draw.sample(NOUNS, 4)
    func = f"edit_{verb}"
    words = {"file": file, "module": module, "name": name, "func": func, "call": f"{func}({kind.parameters})",
             **kind.details(draw)}
    text, check, answer = (Template(each.lstrip()).substitute(words) for each in (kind.text, kind.check, kind.answer))
    _, path, cell = facts_shown()[kind.fact]
    stub = f"def {words['call']}:\n    ...  # your answer"
    return Editing(kind.fact, text, stub, check, answer, POINTS, path.name, cell)


def facts(tasks: Sequence[Editing]) -> dict[str, str]:
    """Return the facts that tasks are about, each with its sentence."""
    return {task.fact: facts_shown()[task.fact][0] for task in tasks}
