"""The processes in which answers run: each starts in an empty folder, gets requests, and is ended from outside."""
import contextlib
import json
import os
import secrets
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, cast

RUNNER = Path(__file__).with_name("runner.py").read_text(encoding="utf-8")
PAUSES = (0, 0.2, 0.2)  # seconds before each try to start a process
PREFIX = "answer-"  # of the names of answers' folders
SECONDS = 5  # for one request; an answer takes milliseconds
LIMITS = {"memory": 2**30, "file": 2**24, "cpu": 10, "output": 2**16,  # bytes, bytes, seconds, characters
          "folder_size": 2**25, "folder_entries": 5000, "threads": 40}  # bytes; threads only with a fork server
REPLY = 2**22  # characters, more than any honest reply
OUT_OF_CPU = -24  # the number of SIGXCPU
DEEPEST = 100  # folders in one another, of which the grader looks for files
BY_DESCRIPTOR = os.name == "posix" and sys.platform != "emscripten"  # elsewhere the grader opens files by their paths
A_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


class OutOfTime(Exception):
    """A request took too long, and the process was ended; the text says how long."""


class Ended(Exception):
    """The process ended during a request; the text says how."""


class Forged(Exception):
    """The reply wasn't the runner's, and the process was ended."""


class GraderProblem(Exception):
    """The grader itself failed: the answer isn't the cause."""


class AnswerProcess(Protocol):
    """A process in which one answer runs."""

    descriptor: int | None  # of its folder, if that's in a sandbox and has no path out here

    def ask(self, action: str, code: str = "") -> dict[str, Any]:
        """Return the runner's reply to a request. Raises OutOfTime, Ended or Forged."""
        ...

    def kill(self) -> None:
        """End the process, and all that it has started."""
        ...


class Launcher(Protocol):
    """What starts the processes of answers: on its own, in a browser tab, or with a fork server."""

    def new_folder(self) -> Path:
        """Make and return a new, empty folder for one answer."""
        ...

    def start(self, folder: Path) -> AnswerProcess:
        """Start a process for an answer in a folder. Raises GraderProblem if none can be started."""
        ...

    def remove(self, folder: Path) -> None:
        """Remove the folder of an answer whose process has ended."""
        ...


class Folder:
    """An answer's folder, in which the grader reads and writes. It never follows a link that the answer made there."""

    def __init__(self, path: Path, descriptor: int | None = None):
        self._path, self._top = path, None if descriptor is None else os.dup(descriptor)
        if self._top is None and BY_DESCRIPTOR:
            self._top = os.open(path, A_FOLDER)

    def close(self) -> None:
        """Let go of the folder; one in a sandbox is then gone, with what's in it."""
        if self._top is not None:
            os.close(self._top)
            self._top = None

    def write(self, name: str, data: bytes) -> None:
        """Write an ordinary file, and make the folders on the way. Raises OSError."""
        with open(self._open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(data)

    def read(self, name: str) -> bytes:
        """Return what's in an ordinary file. Raises OSError."""
        with open(self._open(name, os.O_RDONLY), "rb") as file:
            return file.read(LIMITS["file"])

    def names(self) -> list[str]:
        """Return the sorted names of the ordinary files, those in folders with their path; not of cached bytecode."""
        if self._top is None:
            paths = [path for path in self._path.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
            return sorted(path.relative_to(self._path).as_posix() for path in paths)
        found, waiting = [], [""]
        while waiting:
            inner = waiting.pop()
            with contextlib.suppress(OSError), self._inside(inner) as folder, os.scandir(folder) as entries:
                for entry in entries:
                    path = f"{inner}/{entry.name}".lstrip("/")
                    if entry.is_file(follow_symlinks=False):
                        found.append(path)
                    elif (entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__"
                          and path.count("/") < DEEPEST):
                        waiting.append(path)
        return sorted(found)

    def _open(self, name: str, flags: int) -> int:
        """Open an ordinary file, whatever the answer put in its place, such as a link or a pipe."""
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        if self._top is None:
            path = self._path / name
            if flags & os.O_CREAT:
                path.parent.mkdir(parents=True, exist_ok=True)
            if os.path.realpath(path.parent) != str(path.parent):
                raise OSError("a link")
            file = os.open(path, flags, 0o666)
        else:
            parent, _, last = name.rpartition("/")
            with self._inside(parent, make=bool(flags & os.O_CREAT)) as folder:
                file = os.open(last, flags, 0o666, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError("not an ordinary file")
        if flags & os.O_CREAT and self._top is not None:
            self._hand_over(file)
        return file

    @contextlib.contextmanager
    def _inside(self, path: str, make: bool = False) -> Iterator[int]:
        """Give a descriptor of a folder in this one, in a `with` statement."""
        folder = os.dup(cast(int, self._top))
        try:
            for part in filter(None, path.split("/")):
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=folder)
                inner = os.open(part, A_FOLDER, dir_fd=folder)
                os.close(folder)
                folder = inner
                if make:
                    self._hand_over(folder)
            yield folder
        finally:
            os.close(folder)

    def _hand_over(self, file: int) -> None:
        """Give the answer what the grader made, if the grader is root and the answer isn't."""
        owner = os.fstat(cast(int, self._top))
        if owner.st_uid != os.fstat(file).st_uid:
            os.fchown(file, owner.st_uid, owner.st_gid)


def remove(folder: Path) -> None:
    """Remove a folder, whatever an answer made in it, such as links, folders without end or without permissions.

    Call it only after every process of the answer has ended.
    """
    if not BY_DESCRIPTOR:
        _remove_by_path(folder)
        return
    with contextlib.suppress(OSError):
        if os.path.islink(folder) or not os.path.isdir(folder):
            os.unlink(folder)
            return
        parent = os.open(folder.parent, A_FOLDER & ~getattr(os, "O_NOFOLLOW", 0))  # which isn't the answer's
        try:
            top = _unlocked(folder.name, parent)
            try:
                _empty(top)
            finally:
                os.close(top)
            os.rmdir(folder.name, dir_fd=parent)
        finally:
            os.close(parent)


def _remove_by_path(folder: Path) -> None:
    """Remove a folder on a system that opens files only by their paths, such as Windows."""
    spare, waiting = 0, [str(folder)]
    while waiting:
        path = waiting.pop()
        try:
            if os.path.islink(path) or not os.path.isdir(path):
                os.remove(path)
                continue
            os.chmod(path, 0o700)
            inner = [os.path.join(path, name) for name in os.listdir(path)]
            if path != str(folder):
                # Its contents move to the top, because deeper down a path can be too long for the system.
                for number, name in enumerate(inner):
                    inner[number], spare = os.path.join(folder, f"spare-{spare}-{os.getpid()}"), spare + 1
                    os.rename(name, inner[number])
                os.rmdir(path)
            waiting += inner
        except OSError:
            pass  # what can't be removed stays, until the system clears its temporary files
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _empty(top: int) -> None:
    """Remove all that's in a folder. What can't be removed stays, until the system clears its temporary files."""
    spare, stuck = 0, set[str]()
    while names := set(os.listdir(top)) - stuck:
        for name in names:
            try:
                if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=top)
                    continue
                inner = _unlocked(name, top)
                try:
                    # Its contents move to the top, because deeper down a path can be too long for the system.
                    for each in os.listdir(inner):
                        if stat.S_ISDIR(os.stat(each, dir_fd=inner, follow_symlinks=False).st_mode):
                            os.close(_unlocked(each, inner))  # because a folder without rights can't move
                        spare += 1
                        os.rename(each, f"spare-{spare}-{os.getpid()}", src_dir_fd=inner, dst_dir_fd=top)
                finally:
                    os.close(inner)
                os.rmdir(name, dir_fd=top)
            except OSError:
                stuck.add(name)


def _unlocked(name: str, folder: int) -> int:
    """Open a folder in another one, with all rights, even if it had none."""
    if hasattr(os, "O_PATH"):
        found = os.open(name, os.O_PATH | A_FOLDER, dir_fd=folder)
        try:
            os.chmod(f"/proc/self/fd/{found}", 0o700)
        finally:
            os.close(found)
    elif os.chmod in os.supports_follow_symlinks:
        os.chmod(name, 0o700, dir_fd=folder, follow_symlinks=False)
    return os.open(name, A_FOLDER, dir_fd=folder)


def variables(home: Path) -> dict[str, str]:
    """Return the environment of a process for answers: of the user's, only what a Python may need to start."""
    needed = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {**needed, **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(home))}


def interpreter() -> str:
    """Return the interpreter itself, rather than what a virtual environment has in its place.

    On Windows that's a launcher, and killing it isn't killing the Python that it started. Elsewhere it's a link,
    through which the sandbox would show the kit.
    """
    return getattr(sys, "_base_executable", sys.executable) if os.name == "nt" else os.path.realpath(sys.executable)


class Process:
    """A Python with only its standard library, which runs `runner.py`."""

    descriptor: int | None = None

    def __init__(self, folder: Path):
        self._process = subprocess.Popen([interpreter(), "-I", "-S", "-B", "-X", "utf8", "-c", f"{RUNNER}\nmain()"],
                                         cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, start_new_session=True, env=variables(folder))
        assert self._process.stdin and self._process.stdout
        self._requests, self._replies = self._process.stdin, self._process.stdout
        try:
            self._send({**LIMITS, "folder": str(folder)})
        except OSError:
            pass  # it has ended, which the first request notices

    def ask(self, action: str, code: str = "") -> dict[str, Any]:
        """Return the runner's reply to a request. Raises OutOfTime, Ended or Forged."""
        token = secrets.token_hex(8)
        try:
            line = self._exchange({"do": action, "code": code, "token": token})
        except TimeoutError:
            self.kill()
            raise OutOfTime(f"{SECONDS} seconds") from None
        except OSError:
            line = b""  # it has ended
        if not line:
            status = self._exit_status()
            if status == OUT_OF_CPU:
                raise OutOfTime(f"{LIMITS['cpu']} seconds of computing")
            raise Ended(f"signal {-status}" if status < 0 else f"exit status {status}")
        return self._checked(line, token)

    def _exchange(self, request: dict[str, str]) -> bytes:
        """Send a request and return the line of the reply, b"" if the process ended. Raises TimeoutError, OSError."""
        late = threading.Event()

        def end_late() -> None:
            late.set()
            self._end()

        timer = threading.Timer(SECONDS, end_late)  # a pipe has no timeout of its own
        timer.start()
        try:
            self._send(request)
            line = self._replies.readline(REPLY)
        finally:
            timer.cancel()
        if late.is_set():
            raise TimeoutError
        return line

    def _exit_status(self) -> int:
        try:
            return self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # it closed the channel, but still runs
            self.kill()
            return self._process.returncode

    def _checked(self, line: bytes, token: str) -> dict[str, Any]:
        """Return the reply in a line. Raises Forged unless it has this request's token, and the runner's form."""
        try:
            reply = json.loads(line)
            error = reply.get("error", {"type": "", "kind": "", "text": "", "line": None, "refused": False})
            texts = (reply["printed"], error["type"], error["kind"], error["text"])
            formed = {type(text) for text in texts} == {str} and type(reply["cut"]) is bool
            if reply.pop("token") != token or not formed or not {"line", "refused"} <= set(error):
                raise ValueError
            return reply
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.kill()
            raise Forged from None

    def _send(self, data: dict[str, Any]) -> None:
        self._requests.write(json.dumps(data).encode("utf-8") + b"\n")
        self._requests.flush()

    def kill(self) -> None:
        """End the process, and all that it may have started."""
        self._end()
        self._process.wait()
        for pipe in (self._requests, self._replies):
            try:
                pipe.close()
            except OSError:
                pass  # what wasn't sent yet has nowhere to go

    def _end(self) -> None:
        if os.name != "nt" and self._process.poll() is None:
            try:
                os.killpg(self._process.pid, 9)
            except (ProcessLookupError, PermissionError):
                pass
        self._process.kill()


class SubprocessLauncher:
    """Starts a new Python for each answer."""

    def new_folder(self) -> Path:
        """Make and return a new, empty folder for one answer."""
        return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()

    def remove(self, folder: Path) -> None:
        """Remove the folder of an answer whose process has ended."""
        remove(folder)

    def start(self, folder: Path) -> Process:
        """Start a process for an answer in a folder. Raises GraderProblem if none comes up in some tries."""
        problem: Exception | None = None
        for pause in PAUSES:
            time.sleep(pause)
            try:
                process = Process(folder)
            except OSError as error:
                problem = error
                break
            try:
                process.ask("run", "")
                return process
            except (OutOfTime, Ended, Forged) as error:  # the answer hasn't run yet, so it isn't the cause
                process.kill()
                problem = error
        raise GraderProblem(f"No process for the answer could be started: {problem}")
