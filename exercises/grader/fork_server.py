"""Warm processes for grading many hand-ins: each answer runs in a fork, in bubblewrap's sandbox where that is there."""
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
from functools import lru_cache
from pathlib import Path

from exercises.grader.processes import LIMITS, REPLY, RUNNER, SECONDS, GraderProblem, Process, remove, variables

FORKS = Path(__file__).with_name("forks.py").read_text(encoding="utf-8")
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/System")  # what a Python may need to start


def can_fork():
    """Whether this system has what a warm process needs."""
    return hasattr(os, "fork") and hasattr(socket, "recv_fds")


@lru_cache(maxsize=None)
def containment():
    """What keeps answers in on this machine, in words, and whether that is a sandbox."""
    if not can_fork():
        return "a separate process with a deadline (this system has no limit on memory and no sandbox)", False
    if not shutil.which("bwrap"):
        return "a separate process with limits and a deadline (no sandbox: bubblewrap isn't installed)", False
    if not _sandbox_works():
        return "a separate process with limits and a deadline (no sandbox: bubblewrap can't make one here)", False
    return "a sandbox without a network, with a read-only system and its own process tree", True


class ForkServer:
    """A warm process and the folder in which its answers work; use it in a `with` statement, for one trial or many."""

    def __init__(self):
        self._names = itertools.count()

    def __enter__(self):
        self.base = Path(tempfile.mkdtemp(prefix="grading-")).resolve()
        self._control, theirs = socket.socketpair()
        alone = containment()[1]
        code = f"{RUNNER}\n{FORKS}\nserve_forks({theirs.fileno()}, {alone})"
        python = [_python(), "-I", "-S", "-B", "-X", "utf8", "-c", code]
        self._server = subprocess.Popen([*(_sandbox(self.base) if alone else []), *python], cwd=self.base, env=variables(self.base),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        return self

    def __exit__(self, *_):
        self._control.close()  # which ends it
        try:
            self._server.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        remove(self.base)

    def new_folder(self):
        """A new, empty folder for one answer."""
        return Path(tempfile.mkdtemp(prefix="answer-", dir=self.base))

    def start(self, folder):
        """A process for an answer in a folder. Raises GraderProblem when the warm process is gone."""
        return Fork(self, folder)

    def request(self, name, channel=None):
        """Ask for a process at the end of `channel`, or for its end when there is none; gives the reply."""
        try:
            if channel:
                socket.send_fds(self._control, [name], [channel.fileno()])
            else:
                self._control.sendall(name)
            reply = self._control.recv(100)
        except OSError:
            reply = b""
        if not reply:
            raise GraderProblem("the warm process for answers has ended")
        return reply.strip()

    def next_name(self):
        return b"%d" % next(self._names)


class Fork(Process):
    """A process for one answer, forked from the warm one; asked as any other."""

    def __init__(self, server, folder):
        self._server, self._name, self._status = server, server.next_name(), None
        self._channel, theirs = socket.socketpair()
        server.request(self._name, theirs)
        theirs.close()
        self._buffer = b""
        self._send({**LIMITS, "folder": str(folder)})

    def _exchange(self, request):
        deadline = time.monotonic() + SECONDS
        self._send(request)
        return self._read_line(deadline)

    def _exit_status(self):
        self.kill()
        return self._status

    def _read_line(self, deadline):
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

    def _send(self, data):
        self._channel.settimeout(SECONDS)
        self._channel.sendall(json.dumps(data).encode("utf-8") + b"\n")

    def kill(self):
        """End the process, and all that it may have started."""
        if self._status is None:
            self._status = int(self._server.request(self._name))
            self._channel.close()


def _python():
    """The interpreter itself: through a virtual environment's link the sandbox would show the kit."""
    return os.path.realpath(sys.executable)


def _sandbox(base):
    """The command that starts a program in a sandbox which shows the system and Python read-only, and `base`."""
    shown = [path for path in SYSTEM if os.path.isdir(path) and not os.path.islink(path) or os.path.isfile(path)]
    links = [part for path in SYSTEM if os.path.islink(path) for part in ("--symlink", os.readlink(path), path)]
    library = sysconfig.get_paths()["stdlib"]
    for path in (sys.base_prefix, library, os.path.dirname(_python())):
        if not any(path == root or path.startswith(root + os.sep) for root in shown):
            shown.append(path)
    binds = [part for path in shown for part in ("--ro-bind", path, path)]
    return ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", *binds, *links, "--proc", "/proc", "--dev",
            "/dev", "--tmpfs", "/tmp", "--bind", str(base), str(base), "--chdir", str(base)]


def _sandbox_works():
    """Whether bubblewrap can make a sandbox here: a container or a system's settings may forbid it."""
    with tempfile.TemporaryDirectory() as base:
        try:
            return subprocess.run([*_sandbox(Path(base).resolve()), _python(), "-I", "-S", "-c", ""], timeout=20,
                                  stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False
