"""The board: each task with its state and points, a bar, and what is next; in words, with colour where it is wanted."""
import itertools
import os
import shutil
import sys
import textwrap

from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED

COLOURS = {PASSED: "32", NOT_YET: "33", NOT_ATTEMPTED: "2"}
BAR = 30  # characters


SHELL, NOTEBOOK = "For more, type: python3 -m exercises {} {}", 'For more, run: {}("{}")'


def drawn(verdicts):
    """The whole board, as text."""
    lines = []
    for heading, group in _by_notebook(verdicts):
        lines += ["", heading]
        lines += [f"  {_painted(f'{verdict.state:13}', verdict.state)}  {verdict.points}/{verdict.task.points}  "
                  f"{verdict.task.name:16} {verdict.task.title}" for verdict in group]
    return "\n".join([*lines, "", bar(verdicts)])


def overview(verdicts):
    """A line for each notebook, and what is next, as text for a cell of a notebook."""
    lines = []
    for heading, group in _by_notebook(verdicts):
        passed = sum(verdict.passed for verdict in group)
        lines.append(f"{heading:42} {'#' * passed + '.' * (len(group) - passed):6} {passed} of {len(group)} passed")
    return "\n".join([*lines, "", bar(verdicts, NOTEBOOK)])


def _by_notebook(verdicts):
    """The heading of each notebook, with a list of its verdicts."""
    for notebook, group in itertools.groupby(verdicts, lambda verdict: verdict.task.notebook):
        yield notebook.replace("_", " "), list(group)


def bar(verdicts, advice=SHELL):
    """A line with the points, and one with what is next."""
    points, total = (sum(values) for values in ([verdict.points for verdict in verdicts],
                                                [verdict.task.points for verdict in verdicts]))
    full = BAR * points // total if total else 0
    line = f"[{'#' * full}{'.' * (BAR - full)}] {points} of {total} points"
    waiting = [verdict for verdict in verdicts if not verdict.passed]
    if not waiting:
        return f"{line}. All is done." if verdicts else "There are no exercises here."
    following = next((verdict for verdict in waiting if verdict.state == NOT_YET), waiting[0])
    more = advice.format("check" if following.state == NOT_YET else "hint", following.task.name)
    return f"{line}\nNext: {following.task.name} in {following.task.notebook}.ipynb. {more}"


def coloured(verdict):
    """A verdict as text, its state in colour where that is wanted, its lines as wide as the terminal."""
    width = min(100, shutil.get_terminal_size().columns)
    state, _, rest = str(verdict).partition(":")
    lines = [textwrap.fill(line, width, subsequent_indent="  ") for line in f"{state}:{rest}".splitlines()]
    return "\n".join(lines).replace(state, _painted(state, verdict.state), 1)


def _painted(text, state):
    """Text in the colour of a state, on a terminal and unless NO_COLOR is set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{COLOURS[state]}m{text}\x1b[0m"
