"""The trainer: chooses what the next drill asks, and how difficult it is, from what the learner has answered so far."""
import random
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from exercises.drills.drill import Drill
from exercises.drills.making import DrillProblem, asked_facts, make
from exercises.progress import predictions
from exercises.training.answers import Answered
from exercises.training.mastery import Known, Mastery, Record
from lessons import notebooks

BASIC = "02"  # the lesson without which there's too little to ask: the first one has no reload
WINDOW = 6  # new facts come in the course's order, one of the first so many at a time


@dataclass(frozen=True)
class Result:
    """A drill that has been answered."""
    answered: Sequence[Answered]
    record: Record | None = None  # with this drill; None if it doesn't count
    mastered: Sequence[str] = ()  # facts that are mastered since this drill

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(each.right for each in self.answered)


class Trainer:
    """Chooses a learner's drills. `folder` contains the exercises, and the folder `lessons` beside it the predictions.

    `seeds` returns a new seed, a string, at each call.
    """

    def __init__(self, folder: str | Path, seeds: Callable[[], str] = lambda: secrets.token_hex(8)):
        self.mastery, self._seeds = Mastery(folder), seeds
        self.mastery.predicted(came_out(Path(folder).resolve().parent / "lessons"))

    def next(self, facts: Collection[str] = (), level: int | None = None) -> Drill:
        """Return the next drill; if `facts` are given, on one of these. Raises DrillProblem if there's none.

        With a `level` it's of that one, and those that follow go on from there.
        """
        record, known, seed = self.mastery.record(), self.mastery.facts(), self._seeds()
        wanted = chosen(list(facts) or list(asked_facts()), known, record.done + 1, random.Random(seed))
        made = _first(seed, record.level if level is None else level, wanted, record.seen,
                      lambda fact: _beside(fact, known, bool(facts)))
        return self._shown(made, level)

    def given(self, seed: str, level: int, facts: Collection[str] = ()) -> Drill:
        """Return the drill that everyone gets who names this seed, level and facts. Raises DrillProblem."""
        return self._shown(make(seed, level, facts=facts or None))

    def _shown(self, drill: Drill, level: int | None = None) -> Drill:
        self.mastery.shown(drill.signature, level)
        return drill

    def note(self, answered: Sequence[Answered]) -> Result:
        """Remember the answers of one drill, and return what to show of them."""
        before = self.mastery.facts()
        record = self.mastery.note((each.question.fact, each.right) for each in answered)
        mastered = [fact for fact, known in self.mastery.facts().items() if known.is_mastered
                    and not before.get(fact, Known()).is_mastered]
        return Result(answered, record, mastered)


def _first(seed: str, level: int, wanted: Iterator[str], seen: Collection[str],
           beside: Callable[[str], Collection[str]]) -> Drill:
    """Return a drill on the first fact for which there's one that the learner hasn't seen.

    What else it asks is `beside` that fact, if there's enough of that.
    """
    problem = DrillProblem("Drills ask about none of these facts.")
    for fact in wanted:
        try:
            return make(seed, level, facts=[fact], known=seen, beside=beside(fact))
        except DrillProblem as found:  # such as a fact that has no more programs of this level
            problem = found
    raise problem


def _beside(fact: str, known: dict[str, Known], is_named: bool) -> list[str]:
    """Return what a drill on a fact may also ask: what the learner has met, and what's near.

    Near are the lessons up to the one that shows the fact, if the learner has named what it's about, at least those up
    to `BASIC`. Otherwise it's the next new facts.
    """
    lessons = {each: path.name[:2] for each, (_, path, _) in notebooks.facts_shown().items()}
    new = [each for each in asked_facts() if each not in known or not known[each].evidence]
    near = [each for each in new if lessons[each] <= max(lessons[fact], BASIC)] if is_named else new[:2 * WINDOW]
    return [*near, *(each for each in known if known[each].evidence)]


def chosen(pool: Collection[str], known: dict[str, Known], number: int, rng: random.Random) -> Iterator[str]:
    """Yield the facts of the pool, which is in the course's order, those first that drill `number` should ask.

    What was missed and is due comes first. Then come what else is due, the most overdue first, and new facts; in every
    second drill the new facts are before, so that someone with many facts to repeat meets new ones, too. What isn't due
    is last, in the order in which it will be.
    """
    met = [fact for fact in pool if fact in known and known[fact].evidence]
    rng.shuffle(met)
    met.sort(key=lambda fact: known[fact].due)
    due = [fact for fact in met if known[fact].due <= number]
    missed = [fact for fact in due if known[fact].is_missed]
    right = [fact for fact in due if fact not in missed]
    new = list(_shuffled_nearly([fact for fact in pool if fact not in met], rng))
    yield from missed
    yield from [*new, *right] if number % 2 else [*right, *new]
    yield from (fact for fact in met if fact not in due)


def _shuffled_nearly(facts: list[str], rng: random.Random) -> Iterator[str]:
    """Yield each fact once, always one of the first few that are left."""
    left = list(facts)
    while left:
        yield left.pop(rng.randrange(min(WINDOW, len(left))))


def came_out(lessons: Path) -> dict[str, bool]:
    """Return which facts a learner predicted in a folder's lesson notebooks -> whether all predictions came out."""
    found: dict[str, bool] = {}
    for prediction in predictions.predicted_in(lessons)[0] if lessons.is_dir() else ():
        if prediction.fact:
            found[prediction.fact] = found.get(prediction.fact, True) and prediction.agrees
    return found


def summary(mastery: Mastery) -> str:
    """Return a sentence on a learner's drills, for the board and for `progress()`."""
    record, known = mastery.record(), mastery.facts()
    asked = asked_facts()
    mastered = sum(fact in known and known[fact].is_mastered for fact in asked)
    drills = f"{record.done} drill{'s' * (record.done != 1)}"
    return f"{drills} done, {mastered} of {len(asked)} facts mastered."
