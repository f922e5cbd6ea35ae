"""Drills and results as plain text, for a terminal, and for what a notebook shows beside its HTML."""
import re
import shutil
import textwrap

from exercises.drills.drill import INTRODUCTION, Drill
from exercises.training.answers import Answered, lettered
from exercises.training.topics import Request
from exercises.training.trainer import Result
from lessons import notebooks

RIGHT, WRONG = "RIGHT", "WRONG"
WIDEST = 100  # characters of a line in a terminal
HASTE = "The answers came as fast as when all cells are run at once, so they don't count."
LOST = "These drills can't be saved, because the folder of the exercises can't be written."
PREFIX = re.compile(r" *(?:\d+\. |\d+  |[a-d]  )?")  # of a line: spaces, and the number or letter that it begins with
CONTINUED = 4  # spaces by which code is indented, and so the rest of a long line of it
LESSONS_DRILLS = 3  # so many drills a lesson's end offers


def heading(number: int, drill: Drill, about: str = "") -> str:
    """Return the heading of a drill, such as "Drill 4 on lesson 3, level 2"."""
    return f"Drill {number}{f' on {about}' if about else ''}, level {drill.level}"


def of_drill(head: str, drill: Drill, how: str) -> str:
    """Return what a learner sees before answering; `how` says what to type."""
    questions = [line for question in drill.questions for line in
                 (f"{question.number}. {question.ask}",
                  *(f"   {letter}  {choice}" for letter, choice in lettered(question)), "")]
    return "\n".join([head, "", drill.listing(), "", plain(INTRODUCTION), "", *questions, how])


def of_result(result: Result, on: str) -> str:
    """Return what a learner sees after answering; `on` says how to go on."""
    lines = [line for each in result.answered for line in (*of_answer(each), "")]
    return "\n".join([*lines, *sums(result), on])


def of_answer(answered: Answered) -> list[str]:
    """Return the lines on one answer: what happened, whether that was predicted, and why."""
    question = answered.question
    return [f"{question.number}. {question.ask} {question.answer}",
            f"   {verdict(answered)}: you predicted {answered.said}.",
            *(f"   {plain(text)}" for text in (question.why, believed(answered)) if text),
            *(f"     {each}" for each in picture(answered)),
            f"   See lesson {plain(lesson(answered))}"]


def believed(answered: Answered) -> str:
    """Return a sentence on the belief behind a wrong answer, or ""."""
    return f"Your answer would be right if this were true: {answered.belief}" if answered.belief else ""


def picture(answered: Answered) -> list[str]:
    """Return the lines of the picture for a wrong answer; none for a right one, which needs it less."""
    drawing = None if answered.right else answered.question.picture()
    return drawing.text().splitlines() if drawing else []


def verdict(answered: Answered) -> str:
    """Return the word for an answer."""
    return RIGHT if answered.right else WRONG


def lesson(answered: Answered) -> str:
    """Return the number and the title of the lesson that shows the fact, such as "03: After a reload, who ...?"."""
    title = notebooks.title(notebooks.KIT / "lessons" / answered.question.lesson)
    return f"{title[:2]}:{title[2:]}"


def sums(result: Result) -> list[str]:
    """Return the sentences that sum up a drill: what was right, the streak, the next level, what's mastered now."""
    record, count = result.record, len(result.answered)
    if record is None:
        return [f"{result.right} of {count} right. {HASTE}"]
    facts = notebooks.facts_shown()
    streak = f", {record.row} drills in a row without a miss" if record.row > 1 else ""
    back = "" if result.right == count else " What you missed comes back soon."
    return [f"{result.right} of {count} right{streak}. The next drill is level {record.level}.{back}",
            *(f"Mastered: {plain(facts[fact][0])}" for fact in result.mastered)]


def lesson_done(count: int, request: Request) -> str:
    """Return a line once the drills that a lesson's end offers are done; else ""."""
    is_enough = request.title.startswith("lesson ") and count == LESSONS_DRILLS
    return f"That was the third drill on {request.title}, so you can stop here." if is_enough else ""


def plain(text: str) -> str:
    """Return a text without the backticks around code."""
    return text.replace("`", "")


def filled(text: str) -> str:
    """Return a text with its lines as wide as the terminal, broken between words, each with its indentation."""
    width = min(WIDEST, shutil.get_terminal_size().columns)
    return "\n".join(textwrap.fill(line, width, subsequent_indent=_indentation(line), break_on_hyphens=False)
                     for line in text.splitlines())


def _indentation(line: str) -> str:
    """Return the spaces before the rest of a line that's too long: more for code, where that would be another line."""
    prefix = PREFIX.match(line)
    width = len(prefix[0]) if prefix else 0
    return " " * (width + CONTINUED * (width >= CONTINUED))
