"""Progress: checks answers, shows hints one at a time, opens solutions, and remembers how far a learner is."""
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exercises.grader import grading, tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from exercises.progress.memory import Memory
from lessons import PYTHON

TRIES = 3  # different wrong answers after which the solution opens
MEMORY = ".progress.json"
LOST = "your progress", f"To grade your notebooks again, type: {PYTHON} -m exercises"
COMPLETE = "That was the last task of the course. There's nothing left to reload, except perhaps the kettle."
NOTHING: dict[str, Any] = {"state": NOT_ATTEMPTED, "tries": [], "hints": 0, "passed": False}  # of one task


@dataclass(frozen=True)
class Help:
    """What a task has for someone who's stuck: its hints, and its solution, or a sentence on what opens that."""
    hints: tuple[str, ...]
    solution: str
    closed: str  # empty once the solution is open


class Progress:
    """Remembers each task's last state, tries, hints and pass, in a hidden file in `folder`.

    Where that file can't be written, it remembers them until this process ends.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._is_learners = is_learners(self.folder)
        self._memory = Memory(self.folder / MEMORY, lambda _, entry: _is_sound(entry), LOST, self._is_learners)

    def check(self, name: str, answer: str | None) -> Verdict:
        """Return the verdict on an answer, and remember it. None means that the answer's cell hasn't run yet."""
        task = tasks.find(name)
        if answer is None:
            return Verdict(task, NOT_ATTEMPTED, "Run the cell with your answer first, then this one.")
        verdict = self.note(grading.grade(task, answer, worked_in=True))
        if verdict.state == NOT_ATTEMPTED and not verdict.message:
            return replace(verdict, message="Write your answer into the cell above, run it, then run this one again.")
        return verdict

    def note(self, verdict: Verdict) -> Verdict:
        """Remember a verdict, and return it: with a line on what's complete now, if this pass completes anything."""
        before = self._memory.read()

        def change(known: dict[str, Any]) -> None:
            known["state"] = verdict.state
            if verdict.passed:
                known["passed"] = True
            elif verdict.state == NOT_YET:
                digest = hashlib.sha256(grading.normalized(verdict.answer).encode("utf-8", "replace")).hexdigest()[:12]
                known["tries"] = sorted({*known["tries"], digest})

        self._change([verdict.task.name], change)
        return replace(verdict, complete=self._completed(before, verdict.task)) if verdict.passed else verdict

    def _completed(self, before: dict[str, Any], task: tasks.Task) -> str:
        """Return what to say if the first pass of this task is the last one of its notebook, or of the course."""
        missing = [other for other in tasks.all_tasks() if not _of(before, other.name)["passed"]]
        if task not in missing:
            return ""
        if missing == [task]:
            return COMPLETE
        return "" if any(other.notebook == task.notebook for other in missing if other != task) else \
            tasks.ending(task.notebook).complete

    def verdicts(self) -> list[Verdict]:
        """Return each task's state when it was last graded, as verdicts without a message."""
        everything = self._memory.read()
        return [Verdict(task, _of(everything, task.name)["state"]) for task in tasks.all_tasks()]

    def hint(self, name: str) -> str:
        """Return the next hint, after those before it. Raises KeyError if there's no such task."""
        task = tasks.find(name)

        def change(known: dict[str, Any]) -> None:
            known["hints"] = min(known["hints"] + 1, len(task.hints))

        count = self._change([name], change)["hints"]
        shown = [f"Hint {number} of {len(task.hints)}: {hint}" for number, hint in enumerate(task.hints, start=1)]
        return "\n".join(shown[:count])

    def solution(self, name: str) -> str:
        """Return the solution if it's open, else what opens it. Raises KeyError if there's no such task."""
        help = self._help(tasks.find(name))
        return help.closed or help.solution

    def help(self, task: tasks.Task) -> Help | None:
        """Return the help for a task, for a learner; an author who runs the solutions needs none."""
        return self._help(task) if self._is_learners else None

    def _help(self, task: tasks.Task) -> Help:
        known = _of(self._memory.read(), task.name)
        missing = TRIES - len(known["tries"])
        if not known["passed"] and missing > 0:
            closed = (f"The solution of {task.name} opens when you pass, or after {missing} more different "
                      f"{'try' if missing == 1 else 'tries'}.")
            return Help(task.hints, "", closed)
        others = "".join(f"\n\n# Also right: {title.replace('_', ' ')}\n{code.rstrip()}"
                         for title, code in task.right.items())
        return Help(task.hints, task.answer + others, "")

    def following(self, task: tasks.Task) -> tuple[tasks.Task | None, tuple[str, str] | None]:
        """Return what comes after a task that passed: another of its notebook that doesn't, or else the words and the
        address of the next lesson. Both are None at the end of the course."""
        everything, mates = self._memory.read(), [each for each in tasks.all_tasks() if each.notebook == task.notebook]
        place = mates.index(task)
        for other in mates[place + 1:] + mates[:place]:
            if _of(everything, other.name)["state"] != PASSED:
                return other, None
        return None, tasks.ending(task.notebook).next

    def forget(self, names: Iterable[str]) -> None:
        """Forget all about these tasks: a reset starts them again."""
        self._change(names, lambda known: known.update(NOTHING))

    def _change(self, names: Iterable[str], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Change what's remembered of tasks, and return it for the last one."""
        known: dict[str, Any] = {}
        with self._memory.change() as everything:
            for name in names:
                everything[name] = known = _of(everything, name)
                change(known)
        return known


def is_learners(folder: Path) -> bool:
    """Return whether a folder is a learner's. Only an author runs the solutions: that leaves no file behind."""
    return folder.resolve() != tasks.SOLUTIONS


def _of(everything: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a copy of what's remembered of one task."""
    known = everything.get(name, {})
    state = PASSED if known.get("passed") else NOT_YET if known.get("tries") else NOT_ATTEMPTED  # older files have none
    return {**NOTHING, "state": state, **known}


def _is_sound(entry: Any) -> bool:
    """Return whether an entry of the memory has the form in which `Progress` writes it."""
    if not isinstance(entry, dict):
        return False
    known = {**NOTHING, **entry}
    return (known["state"] in (NOT_ATTEMPTED, NOT_YET, PASSED) and type(known["passed"]) is bool
            and type(known["hints"]) is int and known["hints"] >= 0
            and isinstance(known["tries"], list) and all(isinstance(digest, str) for digest in known["tries"]))
