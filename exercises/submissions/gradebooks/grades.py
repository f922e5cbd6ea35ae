"""The grades of a class, and a file with them that a platform imports, made from the pile alone."""
import csv
import io
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from exercises.submissions import reports
from exercises.submissions.grade import NOT_READ
from exercises.submissions.gradebooks.platforms import Platform
from exercises.submissions.gradebooks.scale import scaled, written

ITEM = "Module reload exercises"  # the title of the grades, unless the teacher gives one


class Learner(NamedTuple):
    """A learner's grade. It's None if the grader failed."""
    name: str
    id: str
    grade: Decimal | None
    maximum: Decimal
    feedback: str
    unread: str = ""  # what couldn't be read, if points may be missing because of it

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.id else self.name


def learners(results: Iterable[dict[str, Any]], out_of: Decimal | None) -> Iterator[Learner]:
    """Yield the grades of the class. `results` come from `Assignment.marked`."""
    for result in results:
        reached, total = reports.points(result)
        grade = scaled(reached, total, out_of) if reports.graded(result) else None
        yield Learner(result["learner"], result["id"], grade, Decimal(total) if out_of is None else out_of,
                      _feedback(result, reached, total), _unread(result, grade))


def _unread(result: dict[str, Any], grade: Decimal | None) -> str:
    """Return what's wrong with a learner's files, if one of them may be a notebook that counts."""
    missing = any(task["message"] == NOT_READ for task in result["tasks"] if task["counts"])
    return "; ".join(result["problems"]) if grade == 0 or grade and missing else ""


def _feedback(result: dict[str, Any], reached: int, total: int) -> str:
    """Return a learner's points, and the tasks that aren't passed. It's shown as HTML, and all its words are ours."""
    waiting: dict[str, list[str]] = {}
    for task in result["tasks"]:
        if task["state"] != reports.PASSED and task["counts"]:
            waiting.setdefault(task["state"], []).append(task["task"])
    return ". ".join([f"{reached} of {total} points", *(f"{state}: {', '.join(names)}"
                                                        for state, names in waiting.items())]) + "."


def from_pile(platform: Platform, learners: Iterable[Learner], item: str) -> tuple[bytes, list[str]]:
    """Return a file for a platform from the pile alone, and a sentence for each learner who isn't in it."""
    titles = list(platform.pile)
    rows, missing, maximum = [], [], Decimal(0)
    for learner in learners:
        maximum = learner.maximum
        row = {title: _cell(platform.pile[title], _fields(learner)) for title in titles}
        if learner.grade is None:
            missing.append(f"{learner} wasn't graded")
        elif not any(row[key] for key in platform.keys):
            missing.append(f"the pile doesn't say which {' or '.join(platform.keys)} {learner} has. "
                           f"Add --gradebook with the file that {platform.name} exports")
        else:
            rows.append(list(row.values()))
    first = [titles, *([[platform.points_row.get(title, "") for title in titles]] if platform.points_row else [])]
    whole = {"item": item, "maximum": written(maximum)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL if platform.quoted else csv.QUOTE_MINIMAL)
    writer.writerows([[cell.format_map(whole) for cell in line] for line in first] + rows)
    return text.getvalue().encode("utf-8-sig" if platform.bom else "utf-8"), missing


def _fields(learner: Learner) -> dict[str, str]:
    """Return what `platforms` describes, as text that no spreadsheet reads as a formula."""
    name, id = reports.plain(learner.name), reports.plain(learner.id)
    alone = "" if id or re.search(r"\s", name) else name
    return {"name": name, "id": id if id.isdigit() else "", "number": alone if alone.isdigit() else "",
            "login": "" if (id or alone).isdigit() else id or alone, "key": id or alone,
            "grade": "" if learner.grade is None else written(learner.grade), "maximum": written(learner.maximum),
            "feedback": learner.feedback}


def _cell(pattern: str, fields: dict[str, str]) -> str:
    """Return a cell. It's empty if there's nothing to put into the pattern, so that no "Participant " is left."""
    needed = re.findall(r"{(\w+)}", pattern)
    return pattern.format_map(fields) if not needed or any(fields[name] for name in needed) else ""
