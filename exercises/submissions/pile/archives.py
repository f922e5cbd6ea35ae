"""Archives: another process reads them, so that none of them can take the grader's time or memory, or end it."""
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from exercises.isolation.processes import GraderProblem, interpreter
from exercises.submissions.pile import unpack

OF_A_CLASS = {"bytes": 100 * 2**30, "entries": 2_000_000, "seconds": 1800}
LARGEST = 10 * unpack.LARGEST  # bytes of a learner's archive
GRACE = 60  # seconds after which a process is ended that should have given up by itself, on a busy machine too
PAUSES = (0, 0.2, 1, 3)  # seconds before each try to start it
Reply = dict[str, Any]  # path, kind (file, folder, link), problem, time


class Unreadable(Exception):
    """An archive can't be read, or not to its end; the text says why."""


class _BrokeOff(Unreadable):
    """The process that reads an archive has ended, perhaps by accident."""

    def __init__(self, reason: str, by_accident: bool):
        super().__init__(reason)
        self.by_accident = by_accident


class Reader:
    """Reads one archive after another with one process, and with a new one after an archive that had a problem."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.seconds = 0.0  # of the processor, that the last archive took

    def read(self, archive: Path | bytes, name: str, limits: dict[str, int],
             of_one: bool) -> Iterator[tuple[Reply, bytes]]:
        """Yield what's in an archive, and the contents of what's a notebook. Raises Unreadable, GraderProblem.

        `archive` is where it is, or its contents. `of_one` says that all of it is one learner's; otherwise each archive
        in it is somebody else's, and isn't opened. If the process ends by accident, another one tries again.
        """
        yielded = 0
        for last in (False, True):
            try:
                for found in islice(self._read(archive, name, limits, of_one), yielded, None):
                    yielded += 1
                    yield found
                return
            except _BrokeOff as problem:
                if last or not problem.by_accident:
                    raise

    def _read(self, archive: Path | bytes, name: str, limits: dict[str, int],
              of_one: bool) -> Iterator[tuple[Reply, bytes]]:
        process, late = self._started(), threading.Event()
        self.seconds = limits["seconds"]  # unless it says that it took less

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limits["seconds"] + GRACE, end)  # a pipe has no timeout of its own
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError as problem:
            raise GraderProblem(f"The machine starts no more threads: {problem}") from None
        clean = False
        try:
            _ask(process, {"name": name, "limits": limits, "of_one": of_one}, archive)
            clean = True
            while "end" not in (found := _reply(process))[0]:
                clean = clean and not found[0].get("problem")
                yield found
            clean = clean and not found[0]["problem"]
            self.seconds = found[0]["seconds"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            clean = False
            self.close()
            raise _broke_off(process, limits, late.is_set()) from error
        except GeneratorExit:
            clean = False
            raise
        finally:
            timer.cancel()
            if not clean:
                self.close()  # what's left of a bad archive in its memory is no problem of the next one
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


def _ask(process: subprocess.Popen[bytes], request: dict[str, Any], archive: Path | bytes) -> None:
    data = archive if isinstance(archive, bytes) else b""
    if isinstance(archive, bytes):
        request["bytes"] = len(archive)
    elif os.name == "nt":
        request["path"] = str(archive)
    else:  # it takes names for UTF-8, whatever they are here
        request["path"] = os.fsencode(archive).decode("utf-8", "surrogateescape")
    assert process.stdin
    process.stdin.write(json.dumps(request).encode("ascii") + b"\n" + data)
    process.stdin.flush()


def _broke_off(process: subprocess.Popen[bytes], limits: dict[str, int], late: bool) -> _BrokeOff:
    """Return why a process has ended. What it did to deserve that isn't tried again."""
    too_long = f"it took longer than {limits['seconds']} seconds to read"
    if process.returncode == -getattr(signal, "SIGXCPU", 0):
        return _BrokeOff(too_long, by_accident=False)
    if process.returncode == unpack.TOO_MUCH_MEMORY:
        return _BrokeOff(f"unpacking it needs more than {unpack.MEMORY // 2**30} GB of memory", by_accident=False)
    return _BrokeOff(too_long if late else "the process that reads it broke off", by_accident=True)


def _reply(process: subprocess.Popen[bytes]) -> tuple[Reply, bytes]:
    """Return the next reply. Raises ValueError if it isn't one, or none comes any more."""
    assert process.stdout
    reply = json.loads(process.stdout.readline(2**16))
    length = reply["length"]
    if not isinstance(reply.get("path", ""), str):
        raise ValueError("a path that isn't text")
    if not 0 <= length <= unpack.LARGEST:
        raise ValueError(f"a reply of {length} bytes")
    data = process.stdout.read(length)
    if len(data) < length:
        raise ValueError("a reply that breaks off")
    return reply, data
