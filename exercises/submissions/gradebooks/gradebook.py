"""What `--grades-for`, `--gradebook` and `--grade-column` do: a file, and what the teacher must know about it."""
import re
import sys
from decimal import Decimal
from pathlib import Path

from exercises.isolation.processes import GraderProblem
from exercises.submissions.gradebooks import grades
from exercises.submissions.gradebooks.platforms import PLATFORMS
from exercises.submissions.gradebooks.scale import written
from exercises.submissions.gradebooks.template import Template
from exercises.submissions.reports import shown, some


class Gradebook:
    """The file for the platform that the command line names, or none."""

    def __init__(self, options, out_of: Decimal | None):
        """Read the platform's own file. Raises GraderProblem, before any grading, if the grades can't be put into it.

        `out_of` is the teacher's scale. Without one, the platform's file can say how many points there are.
        """
        self.out_of = out_of
        self._template: Template | None = None
        self._lines: list[str] = []
        self._platform, self._item = PLATFORMS.get(options.grades_for), options.grade_column or grades.ITEM
        self._name = f"grades-for-{options.grades_for}.csv"
        if not self._platform:
            for option in ("gradebook", "grade_column"):
                if getattr(options, option):
                    raise GraderProblem(f"--{option.replace('_', '-')} needs the platform. Add --grades-for with "
                                        f"one of these: {', '.join(PLATFORMS)}")
        elif options.gradebook:
            self._template = Template(self._platform, Path(options.gradebook), options.grade_column or "")
            self._name = f"grades-for-{options.grades_for}{Path(options.gradebook).suffix.lower() or '.csv'}"
            self._compare(self._template.maximum)
        elif not self._platform.pile:
            raise GraderProblem(f"{self._platform.name} imports only a file that it exported. Download it "
                                f"({self._platform.export}), and add --gradebook with its name")
        elif options.grade_column and not any("{item}" in title for title in self._platform.pile):
            raise GraderProblem(f"the column for {self._platform.name} always has the same title. Use --grade-column "
                                "only together with --gradebook")
        elif not re.fullmatch(self._platform.title, self._item):
            raise GraderProblem(f"{self._platform.name} can't import the title {self._item!r}, which you gave with "
                                "--grade-column. Choose one with letters, digits and spaces")

    def _compare(self, most):
        """Take the scale from the platform's file if the teacher gave none, and say if they are different."""
        if not most:
            return
        if self.out_of is None:
            self.out_of = most
            self._lines.append(f"The gradebook gives {written(most)} points at most, so the grades are out of that.")
        elif self.out_of != most:
            self._lines.append(f"The gradebook gives {written(most)} points at most, and you asked for grades out of "
                               f"{written(self.out_of)}: change one of them.")

    def write(self, results, folder):
        """Write the file into an OutputFolder. `results` come from `Assignment.marked`."""
        if not self._platform:
            return
        learners = list(grades.learners(results, self.out_of))
        others: list[str] = []
        self._lines += [f"CHECK FIRST: {shown(str(learner))} gets {written(learner.grade)} of "
                        f"{written(learner.maximum)} points, because {shown(learner.unread)}."
                        for learner in learners if learner.unread and learner.grade is not None]
        if self._template:
            data, missing, others = self._template.fill(learners)
        else:
            data, missing = grades.from_pile(self._platform, learners, self._item)
            self._lines += filter(None, [self._platform.doubt])
        folder.write(self._name, data)
        self._lines += [f"NOT IN {self._name}: {shown(sentence)}." for sentence in missing]
        if others:
            self._lines.append(f"Not in the pile, so the gradebook's rows stay as they are: {some(others)}.")

    def say(self, to: Path, doubts=None):
        """Say where the file is, and, in another stream or on the terminal, whose grades aren't in it."""
        if self._platform:
            column = f", in the column {shown(self._template.column)}" if self._template else ""
            print(f"To import into {self._platform.name}: {to / self._name}{column}.")
        for line in self._lines:
            print(line, file=doubts or sys.stderr)
