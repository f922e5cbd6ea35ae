"""Reports on a graded class for other programs: grades.csv, results.json, JUnit XML, Gradescope's format."""
import csv
import io
import json
from xml.sax.saxutils import escape, quoteattr

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, PASSED


def loaded(paths):
    """Yield the results in some files, one after the other, without the fingerprint that only the next run needs."""
    for path in paths:
        result = json.loads(path.read_text(encoding="utf-8"))
        del result["fingerprint"]
        yield result


def points(result):
    """Return how many points a learner reached, and how many there are."""
    return sum(task["points"] for task in result["tasks"]), sum(task["of"] for task in result["tasks"])


def write_all(paths, folder):
    """Write grades.csv, results.json and grades.xml into an OutputFolder."""
    for name, lines in (("grades.csv", csv_lines), ("results.json", json_lines), ("grades.xml", junit_lines)):
        folder.write(name, "".join(lines(loaded(paths))).encode("utf-8"))


def csv_lines(results):
    """Yield a header and a row for each learner: for each task its points and its state."""
    names = [task.name for task in tasks.all_tasks()]
    columns = [column for name in names for column in (name, f"{name} state")]
    yield _row(["learner", "id", "points", "of", *columns, "notes"])
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
    """Return a text that no spreadsheet reads as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def json_lines(results):
    """Yield a list of results in JSON, a line for each."""
    separator = "[\n"
    for result in results:
        yield separator + json.dumps(result, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def junit_lines(results):
    """Yield a suite for each learner with a case for each task; NOT ATTEMPTED is skipped."""
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
                message = escape(_legal(task["message"]))
                yield f"{case}><failure message={_attribute(task['state'])}>{message}</failure></testcase>\n"
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _attribute(text):
    return quoteattr(_legal(text))


def _legal(text):
    """Return a text in which a question mark replaces each character that XML can't contain."""
    return "".join(letter if letter in "\t\n" or " " <= letter < "\ud800" or "\ue000" <= letter <= "\ufffd"
                   or letter > "\uffff" else "?" for letter in text)


def as_json(data):
    """Return data as the text of a JSON file."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def gradescope(result):
    """Return a learner's result in the format of Gradescope's results.json."""
    reached, total = points(result)
    return {"score": reached, "output": "\n".join(result["notes"] + result["problems"]), "visibility": "visible",
            "tests": [{"name": task["task"], "number": str(number), "score": task["points"], "max_score": task["of"],
                       "status": "passed" if task["state"] == PASSED else "failed",
                       "output": f"{task['state']}. {task['message']}".strip()}
                      for number, task in enumerate(result["tasks"], start=1)]}
