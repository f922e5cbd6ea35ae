"""What a learner or a class predicted in the lessons, and which facts surprised them. The notebooks hold it all."""
import collections
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lessons import notebooks, predictions
from lessons.notebooks import NotebookProblem

WIDTH = 100


@dataclass(frozen=True)
class Prediction:
    """One prediction: the lesson's notebook, the fact, the question, what was written, the answer, and if they agree."""
    lesson: Path
    fact: str
    question: str
    written: str
    answer: str
    agrees: bool


def predicted_in(folder: Path) -> tuple[list[Prediction], list[str]]:
    """Return the predictions in all notebooks below a folder, and what's wrong with those that can't be read."""
    known = {path: _questions(path) for path in notebooks.lessons()}
    found, problems = list[Prediction](), list[str]()
    for path in sorted(folder.rglob("*.ipynb")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            try:
                found += _predictions(path, known)
            except NotebookProblem as problem:
                problems.append(str(problem))
    return found, problems


def _questions(path: Path) -> dict[str, list[dict]]:
    """Return what a lesson asks: id of the cell -> its outcomes."""
    return {cell["id"]: predictions.outcomes(cell) for cell in notebooks.cells(path, "code")
            if cell["source"].startswith(predictions.MAGIC)}


def _predictions(path: Path, known: dict[Path, dict[str, list[dict]]]) -> Iterator[Prediction]:
    """Yield the predictions in a notebook, whatever its name. The lesson is the one that asks these questions."""
    cells = {cell.get("id"): cell["source"] for cell in notebooks.cells(path, "code")}

    def same_questions(lesson: Path) -> int:
        return sum(outcome["ask"] in cells.get(cell, "") for cell, asked in known[lesson].items() for outcome in asked)

    lesson = max(known, key=same_questions, default=None)
    if not lesson or not same_questions(lesson):
        return
    for cell, asked in known[lesson].items():
        for outcome, said in zip(asked, predictions.written(cells.get(cell, ""), [each["ask"] for each in asked])):
            if said:
                yield Prediction(lesson, outcome["fact"], outcome["ask"].rstrip(":"), said, outcome["answer"],
                                 predictions.agrees(said, outcome))


def report(found: Iterable[Prediction]) -> str:
    """Return, for each lesson, how many predictions came out and which facts surprised, with what people wrote."""
    facts, lines = notebooks.facts_shown(), list[str]()
    for lesson, theirs in _grouped(found, lambda each: each.lesson).items():
        right = sum(each.agrees for each in theirs)
        lines += ["", notebooks.title(lesson).replace("`", ""), f"  {right} of {len(theirs)} came out as predicted."]
        surprises = _grouped((each for each in theirs if not each.agrees), lambda each: each.fact)
        for fact, wrong in sorted(surprises.items(), key=lambda item: -len(item[1])):
            asked = sum(each.fact == fact for each in theirs)
            lines += _filled(f"Surprised {len(wrong)} of {asked}: {facts[fact][0]}", "  ")
            for question, those in _grouped(wrong, lambda each: each.question).items():
                common = collections.Counter(each.written for each in those).most_common(3)
                wrote = ", ".join(text if len(those) == 1 else f"{text} ({count})" for text, count in common)
                lines += _filled(f"{question}: {those[0].answer}. Predicted: {wrote}", "    ")
    return "\n".join(lines[1:])


def _grouped(items, key):
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _filled(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
