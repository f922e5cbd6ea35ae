"""Grades on a Dask cluster: a submission goes there, and its result comes back."""
import contextlib
import threading
import time

from exercises.isolation import fork_server
from exercises.isolation.processes import GraderProblem
from exercises.submissions import grade, workers

HOW = "Start each one in a clone of the course: PYTHONPATH=. dask worker"


class Cluster:
    """The workers of a running Dask cluster. Each needs the course, and is started in its folder."""

    def __init__(self, address, sandboxed):
        self.sandboxed = sandboxed
        try:
            from dask.distributed import Client
        except ImportError:
            raise GraderProblem("Dask isn't installed here. To use a cluster, type: pip install distributed") from None
        try:
            self._client = Client(address, timeout=20)
        except (OSError, ValueError) as problem:
            raise GraderProblem(f"no scheduler answers at {address} ({problem}). Start one with: dask scheduler"
                                ) from None
        self._address, self.width = address, sum(self._client.nthreads().values())
        if not self.width:
            self.close()
            raise GraderProblem(f"the cluster at {address} has no workers. {HOW} {address}")

    def submit(self, submission, seed, pause=0):
        """Return a future of the result of `grade.grade_submission`. If a worker dies, Dask tries again."""
        return self._client.submit(grade_there, submission, seed, self.sandboxed, pause, pure=False)

    def first_done(self, futures):
        """Wait until one of the futures is done, and return those that are."""
        from dask.distributed import wait
        return wait(futures, return_when="FIRST_COMPLETED").done

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
