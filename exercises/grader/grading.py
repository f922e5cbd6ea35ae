"""The verdict on an answer: NOT ATTEMPTED, NOT YET with the reason, or PASSED, reached outside the answer's process."""
import random
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from exercises.grader import processes, tasks
from exercises.grader.processes import Launcher
from exercises.grader.session import Draw, NotYet, Session, compare_predictions, expect, without_folder
from exercises.grader.tasks import Task
from lessons import PYTHON, notebooks, predictions
from lessons.notebooks import NotebookProblem

Cell = dict[str, Any]  # of a notebook

NOT_ATTEMPTED, NOT_YET, PASSED = "NOT ATTEMPTED", "NOT YET", "PASSED"
LONGEST = 1000  # characters of a message


@dataclass(frozen=True)
class Verdict:
    """What an answer gets: its state in words, its points, and a sentence on the reason."""
    task: Task
    state: str
    message: str = ""
    note: str = ""  # what was odd about the notebook without changing the verdict
    answer: str = ""  # what was graded

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.state == PASSED

    @property
    def points(self) -> int:
        """The points reached, of `task.points`."""
        return self.task.points if self.passed else 0

    def __str__(self) -> str:
        unit = "point" if self.task.points == 1 else "points"
        lines = [f"{self.state}: {self.task.name}, {self.points} of {self.task.points} {unit}.", self.message,
                 self.note]
        return "\n".join(line for line in lines if line)


class NotCode(str):
    """The source of an answer cell that was turned into Markdown, or into raw text."""


def default_launcher() -> Launcher:
    """Return what starts an answer's process on this machine."""
    if sys.platform == "emscripten":
        from exercises.grader.browser_tab import TabLauncher
        return TabLauncher()
    return processes.SubprocessLauncher()


def grade(task: Task, answer: str | None, worked_in: bool = False, launcher: Launcher | None = None,
          draw: Draw = random) -> Verdict:
    """Return the verdict on `answer`, the source of an answer cell, or None if there's no such cell.

    With `worked_in`, an answer that the exercise gives counts although it's unchanged. `launcher` starts the processes,
    `draw` makes up the words that no answer can know. Raises GraderProblem if no process can be started.
    """
    get_back = f"To get it back, type: {PYTHON} -m exercises reset {task.name}"
    if answer is None:
        return Verdict(task, NOT_ATTEMPTED, f"The notebook has no cell answer-{task.name}. {get_back}")
    if isinstance(answer, NotCode):
        return Verdict(task, NOT_ATTEMPTED, f"The cell answer-{task.name} isn't a code cell any more, so it can't be "
                       "checked. To turn it back into code, click on it and press Esc, then Y.", answer=answer)
    if untouched(task, answer) and not (task.given and worked_in and normalized(answer)):
        return Verdict(task, NOT_ATTEMPTED)
    launcher = launcher or default_launcher()
    session = Session(answer.lstrip("\ufeff"), launcher, draw, task.given_code)
    try:
        with session:
            explain_magic(session)
            session.programs = task.programs
            check_of(task, partial(Session, launcher=launcher, draw=draw))(session)
    except NotYet as reason:
        return Verdict(task, NOT_YET, in_one_line(without_folder(str(reason), session.folder)), answer=answer)
    return Verdict(task, PASSED, answer=answer)


def in_one_line(message: str) -> str:
    """Return a message in a form that any terminal and file can show, shortened if it's too long to read."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in message)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST // 2]} [...] {shown[-LONGEST // 2:]}"


def explain_magic(session: Session) -> None:
    """End the check if the answer has a line that only Jupyter understands."""
    magic = re.search(r"(?m)^[ \t]*[%!].*$", session.answer)
    expect(not magic or not session.stopped or session.stopped["type"] != "SyntaxError",
           f"{magic and magic[0].strip()!r} is a command of Jupyter. An answer is plain Python, so that it runs "
           f"anywhere.")


def check_of(task: Task, new_session: Callable[..., Session]) -> Callable[[Session], None]:
    """Return the function that checks an answer, from the task's source; it may start sessions without an answer."""
    namespace: dict[str, Any] = {"Session": new_session, "compare_predictions": compare_predictions, "expect": expect}
    exec(compile(task.check, f"<check of {task.name}>", "exec"), namespace)
    return namespace["check_answer"]


def grade_notebook(path: Path, only: Collection[Task] | None = None) -> list[Verdict]:
    """Return the verdicts on the tasks in a learner's notebook, in their order; on the tasks in `only` if given.

    Only its answer cells count. Raises NotebookProblem if it isn't a notebook, or has no task.
    """
    answers, worked_in = answers_in(path)
    return [grade_cells(task, texts, worked_in) for task, texts in answers.items() if only is None or task in only]


def grade_cells(task: Task, texts: list[str], worked_in: bool, **how: Any) -> Verdict:
    """Return the verdict on the first of some answer cells, with a note if there are more; `how` is for `grade`."""
    verdict = grade(task, texts[0] if texts else None, worked_in, **how)
    note = f"The notebook has {len(texts)} answer cells for {task.name}; the first one counts."
    return replace(verdict, note=note) if len(texts) > 1 else verdict


def answers_in(path: Path) -> tuple[dict[Task, list[str]], bool]:
    """Return the answers in a learner's notebook, task -> sources of its answer cells, and whether it was worked in."""
    every = notebooks.read(path)["cells"]
    cells = [cell for cell in every if cell.get("cell_type") == "code"]
    unmarked = [cell["source"] for cell in cells if not grade_id(cell).startswith(("answer-", "check-"))]
    found, worked_in = {}, any(cell.get("execution_count") or cell.get("outputs") for cell in cells)
    for task in tasks_for(path, cells):
        marked = [cell for cell in every if grade_id(cell) == f"answer-{task.name}"]
        mine = [cell["source"] for cell in marked if cell.get("cell_type") == "code"]
        # Without marks, or in a new cell below, an answer is known by the names that it defines.
        named = [source for source in unmarked if task.defines & tasks.defined_names(source)]
        named = [] if task.given and mine else named
        worked_in = worked_in or not all(untouched(task, source) for source in mine)
        found[task] = (_touched(task, mine) or _touched(task, named) or mine or named
                       or [NotCode(cell["source"]) for cell in marked])
    return found, worked_in


def _touched(task: Task, sources: list[str]) -> list[str]:
    return [source for source in sources if not untouched(task, source)]


class ALesson(NotebookProblem):
    """The notebook is a lesson, although its name may be that of its exercises."""


def tasks_for(path: Path, cells: list[Cell]) -> list[Task]:
    """Return the tasks that a learner's notebook belongs to: those of its cells, or else of its name."""
    every = tasks.all_tasks()
    known = {f"{kind}-{task.name}": task.notebook for task in every for kind in ("answer", "check")}
    found = [known[grade_id(cell)] for cell in cells if grade_id(cell) in known]
    if not found and any(cell["source"].startswith(predictions.MAGIC) for cell in cells):
        raise ALesson(f"{Path(path).name} is the lesson, which isn't graded. The exercises are another notebook")
    home = max(found, key=found.count) if found else Path(path).stem
    mine = [task for task in every if task.notebook == home]
    if not mine:
        raise NotebookProblem(f"{Path(path).name} has no task of this course in it, nor the name of an exercise")
    return mine


def untouched(task: Task, answer: str) -> bool:
    """Return whether an answer cell contains no more than the exercise did."""
    return normalized(answer) in ("", normalized(task.stub))


def grade_id(cell: Cell) -> str:
    """Return the name of a cell's task and kind, such as "answer-refresh": nbgrader's, or else the cell's id."""
    try:
        marked = cell["metadata"]["nbgrader"]["grade_id"]
    except (LookupError, TypeError):
        marked = None
    return str(marked or cell.get("id") or "")


def normalized(source: str) -> str:
    """Return a source without blank lines, indentation, and comments on lines of their own."""
    lines = [line.strip().removesuffix("# your answer").rstrip() for line in source.lstrip("\ufeff").splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("#"))
