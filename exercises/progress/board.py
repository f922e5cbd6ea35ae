"""The board: each task with its state and points, a bar, and what's next; in words, with colour on a terminal."""
import itertools
import os
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator

from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from lessons import PYTHON

COLOURS = {PASSED: "32", NOT_YET: "33", NOT_ATTEMPTED: "2"}
BAR = 30  # characters
SHELL, NOTEBOOK = f"Type: {PYTHON} -m exercises {{}} {{}}", 'Run: {}("{}")'


def drawn(verdicts: Collection[Verdict]) -> str:
    """Return the whole board, as text."""
    lines = []
    for heading, group in _by_notebook(verdicts):
        lines += ["", heading]
        lines += [f"  {_painted(f'{verdict.state:13}', verdict.state)}  {verdict.points}/{verdict.task.points}  "
                  f"{verdict.task.name:16} {verdict.task.title}" for verdict in group]
    return "\n".join([*lines, "", bar(verdicts)])


def overview(verdicts: Collection[Verdict]) -> str:
    """Return a line for each notebook, and what's next, as text for a cell of a notebook."""
    lines = []
    for heading, group in _by_notebook(verdicts):
        passed = sum(verdict.passed for verdict in group)
        lines.append(f"{heading:42} {'#' * passed + '.' * (len(group) - passed):6} {passed} of {len(group)} passed")
    return "\n".join([*lines, "", bar(verdicts, NOTEBOOK)])


def _by_notebook(verdicts: Iterable[Verdict]) -> Iterator[tuple[str, list[Verdict]]]:
    """Yield the heading of each notebook, with a list of its verdicts."""
    for notebook, group in itertools.groupby(verdicts, lambda verdict: verdict.task.notebook):
        yield notebook.replace("_", " "), list(group)


def bar(verdicts: Collection[Verdict], advice: str = SHELL) -> str:
    """Return a line with the points, and one with what's next."""
    points, total = sum(verdict.points for verdict in verdicts), sum(verdict.task.points for verdict in verdicts)
    full = BAR * points // total if total else 0
    line = f"[{'#' * full}{'.' * (BAR - full)}] {points} of {total} points"
    waiting = [verdict for verdict in verdicts if not verdict.passed]
    if not waiting:
        return f"{line}. You solved everything." if verdicts else "There are no exercises here."
    following = next((verdict for verdict in waiting if verdict.state == NOT_YET), waiting[0])
    more = advice.format("check" if following.state == NOT_YET else "hint", following.task.name)
    return f"{line}\nNext: {following.task.name} in {following.task.notebook}.ipynb. {more}"


def coloured(verdict: Verdict) -> str:
    """Return a verdict as text for the terminal: its state in colour, its lines as wide as the terminal."""
    width = min(100, shutil.get_terminal_size().columns)
    state, _, rest = str(verdict).partition(":")
    lines = [textwrap.fill(line, width, subsequent_indent="  ") for line in f"{state}:{rest}".splitlines()]
    return "\n".join(lines).replace(state, _painted(state, verdict.state), 1)


def _painted(text: str, state: str) -> str:
    """Return text in the colour of a state, if this is a terminal and NO_COLOR isn't set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{COLOURS[state]}m{text}\x1b[0m"
