"""Grades a batch on all cores, keeps each result as soon as it's there, and grades nothing twice that didn't change."""
import concurrent.futures
import contextlib
import hashlib
import json
import pickle
import queue
import re
import subprocess
import sys
import threading
import time
import unicodedata

from exercises.isolation import fork_server, processes
from exercises.isolation.processes import GraderProblem
from exercises.submissions import grade
from exercises.submissions.janitor import apart
from exercises.submissions.reports import as_json, shown
from lessons import files
from lessons.notebooks import KIT

PAUSES = (0.5, 2)  # seconds before each further try, if the machine or the grader failed
AT_MOST = 2  # seconds in which workers end
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
                         "đ": "d", "Đ": "D", "ı": "i"})  # those that aren't a letter and an accent
START = (f"import sys; sys.path.insert(0, {str(KIT)!r})\n"
         "from exercises.submissions import worker; worker.main(*sys.argv[1:])")
_launcher: contextlib.ExitStack | None = None  # in a worker: ends its fork server
_own: processes.Launcher


class Worker:
    """A process that grades, with its own fork server."""

    def __init__(self, folder, held, sandboxed):
        self._process = subprocess.Popen([sys.executable, "-c", START, str(folder), str(int(sandboxed))],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=held, **apart())

    def grade(self, submission, seed):
        """Return the result of `grade.grade_submission`. Raises GraderProblem, also if the worker ended."""
        request = pickle.dumps((submission, seed))
        try:
            self._process.stdin.write(len(request).to_bytes(8, "big") + request)
            self._process.stdin.flush()
            reply = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            raise GraderProblem("a worker was killed") from None
        if "problem" in reply:
            raise GraderProblem(reply["problem"])
        return reply["result"]

    def dismiss(self):
        """Let the process end, which takes a moment."""
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.close()

    def end(self, deadline=0):
        """End the process, and all that it started, at the latest at the time `deadline`."""
        self.dismiss()
        try:
            self._process.wait(max(0, deadline - time.monotonic()) if deadline else AT_MOST)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Pool:
    """Workers on this machine, each started when it's first needed, and again if it was killed.

    No semaphore and no shared memory, because those would stay if the grader was killed.
    """

    def __init__(self, jobs, sandboxed, janitor):
        self.width, self.sandboxed, self._janitor = jobs, sandboxed, janitor
        self._orders, self._workers, self._threads, self._closed = queue.SimpleQueue(), {}, [], False

    def submit(self, submission, seed, pause=0):
        """Return a future of the result of `grade.grade_submission`, which begins after a pause."""
        future = concurrent.futures.Future()
        self._orders.put((future, submission, seed, pause))
        if len(self._threads) < self.width:
            self._threads.append(threading.Thread(target=self._work, args=[len(self._threads)], daemon=True))
            self._threads[-1].start()
        return future

    def _work(self, number):
        """Hand one order after the other to one worker."""
        while not self._closed:
            future, submission, seed, pause = self._orders.get()
            time.sleep(pause)
            try:
                future.set_result(self._worker(number).grade(submission, seed))
            except Exception as problem:
                if worker := self._workers.pop(number, None):
                    worker.end()  # the next try gets a new one
                future.set_exception(problem)

    def _worker(self, number):
        if number not in self._workers:
            worker = self._workers[number] = Worker(self._janitor.folder, self._janitor.held, self.sandboxed)
            if self._closed:
                worker.end()
        return self._workers[number]

    def first_done(self, futures):
        """Wait until one of the futures is done, and return those that are."""
        return concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED).done

    def containment(self):
        """Return what keeps answers in, in words, and whether that's a sandbox."""
        return fork_server.containment()

    def without_sandbox(self):
        """Return in a sentence what answers can do without a sandbox."""
        return fork_server.without_sandbox()

    def close(self):
        """End the workers, without waiting for submissions that they haven't graded yet."""
        self._closed, deadline, workers = True, time.monotonic() + AT_MOST, list(self._workers.values())
        for worker in workers:
            worker.dismiss()
        for worker in workers:
            worker.end(deadline)


def grade_here(submission, seed, sandboxed):
    """Return the result of a submission or of one answer, with this worker's fork server, started when first needed.

    Raises GraderProblem if there's no sandbox here but `sandboxed`.
    """
    global _launcher, _own
    if not _launcher:
        stack = contextlib.ExitStack()
        _own = stack.enter_context(new_launcher(sandboxed))
        _launcher = stack
    try:
        if isinstance(submission, grade.OneAnswer):
            return grade.grade_answer(submission, seed, _own)
        return grade.grade_submission(submission, seed, _own)
    except Exception:
        end_launcher()  # the next try gets a new one
        raise


def new_launcher(sandboxed):
    """Return what starts answers' processes here, to be used in a `with` statement, which raises GraderProblem."""
    if sandboxed or fork_server.can_fork():
        return fork_server.ForkServer(sandboxed)
    return contextlib.nullcontext(processes.SubprocessLauncher())


def end_launcher():
    """End this worker's fork server, if it has one."""
    global _launcher
    launcher, _launcher = _launcher, None
    if launcher:
        launcher.close()


def grade_all(batch, to, workers, seed, show):
    """Grade the submissions of a batch, and write a result for each into the folder `to`.

    Calls `show(done, again)` after each: how many are done, and how many of them hadn't changed. Returns for each, in
    the order of the batch, the path of its result, or the result itself if it couldn't be graded, because that isn't
    kept; and {learner: reason} for those that couldn't.
    """
    results, failed, waiting, done, again = {}, {}, {}, 0, 0
    for submission in batch:
        path = to / "results" / f"{slug(submission.key)}.json"
        if submission.broken:
            failed[submission.key] = shown(submission.broken)
            results[submission.key] = grade.not_graded(submission, failed[submission.key])
            done += 1
            show(done, again)
            continue
        fingerprint = grade.fingerprint(submission, seed)
        results[submission.key] = path
        if _is_current(path, fingerprint):
            done, again = done + 1, again + 1
            show(done, again)
            continue
        waiting[workers.submit(submission, seed)] = submission, path, fingerprint, 0
        while len(waiting) >= 2 * workers.width:
            done += _collect(workers, waiting, seed, results, failed)
            show(done, again)
    while waiting:
        done += _collect(workers, waiting, seed, results, failed)
        show(done, again)
    return list(results.values()), failed


def grade_answers(answers, workers, seed, show):
    """Grade single answers, and yield (its place, its result) for each, as soon as it's there.

    The result of one that couldn't be graded says so. Calls `show(done, 0)` after each.
    """
    waiting = {workers.submit(answer, seed): (place, answer, 0) for place, answer in enumerate(answers)}
    done = 0
    while waiting:
        for future in workers.first_done(list(waiting)):
            place, answer, tries = waiting.pop(future)
            try:
                result = future.result()
            except Exception as problem:  # never the answer's fault
                if tries < len(PAUSES):
                    waiting[workers.submit(answer, seed, PAUSES[tries])] = place, answer, tries + 1
                    continue
                result = {"state": grade.NOT_GRADED, "message": shown(str(problem))}
            done += 1
            show(done, 0)
            yield place, result


def _collect(workers, waiting, seed, results, failed):
    """Keep the results that are there, and return their number. What failed is tried again."""
    finished = 0
    for future in workers.first_done(list(waiting)):
        submission, path, fingerprint, tries = waiting.pop(future)
        try:
            keep(path, {"fingerprint": fingerprint, **future.result()})
        except Exception as problem:  # never the submission's fault, but the grader's, its worker's, or the network's
            if tries < len(PAUSES):
                waiting[workers.submit(submission, seed, PAUSES[tries])] = submission, path, fingerprint, tries + 1
                continue
            kind = "" if isinstance(problem, GraderProblem) else f"{type(problem).__name__}: "
            reason = shown(f"{kind}{problem}")
            results[submission.key], failed[submission.key] = grade.not_graded(submission, reason), reason
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
    """Return a file name for a learner: readable, without accents, and different for different learners."""
    letters = (letter for letter in unicodedata.normalize("NFKD", key) if not unicodedata.combining(letter))
    plain = "".join(letters).translate(LETTERS)
    readable = re.sub(r"[^\w-]+", "-", plain, flags=re.ASCII).strip("-")[:60]
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
