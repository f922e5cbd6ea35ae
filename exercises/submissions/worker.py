"""A worker's process: it grades one submission after the other, and ends with all that it started when the grader ends.

Requests come in through standard input, each with its length before it. So its end shows at once that the grader has
ended, however that was.
"""
import contextlib
import ctypes
import json
import os
import pickle
import queue
import signal
import sys
import tempfile
import threading

AT_MOST = 2  # seconds to end what it started
SUBREAPER = 36  # Linux' PR_SET_CHILD_SUBREAPER


def main(folder: str, sandboxed: str) -> None:
    """Grade what's asked for, with temporary files only in `folder`, until standard input ends.

    `sandboxed` is "1" if nothing may be graded without a sandbox, which was decided by the grader.
    """
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # so that nothing else gets among the replies
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=[requests], daemon=True).start()  # first of all: the grader may end now
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _adopt_orphans()
    tempfile.tempdir = folder
    from exercises.submissions import workers
    while True:
        submission, seed = pickle.loads(requests.get())
        try:
            reply = {"result": workers.grade_here(submission, seed, sandboxed == "1")}
        except Exception as problem:  # never the submission's fault, but the grader's or the machine's
            kind = type(problem).__name__
            reply = {"problem": str(problem) if kind == "GraderProblem" else f"{kind}: {problem}"}
        _forget_orphans()
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def _receive(requests: "queue.SimpleQueue[bytes]") -> None:
    """Put the requests into a queue, and end this process when there can't be any more."""
    try:
        while head := sys.stdin.buffer.read(8):
            length = int.from_bytes(head, "big")
            if len(body := sys.stdin.buffer.read(length)) == length:
                requests.put(body)
    finally:
        timer = threading.Timer(AT_MOST, os._exit, [1])
        timer.daemon = True
        timer.start()
        try:
            _end_children()
        finally:
            os._exit(0)


def _adopt_orphans() -> None:
    """Become the parent of whatever loses its own below this process, so that `_end_children` finds it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def _forget_orphans() -> None:
    """Let go of adopted processes that have ended, because each takes a slot until then."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such processes
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end_children() -> None:
    """Kill the children of this process, then those that became its children by that, until none is left."""
    if "exercises.submissions.workers" in sys.modules and not sys.platform == "linux":
        sys.modules["exercises.submissions.workers"].end_launcher()
    while children := _children():
        for number in children:
            try:
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)
            except OSError:
                pass  # the thread that started it waited for it


def _children() -> list[int]:
    """Return the process numbers of this process's children, those of all its threads."""
    found: list[int] = []
    if sys.platform == "linux":
        for entry in os.listdir("/proc"):
            if entry.isdecimal():
                try:
                    with open(f"/proc/{entry}/stat", "rb") as file:
                        state, parent = file.read().rpartition(b")")[2].split()[:2]
                except OSError:
                    continue  # it has ended
                if int(parent) == os.getpid() and state not in b"ZX":
                    found.append(int(entry))
    return found
