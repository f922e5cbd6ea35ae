"""The pages of a graded exam: the class by facts, and a page for each learner; `pages/templates/` has their looks."""
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from exercises.exam.grading import WRONG, Result
from exercises.exam.record import Editing, Exam, Outcome, Variant
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.submissions import reports
from exercises.submissions.gradebooks.scale import Decimal
from exercises.submissions.pages import TEMPLATES, Learner, Names, in_words
from exercises.submissions.workers import slug

RULE = re.compile(r"(?s)^(?:\d+ of \d+ cases pass(?:es)?\. )?(Rule \d+, [^:]*|.*?\.).*")  # of a message
MOST_ANSWERS = 4  # wrong answers of a fact


@dataclass
class Mistake:
    """What several learners answered: the belief that it shows, or else their words."""
    belief: str
    people: dict[str, str] = field(default_factory=dict)  # a variant's id -> its learner's name
    examples: Counter[tuple[str, str]] = field(default_factory=Counter)  # (what was said, the answer) -> how often

    @property
    def names(self) -> str:
        """Who made it."""
        return reports.some([*self.people.values()])

    @property
    def example(self) -> tuple[str, str]:
        """The commonest answer, and the right one instead of it."""
        return min(self.examples, key=lambda pair: (-self.examples[pair], pair))


@dataclass
class Fact:
    """How a class answered the questions about a fact."""
    id: str
    says: str
    right: int = 0
    asked: int = 0
    blank: int = 0
    missed: Names = field(default_factory=Names)
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    lesson: str = ""
    cell: str = ""
    edits: int = 0  # editing tasks about it, and how many of these passed
    passed: int = 0
    broken: dict[str, Names] = field(default_factory=dict)  # the rule and case that failed -> whose answers

    @property
    def lost(self) -> int:
        """How many answers to questions and editing tasks weren't right."""
        return self.asked - self.right + self.edits - self.passed

    @property
    def commonest(self) -> list[Mistake]:
        """The mistakes of several learners first."""
        return sorted(self.mistakes.values(), key=lambda one: (-len(one.people), one.belief))[:MOST_ANSWERS]


def link(result: Result) -> str:
    """Return where a learner's page is."""
    return f"feedback/{slug(' / '.join(filter(None, [result['learner'], result['id'], result['variant']])))}.html"


def class_page(exam: Exam, results: Sequence[Result], out_of: Decimal | None = None) -> str:
    """Return the teacher's page. `out_of` is how many points the teacher gives at most."""
    facts = sorted(_facts(exam, results).values(), key=lambda fact: (-fact.lost, fact.asked, fact.id))
    learners = [_learner(result, out_of) for result in results]
    graded = [result for result in results if reports.graded(result)]
    return TEMPLATES.get_template("exam_class.html").render(
        title="The exam at a glance", facts=facts, learners=learners, graded=len(graded),
        decide=[(exam.called(result), sentence) for result in results for sentence in result["decide"]],
        mean=_mean(graded), total=reports.points(results[0])[1] if results else 0)


def feedback(exam: Exam, result: Result, out_of: Decimal | None = None) -> str:
    """Return the page of a learner: each question with the answer given, the right one and the reason."""
    reached, total = reports.points(result)
    graded = reports.graded(result)
    variant = next((one for one in exam.variants if one.id == result["variant"]), None)
    return TEMPLATES.get_template("exam_feedback.html").render(
        title=f"Exam: {result['learner']}", reached=reached, total=total, graded=graded,
        grade=in_words(reached, total, out_of), remarks=result["told"] + result["problems"],
        questions=_questions(variant, result) if variant and graded else [],
        edits=_edits(variant, result) if variant and graded else [])


def _questions(variant: Variant, result: Result) -> list[dict[str, Any]]:
    """Return each question with its number and, for each blank, (outcome, row, the belief that the answer shows)."""
    rows = iter(result["tasks"])
    return [{"number": number, "question": question, "blanks": [
        (outcome, row := next(rows), outcome.beliefs.get(row["choice"], "") if row["state"] == WRONG else "")
        for outcome in question.outcomes]} for number, question in enumerate(variant.questions, start=1)]


def _edits(variant: Variant, result: Result) -> list[tuple[int, Editing, Result]]:
    """Return each editing task with its number and its row."""
    rows = result["tasks"][len(result["tasks"]) - len(variant.edits):]
    return [(number, edit, row) for (number, edit), row in zip(variant.numbered_edits, rows)]


def _facts(exam: Exam, results: Iterable[Result]) -> dict[str, Fact]:
    """Return how the class answered, for each fact that somebody was asked."""
    variants, found = {variant.id: variant for variant in exam.variants}, dict[str, Fact]()
    for result in results:
        if not reports.graded(result):
            continue
        outcomes = [outcome for question in variants[result["variant"]].questions for outcome in question.outcomes]
        missed, name = dict[str, Fact](), exam.called(result)
        for outcome, row in zip(outcomes, result["tasks"]):
            fact = found.setdefault(outcome.fact, Fact(outcome.fact, exam.facts.get(outcome.fact, ""),
                                                       lesson=outcome.lesson, cell=outcome.cell))
            fact.asked += 1
            if row["state"] == PASSED:
                fact.right += 1
                continue
            missed[fact.id] = fact
            fact.blank += row["state"] == NOT_ATTEMPTED
            if row["state"] == WRONG:
                _count(fact, outcome, row, result["variant"], name)
        _count_edits(exam, variants[result["variant"]], result["tasks"][len(outcomes):], found, missed, name)
        for fact in missed.values():
            fact.missed.add(name)
    return found


def _count_edits(exam: Exam, variant: Variant, rows: Sequence[Result], found: dict[str, Fact], missed: dict[str, Fact],
                 name: str) -> None:
    """Count a learner's editing tasks among the facts that are `found`, and put those that failed into `missed`."""
    for edit, row in zip(variant.edits, rows):
        fact = found.setdefault(edit.fact, Fact(edit.fact, exam.facts.get(edit.fact, ""), lesson=edit.lesson,
                                                cell=edit.cell))
        fact.edits += 1
        fact.passed += row["state"] == PASSED
        if row["state"] != PASSED:
            missed[fact.id] = fact
            fact.blank += row["state"] == NOT_ATTEMPTED
        if row["state"] == NOT_YET:
            fact.broken.setdefault(RULE.sub(r"\1", row["message"]), Names()).add(name)


def _count(fact: Fact, outcome: Outcome, row: Result, variant: str, name: str) -> None:
    said = row["choice"] or row["said"]
    belief = outcome.beliefs.get(row["choice"], "")
    mistake = fact.mistakes.setdefault(belief or said.casefold(), Mistake(belief))
    mistake.examples[said, outcome.answer] += 1
    mistake.people[variant] = name


def _learner(result: Result, out_of: Decimal | None) -> Learner:
    reached, total = reports.points(result)
    grade = in_words(reached, total, out_of) if reports.graded(result) else ""
    return Learner(result["learner"], result["id"], reached if reports.graded(result) else None, total, link(result),
                   len(result["problems"]), grade)


def _mean(results: Sequence[Result]) -> str:
    points = [reports.points(result)[0] for result in results]
    return f"{sum(points) / len(points):.1f}" if points else ""
