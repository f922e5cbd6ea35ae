"""Progress: checks answers, shows hints one at a time, opens solutions, and remembers how far a learner is."""
import contextlib
import hashlib
import json
from pathlib import Path

from exercises.grader import grading, tasks
from lessons import files

TRIES = 3  # different wrong answers after which the solution opens
MEMORY = ".progress.json"


class Progress:
    """Remembers, in a hidden file in `folder`, the tries, hints and passes of each task."""

    def __init__(self, folder):
        folder = Path(folder)
        # Whoever runs the solutions is an author, and leaves no trace.
        self.memory = None if folder.resolve() == tasks.SOLUTIONS else folder / MEMORY

    def check(self, name, answer):
        """The verdict on an answer, which is remembered as a try when it is wrong. None stands for: not run yet."""
        task = tasks.find(name)
        if answer is None:
            return grading.Verdict(task, grading.NOT_ATTEMPTED, "Run the cell with your answer first, then this one.")
        return self.note(grading.grade(task, answer, worked_in=True))

    def note(self, verdict):
        """Remember a verdict, and give it back."""
        known = self._known(verdict.task.name)
        if verdict.state == grading.NOT_YET:
            digest = hashlib.sha256(grading.essence(verdict.answer).encode("utf-8", "replace")).hexdigest()[:12]
            known["tries"] = sorted({*known["tries"], digest})
        elif verdict.passed:
            known["passed"] = True
        if known != self._known(verdict.task.name):
            self._remember(verdict.task.name, known)
        return verdict

    def verdicts(self):
        """How far each task is by its checks, as verdicts without a message."""
        def state(known):
            return grading.PASSED if known["passed"] else grading.NOT_YET if known["tries"] else grading.NOT_ATTEMPTED
        return [grading.Verdict(task, state(self._known(task.name))) for task in tasks.all_tasks()]

    def hint(self, name):
        """The next hint, with those before it. Raises KeyError when there is no such task."""
        task, known = tasks.find(name), self._known(name)
        known["hints"] = min(known["hints"] + 1, len(task.hints))
        self._remember(name, known)
        shown = [f"Hint {number} of {len(task.hints)}: {hint}" for number, hint in enumerate(task.hints, start=1)]
        return "\n".join(shown[:known["hints"]])

    def solution(self, name):
        """The solution, when it is open; else what opens it. Raises KeyError when there is no such task."""
        task, known = tasks.find(name), self._known(name)
        missing = TRIES - len(known["tries"])
        if known["passed"] or missing <= 0:
            others = "".join(f"\n\n# Also right: {title.replace('_', ' ')}\n{code.rstrip()}"
                             for title, code in task.right.items())
            return task.answer + others
        return (f"The solution of {name} opens when you have passed it, or after {missing} more different "
                f"{'try' if missing == 1 else 'tries'}. A hint: hint({name!r})")

    def _known(self, name):
        return {"tries": [], "hints": 0, "passed": False, **self._all().get(name, {})}

    def _all(self):
        try:
            return json.loads(self.memory.read_text(encoding="utf-8"))
        except (AttributeError, OSError, ValueError):
            return {}  # no memory, or one that cannot be read: then it starts anew

    def _remember(self, name, known):
        if self.memory:
            everything = json.dumps({**self._all(), name: known}, indent=1, sort_keys=True)
            with contextlib.suppress(OSError):  # a verdict is told also where nothing can be kept
                files.write(self.memory, everything.encode("utf-8"))
