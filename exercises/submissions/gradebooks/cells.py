"""Single cells of a text with separated values change, and no other byte: no byte order mark, quote or line end.

The `csv` module reads such a text, but it forgets where a cell was and how it was quoted.
"""
import codecs
import re

from exercises.isolation.processes import GraderProblem

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
WITHOUT_MARK = ("utf-8", "cp1252", "latin-1")  # latin-1 reads everything, and writes the same bytes
DELIMITERS = ",;\t"
TOP = 10  # lines by which the delimiter is recognized


class Cells:
    """The rows of a text, and its changes. Raises GraderProblem if `data` isn't text."""

    def __init__(self, data: bytes):
        if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise GraderProblem("it's an Excel workbook. Save it as CSV UTF-8, or download it as CSV")
        self._mark = next((mark for mark in MARKS if data.startswith(mark)), b"")
        self._text, self._encoding = _decoded(data[len(self._mark):], MARKS.get(self._mark))
        self.delimiter = max(DELIMITERS, key=lambda one: max(map(len, _spans(self._text, one, TOP)), default=0))
        self._places = _spans(self._text, self.delimiter)
        self.rows = [[_value(self._text[start:end]) for start, end in row] for row in self._places]
        self._changes: dict[tuple[int, int], str] = {}

    def change(self, row: int, column: int, value: str) -> None:
        """Give a cell another value, in quotes if it had some or if it needs them."""
        places = self._places[row]
        start, end = places[column] if column < len(places) else 2 * places[-1][1:]
        if self._text.startswith('"', start) and start < end or self.delimiter in value:
            value = f'"{value}"'
        self._changes[start, end] = self.delimiter * (column + 1 - len(places)) + value  # if the row is too short

    def data(self) -> bytes:
        """Return the text with its changes, as bytes."""
        parts, done = [], 0
        for (start, end), value in sorted(self._changes.items()):
            parts += [self._text[done:start], value]
            done = end
        return self._mark + "".join([*parts, self._text[done:]]).encode(self._encoding)


def _decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    for each in [encoding] if encoding else WITHOUT_MARK:
        try:
            return data.decode(each), each
        except UnicodeDecodeError:
            continue
    raise GraderProblem(f"it isn't text in {encoding}, although it begins with that mark. Download it again")


def _spans(text: str, delimiter: str, most: int | None = None) -> list[list[tuple[int, int]]]:
    """Return where the cells of each row begin and end, of the first `most` rows or of all."""
    cell = re.compile(rf'"[^"]*(?:""[^"]*)*"[^{delimiter}\r\n]*|[^{delimiter}\r\n]*')
    rows: list[list[tuple[int, int]]] = []
    row: list[tuple[int, int]] = []
    at = 0
    while at < len(text) and (most is None or len(rows) < most):
        found = cell.match(text, at)
        assert found
        row.append(found.span())
        at = found.end()
        if text.startswith(delimiter, at):
            at += 1
            if at < len(text):
                continue
            row.append((at, at))
        at += 2 if text.startswith("\r\n", at) else 1
        rows.append(row)
        row = []
    return rows


def _value(cell: str) -> str:
    """Return what a cell says, without its quotes."""
    if not cell.startswith('"') or len(cell) < 2:
        return cell
    inner, _, after = cell[1:].rpartition('"')
    return inner.replace('""', '"') + after
