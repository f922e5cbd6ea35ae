"""exam.json, which the teacher keeps: who has which variant, and its questions with the answers.

    {"format": 1, "seed": ..., "level": 3, "facts": {"C-01": "..."}, "variants": [
      {"id": "3f9c2a", "name": "Ann Lee", "known": ["4711", "alee@school.org"], "file": "....ipynb", "questions": [
        {"signature": ..., "steps": 31, "fact": "C-01", "files": {"fares.py": "..."}, "program": "...", "outcomes": [
          {"ask": "Line 7 prints:", "answer": "old", "accept": [], "choices": ["new", "old"], "fact": "C-01",
           "why": "...", "beliefs": {"new": "..."}, "lesson": "03_....ipynb", "cell": "..."}]}], "edits": [
        {"fact": "B-01", "text": "...", "stub": "def ...", "check": "every(...)", "answer": "def ...", "points": 2,
         "lesson": "02_....ipynb", "cell": "..."}]}]}

Without editing tasks, "edits" may be missing. A teacher may change a name, or add to "known" what else the pile
calls a learner.
"""
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from exercises.exam.roster import Person
from exercises.grader.tasks import Task
from exercises.isolation.processes import GraderProblem
from exercises.submissions.gradebooks.cells import MARKS
from lessons.notebooks import as_bytes

FORMAT = 1
LARGEST = 2**28  # bytes


@dataclass(frozen=True)
class Outcome:
    """One blank that a learner fills in, worth a point."""
    ask: str  # "Line 7 prints:"
    answer: str
    accept: tuple[str, ...]  # other words that mean the same
    choices: tuple[str, ...]  # as the notebook shows them
    fact: str
    why: str
    beliefs: dict[str, str]  # a wrong choice -> what who chooses it probably believes
    lesson: str
    cell: str


@dataclass(frozen=True)
class Question:
    """A program, and what a learner says about it."""
    signature: str
    steps: int  # how difficult it is: the steps that the model takes
    fact: str  # what it was chosen for
    files: dict[str, str]
    program: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Editing:
    """A function that a learner writes, which edits a file."""
    fact: str
    text: str  # with the rules
    stub: str
    check: str  # code, as in the sources of the course's tasks
    answer: str
    points: int
    lesson: str
    cell: str

    def task(self, number: int) -> Task:
        """Return it as the grader knows tasks. `number` is its place in the exam."""
        return Task(name=f"question-{number}", notebook="exam", text=self.text, answer=self.answer, stub=self.stub,
                    given=False, check=self.check, hints=(), points=self.points, facts=(self.fact,), needs=(), right={},
                    wrong={})


@dataclass(frozen=True)
class Variant:
    """The exam of one learner."""
    id: str
    name: str
    known: tuple[str, ...]
    file: str
    questions: tuple[Question, ...]
    edits: tuple[Editing, ...] = ()  # their numbers continue those of the questions

    @property
    def numbered_edits(self) -> list[tuple[int, Editing]]:
        """The editing tasks, each with its number."""
        return list(enumerate(self.edits, start=len(self.questions) + 1))

    @property
    def person(self) -> Person:
        """Whose it is."""
        return Person(self.name, self.known)

    @property
    def steps(self) -> int:
        """How difficult it is in all."""
        return sum(question.steps for question in self.questions)


@dataclass(frozen=True)
class Exam:
    """What a class was given."""
    seed: str
    level: int
    facts: dict[str, str]
    variants: tuple[Variant, ...]
    format: int = field(default=FORMAT)

    def as_bytes(self) -> bytes:
        """Return the contents of exam.json."""
        return as_bytes(asdict(self))

    def label(self, variant: Variant) -> str:
        """Return whose variant it is: a name, with an id only where several people have that name."""
        same = sum(other.name.casefold() == variant.name.casefold() for other in self.variants)
        return variant.person.label if same > 1 else variant.name

    def called(self, result: dict[str, Any]) -> str:
        """Return whose result it is in the same words, or the pile's name for somebody who isn't on the list."""
        return next((self.label(one) for one in self.variants if one.id == result["variant"]), result["learner"])


def load(path: Path) -> Exam:
    """Return the exam in a file. Raises GraderProblem if it can't be read, or isn't an exam."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as problem:
        raise GraderProblem(f"the exam {path} can't be read ({problem.strerror}). Name the exam.json that the command "
                            "exam wrote") from None
    try:
        if len(data) > LARGEST:
            raise ValueError(f"it's larger than {LARGEST // 2**20} MB")
        mark = next((mark for mark in MARKS if data.startswith(mark)), b"")  # an editor of the teacher's added it
        return _exam(json.loads(data[len(mark):].decode(MARKS.get(mark, "utf-8"))))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        what = f"it has no {problem}" if isinstance(problem, KeyError) else problem
        raise GraderProblem(f"the exam {path} can't be used: {what}. Name the exam.json that the command exam wrote"
                            ) from None


def _exam(data: Any) -> Exam:
    if data["format"] != FORMAT:
        raise ValueError(f"its format is {data['format']!r}, and this version of the course reads {FORMAT}")
    variants = tuple(Variant(_text(one["id"]), _text(one["name"]), tuple(map(_text, one["known"])), _text(one["file"]),
                             tuple(map(_question, one["questions"])), tuple(map(_editing, one.get("edits", ()))))
                     for one in data["variants"])
    if not variants:
        raise ValueError("it has no variants")
    if len({variant.id for variant in variants}) < len(variants):
        raise ValueError("two of its variants have the same id")
    if len({(*(len(question.outcomes) for question in variant.questions), *(-edit.points for edit in variant.edits))
            for variant in variants}) > 1:
        raise ValueError("its variants have different numbers of questions")
    return Exam(_text(data["seed"]), int(data["level"]), _texts(data["facts"]), variants)


def _question(data: Any) -> Question:
    return Question(_text(data["signature"]), int(data["steps"]), _text(data["fact"]), _texts(data["files"]),
                    _text(data["program"]), tuple(map(_outcome, data["outcomes"])))


def _editing(data: Any) -> Editing:
    fact, text, stub, check, answer, lesson, cell = (
        _text(data[key]) for key in ("fact", "text", "stub", "check", "answer", "lesson", "cell"))
    return Editing(fact, text, stub, check, answer, int(data["points"]), lesson, cell)


def _outcome(data: Any) -> Outcome:
    ask, answer, fact, why, lesson, cell = (
        _text(data[key]) for key in ("ask", "answer", "fact", "why", "lesson", "cell"))
    return Outcome(ask, answer, tuple(map(_text, data["accept"])), tuple(map(_text, data["choices"])), fact, why,
                   _texts(data["beliefs"]), lesson, cell)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} should be text")
    return value


def _texts(values: Any) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in values.items()}
