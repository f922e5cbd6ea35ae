"""Finds the submissions in folders and archives, by the names that learning platforms give them."""
import errno
import os
import re
import stat
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from exercises.isolation.processes import GraderProblem
from exercises.submissions.pile import archives, names, unpack
from exercises.submissions.pile.archives import Reader, Unreadable
from lessons.outputs import MARKER

LARGEST = unpack.LARGEST  # bytes of a notebook
TOGETHER = 4 * LARGEST  # bytes of all of a learner's
MOST = 200  # notebooks of a learner
SENTENCES = 20  # about a learner's files
DEEPEST = 100  # folders in each other
SECONDS = 60  # of the processor, for all archives of a learner
# What's wrong with a file, rather than with the machine that reads it.
OF_THE_FILE = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
SEVERAL = ("there are copies of the same notebook in several folders or with several names, and the newest counts: if "
           "they're several learners', grade what's in this folder by itself")
NO_LINKS = "it's a link, and the grader follows none"
# Folders of the course: what's in them is looked at only if the learner submitted nothing else.
PASSED_OVER = re.compile(r"(^|/)(kept|lessons|solutions|tests)/")
CLONE = re.compile(r"(^|/)lessons/(workbench|launcher)/")


@dataclass
class Submission:
    """What one learner submitted: the notebooks, and what couldn't be read."""
    learner: str
    id: str = ""  # the learning platform's number, if it gives one
    notebooks: list[tuple[str, float, bytes]] = field(default_factory=list)  # label, time, contents
    problems: list[str] = field(default_factory=list)
    late: bool = False
    broken: str = ""  # why the grader couldn't read it, through no fault of the learner's

    @property
    def key(self) -> str:
        """What distinguishes learners. No name contains a slash, so a name with a number is no other name."""
        return f"{self.learner} / {self.id}" if self.id else self.learner


def first(sentences: list[str]) -> list[str]:
    """Return the first sentences about a learner's files, and how many more there are: a cell of a table is small."""
    return sentences[:SENTENCES] + [f"and {len(sentences) - SENTENCES} more"] * (len(sentences) > SENTENCES)


@dataclass(slots=True)
class _File:
    """A file, an empty folder or a link in the batch."""
    path: str  # within the batch; in an archive "ann.zip/03.ipynb"
    time: float = 0
    kind: str = "file"  # or "folder", or "link"
    read: Callable[[], bytes] | None = None  # for a notebook
    archive: Path | Callable[[], bytes] | None = None  # for an archive, where it is, or what reads it
    problem: str = ""  # why it can't be read
    section: str = ""  # the folders above the learners

    @property
    def hidden(self) -> bool:
        """Whether it's the system's or a program's, rather than the learner's."""
        return bool(names.LEFT_BY_SYSTEMS.search(self.path) or unpack.PASSED.match(f"{self.path}/"))


@dataclass
class _Learner:
    """Whose files they are, and the files, each with its path within the submission."""
    name: str
    id: str
    late: bool = False
    files: list[tuple[str, _File]] = field(default_factory=list)
    places: set[str] = field(default_factory=set)  # what they were found in, if that makes a difference


class Batch:
    """All submissions in a folder or an archive: their number, and each of them, in the order of the learners' names.

    Only one learner's files are in memory at a time. Raises FileNotFoundError if there's no such folder, and
    GraderProblem if it's a file from which nothing can be read.
    """

    def __init__(self, source: Path):
        if not source.exists():
            raise FileNotFoundError(f"there's no folder or archive {source}")
        if source.is_file() and source.name.lower().endswith(unpack.NOTEBOOKS):
            raise GraderProblem(f"{source} is a single notebook. Name the folder or the archive that contains it")
        self._reader, self._broken = Reader(), list[_File]()  # and an archive of the class that can't be read
        self._prefix = ""  # the archives of the class in each other
        self._in_folder = source.is_dir()  # then an archive that can't be read is somebody's
        self._name = source.resolve().name if source.is_dir() else names.without_ending(source.name)
        files = self._files(source)
        sections = _sections(files)
        of_one = names.of_one_learner(file.path for file in files)
        self._learners: dict[tuple[str, ...], _Learner] = {}
        for file in files + self._broken:
            if not names.of_a_platform(file.path):  # it can be in a folder further down, too
                self._add(file, of_one)
        _distinguish(self._learners.values(), sections)

    def __len__(self) -> int:
        return len(self._learners)

    def __iter__(self) -> Iterator[Submission]:
        try:
            for learner in sorted(self._learners.values(), key=lambda one: (one.name.casefold(), one.name, one.id)):
                try:
                    submission = self._submission(learner)
                except GraderProblem as problem:
                    submission = Submission(learner.name, learner.id, late=learner.late, broken=str(problem))
                yield submission
        finally:
            self._reader.close()

    def _files(self, source: Path) -> list[_File]:
        """Return the files of the batch. If all that's in it is an archive, the batch is in the archive."""
        if source.is_dir():
            return _in_sight(self._opened(list(_walk(source, _grades_in(source)))))
        files = self._opened(self._of_class(source, source.name))
        if all(file.path.startswith(f"{self._name}/") for file in files if not file.hidden):
            # The archive contains one folder with the archive's name: the batch is what's in that.
            files = [replace(file, path=file.path.removeprefix(f"{self._name}/")) for file in files]
        return _in_sight(files)

    def _opened(self, files: list[_File]) -> list[_File]:
        """Return the files, or what's in the archive that's the only one of them."""
        for _ in range(unpack.DEPTH):
            seen = [file for file in files if not file.hidden]
            prefix = f"{seen[0].path}/" if len(seen) == 1 else ""
            if not prefix or not (archive := seen[0].archive) or "/" in seen[0].path.removeprefix(self._prefix):
                break
            files = [replace(file, path=prefix + file.path) for file in self._of_class(archive, seen[0].path)]
            self._prefix = prefix
        return files

    def _of_class(self, archive: Path | Callable[[], bytes], name: str) -> list[_File]:
        """Return the files in the archive of a class. Their contents wait on the disk until it's their learner's turn.

        An archive may have them in any order, and some kinds can only be read from the start.
        """
        store = tempfile.TemporaryFile()
        files = []
        try:
            whole = archive if isinstance(archive, Path) else archive()
            for reply, data in self._reader.read(whole, name, archives.OF_A_CLASS, of_one=False):
                files.append(_found(reply, "", _stored(store, data)))
        except Unreadable as problem:
            if isinstance(archive, Path) and not files and not self._in_folder:
                raise GraderProblem(f"{archive} can't be read: {problem}. If it's an archive, download it again"
                                    ) from None
            print(f"{names.spelled_out(name)}: {problem}. Learners can be missing: download it again.", file=sys.stderr)
            self._broken.append(_File(name, problem=f"{problem}. Learners can be missing"))
        self._reader.close()
        return files

    def _add(self, file: _File, of_one: bool) -> None:
        """Find out whose file it is."""
        path = file.path + "/" * (file.kind == "folder")  # ann.lee isn't a file with the ending .lee
        owner = names.Owner(self._name, "", file.path) if of_one else names.owner(path, self._name)
        name = names.shown(owner.learner)
        raw = owner.learner if "\\" in name else name  # a name with something spelled out can look like another
        section = "" if owner.id else file.section
        learner = self._learners.setdefault((raw, owner.id, section), _Learner(name, owner.id))
        learner.late = learner.late or owner.late
        if owner.when:
            file.time = _time(owner.when) or file.time
        learner.files.append((owner.rest or file.path, file))
        first, inner, _ = file.path.partition("/")
        if not of_one and not owner.id and (inner or names.is_archive(first)):
            learner.places.add(first)  # a folder or an archive
        elif not of_one and not owner.id:
            learner.places.add("loose files")

    def _submission(self, learner: _Learner) -> Submission:
        submission = Submission(learner.name, learner.id, late=learner.late)
        told = [f"these files are in {len(learner.places)} places, taken as one learner's: "
                f"{', '.join(sorted(map(names.shown, learner.places))[:5])}"] if len(learner.places) > 1 else []
        files, left = list(learner.files), _Left()
        files += [entry for rest, file in learner.files if file.archive for entry in self._unpacked(rest, file, left)]
        chosen = _where_the_work_is(files)
        if names.several_learners([rest for rest, _ in chosen]):
            told.append(SEVERAL)
        elif len(folders := names.folders([rest for rest, _ in chosen])) > 1:
            told.append(f"these notebooks are in {len(folders)} folders, taken as one learner's: "
                        f"{', '.join(map(names.shown, folders[:5]))}")
        size = 0
        for rest, file in chosen[:MOST]:
            label = _label(rest)
            try:
                assert file.read
                data = file.read()
            except OSError as error:
                if error.errno not in OF_THE_FILE:
                    raise GraderProblem(f"{label} can't be read now ({error.strerror or error})") from None
                told.append(f"{label}: it can't be read ({error.strerror or error})")
                continue
            size += len(data)
            if len(data) > LARGEST:
                told.append(f"{label}: it's larger than {LARGEST // 2**20} MB")
            elif size > TOGETHER:
                told.append(f"{label}: this learner's notebooks are larger than {TOGETHER // 2**20} MB together")
                break
            else:
                submission.notebooks.append((label, file.time, data))
        if len(chosen) > MOST:
            told.append(f"there are {len(chosen)} notebooks; the newest {MOST} were read")
        told += [f"{_label(rest)}: {file.problem}" for rest, file in files if file.problem]
        if not submission.notebooks and not told:
            told.append(_nothing(files))
        submission.problems = first(told)
        return submission

    def _unpacked(self, rest: str, file: _File, left: "_Left") -> Iterator[tuple[str, _File]]:
        """Yield what's in a learner's archive, or why it can't be read."""
        assert file.archive
        limits = {**unpack.OF_A_LEARNER, "seconds": min(unpack.OF_A_LEARNER["seconds"], int(left.seconds))}
        if limits["seconds"] < 1:
            yield rest, _File(file.path, problem=f"this learner's other archives took {SECONDS} seconds to read")
            return
        try:
            archive = file.archive if isinstance(file.archive, Path) else file.archive()
            for reply, data in self._reader.read(archive, file.path, limits, of_one=True):
                left.bytes -= len(data)
                if left.bytes < 0:
                    raise Unreadable(f"this learner's notebooks are larger than {TOGETHER // 2**20} MB together")
                yield f"{rest}/{reply['path']}", _found(reply, file.path + "/", partial(bytes, data))
        except Unreadable as problem:
            yield rest, _File(file.path, problem=str(problem))
        left.seconds -= self._reader.seconds


@dataclass
class _Left:
    """What the rest of a learner's archives may take."""
    seconds: float = SECONDS
    bytes: int = TOGETHER


def _grades_in(source: Path) -> set[str]:
    """Return the folders in which the grader wrote the grades of something else in the same folder: "ann-grades"."""
    return {grades for entry in os.scandir(source) if (source / (grades := f"{entry.name}-grades") / MARKER).is_file()}


def _walk(source: Path, without: Collection[str] = ()) -> Iterator[_File]:
    """Yield the files, the links and the empty folders in a folder, without following links.

    `without` are folders in it that are left out.
    """
    waiting = [(source, "")]
    while waiting:
        folder, label = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if not label:
                raise
            problem = f"the folder can't be read ({error.strerror or error})"
            yield _File(label.rstrip("/"), kind="folder", problem=problem)
            continue
        if not entries and label:
            yield _File(label.rstrip("/"), kind="folder")
        for entry in entries:
            path = label + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield _on_disk(entry, path)
            elif path in without:
                continue
            elif unpack.PASSED.match(f"{path}/"):
                yield _File(path, kind="folder")  # hidden, or a program's
            elif path.count("/") >= DEEPEST:
                yield _File(path, problem=f"there are more than {DEEPEST} folders in each other")
            else:
                waiting.append((Path(entry.path), f"{path}/"))


def _on_disk(entry: "os.DirEntry[str]", path: str) -> _File:
    try:
        about = entry.stat(follow_symlinks=False)
    except OSError as error:
        return _File(path, problem=f"it can't be read ({error.strerror or error})")
    if stat.S_ISLNK(about.st_mode):
        return _link(path)
    if not stat.S_ISREG(about.st_mode):
        return _File(path, problem="it isn't a regular file" if names.is_work(path) else "")
    file = _File(path, about.st_mtime)
    if names.is_archive(path):
        if about.st_size > archives.LARGEST:
            file.problem = f"it's larger than {archives.LARGEST // 2**20} MB"
        else:
            file.archive = Path(entry.path)
    elif names.is_work(path):
        if about.st_size > LARGEST:
            file.problem = f"it's larger than {LARGEST // 2**20} MB"
        else:
            file.read = Path(entry.path).read_bytes
    return file


def _link(path: str) -> _File:
    return _File(path, kind="link", problem=NO_LINKS if names.is_work(path) else "")


def _found(reply: archives.Reply, prefix: str, read: Callable[[], bytes]) -> _File:
    """Return a file in an archive."""
    if reply["kind"] == "link":
        return _link(prefix + reply["path"])
    file = _File(prefix + reply["path"], reply.get("time", 0), reply["kind"], problem=reply.get("problem", ""))
    if reply["kind"] == "file" and "time" in reply:  # it has contents
        if names.is_archive(file.path):
            file.archive = read
        else:
            file.read = read
    return file


def _stored(store: BinaryIO, data: bytes) -> Callable[[], bytes]:
    """Keep contents in a file, compressed, because a bomb would fill the disk. Return what reads them."""
    start, packed = store.seek(0, os.SEEK_END), zlib.compress(data, 1)
    store.write(packed)
    return partial(_from_store, store, start, len(packed))


def _from_store(store: BinaryIO, start: int, length: int) -> bytes:
    try:
        store.seek(start)
        return zlib.decompress(store.read(length))
    except (OSError, zlib.error) as problem:
        raise GraderProblem(f"The temporary copy of the archive can't be read: {problem}") from None


def _in_sight(files: Iterable[_File]) -> list[_File]:
    """Return the files without what systems and platforms put at the top, which is nobody's submission."""
    return sorted((file for file in files if not names.LEFT_BY_SYSTEMS.search(file.path.partition("/")[0])
                   and not names.of_a_platform(file.path)), key=lambda file: file.path)


def _sections(files: list[_File]) -> bool:
    """Move the files of a class that's in a folder further down to the top, and return whether there was any.

    That is one folder for the class, or one for each of its sections.
    """
    moved = False
    for _ in range(5):
        inside: dict[str, list[_File]] = {}
        for file in files:
            if not file.hidden or "/" in file.path:
                inside.setdefault(file.path.partition("/")[0], []).append(file)
        with_work = {first: found for first, found in inside.items()
                     if any(names.is_work(file.path) and not file.hidden for file in found)}
        if not with_work or not all(names.several_learners([file.path[len(first) + 1:] for file in found])
                                    for first, found in with_work.items()):
            break
        for first, found in with_work.items():
            for file in found:
                if "/" in file.path:
                    file.section, file.path = f"{file.section}{first}/", file.path[len(first) + 1:]
        moved = True
    return moved


def _distinguish(learners: Iterable[_Learner], sections: bool) -> None:
    """Give learners of the same name different names, so that none is taken for another."""
    learners = list(learners)
    by_key: dict[tuple[str, str], list[_Learner]] = {}
    for learner in learners:
        by_key.setdefault((learner.name, learner.id), []).append(learner)
    taken = set(by_key)
    for same in by_key.values():
        for number, learner in enumerate(same if len(same) > 1 else [], start=1):
            section = names.shown(learner.files[0][1].section.rstrip("/").replace("/", ", "))
            name = f"{learner.name} ({section})" if section and sections else learner.name
            while (name, learner.id) in taken:
                name, number = f"{learner.name} [{number}]", number + 1
            taken.add((name, learner.id))
            learner.name = name


def _where_the_work_is(files: Iterable[tuple[str, _File]]) -> list[tuple[str, _File]]:
    """Return the notebooks in `work/exercises`, or else in `exercises`, or else all, the newest first.

    In a clone of the course, `submission` is looked at before `exercises`: `progress/submit.py` copies the work there.
    """
    files = list(files)
    clone = any(CLONE.search(rest) for rest, _ in files)
    files = [entry for entry in files if entry[1].read and not unpack.PASSED.match(f"{entry[0]}/")]
    files.sort(key=lambda entry: (-entry[1].time, entry[0]))
    for folder in (r"(^|/)work/exercises/", *([r"(^|/)submission/"] if clone else []), r"(^|/)exercises/"):
        inside = [entry for entry in files if re.search(folder, entry[0])]
        if inside:
            return inside
    own = [entry for entry in files if not PASSED_OVER.search(entry[0])]
    return own or ([] if any(CLONE.search(rest) for rest, _ in files) else files)


def _time(when: str) -> float:
    """Return a platform's time, in which 2024-03-06-09-00-00 is 9 o'clock here."""
    with suppress(ValueError, OverflowError):
        return time.mktime(time.strptime(when, "%Y-%m-%d-%H-%M-%S"))
    return 0


def _nothing(files: list[tuple[str, _File]]) -> str:
    """Say what was submitted instead of a notebook."""
    links = [_label(rest) for rest, file in files if file.kind == "link" and not file.hidden]
    if links:
        return f"{links[0]}: {NO_LINKS}"
    others = [_label(rest) for rest, file in files if file.kind == "file" and not file.hidden]
    if others:
        more = " and others" if len(others) > 3 else ""  # not all of them are known
        return f"no notebook was submitted, only {', '.join(others[:3])}{more}"
    return "no notebook was submitted" + (", only hidden files" if any(file.hidden for _, file in files) else "")


def _label(rest: str) -> str:
    """Return a file's name for reports and for the grader's own copy: not too long, and with a notebook's ending."""
    name = rest.rstrip("/").rpartition("/")[2].encode("utf-8", "backslashreplace").decode("utf-8")
    for ending in unpack.NOTEBOOKS:
        if name.lower().endswith(ending):
            name = name[:-len(ending)] + ".ipynb"
            break
    data = name.encode("utf-8")
    return name if len(data) <= 180 else "..." + data[-180:].decode("utf-8", "ignore")
