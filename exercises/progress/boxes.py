"""What a notebook shows of the exercises: boxes, where color adds to the words, and the same words as plain text.

Text in JupyterLab's own outputs may break inside a word. Here it doesn't, because a box is HTML that says so.
"""
import html
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from exercises.grader import tasks
from exercises.grader.evidence import LINE, PRE, TEXT, marked_up
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from exercises.progress import board
from exercises.progress.store import Help

BADGES = {  # state -> a sign, and colors that can be read in a light and in a dark theme
    PASSED: ("\N{CHECK MARK}", "#2e7d32", "#fff"), NOT_YET: ("\N{CLOCKWISE OPEN CIRCLE ARROW}", "#ffc107", "#1a1a1a"),
    NOT_ATTEMPTED: ("\N{WHITE CIRCLE}", "#616161", "#fff")}
BOX, UNFINISHED = "course-box", "course-unfinished"  # classes; an error follows a box of the latter
# The error makes a program that runs the notebook see that the cell failed. A reader has seen the box already.
HIDE_THE_ERROR = (f"<style>.jp-OutputArea-child:has(.{UNFINISHED}) + .jp-OutputArea-child:has("
                  "[data-mime-type*=error], [data-mime-type*=stderr]) { display: none }</style>")
CELL = "text-align:left;padding:0.1em 1em 0.1em 0"


@dataclass(frozen=True)
class Box:
    """One output in two forms that say the same: plain text, and HTML."""
    text: str
    html: str


def of_verdict(verdict: Verdict, help: Help | None, following: tuple[str, str] | None) -> Box:
    """Return the box of a verdict. `following` is what to do next, as words and an address; `help` is folded in."""
    background = BADGES[verdict.state][1]
    first, *_ = str(verdict).splitlines()
    parts = [line(f"{badge(verdict.state, verdict.state)} {html.escape(first.partition(': ')[2])}"), verdict.as_html()]
    lines = [str(verdict)]
    if following:
        words, address = following
        lines.append(f"Next: {words}")
        parts.append(line(f'Next: <a href="{html.escape(address)}">{marked_up(words)}</a>'))
    if help:
        lines += [] if verdict.passed else [f'For a hint, run: hint("{verdict.task.name}")']
        lines.append(help.closed or f'For the solution, run: solution("{verdict.task.name}")')
        parts += [] if verdict.passed else [_folded_hints(help.hints)]
        parts.append(line(html.escape(help.closed)) if help.closed else
                     folded("The solution, and other right answers", code(help.solution)))
    if not verdict.passed:
        parts.append(HIDE_THE_ERROR)
    return Box("\n".join(lines), bordered(parts, background, BOX if verdict.passed else UNFINISHED))


def of_hints(text: str) -> Box:
    """Return the box of hints, one in a line."""
    return Box(text, bordered((line(marked_up(each)) for each in text.splitlines()), BADGES[NOT_ATTEMPTED][1]))


def of_solution(text: str) -> Box:
    """Return the box of a solution, or of the line that says what opens it."""
    return Box(text, bordered([code(text) if "\n" in text else line(html.escape(text))],
                              BADGES[NOT_ATTEMPTED][1]))


def of_progress(verdicts: Collection[Verdict], drills: str) -> Box:
    """Return how far a learner is: a row for each notebook, the points, a sentence on `drills`, and what's next."""
    rows = [(heading, board.summary(group)) for heading, group in board.by_notebook(verdicts)]
    points = f"{board.points(verdicts)} By the last check of each task, here or in a terminal."
    lines = [*(f"{heading:50} {words}" for heading, words in rows), points, drills]
    table = "".join(f'<tr><th scope="row" style="{CELL};font-weight:normal">{html.escape(heading)}</th>'
                    f'<td style="{CELL}">{words}</td></tr>' for heading, words in rows)
    parts = [f"<table>{table}</table>", line(html.escape(points)), line(marked_up(drills))]
    if following := board.following(verdicts):
        words = f"{following.task.title.replace('`', '')}, in {following.task.notebook.replace('_', ' ')}"
        lines.append(f"Next: {words}")
        parts.append(line(f'Next: <a href="{html.escape(address_of(following.task))}">{html.escape(words)}</a>'))
    return Box("\n".join(lines), bordered(parts, BADGES[NOT_ATTEMPTED][1]))


def address_of(task: tasks.Task) -> str:
    """Return the address of a task's text, as a link from another exercise, or from its own."""
    renamed = "_exercises" if sys.platform == "emscripten" else ""  # by the browser edition's builder
    return f"{task.notebook}{renamed}.ipynb#cell-id=task-{task.name}"


def badge(state: str, word: str) -> str:
    """Return a word in the colors of a state, with its sign."""
    sign, background, color = BADGES[state]
    return (f'<span style="background:{background};color:{color};padding:0.1em 0.5em;border-radius:3px;'
            f'font-weight:600;white-space:nowrap"><span aria-hidden="true">{sign} </span>{word}</span>')


def bordered(parts: Iterable[str], color: str, name: str = BOX) -> str:
    """Return a box with these parts."""
    return (f'<div class="{name}" style="border-left:4px solid {color};'
            f'padding-left:0.8em;max-width:55em;{TEXT}">{"".join(parts)}</div>')


def _folded_hints(hints: Collection[str]) -> str:
    """Return the hints, each folded into the one before it, because they're meant to be read one at a time."""
    inside = ""
    for number, hint in reversed(list(enumerate(hints, start=1))):
        inside = folded(f"Hint {number} of {len(hints)}", line(marked_up(hint)) + inside)
    return inside


def folded(summary: str, inside: str) -> str:
    """Return a part that's folded until someone clicks on its summary."""
    return f'<details><summary style="cursor:pointer">{summary}</summary>{inside}</details>'


def line(inside: str) -> str:
    """Return a paragraph."""
    return f'<p style="{LINE}">{inside}</p>'


def code(text: str) -> str:
    """Return a block of code."""
    return f'<pre style="{PRE}">{html.escape(text)}</pre>'
