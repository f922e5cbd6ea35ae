"""Tasks: read out of their one source, a notebook in `solutions/`, and made into an exercise without the answers.

In that notebook a task `refresh` is the cells `task-refresh` (its text), `answer-refresh` (the answer between SOLUTION
marks, or without marks where the exercise gives it), `check-refresh` (the call of `check`, and the experiment between
HIDDEN TESTS marks) and `hints-refresh`; after them come its other right answers (`right-...`) and its wrong ones
(`wrong-...`), each a Markdown cell: a name in backticks, for a wrong one the message that it must get, the code.
"""
import difflib
import re
from dataclasses import dataclass, field
from functools import lru_cache

from lessons import notebooks
from lessons.notebooks import KIT, NotebookProblem

SOLUTIONS = KIT / "solutions"
ANSWER_MARKS, CHECK_MARKS = "SOLUTION", "HIDDEN TESTS"  # nbgrader's words
STUB = "...  # your answer"
FOR_AUTHORS = ("hints-", "right-", "wrong-")  # cells that do not go into the exercise
PROGRESS = {"cell_type": "code", "id": "progress", "metadata": {}, "outputs": [], "execution_count": None,
            "source": ["from practice import progress\n", "progress()"]}  # stands before its last cell, the links


@dataclass(frozen=True)
class Task:
    """One graded task, as its source tells it."""
    name: str
    notebook: str  # the stem of its notebook
    text: str
    answer: str  # without the marks
    stub: str  # what stands in the exercise
    given: bool  # whether the exercise has the answer already
    check: str  # code that defines check_answer(session)
    hints: tuple
    points: int
    facts: tuple  # which facts of the course it tests
    needs: tuple  # tasks whose answers this one builds on; they are given to it, whatever the learner's own are
    right: dict = field(compare=False, hash=False)  # name of another right answer -> code
    wrong: dict = field(compare=False, hash=False)  # name of a misconception -> (message, code)

    @property
    def title(self):
        """The heading of its text."""
        return self.text.splitlines()[0].lstrip("# ").strip()

    @property
    def programs(self):
        """The blocks of Python code in its text."""
        return blocks(self.text)

    @property
    def given_code(self):
        """The answers to the tasks that it needs, and to those that these need."""
        return "\n\n".join(part for name in self.needs for part in (find(name).given_code, find(name).answer) if part)

    def misconception(self, message):
        """The name of the wrong answer that gets this message, or ""."""
        return next((name for name, (wanted, _) in self.wrong.items() if fits(message, wanted)), "")

    @property
    def defines(self):
        """The names that its answer defines: functions, classes, variables."""
        return defined_names(self.answer)


def all_tasks():
    """All tasks of the course, in its order."""
    return [task for path in sources() for task in tasks_of(path)]


def sources():
    """The notebooks in `solutions/`, in their order."""
    return sorted(SOLUTIONS.glob("[0-9]*.ipynb"))


def find(name):
    """The task of that name. Raises KeyError with names that are like it."""
    tasks = {task.name: task for task in all_tasks()}
    if name not in tasks:
        like = difflib.get_close_matches(str(name), tasks)
        raise KeyError(f"there is no task {name!r}. " + (f"Did you mean {' or '.join(like)}?" if like else
                                                         "The board shows them all: python3 -m exercises"))
    return tasks[name]


@lru_cache(maxsize=None)
def tasks_of(path):
    """The tasks of one notebook in `solutions/`, in its order. Raises NotebookProblem."""
    cells = {cell["id"]: cell for cell in notebooks.read(path)["cells"]}
    try:
        return [_task(name[len("task-"):], path, cells) for name in cells if name.startswith("task-")]
    except KeyError as missing:
        raise NotebookProblem(f"{path.name} lacks {missing}") from None


def exercise_from(path):
    """The exercise notebook, as bytes, that belongs to a notebook in `solutions/`."""
    notebook = notebooks.read(path)
    tasks = {task.name: task for task in tasks_of(path)}
    cells = []
    for cell in notebook["cells"]:
        kind, _, name = cell["id"].partition("-")
        if cell["id"].startswith(FOR_AUTHORS):
            continue
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key not in ("facts", "needs")}
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        if kind == "answer":
            cell["source"] = tasks[name].stub
        elif kind == "check":
            cell["source"] = without_marked(cell["source"], CHECK_MARKS)
        cells.append({**cell, "source": cell["source"].splitlines(keepends=True)})
    cells.insert(-1, PROGRESS)
    return notebooks.as_bytes({**notebook, "cells": cells})


def _task(name, path, cells):
    answer, check = cells[f"answer-{name}"], cells[f"check-{name}"]
    given = not marked(answer["source"], ANSWER_MARKS)
    return Task(name=name, notebook=path.stem, text=cells[f"task-{name}"]["source"],
                answer=without_marks(answer["source"], ANSWER_MARKS), given=given,
                stub=answer["source"] if given else without_marked(answer["source"], ANSWER_MARKS, STUB),
                check="\n".join(marked(check["source"], CHECK_MARKS)),
                hints=tuple(re.findall(r"(?m)^\d+\. (.+(?:\n(?!\d+\. ).+)*)", cells[f"hints-{name}"]["source"])),
                points=check["metadata"]["nbgrader"]["points"],
                facts=tuple(cells[f"task-{name}"]["metadata"].get("facts", ())), needs=tuple(answer["metadata"].get("needs", ())),
                right=dict(_answer(cell) for cell in _belonging(cells, "right-", name)),
                wrong={title: (_message(cell), code) for cell in _belonging(cells, "wrong-", name)
                       for title, code in [_answer(cell)]})


def _belonging(cells, kind, name):
    """The cells of a kind that stand between a task's check and the next task."""
    ids = list(cells)
    rest = ids[ids.index(f"check-{name}") + 1:]
    ends = [rest.index(other) for other in rest if other.startswith("task-")]
    return [cells[other] for other in rest[:ends[0] if ends else None] if other.startswith(kind)]


def _answer(cell):
    """The name and the code of a right or a wrong answer."""
    name, code = re.search(r"`(\w+)`", cell["source"]), blocks(cell["source"])
    if not name or len(code) != 1:
        raise NotebookProblem(f"the cell {cell['id']} needs a name in backticks and one block of Python code")
    return name[1], code[0]


def _message(cell):
    """What a wrong answer must be told: the quoted lines, in which `...` stands for a text drawn anew."""
    quoted = re.findall(r"(?m)^> ?(.*)$", cell["source"])
    if not quoted:
        raise NotebookProblem(f"the cell {cell['id']} needs the message that the answer must get, in lines with > before")
    return " ".join(quoted)


def fits(message, wanted):
    """Whether a message is the one that a wrong answer must get, in which `...` stands for a text drawn anew."""
    return re.fullmatch(re.escape(wanted).replace(re.escape("..."), ".+"), message, re.S) is not None


def blocks(text):
    """The blocks of Python code in a Markdown text."""
    return re.findall(r"```python\n(.*?)```", text, re.S)


def marked(source, what):
    """The parts of a source between the lines `### BEGIN what` and `### END what`."""
    return re.findall(rf"(?ms)^[ \t]*### BEGIN {what}\n(.*?)^[ \t]*### END {what}", source)


def without_marks(source, what):
    """A source without the lines that mark a part."""
    return re.sub(rf"(?m)^[ \t]*### (BEGIN|END) {what}(\n|$)", "", source).strip("\n")


def without_marked(source, what, instead=None):
    """A source without the marked parts; `instead` is put in the place of each, as far to the right."""
    put = "" if instead is None else rf"\1{instead}\n"
    return re.sub(rf"(?ms)^([ \t]*)### BEGIN {what}\n.*?^[ \t]*### END {what}(\n|\Z)", put, source).strip("\n")


def defined_names(source):
    """The names that a source defines at its left margin, a set."""
    # Not with `ast`: before Python 3.11 deep nesting in a hand-in ends the process that parses it.
    found = re.findall(r"(?m)^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]*)?=(?!=)", source)
    return {name for names in found for name in names if name}
