"""Whose file it is, by the names that learning platforms and people give; and what in a pile is one learner's."""
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple

from exercises.grader import tasks
from exercises.submissions.pile.unpack import ARCHIVES, NOTEBOOKS, PASSED

WORK = (*NOTEBOOKS, *ARCHIVES)
EXAM = "reload_exam"  # how the names of an exam's notebooks begin; the id of a variant and a learner's name follow
LEFT_BY_SYSTEMS = re.compile(r"(^|/)(\.[^./]|__MACOSX(/|$)|lost\+found(/|$)|Thumbs\.db$|desktop\.ini$)")
# At the top of a pile, these are the platform's: Brightspace's, Sakai's, ILIAS's, Open edX's, Gradescope's, and Google
# Takeout's (support.google.com/accounts, "How to download your Google data").
OF_PLATFORMS = re.compile(
    r"((index|archive_browser)\.html?|(grades|status|submissions)\.(csv|xlsx?)|submission_metadata\.yml|readme(\.\w+)?)",
    re.I)
# Names under which several learners' submissions are downloaded together: Google Drive's, of which there can be several
# parts, OneDrive's, Sakai's, Canvas's, Blackboard's, Gradescope's.
DOWNLOADS = re.compile(r"(?P<name>.+(?=-\d{8}T\d{6}Z-)|OneDrive_.+|bulk_download|submissions|gradebook_.+|"
                       r"assignment_\d+_export)(-\d{8}T\d{6}Z-\d+-?\d*)?( ?\(\d+\))?\.zip", re.I)
# Where a notebook can be in a submission, the best place first. Only in a clone is there SUBMISSION.
WORK_EXERCISES, SUBMISSION, EXERCISES, ELSEWHERE, OF_THE_COURSE = range(5)
PLACES = ((re.compile(r"(^|/)work/exercises/"), WORK_EXERCISES), (re.compile(r"(^|/)submission/"), SUBMISSION),
          (re.compile(r"(^|/)exercises/"), EXERCISES),
          (re.compile(r"(^|/)(kept|lessons|solutions|tests)/"), OF_THE_COURSE))
CLONE = re.compile(r"(^|/)lessons/(workbench|launcher)/")
# Folders of one learner's rather than of several learners: the course's own, and versions of the same work.
COURSE = {"work", "exercises", "lessons", "solutions", "tests", "kept"}
VERSION = re.compile(
    r"(?<![\W_])[\W_]*(\b|_)((old|new|copy|backup|final|draft|version|attempt|try|v)[\W_]*\d*|\(\d+\))$", re.I)
# What follows the name of an exercise if it's a copy, rather than somebody's: numbers, dates and such words.
COPY = re.compile(r"(\([^()]*conflicted copy[^()]*\)|[\W_\d]|old|new|copy|kopie|copie|copia|backup|final|draft|version|"
                  r"attempt|try|v(?=\d))*", re.I)
COPY_OF = "(?:(?:Copy of|Kopie von|Copie de|Copia de) )?"  # what Google writes before a name
COPIES = re.compile(r"[ _-]*\(\d{1,3}\)$|[ _-]v\d{1,3}$", re.I)  # "smith (1)", "smith_v2"
LONGEST = 120  # characters of a learner's name
JOINERS = "\u200c\u200d"  # within names in some scripts


class Owner(NamedTuple):
    """Whose file it is, by its path."""
    learner: str
    id: str  # the platform's number, if there's one
    rest: str  # the path within the submission
    late: bool = False
    when: str = ""  # the platform's time, as it writes it
    attempt: int = 0  # the platform's number of the attempt
    draft: bool = False  # whether it wasn't submitted


@cache
def _exercise() -> re.Pattern[str]:
    """Return a pattern for the file name of an exercise, with or without a learner's name before it."""
    return re.compile(rf"{COPY_OF}(?P<name>(.*?[^ _.([-])?)[ _.([-]*"
                      rf"(?P<rest>(?P<stem>{stems()})(?P<copy>[^/]*))", re.S)


@cache
def stems() -> str:
    """Return a pattern for the names of the exercises, and of an exam's notebooks, without an ending."""
    return "|".join([*(re.escape(path.stem) for path in tasks.sources()), f"{EXAM}_[0-9a-f]{{6,}}"])


def is_work(path: str) -> bool:
    """Return whether it's a notebook or an archive, by its name."""
    return path.lower().endswith(WORK)


def of_a_platform(path: str) -> bool:
    """Return whether a file at the top of a pile is a platform's, rather than somebody's work."""
    return bool(OF_PLATFORMS.fullmatch(path)) and not is_work(path)


def is_archive(path: str) -> bool:
    """Return whether it's an archive that can be read, by its name."""
    return path.lower().endswith(ARCHIVES)


def download(path: str) -> str:
    """Return what was downloaded in an archive at the top of a pile, if it's the download of a class by its name."""
    found = DOWNLOADS.fullmatch(path)
    return found["name"] if found else ""


def of_an_exercise(path: str) -> bool:
    """Return whether a file has the name of an exercise, with any ending."""
    return bool(_exercise().fullmatch(path.rpartition("/")[2]))


def is_exercise(name: str) -> bool:
    """Return whether a file has the name of an exercise, without anybody's name."""
    exercise = _exercise().fullmatch(name)
    return bool(exercise and not exercise["name"] and COPY.fullmatch(_after(exercise)))


def place(path: str, clone: bool = False) -> int:
    """Return where a notebook is in a submission, or in a clone of the course: WORK_EXERCISES, ..., OF_THE_COURSE."""
    return next((place for pattern, place in PLACES if pattern.search(path) and (clone or place != SUBMISSION)),
                ELSEWHERE)


def of_one_learner(paths: Iterable[str]) -> bool:
    """Return whether the paths are those of one learner's exercises, with nobody's name."""
    work = [path for path in paths if is_work(path)
            and not PASSED.match(path) and path.partition("/")[0] not in ("lessons", "solutions", "tests", "kept")]
    return bool(work) and all(map(_of_an_exercise, work))


def _of_an_exercise(path: str) -> bool:
    inner = re.sub(r"^(work/exercises|exercises|submission)/", "", path)
    return "/" not in inner and bool(is_exercise(inner) or inner != path and not is_archive(inner))


def _after(exercise: re.Match[str]) -> str:
    """Return what follows the name of an exercise, such as a copy's number or a learner's name."""
    return _without_ending(exercise["copy"])


def _name_in(exercise: re.Match[str]) -> str:
    """Return the name before or after that of an exercise, or "" if there's nobody's."""
    after = _after(exercise)
    return exercise["name"] or ("" if COPY.fullmatch(after) else after.strip(" _.-"))


def owner(path: str) -> Owner:
    """Return whose file it is; the path of an empty folder ends with a slash."""
    first, folder, inner = path.partition("/")
    loose = not folder or is_archive(first)  # it's a file of the pile, rather than a folder
    if not loose:
        return Owner(first, "", inner)
    exercise = _exercise().fullmatch(first)
    if exercise and (name := _name_in(exercise)):
        return Owner(name, "", inner or exercise["rest"])
    return Owner(without_ending(first), "", inner or first)


def without_ending(name: str) -> str:
    """Return the name of a file without the ending that says what it is, unless that's all of it."""
    return _without_ending(name) or name


def _without_ending(name: str) -> str:
    known = next((ending for ending in sorted(WORK, key=len, reverse=True) if name.lower().endswith(ending)), None)
    if not known:
        return re.sub(r"\.\w{1,5}$", "", name)
    name = name[:-len(known)]
    return _without_ending(name) if is_work(name) else name  # "lab.ipynb.zip"


def loose_names(paths: Collection[str]) -> dict[str, str]:
    """Return whose the files at the top of a pile are, for those that don't have the name of an exercise.

    The number of a copy is left out if there are several people, and so is what all names begin or end with, such as
    "lab3_" or "_lab3". It must contain a digit, because all can have the same family name.
    """
    found = {path: without_ending(path) for path in paths if not of_an_exercise(path)}
    without = {stem: COPIES.sub("", stem) or stem for stem in found.values()}
    if len(set(without.values())) > 1:
        found = {path: without[stem] for path, stem in found.items()}
    people = {name for path, name in found.items() if is_work(path)}
    if len(people) < 2:
        return found
    start = _shared_start(people)
    end = _shared_start({name[::-1] for name in people})[::-1]
    if any(len(name) <= len(start) + len(end) for name in people):
        return found
    return {path: name[len(start):len(name) - len(end)] if name.startswith(start) and name.endswith(end)
            and len(name) > len(start) + len(end) else name for path, name in found.items()}


def _shared_start(texts: Collection[str]) -> str:
    """Return what all texts begin with, up to a separator, if there's a digit in it."""
    first, last = min(texts), max(texts)
    found = re.match(r".*[ _-]", first[:_alike(first, last)], re.S)
    return found[0] if found and re.search(r"\d", found[0]) else ""


def copies(paths: Iterable[str]) -> list[str]:
    """Return the notebooks among those with nobody's name that have the same exercise: copies, or other people's."""
    by_exercise: dict[str, list[str]] = {}
    for path in paths:
        if is_work(path) and place(path) == ELSEWHERE:
            by_exercise.setdefault(what(path), []).append(path)
    return [path for found in by_exercise.values() if len(found) > 1 for path in found]


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
    people: dict[str, set[str]] = {}  # what each of them would have submitted -> who they would be
    for path in work:
        first, _, inner = path.partition("/")
        exercise = _exercise().fullmatch(first)
        named = _name_in(exercise) if exercise and not inner else ""
        if first.lower() in COURSE or not inner and not named and not is_archive(first):
            continue
        who = named if exercise and not inner else without_ending(first) if is_archive(first) else first
        work_of = "archive" if is_archive(first) else exercise["stem"] if exercise and not inner else what(inner)
        people.setdefault(work_of, set()).add(VERSION.sub("", who).casefold())
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
    shared = len(shared_folders(paths))
    return [path[shared:] for path in paths]


def shared_folders(paths: Collection[str]) -> str:
    """Return the folders that all paths are in, with a slash at the end."""
    first = min(paths, default="")
    return first[:first.rfind("/", 0, _alike(first, max(paths, default=""))) + 1]


def _alike(first: str, last: str) -> int:
    """Return how many letters two texts share at the start. What the first and the last of many share, all do."""
    return next((place for place, (one, other) in enumerate(zip(first, last)) if one != other),
                min(len(first), len(last)))


def what(path: str) -> str:
    """Return what distinguishes a notebook from a copy of it."""
    name = path.rpartition("/")[2]
    exercise = _exercise().fullmatch(name)
    return exercise["stem"] if exercise else name
