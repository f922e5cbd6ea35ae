"""Grades a batch on all cores, keeps each result as soon as it's there, and grades nothing twice that didn't change."""
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

from exercises.grader import fork_server, processes
from exercises.grader.processes import GraderProblem
from exercises.submissions import grade
from exercises.submissions.reports import as_json
from lessons import files

TRIES = 3  # for a submission whose worker died
_launchers = threading.local()  # in a worker: the fork server of each thread


class Pool:
    """Workers on this machine, each with its own fork server."""

    def __init__(self, jobs):
        self.width = jobs if sys.platform != "win32" else min(jobs, 61)  # Windows refuses a pool with more
        self._folder = files.temporary_folder("grading")  # contains whatever a killed worker leaves
        self._open()

    def _open(self):
        self._pool = concurrent.futures.ProcessPoolExecutor(
            self.width, multiprocessing.get_context("spawn"), _use_folder, [str(self._folder)])

    def submit(self, submission, seed):
        """Return a future of the result of `grade.grade_submission`."""
        try:
            return self._pool.submit(grade_here, submission, seed)
        except BrokenProcessPool:  # a worker was killed: what it was grading fails, and is tried again
            self._open()
            return self._pool.submit(grade_here, submission, seed)

    def first_done(self, futures):
        """Wait until one of the futures is done, and return those that are."""
        return concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED).done

    def close(self):
        """End the workers, without waiting for submissions that none of them has started."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _use_folder(folder):
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C the command ends its workers itself


def grade_here(submission, seed):
    """Return the result of `grade.grade_submission`, with this thread's fork server, started when it's first needed."""
    if not hasattr(_launchers, "own"):
        can_fork = fork_server.can_fork()
        _launchers.own = fork_server.ForkServer().__enter__() if can_fork else processes.SubprocessLauncher()
    try:
        return grade.grade_submission(submission, seed, _launchers.own)
    except GraderProblem:
        del _launchers.own  # the next try gets a new one
        raise


def grade_all(batch, to, workers, seed, show):
    """Grade the submissions of a batch, and write a result for each into the folder `to`.

    Calls `show(done, again)` after each: how many are done, and how many of them hadn't changed. Returns the paths of
    the results, in the order of the batch, and {learner: reason} for those that couldn't be graded.
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
    """Keep the results that are there, and return their number. What failed is tried again."""
    finished = 0
    for future in workers.first_done(list(waiting)):
        submission, path, fingerprint, tries = waiting.pop(future)
        try:
            keep(path, {"fingerprint": fingerprint, **future.result()})
        except Exception as problem:  # never the submission's fault, but the grader's, its worker's, or the network's
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
    """Return whether a result is there, for the same submission, exercises and seed."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["fingerprint"] == fingerprint
    except (OSError, ValueError, KeyError, TypeError):
        return False


def slug(key):
    """Return a file name for a learner: readable, and different for different learners."""
    readable = re.sub(r"[^\w-]+", "-", key, flags=re.ASCII).strip("-")[:60]
    return f"{readable}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:16]}"


class ProgressBar:
    """A line that says how many submissions are done: updated in place on a terminal, every 10 seconds elsewhere."""

    def __init__(self, total):
        self.total, self.start, self.shown, self.again = total, time.monotonic(), -10, 0

    def __call__(self, done, again):
        now, self.again = time.monotonic(), again
        on_terminal = sys.stderr.isatty()
        if now - self.shown < (0.2 if on_terminal else 10) and done < self.total:
            return
        self.shown, full = now, 30 * done // max(1, self.total)
        graded, left = done - again, self.total - done
        rest = f", about {int((now - self.start) / graded * left)} s left" if graded and left else ""
        line = f"[{'#' * full}{'.' * (30 - full)}] {done} of {self.total}{rest}"
        if on_terminal:
            print(f"\r{line:70}", end="" if left else "\n", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
