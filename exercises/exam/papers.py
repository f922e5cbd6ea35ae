"""What a learner wrote in an exam's notebook, however clumsily. Nothing of it is run.

The cells' texts say whose question is where. Where they are gone, the metadata of the cells decide, and cells without
either belong to the question above them. What a learner wrote is everything that the notebook didn't contain at first.
"""
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from exercises.exam import notebook
from exercises.exam.record import Outcome, Variant
from exercises.grader.grading import untouched
from exercises.grader.tasks import defined_names
from lessons import notebooks, predictions

MARK = re.compile(r"question\s*(\d{1,3})\s*\(\s*variant\s+([0-9a-f]{6,64})\s*\)", re.I)
HEAD = re.compile(r"^[^\n]*?variant\s+([0-9a-f]{6,64})\s*$", re.I | re.M)  # the notebook's first cell
LONGEST = 20_000  # characters of a cell, and of everything about a question, that are read
AT_MOST = 500  # characters of an answer
CHOICE = re.compile(r"\W{0,3}([a-d])\W{0,3}", re.I)
BOTH = re.compile(r"\W{0,3}([a-d])(?:\W{0,2}[).:,\]=-]|\s)\s*(\S.*)", re.I | re.S)  # "a) old"
AFTER = re.compile(r"(\S.*?)\s*[(\[]\s*([a-d])\s*[)\]]\W?", re.I | re.S)  # "old (b)"
LEAD = re.compile(r"(?:=+|-*>|\u2192|(?:my\s+)?(?:answer|choice|option|letter)\b(?:\s+is\b)?|i\s+(?:think|guess)\b)"
                  r"[\s:=]*", re.I)
REASON = re.compile(r"[\s,;:(-]*\b(?:because|since)\b.*", re.I | re.S)
QUOTES = " \t\r\n'\"`\u2018\u2019\u201c\u201d"
PROGRAM = re.compile(r"^\s*(`{3,})text\s*?\n(.*?)^\s*\1", re.M | re.S)  # in a question's text
Place = tuple[str, int]  # a variant's id and the number of a question


class Part(NamedTuple):
    """What a cell contains about a question."""
    text: str
    marked: bool  # whether the cell says which question it's about
    code: bool = False  # whether it's a code cell


@dataclass
class Paper:
    """A notebook of an exam."""
    label: str
    variants: set[str] = field(default_factory=set)  # the variants of all its cells
    parts: dict[Place, list[Part]] = field(default_factory=dict)
    programs: set[str] = field(default_factory=set)  # what its questions show, whatever the ids say

    def questions_of(self, variant: str) -> list[int]:
        """Return the numbers of a variant's questions that are in this notebook."""
        return sorted(number for owner, number in self.parts if owner == variant)

    def answers(self, variant: Variant, number: int) -> list[str]:
        """Return what the learner wrote for each outcome of a question: "" for nothing."""
        asks = [outcome.ask for outcome in variant.questions[number - 1].outcomes]
        ours = {*map(str.strip, notebook.question_text(variant, number).splitlines()),
                *map(str.strip, notebook.answer_text(variant, number).splitlines())}
        ours -= {f"{place}. {ask}" for place, ask in enumerate(asks, start=1)}
        found = [""] * len(asks)
        for part in self.parts.get((variant.id, number), ()):
            lines = [_plain(line, asks) for line in part.text.splitlines() if line.strip() not in ours]
            said = predictions.written("\n".join(line for line in lines if not MARK.search(line)), asks)
            pairs = zip(found, said + [""] * len(asks))
            found = [(new[:AT_MOST] or old) if part.marked else (old or new[:AT_MOST]) for old, new in pairs]
        return found

    def code(self, variant: Variant, number: int) -> str:
        """Return the code that the learner wrote for an editing task: "" for nothing.

        That's the last cell that defines the function, or else the last that was changed.
        """
        task = dict(variant.numbered_edits)[number].task(number)
        parts = [part.text for part in self.parts.get((variant.id, number), ()) if part.code]
        changed = [text for text in parts if not untouched(task, text)]
        named = [text for text in changed if task.defines & defined_names(text)]
        return (named or changed or [""])[-1]

    def worked_on(self, variant: Variant) -> bool:
        """Return whether it contains any answer to a variant's questions and editing tasks."""
        numbers = range(1, len(variant.questions) + 1)
        return any(any(self.answers(variant, number)) for number in numbers) or any(
            self.code(variant, number) for number, _ in variant.numbered_edits)


def read(label: str, data: bytes) -> Paper | None:
    """Return what's in a notebook, or None if it's no exam's. Raises NotebookProblem if it can't be read."""
    whole = notebooks.parsed(data, label)
    paper = Paper(label, {_mark(whole.get("metadata"))})
    place: Place | None = None
    for cell in whole["cells"]:
        metadata, source = _mark(cell.get("metadata")), cell["source"][:LONGEST]
        paper.variants.add(metadata)
        paper.programs |= programs(source)
        marked = bool(MARK.search(source))
        if not marked and metadata and (number := _number(cell["metadata"])):
            place, marked = (metadata, number), True
        elif not marked and (head := HEAD.search(source)):
            paper.variants.add(head[1].lower())
            continue
        for found, text in _split(source):
            if found:
                place = found
                paper.variants.add(found[0])
            if place and (left := LONGEST - sum(len(part.text) for part in paper.parts.get(place, ()))) > 0:
                paper.parts.setdefault(place, []).append(
                    Part(text[:left], marked, cell.get("cell_type") == "code"))
    paper.variants.discard("")
    return paper if paper.variants else None


def programs(source: str) -> set[str]:
    """Return the programs in the text of a question, without spaces."""
    return {"".join(found[2].split()) for found in PROGRAM.finditer(source)}


def _mark(metadata: Any) -> str:
    """Return the variant in the metadata of a notebook or a cell, or ""."""
    try:
        variant = metadata[notebook.METADATA]["variant"]
    except (LookupError, TypeError):
        return ""
    return variant.lower() if isinstance(variant, str) and re.fullmatch("[0-9a-fA-F]{6,64}", variant) else ""


def _number(metadata: Any) -> int:
    number = metadata[notebook.METADATA].get("question")
    return number if isinstance(number, int) and number > 0 else 0


def _split(source: str) -> list[tuple[Place | None, str]]:
    """Return the parts of a cell by the questions that it names: several if cells were merged."""
    parts: list[tuple[Place | None, list[str]]] = [(None, [])]
    for line in source.splitlines():
        if mark := MARK.search(line):
            parts.append(((mark[2].lower(), int(mark[1])), []))
        parts[-1][1].append(line)
    return [(place, "\n".join(lines)) for place, lines in parts if lines]


def _plain(line: str, asks: list[str]) -> str:
    """Return a line of a learner's as a numbered line, if it begins like a question: "line 7: old", "# 1. old"."""
    line = re.sub(r"^(?:[\s#>*]|-\s)+", "", line)
    if line.startswith("%%"):
        return ""
    for place, ask in enumerate(asks, start=1):
        said = re.match(r"(?:in )?line (\d+)\b(?:\s+(?:prints?|raises?|is)\b)?\s*:?\s*(.*)", line, re.I)
        about = re.findall(r"\bline (\d+)\b", ask, re.I)
        if line.casefold().startswith(ask.rstrip(":").casefold()):
            return f"{place}. {line[len(ask.rstrip(':')):].lstrip(' :')}"
        if said and about == [said[1]] and sum(f"line {said[1]}".casefold() in each.casefold() for each in asks) == 1:
            return f"{place}. {said[2]}"
    return line


def chosen(text: str, outcome: Outcome) -> str:
    """Return the choice that an answer means, or "": by its words, its letter, or both if they agree."""
    return _chosen(text.strip(), outcome) or _chosen(REASON.sub("", text.strip()), outcome)


def _chosen(said: str, outcome: Outcome) -> str:
    """Return the choice that an answer without a reason means, or ""."""
    known = dict(zip(notebook.letters(outcome), outcome.choices))
    while said:
        if words := _meant(said, outcome):
            return words
        if letter := CHOICE.fullmatch(said):
            return known.get(letter[1].lower(), "")
        if both := BOTH.fullmatch(said):  # before the small words, because "a" is one, too: "a b" isn't b
            choice = known.get(both[1].lower(), "")
            return choice if choice == _meant(both[2], outcome) else ""
        if after := AFTER.fullmatch(said):
            choice = known.get(after[2].lower(), "")
            return choice if choice == _meant(after[1], outcome) else ""
        start = LEAD.match(said) or predictions.FILLER.match(said)
        said = said[start.end():] if start else ""  # one by one
    return ""


def _without_stop(text: str) -> str:
    return text.casefold().rstrip(". ")


def _meant(text: str, outcome: Outcome) -> str:
    """Return the one choice that words mean, or "": "error" doesn't say which one if two choices are errors."""
    for read in (str, str.casefold, _without_stop):  # first letter by letter: two choices may be "Hi!" and "Hi?"
        found = [choice for choice in outcome.choices if read(choice.strip(QUOTES)) == read(text.strip(QUOTES))]
        if len(found) == 1:
            return found[0]
    accept = {outcome.answer: outcome.accept}
    found = [choice for choice in outcome.choices
             if predictions.agrees(text, {"answer": choice, "accept": accept.get(choice, ())})]
    return found[0] if len(found) == 1 else ""
