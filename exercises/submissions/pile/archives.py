"""Archives: another process reads them, so that none of them can take the grader's time or memory, or end it."""
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exercises.grader.processes import GraderProblem, interpreter
from exercises.submissions.pile import unpack

OF_A_CLASS = {"bytes": 100 * 2**30, "entries": 2_000_000, "seconds": 1800}
LARGEST = 10 * unpack.LARGEST  # bytes of a learner's archive
GRACE = 10  # seconds after which a process is ended that should have given up by itself
PAUSES = (0, 0.2, 1, 3)  # seconds before each try to start it
Reply = dict[str, Any]  # path, kind (file, folder, link), problem, time


class Unreadable(Exception):
    """An archive can't be read, or not to its end; the text says why."""


class Reader:
    """Reads one archive after another with one process, and with a new one after it was ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, archive: Path, limits: dict[str, int], of_one: bool) -> Iterator[tuple[Reply, bytes]]:
        """Yield what's in an archive, and the contents of what's a notebook. Raises Unreadable, GraderProblem.

        `of_one` says that all of it is one learner's; otherwise each archive in it is somebody else's.
        """
        process = self._started()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limits["seconds"] + GRACE, end)  # a pipe has no timeout of its own
        timer.daemon = True
        timer.start()
        whole = False
        try:
            request = {"path": str(archive), "name": archive.name, "limits": limits, "of_one": of_one}
            assert process.stdin
            process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            process.stdin.flush()
            while "end" not in (found := _reply(process))[0]:
                yield found
            whole = True
        except (OSError, ValueError) as error:
            raise Unreadable(f"it took longer than {limits['seconds']} seconds to read" if late.is_set() else
                             "the process that reads it broke off") from error
        finally:
            timer.cancel()
            if not whole:
                self.close()
        if found[0]["problem"]:
            raise Unreadable(found[0]["problem"])

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the process. Raises GraderProblem if none starts: that's no archive's fault."""
        if self._process and self._process.poll() is None:
            return self._process
        problem: Exception | None = None
        for pause in PAUSES:
            self.close()
            time.sleep(pause)
            try:
                self._process = subprocess.Popen([interpreter(), "-I", "-S", "-B", "-X", "utf8", unpack.__file__],
                                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                 stderr=subprocess.DEVNULL)
                _reply(self._process)
                return self._process
            except (OSError, ValueError) as error:
                problem = error
        raise GraderProblem(f"The process that reads archives doesn't start: {problem}")

    def close(self) -> None:
        """End the process, if there's one."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                try:
                    if pipe:
                        pipe.close()
                except OSError:
                    pass  # the rest of a request that nobody reads now
            self._process = None


def _reply(process: subprocess.Popen[bytes]) -> tuple[Reply, bytes]:
    """Return the next reply. Raises ValueError if it isn't one, or none comes any more."""
    assert process.stdout
    reply = json.loads(process.stdout.readline(2**16))
    length = reply["length"]
    if not 0 <= length <= unpack.LARGEST:
        raise ValueError(f"a reply of {length} bytes")
    data = process.stdout.read(length)
    if len(data) < length:
        raise ValueError("a reply that breaks off")
    return reply, data
