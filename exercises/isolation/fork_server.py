"""The fork server, for grading a class: each answer runs in a fork, and in a sandbox of its own if there is one."""
import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from exercises.isolation.processes import (LIMITS, PREFIX, REPLY, RUNNER, SECONDS, GraderProblem, Process, interpreter,
                                           remove, variables)
from lessons.notebooks import KIT

MAIN, SANDBOX = (Path(__file__).with_name(name).read_text(encoding="utf-8")
                 for name in ("fork_server_main.py", "sandbox.py"))
FOLDER = Path("/tmp/answer-folder")  # of every answer in a sandbox: each one sees only its own
LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache",
             "/usr/share/zoneinfo", "/nix/store", "/gnu/store")  # what Python's own library may need
KEPT_APART = "Linux keeps an answer from your files, other processes and the network anyway, but it can fill the disk."
PATIENCE = 20  # seconds for the fork server, which needs milliseconds
NOT_STARTED = "no process for the answer could be started: "


def can_fork() -> bool:
    """Return whether this system has what a fork server needs."""
    return hasattr(os, "fork") and hasattr(socket, "recv_fds")


@cache
def containment() -> tuple[str, bool]:
    """Return the sandbox of this machine in words, or why there's none, and whether there's one: it was tried."""
    try:
        with ForkServer():
            return ("a sandbox of its own: no network, no other process, no rights, a read-only system and a folder of "
                    "fixed size"), True
    except GraderProblem as problem:
        return str(problem).removeprefix(NOT_STARTED), False


@cache
def without_sandbox() -> str:
    """Return in a sentence what answers can do on this machine without a sandbox."""
    anything = "An answer can read and change whatever you can, and spoil other grades."
    if sys.platform != "linux":
        return anything
    try:
        with ForkServer(False) as server:
            found = server.reached()
    except GraderProblem:
        return anything
    if found:
        return f"On this system an answer can {', '.join(found)}."
    return KEPT_APART


class ForkServer:
    """A process that forks, for many answers; use it in a `with` statement.

    With `sandboxed`, it tries escapes from the sandbox before the first answer, and raises GraderProblem if one works.
    """

    def __init__(self, sandboxed: bool = True):
        self._sandboxed, self._names = sandboxed, itertools.count()

    def __enter__(self) -> "ForkServer":
        if self._sandboxed and sys.platform != "linux":
            raise GraderProblem("only Linux has what it needs")
        # In a sandbox, an answer's folder is in memory: nothing of it gets on the disk.
        self.base = None if self._sandboxed else Path(tempfile.mkdtemp(prefix="grading-")).resolve()
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE)
        sources = [RUNNER, SANDBOX, MAIN] if sys.platform == "linux" else [RUNNER, MAIN]
        view = {"shown": _shown(), "hidden": [str(KIT)]}
        folder = str(FOLDER) if self._sandboxed else None
        code = "\n".join([*sources, f"serve_forks({theirs.fileno()}, {view}, {folder!r})"])
        self._server = subprocess.Popen([interpreter(), "-I", "-S", "-B", "-X", "utf8", "-c", code],
                                        cwd=self.base or "/", env=variables(self.base or FOLDER),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        try:
            self._expect_ready()
            if self._sandboxed:
                self._try_escapes()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()  # which ends it, and all that it has started
        try:
            self._server.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        if self.base:
            remove(self.base)

    def kill(self) -> None:
        """End it and all its answers at once, from any thread. What's asked of it then raises GraderProblem."""
        self._server.kill()

    def new_folder(self) -> Path:
        """Return the path of a new, empty folder for one answer, as the answer sees it."""
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.base)) if self.base else FOLDER

    def remove(self, folder: Path) -> None:
        """Remove the folder of an answer that has ended. In a sandbox, it went with the answer."""
        if self.base:
            remove(folder)

    def start(self, folder: Path) -> "Fork":
        """Start a process for an answer in a folder. Raises GraderProblem if it can't be, or without its sandbox."""
        return Fork(self, folder)

    def request(self, name: bytes, channel: socket.socket | None = None) -> bytes:
        """Start a process at the other end of `channel`, or end it if there's none; return the reply."""
        try:
            if channel:
                socket.send_fds(self._control, [name], [channel.fileno()])
            else:
                self._control.sendall(name)
            reply = self._control.recv(100)
        except OSError:
            reply = b""
        if not reply:
            self._server.kill()
            raise GraderProblem("The fork server for answers has ended")
        return reply.strip()

    def next_name(self) -> bytes:
        """Return a name that no process of this server has had."""
        return b"%d" % next(self._names)

    def _expect_ready(self) -> None:
        try:
            reply = self._control.recv(1000).decode().strip()
        except OSError:
            reply = ""
        if reply != "ready":
            raise GraderProblem(reply or "the process that makes it didn't start")

    def _try_escapes(self) -> None:
        """Raise GraderProblem if what an answer shouldn't be able to do works."""
        if found := self._attempts("escapes"):
            raise GraderProblem(f"in the sandbox an answer can {', '.join(found)}")

    def reached(self) -> list[str]:
        """Return what an answer without a sandbox shouldn't be able to do, but can. Raises GraderProblem."""
        return self._attempts("reaches")

    def _attempts(self, function: str) -> list[str]:
        """Return what `function` in `sandbox.py` finds that an answer can do. Raises GraderProblem."""
        with tempfile.TemporaryDirectory() as outside, socket.create_server(("127.0.0.1", 0)) as listening:
            # An answer's own first processes have the numbers 1 and 2, and so may the grader in a container.
            others = [number for number in (os.getpid(), os.getppid(), self._server.pid) if number > 2]
            folder = self.new_folder()
            attempt = self.start(folder)
            try:
                attempt.ask("run", SANDBOX)
                found = attempt.ask("value", f"{function}({outside!r}, {others}, {listening.getsockname()[1]})")
            except Exception as problem:
                raise GraderProblem(f"an attempt to escape from it ended with {problem!r}") from None
            finally:
                attempt.kill()
                self.remove(folder)
        kind, escapes = found.get("value", ["other", found.get("error")])
        return [text for _, text in escapes] if kind == "list" else [str(escapes)]


class Fork(Process):
    """A process for one answer, forked from the fork server."""

    def __init__(self, server: ForkServer, folder: Path):
        self._server, self._name = server, server.next_name()
        self._status: int | None = None
        self.descriptor: int | None = None
        self._buffer = b""
        self._channel, theirs = socket.socketpair()
        try:
            self._send({**LIMITS, "folder": str(folder)})
            server.request(self._name, theirs)
        except BaseException:
            self._channel.close()
            raise
        finally:
            theirs.close()
        try:
            self.descriptor = self._ready()
        except BaseException:
            self.kill()
            raise

    def _ready(self) -> int | None:
        """Return a descriptor of the answer's folder, None if it's on the disk. Raises GraderProblem."""
        message, descriptors = b"", list[int]()
        with contextlib.suppress(OSError):
            self._channel.settimeout(PATIENCE)
            message, descriptors, _, _ = socket.recv_fds(self._channel, 1000, 1)
            if descriptors:
                message = message.removeprefix(b"folder\n")
                message = message or self._channel.recv(1000)
        if message != b"ready\n":
            for descriptor in descriptors:
                os.close(descriptor)
            reason = message.decode("utf-8", "replace").strip() or "it ended"
            raise GraderProblem(f"{NOT_STARTED}{reason}")
        return descriptors[0] if descriptors else None

    def _exchange(self, request: dict[str, str]) -> bytes:
        deadline = time.monotonic() + SECONDS
        self._send(request)
        return self._read_line(deadline)

    def _exit_status(self) -> int:
        self.kill(b"?")
        return self._status or 0

    def _read_line(self, deadline: float) -> bytes:
        while b"\n" not in self._buffer and len(self._buffer) < REPLY:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._channel.settimeout(left)
            received = self._channel.recv(65536)
            if not received:
                return b""
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _send(self, data: dict[str, Any]) -> None:
        self._channel.settimeout(SECONDS)
        self._channel.sendall(json.dumps(data).encode("utf-8") + b"\n")

    def kill(self, soon: bytes = b"") -> None:
        """End the process, and all that it may have started; `soon` is b"?" if it has ended, or is about to."""
        if self._status is None:
            self._status = -9
            self._channel.close()
            if self.descriptor is not None:
                os.close(self.descriptor)
            self._status = int(self._server.request(self._name + soon))


def _shown() -> list[str]:
    """Return the paths that an answer in a sandbox sees: those of Python's library, and of what it's made with."""
    paths = sysconfig.get_paths(vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix})
    own = [paths["stdlib"], paths["platstdlib"], os.path.join(sys.base_exec_prefix, "lib")]
    return sorted({*LIBRARIES, *own})
