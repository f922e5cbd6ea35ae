"""Marking on a Dask cluster: what travels there is the submission, and what comes back is its result."""
from exercises.submissions import workers
from exercises.grader.processes import GraderProblem


class Cluster:
    """The workers of a running Dask cluster; each needs this kit, started in its folder."""

    def __init__(self, address):
        try:
            from dask.distributed import Client
        except ImportError:
            raise GraderProblem("Dask is not installed here. To use a cluster, type: pip install distributed") from None
        try:
            self._client = Client(address, timeout=20)
        except (OSError, ValueError) as problem:
            raise GraderProblem(f"no scheduler answers at {address} ({problem}). Start one with: dask scheduler") from None
        self.width = max(1, sum(self._client.nthreads().values()))

    def submit(self, submission, seed):
        """A future of the result of `grade.grade_submission`; a worker that dies costs another try of Dask's."""
        return self._client.submit(workers.grade_here, submission, seed, pure=False)

    def first_done(self, futures):
        """Those of the futures that are done, once at least one is."""
        from dask.distributed import wait
        return wait(futures, return_when="FIRST_COMPLETED").done

    def close(self):
        self._client.close()
