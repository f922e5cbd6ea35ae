"""Mastery: what a learner's answers say about each fact, and when a fact comes back.

It's kept in the folder of the exercises, in the hidden file `.progress-drills.json`, for example:

    {"C-01": {"predicted": true, "answers": [false, true, true], "last": 12, "mastered": false},
     "drills": {"done": 12, "right": 7, "row": 2, "misses": 0, "level": 5, "seen": ["..."]}}

For each fact, "predicted" says whether all predictions about it in the lessons came out (null without any). "answers"
are the last ten in drills, true for right, and "last" is the number of the drill with the newest one. A fact is
"mastered" while the newest three, with "predicted" as the oldest, are right. In "drills" are how many are done and
right, how many were right or missed in a row, the level of the next one, and the signatures of the last 1,000 programs.

After a miss, a fact is due in the second drill from then, because the next one would only test a short memory. After
a right answer it's due in the third, and once it's mastered after 8 drills, then 16, then 32, and so on.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exercises.progress.memory import Memory
from exercises.progress.store import is_learners

MEMORY, DRILLS = ".progress-drills.json", "drills"
LOST = "your progress in drills", "Your progress in exercises isn't affected."
ROW = 3  # right answers in a row that make a fact mastered
KEPT, SEEN = 10, 1000  # answers for each fact, and programs
AFTER_A_MISS, AFTER_A_HIT, ONCE_MASTERED = 2, 3, 8  # drills until a fact is due
HIGHEST = 10  # level
MISSES = 2  # in a row, after which the level falls


@dataclass(frozen=True)
class Known:
    """What's known of a learner and one fact."""
    predicted: bool | None = None
    answers: tuple[bool, ...] = ()
    last: int = 0

    @property
    def evidence(self) -> tuple[bool, ...]:
        """All that's known, the oldest first: true for right."""
        return self.answers if self.predicted is None else (self.predicted, *self.answers)

    @property
    def row(self) -> int:
        """How many of the newest were right in a row."""
        return next((number for number, right in enumerate(reversed(self.evidence)) if not right), len(self.evidence))

    @property
    def is_mastered(self) -> bool:
        """Whether enough of the newest were right."""
        return self.row >= ROW

    @property
    def is_missed(self) -> bool:
        """Whether the newest was wrong."""
        return bool(self.evidence) and not self.row

    @property
    def due(self) -> int:
        """The number of the drill in which the fact comes back."""
        if self.is_mastered:
            return self.last + ONCE_MASTERED * 2 ** (self.row - ROW)
        return self.last + (AFTER_A_MISS if self.is_missed else AFTER_A_HIT)


@dataclass(frozen=True)
class Record:
    """A learner's drills so far."""
    done: int = 0
    right: int = 0  # in which every answer was right
    row: int = 0
    misses: int = 0
    level: int = 1  # of the next one
    seen: tuple[str, ...] = ()

    def after(self, right: bool) -> "Record":
        """Return the record after one more drill. A right one raises the level, and the second miss in a row lowers
        it."""
        if right:
            return Record(self.done + 1, self.right + 1, self.row + 1, 0, min(self.level + 1, HIGHEST), self.seen)
        misses = (self.misses + 1) % MISSES
        return Record(self.done + 1, self.right, 0, misses, max(self.level - (misses == 0), 1), self.seen)


class Mastery:
    """Remembers a learner's drills in `folder`; where that can't be written, until this process ends."""

    def __init__(self, folder: str | Path):
        folder = Path(folder)
        self._memory = Memory(folder / MEMORY, _is_sound, LOST, is_learners(folder))

    @property
    def is_unwritable(self) -> bool:
        """Whether the folder can't be written, so that what's new is lost when this process ends."""
        return self._memory.is_unwritable

    def facts(self) -> dict[str, Known]:
        """Return what's known of each fact about which something is known."""
        return {name: _known(entry) for name, entry in self._memory.read().items() if name != DRILLS}

    def record(self) -> Record:
        """Return the learner's drills so far."""
        return _record(self._memory.read())

    def predicted(self, came_out: Mapping[str, bool]) -> None:
        """Remember whether the predictions in the lessons came out: fact -> whether all about it did."""
        with self._memory.change() as everything:
            for fact, right in came_out.items():
                known = _known(everything.get(fact, {}))
                everything[fact] = _entry(Known(right, known.answers, known.last))

    def shown(self, signature: str, level: int | None = None) -> None:
        """Remember that the learner has seen a program, so that it doesn't come again, and the level they asked for."""
        with self._memory.change() as everything:
            entry = everything.setdefault(DRILLS, {})
            if level is not None:
                entry["level"] = level
            entry["seen"] = [*entry.get("seen", ()), signature][-SEEN:]

    def note(self, answers: Iterable[tuple[str, bool]]) -> Record:
        """Remember the answers of one drill, its facts and whether each was right. Return the record with it."""
        answers = list(answers)
        with self._memory.change() as everything:
            record = _record(everything).after(all(right for _, right in answers))
            everything[DRILLS] = {**vars(record), "seen": list(record.seen)}
            for fact in dict(answers):
                known, right = _known(everything.get(fact, {})), all(right for other, right in answers if other == fact)
                everything[fact] = _entry(Known(known.predicted, (*known.answers, right)[-KEPT:], record.done))
        return record


def _known(entry: Mapping[str, Any]) -> Known:
    return Known(entry.get("predicted"), tuple(entry.get("answers", ())), entry.get("last", 0))


def _entry(known: Known) -> dict[str, Any]:
    return {**vars(known), "answers": list(known.answers), "mastered": known.is_mastered}


def _record(everything: Mapping[str, Any]) -> Record:
    entry = {name: value for name, value in everything.get(DRILLS, {}).items() if name in vars(Record())}
    return Record(**{**entry, "seen": tuple(entry.get("seen", ()))})


def _is_sound(name: str, entry: Any) -> bool:
    """Return whether an entry of the memory has the form in which `Mastery` writes it."""
    if not isinstance(entry, dict):
        return False
    if name == DRILLS:
        numbers = [entry.get(each, least) for each, least in
                   (("done", 0), ("right", 0), ("row", 0), ("misses", 0), ("level", 1))]
        seen = entry.get("seen", [])
        return (all(type(number) is int and number >= 0 for number in numbers) and 1 <= numbers[-1] <= HIGHEST
                and isinstance(seen, list) and all(isinstance(each, str) for each in seen))
    answers, last = entry.get("answers", []), entry.get("last", 0)
    return (entry.get("predicted") in (None, True, False) and type(entry.get("predicted")) in (type(None), bool)
            and isinstance(answers, list) and all(type(right) is bool for right in answers)
            and type(last) is int and last >= 0)
