"""Processes in which answers run: each is started in an empty folder, asked, and ended from outside."""
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RUNNER = Path(__file__).with_name("runner.py").read_text(encoding="utf-8")
STARTS = 3
SECONDS = 5  # for one question; an answer takes milliseconds
LIMITS = {"memory": 2**30, "file": 2**24, "cpu": 10, "output": 2**16}  # bytes, bytes, seconds, characters
REPLY = 2**22  # characters, more than any honest reply
SIGNALS = {-24: "it used too much CPU time", -25: "it wrote too large a file"}


class OutOfTime(Exception):
    """A question was not answered in time; says the seconds. The process was ended."""


class Ended(Exception):
    """The process ended while it was asked; says how."""


class Forged(Exception):
    """What came back was not written by the runner. The process was ended."""


class GraderProblem(Exception):
    """The grader itself could not do its work: nobody's answer is to blame."""


def new_folder():
    """A new, empty folder for one answer."""
    return Path(tempfile.mkdtemp(prefix="answer-")).resolve()


def start(folder):
    """A process for an answer in a folder. Raises GraderProblem when none comes up in some tries."""
    if sys.platform == "emscripten":  # a browser tab has no processes
        from exercises.grader import in_tab
        return in_tab.start(folder)
    for tries_left in reversed(range(STARTS)):
        process = Process(folder)
        try:
            process.ask("run", "")
            return process
        except (OutOfTime, Ended, Forged) as problem:  # nothing of the answer has run: the machine is to blame
            process.kill()
            if not tries_left:
                raise GraderProblem(f"a process for the answer could not be started: {problem}") from None
            time.sleep(0.2)


class Process:
    """A Python with nothing but its standard library, which runs `runner.py`."""

    def __init__(self, folder):
        variables = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
        home = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(folder))
        self._process = subprocess.Popen([sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", f"{RUNNER}\nmain()"], cwd=folder,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         start_new_session=True, env={**variables, **home})
        try:
            self._send({**LIMITS, "folder": str(folder)})
        except OSError:
            pass  # it has ended, which the first question notices

    def ask(self, action, code=""):
        """The runner's reply to a request, a dictionary. Raises OutOfTime, Ended or Forged."""
        token = secrets.token_hex(8)
        try:
            line = self._exchange({"do": action, "code": code, "token": token})
        except TimeoutError:
            self.kill()
            raise OutOfTime(SECONDS) from None
        except OSError:
            line = b""  # it has ended
        if not line:
            status = self._exit_status()
            raise Ended(SIGNALS.get(status) or (f"signal {-status}" if status < 0 else f"exit status {status}"))
        return self._checked(line, token)

    def _exchange(self, request):
        """Send a request and give the line that comes back, b"" at the end of it all. Raises TimeoutError, OSError."""
        late = threading.Event()
        timer = threading.Timer(SECONDS, lambda: (late.set(), self._end()))  # a pipe can be waited for in no other way
        timer.start()
        try:
            self._send(request)
            line = self._process.stdout.readline(REPLY)
        finally:
            timer.cancel()
        if late.is_set():
            raise TimeoutError
        return line

    def _exit_status(self):
        return self._process.wait()

    def _checked(self, line, token):
        """The reply in a line, when it answers the request with this token and has the form that the runner gives."""
        try:
            reply = json.loads(line)
            types = [type(reply["printed"]), type(reply["cut"])] + [type(reply["error"][part]) for part in ("type", "text")
                                                                     if "error" in reply]
            if reply.pop("token") != token or types not in ([str, bool], [str, bool, str, str]):
                raise ValueError
            return reply
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.kill()
            raise Forged from None

    def _send(self, data):
        self._process.stdin.write(json.dumps(data).encode("utf-8") + b"\n")
        self._process.stdin.flush()

    def kill(self):
        """End the process, and all that it may have started."""
        self._end()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()
            except OSError:
                pass  # what was not sent yet has nowhere to go

    def _end(self):
        if os.name != "nt" and self._process.poll() is None:
            try:
                os.killpg(self._process.pid, 9)
            except (ProcessLookupError, PermissionError):
                pass
        self._process.kill()
