"""The board: each task with its state and points, a bar, and what's next; in words, with colour on a terminal."""
import itertools
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from lessons import PYTHON

COLOURS = {PASSED: "32", NOT_YET: "33", NOT_ATTEMPTED: "2"}
BAR = 30  # characters
Group = tuple[str, list[Verdict]]  # a notebook's heading, and its verdicts


def drawn(verdicts: Collection[Verdict], below: str = "", every: bool = False) -> str:
    """Return the board, as text that fits a terminal's screen together with what's `below` it.

    The current notebook has a line for each task, the others have one each. With `every`, all tasks have theirs.
    """
    groups, current = list(by_notebook(verdicts)), following(verdicts)
    place = next((number for number, (_, group) in enumerate(groups) if current in group), -1)
    whole = "\n".join([bar(verdicts), *([below] if below else [])])
    if every:
        return "\n\n".join([*map(_in_full, groups), whole])
    lines = [_in_full(group) if number == place else _in_one_line(group) for number, group in enumerate(groups)]
    columns, rows = shutil.get_terminal_size()
    room = rows - sum(_height(text, columns) for text in (*lines[max(place, 0):place + 1], "\n", whole, "prompt"))
    return "\n".join([*_around(max(place, 0), groups, lines, room), "", whole])


def _around(place: int, groups: Sequence[Group], lines: Sequence[str], room: int) -> list[str]:
    """Return the lines at and around a place, as many others as there's room for. What's left out has a line, too."""
    first, last = 0, len(lines) - 1
    while last - first + (first > 0) + (last < len(lines) - 1) > max(room, 2) and last > first:
        if last - place >= place - first:  # the farthest goes first
            last -= 1
        else:
            first += 1
    before, after = groups[:first], groups[last + 1:]
    return [*_left_out(before), *lines[first:last + 1], *_left_out(after)]


def _left_out(groups: Sequence[Group]) -> list[str]:
    """Return a line on notebooks that aren't shown, if there are any."""
    if not groups:
        return []
    verdicts = [verdict for _, group in groups for verdict in group]
    numbers = " to ".join(dict.fromkeys(heading[:2] for heading, _ in (groups[0], groups[-1])))
    return [f"{f'{numbers} ...':50} {summary(verdicts)}"]


def _in_full(group: Group) -> str:
    heading, verdicts = group
    width = shutil.get_terminal_size().columns
    lines = []
    for verdict in verdicts:
        start = f"  {verdict.state:13}  {verdict.points}/{verdict.task.points}  {verdict.task.name:16} "
        title = textwrap.shorten(verdict.task.title, max(20, width - len(start)), placeholder="...")
        lines.append(f"{start}{title}".replace(verdict.state, painted(verdict.state, verdict.state), 1))
    return "\n".join([heading, *lines])


def _in_one_line(group: Group) -> str:
    heading, verdicts = group
    return f"{heading:50} {summary(verdicts)}"


def summary(verdicts: Collection[Verdict]) -> str:
    """Return how many of some tasks passed, in words."""
    states = {verdict.state for verdict in verdicts}
    if states == {NOT_ATTEMPTED}:
        return "not attempted"
    if states == {PASSED}:
        return f"all {len(verdicts)} passed"
    return f"{sum(verdict.passed for verdict in verdicts)} of {len(verdicts)} passed"


def _height(text: str, columns: int) -> int:
    """Return how many rows a text takes, whose long lines the terminal breaks."""
    lengths = (len(re.sub(r"\x1b\[\d*m", "", line)) for line in text.splitlines())
    return sum(max(1, -(-length // columns)) for length in lengths)


def by_notebook(verdicts: Iterable[Verdict]) -> Iterator[Group]:
    """Yield the heading of each notebook, with a list of its verdicts."""
    for notebook, group in itertools.groupby(verdicts, lambda verdict: verdict.task.notebook):
        yield notebook.replace("_", " "), list(group)


def following(verdicts: Collection[Verdict]) -> Verdict | None:
    """Return the verdict on the task that's next: the first that doesn't pass yet, or else the first that isn't
    attempted, after the last that passed if there's one. None if all passed."""
    every = list(verdicts)
    started = [number for number, verdict in enumerate(every) if verdict.passed]
    later = every[started[-1]:] if started else []
    return next((verdict for verdict in every if verdict.state == NOT_YET),
                next((verdict for verdict in [*later, *every] if not verdict.passed), None))


def points(verdicts: Collection[Verdict]) -> str:
    """Return a sentence with the points."""
    if not verdicts:
        return "There are no exercises here."
    reached, total = _counted(verdicts)
    return f"{reached} of {total} points." + (" You solved everything." if reached == total else "")


def _counted(verdicts: Collection[Verdict]) -> tuple[int, int]:
    return sum(verdict.points for verdict in verdicts), sum(verdict.task.points for verdict in verdicts)


def bar(verdicts: Collection[Verdict]) -> str:
    """Return a line with the points, and what's next, with a command that no line break interrupts."""
    reached, total = _counted(verdicts)
    full = BAR * reached // total if total else 0
    lines = [f"[{'#' * full}{'.' * (BAR - full)}] {points(verdicts)}"]
    if current := following(verdicts):
        word = "check" if current.state == NOT_YET else "hint"
        where = f"Next: {current.task.name} in {current.task.notebook}.ipynb."
        command = f"Type: {PYTHON} -m exercises {word} {current.task.name}"
        fits = len(f"{where} {command}") <= shutil.get_terminal_size().columns
        lines += [f"{where} {command}"] if fits else [where, f"  {command}"]
    return "\n".join(lines)


def coloured(verdict: Verdict) -> str:
    """Return a verdict as text for the terminal: its state in colour, its lines as wide as the terminal."""
    return filled(str(verdict)).replace(verdict.state, painted(verdict.state, verdict.state), 1)


def filled(text: str) -> str:
    """Return a text with its lines as wide as the terminal, broken between words."""
    width = min(100, shutil.get_terminal_size().columns)
    return "\n".join(textwrap.fill(line, width, subsequent_indent="  ") for line in text.splitlines())


def painted(text: str, state: str) -> str:
    """Return text in the colour of a state, if this is a terminal and NO_COLOR isn't set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{COLOURS[state]}m{text}\x1b[0m"
