"""Grading on a Dask cluster: the same files as on one machine, even if a worker dies in the middle."""
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.grader import tasks
from exercises.isolation import fork_server
from exercises.isolation.processes import GraderProblem
from tests.notebooks import KIT
from tests.submissions.test_submissions import GRADE, NAME, REFRESH, files_of, grade, notebook, put

pytest.importorskip("distributed", reason="Dask isn't installed: pip install distributed")


@contextlib.contextmanager
def dask(tmp_path, *names):
    """Start a scheduler and workers on loopback in the course's folder; gives the address and the workers."""
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
                   for name in names]
        from distributed import Client
        with Client(scheduler_file=str(file), timeout=120) as client:
            if names:
                client.wait_for_workers(len(names), timeout=120)
            address = client.scheduler.address
        yield address, workers
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    with dask(tmp_path, "first", "second") as started:
        yield started


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


def test_a_cluster_without_workers_is_reported_in_one_line(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": notebook()})
    with dask(tmp_path) as (address, _):
        run, _ = grade(batch, "--dask", address)
    assert (run.returncode, run.stderr) == (2, f"error: the cluster at {address} has no workers. Start each one in a "
                                               f"clone of the course: PYTHONPATH=. dask worker {address}\n")


def test_a_worker_of_a_cluster_refuses_to_grade_with_less_than_what_was_decided(monkeypatch):
    from exercises.submissions import cluster
    first_line = "def make_view(folder, shown, hidden):"
    broken = fork_server.SANDBOX.replace(first_line, first_line + "\n    call()")
    monkeypatch.setattr(fork_server, "SANDBOX", broken)
    with pytest.raises(GraderProblem):
        cluster.grade_there(None, "", True, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the processes")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_nothing_goes_on_in_a_cluster_after_the_end_of_the_grader(tmp_path, name):
    loops = {task.name.replace("-", "_"): "while True:\n    pass\n" for task in tasks.all_tasks()
             if task.notebook == REFRESH.notebook}
    batch = put(tmp_path / "batch", {f"learner{number}/{NAME}": notebook(**loops) for number in range(3)})
    with dask(tmp_path, "only") as (address, (worker,)):
        with subprocess.Popen([*GRADE, str(batch), "--dask", address], cwd=KIT, start_new_session=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
            run.stderr.readline()  # the announcement
            assert wait_until(lambda: len(below(worker.pid)) > 1)
            time.sleep(1)
            run.send_signal(getattr(signal, name))
            run.communicate()
        assert wait_until(lambda: not below(worker.pid)), "the answers go on"
        assert run.returncode == (130 if name == "SIGINT" else -9)
        assert worker.poll() is None


def wait_until(condition):
    """Return whether a condition comes true in 12 seconds, in which no answer reaches its last limit."""
    end = time.monotonic() + 12
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def below(number):
    """Return the numbers of all processes that a process and its threads have started."""
    try:
        children = [int(child) for path in Path(f"/proc/{number}/task").glob("*/children")
                    for child in path.read_text().split()]
    except OSError:
        return []  # it has ended
    return [found for child in children for found in (child, *below(child))]
