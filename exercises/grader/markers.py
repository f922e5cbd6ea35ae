"""Markers: the lines `### BEGIN SOLUTION` and `### END SOLUTION` around what learners don't get, or HIDDEN TESTS.

A line that is only nearly a marker is refused: as an ordinary comment it would publish what it should hide.
"""
import difflib
import re

SOLUTION, HIDDEN_TESTS = "SOLUTION", "HIDDEN TESTS"  # nbgrader's words
ALL = [f"{which} {what}" for what in (SOLUTION, HIDDEN_TESTS) for which in ("BEGIN", "END")]
STUB = "...  # your answer"
OUTSIDE, BEGIN, INSIDE, END = "outside", "begin", "inside", "end"  # where a line is
Lines = list[tuple[str, str]]  # where each line is, and the line


class MarkerProblem(ValueError):
    """A marker is misspelt or misplaced; the text says which, in which line, and what is expected."""

    def __init__(self, line: int, found: str, expected: str):
        super().__init__(f"line {line}: {found}. Expected {expected}")


def split(source: str, what: str) -> Lines:
    """Return the lines of a cell, each with where it is, by the markers of the kind `what`. Raises MarkerProblem."""
    begin, end = f"### BEGIN {what}", f"### END {what}"
    lines: Lines = []
    opened = 0  # the number of the line with the marker that is open
    for number, line in enumerate(source.splitlines(), start=1):
        indent, text = re.fullmatch(r"(\s*)(.*)", line).groups()  # type: ignore[union-attr]
        if is_like_a_marker(line):
            expected = f"{end!r}, which closes line {opened}" if opened else repr(begin)
            if text != (end if opened else begin):
                raise MarkerProblem(number, repr(text), expected)
            if opened and indent != lines[opened - 1][1].partition("#")[0]:
                raise MarkerProblem(number, f"{text!r} isn't indented like line {opened}", "the same indentation")
            lines.append((END if opened else BEGIN, line))
            opened = 0 if opened else number
        else:
            if opened == number - 1 and opened and indent != lines[-1][1].partition("#")[0]:
                raise MarkerProblem(number, f"{text!r} isn't indented like line {opened}", "the same indentation")
            lines.append((INSIDE if opened else OUTSIDE, line))
    if opened:
        raise MarkerProblem(opened, f"{begin!r} isn't closed", f"{end!r} below it")
    return lines


def is_like_a_marker(line: str) -> bool:
    """Return whether a line is a marker, or was probably meant as one."""
    comment = re.search(r"#+\W*(.*?)\W*$", line)
    return line.lstrip().startswith("###") or bool(
        comment and len(comment[1]) < 40 and difflib.get_close_matches(comment[1].upper(), ALL, cutoff=0.75))


def without_markers(lines: Lines) -> str:
    """Return a cell without its markers."""
    return _joined(line for place, line in lines if place in (INSIDE, OUTSIDE))


def inside(lines: Lines) -> str:
    """Return what is inside the markers of a cell."""
    return _joined(line for place, line in lines if place == INSIDE)


def outside(lines: Lines) -> str:
    """Return what is outside the markers of a cell."""
    return _joined(line for place, line in lines if place == OUTSIDE)


def with_stubs(lines: Lines) -> str:
    """Return what is outside the markers of a cell, with a stub where each marked part was."""
    return _joined(line if place == OUTSIDE else line.partition("#")[0] + STUB
                   for place, line in lines if place in (OUTSIDE, BEGIN))


def _joined(lines) -> str:
    return "\n".join(lines).strip("\n")
