"""Grades on a Dask cluster: a submission goes there, and its result comes back."""
import contextlib
import logging
import sys
import threading
import time

from exercises.isolation import fork_server
from exercises.isolation.processes import GraderProblem
from exercises.submissions import grade, workers

HOW = "Start each one in a clone of the course: PYTHONPATH=. dask worker"
SILENCE = 10  # seconds without a result after which it's looked whether there's any worker


class Cluster:
    """The workers of a running Dask cluster. Each needs the course, and is started in its folder."""

    def __init__(self, address, sandboxed):
        self.sandboxed = sandboxed
        try:
            from dask.distributed import Client
        except ImportError:
            raise GraderProblem("Dask isn't installed here. To use a cluster, type: pip install distributed") from None
        logging.disable()  # of Dask and its libraries: what a teacher needs to know is said here
        try:
            self._client = Client(address, timeout=20)
        except (OSError, ValueError) as problem:
            raise GraderProblem(f"no scheduler answers at {address} ({problem}). Start one with: dask scheduler"
                                ) from None
        self._address, self.width, self._alone = address, sum(self._client.nthreads().values()), False
        if not self.width:
            self.close()
            raise GraderProblem(f"the cluster at {address} has no workers. {HOW} {address}")

    def submit(self, submission, seed, pause=0):
        """Return a future of the result of `grade.grade_submission`. If a worker dies, Dask tries again.

        Raises GraderProblem if the scheduler is gone.
        """
        with self._connected():
            return self._client.submit(grade_there, submission, seed, self.sandboxed, pause, pure=False)

    def first_done(self, futures):
        """Wait until one of the futures is done, and return those that are. Says so if no worker is left.

        Raises GraderProblem if the scheduler is gone.
        """
        from dask.distributed import TimeoutError, wait
        with self._connected():
            while True:
                try:
                    return wait(futures, timeout=SILENCE, return_when="FIRST_COMPLETED").done
                except TimeoutError:
                    self._look_for_workers()

    def _look_for_workers(self):
        before, self._alone = self._alone, not self._client.nthreads()
        if self._alone and not before:
            print(f"The cluster has no workers any more. When there's one again, grading goes on. {HOW} "
                  f"{self._address}", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def _connected(self):
        """Raise GraderProblem if Dask gives up on the scheduler in the `with` statement."""
        from dask.distributed import CancelledError
        try:
            yield
        except (CancelledError, OSError, RuntimeError):
            raise GraderProblem(f"the scheduler at {self._address} is gone. The results so far are kept: start it "
                                "again, and the same command continues from there") from None

    def containment(self):
        """Return what keeps answers in on the worker that has the least, in words, and whether that's a sandbox."""
        try:
            found = self._client.run(fork_server.containment)
        except Exception as problem:  # of any kind, because it's the worker's
            raise GraderProblem(f"a worker of the cluster can't grade ({problem}). {HOW} {self._address}") from None
        worker, (words, sandboxed) = min(found.items(), key=lambda item: item[1][1])
        return words if sandboxed else f"on {worker} {words}", sandboxed

    def without_sandbox(self):
        """Return in a sentence what answers can do without a sandbox, on the worker where that's most."""
        every = self._client.run(fork_server.without_sandbox).values()
        return max(every, key=lambda said: said != fork_server.KEPT_APART)

    def close(self):
        self._client.close()


def grade_there(submission, seed, sandboxed, pause):
    """Return the result of `grade.grade_submission`, on a worker of the cluster, which goes on when the grader is gone.

    So the fork server ends after each submission, and earlier if nobody waits for the result any more.
    """
    time.sleep(pause)
    with workers.new_launcher(sandboxed) as launcher, _only_while_wanted(launcher):
        return grade.grade_submission(submission, seed, launcher)


@contextlib.contextmanager
def _only_while_wanted(launcher):
    """End the answers at once if Dask cancels the present task, because the grader has ended."""
    from dask.distributed import get_worker
    worker, done = get_worker(), threading.Event()
    task = worker.state.tasks[worker.get_current_task()]

    def watch():
        while not done.wait(1):
            if task.state != "executing" and hasattr(launcher, "kill"):
                launcher.kill()
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
