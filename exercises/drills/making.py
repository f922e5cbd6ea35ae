"""Makes drills: the same arguments make the same drill, in every process and on every Python."""
import re
from collections.abc import Collection, Iterable
from functools import cache
from random import Random
from typing import Any

from exercises.drills import composing, program, truth
from exercises.drills.composing import Written
from exercises.drills.drill import Drill, Question
from exercises.drills.facts import NOT_ASKED
from exercises.drills.interpreter.objects import Raised
from exercises.drills.model import Model
from exercises.drills.pictures import references
from exercises.drills.scenarios import PARTS, WHOLE
from lessons import notebooks

LEVELS = range(1, 11)
TRIES, STRICT = 600, 300  # drafts for one drill; the first ones must have the length of their level
NEAR = 100  # half of the first drafts that ask, besides the facts, only what's `beside` them: few, to be quick
PLACES = ("first", "second")
MOST = 4  # choices
NOTHING = "nothing"  # the answer if a line prints nothing


class DrillProblem(ValueError):
    """There's no such drill. The text says what was expected, what was found, and what's possible."""


def make(seed: str, level: int = 1, facts: Collection[str] | None = None, lesson: int | None = None,
         known: Collection[str] = (), beside: Collection[str] | None = None) -> Drill:
    """Return the drill for a seed and a level from 1 to 10.

    `facts` are ids such as "C-01", of which the drill asks at least one; `lesson` is a lesson's number, for its facts.
    `known` are signatures of drills that this one must not be like. What it asks besides `facts` is one of the facts
    `beside`, if that's possible and if they're given. Raises DrillProblem if there's no such drill.
    """
    near = None if beside is None else frozenset(beside)
    return _make([seed], level, facts, lesson, known, near)[0]


def make_many(seeds: Iterable[str], level: int, facts: Collection[str] | None = None, lesson: int | None = None,
              known: Collection[str] = ()) -> list[Drill]:
    """Return a drill for each seed, none like another but for names and values. Arguments and errors are as of `make`.

    Their programs run in one process for each batch, so that many cost little.
    """
    return _make(list(seeds), level, facts, lesson, known)


@cache
def asked_facts() -> dict[str, str]:
    """Return what drills can ask: a fact's id -> its sentence in the lesson that shows it."""
    able = {fact for scenario in PARTS + WHOLE for fact in scenario.facts}
    return {fact: says for fact, (says, _, _) in _shown().items() if fact in able and fact not in NOT_ASKED}


@cache
def _shown() -> dict[str, Any]:
    return notebooks.facts_shown()


def _make(seeds: list[str], level: int, facts: Collection[str] | None, lesson: int | None,
          known: Collection[str], beside: frozenset[str] | None = None) -> list[Drill]:
    """Make drills, each from its first draft that's like no other, and in which the model and Python agree."""
    if type(level) is not int or level not in LEVELS:
        raise DrillProblem(f"A drill's level is a number from {LEVELS[0]} to {LEVELS[-1]}, not {level!r}.")
    asked = _facts(facts, lesson)
    drills, taken, tries = dict[int, Drill](), set(known), [0] * len(seeds)
    while missing := [number for number in range(len(seeds)) if number not in drills]:
        drafts = []
        for number in missing:
            drill, tries[number] = _next(seeds[number], level, asked, taken, tries[number], beside)
            taken.add(drill.signature)
            drafts.append(drill)
        found = truth.outcomes([program.instructions(drill.files, drill.program) for drill in drafts])
        for number, drill, outcomes in zip(missing, drafts, found):
            if outcomes == predicted(drill.files, drill.program):
                drills[number] = drill
    return [drills[number] for number in range(len(seeds))]


def _facts(facts: Collection[str] | None, lesson: int | None) -> frozenset[str]:
    """Return the facts that may be asked. Raises DrillProblem if there are none."""
    able = asked_facts()
    chosen = set(able if facts is None else facts)
    if unknown := sorted(chosen - set(able)):
        raise DrillProblem(f"No drill asks {', '.join(unknown)}. Drills ask: {', '.join(sorted(able))}.")
    if lesson is not None:
        lessons = {fact: int(path.name[:2]) for fact, (_, path, _) in _shown().items()}
        if lesson not in lessons.values():
            raise DrillProblem(f"There's no lesson {lesson!r}. Lessons have numbers from 1 to {max(lessons.values())}.")
        chosen = {fact for fact in chosen if lessons[fact] == lesson}
    if not chosen:
        raise DrillProblem(f"No drill asks a fact of lesson {lesson}." if lesson is not None else "No facts are given.")
    return frozenset(chosen)


def _next(seed: str, level: int, facts: frozenset[str], taken: Collection[str], tries: int,
          beside: frozenset[str] | None) -> tuple[Drill, int]:
    """Return the next drill of a seed that's like none of those taken, and the number of drafts so far."""
    for number in range(tries, tries + TRIES):
        near = beside if number < 2 * NEAR else None
        strict = number < (STRICT if near is None else NEAR)
        draft = composing.compose(Random(f"{seed}/{level}/{number}"), level, facts, strict, near)
        if draft and draft.signature not in taken and (drill := _drill(seed, level, draft)):
            if facts.intersection(drill.facts):
                return drill, number + 1
    raise DrillProblem(f"No new drill of level {level} was found for {', '.join(sorted(facts)[:5])}. Choose another "
                       "level, or more facts.")


def predicted(files: dict[str, str], text: str) -> list[str]:
    """Return what the model predicts: for each line that Python runs, what it prints, and the name of its error."""
    return [printed for _, printed, _ in _followed(files, program.steps(files, text))]


def _followed(files: dict[str, str], steps: list[program.Step]) -> Any:
    """Let the model follow a program; yield the line, what it prints, and the model after it."""
    model = Model(files)
    for step in steps:
        if step.edit:
            model.edit(step.line, step.edit.file, step.edit.source, step.edit.quick)
        else:
            yield step.line, model.run(step.line, step.source), model


def _drill(seed: str, level: int, draft: Written) -> Drill | None:
    """Return the drill of a draft, or None if an answer isn't what its scenario explains."""
    questions, steps = list[Question](), 0
    try:
        followed = list(program.steps(draft.files, draft.program))
    except ValueError:
        return None  # an edit that would fit two places
    for line, printed, model in _followed(draft.files, followed):
        steps = model.steps
        for ask in draft.asks:
            if draft.lines[ask.line.key] == line:
                try:
                    question = _question(len(questions) + 1, ask, draft, printed or NOTHING, model, seed)
                except (Raised, KeyError):
                    return None  # its explanation is about a name that another scenario uses differently
                if not question:
                    return None
                questions.append(question)
    facts = tuple(dict.fromkeys(question.fact for question in questions))
    return Drill(seed, level, draft.signature, draft.files, draft.program, tuple(questions), facts, steps,
                 draft.scenario)


def _question(number: int, ask: Any, draft: Written, printed: str, model: Model, seed: str) -> Question | None:
    line = draft.lines[ask.line.key]
    parts = printed.split() if ask.part is not None else []
    answer = printed if ask.part is None else parts[ask.part] if len(parts) == len(PLACES) else ""
    wrong = {value: belief for value, belief in ask.wrong.items() if value != answer}
    if not answer or next(iter(ask.wrong)) == answer:
        return None
    versions = next((each for each in draft.versions if answer in each and set(wrong) & set(each)), ())
    choices = list(dict.fromkeys([answer, *wrong, *versions]))[:MOST]
    Random(f"{seed}/{number}").shuffle(choices)
    asked = _asked(line, ask.line.code) if ask.part is None else f"The {PLACES[ask.part]} value in line {line} is:"
    _, path, cell = _shown()[ask.fact]
    return Question(number, line, asked, answer, _accepted(answer), tuple(choices), ask.fact,
                    explained(ask.why, draft.lines, model),
                    {value: belief for value, belief in wrong.items() if belief and value in choices}, path.name, cell,
                    references(model, ask.shows))


def _asked(line: int, code: str) -> str:
    """Return what a question asks about a statement, which may have several lines."""
    more = code.count("\n")
    return f"Lines {line} to {line + more} print:" if more else f"Line {line} prints:"


def _accepted(answer: str) -> tuple[str, ...]:
    """Return other strings that mean the same as an answer."""
    return ("no output",) if answer == NOTHING else ()


def explained(why: str, lines: dict[int, int], model: Model) -> str:
    """Return an explanation with the numbers of lines, which the model knows: `<made delay>`, `<since delay>`."""
    why = re.sub("\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}(\\d+)\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}",
                 lambda match: str(lines[int(match[1])]), why)
    why = why.replace("<here>", str(model.line))

    def told(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "since":
            return str(model.referred_since(name))
        origin = model.origin(name)
        if kind == "made":
            return str(origin.line)
        since, what = model.referred_since(name), model.kind(model.evaluate(name))
        return (f"Line {since} created the {what} that `{name}` refers to" if since == origin.line else
                f"Line {since} made `{name}` refer to the {what} that line {origin.line} created")

    return re.sub(r"<(made|since|story) ([^>]+)>", told, why)
