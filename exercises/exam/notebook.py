"""The notebook that a learner gets: each question with its files, its program and a cell for the answers.

It contains nothing from which the answers follow. Its text says whose variant it is, and so does its metadata, because
people rename files, and some front ends drop one or the other.
"""
import re
from typing import Any

from exercises.exam.record import Outcome, Question, Variant
from lessons.notebooks import as_bytes

METADATA = "reload_exam"  # the key in the metadata of the notebook and of its cells
MARK = "Question {} (variant {})"
FORMATS = {"nbformat": 4, "nbformat_minor": 5}
PYTHON = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
          "language_info": {"name": "python"}}
LETTERS = "abcd"
HOW = "after each colon, write the letter of your choice, or its words."
START = """\
# What do these programs print?

**{name}**, variant {id}

There {questions}. Each one shows the files that a program imports, as they are at the start, and then the program.
`importlib` and `sys` are imported already. A comment such as `# edit spam.py: 5 -> 9` means that you edit and save that
file there, some seconds after the line above ran, unless it says "in the same second". If a line raises an error, its
answer is the error's name, and the next line still runs. If a line prints nothing, its answer is `nothing`.

1. Write your answers into the cell below each question, after the colons: the letter of your choice, or its words.
2. Leave the other texts as they are, because they say which variant is yours.
3. Save this notebook, and submit it. Nothing goes wrong if you run a cell, or give the file another name.

A right answer is worth one point, and a wrong one costs nothing."""
EDITS = """\
4. {questions} a function that you write, in the cell below {it}. Cases that you don't see check every rule, with
   other names and other files. {each} is worth {points} points if all cases pass, and otherwise none."""
WRITE = "# {}: write the function here, with all its imports. Only this cell is graded."


def written(variant: Variant) -> bytes:
    """Return the notebook of a variant."""
    count = len(variant.questions)
    start = START.format(name=_escaped(variant.name), id=variant.id, questions=(
        f"are {count} questions" if count > 1 else "is one question"))
    if variant.edits:
        start = start.replace("\n\nA right answer", f"\n{_about_edits(variant)}\n\nA right answer to another question")
    cells = [_cell("markdown", "start", start, {"variant": variant.id})]
    for number in range(1, count + 1):
        mark = {"variant": variant.id, "question": number}
        cells.append(_cell("markdown", f"question-{number}", question_text(variant, number), mark, editable=False))
        cells.append(_cell("code", f"answer-{number}", answer_text(variant, number), mark))
    for number, _ in variant.numbered_edits:
        mark = {"variant": variant.id, "question": number}
        cells.append(_cell("markdown", f"question-{number}", edit_text(variant, number), mark, editable=False))
        cells.append(_cell("code", f"answer-{number}", edit_stub(variant, number), mark))
    return as_bytes({**FORMATS, "cells": cells, "metadata": {**PYTHON, METADATA: {"variant": variant.id}}})


def _cell(kind: str, id: str, source: str, mark: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": id, "source": source.splitlines(keepends=True), **code,
            "metadata": {METADATA: mark, "deletable": False, **metadata}}


def question_text(variant: Variant, number: int) -> str:
    """Return the text of a question, by its number from 1 on."""
    question = variant.questions[number - 1]
    parts = [f"## {MARK.format(number, variant.id)}"]
    for name, source in question.files.items():
        parts += [f"`{name}` at the start:", _fenced(source, "python")]
    parts += ["The program:", _fenced(numbered(question), "text"), "\n".join(
        f"{place}. {outcome.ask} {choices_text(outcome)}" for place, outcome in enumerate(question.outcomes, start=1))]
    return "\n\n".join(parts)


def answer_text(variant: Variant, number: int) -> str:
    """Return what's in a cell for answers: lines for the answers, which IPython shows as text if the cell runs."""
    asks = [f"{place}. {outcome.ask} " for place, outcome in enumerate(variant.questions[number - 1].outcomes, start=1)]
    return "\n".join(["%%markdown", f"{MARK.format(number, variant.id)}: {HOW}", *asks])


def _about_edits(variant: Variant) -> str:
    """Return what the notebook says about its editing tasks."""
    numbers, several = [number for number, _ in variant.numbered_edits], len(variant.edits) > 1
    names = f"Questions {numbers[0]} to {numbers[-1]} each ask" if several else f"Question {numbers[0]} asks"
    return EDITS.format(questions=f"{names} for", it="its text", each="Each" if several else "It",
                        points=variant.edits[0].points)


def edit_text(variant: Variant, number: int) -> str:
    """Return the text of an editing task, by its number, which continues those of the questions."""
    edit = dict(variant.numbered_edits)[number]
    return f"## {MARK.format(number, variant.id)}\n\n{edit.text.rstrip()}"


def edit_stub(variant: Variant, number: int) -> str:
    """Return what's in the cell for the answer to an editing task."""
    return f"{WRITE.format(MARK.format(number, variant.id))}\n{dict(variant.numbered_edits)[number].stub}"


def numbered(question: Question) -> str:
    """Return a question's program with the numbers of its lines."""
    lines = question.program.rstrip("\n").split("\n")
    width = len(str(len(lines)))
    return "\n".join(f"{number:{width}}  {line}".rstrip() for number, line in enumerate(lines, start=1))


def choices_text(outcome: Outcome) -> str:
    """Return an outcome's choices, each with its letter."""
    shown = [_code(choice) for choice in outcome.choices]
    return "; ".join(f"{letter}) {choice}" for letter, choice in zip(letters(outcome), shown)) or ", ".join(shown)


def letters(outcome: Outcome) -> str:
    """Return the letters of an outcome's choices: none if a choice could be mistaken for one."""
    return "" if any(choice.strip().lower() in {*LETTERS} for choice in outcome.choices) else LETTERS


def _fenced(text: str, language: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _code(text: str) -> str:
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _escaped(name: str) -> str:
    """Return a name as Markdown that shows every character of it."""
    return re.sub(r"([\\`*_\[\]<>#|~$&])", r"\\\1", name)
