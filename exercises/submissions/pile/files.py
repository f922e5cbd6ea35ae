"""The files of a pile: in folders, without following links, and in the archive of a class."""
import os
import stat
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from exercises.isolation.processes import GraderProblem
from exercises.submissions.pile import archives, names, unpack
from lessons.outputs import MARKER

LARGEST = unpack.LARGEST  # bytes of a notebook
DEEPEST = 100  # folders in each other
NO_LINKS = "it's a link, and the grader follows none"


@dataclass(slots=True)
class File:
    """A file, an empty folder or a link in the pile."""
    path: str  # within the pile; in an archive "ann.zip/03.ipynb"
    time: float = 0  # when it was last changed
    kind: str = "file"  # or "folder", or "link"
    read: Callable[[], bytes] | None = None  # for a notebook
    archive: Path | Callable[[], bytes] | None = None  # for an archive, where it is, or what reads it
    document: Callable[[], bytes] | None = None  # for what a platform says about the submissions
    problem: str = ""  # why it can't be read
    section: str = ""  # the folders above the learners
    attempt: int = 0  # the platform's number of the attempt
    when: float = 0  # when it was submitted, if the platform says so

    @property
    def hidden(self) -> bool:
        """Whether it's the system's or a program's, rather than the learner's."""
        return bool(names.LEFT_BY_SYSTEMS.search(self.path) or unpack.PASSED.match(f"{self.path}/"))

    @property
    def label(self) -> str:
        """The path as layouts see it: that of a folder ends with a slash, because ann.lee is no file with an ending."""
        return self.path + "/" * (self.kind == "folder")


def grades_in(source: Path) -> set[str]:
    """Return the folders in which the grader wrote the grades of something else in the same folder: "ann-grades"."""
    return {grades for entry in os.scandir(source) if (source / (grades := f"{entry.name}-grades") / MARKER).is_file()}


def walk(source: Path, without: Collection[str] = ()) -> Iterator[File]:
    """Yield the files, the links and the empty folders in a folder, without following links.

    `without` are folders in it that are left out. Raises OSError if the folder itself can't be read.
    """
    waiting = [(source, "")]
    while waiting:
        folder, label = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if not label:
                raise
            problem = f"the folder can't be read ({error.strerror or error}): change its permissions"
            yield File(label.rstrip("/"), kind="folder", problem=problem)
            continue
        if not entries and label:
            yield File(label.rstrip("/"), kind="folder")
        for entry in entries:
            path = label + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield _on_disk(entry, path)
            elif path in without:
                continue
            elif unpack.PASSED.match(f"{path}/"):
                yield File(path, kind="folder")  # hidden, or a program's
            elif path.count("/") >= DEEPEST:
                yield File(path, problem=f"there are more than {DEEPEST} folders in each other")
            else:
                waiting.append((Path(entry.path), f"{path}/"))


def _on_disk(entry: "os.DirEntry[str]", path: str) -> File:
    try:
        about = entry.stat(follow_symlinks=False)
    except OSError as error:
        return File(path, problem=f"it can't be read ({error.strerror or error})")
    if stat.S_ISLNK(about.st_mode):
        return _link(path)
    if not stat.S_ISREG(about.st_mode):
        return File(path, problem="it isn't a regular file" if names.is_work(path) else "")
    file = File(path, about.st_mtime)
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
    elif unpack.DOCUMENTS.search(path) and about.st_size <= LARGEST:
        file.document = Path(entry.path).read_bytes
    return file


def _link(path: str) -> File:
    return File(path, kind="link", problem=NO_LINKS if names.is_work(path) else "")


def found(reply: archives.Reply, prefix: str, read: Callable[[], bytes]) -> File:
    """Return a file in an archive, as the process that reads it replied, with what reads its contents."""
    if reply["kind"] == "link":
        return _link(prefix + reply["path"])
    file = File(prefix + reply["path"], reply.get("time", 0), reply["kind"], problem=reply.get("problem", ""))
    if reply["kind"] == "file" and "time" in reply:  # it has contents
        if names.is_archive(file.path):
            file.archive = read
        elif names.is_work(file.path):
            file.read = read
        else:
            file.document = read
    return file


def stored(store: BinaryIO, data: bytes) -> Callable[[], bytes]:
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
