"""The verdict on an answer: NOT ATTEMPTED, NOT YET with the reason, or PASSED, reached outside the answer's process."""
import random
import re
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from exercises.grader import processes, tasks
from exercises.grader.session import NotYet, Session, compare_predictions, expect
from lessons import notebooks
from lessons.notebooks import NotebookProblem

NOT_ATTEMPTED, NOT_YET, PASSED = "NOT ATTEMPTED", "NOT YET", "PASSED"
LONGEST = 1000  # characters of a message


@dataclass(frozen=True)
class Verdict:
    """What an answer gets: its state in words, its points, and a sentence on the reason."""
    task: tasks.Task
    state: str
    message: str = ""
    note: str = ""  # what was odd about the notebook, and did not change the verdict
    answer: str = ""  # what was graded

    @property
    def passed(self):
        """Whether the answer is right."""
        return self.state == PASSED

    @property
    def points(self):
        """Points reached, of `task.points`."""
        return self.task.points if self.passed else 0

    def __str__(self):
        unit = "point" if self.task.points == 1 else "points"
        lines = [f"{self.state}: {self.task.name}, {self.points} of {self.task.points} {unit}.", self.message, self.note]
        return "\n".join(line for line in lines if line)


def default_launcher():
    """Return what starts an answer's process on this machine."""
    if sys.platform == "emscripten":
        from exercises.grader.browser_tab import TabLauncher
        return TabLauncher()
    return processes.SubprocessLauncher()


def grade(task, answer, worked_in=False, launcher=None, draw=random):
    """The verdict on `answer`, the text of an answer cell, or None where there is no such cell.

    `worked_in` tells that an answer which the exercise gives counts, although it is unchanged. `launcher` starts the
    processes, `draw` draws the words that no answer can know. Raises GraderProblem when no process could be started.
    """
    if answer is None:
        return Verdict(task, NOT_ATTEMPTED, f"The notebook has no cell answer-{task.name}. To get it back, type: "
                                            f"python3 -m exercises reset {task.name}")
    if untouched(task, answer) and not (task.given and worked_in and essence(answer)):
        return Verdict(task, NOT_ATTEMPTED)
    launcher = launcher or default_launcher()
    try:
        with Session(answer.lstrip("\ufeff"), launcher, draw, task.given_code) as session:
            explain_magic(session)
            session.programs = task.programs
            check_of(task, partial(Session, launcher=launcher, draw=draw))(session)
    except NotYet as reason:
        return Verdict(task, NOT_YET, in_one_line(str(reason)), answer=answer)
    return Verdict(task, PASSED, answer=answer)


def in_one_line(message):
    """A message that any terminal and file can hold, whatever an answer has put into it, and no longer than one reads."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in message)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST // 2]} [...] {shown[-LONGEST // 2:]}"


def explain_magic(session):
    """Say what is wrong with a line that only Jupyter understands."""
    magic = re.search(r"(?m)^[ \t]*[%!].*$", session.answer)
    expect(not magic or not session.stopped or session.stopped["type"] != "SyntaxError",
           f"{magic and magic[0].strip()!r} is a command of Jupyter. An answer is plain Python, so that it runs anywhere.")


def check_of(task, new_session):
    """The function that checks an answer, from the source of the task; it may start sessions without an answer."""
    namespace = {"Session": new_session, "compare_predictions": compare_predictions, "expect": expect}
    exec(compile(task.check, f"<check of {task.name}>", "exec"), namespace)
    return namespace["check_answer"]


def grade_notebook(path, only=None):
    """The verdicts on the tasks in a learner's notebook, in their order; on the tasks in `only` if given.

    Nothing but the answer cells is taken from it. Raises NotebookProblem when it is no notebook, or has no task.
    """
    answers, worked_in = answers_in(path)
    verdicts = []
    for task, texts in answers.items():
        if only is None or task in only:
            verdicts.append(grade_first(task, texts, worked_in))
    return verdicts


def grade_first(task, texts, worked_in, **how):
    """The verdict on the first of some answer cells, with a note when there are more; `how` is for `grade`."""
    verdict = grade(task, texts[0] if texts else None, worked_in, **how)
    note = f"The notebook has {len(texts)} answer cells for {task.name}; the first one counts."
    return replace(verdict, note=note) if len(texts) > 1 else verdict


def answers_in(path):
    """The answers in a learner's notebook, task -> texts of its answer cells, and whether any work shows in it."""
    cells = [cell for cell in notebooks.read(path)["cells"] if cell.get("cell_type") == "code"]
    unmarked = [cell["source"] for cell in cells if not mark(cell).startswith(("answer-", "check-"))]
    found, worked_in = {}, any(cell.get("execution_count") or cell.get("outputs") for cell in cells)
    for task in home_of(path, cells):
        mine = [cell["source"] for cell in cells if mark(cell) == f"answer-{task.name}"]
        worked_in = worked_in or not all(untouched(task, source) for source in mine)
        # A front end may have dropped the marks: then the names that the answer defines tell.
        mine = mine or [source for source in unmarked if task.defines & tasks.defined_names(source)]
        found[task] = [source for source in mine if not untouched(task, source)] or mine
    return found, worked_in


def home_of(path, cells):
    """The tasks that a learner's notebook belongs to: those of its cells, or else of its name."""
    marks = [mark(cell) for cell in cells]
    every = tasks.all_tasks()
    homes = [task.notebook for task in every for found in marks if found in (f"answer-{task.name}", f"check-{task.name}")]
    home = max(homes, key=homes.count) if homes else Path(path).stem
    mine = [task for task in every if task.notebook == home]
    if not mine:
        raise NotebookProblem(f"{Path(path).name} has no task of this course in it, nor the name of an exercise")
    return mine


def untouched(task, answer):
    """Whether an answer cell says no more than it did when it was handed out."""
    return essence(answer) in ("", essence(task.stub))


def mark(cell):
    """What tells whose cell it is: nbgrader's mark, else the cell's id."""
    try:
        marked = cell["metadata"]["nbgrader"]["grade_id"]
    except (LookupError, TypeError):
        marked = None
    return str(marked or cell.get("id") or "")


def essence(source):
    """A source without blank lines, indentation, and comments on lines of their own."""
    lines = [line.strip().removesuffix("# your answer").rstrip() for line in source.lstrip("\ufeff").splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("#"))
