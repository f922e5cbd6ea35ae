"""The processes in which answers run: each starts in an empty folder, gets requests, and is ended from outside."""
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Protocol

RUNNER = Path(__file__).with_name("runner.py").read_text(encoding="utf-8")
PAUSES = (0, 0.2, 0.2)  # seconds before each try to start a process
PREFIX = "answer-"  # of the names of answers' folders
SECONDS = 5  # for one request; an answer takes milliseconds
LIMITS = {"memory": 2**30, "file": 2**24, "cpu": 10, "output": 2**16}  # bytes, bytes, seconds, characters
REPLY = 2**22  # characters, more than any honest reply
OUT_OF_CPU = -24  # the number of SIGXCPU


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


def remove(folder: Path) -> None:
    """Remove a folder, whatever an answer made in it, such as folders without end or without permissions."""
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
