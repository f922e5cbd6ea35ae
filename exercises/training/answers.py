"""Answers: what a learner says a drill's program prints, in letters or in words, and whether that's right."""
import string
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from exercises.drills.drill import Drill, Question
from exercises.drills.making import DrillProblem
from lessons import predictions

MOST = 40  # characters that are shown of what isn't a choice

@dataclass(frozen=True)
class Answered:
    """A question with a learner's answer."""
    question: Question
    said: str

    @property
    def right(self) -> bool:
        """Whether it's what happened."""
        return _agrees(self.said, self.question)

    @property
    def belief(self) -> str:
        """What someone who says this probably believes; empty if it's right or if nobody can say."""
        return "" if self.right else self.question.beliefs.get(self.said, "")


def lettered(question: Question) -> list[tuple[str, str]]:
    """Return the choices of a question, each with its letter."""
    return list(zip(string.ascii_lowercase, question.choices))


def how_to_answer(drill: Drill) -> str:
    """Return what to type in a notebook: an example, which has nothing to do with the answers."""
    words = ", ".join(['"..."'] * len(drill.questions))
    return f"`{_example(drill)}` with one letter for each question, or the words: `answer({words})`."


def read(drill: Drill, said: Sequence[object]) -> list[Answered]:
    """Return the answers that a learner gave all at once: a string of letters, or a string for each question.

    Raises DrillProblem, which says what to type, if there are none, if they aren't as many as there are questions, or
    if they aren't choices.
    """
    flat = [text for each in said for text in (each if isinstance(each, list | tuple) else [each])]
    texts, count = [str(text).strip() for text in flat], len(drill.questions)
    if not any(texts):
        raise DrillProblem("There's nothing between the quotes yet. Write a letter for each question, such as "
                           f"`{_example(drill)}`, and run this cell again.")
    if len(texts) == 1 and count > 1:
        letters = [letter for letter in texts[0] if letter not in " ,;.-"]
        texts = letters if all(letter in string.ascii_letters for letter in letters) else texts
    if len(texts) != count or not all(texts):
        given = f"{len(texts)} answer{'s' * (len(texts) != 1)}" if all(texts) else "an empty answer"
        raise DrillProblem(f"This drill has {count} questions, and you gave {given}. Type {how_to_answer(drill)}")
    return [read_one(question, text) for question, text in zip(drill.questions, texts)]


def read_one(question: Question, text: str) -> Answered:
    """Return the answer to one question: its letter, or words. Raises DrillProblem for what isn't a choice.

    A word that isn't a choice is never right, so it's more likely a slip than a prediction, and costs nothing.
    """
    choices = dict(lettered(question))
    if text.lower() in choices:
        return Answered(question, choices[text.lower()])
    for choice in sorted(choices.values(), key=lambda choice: choice != question.answer):
        if choice == text or predictions.agrees(text, {"answer": choice, "accept": []}):
            return Answered(question, choice)
    if not _agrees(text, question):
        raise DrillProblem(f"Question {question.number} has the choices {_listed(list(choices))}, and not "
                           f"{textwrap.shorten(text, MOST)!r}.")
    return Answered(question, text)


def _example(drill: Drill) -> str:
    return f'answer("{"ab".ljust(len(drill.questions), "a")}")'


def _agrees(said: str, question: Question) -> bool:
    return said == question.answer or (said not in question.choices and predictions.agrees(
        said, question.outcome()))


def _listed(letters: list[str]) -> str:
    return f"{', '.join(letters[:-1])} and {letters[-1]}"
