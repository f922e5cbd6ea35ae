"""What a notebook shows of drills: boxes, where color adds to the words, and the same words as plain text."""
import html
import re
from collections.abc import Iterable

from exercises.drills.drill import INTRODUCTION, Drill, Question
from exercises.grader.evidence import PRE, marked_up
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.progress.boxes import BADGES, Box, badge, bordered, folded, line
from exercises.training import text
from exercises.training.answers import Answered, lettered
from exercises.training.trainer import Result
from lessons.drawings import image

HEADING = "margin:0.9em 0 0.4em;font-size:1.1em;font-weight:600"
CODE = f"{PRE};font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,1em);line-height:1.4"
CALL = re.compile(r"\((?!\))")  # with arguments
WHOLE_ARROW = '<span style="white-space:nowrap">-&gt;</span>'
CHOICES = "list-style:lower-alpha;margin:0 0 0.6em;padding-left:2em"


def of_drill(head: str, drill: Drill, how: str) -> Box:
    """Return the box of a drill that waits for its answers; `how` says what to type."""
    parts = [_heading(3, html.escape(head))]
    for name, source in drill.files.items():
        parts += [line(f"<code>{html.escape(name)}</code> contains:"), _code(source)]
    parts += [line("The program:"), _code(drill.program, is_numbered=True), line(marked_up(INTRODUCTION))]
    parts += [part for question in drill.questions for part in _asked(question)]
    return Box(text.of_drill(head, drill, text.plain(how)),
               bordered([*parts, line(marked_up(how))], BADGES[NOT_ATTEMPTED][1]))


def of_result(result: Result, on: str) -> Box:
    """Return the box of a drill's results; `on` says how to go on."""
    parts = [part for each in result.answered for part in _judged(each)]
    parts += [line(html.escape(sentence)) for sentence in text.sums(result)]
    state = PASSED if result.right == len(result.answered) else NOT_YET
    return Box(text.of_result(result, text.plain(on)), bordered([*parts, line(marked_up(on))], BADGES[state][1]))


def _asked(question: Question) -> Iterable[str]:
    """Yield what's shown of a question: a heading, and its choices as a list with letters."""
    yield _heading(4, f"{question.number}. {marked_up(question.ask)}")
    items = "".join(f"<li>{_value(choice)}</li>" for _, choice in lettered(question))
    yield f'<ol type="a" style="{CHOICES}">{items}</ol>'


def _judged(answered: Answered) -> Iterable[str]:
    """Yield what's shown of an answer: what happened, whether that was predicted, why, and where a lesson shows it."""
    question = answered.question
    yield _heading(4, f"{question.number}. {marked_up(question.ask)} {_value(question.answer)}")
    yield line(f"{badge(PASSED if answered.right else NOT_YET, text.verdict(answered))} "
               f"You predicted {_value(answered.said)}.")
    yield from (line(marked_up(sentence)) for sentence in (question.why, text.believed(answered)) if sentence)
    if drawing := question.picture():
        drawn = f'<div style="overflow-x:auto">{image(drawing.svg(), drawing.text())}</div>'
        yield folded("Picture", drawn) if answered.right else drawn
    address = f"../lessons/{question.lesson}#cell-id={question.cell}"
    yield line(f'See <a href="{html.escape(address)}">lesson {marked_up(text.lesson(answered))}</a>')


def _code(source: str, is_numbered: bool = False) -> str:
    """Return a block of code. On a narrow page a long line goes on further right, so that it isn't taken for two.

    Each line is an element, because only these can be indented that way.
    """
    lines = (_line_of_code(f"{number:2}  " if is_numbered else "", each)
             for number, each in enumerate(source.rstrip("\n").split("\n"), start=1))
    return f'<div style="{CODE}">{"".join(lines)}</div>'


def _line_of_code(number: str, source: str) -> str:
    """Return a line of code. It may break at spaces and after a parenthesis, but not within the arrow of an edit."""
    indented = len(number) + len(source) - len(source.lstrip()) + text.CONTINUED
    inside = CALL.sub("(<wbr>", html.escape(f"{number}{source}")).replace("-&gt;", WHOLE_ARROW)
    return f'<div style="padding-left:{indented}ch;text-indent:-{indented}ch">{inside or "<br>"}</div>'


def _heading(level: int, inside: str) -> str:
    return f'<h{level} style="{HEADING}">{inside}</h{level}>'


def _value(value: str) -> str:
    return f"<code>{html.escape(value)}</code>"
