"""A sitting: the drills in one notebook, each shown by `drill` and then answered by `answer`."""
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from exercises.drills.drill import Drill
from exercises.drills.making import DrillProblem
from exercises.progress.boxes import Box
from exercises.training import answers, boxes, text, topics
from exercises.training.trainer import Result, Trainer

HASTY = 2  # seconds in which nobody reads a program, but "Run All Cells" gets to the next cell
ON = "To go on, run `{call}`."


class Sitting:
    """The drills in one notebook, whose folder contains the exercises, or is the folder `lessons` beside them."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic):
        exercises = folder.resolve().parent / "exercises"
        self.trainer = Trainer(exercises if folder.name == "lessons" and exercises.is_dir() else folder)
        self._clock, self._open, self._done = clock, False, Counter[str]()
        self._drill: Drill | None = None
        self._request, self._since = topics.Request(), 0.0

    def drill(self, word: object, lesson: object, facts: object, seed: str | None, level: int | None) -> Box:
        """Return a drill that waits for its answers. Raises DrillProblem if drills ask nothing about what's named."""
        request = topics.requested(word, lesson, facts)
        drill = (self.trainer.given(seed, 1 if level is None else level, request.facts) if seed else
                 self.trainer.next(request.facts, level))
        self._drill, self._request, self._open, self._since = drill, request, True, self._clock()
        number = self.trainer.mastery.record().done + 1
        return boxes.of_drill(text.heading(number, drill, request.title), drill,
                              f"In a new cell (+ above the notebook adds one), type {answers.how_to_answer(drill)}")

    def answer(self, *said: object) -> Box:
        """Return the results of the open drill. Raises DrillProblem if there's none, or if these can't be answers."""
        if not self._drill or not self._open:
            done = "You've answered this drill already." if self._drill else "There's no drill to answer yet."
            raise DrillProblem(f"{done} For a new one, run {self._request.call}")
        answered = answers.read(self._drill, said)
        self._open = False
        on = ON.format(call=self._request.call)
        if self._clock() - self._since < HASTY:
            return boxes.of_result(Result(answered), on)
        result = self.trainer.note(answered)
        self._done[self._request.title] += 1
        done = text.lesson_done(self._done[self._request.title], self._request)
        lost = text.LOST if self._done.total() == 1 and self.trainer.mastery.is_unwritable else ""  # said once
        return boxes.of_result(result, " ".join(filter(None, [lost, done, on])))
