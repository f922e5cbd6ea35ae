"""A drill: a small program, and two or three questions about what it prints."""
from dataclasses import dataclass
from typing import Any

from lessons.drawings import Box, Drawing

INTRODUCTION = ("`importlib` and `sys` are imported already. If a line raises an error, the next line still runs. "
                "What does each of these lines print, or which error does it raise?")


@dataclass(frozen=True)
class Question:
    """One outcome to predict: `ask` is "Line 7 prints:", or "Lines 7 to 10 print:" for one statement.

    `accept` has other strings that mean the same as `answer`.
    `choices` are plausible alternatives in a fixed order, with the answer among them. `why` explains the answer;
    `beliefs` says of wrong choices what someone who chooses one probably believes. `fact` is shown in the lesson's
    notebook `lesson`, in its cell `cell`. `references` are what some names refer to when the line has run.
    """
    number: int
    line: int
    ask: str
    answer: str
    accept: tuple[str, ...]
    choices: tuple[str, ...]
    fact: str
    why: str
    beliefs: dict[str, str]
    lesson: str
    cell: str
    references: tuple[tuple[str, Box | None], ...]

    def picture(self) -> Drawing | None:
        """Return a drawing, as text and as SVG, of which name refers to which object then; None if there's none."""
        return Drawing(list(self.references)) if self.references else None

    def alt(self) -> str:
        """Return the picture in words, for those who can't see it."""
        picture = self.picture()
        return "; ".join(line.strip() for line in picture.text().splitlines()) if picture else ""

    def outcome(self) -> dict[str, Any]:
        """Return what `lessons.predictions.agrees` compares a typed answer with."""
        return {"answer": self.answer, "accept": list(self.accept)}


@dataclass(frozen=True)
class Drill:
    """A program, the files that it imports, and questions about it.

    `signature` is the shape of both: programs that are alike but for names and values have the same one. `steps` is
    how many steps the model takes to answer, the measure of difficulty.
    """
    seed: str
    level: int
    signature: str
    files: dict[str, str]
    program: str
    questions: tuple[Question, ...]
    facts: tuple[str, ...]
    steps: int
    scenario: str

    def listing(self) -> str:
        """Return the files and the program, with line numbers, as plain text."""
        files = "\n\n".join(f"{name}:\n\n" + "\n".join(
            f"    {line}".rstrip() for line in source.splitlines() or ["(an empty file)"])
                            for name, source in self.files.items())
        lines = "\n".join(f"{number:2}  {line}" for number, line in enumerate(self.program.splitlines(), 1))
        return f"{files}\n\nThe program:\n\n{lines}"

    def text(self) -> str:
        """Return everything that a learner sees before answering, as plain text."""
        asked = "\n".join(f"{question.number}. {question.ask}" for question in self.questions)
        return f"{self.listing()}\n\n{INTRODUCTION}\n\n{asked}"
