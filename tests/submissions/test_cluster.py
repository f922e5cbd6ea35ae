"""Grading on a Dask cluster: the same files as on one machine, even if a worker dies in the middle."""
import os
import subprocess
import sys
import time

import pytest

from tests.notebooks import KIT
from tests.submissions.test_submissions import GRADE, NAME, REFRESH, files_of, grade, notebook, put

pytest.importorskip("distributed", reason="Dask isn't installed: pip install distributed")


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers on loopback in the course's folder; returns the address and the workers."""
    file = tmp_path / "scheduler.json"
    common = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    processes = []

    def start(*arguments):
        processes.append(subprocess.Popen([sys.executable, "-m", "dask", *arguments, *common], cwd=KIT,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                          env={**os.environ, "PYTHONPATH": str(KIT)}))
        return processes[-1]

    try:
        start("scheduler", "--port", "0")
        workers = [start("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / name))
                   for name in ("first", "second")]
        from distributed import Client
        with Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, workers
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_gives_the_same_files_and_a_dead_worker_costs_nothing_else(tmp_path, cluster):
    address, workers = cluster
    answers = [REFRESH.answer, *REFRESH.right.values(), *(code for _, code in REFRESH.wrong.values())]
    files = {f"learner{number}/{NAME}": notebook(refresh=answers[number % len(answers)]) for number in range(40)}
    here, there = put(tmp_path / "here", files), put(tmp_path / "there", files)
    grade(here)
    run = subprocess.Popen([*GRADE, str(there), "--dask", address], cwd=KIT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    results = tmp_path / "there-grades" / "results"
    while run.poll() is None and len(list(results.glob("*.json"))) < 5:
        time.sleep(0.01)
    workers[0].kill()
    output = run.communicate(timeout=120)[0]
    assert run.returncode == 1, output
    assert files_of(tmp_path / "there-grades") == files_of(tmp_path / "here-grades")


def test_a_cluster_that_does_not_answer_is_reported_in_one_line(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": notebook()})
    run, _ = grade(batch, "--dask", "tcp://127.0.0.1:9")
    assert run.returncode == 2 and run.stderr.startswith("error: no scheduler answers at tcp://127.0.0.1:9")
