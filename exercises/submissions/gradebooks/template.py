"""Puts grades into the file that a platform's gradebook exported. Only the cells of the grades change."""
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from exercises.isolation.processes import GraderProblem
from exercises.submissions.gradebooks import cells, scale
from exercises.submissions.gradebooks.grades import Learner
from exercises.submissions.gradebooks.people import People, participant
from exercises.submissions.gradebooks.platforms import Platform
from exercises.submissions.reports import shown

LARGEST = 2**26  # bytes of a gradebook


class Template:
    """A platform's own file. Raises GraderProblem if it can't be read, or if it isn't clear where the grades go."""

    def __init__(self, platform: Platform, path: Path, column: str = ""):
        self._platform = platform
        try:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
            if len(data) > LARGEST:
                raise GraderProblem(f"it's larger than {LARGEST // 2**20} MB")
            self._cells = cells.Cells(data)
            header = self._header()
            self._titles = [title.strip() for title in self._cells.rows[header]]
            self._rows, self._points = self._sorted(header)
            self._most = self._most_column()
            self._grade = self._grade_column(column)
            if {*platform.words} & {*self._titles}:
                raise GraderProblem("this assignment's grades are words and not points. Change that in "
                                    f"{platform.name}, and download it again")
            if lacking := sorted(platform.also.keys() - set(self._titles)):
                raise GraderProblem(f"it has no column {lacking[0]}. Download it again")
        except OSError as problem:
            raise GraderProblem(f"the gradebook {path} can't be read ({problem.strerror})") from None
        except GraderProblem as problem:
            raise GraderProblem(f"the gradebook {path} can't be used: {problem}") from None
        self._people = People(platform, self._titles, self._rows)
        self.column = self._titles[self._grade]
        self.maximum = self._maximum()

    def fill(self, learners: Iterable[Learner]) -> tuple[bytes, list[str], list[str]]:
        """Return the file with the grades, a sentence for each learner whose grade isn't in it, and whose rows stay."""
        found: dict[int, list[Learner]] = {}
        missing = []
        learners = [*learners]
        same_numbers = self._people.has_one_of(learners)
        for learner in learners:
            row, doubt = self._people.row_of(learner, same_numbers)
            if row is None:
                missing.append(f"{learner}: {doubt}")
            else:
                found.setdefault(row, []).append(learner)
        comma = self._with_comma()
        for row, same in found.items():
            [learner, *others] = same
            if others:
                missing += [f"{each}: row {row + 1} of the gradebook fits {len(same)} learners of the pile"
                            for each in same]
            elif learner.grade is None:
                missing.append(f"{learner} wasn't graded")
            elif (word := self._rows[row][self._grade].strip()) in self._platform.kept:
                missing.append(f"{learner}: the gradebook says {word}, and that stays")
            elif lock := self._lock(row):
                missing.append(f"{learner}: the gradebook says '{lock}'")
            else:
                self._cells.change(row, self._grade, scale.written(learner.grade, comma))
                for title, value in self._platform.also.items():
                    self._cells.change(row, self._titles.index(title), value)
        stay = [name for row in self._rows if row not in found and (name := self._people.name(row))]
        return self._cells.data(), missing, stay

    def _lock(self, row: int) -> str:
        """Return what says that the grade in a row can't be changed, or ""."""
        cells = dict(zip(self._titles, self._rows[row]))
        locks = self._platform.locks.items()
        return next((f"{title}: {word}" for title, word in locks if cells.get(title) == word), "")

    def _header(self) -> int:
        """Return the row with the titles: the first in which one of them says whose row it is."""
        identifying = (*self._platform.ids, *self._platform.logins)
        for number, row in enumerate(self._cells.rows[:cells.TOP]):
            if {title.lower() for title in identifying} & {title.strip().lower() for title in row}:
                return number
        if self._is_worksheet():
            return 0
        first = ", ".join(map(shown, self._cells.rows[0][:6])) if self._cells.rows else "nothing"
        raise GraderProblem(f"none of its first {cells.TOP} rows has a title such as {identifying[0]}. Download it "
                            f"from {self._platform.name} ({self._platform.export}). It begins with: {first}")

    def _is_worksheet(self) -> bool:
        """Return whether it's a grading worksheet of Moodle's, in any language."""
        return self._platform.numbered and len(self._cells.rows) > 1 and all(
            participant(row[0]) for row in self._cells.rows[1:] if any(row))

    def _sorted(self, header: int) -> tuple[dict[int, list[str]], list[list[str]]]:
        """Return the rows of learners, by their places, and those that say how many points there are."""
        learners, points = {}, []
        for place, row in enumerate(self._cells.rows[header + 1:], start=header + 1):
            row = row + [""] * (len(self._titles) - len(row))
            if self._platform.points_row and row[0].strip() == self._platform.points_row["Student"].strip():
                points.append(row)
            elif any(map(str.strip, row)):
                learners[place] = row
        return learners, points

    def _most_column(self) -> int | None:
        """Return the column with the most points, in a worksheet of Moodle's.

        In English it's "Maximum Grade". In other languages it's the one column with the same number in each row and a
        grade, or nothing, before it.
        """
        if not self._is_worksheet():
            return None
        if "Maximum Grade" in self._titles:
            return self._titles.index("Maximum Grade")
        columns = [[scale.number(row[column]) or row[column] for row in self._rows.values()]
                   for column in range(len(self._titles))]
        found = [place for place in range(3, len(columns)) if isinstance(columns[place][0], Decimal)
                 and len(set(columns[place])) == 1
                 and all(isinstance(each, Decimal) or not each for each in columns[place - 1])]
        return found[0] if len(found) == 1 else None

    def _grade_column(self, wanted: str) -> int:
        """Return the column for the grades: the one that the teacher names, or else the only one for points."""
        found = {place: match["title"] if "title" in match.re.groupindex else None
                 for place, title in enumerate(self._titles)
                 if (match := re.fullmatch(self._platform.grades, title))
                 and not any("(read only)" in row[place] for row in self._points)}
        if not found and self._most:
            found = {self._most - 1: None}
        names = ", ".join(shown(self._titles[place]) for place in found or range(len(self._titles)))
        if wanted:
            chosen = [place for place, title in enumerate(self._titles) if title == wanted.strip()] or [
                place for place, title in found.items()
                if title and wanted.strip() in (title, title.partition(": ")[2])]  # Moodle writes "Assignment: " first
            if len(chosen) != 1:
                raise GraderProblem(f"{len(chosen) or 'no'} columns have the title {wanted!r} that you gave with "
                                    f"--grade-column. There are: {names}")
            return chosen[0]
        if len(found) != 1:
            raise GraderProblem(f"it has {'several columns' if found else 'no column that looks like one'} for grades. "
                                f"Name one of these with --grade-column: {names}")
        return next(iter(found))

    def _maximum(self) -> Decimal | None:
        """Return the most points in the column of the grades, if the file says that."""
        title = re.fullmatch(self._platform.grades, self.column)
        texts = [row[self._grade] for row in self._points]
        if title and "max" in title.re.groupindex:
            texts.append(title["max"] or "")
        if self._most == self._grade + 1 and self._rows:
            texts.append(next(iter(self._rows.values()))[self._most])
        return next((found for found in map(scale.number, texts) if found), None)

    def _with_comma(self) -> bool:
        """Return whether this file's numbers have a decimal comma."""
        rows = [*self._points, *self._rows.values()]
        numbers = [row[place] for row in rows for place in {self._grade, self._most or self._grade}
                   if scale.number(row[place]) is not None]
        if self._platform.also or any("." in text for text in numbers):
            return False
        return any("," in text for text in numbers) or self._cells.delimiter == ";"
