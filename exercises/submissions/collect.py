"""Finds the submissions in folders and archives, by the names that learning platforms give them."""
import errno
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from exercises.isolation.processes import GraderProblem
from exercises.submissions.pile import archives, dates, files, names, others, sorting, unpack
from exercises.submissions.pile.archives import Reader, Unreadable
from exercises.submissions.pile.files import LARGEST, NO_LINKS, File
from exercises.submissions.pile.sorting import Learner, Pile

TOGETHER = 4 * LARGEST  # bytes of all of a learner's
MOST = 200  # notebooks of a learner
SENTENCES = 20  # about a learner's files
SECONDS = 60  # of the processor, for all archives of a learner
# What's wrong with a file, rather than with the machine that reads it.
OF_THE_FILE = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
COPIES = "there are copies of the same notebook in several folders or with several names, and the newest counts"
SEVERAL = f"{COPIES}: if they're several learners', grade what's in this folder by itself"
DRAFTS = "this is in Teams' working files, so it wasn't turned in"


@dataclass
class Submission:
    """What one learner submitted: the notebooks, and what couldn't be read."""
    learner: str
    id: str = ""  # the learning platform's number, if it gives one
    notebooks: list[tuple[str, float, bytes]] = field(default_factory=list)  # label, time, contents
    problems: list[str] = field(default_factory=list)
    late: bool = False
    submitted: str = ""  # when, in this machine's time, if the platform says so
    broken: str = ""  # why the grader couldn't read it, through no fault of the learner's

    @property
    def key(self) -> str:
        """What distinguishes learners. No name contains a slash, so a name with a number is no other name."""
        return f"{self.learner} / {self.id}" if self.id else self.learner


def first(sentences: list[str]) -> list[str]:
    """Return the first sentences about a learner's files, and how many more there are: a cell of a table is small."""
    return sentences[:SENTENCES] + [f"and {len(sentences) - SENTENCES} more"] * (len(sentences) > SENTENCES)


class Batch:
    """All submissions in a folder or an archive: their number, and each of them, in the order of the learners' names.

    Only one learner's files are in memory at a time. `layout` and `learner_pattern` say how the files are named, if
    that isn't recognized. Raises FileNotFoundError if there's no such folder, and GraderProblem if it's a file from
    which nothing can be read, or if no file is named as the teacher says.
    """

    def __init__(self, source: Path, layout: str = "", learner_pattern: str = ""):
        if not source.exists():
            raise FileNotFoundError(f"there's no folder or archive {source}")
        if source.is_file() and source.name.lower().endswith(unpack.NOTEBOOKS):
            raise GraderProblem(f"{source} is a single notebook. Name the folder or the archive that contains it")
        self._reader, self._broken = Reader(), list[File]()  # and an archive of the class that can't be read
        self._prefix = ""  # the archives of the class in each other
        self._in_folder = source.is_dir()  # then an archive that can't be read is somebody's
        self._name = source.resolve().name if source.is_dir() else names.without_ending(source.name)
        self._of_one = layout == "one"
        self._pile = Pile(self._files(source), self._name, layout, learner_pattern)
        self._pile.add(self._broken)

    def __len__(self) -> int:
        return len(self._pile.learners)

    def __iter__(self) -> Iterator[Submission]:
        try:
            for learner in sorted(self._pile.learners, key=lambda one: (one.name.casefold(), one.name, one.id)):
                try:
                    submission = self._submission(learner)
                except GraderProblem as problem:
                    submission = Submission(learner.name, learner.id, late=learner.late, broken=str(problem))
                yield submission
        finally:
            self._reader.close()

    @property
    def taken_for(self) -> str:
        """What the pile was taken for, in words, such as "a download from Moodle"."""
        return self._pile.taken_for

    @property
    def layout(self) -> str:
        """The name of the layout that was recognized or chosen, such as "moodle"."""
        return self._pile.layout.name

    @property
    def doubts(self) -> list[str]:
        """What isn't sure about whose the files are, a sentence for each."""
        return self._pile.doubts

    def _files(self, source: Path) -> list[File]:
        """Return the files of the batch. If all that's in it is an archive, the batch is in the archive."""
        if source.is_dir():
            found = list(files.walk(source, files.grades_in(source)))
            return _sorted(found if self._of_one else self._opened(found))
        found = self._opened(self._of_class(source, source.name))
        if all(file.path.startswith(f"{self._name}/") for file in found if not file.hidden):
            # The archive contains one folder with the archive's name: the batch is what's in that.
            found = [replace(file, path=file.path.removeprefix(f"{self._name}/")) for file in found]
        return _sorted(found)

    def _opened(self, found: list[File]) -> list[File]:
        """Return the files, or what's in the archives that are downloads of a class, if there's nothing else."""
        for _ in range(unpack.DEPTH):
            seen = [file for file in found if not file.hidden]
            prefix = f"{seen[0].path}/" if len(seen) == 1 else ""
            if not prefix or not (archive := seen[0].archive) or "/" in seen[0].path.removeprefix(self._prefix):
                break
            found = [replace(file, path=prefix + file.path) for file in self._of_class(archive, seen[0].path)]
            self._prefix = prefix
        downloads = [file for file in found if file.archive and names.download(file.path)]
        somebodys = [file for file in found if file.archive and "/" not in file.path and file not in downloads]
        if somebodys or not self._in_folder:
            return found
        opened = [file for file in found if file not in downloads]
        for file in downloads:
            assert file.archive
            place = names.download(file.path)
            opened += [replace(one, path=f"{place}/{one.path}") for one in self._of_class(file.archive, file.path)]
        return opened

    def _of_class(self, archive: Path | Callable[[], bytes], name: str) -> list[File]:
        """Return the files in the archive of a class. Their contents wait on the disk until it's their learner's turn.

        An archive may have them in any order, and some kinds can only be read from the start.
        """
        store = tempfile.TemporaryFile()
        found = []
        try:
            whole = archive if isinstance(archive, Path) else archive()
            for reply, data in self._reader.read(whole, name, archives.OF_A_CLASS, of_one=False):
                found.append(files.found(reply, "", files.stored(store, data)))
        except Unreadable as problem:
            if isinstance(archive, Path) and not found and not self._in_folder:
                raise GraderProblem(f"{archive} can't be read: {problem}. If it's an archive, download it again"
                                    ) from None
            print(f"{names.spelled_out(name)}: {problem}. Learners can be missing: download it again.", file=sys.stderr)
            self._broken.append(File(name, problem=f"{problem}. Learners can be missing"))
        self._reader.close()
        return found

    def _submission(self, learner: Learner) -> Submission:
        submission = Submission(learner.name, learner.id, late=learner.late)
        told = [sorting.places(learner)] if len(learner.places) > 1 else []
        theirs = [(rest, file) for rest, file in learner.files if file.attempt >= 0]
        if learner.drafts and not theirs:
            theirs, told = list(learner.files), [DRAFTS, *told]
        submission.submitted = _day_and_time(max((file.when for _, file in theirs), default=0))
        left = _Left()
        theirs += [entry for rest, file in theirs if file.archive for entry in self._unpacked(rest, file, left)]
        chosen = _where_the_work_is(theirs)
        if names.several_learners([rest for rest, _ in chosen]):
            told.append(COPIES if self._of_one else SEVERAL)
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
                submission.notebooks.append((label, file.when or file.time, data))
        if len(chosen) > MOST:
            told.append(f"there are {len(chosen)} notebooks; the newest {MOST} were read")
        told += [f"{_label(rest)}: {file.problem}" for rest, file in theirs if file.problem]
        broken = {rest for rest, file in theirs if file.problem}
        told += others.sentences([(rest, file.hidden) for rest, file in theirs if file.kind == "file"
                                  and not file.read and not file.archive and rest not in broken], bool(chosen))
        if not submission.notebooks and not told:
            told.append(_nothing(theirs))
        submission.problems = first(told)
        return submission

    def _unpacked(self, rest: str, file: File, left: "_Left") -> Iterator[tuple[str, File]]:
        """Yield what's in a learner's archive, or why it can't be read."""
        assert file.archive
        limits = {**unpack.OF_A_LEARNER, "seconds": min(unpack.OF_A_LEARNER["seconds"], int(left.seconds))}
        if limits["seconds"] < 1:
            yield rest, File(file.path, problem=f"this learner's other archives took {SECONDS} seconds to read")
            return
        try:
            archive = file.archive if isinstance(file.archive, Path) else file.archive()
            for reply, data in self._reader.read(archive, file.path, limits, of_one=True):
                left.bytes -= len(data)
                if left.bytes < 0:
                    raise Unreadable(f"this learner's notebooks are larger than {TOGETHER // 2**20} MB together")
                inner = files.found(reply, file.path + "/", partial(bytes, data))
                inner.attempt, inner.when = file.attempt, file.when  # it was submitted with its archive
                yield f"{rest}/{reply['path']}", inner
        except Unreadable as problem:
            yield rest, File(file.path, problem=str(problem))
        left.seconds -= self._reader.seconds


@dataclass
class _Left:
    """What the rest of a learner's archives may take."""
    seconds: float = SECONDS
    bytes: int = TOGETHER


def _sorted(found: Iterable[File]) -> list[File]:
    return sorted(found, key=lambda file: file.path)


def _where_the_work_is(theirs: Sequence[tuple[str, File]]) -> list[tuple[str, File]]:
    """Return the notebooks that can be the learner's work, the newest first.

    Of notebooks with the same name, those in the best place count: `work/exercises`, then `exercises`, then any other,
    and only then the course's own folders. In a clone of the course, `progress/submit.py` copies the work to
    `submission`, so what's in a worse place wasn't submitted.
    """
    clone = any(names.CLONE.search(rest) for rest, _ in theirs)
    found = [entry for entry in theirs if entry[1].read and not unpack.PASSED.match(f"{entry[0]}/")]
    places = {rest: names.place(rest, clone) for rest, _ in found}
    worst = names.SUBMISSION if names.SUBMISSION in places.values() else names.OF_THE_COURSE
    copy = min(places.values(), default=names.ELSEWHERE) < names.ELSEWHERE
    best: dict[str, int] = {}
    for rest, place in places.items():
        best[names.what(rest)] = min(place, best.get(names.what(rest), place))
    chosen = [(rest, file) for rest, file in found if places[rest] == best[names.what(rest)] <= worst
              and not ((clone or copy) and places[rest] == names.OF_THE_COURSE)
              and not (copy and places[rest] == names.ELSEWHERE and not names.of_an_exercise(rest))]
    return dates.newest_first(chosen, lambda entry: (entry[1].attempt, entry[1].when, names.without_ending(entry[0]),
                                                     entry[1].time))


def _nothing(theirs: list[tuple[str, File]]) -> str:
    """Say what was submitted instead of a notebook."""
    links = [_label(rest) for rest, file in theirs if file.kind == "link" and not file.hidden]
    if links:
        return f"{links[0]}: {NO_LINKS}"
    return others.nothing([_label(rest) for rest, file in theirs if file.archive],
                          [file.path for _, file in theirs if file.hidden])


def _day_and_time(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(when)) if when else ""


def _label(rest: str) -> str:
    """Return a file's name for reports and for the grader's own copy: not too long, and with a notebook's ending."""
    name = rest.rstrip("/").rpartition("/")[2].encode("utf-8", "backslashreplace").decode("utf-8")
    for ending in unpack.NOTEBOOKS:
        if name.lower().endswith(ending):
            name = name[:-len(ending)] + ".ipynb"
            break
    data = name.encode("utf-8")
    return name if len(data) <= 180 else "..." + data[-180:].decode("utf-8", "ignore")
