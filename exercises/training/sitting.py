"""A sitting: the drills in one notebook, each shown by `drill` and then answered by `answer`."""
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from exercises.drills.drill import Drill
from exercises.drills.making import DrillProblem
from exercises.progress.boxes import Box
from exercises.training import answers, boxes, text, topics
from exercises.training.answers import Answered
from exercises.training.trainer import Result, Trainer

HASTY = 2  # seconds in which nobody reads a program, but "Run All Cells" gets to the next cell
HOW = "Answer in the cell below, and run it: {how} If there's no such cell, + above the notebook adds one."
ON = "For another drill, run the cell with `{call}` again. Then write your letters here."


class Sitting:
    """The drills in one notebook, whose folder contains the exercises, or is the folder `lessons` beside them."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic):
        exercises = folder.resolve().parent / "exercises"
        self.trainer = Trainer(exercises if folder.name == "lessons" and exercises.is_dir() else folder)
        self._clock, self._done = clock, Counter[str]()
        self._drill: Drill | None = None
        self._result: tuple[Result, str] | None = None  # of this drill, with how to go on; None while it's open
        self._request, self._head, self._since = topics.Request(), "", 0.0

    def drill(self, word: object, lesson: object, facts: object, seed: str | None, level: int | None) -> Box:
        """Return a drill that waits for its answers. Raises DrillProblem if drills ask nothing about what's named."""
        request = topics.requested(word, lesson, facts)
        drill = (self.trainer.given(seed, 1 if level is None else level, request.facts) if seed else
                 self.trainer.next(request.facts, level))
        self._drill, self._request, self._result, self._since = drill, request, None, self._clock()
        self._head = text.heading(self.trainer.mastery.record().done + 1, drill, request.title)
        return boxes.of_drill(self._head, drill, HOW.format(how=answers.how_to_answer(drill)))

    def answer(self, *said: object) -> Box:
        """Return the results of the drill. Once they're there, it returns the same ones, whatever is said.

        Raises DrillProblem if there's no drill, or if these can't be answers.
        """
        if not self._drill:
            raise DrillProblem(f"There's no drill to answer yet. For one, run {self._request.call}")
        if self._result:
            return boxes.of_result(f"{self._head}: you've answered it already", *self._result)
        answered = answers.read(self._drill, said)
        self._result = self._judged(answered)
        return boxes.of_result(f"{self._head}: your answers", *self._result)

    def _judged(self, answered: list[Answered]) -> tuple[Result, str]:
        """Return the result of answers, which it notes, and how to go on."""
        on = ON.format(call=self._request.call)
        if self._clock() - self._since < HASTY:
            return Result(answered), on
        result = self.trainer.note(answered)
        self._done[self._request.title] += 1
        done = text.lesson_done(self._done[self._request.title], self._request)
        lost = text.LOST if self._done.total() == 1 and self.trainer.mastery.is_unwritable else ""  # said once
        return result, " ".join(filter(None, [lost, done, on]))
