"""Grades on a Dask cluster: a submission goes there, and its result comes back."""
import time

from exercises.grader import fork_server
from exercises.grader.processes import GraderProblem
from exercises.submissions import grade, workers


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
        self.width = max(1, sum(self._client.nthreads().values()))

    def submit(self, submission, seed, pause=0):
        """Return a future of the result of `grade.grade_submission`. If a worker dies, Dask tries again."""
        return self._client.submit(grade_there, submission, seed, self.sandboxed, pause, pure=False)

    def first_done(self, futures):
        """Wait until one of the futures is done, and return those that are."""
        from dask.distributed import wait
        return wait(futures, return_when="FIRST_COMPLETED").done

    def containment(self):
        """Return what keeps answers in on the worker that has the least, in words, and whether that's a sandbox."""
        return min(self._client.run(fork_server.containment).values(), key=lambda found: found[1])

    def without_sandbox(self):
        """Return in a sentence what answers can do without a sandbox, on the worker where that's most."""
        every = self._client.run(fork_server.without_sandbox).values()
        return max(every, key=lambda said: said != fork_server.KEPT_APART)

    def close(self):
        self._client.close()


def grade_there(submission, seed, sandboxed, pause):
    """Return the result of `grade.grade_submission`, on a worker of the cluster, which goes on when the grader is gone.

    So the fork server ends after each submission.
    """
    time.sleep(pause)
    with workers.new_launcher(sandboxed) as launcher:
        return grade.grade_submission(submission, seed, launcher)
