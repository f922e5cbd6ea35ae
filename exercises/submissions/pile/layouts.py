"""How platforms name what they give a teacher: one table, the row that a pile fits, and whose each file is then."""
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from exercises.isolation.processes import GraderProblem
from exercises.submissions.pile import names
from exercises.submissions.pile.names import Owner

# "Version 2" in the languages of Microsoft's: Versión, Wersja, Verze, Verzió, and so on
VERSION = r"(?:Vers|Wersj|Verz|Верс|Sürüm|Έκδοση|バージョン|版本|버전)[^/\d]{0,9}"
ENOUGH = 0.5  # of the notebooks must fit a layout that other names can look like by accident


class Layout(NamedTuple):
    """A way to name submissions. The pattern begins at the learner's folder or file, however many folders are above it.

    Its groups are the learner, the platform's id for the learner, when it was submitted, the number of the attempt,
    whether it was late, and the rest: the path within the submission.
    """
    name: str  # as --layout calls it
    title: str  # as the grader's first line calls it
    example: str
    pattern: str = ""
    hint: str = ""  # what each path contains that fits: quicker to look for than the pattern
    where: str = "anywhere"  # or "file": only the last part of a path can fit; or "top": a folder that's there once
    certain: bool = True  # no name looks like this by accident, so a single file is enough
    unique: bool = True  # no two learners have the same name, or else each has an id
    above: str = ""  # folders that all files are in, and that look like a learner's
    beside: str = ""  # which files in a learner's folder are the platform's or the teacher's, by the rest of the path


# What's recognized. The last three have no pattern: the first part of each path tells whose it is.
LAYOUTS = (
    # github.com/moodle/moodle, mod/assign/classes/downloader.php: a name and a number, "Participant" and a number if
    # names are hidden, a group and its number, or "Default group". Before Moodle 4, mod/assign/locallib.php also wrote
    # "Default group-" before a name.
    Layout("moodle", "a download from Moodle", "Ann Smith_4711_assignsubmission_file/lab.ipynb",
           r"(?:Default group-)?(?P<learner>[^/]+?)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_?/|_|$)(?P<rest>.*)",
           "_assignsubmission_"),
    # github.com/instructure/canvas-lms, lib/content_zipper.rb. The second number is that of the upload, so it grows.
    Layout("canvas-anonymous", "an anonymous download from Canvas", "LATE_anon_Ab1Cd_9001_lab.ipynb",
           r"(?P<late>LATE_)?(?P<learner>anon_[A-Za-z0-9]+)_(?:(?P<attempt>\d+)_)?"
           r"(?P<rest>(?(attempt)[^/]+|(?:text|link)\.html))", "anon_", "file"),
    # github.com/kwurst/bb-file-cleanup: the assignment, the user name, and the time of the attempt. Each attempt has a
    # companion whose name ends there, in .txt.
    Layout("blackboard", "a download from Blackboard", "Lab203_asmith_attempt_2024-03-05-10-11-12_lab.ipynb",
           r"(?P<before>[^/]+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<rest>[^/]+)|\.txt)", "_attempt_", "file"),
    # github.com/saritonin/academic-shell-scripts, rename_and_move.sh, and other teachers' scripts: two numbers, perhaps
    # the org-defined id, the name, and the date. Each attempt has a folder, or the date is followed by the file's name.
    Layout("brightspace", "a download from Brightspace", "24601-33001 - Ann Smith - Mar 5, 2024 1011 AM/lab.ipynb",
           r"(?P<number>\d+)-\d+ - (?:(?P<id>[A-Za-z]?\d{5,}) - )?(?P<learner>[^/]+?) - "
           r"(?P<when>(?:(?! - )[^/])*\d{4}(?:(?! - )[^/])*)(?:/| - )(?P<rest>.*)", " - "),
    # github.com/sakaiproject/sakai, AssignmentServiceImpl.zipSubmissions: "Last, First(eid)", several with "; ", an
    # anonymous id if names are hidden, and with or without folders. What the teacher sent back can be there, too.
    Layout("sakai", "a download from Sakai", "Smith, Ann(as1)/Submission attachment(s)/lab.ipynb",
           r"(?P<learner>[^/]+?,[^/]*?\([^/()]+\)|[^/]+?(?=[/_](?:Submission a|Feedback A)ttachment\(s\)[/_]))"
           r"(?:/Submission attachment\(s\)/|_Submission attachment\(s\)_|/|_(?=Feedback Attachment\(s\)_|"
           r"(?:timestamp|comments)\.txt$|feedbackText\.html$))(?P<rest>.*)", "(",
           beside=r"Feedback Attachment\(s\)[/_].*|(?:timestamp|comments)\.txt|feedbackText\.html"),
    # github.com/openedx/edx-ora2, openassessment/data.py: a folder for each unit, and the user in the file's name.
    Layout("openedx", "open responses from Open edX", "[1]Week, [1]Labs, [3]Lab/[1] - asmith - lab.ipynb",
           r"\[(?:\d+|x)\] - (?P<learner>[^/]+?) - (?P<rest>[^/]+)", "] - ", "file"),
    # github.com/mitodl/edx-sga, edx_sga/tasks.py: the user, and the SHA-1 of the file.
    Layout("openedx-staff", "staff graded assignments from Open edX",
           "asmith_da39a3ee5e6b4b0d3255bfef95601890afd80709.ipynb",
           r"(?P<learner>[^/]+)_(?P<rest>[0-9a-f]{40}(?:\.\w+)+)", "_", "file"),
    # github.com/jupyter/nbgrader, nbgrader/docs/source/user_guide/philosophy.rst.
    Layout("nbgrader", "nbgrader's submissions", "submitted/asmith/ps1/lab.ipynb",
           r"submitted/(?P<learner>[^/]+)/(?:[^/]+/)?(?P<rest>.*)", "", "top"),
    # github.com/jupyter/nbgrader, exchange/collect.py: what waits in the exchange's folder "inbound".
    Layout("nbgrader-inbound", "nbgrader's inbound submissions", "asmith+ps1+2024-03-05 10:11:12 UTC/lab.ipynb",
           r"(?P<learner>[^/]+)\+[^/+]+\+(?P<when>\d{4}-[^/+]+)(?:\+[^/]*)?/(?P<rest>.*)", "+"),
    # github.com/github/gh-classroom, cmd/gh-classroom/clone/student-repos.
    Layout("github", "repositories from GitHub Classroom", "lab3-submissions/lab3-asmith/lab.ipynb",
           r"(?P<slug>[^/]+)-submissions/(?P=slug)-(?P<learner>[^/]+)/(?P<rest>.*)", "-", "top"),
    # metadata.py has the source: submission_metadata.yml says whose each of these folders is.
    Layout("gradescope", "an export from Gradescope", "assignment_4242_export/submission_9001/lab.ipynb",
           r"(?P<learner>submission_(?P<number>\d+))/(?P<rest>.*)", "submission_"),
    # github.com/ILIAS-eLearning/ILIAS, class.ilExSubmission.php, downloadAllAssignmentFiles: last name, first name,
    # login and number; for teams a folder above them; "Late Submission - " before a file, in the teacher's language.
    # A login can contain underscores, so the number says who it is.
    Layout("ilias", "a download from ILIAS", "Smith_Ann_asmith_4711/lab.ipynb",
           r"(?P<last>[^/_]+)_(?P<first>[^/_]+)_[^/]+_(?P<id>\d+)/"
           r"(?P<late>(?:Late Submission|Versp(?:ae|ä)tete Abgabe) - )?(?P<rest>.*)", "_", certain=False),
    # learn.microsoft.com, "Assignments admin documentation": the folders of the library "Student Work" in SharePoint.
    # Their names are in the teacher's language.
    Layout("teams", "submissions from Teams", "Submitted files/Ann Smith/Lab 3/Version 2/lab.ipynb",
           r"(?:(?:Submitted|(?P<draft>Working)) files/|(?=[^/]+/[^/]+/" + VERSION + r"\d+/))(?P<learner>[^/]+)/"
           r"(?:[^/]+/(?:" + VERSION + r"(?P<attempt>\d+)/)?)?(?P<rest>.*)", "/", certain=False, unique=False),
    # github.com/instructure/canvas-lms, as above: letters and digits of the name, the user's number, and the upload's.
    Layout("canvas", "a download from Canvas", "smithann_LATE_4711_9001_lab.ipynb",
           r"(?P<learner>[^/]+?)(?<!_20\d\d)(?P<late>_LATE)?_(?!20\d\d_[01]\d_)(?P<id>[1-9]\d*)_(?:(?P<attempt>\d+)_)?"
           r"(?P<rest>(?(attempt)[^/]+|(?:text|link)\.html))", "_", "file", certain=False),
    # support.google.com/edu/classroom, "View and grade": a folder of the assignment, and the name before the file's.
    Layout("drive", "a folder from Google Classroom or Drive",
           "Lab 3/Ann Smith - 03_from_import_keeps_the_old_function.ipynb",
           rf"{names.COPY_OF}(?P<learner>[^/]+?) - (?P<rest>{names.COPY_OF}(?:EXERCISE)[^/]*)", " - ", "file",
           certain=False, unique=False),
    # OneDrive, JupyterHub's homes (jupyterhub.readthedocs.io), copies that nbgitpuller made, and what people do.
    Layout("folders", "a folder or an archive for each learner", "asmith/lab.ipynb"),
    Layout("files", "a file for each learner", "1234567_lab3.ipynb", unique=False),
    Layout("one", "one learner's notebooks", "03_from_import_keeps_the_old_function.ipynb"),
)
GENERAL = ("folders", "files", "one")  # without a pattern
GROUPS = ("learner", "id", "when", "attempt", "late", "rest")
BESIDE = {"nbgrader": "the course's other folders"}  # layouts beside whose folders there's nobody's work


class Found(NamedTuple):
    """Where a path fits a layout: what's above the learner's folder or file, and the parts of the rest."""
    above: str
    parts: dict[str, str]


def named(name: str) -> Layout:
    """Return the layout with a name. Raises GraderProblem if there's none."""
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    raise GraderProblem(f"there's no layout {name!r}. --layout takes one of: "
                        f"{', '.join(layout.name for layout in LAYOUTS)}")


def of_pattern(pattern: str) -> Layout:
    """Return a layout for a teacher's own pattern. Raises GraderProblem if it isn't one, or says nobody's name."""
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, OverflowError, RecursionError) as problem:
        raise GraderProblem(f"--learner-pattern isn't a valid regular expression: {problem}") from None
    if unknown := sorted(set(groups) - set(GROUPS)):
        raise GraderProblem(f"--learner-pattern has a group {unknown[0]!r}. Its groups can be: {', '.join(GROUPS)}")
    if not {"learner", "id"} & set(groups):
        raise GraderProblem("--learner-pattern needs a group that says who it is, (?P<learner>...) or (?P<id>...), as "
                            r"in '(?P<id>\d{7})_'")
    return Layout("your pattern", "named as your pattern says", "", pattern, unique=False)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("EXERCISE", names.stems()), re.S)


def find(layout: Layout, path: str, pile: str) -> Found | None:
    """Return where a path in a pile fits a layout: at the outermost folder that does.

    The path of a folder ends with a slash.
    """
    if layout.hint not in path and layout.where != "top":
        return None
    whole = f"{pile}/{path}" if layout.where == "top" else path
    start = whole.rstrip("/").rfind("/") + 1 if layout.where == "file" else \
        len(layout.above) if path.startswith(layout.above) else 0
    own = layout.name == "your pattern"
    while True:
        found = _compiled(layout.pattern).match(whole, start) if own else \
            _compiled(layout.pattern).fullmatch(whole, start)
        if found and not (own and not any(found.groupdict().get(group) for group in ("learner", "id"))):
            parts = {name: part for name, part in found.groupdict().items() if part is not None}
            if own and "rest" not in found.re.groupindex:
                parts["rest"] = whole[start:]
            above = whole[:start]
            return Found(above.removeprefix(f"{pile}/") if layout.where == "top" else above, parts)
        start = whole.find("/", start) + 1
        if not start or start >= len(whole):
            return None


def recognized(paths: Sequence[str], pile: str) -> Layout | None:
    """Return the layout with a pattern that most of the notebooks and archives fit, or None if there's none."""
    work = [path for path in paths if names.is_work(path)] or list(paths)
    best, most = None, 0
    for layout in LAYOUTS:
        if layout.name in GENERAL:
            continue
        found = [one for path in work if (one := find(layout, path, pile))]
        if not layout.certain and len({_person(one) for one in found}) == 1:  # an exercise of ILIAS, "lab_3_of_12"
            deeper = layout._replace(above=names.shared_folders(work))
            below = [one for path in work if (one := find(deeper, path, pile))]
            layout, found = (deeper, below) if len(below) == len(found) else (layout, found)
        kit = layout.name == "canvas" and any(names.is_exercise(one.parts["rest"]) for one in found)
        where = tuple({one.above for one in found}) if layout.name == "teams" else ""  # working files are elsewhere
        enough = 1 if layout.certain or kit else max(1, ENOUGH * sum(path.startswith(where) for path in work))
        if len(found) >= enough and len(found) > most and _plausible(layout, found):
            best, most = layout, len(found)
    return best


def _plausible(layout: Layout, found: list[Found]) -> bool:
    """Return whether the parts can be what the layout takes them for."""
    if layout.where == "top":
        return len({one.above for one in found}) == 1  # each learner can have a folder "submitted", too
    if layout.certain:
        return True
    people: dict[str, set[str]] = {}
    for one in found:
        people.setdefault(one.above, set()).add(_person(one))
    folders_of_one = layout.where == "file" and len(people) > 1 and all(len(who) == 1 for who in people.values())
    return not folders_of_one and not _shared(found)


def _shared(found: list[Found]) -> bool:
    """Return whether different people have the same id: then it's no id, but the year of a date, for instance."""
    people: dict[str, str] = {}
    return any(people.setdefault(id, _person(one)) != _person(one) for one in found if (id := one.parts.get("id")))


def _person(found: Found) -> str:
    parts = found.parts
    return unicodedata.normalize("NFC", parts.get("learner") or f"{parts.get('last')}_{parts.get('first')}").casefold()


def owners(layout: Layout, found: list[Found]) -> Iterator[list[Owner]]:
    """Yield whose each file is: usually one learner's, but a group's file is all its members'."""
    for one, people in zip(found, PEOPLE.get(layout.name, _named)(found)):
        attempt = one.parts.get("attempt", "")
        rest = Owner("", "", one.parts.get("rest", ""), bool(one.parts.get("late")), one.parts.get("when", ""),
                     int(attempt) if attempt.isdecimal() else 0, bool(one.parts.get("draft")))
        yield [rest._replace(learner=name.strip() or name, id=id) for name, id in people]


People = Iterator[list[tuple[str, str]]]  # for each path, names with ids


def _named(found: list[Found]) -> People:
    for one in found:
        id = one.parts.get("id", "")
        yield [(one.parts.get("learner") or id, id)]


def _of_moodle(found: list[Found]) -> People:
    """Moodle can hide the names. Then all have the same one, "Participant" in its language, and differ by number."""
    people, ids = {_person(one) for one in found}, {one.parts.get("id") for one in found}
    hidden = len(people) == 1 and ("participant" in people or len(ids) > 1)
    for [(name, id)] in _named(found):
        yield [(f"{name} {id}" if hidden else name, id)]


def _of_blackboard(found: list[Found]) -> People:
    """User names can contain underscores, so what all names begin with is the assignment."""
    befores = {one.parts["before"] for one in found}
    first, last = min(befores), max(befores)
    length = next((place for place, (one, other) in enumerate(zip(first, last)) if one != other), 0)
    prefix = first[:first.rfind("_", 0, length) + 1]
    for one in found:
        before = one.parts["before"]
        yield [(prefix and before.removeprefix(prefix) or before.rpartition("_")[2] or before, "")]


def _of_brightspace(found: list[Found]) -> People:
    """The first number is an id if there's no better one, unless different people have the same."""
    found = [one._replace(parts={"id": one.parts["number"], **one.parts}) for one in found]
    shared = _shared(found)
    for [(name, id)] in _named(found):
        yield [(name, "" if shared else id)]


def _of_sakai(found: list[Found]) -> People:
    for one in found:
        members = [re.fullmatch(r"(.+?)\(([^()]+)\)", member, re.S) or member
                   for member in re.split(r"(?<=\)); ?", one.parts["learner"])]
        yield [(member, "") if isinstance(member, str) else (member[1], member[2]) for member in members]


def _of_ilias(found: list[Found]) -> People:
    for one in found:
        yield [(f"{one.parts['last']}, {one.parts['first']}", one.parts["id"])]


PEOPLE: dict[str, Callable[[list[Found]], People]] = {
    "moodle": _of_moodle, "blackboard": _of_blackboard, "brightspace": _of_brightspace, "sakai": _of_sakai,
    "ilias": _of_ilias}
