"""Grading a pile of hand-ins: on all cores, each result kept as it comes, nothing graded twice that did not change."""
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

from exercises.classroom import marking
from exercises.classroom.reports import as_json
from exercises.grader import processes, warm
from exercises.grader.processes import GraderProblem
from lessons import desks

TRIES = 3  # of a hand-in whose worker died
_hosts = threading.local()  # in a worker: the warm process from which each of its threads forks answers


class Pool:
    """Workers on this machine, each with a warm process of its own."""

    def __init__(self, jobs):
        self.width = jobs if sys.platform != "win32" else min(jobs, 61)  # more workers a pool refuses there
        self._folder = tempfile.TemporaryDirectory(prefix="grading-")  # what a worker leaves is removed with it
        self._open()

    def _open(self):
        self._pool = concurrent.futures.ProcessPoolExecutor(
            self.width, multiprocessing.get_context("spawn"), _use_folder, [self._folder.name])

    def submit(self, hand_in, seed):
        """A future of the result of `marking.mark`."""
        try:
            return self._pool.submit(mark_here, hand_in, seed)
        except BrokenProcessPool:  # a worker was killed; what was under way fails, and is tried again
            self._open()
            return self._pool.submit(mark_here, hand_in, seed)

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


def mark_here(hand_in, seed):
    """The result of `marking.mark`, by the warm process of this thread, which is started when it is needed first."""
    if not hasattr(_hosts, "own"):
        _hosts.own = warm.Host().__enter__() if warm.can_fork() else processes
    try:
        return marking.mark(hand_in, seed, _hosts.own)
    except GraderProblem:
        del _hosts.own  # the next try gets a new one
        raise


def grade_all(pile, to, workers, seed, show):
    """Grade the hand-ins of a pile; give the paths of their results in the folder `to`, in order, and what failed.

    `show(done, again, hand_in)` is called after each: how many are done, and how many of them needed no grading.
    Returns (paths of results, {learner: reason} of those that could not be graded).
    """
    results, failed, waiting, done, again = {}, {}, {}, 0, 0
    for hand_in in pile:
        path = to / "results" / f"{slug(hand_in.key)}.json"
        fingerprint = marking.fingerprint(hand_in, seed)
        results[hand_in.key] = path
        if _is_current(path, fingerprint):
            done, again = done + 1, again + 1
            show(done, again)
            continue
        waiting[workers.submit(hand_in, seed)] = hand_in, path, fingerprint, 1
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
        hand_in, path, fingerprint, tries = waiting.pop(future)
        try:
            keep(path, {"fingerprint": fingerprint, **future.result()})
        except Exception as problem:  # no hand-in can raise one: it is the grader, its worker, or the way there
            if tries < TRIES:
                waiting[workers.submit(hand_in, seed)] = hand_in, path, fingerprint, tries + 1
                continue
            failed[hand_in.key] = f"{type(problem).__name__}: {problem}"
        finished += 1
    return finished


def keep(path, result):
    """Write a result, whole or not at all."""
    desks.write(path, as_json(result).encode("utf-8"))


def _is_current(path, fingerprint):
    """Whether a result is there and stands on the same hand-in, exercises and seed."""
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
