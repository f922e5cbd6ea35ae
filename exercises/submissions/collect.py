"""Finds the submissions in folders and archives, by the names that learning platforms give them."""
import calendar
import io
import os
import posixpath
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

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
    """What one learner submitted: the notebooks, and what couldn't be read."""
    learner: str
    id: str = ""  # the learning platform's number, if it gives one
    notebooks: list[tuple[str, float, bytes]] = field(default_factory=list)  # label, time, contents
    problems: list[str] = field(default_factory=list)
    late: bool = False

    @property
    def key(self) -> str:
        """What distinguishes learners: the name and the platform's number."""
        return f"{self.learner} {self.id}".strip()


@dataclass
class _File:
    """A file in the batch: its path within the batch, its modification time, and how to read it."""
    path: str
    time: float
    size: int
    read: Callable[[], bytes]
    problem: str = ""  # why it can't be read

    def __post_init__(self) -> None:
        # "./ann/x" is "ann/x", and reports must be able to contain a name that isn't UTF-8.
        self.path = posixpath.normpath(self.path).encode("utf-8", "backslashreplace").decode("utf-8")


_Entry = tuple[str, bool, _File]  # path within the submission, whether it's late, the file


class Batch:
    """All submissions in a folder or an archive: their number, and each of them, in the order of the learners' names.

    Only one learner's files are in memory at a time. Raises FileNotFoundError if there's no such folder.
    """

    def __init__(self, source: Path):
        if not source.exists():
            raise FileNotFoundError(f"there's no folder or archive {source}")
        name = source.resolve().name if source.is_dir() else _without_ending(source.name)
        files = [file for file in _files(source) if not LEFT_BY_SYSTEMS.search(file.path)]
        if source.is_file() and all(file.path.startswith(f"{name}/") for file in files):
            # The archive contains one folder with the archive's name: the batch is what's in that.
            files = [replace(file, path=file.path[len(name) + 1:]) for file in files]
        files.sort(key=lambda file: file.path)
        work = [file.path for file in files
                if file.path.lower().endswith((".ipynb", *ARCHIVES)) and not PASSED_OVER.search(file.path)]
        of_one = bool(work) and all(map(OF_ONE_LEARNER.match, work))
        self._owners: dict[tuple[str, str], list[_Entry]] = {}
        for file in files:
            learner, number, rest, late = (name, "", file.path, False) if of_one else _owner(file.path, name)
            self._owners.setdefault((learner, number), []).append((rest, late, file))

    def __len__(self) -> int:
        return len(self._owners)

    def __iter__(self) -> Iterator[Submission]:
        by_name = sorted(self._owners.items(), key=lambda item: (item[0][0].casefold(), item[0]))
        for (learner, number), theirs in by_name:
            submission = Submission(learner, number)
            found = [entry for rest, late, file in theirs for entry in _unpacked(rest, late, file)]
            for rest, late, file in _where_the_work_is(found):
                _take(submission, rest, late, file)
            if not submission.notebooks and not submission.problems:
                submission.problems.append("no notebook was submitted")
            yield submission


def _files(source: Path) -> Iterator[_File]:
    """Yield the files of an archive, or of a folder, without following links."""
    if source.is_file():
        yield from _members(source.name, source, limit=None)
        return
    for folder, folders, names in os.walk(source):
        folders.sort()
        if not folders and not names and Path(folder) != source:
            yield _file(f"{Path(folder).relative_to(source).as_posix()}/nothing")  # its learner gets a row too
        for name in sorted(names + [name for name in folders if os.path.islink(os.path.join(folder, name))]):
            path = Path(folder, name)
            label, about = path.relative_to(source).as_posix(), path.lstat()
            if stat.S_ISREG(about.st_mode):
                yield _File(label, about.st_mtime, about.st_size, path.read_bytes)
            elif label.endswith(".ipynb"):
                yield _file(label, "it's a link or not a regular file")


def _file(label: str, problem: str = "") -> _File:
    """Return an entry for what isn't read: a folder without files, or a file with a problem."""
    return _File(label, 0, 0, bytes, problem)


def _members(label: str, file: Path | BinaryIO, limit: int | None = 10 * LARGEST) -> list[_File]:
    """Return the files in an archive, given as a path or an open file; if it can't be read, an entry that says so."""
    found: list[_File] = []
    size = 0
    try:
        for member in _in_zip(file) if label.lower().endswith(".zip") else _in_tar(file):
            found.append(member)
            size += 512 + member.size  # and what the entry itself takes: a small archive can contain millions
            if limit and size > limit:
                return [_file(label, f"it would unpack to more than {limit // 2**20} MB")]
    except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError, NotImplementedError) as problem:
        return [_file(label, f"it isn't an archive that can be read ({problem})")]
    return found


def _in_zip(file: Path | BinaryIO) -> Iterator[_File]:
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        if not member.is_dir():
            yield _File(member.filename, _seconds(member.date_time), member.file_size, partial(archive.read, member))


def _seconds(date: tuple[int, ...]) -> int:
    try:
        return calendar.timegm(date)
    except ValueError:
        return 0  # some programs write no date


def _in_tar(file: Path | BinaryIO) -> Iterator[_File]:
    archive = tarfile.open(file) if isinstance(file, Path) else tarfile.open(fileobj=file)
    for member in archive:
        if member.isfile():
            yield _File(member.name, member.mtime, member.size, partial(_from_tar, archive, member))


def _from_tar(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    contents = archive.extractfile(member)
    return contents.read() if contents else b""


def _unpacked(rest: str, late: bool, file: _File) -> list[_Entry]:
    """Return a file or, if it's an archive, the files in it."""
    if not file.problem and file.path.lower().endswith(ARCHIVES):
        if file.size > LARGEST:
            return [(rest, late, _file(file.path, f"it's larger than {LARGEST // 2**20} MB"))]
        try:
            data = io.BytesIO(file.read())
        except Exception as error:  # as in _take
            return [(rest, late, replace(file, problem=_unreadable(error)))]
        return [(inner.path, late, inner) for inner in _members(file.path, data)]
    return [(rest, late, file)]


def _owner(path: str, batch: str) -> tuple[str, str, str, bool]:
    """Return whose file it is: learner, the platform's number, path within the submission, whether it was late."""
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


def _where_the_work_is(entries: Iterable[_Entry]) -> list[_Entry]:
    """Return the learner's exercises: the notebooks in `work/exercises`, or else in `exercises`, or else all."""
    entries = [entry for entry in entries if entry[2].problem
               or entry[0].endswith(".ipynb") and not PASSED_OVER.search(entry[0])]
    for folder in (r"(^|/)work/exercises/", r"(^|/)exercises/"):
        inside = [entry for entry in entries if re.search(folder, entry[0])]
        if inside:
            return inside
    return entries


def _take(submission: Submission, rest: str, late: bool, file: _File) -> None:
    """Put a notebook into a submission, or say why it can't be read."""
    label = Path(rest).name
    submission.late = submission.late or late
    problem = file.problem or (f"it's larger than {LARGEST // 2**20} MB" if file.size > LARGEST else "")
    if not problem:
        try:
            submission.notebooks.append((label, file.time, file.read()))
            return
        except Exception as error:  # an archive can fail in many ways when a member is read
            problem = _unreadable(error)
    submission.problems.append(f"{label}: {problem}")


def _unreadable(error: Exception) -> str:
    return f"it can't be read ({type(error).__name__}: {error})"


def _without_ending(name: str) -> str:
    return re.sub(r"(\.tar)?\.\w+$", "", name)
