"""The fork server, for grading a class: each answer runs in a fork, in bubblewrap's sandbox if there is one."""
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from exercises.grader.processes import (LIMITS, PREFIX, REPLY, RUNNER, SECONDS, GraderProblem, Process, interpreter,
                                        remove, variables)

MAIN = Path(__file__).with_name("fork_server_main.py").read_text(encoding="utf-8")
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/System")  # what a Python may need to start


def can_fork() -> bool:
    """Return whether this system has what a fork server needs."""
    return hasattr(os, "fork") and hasattr(socket, "recv_fds")


@cache
def containment() -> tuple[str, bool]:
    """Return what keeps answers in on this machine, in words, and whether that's a sandbox."""
    if not can_fork():
        return "a separate process with a deadline (this system has no limit on memory and no sandbox)", False
    if not shutil.which("bwrap"):
        return "a separate process with limits and a deadline (no sandbox: bubblewrap isn't installed)", False
    if not _sandbox_works():
        return "a separate process with limits and a deadline (no sandbox: bubblewrap can't make one here)", False
    return "a sandbox without a network, with a read-only system and its own process tree", True


class ForkServer:
    """A process that forks, and the folder for its answers; use it in a `with` statement, for many answers."""

    def __init__(self) -> None:
        self._names = itertools.count()

    def __enter__(self) -> "ForkServer":
        self.base = Path(tempfile.mkdtemp(prefix="grading-")).resolve()
        self._control, theirs = socket.socketpair()
        sandboxed = containment()[1]
        code = f"{RUNNER}\n{MAIN}\nserve_forks({theirs.fileno()}, {sandboxed})"
        python = [interpreter(), "-I", "-S", "-B", "-X", "utf8", "-c", code]
        self._server = subprocess.Popen([*(_sandbox(self.base) if sandboxed else []), *python], cwd=self.base,
                                        env=variables(self.base),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()  # which ends it
        try:
            self._server.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        remove(self.base)

    def new_folder(self) -> Path:
        """Make and return a new, empty folder for one answer."""
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.base))

    def start(self, folder: Path) -> "Fork":
        """Start a process for an answer in a folder. Raises GraderProblem if the fork server is gone."""
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
            raise GraderProblem("The fork server for answers has ended")
        return reply.strip()

    def next_name(self) -> bytes:
        """Return a name that no process of this server has had."""
        return b"%d" % next(self._names)


class Fork(Process):
    """A process for one answer, forked from the fork server."""

    def __init__(self, server: ForkServer, folder: Path):
        self._server, self._name = server, server.next_name()
        self._status: int | None = None
        self._channel, theirs = socket.socketpair()
        server.request(self._name, theirs)
        theirs.close()
        self._buffer = b""
        self._send({**LIMITS, "folder": str(folder)})

    def _exchange(self, request: dict[str, str]) -> bytes:
        deadline = time.monotonic() + SECONDS
        self._send(request)
        return self._read_line(deadline)

    def _exit_status(self) -> int:
        self.kill()
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

    def kill(self) -> None:
        """End the process, and all that it may have started."""
        if self._status is None:
            self._status = int(self._server.request(self._name))
            self._channel.close()


def _sandbox(base: Path) -> list[str]:
    """Return the command that starts a program in a sandbox which shows the system and Python read-only, and `base`."""
    shown = [path for path in SYSTEM if os.path.isdir(path) and not os.path.islink(path) or os.path.isfile(path)]
    links = [part for path in SYSTEM if os.path.islink(path) for part in ("--symlink", os.readlink(path), path)]
    library = sysconfig.get_paths()["stdlib"]
    for path in (sys.base_prefix, library, os.path.dirname(interpreter())):
        if not any(path == root or path.startswith(root + os.sep) for root in shown):
            shown.append(path)
    binds = [part for path in shown for part in ("--ro-bind", path, path)]
    return ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", *binds, *links, "--proc", "/proc", "--dev",
            "/dev", "--tmpfs", "/tmp", "--bind", str(base), str(base), "--chdir", str(base)]


def _sandbox_works() -> bool:
    """Return whether bubblewrap can make a sandbox here: a container or a system's settings may forbid it."""
    with tempfile.TemporaryDirectory() as base:
        try:
            return subprocess.run([*_sandbox(Path(base).resolve()), interpreter(), "-I", "-S", "-c", ""], timeout=20,
                                  stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False
