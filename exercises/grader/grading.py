"""The verdict on an answer: NOT ATTEMPTED, NOT YET with the reason, or PASSED, reached outside the answer's process."""
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from exercises.grader import tasks
from exercises.grader.cases import ANYTHING, UNCHANGED, Cases, check_with
from exercises.grader.evidence import LINE, Evidence, marked_up
from exercises.grader.session import Draw, NotYet, Session, compare_predictions, expect, without_folder
from exercises.grader.tasks import Task
from exercises.isolation import processes
from exercises.isolation.processes import GraderProblem, Launcher
from lessons import PYTHON, notebooks, predictions
from lessons.notebooks import NotebookProblem

Cell = dict[str, Any]  # of a notebook

NOT_ATTEMPTED, NOT_YET, PASSED = "NOT ATTEMPTED", "NOT YET", "PASSED"
LONGEST = 1000  # characters of a message
ROOM = 2**20  # bytes that a disk must have free
PAUSES = (0.1, 0.5)  # seconds before an answer gets another try because the machine may have been short of something
SHORTAGE = re.compile("No space left on device|Disk quota exceeded|Resource temporarily unavailable|Input/output error|"
                      "Too many open files in system")
LATEST = 20  # seconds after which an answer gets no other try
CHECK = "<check of "  # how the file name of a check begins
UNUSABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MOST_SEEN = 3  # cells that are tried to find the one that the check called PASSED


@dataclass(frozen=True)
class Verdict:
    """What an answer gets: its state in words, its points, and a sentence on the reason."""
    task: Task
    state: str
    message: str = ""
    note: str = ""  # what was odd about the notebook without changing the verdict
    answer: str = ""  # what was graded
    evidence: Evidence | None = None  # of the case that failed
    complete: str = ""  # what to say, once, if this pass completes a notebook or the course

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.state == PASSED

    @property
    def points(self) -> int:
        """The points reached, of `task.points`."""
        return self.task.points if self.passed else 0

    def __str__(self) -> str:
        return "\n".join([*self._lines(), *([str(self.evidence)] if self.evidence else [])])

    def as_html(self) -> str:
        """Return all but the first line of the verdict as HTML, with its evidence."""
        lines = "".join(f'<p style="{LINE}">{marked_up(line)}</p>' for line in self._lines()[1:])
        return lines + (self.evidence.as_html() if self.evidence else "")

    def _lines(self) -> list[str]:
        unit = "point" if self.task.points == 1 else "points"
        lines = [f"{self.state}: {self.task.name}, {self.points} of {self.task.points} {unit}.", self.message,
                 self.note, self.complete]
        return [line for line in lines if line]


class NotCode(str):
    """The source of an answer cell that was turned into Markdown, or into raw text."""


def default_launcher() -> Launcher:
    """Return what starts an answer's process on this machine."""
    if sys.platform == "emscripten":
        from exercises.isolation.browser_tab import TabLauncher
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
    launcher, started = launcher or default_launcher(), time.monotonic()
    for pause in (*PAUSES, 0):
        verdict = _verdict(task, answer, launcher, draw)
        if verdict.passed or not SHORTAGE.search(verdict.message) and not _disk_is_full():
            return verdict
        if time.monotonic() - started > LATEST:
            break  # an answer that says so, and is slow, would stop the class
        time.sleep(pause)  # the machine may be short of something, and then the answer isn't the cause
    if _disk_is_full():
        raise GraderProblem("The disk for temporary files is full")
    return verdict


def _verdict(task: Task, answer: str, launcher: Launcher, draw: Draw) -> Verdict:
    """Return the verdict on an answer that's more than the exercise contains."""
    session = Session(answer.lstrip("\ufeff"), launcher, draw, task.given_code)
    try:
        with session:
            explain_magic(session)
            session.programs = task.programs
            check_of(task, partial(Session, launcher=launcher, draw=draw))(session)
    except NotYet as reason:
        message = in_one_line(without_folder(str(reason), session.folder))
        return Verdict(task, NOT_YET, message, answer=answer, evidence=reason.evidence)
    except UNUSABLE as problem:  # what an answer's process sends may be anything, so a check can't use it
        if not _in_check(problem):
            raise
        return Verdict(task, NOT_YET, "The check can't use a value that it got from your answer's process: "
                       f"{in_one_line(str(problem))}.", answer=answer)
    return Verdict(task, PASSED, answer=answer)


def _in_check(problem: BaseException) -> bool:
    """Return whether a check made the error itself, rather than what it called in the grader."""
    files = [step.filename for step in traceback.extract_tb(problem.__traceback__)]
    return files[-1].startswith(CHECK)


def _disk_is_full() -> bool:
    """Return whether there's no room for an answer's files: called when those of the answer are removed."""
    try:
        return shutil.disk_usage(tempfile.gettempdir()).free < ROOM
    except OSError:
        return False


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
    namespace, cases = definitions(task, new_session)
    return namespace.get("check_answer") or check_with(cases, task.rules)


def definitions(task: Task, new_session: Callable[..., Session] = Session) -> tuple[dict[str, Any], Cases]:
    """Return what the source of a task's check defines: its names, and its cases."""
    cases = Cases()
    namespace: dict[str, Any] = {"Session": new_session, "compare_predictions": compare_predictions, "expect": expect,
                                 "every": cases.every, "case": cases.case, "UNCHANGED": UNCHANGED,
                                 "ANYTHING": ANYTHING}
    exec(_compiled(task.name, task.check), namespace)
    return namespace, cases


@lru_cache(200)
def _compiled(name: str, check: str) -> CodeType:
    return compile(check, f"{CHECK}{name}>", "exec")


def grade_notebook(path: Path, only: Collection[Task] | None = None) -> list[Verdict]:
    """Return the verdicts on the tasks in a learner's notebook, in their order; on the tasks in `only` if given.

    Only its answer cells count. Raises NotebookProblem if it isn't a notebook, or has no task.
    """
    answers, worked_in = answers_in(path)
    return [grade_cells(task, texts, worked_in) for task, texts in answers.items() if only is None or task in only]


def grade_cells(task: Task, answers: list[str], worked_in: bool, **how: Any) -> Verdict:
    """Return the verdict on what `best_first` returned, with a note if it's more than one cell; `how` is for `grade`.

    What the check called PASSED passes: a notebook doesn't tell which of its cells ran since Python's last restart, so
    up to three that the check may have seen are tried.
    """
    verdict = grade(task, answers[0] if answers else None, worked_in, **how)
    for other in answers[1:min(getattr(answers, "seen", 0), MOST_SEEN)]:
        if not verdict.passed and (second := grade(task, other, worked_in, **how)).passed:
            verdict = second
    note = (f"The notebook has {len(answers)} answer cells for {task.name}; the one that was checked or ran last "
            "counts, or the first if none ran.")
    return replace(verdict, note=note) if len(answers) > 1 else verdict


class Candidate(NamedTuple):
    """A cell that may be the answer to a task."""
    source: str
    marked: bool  # whether it's the task's own cell, by its mark, rather than one that defines the task's names
    run: int = 0  # its place among the runs of all cells: 0 if it never ran


class Answers(list[str]):
    """The sources that may be the answer to a task: the first one is."""
    seen = 0  # so many of them, from the first on, may be what the check saw when it said PASSED


def best_first(task: Task, candidates: list[Candidate], checked: int = 0) -> Answers:
    """Return what may be the answer to a task, the answer first. This is the one rule for all graders.

    The task's own cell counts before cells that define the same names, and of several the one that ran last. A cell
    that didn't run counts only if none did, and one that contains no more than the exercise did only if all are like
    that. But if the check said PASSED, in the run number `checked`, then what ran before that counts first.
    """
    own = [one for one in candidates if one.marked]
    some = own if task.given and own else candidates
    some = [one for one in some if not untouched(task, one.source)] or own or some

    def merit(one: Candidate) -> tuple[bool, bool, bool, int]:
        return 0 < one.run <= checked, one.run > 0, one.marked, one.run

    answers = Answers(one.source for one in sorted(some, key=merit, reverse=True))  # keeps the order of equals
    answers.seen = sum(0 < one.run <= checked for one in some)
    return answers


def answers_in(path: Path, data: bytes | None = None) -> tuple[dict[Task, Answers], bool]:
    """Return the answers in a learner's notebook, task -> its answer first, and whether the notebook was worked in.

    `data` is the notebook, if it isn't a file. Each cell is looked at once, however many there are.
    """
    every = (notebooks.read(path) if data is None else notebooks.parsed(data, path.name))["cells"]
    cells = [cell for cell in every if cell.get("cell_type") == "code"]
    candidates, checked, turned = _candidates(cells), _checked(cells), dict[str, NotCode]()
    for cell in every:
        if cell.get("cell_type") != "code":
            turned.setdefault(grade_id(cell), NotCode(cell["source"]))
    found, worked_in = {}, any(cell.get("execution_count") or cell.get("outputs") for cell in cells)
    for task in tasks_for(path, cells):
        name = f"answer-{task.name}"
        own = candidates.get(name, [])
        # Without marks, or in a new cell, an answer is known by the names that it defines.
        places = {place: one for defined in task.defines for place, one in candidates.get((defined,), ())}
        others = [places[place] for place in sorted(places)]
        worked_in = worked_in or not all(untouched(task, one.source) for _, one in own)
        found[task] = best_first(task, [one for _, one in own] + others, checked.get(task.name, 0))
        if not found[task] and name in turned:
            found[task] = Answers([turned[name]])
    return found, worked_in


def _candidates(cells: list[Cell]) -> dict[Any, list[tuple[int, Candidate]]]:
    """Return the cells that may be answers with their places: by their mark, or else by the names that they define."""
    found: dict[Any, list[tuple[int, Candidate]]] = {}
    for place, cell in enumerate(cells):
        mark, source, run = grade_id(cell), cell["source"], _run(cell)
        if mark.startswith("answer-"):
            found.setdefault(mark, []).append((place, Candidate(source, True, run)))
            continue
        for name in tasks.defined_names(source):
            found.setdefault((name,), []).append((place, Candidate(source, False, run)))
    return found


def _checked(cells: list[Cell]) -> dict[str, int]:
    """Return the runs in which checks said PASSED, by task. A forged output only chooses among the learner's cells."""
    found: dict[str, int] = {}
    for cell in cells:
        if cell.get("outputs"):
            for name in re.findall(r"PASSED: ([\w-]+),", str(cell["outputs"])):
                found[name] = max(found.get(name, 0), _run(cell))
    return found


def _run(cell: Cell) -> int:
    """Return a cell's place among the runs, 0 if it never ran or if the notebook says something odd."""
    count = cell.get("execution_count", cell.get("prompt_number"))  # the latter until 2014
    return count if type(count) is int and count > 0 else 0


class ALesson(NotebookProblem):
    """The notebook is a lesson, although its name may be that of its exercises."""


def tasks_for(path: Path, cells: list[Cell]) -> list[Task]:
    """Return the tasks that a learner's notebook belongs to: those of its cells, or else of its name."""
    every = tasks.all_tasks()
    known = {f"{kind}-{task.name}": task.notebook for task in every for kind in ("answer", "check")}
    found = [known[grade_id(cell)] for cell in cells if grade_id(cell) in known]
    if not found and any(cell["source"].startswith(predictions.MAGIC) for cell in cells):
        raise ALesson(f"{Path(path).name} is the lesson, which isn't graded. The exercises are another notebook")
    home = Counter(found).most_common(1)[0][0] if found else Path(path).stem
    mine = [task for task in every if task.notebook == home]
    if not mine and any("reload_exam" in (cell.get("metadata") or ()) for cell in cells):
        raise NotebookProblem(f"{Path(path).name} belongs to an exam. To grade that, add --exam and its exam.json")
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
