"""Reports of a graded class for other programs: grades.csv, results.json, JUnit XML, Gradescope's form."""
import csv
import io
import json
from xml.sax.saxutils import escape, quoteattr

from exercises.grader.grading import NOT_ATTEMPTED, PASSED
from exercises.grader import tasks
from lessons import files


def loaded(paths):
    """The results in some files, one after the other, without what only the next run needs."""
    for path in paths:
        result = json.loads(path.read_text(encoding="utf-8"))
        del result["fingerprint"]
        yield result


def points(result):
    """(points reached, points there are) of a learner."""
    return sum(task["points"] for task in result["tasks"]), sum(task["of"] for task in result["tasks"])


def write_all(paths, to):
    """Write grades.csv, results.json and grades.xml into the folder `to`, each whole or not at all."""
    for name, lines in (("grades.csv", csv_lines), ("results.json", json_lines), ("grades.xml", junit_lines)):
        files.write(to / name, "".join(lines(loaded(paths))).encode("utf-8"))


def csv_lines(results):
    """A row a learner; for each task its points and its state."""
    names = [task.name for task in tasks.all_tasks()]
    header = ["learner", "id", "points", "of", *(column for name in names for column in (name, f"{name} state")), "notes"]
    yield _row(header)
    for result in results:
        by_name = {task["task"]: task for task in result["tasks"]}
        cells = [cell for name in names for cell in (by_name[name]["points"], by_name[name]["state"])]
        yield _row([_plain(result["learner"]), result["id"], *points(result), *cells,
                    _plain("; ".join(result["notes"] + result["problems"]))])


def _row(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _plain(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def json_lines(results):
    """A list of results, one a line."""
    separator = "[\n"
    for result in results:
        yield separator + json.dumps(result, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def junit_lines(results):
    """A suite a learner, a case a task; NOT ATTEMPTED is skipped."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    for result in results:
        counted = result["tasks"]
        failures = sum(task["state"] not in (PASSED, NOT_ATTEMPTED) for task in counted)
        skipped = sum(task["state"] == NOT_ATTEMPTED for task in counted)
        name = f"{result['learner']} {result['id']}".strip()
        yield (f'<testsuite name={_attribute(name)} tests="{len(counted)}" failures="{failures}" errors="0" '
               f'skipped="{skipped}">\n')
        for task in counted:
            case = f"<testcase classname={_attribute(task['notebook'])} name={_attribute(task['task'])}"
            if task["state"] == PASSED:
                yield f"{case}/>\n"
            elif task["state"] == NOT_ATTEMPTED:
                yield f"{case}><skipped message={_attribute(task['message'] or 'not attempted')}/></testcase>\n"
            else:
                yield f"{case}><failure message={_attribute(task['state'])}>{escape(_legal(task['message']))}</failure></testcase>\n"
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _attribute(text):
    return quoteattr(_legal(text))


def _legal(text):
    """A text without the characters that XML has no place for."""
    return "".join(letter if letter in "\t\n" or " " <= letter < "\ud800" or "\ue000" <= letter <= "\ufffd"
                   or letter > "\uffff" else "?" for letter in text)


def as_json(data):
    """Data as the text of a file."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def gradescope(result):
    """The result of a learner in the form that Gradescope's autograders write to results.json."""
    reached, total = points(result)
    return {"score": reached, "output": "\n".join(result["notes"] + result["problems"]), "visibility": "visible",
            "tests": [{"name": task["task"], "number": str(number), "score": task["points"], "max_score": task["of"],
                       "status": "passed" if task["state"] == PASSED else "failed",
                       "output": f"{task['state']}. {task['message']}".strip()}
                      for number, task in enumerate(result["tasks"], start=1)]}
