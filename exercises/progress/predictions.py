"""What a learner or a class predicted in the lessons, and which facts surprised them. The notebooks hold it all."""
import collections
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons import notebooks, predictions
from lessons.notebooks import NotebookProblem

WIDTH = 100


@dataclass(frozen=True)
class Prediction:
    """One prediction; its fact is None if it isn't about one."""
    lesson: Path
    fact: str | None
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


def _questions(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what a lesson asks: id of the cell -> its outcomes."""
    return {cell["id"]: predictions.outcomes(cell) for cell in notebooks.cells(path, "code")
            if cell["source"].startswith(predictions.MAGIC)}


def _predictions(path: Path, known: dict[Path, dict[str, list[dict[str, Any]]]]) -> Iterator[Prediction]:
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
                yield Prediction(lesson, outcome.get("fact"), outcome["ask"].rstrip(":"), said, outcome["answer"],
                                 predictions.agrees(said, outcome))


def report(found: Iterable[Prediction]) -> str:
    """Return, for each lesson, how many predictions came out and which facts surprised, with what people wrote."""
    facts, lines = notebooks.facts_shown(), list[str]()
    for lesson, theirs in _grouped(found, lambda each: each.lesson).items():
        right = sum(each.agrees for each in theirs)
        lines += ["", notebooks.title(lesson).replace("`", ""), f"  {right} of {len(theirs)} came out as predicted."]
        for about, those in _grouped(theirs, lambda each: each.fact or each.question).items():
            wrong = [each for each in those if not each.agrees]
            if wrong:
                says = facts[about][0] if about in facts else f"{about}: {wrong[0].answer}"
                lines += _filled(f"Surprised {len(wrong)} of {len(those)}: {says}", "  ")
                lines += [line for question, each in _grouped(wrong, lambda each: each.question).items()
                          for line in _filled(f"{question}: {each[0].answer}. Predicted: {_common(each)}", "    ")]
    return "\n".join(lines[1:])


def _common(wrong: list[Prediction]) -> str:
    """Return what was written most often, with counts if there's more than one prediction."""
    common = collections.Counter(each.written for each in wrong).most_common(3)
    return ", ".join(text if len(wrong) == 1 else f"{text} ({count})" for text, count in common)


def _grouped(items: Iterable[Prediction], key: Callable[[Prediction], Any]) -> dict[Any, list[Prediction]]:
    groups: dict[Any, list[Prediction]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _filled(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
