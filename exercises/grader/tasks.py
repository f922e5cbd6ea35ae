"""Tasks: read from their one source, a notebook in `solutions/`, and made into an exercise without the answers.

In that notebook a task `refresh` is the cells `task-refresh` (its text), `answer-refresh` (the answer between SOLUTION
marks; without marks, and with `"given": true` in its metadata, if the exercise shows the answer), `check-refresh` (the
call of `check`, and `check_answer(session)` between HIDDEN TESTS marks) and `hints-refresh` (a numbered list of three).
After them come its other right answers (`right-...`) and its wrong ones (`wrong-...`), each a Markdown cell: a name in
backticks, for a wrong one the message that it must get, the code. The metadata of a wrong one may say what it means.

A source that breaks a rule is refused, because a misspelt mark would publish the answer.
"""
import difflib
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from exercises.grader import markers
from lessons import PYTHON, notebooks
from lessons.notebooks import KIT, NotebookProblem

SOLUTIONS = KIT / "solutions"
# How a cell's id begins -> its type.
KINDS = {"title": "markdown", "start": "code", "task": "markdown", "answer": "code", "check": "code",
         "hints": "markdown", "right": "markdown", "wrong": "markdown", "next": "markdown"}
FOR_AUTHORS = ("hints", "right", "wrong")  # kinds of cells that don't go into the exercise
AUTHORS_METADATA = ("facts", "needs", "given", "complete")
COUNT = r"\d+ of \d+ cases (?:pass|passes)\. "  # what the message of a case begins with
Cell = dict[str, Any]  # of a notebook
# A check imports what it needs, so that it also works before the first cell has run.
CHECK = 'from practice import check\ncheck("{}")'
PROGRESS: Cell = {"cell_type": "code", "id": "progress", "metadata": {}, "outputs": [], "execution_count": None,
                  "source": ["from practice import progress\n", "progress()"]}  # goes before the last cell, the links
DRILLED = range(1, 14)  # the lessons with drills on their facts
OFFER = """## Three drills, or as many as you like

A drill is a short program that nobody has seen before, and you predict what it prints. Three on this lesson take about
five minutes.

1. Run the next cell. It shows a drill.
2. Write your letters between the quotes in the cell below the drill, and run it.
3. For another drill, run the first of these two cells again."""
DRILL = "from practice import answer, drill\ndrill(lesson={})"
ANSWER = '# Your letters, such as "ab":\nanswer("")'  # short enough for a phone


@dataclass(frozen=True)
class Task:
    """One graded task."""
    name: str
    notebook: str  # the stem of its notebook
    text: str
    answer: str  # without the marks
    stub: str  # what the exercise has instead
    given: bool  # whether the exercise has the answer already
    check: str  # code that defines check_answer(session)
    hints: tuple[str, ...]
    points: int
    facts: tuple[str, ...]  # which facts of the course it tests
    needs: tuple[str, ...]  # tasks whose answers this one builds on: it gets their solutions, not the learner's answers
    right: dict[str, str] = field(compare=False, hash=False)  # name of another right answer -> code
    wrong: dict[str, tuple[str, str]] = field(compare=False, hash=False)  # name of a misconception -> (message, code)
    meanings: dict[str, str] = field(compare=False, hash=False, default_factory=dict)  # its name -> `meaning`, if given

    @property
    def title(self) -> str:
        """The heading of its text."""
        return self.text.splitlines()[0].lstrip("# ").strip()

    @property
    def programs(self) -> list[str]:
        """The blocks of Python code in its text."""
        return blocks(self.text)

    @property
    def rules(self) -> list[str]:
        """The numbered rules in its text."""
        return [re.sub(r"\n +", " ", rule) for rule in re.findall(r"(?m)^\d+\. (.+(?:\n   .+)*)", self.text)]

    @property
    def given_code(self) -> str:
        """The answers to the tasks that it needs, and to those that these need."""
        return "\n\n".join(part for name in self.needs for part in (find(name).given_code, find(name).answer) if part)

    def misconception(self, message: str) -> str:
        """The name of the wrong answer that gets this message, or ""."""
        return next(iter(self.misconceptions(message)), "")

    def misconceptions(self, message: str) -> list[str]:
        """The names of the wrong answers that get this message: often one, but a check can't tell all of them apart."""
        return [name for name, (wanted, _) in self.wrong.items() if fits(message, wanted)]

    def meaning(self, name: str) -> str:
        """What a misconception says of the learners who have it: the end of a sentence that starts with "Five of them".

        It's what its cell says, or else made from its name: "think that ..." for a prediction, "wrote code that ...".
        """
        about = "think that" if "compare_predictions" in self.check else "wrote code that"
        return self.meanings.get(name) or f"{about} {name.replace('_', ' ')}"

    @property
    def defines(self) -> set[str]:
        """The names that its answer defines: functions, classes, variables."""
        return defined_names(self.answer)


def all_tasks() -> list[Task]:
    """Return all tasks of the course, in its order."""
    return [task for path in sources() for task in tasks_of(path)]


def sources() -> list[Path]:
    """Return the notebooks in `solutions/`, in their order."""
    return sorted(SOLUTIONS.glob("[0-9]*.ipynb"))


def find(name: str) -> Task:
    """Return the task with that name. Raises KeyError, which names similar ones."""
    tasks = {task.name: task for task in all_tasks()}
    if name not in tasks:
        like = difflib.get_close_matches(str(name), tasks)
        raise KeyError(f"There is no task {name!r}. " + (f"Did you mean {' or '.join(like)}?" if like else
                                                         f"To see them all, type: {PYTHON} -m exercises"))
    return tasks[name]


@dataclass(frozen=True)
class Ending:
    """The end of a notebook: what someone reads once who passed all its tasks, and the next lesson."""
    complete: str
    next: tuple[str, str] | None  # words and an address; None at the end of the course


@cache
def ending(notebook: str) -> Ending:
    """Return the end of the notebook with this stem. Raises NotebookProblem."""
    first, *_, last = notebooks.cells(SOLUTIONS / f"{notebook}.ipynb")
    link = re.search(r"\*\*Next:\*\* \[(.+)\]\((.+)\)", last["source"])
    return Ending(first["metadata"].get("complete", ""), (link[1], link[2]) if link else None)


@cache
def tasks_of(path: Path) -> list[Task]:
    """Return the tasks of one notebook in `solutions/`, in its order. Raises NotebookProblem."""
    source = Source(path)
    return [source.task(name) for name in source.names]


def exercise_from(path: Path) -> bytes:
    """Return the exercise notebook that belongs to a notebook in `solutions/`. Raises NotebookProblem."""
    source = Source(path)
    tasks, cells = {name: source.task(name) for name in source.names}, []
    for cell in source.cells.values():
        kind, _, name = cell["id"].partition("-")
        if kind in FOR_AUTHORS:
            continue
        metadata = {key: value for key, value in cell["metadata"].items() if key not in AUTHORS_METADATA}
        text = tasks[name].stub if kind == "answer" else CHECK.format(name) if kind == "check" else cell["source"]
        cells.append({**cell, "metadata": metadata, "source": text.splitlines(keepends=True)})
        if cell["cell_type"] == "code":
            cells[-1].update(outputs=[], execution_count=None)
    cells[-1:-1] = [*drill_cells(int(path.name[:2])), PROGRESS]
    return notebooks.as_bytes({**source.notebook, "cells": cells})


def drill_cells(lesson: int) -> list[Cell]:
    """Return the cells that offer drills on a lesson's facts; none if there are no drills."""
    if lesson not in DRILLED:
        return []
    return [{"cell_type": "markdown", "id": "drills", "metadata": {}, "source": OFFER.splitlines(keepends=True)},
            {**PROGRESS, "id": "drill", "source": DRILL.format(lesson).splitlines(keepends=True)},
            {**PROGRESS, "id": "drill-answer", "source": ANSWER.splitlines(keepends=True)}]


class Source:
    """A notebook in `solutions/`. Raises NotebookProblem if a cell isn't as expected."""

    def __init__(self, path: Path):
        self.path, self.notebook = path, notebooks.read(path)
        self.cells: dict[str, Cell] = {}
        for number, cell in enumerate(self.notebook["cells"], start=1):
            name = str(cell.get("id") or f"number {number}")
            kind = name.partition("-")[0]
            if kind not in KINDS:
                raise self.problem(name, "its kind is unknown. Expected an id that starts with one of: "
                                   + ", ".join(KINDS))
            if cell.get("cell_type") != KINDS[kind]:
                raise self.problem(name, f"its type is {cell.get('cell_type')}. Expected {KINDS[kind]}")
            if name in self.cells:
                raise self.problem(name, "its id isn't unique. Expected one cell with this id")
            if kind == "start" and any(map(markers.is_like_a_marker, cell["source"].splitlines())):
                raise self.problem(name, "it has a mark. Expected marks only in answers and checks")
            self.cells[name] = cell
        self.names = [name[len("task-"):] for name in self.cells if name.startswith("task-")]
        for name in self.cells:
            kind, _, task = name.partition("-")
            if kind in ("answer", "check", "hints") and task not in self.names:
                raise self.problem(name, f"it belongs to no task. Expected a cell task-{task}")

    def task(self, name: str) -> Task:
        """Return the task with that name."""
        text, answer, check = (self._cell(f"{kind}-{name}") for kind in ("task", "answer", "check"))
        answer_lines, check_lines = self._lines(answer, markers.SOLUTION), self._lines(check, markers.HIDDEN_TESTS)
        given, is_marked = answer["metadata"].get("given") is True, bool(markers.inside(answer_lines))
        if given == is_marked:
            raise self.problem(answer["id"], f"it has {'marks and' if given else 'neither marks nor'} \"given\": true "
                               "in its metadata. Expected '### BEGIN SOLUTION' and '### END SOLUTION' around the "
                               'answer, or "given": true if the exercise shows it')
        if not markers.inside(check_lines) or markers.outside(check_lines) != f'check("{name}")':
            raise self.problem(check["id"], f"outside marks it has {markers.outside(check_lines)!r}. Expected "
                               "check_answer(session) between '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS', "
                               f'and then only check("{name}")')
        points = check["metadata"].get("nbgrader", {}).get("points")
        if type(points) is not int or points < 1:
            raise self.problem(check["id"],
                               f"its points in nbgrader's metadata are {points!r}. Expected a number from 1 on")
        return Task(name=name, notebook=self.path.stem, text=text["source"],
                    answer=markers.without_markers(answer_lines), given=given, stub=markers.with_stubs(answer_lines),
                    check=markers.inside(check_lines),
                    hints=self._hints(name), points=points, facts=tuple(text["metadata"].get("facts", ())),
                    needs=tuple(answer["metadata"].get("needs", ())),
                    right=dict(self._answer(cell) for cell in self._belonging("right-", name)),
                    meanings={self._answer(cell)[0]: cell["metadata"]["means"]
                              for cell in self._belonging("wrong-", name) if "means" in cell["metadata"]},
                    wrong={title: (self._message(cell), code) for cell in self._belonging("wrong-", name)
                           for title, code in [self._answer(cell)]})

    def problem(self, name: str, what: str) -> NotebookProblem:
        """Return the problem that a cell has, to be raised."""
        return NotebookProblem(f"{self.path.name}, cell {name}: {what}.")

    def _cell(self, name: str) -> Cell:
        if name not in self.cells:
            raise self.problem(name, "it's missing. Expected one for each task")
        return self.cells[name]

    def _lines(self, cell: Cell, what: str) -> markers.Lines:
        try:
            return markers.split(cell["source"], what)
        except markers.MarkerProblem as problem:
            raise self.problem(cell["id"], str(problem)) from None

    def _hints(self, name: str) -> tuple[str, ...]:
        cell = self._cell(f"hints-{name}")
        hints = re.findall(r"(?m)^\d+\. (.+(?:\n(?!\d+\. ).+)*)", cell["source"])
        if len(hints) != 3:
            raise self.problem(cell["id"], f"it has {len(hints)} numbered hints. Expected 3")
        return tuple(re.sub(r"\n *", " ", hint) for hint in hints)

    def _belonging(self, kind: str, name: str) -> list[Cell]:
        """Return the cells of a kind between a task's check and the next task."""
        ids = list(self.cells)
        rest = ids[ids.index(f"check-{name}") + 1:]
        ends = [rest.index(other) for other in rest if other.startswith("task-")]
        return [self.cells[other] for other in rest[:ends[0] if ends else None] if other.startswith(kind)]

    def _answer(self, cell: Cell) -> tuple[str, str]:
        """Return the name and the code of a right or a wrong answer."""
        name, code = re.search(r"`(\w+)`", cell["source"]), blocks(cell["source"])
        if not name or len(code) != 1:
            raise self.problem(cell["id"], f"it has {'a' if name else 'no'} name in backticks and {len(code)} blocks "
                               "of Python code. Expected one of each")
        return name[1], code[0]

    def _message(self, cell: Cell) -> str:
        """Return the message that a wrong answer must get: the quoted lines, in which `...` is any text."""
        quoted = re.findall(r"(?m)^> ?(.*)$", cell["source"])
        if not quoted:
            raise self.problem(cell["id"], "it has no message. Expected the one that the answer must get, in lines "
                               "that start with >")
        return " ".join(quoted)


def fits(message: str, wanted: str) -> bool:
    """Return whether a message is the one that a wrong answer must get, in which `...` is any text.

    What a message begins with, such as "4 of 10 cases pass. ", may be missing in the one that's wanted.
    """
    pattern = re.escape(wanted).replace(re.escape("..."), ".+")
    return re.fullmatch(rf"({COUNT})?{pattern}", message, re.S) is not None


def blocks(text: str) -> list[str]:
    """Return the blocks of Python code in a Markdown text."""
    return re.findall(r"```python\n(.*?)```", text, re.S)


def defined_names(source: str) -> set[str]:
    """Return the names that a source defines at its top level."""
    # Not with `ast`: before Python 3.11 deep nesting in a submission ends the process that parses it.
    found = re.findall(r"(?m)^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]*)?=(?!=)", source)
    return {name for names in found for name in names if name}
