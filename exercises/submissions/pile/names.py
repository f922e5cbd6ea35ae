"""Whose file it is, by the names that learning platforms and people give; and what in a pile is one learner's."""
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple

from exercises.grader import tasks
from exercises.submissions.pile.unpack import ARCHIVES, NOTEBOOKS, PASSED

WORK = (*NOTEBOOKS, *ARCHIVES)
LEFT_BY_SYSTEMS = re.compile(r"(^|/)(\.[^./]|__MACOSX(/|$)|Thumbs\.db$|desktop\.ini$)")
# At the top of a pile, these are the platform's: Brightspace's, Sakai's, Gradescope's.
OF_PLATFORMS = re.compile(r"(index\.html?|grades\.(csv|xlsx?)|submission_metadata\.yml|readme(\.\w+)?)", re.I)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<rest>.*)", re.S)
ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon_[A-Za-z0-9]+)_\d+_(?P<rest>.+)", re.S)  # Canvas, names hidden
CANVAS = re.compile(r"(?P<name>[^_/]+?)(?P<late>_LATE)?_(?P<id>\d+)_\d+_(?P<rest>.+)", re.S)
BLACKBOARD = re.compile(r".+_(?P<name>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})_?(?P<rest>.*)", re.S)
# Folders of one learner's rather than of several learners: the course's own, and versions of the same work.
COURSE = {"work", "exercises", "lessons", "solutions", "tests", "kept"}
VERSION = re.compile(
    r"(?<![\W_])[\W_]*(\b|_)((old|new|copy|backup|final|draft|version|attempt|try|v)[\W_]*\d*|\(\d+\))$", re.I)
# What follows the name of an exercise if it's a copy, rather than somebody's: numbers, dates and such words.
COPY = re.compile(r"(\([^()]*conflicted copy[^()]*\)|[\W_\d]|old|new|copy|kopie|copie|copia|backup|final|draft|version|"
                  r"attempt|try|v(?=\d))*", re.I)
LONGEST = 120  # characters of a learner's name
JOINERS = "\u200c\u200d"  # within names in some scripts


class Owner(NamedTuple):
    """Whose file it is, by its path."""
    learner: str
    id: str  # the platform's number, if there's one
    rest: str  # the path within the submission
    late: bool = False
    when: str = ""  # the platform's time, year first


@cache
def _exercise() -> re.Pattern[str]:
    """Return a pattern for the file name of an exercise, with or without a learner's name before it."""
    stems = "|".join(re.escape(path.stem) for path in tasks.sources())
    return re.compile(rf"(?P<name>(.*?[^ _.-])?)[ _.-]*(?P<rest>(?P<stem>{stems})(?P<copy>[^/]*))", re.S)


def is_work(path: str) -> bool:
    """Return whether it's a notebook or an archive, by its name."""
    return path.lower().endswith(WORK)


def of_a_platform(path: str) -> bool:
    """Return whether a file at the top of a pile is a platform's, rather than somebody's work."""
    return bool(OF_PLATFORMS.fullmatch(path)) and not is_work(path)


def is_archive(path: str) -> bool:
    """Return whether it's an archive that can be read, by its name."""
    return path.lower().endswith(ARCHIVES)


def of_one_learner(paths: Iterable[str]) -> bool:
    """Return whether the paths are those of one learner's exercises, with nobody's name."""
    work = [path for path in paths if is_work(path)
            and not PASSED.match(path) and path.partition("/")[0] not in ("lessons", "solutions", "tests", "kept")]
    return bool(work) and all(map(_of_an_exercise, work))


def _of_an_exercise(path: str) -> bool:
    inner = re.sub(r"^(work/)?exercises/", "", path)
    exercise = _exercise().fullmatch(inner)
    of_nobody = exercise and not exercise["name"] and COPY.fullmatch(_after(exercise))
    return "/" not in inner and bool(of_nobody or inner != path and not is_archive(inner))


def _after(exercise: re.Match[str]) -> str:
    """Return what follows the name of an exercise, such as a copy's number or a learner's name."""
    return _without_ending(exercise["copy"])


def owner(path: str, batch: str) -> Owner:
    """Return whose file it is; the path of an empty folder ends with a slash."""
    first, folder, inner = path.partition("/")
    loose = not folder or is_archive(first)  # it's a file of the pile, rather than a folder
    for platform in (MOODLE, *((ANONYMOUS, BLACKBOARD, CANVAS) if loose else ())):
        found = platform.fullmatch(first)
        if found:
            parts = found.groupdict()
            return Owner(parts["name"], parts.get("id") or "", inner or parts["rest"], bool(parts.get("late")),
                         parts.get("when") or "")
    if not loose:
        prefix = batch.removesuffix("-submissions") + "-"  # GitHub Classroom puts the assignment before the name
        return Owner(first.removeprefix(prefix) if batch.endswith("-submissions") else first, "", inner)
    exercise = _exercise().fullmatch(first)
    if exercise and exercise["name"]:
        return Owner(exercise["name"], "", inner or exercise["rest"])
    if exercise and not COPY.fullmatch(_after(exercise)):
        return Owner(_after(exercise).strip(" _.-"), "", inner or exercise["rest"])
    return Owner(without_ending(first), "", inner or first)


def without_ending(name: str) -> str:
    """Return the name of a file without the ending that says what it is, unless that's all of it."""
    return _without_ending(name) or name


def _without_ending(name: str) -> str:
    known = next((ending for ending in sorted(WORK, key=len, reverse=True) if name.lower().endswith(ending)), None)
    return name[:-len(known)] if known else re.sub(r"\.\w{1,5}$", "", name)


def shown(name: str) -> str:
    """Return a learner's name as reports can contain it: in one spelling, and not too long, but still different."""
    name = spelled_out(unicodedata.normalize("NFC", name))
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}...{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def spelled_out(text: str) -> str:
    """Return a text in one line in which nothing acts or hides: controls and invisible characters are spelled out."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"
                   else ascii(letter)[1:-1] for letter in text)


def is_class(inside: Collection[str]) -> bool:
    """Return whether what's in a folder, as paths within it, is several learners' rather than one's."""
    work = [path for path in inside if is_work(path) and not PASSED.match(path)]
    if any(platform.fullmatch(path.partition("/")[0]) for path in work
           for platform in (MOODLE, ANONYMOUS, BLACKBOARD, CANVAS)):
        return True
    people: dict[str, set[str]] = {}  # what each of them would have submitted -> who they would be
    for path in work:
        first, _, inner = path.partition("/")
        exercise = _exercise().fullmatch(first)
        if first.lower() in COURSE or not inner and not (exercise and exercise["name"]) and not is_archive(first):
            continue
        who = exercise["name"] if exercise and not inner else without_ending(first) if is_archive(first) else first
        what = "archive" if is_archive(first) else exercise["stem"] if exercise and not inner else _what(inner)
        people.setdefault(what, set()).add(VERSION.sub("", who).casefold())
    return any(len(who - {""}) > 1 for who in people.values())


def folders(paths: Collection[str]) -> list[str]:
    """Return the folders and archives that one learner's notebooks are in, without the course's and old versions."""
    below = {path.partition("/") for path in _below(list(paths))}
    return sorted({first for first, _, inner in below if inner and first.lower() not in COURSE
                   and VERSION.sub("", first)})


def several_learners(paths: Collection[str]) -> bool:
    """Return whether files that look like one learner's are those of a class, perhaps in a folder further down."""
    paths = [path for path in paths if is_work(path) and not PASSED.match(path)]
    return is_class(_below(paths))


def _below(paths: list[str]) -> list[str]:
    """Return paths without the folders that all of them are in."""
    alike = zip(min(paths, default=""), max(paths, default=""))  # what these have in common, all have
    common = "".join(one for one, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], alike))
    return [path[common.rfind("/") + 1:] for path in paths]


def _what(path: str) -> str:
    """Return what distinguishes a notebook from a copy of it."""
    name = path.rpartition("/")[2]
    exercise = _exercise().fullmatch(name)
    return exercise["stem"] if exercise else name
