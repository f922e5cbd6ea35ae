"""Hand-ins as they come: folders, notebooks and archives, in the ways that learning platforms name them."""
import calendar
import io
import os
import posixpath
import re
import stat
import tarfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
LARGEST = 20 * 2**20  # bytes of a notebook, or of a submission's archive when unpacked: 10 times this
PASSED_OVER = re.compile(r"(^|/)(\.[^./][^/]*|__MACOSX|__pycache__|node_modules|kept|lessons|solutions|tests)/")
LEFT_BY_SYSTEMS = re.compile(r"(^|/)(\.[^./]|__MACOSX/|Thumbs\.db$|desktop\.ini$)")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<rest>.*)")
CANVAS = re.compile(r"(?P<name>[^_/]+?)(?P<late>_LATE)?_(?P<id>\d+)_\d+_(?P<rest>.+)")
OF_ONE_LEARNER = re.compile(r"(work/)?exercises/[^/]+\.ipynb$|\d\d_[a-z]\w+\.ipynb$")
EXERCISE = re.compile(r"(?P<name>.*?)[ _.-]*(?P<rest>\d\d_[a-z]\w+.*\.ipynb)")


@dataclass
class Submission:
    """What one learner handed in: notebooks as (label, time, bytes), and what could not be read."""
    learner: str
    id: str = ""  # the learning platform's number, where it gives one
    notebooks: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    late: bool = False

    @property
    def key(self):
        """What tells learners apart."""
        return f"{self.learner} {self.id}".strip()


@dataclass
class _File:
    """A file in the batch: its path within the batch, when it was written, and how to read it."""
    path: str
    time: float
    size: int
    read: object
    problem: str = ""

    def __post_init__(self):
        # "./ann/x" is "ann/x", and a name that is no UTF-8 has to be written into reports all the same.
        self.path = posixpath.normpath(self.path).encode("utf-8", "backslashreplace").decode("utf-8")


class Batch:
    """All submissions in a folder or an archive: how many, and one by one in the order of their learners.

    Only one learner's bytes are held at a time. Raises FileNotFoundError when there is no such folder.
    """

    def __init__(self, source):
        source = Path(source)
        if not source.exists():
            raise FileNotFoundError(f"there is no folder or archive {source}")
        name = source.resolve().name if source.is_dir() else _without_ending(source.name)
        files = [file for file in _files(source) if not LEFT_BY_SYSTEMS.search(file.path)]
        if source.is_file() and all(file.path.startswith(f"{name}/") for file in files):
            files = [replace(file, path=file.path[len(name) + 1:]) for file in files]  # a folder that was packed as a whole
        files.sort(key=lambda file: file.path)
        work = [file.path for file in files if file.path.lower().endswith((".ipynb", *ARCHIVES)) and not PASSED_OVER.search(file.path)]
        of_one = bool(work) and all(map(OF_ONE_LEARNER.match, work))
        self._owners = {}
        for file in files:
            *owner, rest, late = (name, "", file.path, False) if of_one else _owner(file.path, name)
            self._owners.setdefault(tuple(owner), []).append((rest, late, file))

    def __len__(self):
        return len(self._owners)

    def __iter__(self):
        for (learner, number), theirs in sorted(self._owners.items(), key=lambda item: (item[0][0].casefold(), item[0])):
            submission = Submission(learner, number)
            found = [entry for rest, late, file in theirs for entry in _unpacked(rest, late, file)]
            for rest, late, file in _where_the_work_is(found):
                _take(submission, rest, late, file)
            if not submission.notebooks and not submission.problems:
                submission.problems.append("no notebook was handed in")
            yield submission


def _files(source):
    """The files of a folder, without following links, or of an archive."""
    if source.is_file():
        yield from _members(source.name, source, limit=None)
        return
    for folder, folders, names in os.walk(source):
        folders.sort()
        if not folders and not names and Path(folder) != source:
            yield _File(f"{Path(folder).relative_to(source).as_posix()}/nothing", 0, 0, None)  # its learner gets a row, too
        for name in sorted(names + [name for name in folders if os.path.islink(os.path.join(folder, name))]):
            path = Path(folder, name)
            label, about = path.relative_to(source).as_posix(), path.lstat()
            if stat.S_ISREG(about.st_mode):
                yield _File(label, about.st_mtime, about.st_size, path.read_bytes)
            elif label.endswith(".ipynb"):
                yield _File(label, 0, 0, None, "it is a link or no ordinary file")


def _members(label, file, limit=10 * LARGEST):
    """The files in an archive, a path or an open file; when it cannot be read, one that says so."""
    found, size = [], 0
    try:
        for member in _in_zip(file) if label.lower().endswith(".zip") else _in_tar(file):
            found.append(member)
            size += 512 + member.size  # with what an entry takes itself: a small file can hold millions
            if limit and size > limit:
                return [_File(label, 0, 0, None, f"it would unpack to more than {limit // 2**20} MB")]
    except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError, NotImplementedError) as problem:
        return [_File(label, 0, 0, None, f"it is no archive that can be read ({problem})")]
    return found


def _in_zip(file):
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        if not member.is_dir():
            yield _File(member.filename, _seconds(member.date_time), member.file_size,
                        lambda member=member: archive.read(member))


def _seconds(date):
    try:
        return calendar.timegm(date)
    except ValueError:
        return 0  # whoever packed it told no date


def _in_tar(file):
    archive = tarfile.open(file) if isinstance(file, Path) else tarfile.open(fileobj=file)
    for member in archive:
        if member.isfile():
            yield _File(member.name, member.mtime, member.size, lambda member=member: archive.extractfile(member).read())


def _unpacked(rest, late, file):
    """A file, or the files in it when it is an archive."""
    if not file.problem and file.path.lower().endswith(ARCHIVES):
        if file.size > LARGEST:
            return [(rest, late, _File(file.path, 0, 0, None, f"it is larger than {LARGEST // 2**20} MB"))]
        try:
            data = io.BytesIO(file.read())
        except Exception as error:  # as in _take
            return [(rest, late, replace(file, problem=_unreadable(error)))]
        return [(inner.path, late, inner) for inner in _members(file.path, data)]
    return [(rest, late, file)]


def _owner(path, batch):
    """Whose file it is: (learner, the platform's number, path within the submission, whether it came late)."""
    first, _, inner = path.partition("/")
    moodle, canvas = MOODLE.fullmatch(first), None if inner else CANVAS.fullmatch(first)
    if moodle:
        return moodle["name"], moodle["id"], inner or moodle["rest"], False
    if canvas:
        return canvas["name"], canvas["id"], canvas["rest"], bool(canvas["late"])
    if inner:
        prefix = batch.removesuffix("-submissions") + "-"  # GitHub Classroom puts the assignment before the name
        return first.removeprefix(prefix) if batch.endswith("-submissions") else first, "", inner, False
    exercise = EXERCISE.fullmatch(first)
    if exercise and exercise["name"]:
        return exercise["name"], "", exercise["rest"], False
    return _without_ending(first), "", first, False


def _where_the_work_is(entries):
    """The entries that are the learner's exercises: those in `work/exercises`, else in `exercises`, else all notebooks."""
    entries = [entry for entry in entries if entry[2].problem
               or entry[0].endswith(".ipynb") and not PASSED_OVER.search(entry[0])]
    for folder in (r"(^|/)work/exercises/", r"(^|/)exercises/"):
        inside = [entry for entry in entries if re.search(folder, entry[0])]
        if inside:
            return inside
    return entries


def _take(submission, rest, late, file):
    """Put a notebook into a submission, or say why it cannot be."""
    label = Path(rest).name
    submission.late = submission.late or late
    problem = file.problem or (f"it is larger than {LARGEST // 2**20} MB" if file.size > LARGEST else "")
    if not problem:
        try:
            submission.notebooks.append((label, file.time, file.read()))
            return
        except Exception as error:  # an archive can fail in many ways when a member is read
            problem = _unreadable(error)
    submission.problems.append(f"{label}: {problem}")


def _unreadable(error):
    return f"it cannot be read ({type(error).__name__}: {error})"


def _without_ending(name):
    return re.sub(r"(\.tar)?\.\w+$", "", name)
