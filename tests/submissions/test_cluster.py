"""Grading on a Dask cluster: the same files as on one machine, also when a worker dies in the middle."""
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.notebooks import KIT
from tests.submissions.test_submissions import NAME, REFRESH, files_of, grade, notebook, put

pytest.importorskip("distributed", reason="Dask is installed only by those who use a cluster: pip install distributed")


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers on loopback, each started in the kit's folder; gives (address, workers)."""
    told = tmp_path / "scheduler.json"
    quiet = {"cwd": KIT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True,
             "env": {**os.environ, "PYTHONPATH": str(KIT)}}
    dask = [sys.executable, "-m", "dask"]
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                  "--scheduler-file", str(told)], **quiet)
    workers = [subprocess.Popen([*dask, "worker", "--scheduler-file", str(told), "--host", "127.0.0.1", "--nthreads", "1",
                                 "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path / f"worker{number}")],
                                **quiet) for number in range(2)]
    from distributed import Client
    with Client(scheduler_file=str(told), timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
        address = client.scheduler.address
    yield address, workers
    for process in [*workers, scheduler]:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def test_a_cluster_gives_the_same_files_and_a_dead_worker_costs_nothing_else(tmp_path, cluster):
    address, workers = cluster
    answers = [REFRESH.answer, *REFRESH.right.values(), *(code for _, code in REFRESH.wrong.values())]
    files = {f"learner{number}/{NAME}": notebook(refresh=answers[number % len(answers)]) for number in range(40)}
    here, there = put(tmp_path / "here", files), put(tmp_path / "there", files)
    grade(here)
    run = subprocess.Popen([sys.executable, "-m", "exercises", "grade", str(there), "--dask", address], cwd=KIT,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    results = tmp_path / "there-grades" / "results"
    while run.poll() is None and len(list(results.glob("*.json"))) < 5:
        time.sleep(0.01)
    os.killpg(workers[0].pid, signal.SIGKILL)
    said = run.communicate(timeout=120)[0]
    assert run.returncode == 1, said
    assert files_of(tmp_path / "there-grades") == files_of(tmp_path / "here-grades")


def test_a_cluster_that_does_not_answer_is_told_in_one_line(tmp_path):
    pile = put(tmp_path / "pile", {f"ann/{NAME}": notebook()})
    run, _ = grade(pile, "--dask", "tcp://127.0.0.1:9")
    assert run.returncode == 2 and run.stderr.startswith("error: no scheduler answers at tcp://127.0.0.1:9")
