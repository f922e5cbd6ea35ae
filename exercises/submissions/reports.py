"""Reports on a graded class for other programs: grades.csv, results.json, JUnit XML, Gradescope's format."""
import codecs
import csv
import io
import json
import re
from collections import Counter
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, PASSED
from exercises.isolation.processes import GraderProblem
from exercises.submissions.grade import NOT_GRADED
from exercises.submissions.gradebooks.scale import scaled, written
from exercises.submissions.pile.names import JOINERS
from exercises.submissions.pile.names import spelled_out as shown

# How formulas start, with the full-width, small, raised and lowered forms of = + - @
STARTS = ("=+\\-@\uff1d\ufe66\u207c\u208c"
          "\uff0b\ufe62\u207a\u208a\ufb29\uff0d\ufe63\u207b\u208b\u2212\uff20\ufe6b\u2a75\u2a76")
# What nobody sees, although it counts as printable: fillers and variation selectors
UNSEEN = f"{JOINERS}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f"
MOST_NAMES = 12  # in a sentence
NOT_SET = "isn't part of this assignment, so it doesn't count"  # what's said of a notebook
FORMULA = re.compile(rf"(?:^|(?<=[,;|]))(?=[\s\"'{UNSEEN}]*[{STARTS}])")  # some spreadsheets split at ; or |


def loaded(results):
    """Yield results one after the other: those in files without the fingerprint that only the next run needs."""
    for result in results:
        if not isinstance(result, dict):
            result = json.loads(result.read_text(encoding="utf-8"))
            del result["fingerprint"]
        yield result


def points(result):
    """Return how many points a learner reached, and how many there are, in the tasks that count."""
    counted = list(filter(_counts, result["tasks"]))
    return sum(task["points"] for task in counted), sum(task["of"] for task in counted)


def _counts(task):
    return task.get("counts", True)


def graded(result):
    """Return whether the grader reached a verdict, at least on a part."""
    return any(task["state"] != NOT_GRADED for task in result["tasks"])


def unfinished(result):
    """Return the names of the tasks that the grader couldn't grade."""
    return [task["task"] for task in result["tasks"] if task["state"] == NOT_GRADED]


def worked_on(result):
    """Return the exercises in which a learner changed something: the names of their notebooks."""
    return {task["notebook"] for task in result["tasks"] if task["state"] not in (NOT_ATTEMPTED, NOT_GRADED)}


def listed(words):
    """Return words as a part of a sentence: "Ada, Bo and Cleo"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def some(words, count=None):
    """Return the first words, and how many more there are: "Ada, Bo and 3 more".

    `count` says how many there are in all, if not all of them are given.
    """
    more = (count or len(words)) - MOST_NAMES
    return listed([*words[:MOST_NAMES], *([f"{more} more"] if more > 0 else [])])


def lesson_names(exercises):
    """Return in words which lessons exercises belong to: "lessons 01 and 02"."""
    return f"{'lesson' if len(exercises) == 1 else 'lessons'} {listed([name[:2] for name in sorted(exercises)])}"


def exercises_of(numbers):
    """Return the exercises of lessons such as "1-4" or "1,3,5-6". Raises GraderProblem if these aren't lessons."""
    known = {int(path.stem[:2]): path.stem for path in tasks.sources()}
    chosen = set()
    for part in numbers.split(","):
        found = re.fullmatch(r"\s*(\d{1,2})\s*(?:-\s*(\d{1,2})\s*)?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if first > last or not {first, last} <= known.keys():
            raise GraderProblem(f"--lessons expects lessons from {min(known)} to {max(known)}, not {part.strip()!r}. "
                                "For example, type: --lessons 1-4 or --lessons 1,3,5-6")
        chosen |= {known[number] for number in range(first, last + 1) if number in known}
    return chosen


class Assignment:
    """What was set: the exercises that the teacher names, or else those on which at least half of the learners worked.

    Learners who worked on nothing don't count. If no exercise has half of the others, then each one counts on which
    somebody worked. If nobody worked on anything, then everything was set. With `into`, it's one of several assignments
    of a class, in which what's passed in another exercise counts, too.
    """

    def __init__(self, results, exercises=(), into=False):
        self.named, self.exercises, self._into = bool(exercises), set(exercises), into
        self._why = "you set {} with --lessons"
        if not self.named:
            self.exercises, self._why = self._by_work([found for found in map(worked_on, results) if found])

    @staticmethod
    def _by_work(by_learner):
        counts = Counter(exercise for found in by_learner for exercise in found)
        if half := {exercise for exercise, count in counts.items() if 2 * count >= len(by_learner)}:
            return half, "at least half of those who worked on anything worked on {}"
        if counts:
            return set(counts), "someone worked on {}, and no lesson has half of the class"
        return {task.notebook for task in tasks.all_tasks()}, "nobody worked on anything"

    def __str__(self):
        which = "all lessons" if len(self.exercises) == len(tasks.sources()) else lesson_names(self.exercises)
        verb, them = ("counts", "it") if len(self.exercises) == 1 else ("count", "them")
        return f"{which[0].upper()}{which[1:]} {verb}, because {self._why.format(them)}."

    def marked(self, result):
        """Return a learner's result in which each task says whether it counts: only those that the teacher named.

        Then its notes say which notebooks the learner worked in besides, so that nobody looks for their points.
        """
        marked = [{**task, "counts": task["notebook"] in self.exercises} for task in result["tasks"]]
        if not self.named:
            return {**result, "tasks": marked}
        others = sorted(worked_on(result) - self.exercises) if not self._into else []
        notes = result["notes"] + [f"{exercise}.ipynb {NOT_SET}" for exercise in others]
        return {**result, "notes": notes, "tasks": [task for task in marked if task["counts"]]}

    def of(self, result):
        """Return a learner's marked result with only the tasks that count, and those of lessons they worked on."""
        seen, marked = worked_on(result), self.marked(result)
        return {**marked, "tasks": [task for task in marked["tasks"] if task["counts"] or task["notebook"] in seen]}


def write_all(paths, folder, assignment, out_of=None):
    """Write grades.csv, results.json and grades.xml into an OutputFolder, with one learner at a time in memory.

    `out_of` is how many points the teacher gives at most, if that's another number than there are.
    """
    def marked():
        return map(assignment.marked, loaded(paths))
    write_files(marked, folder, [task.name for task in tasks.all_tasks()
                                 if task.notebook in assignment.exercises or not assignment.named], out_of)


def write_files(marked, folder, names, out_of=None):
    """Write the same files from the results that `marked()` returns; `names` are the tasks that get columns."""
    for name, lines in (("grades.csv", csv_lines(marked(), names, out_of)), ("results.json", json_lines(marked())),
                        ("grades.xml", junit_lines(marked()))):
        mark = [codecs.BOM_UTF8] if name == "grades.csv" else []  # so that Excel reads umlauts
        folder.write(name, chain(mark, (line.encode("utf-8") for line in lines)))


def csv_lines(results, names=None, out_of=None):
    """Yield a header and a row for each learner: for each task in `names`, or all, its points and its state."""
    names = names or [task.name for task in tasks.all_tasks()]
    columns = [column for name in names for column in (name, f"{name} state")]
    yield _row(["learner", "id", "points", "of", *(["grade", "out of"] if out_of else []), *columns, "notes"])
    for result in results:
        by_name, (reached, total) = {task["task"]: task for task in result["tasks"]}, points(result)
        numbers = [reached, total, *([written(scaled(reached, total, out_of)), written(out_of)] if out_of else [])]
        if unfinished(result):
            numbers = [""] * len(numbers)
        cells = [cell for name in names for cell in (_points_cell(by_name[name]), by_name[name]["state"])]
        yield _row([plain(result["learner"]), plain(result["id"]), *numbers, *cells,
                    plain("; ".join(result["notes"] + result["problems"]))])


def _points_cell(task):
    return "" if task["state"] == NOT_GRADED else task["points"]


def _row(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def plain(text):
    """Return a text that no spreadsheet reads as a formula, not even one that splits the cell at another separator."""
    return FORMULA.sub("'", shown(text))


def json_lines(results):
    """Yield a list of results in JSON, a line for each."""
    separator = "[\n"
    for result in results:
        yield separator + as_json(result, indent=None).rstrip("\n")
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def junit_lines(results):
    """Yield a suite for each learner with a case for each task; NOT ATTEMPTED is skipped."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    for result in results:
        counted = result["tasks"]
        failures = sum(task["state"] not in (PASSED, NOT_ATTEMPTED, NOT_GRADED) for task in counted)
        errors = sum(task["state"] == NOT_GRADED for task in counted)
        skipped = sum(task["state"] == NOT_ATTEMPTED for task in counted)
        name = f"{result['learner']} {result['id']}".strip()
        yield (f'<testsuite name={_attribute(name)} tests="{len(counted)}" failures="{failures}" errors="{errors}" '
               f'skipped="{skipped}">\n')
        for task in counted:
            case = f"<testcase classname={_attribute(task['notebook'])} name={_attribute(task['task'])}"
            if task["state"] == PASSED:
                yield f"{case}/>\n"
            elif task["state"] == NOT_ATTEMPTED:
                yield f"{case}><skipped message={_attribute(task['message'] or 'not attempted')}/></testcase>\n"
            else:
                message, kind = escape(shown(task["message"])), "error" if task["state"] == NOT_GRADED else "failure"
                yield f"{case}><{kind} message={_attribute(task['state'])}>{message}</{kind}></testcase>\n"
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _attribute(text):
    return quoteattr(shown(text))


def as_json(data, indent=1):
    """Return data as the text of a JSON file: the same data, but what could act in a terminal as escapes."""
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    return re.sub(r"[^\n -~]", lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1],
                  text) + "\n"


def gradescope(result):
    """Return a learner's result in the format of Gradescope's results.json.

    No test is hidden, because then learners wouldn't see their score; what only instructors should see is printed.
    Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    reached, _ = points(result)
    return {"score": reached, "output": "\n".join(result["notes"] + result["problems"]),
            "output_format": "text",  # else a name such as <b>.ipynb would be HTML
            "visibility": "visible", "stdout_visibility": "hidden",
            "tests": [{"name": task["task"], "number": str(number), "score": task["points"], "max_score": task["of"],
                       "status": "passed" if task["state"] == PASSED else "failed",
                       "output": "\n".join(filter(None, [f"{task['state']}. {task['message']}".strip(), task["note"],
                                                         task["evidence"]])),
                       "visibility": "visible"}
                      for number, task in enumerate(filter(_counts, result["tasks"]), start=1)]}
