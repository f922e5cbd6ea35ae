"""Chooses the questions of an exam: nobody shares one, everyone is asked about the same facts, equally difficult."""
import hashlib
import random
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

from exercises.drills.drill import Drill
from exercises.drills.making import DrillProblem, asked_facts, make_many
from exercises.exam import editing
from exercises.exam.record import Exam, Outcome, Question, Variant
from exercises.exam.roster import Person
from exercises.isolation.processes import GraderProblem
from exercises.submissions.pile import names

OUTCOMES = 2  # of each question, so that everyone can reach the same points
APART = 0.1  # what the difficulties of two learners may differ by, as a part of the mean
SPARE = 2  # so many more drills are made for each learner, and the easiest and the hardest aren't used
BATCH = 100  # drills that are made together
PATIENCE = 5  # batches without a new drill
Facts = Sequence[str]
Show = Callable[[int, int], None]  # shows how many drills are done


def made(people: Sequence[Person], facts: Facts, questions: int, level: int, seed: str,
         show: Show = lambda done, again: None, edits: int = 0) -> Exam:
    """Return an exam with a variant for each person: the same for the same arguments.

    `facts` are the ids of what it may ask, and `edits` is how many editing tasks everyone gets.
    Calls `show(done, 0)` with the number of drills that are made.
    Raises GraderProblem if there aren't enough different drills on these facts.
    """
    draw = random.Random(f"{seed}|exam")
    pools = _pools(_asked(facts, questions, draw), questions, len(people), level, seed, show)
    asked = [fact for fact, pool in pools.items() for _ in range(len(pool) // len(people))]
    draw.shuffle(asked)
    drills = _dealt(pools, asked, len(people), draw)
    ids = _ids(people, seed)
    written = editing.drawn(len(people), edits, random.Random(f"{seed}|edits"))
    variants = tuple(Variant(id, person.name, person.known, f"{names.EXAM}_{id}_{_in_a_path(person.name)}.ipynb", tuple(
        _question(drill, fact, draw) for drill, fact in zip(theirs, asked)), edit)
        for id, person, theirs, edit in zip(ids, people, drills, written))
    used = {outcome.fact for variant in variants for question in variant.questions for outcome in question.outcomes}
    says = {fact: says for fact, says in asked_facts().items() if fact in used}
    return Exam(seed, level, says | editing.facts(variants[0].edits), variants)


def spread(exam: Exam) -> float:
    """Return how much the difficulties of the easiest and the hardest variant differ, as a part of the mean."""
    return _spread([variant.steps for variant in exam.variants])


def _asked(facts: Facts, questions: int, draw: random.Random) -> list[tuple[str, int]]:
    """Return facts in an order of chance, and how many questions are about each: all of them, or as many as needed."""
    order = draw.sample(sorted(facts), len(facts))
    whole, rest = divmod(questions, len(order))
    return [(fact, whole + (place < rest)) if whole else (fact, 1) for place, fact in enumerate(order)]


def _pools(asked: Sequence[tuple[str, int]], questions: int, people: int, level: int, seed: str,
           show: Show) -> dict[str, list[Drill]]:
    """Return drills for each fact until there are enough questions: all different, neither the easiest nor the hardest.

    Of more facts than questions, one with too few drills is left out.
    """
    pools: dict[str, list[Drill]] = {}
    taken: set[str] = set()
    problems, left = list[GraderProblem](), questions
    for fact, times in asked:
        if not left:
            break
        needed = people * times
        try:
            wanted = needed + SPARE * needed // questions  # few questions don't even out by themselves
            shown = partial(_shown, show, people * (questions - left), needed)
            pool = _pool(fact, needed, wanted, level, seed, taken, shown)
        except GraderProblem as problem:
            problems.append(problem)
            continue
        middle = median(drill.steps for drill in pool)
        pools[fact] = sorted(pool, key=lambda drill: abs(drill.steps - middle))[:needed]
        left -= times
    if left:
        raise problems[0]
    return pools


def _pool(fact: str, needed: int, wanted: int, level: int, seed: str, taken: set[str],
          show: Callable[[int], None]) -> list[Drill]:
    """Return new drills about a fact, with their signatures in `taken`. Raises GraderProblem if there are too few."""
    pool, number, tries, most = list[Drill](), 0, 0, BATCH
    while len(pool) < wanted and tries < PATIENCE and most:
        size = min(most, wanted - len(pool))
        number, before = number + size, len(pool)
        try:
            drills = make_many([f"{seed}|{fact}|{each}" for each in range(number - size, number)], level, facts=[fact])
        except DrillProblem:
            most //= 2  # there aren't so many different ones
            continue
        for drill in drills:
            if drill.signature not in taken and len(drill.questions) >= OUTCOMES:
                taken.add(drill.signature)
                pool.append(drill)
        tries = tries + 1 if len(pool) == before else 0
        show(len(pool))
    if len(pool) < needed:
        raise GraderProblem(f"there are only {len(pool)} different questions about {fact} at level {level}, and this "
                            f"exam needs {needed}. Name more facts, or another --level, or fewer --questions")
    return pool


def _shown(show: Show, done: int, needed: int, made: int) -> None:
    """Show that so many drills of a fact are made, after those of other facts; spare ones don't count."""
    show(done + min(made, needed), 0)


def _dealt(pools: dict[str, list[Drill]], asked: Facts, people: int, draw: random.Random) -> list[list[Drill]]:
    """Return the drills of each person: whoever has the easiest so far gets the hardest of those for a question."""
    totals, hands = [0] * people, [list[Drill]() for _ in range(people)]
    order = draw.sample(range(people), people)
    for pool in pools.values():
        draw.shuffle(pool)
    for fact in asked:
        drills = sorted(pools[fact][-people:], key=lambda drill: drill.steps, reverse=True)
        del pools[fact][-people:]
        order.sort(key=totals.__getitem__)
        for person, drill in zip(order, drills):
            hands[person].append(drill)
            totals[person] += drill.steps
    _even_out(hands)
    return hands


def _even_out(hands: list[list[Drill]]) -> None:
    """Let the persons with the hardest and the easiest drills swap one, as long as that helps."""
    while len(hands) > 1:
        totals = [sum(drill.steps for drill in hand) for hand in hands]
        hardest, easiest = totals.index(max(totals)), totals.index(min(totals))
        gap = totals[hardest] - totals[easiest]
        moves = [hands[hardest][place].steps - hands[easiest][place].steps for place in range(len(hands[0]))]
        place = min(range(len(moves)), key=lambda one: abs(gap - 2 * moves[one]))
        if _spread(totals) < APART / 2 or not 0 < moves[place] < gap:
            return
        hands[hardest][place], hands[easiest][place] = hands[easiest][place], hands[hardest][place]


def _spread(totals: Sequence[int]) -> float:
    return (max(totals) - min(totals)) * len(totals) / max(1, sum(totals))


def _question(drill: Drill, fact: str, draw: random.Random) -> Question:
    """Return a drill as a question with two outcomes: those about the fact, if there are any."""
    chosen = sorted(drill.questions, key=lambda one: one.fact != fact)[:OUTCOMES]
    return Question(drill.signature, drill.steps, fact, drill.files, drill.program, tuple(
        Outcome(one.ask, one.answer, one.accept, tuple(draw.sample(one.choices, len(one.choices))), one.fact, one.why,
                one.beliefs, one.lesson, one.cell) for one in sorted(chosen, key=lambda one: one.number)))


def _ids(people: Sequence[Person], seed: str) -> list[str]:
    """Return a different id for each person, from which neither the seed nor the person follows."""
    whole = [hashlib.sha256(f"{seed}|{person.name}|{person.known}".encode()).hexdigest() for person in people]
    length = next(length for length in range(6, 65) if len({digest[:length] for digest in whole}) == len(people))
    return [digest[:length] for digest in whole]


def _in_a_path(name: str) -> str:
    """Return a name as a part of a file name that every system takes."""
    return "_".join("".join(letter if letter.isalnum() or letter in "-'" else " " for letter in name).split())[:60]
