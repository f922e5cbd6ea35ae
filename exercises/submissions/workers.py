"""Grading a batch of submissions: on all cores, each result kept as it comes, nothing graded twice that did not change."""
import concurrent.futures
import hashlib
import json
import multiprocessing
import re
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures.process import BrokenProcessPool

from exercises.submissions import grade
from exercises.submissions.reports import as_json
from exercises.grader import fork_server, processes
from exercises.grader.processes import GraderProblem
from lessons import files

TRIES = 3  # of a submission whose worker died
_launchers = threading.local()  # in a worker: the fork server of each of its threads


class Pool:
    """Workers on this machine, each with its own fork server."""

    def __init__(self, jobs):
        self.width = jobs if sys.platform != "win32" else min(jobs, 61)  # more workers a pool refuses there
        self._folder = tempfile.TemporaryDirectory(prefix="grading-")  # what a worker leaves is removed with it
        self._open()

    def _open(self):
        self._pool = concurrent.futures.ProcessPoolExecutor(
            self.width, multiprocessing.get_context("spawn"), _use_folder, [self._folder.name])

    def submit(self, submission, seed):
        """A future of the result of `grade.grade_submission`."""
        try:
            return self._pool.submit(grade_here, submission, seed)
        except BrokenProcessPool:  # a worker was killed; what was under way fails, and is tried again
            self._open()
            return self._pool.submit(grade_here, submission, seed)

    def first_done(self, futures):
        """Those of the futures that are done, once at least one is."""
        return concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED).done

    def close(self):
        """End the workers; what is under way is given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._folder.cleanup()


def _use_folder(folder):
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits for the workers


def grade_here(submission, seed):
    """The result of `grade.grade_submission`, with the fork server of this thread, which starts when it is first needed."""
    if not hasattr(_launchers, "own"):
        _launchers.own = fork_server.ForkServer().__enter__() if fork_server.can_fork() else processes.SubprocessLauncher()
    try:
        return grade.grade_submission(submission, seed, _launchers.own)
    except GraderProblem:
        del _launchers.own  # the next try gets a new one
        raise


def grade_all(batch, to, workers, seed, show):
    """Grade the submissions of a batch; give the paths of their results in the folder `to`, in order, and what failed.

    `show(done, again, submission)` is called after each: how many are done, and how many of them needed no grading.
    Returns (paths of results, {learner: reason} of those that could not be graded).
    """
    results, failed, waiting, done, again = {}, {}, {}, 0, 0
    for submission in batch:
        path = to / "results" / f"{slug(submission.key)}.json"
        fingerprint = grade.fingerprint(submission, seed)
        results[submission.key] = path
        if _is_current(path, fingerprint):
            done, again = done + 1, again + 1
            show(done, again)
            continue
        waiting[workers.submit(submission, seed)] = submission, path, fingerprint, 1
        while len(waiting) >= 2 * workers.width:
            done += _collect(workers, waiting, seed, failed)
            show(done, again)
    while waiting:
        done += _collect(workers, waiting, seed, failed)
        show(done, again)
    return [path for key, path in results.items() if key not in failed], failed


def _collect(workers, waiting, seed, failed):
    """Keep the results that are there; give their number. What failed for no fault of its own is tried again."""
    finished = 0
    for future in workers.first_done(list(waiting)):
        submission, path, fingerprint, tries = waiting.pop(future)
        try:
            keep(path, {"fingerprint": fingerprint, **future.result()})
        except Exception as problem:  # no submission can raise one: it is the grader, its worker, or the way there
            if tries < TRIES:
                waiting[workers.submit(submission, seed)] = submission, path, fingerprint, tries + 1
                continue
            failed[submission.key] = f"{type(problem).__name__}: {problem}"
        finished += 1
    return finished


def keep(path, result):
    """Write a result, whole or not at all."""
    files.write(path, as_json(result).encode("utf-8"))


def _is_current(path, fingerprint):
    """Whether a result is there and stands on the same submission, exercises and seed."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["fingerprint"] == fingerprint
    except (OSError, ValueError, KeyError, TypeError):
        return False


def slug(key):
    """A file name for a learner: readable, and different for different learners."""
    readable = re.sub(r"[^\w-]+", "-", key, flags=re.ASCII).strip("-")[:60]
    return f"{readable}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:16]}"


class Progress:
    """A line that tells how far it is: renewed on a terminal, now and then elsewhere."""

    def __init__(self, total):
        self.total, self.start, self.told, self.again = total, time.monotonic(), -10, 0

    def __call__(self, done, again):
        now, self.again = time.monotonic(), again
        on_terminal = sys.stderr.isatty()
        if now - self.told < (0.2 if on_terminal else 10) and done < self.total:
            return
        self.told, full = now, 30 * done // max(1, self.total)
        graded, left = done - again, self.total - done
        rest = f", about {int((now - self.start) / graded * left)} s left" if graded and left else ""
        line = f"[{'#' * full}{'.' * (30 - full)}] {done} of {self.total}{rest}"
        print(f"\r{line:70}" if on_terminal else line, end="" if on_terminal and left else "\n", file=sys.stderr, flush=True)
