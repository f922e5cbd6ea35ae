"""Grading on a Dask cluster: the same files as on one machine, even if a worker dies in the middle."""
import contextlib
import os
import shutil
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
    """Start a scheduler and workers on loopback in the course's folder; gives the address, and their processes."""
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
        for name in names:
            start("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / name))
        from distributed import Client
        with Client(scheduler_file=str(file), timeout=120) as client:
            if names:
                client.wait_for_workers(len(names), timeout=120)
            address = client.scheduler.address
        yield address, processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    with dask(tmp_path, "first", "second") as started:
        yield started


def test_a_cluster_gives_the_same_files_and_a_dead_worker_costs_nothing_else(tmp_path, cluster):
    address, (_, first, _) = cluster
    answers = [REFRESH.answer, *REFRESH.right.values(), *(code for _, code in REFRESH.wrong.values())]
    files = {f"learner{number}/{NAME}": notebook(refresh=answers[number % len(answers)]) for number in range(40)}
    here, there = put(tmp_path / "here", files), put(tmp_path / "there", files)
    grade(here)
    run = subprocess.Popen([*GRADE, str(there), "--dask", address], cwd=KIT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    results = tmp_path / "there-grades" / "results"
    while run.poll() is None and len(list(results.glob("*.json"))) < 5:
        time.sleep(0.01)
    first.kill()
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


@contextlib.contextmanager
def at_work(tmp_path, address):
    """Grade a class on a cluster; gives the process as soon as there's a result, when others are still to come."""
    slow = f"import time\ntime.sleep(1)\n{REFRESH.answer}"
    batch = put(tmp_path / "batch", {f"learner{number}/{NAME}": notebook(refresh=slow) for number in range(5)})
    with subprocess.Popen([*GRADE, str(batch), "--dask", address], cwd=KIT, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as run:
        try:
            results = tmp_path / "batch-grades" / "results"
            while run.poll() is None and not list(results.glob("*.json")):
                time.sleep(0.05)
            assert run.poll() is None
            yield run
        finally:
            run.kill()


def test_without_any_worker_the_teacher_reads_that_and_the_next_one_goes_on(tmp_path):
    with dask(tmp_path, "first") as (address, processes), at_work(tmp_path, address) as run:
        processes[-1].kill()
        assert any("has no workers any more" in line for line in run.stderr)
        processes.append(subprocess.Popen([sys.executable, "-m", "dask", "worker", address, "--no-dashboard"], cwd=KIT,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                          env={**os.environ, "PYTHONPATH": str(KIT)}))
        assert run.wait() == 1 and "NOT GRADED" not in run.stderr.read()
    assert len(list((tmp_path / "batch-grades" / "feedback").iterdir())) == 5


def test_the_end_of_the_scheduler_is_reported_in_one_line(tmp_path):
    with dask(tmp_path, "only") as (address, processes), at_work(tmp_path, address) as run:
        processes[0].kill()
        said = run.stderr.read()
        assert run.wait() == 2 and f"error: the scheduler at {address} is gone" in said, said
    assert "Traceback" not in said and "the same command continues" in said


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
    with dask(tmp_path, "only") as (address, (_, worker)):
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


class Machine:
    """A network namespace, which is gone as soon as no process is in it: here, a command runs as on another machine."""

    def __init__(self):
        # It ends with the tests, however they end, because then nobody holds the other end of its standard input.
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout.readline() == "ready\n"
        self.number, self._processes = self._holder.pid, []
        self.ip("link", "set", "lo", "up")

    def command(self, *arguments):
        return ["nsenter", f"--net=/proc/{self.number}/ns/net", *arguments]

    def ip(self, *arguments):
        subprocess.run(self.command("ip", *arguments), check=True, capture_output=True)

    def connect(self, other, number):
        """Connect this machine, which gets the address 10.77.NUMBER.1, to another one, 10.77.NUMBER.2."""
        self.ip("link", "add", f"to{number}", "type", "veth", "peer", "name", "eth0", "netns", str(other.number))
        for machine, name, last in ((self, f"to{number}", 1), (other, "eth0", 2)):
            machine.ip("address", "add", f"10.77.{number}.{last}/24", "dev", name)
            machine.ip("link", "set", name, "up")

    def start(self, *arguments, **options):
        self._processes.append(subprocess.Popen(self.command(*arguments), cwd=KIT, **options))
        return self._processes[-1]

    def end(self):
        for process in (*self._processes, self._holder):
            process.kill()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout)):
                pipe.close()


def why_no_machines():
    """Return why there can't be several machines here, in one line, or ""."""
    if sys.platform != "linux" or os.geteuid():
        return "only Linux' root may make network namespaces"
    if missing := [tool for tool in ("ip", "nsenter", "unshare") if not shutil.which(tool)]:
        return f"without {' and '.join(missing)} (Debian: iproute2, util-linux)"
    run = subprocess.run(["unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"],
                         capture_output=True, text=True)
    return run.stderr.strip().replace("\n", " ")


def in_namespaces(inodes):
    """Return the numbers of the processes that are in some network namespaces."""
    found = []
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        with contextlib.suppress(OSError):  # it has ended
            found += [path.parts[2]] * (path.stat().st_ino in inodes)
    return found


@pytest.fixture
def machines():
    """Four machines: a teacher's, and three that are connected to it and not to each other."""
    if reason := why_no_machines():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with contextlib.ExitStack() as stack:
        every = []
        for _ in range(4):
            every.append(Machine())
            stack.callback(every[-1].end)
        inodes = {Path(f"/proc/{machine.number}/ns/net").stat().st_ino for machine in every}
        for number, other in enumerate(every[1:], start=1):
            every[0].connect(other, number)
        yield every
    assert wait_until(lambda: not in_namespaces(inodes)), "the namespaces are still there"


def test_of_three_machines_one_goes_dark_while_it_grades_and_nobody_is_lost(tmp_path, machines):
    teacher, *others = machines
    slow = "import time\ntime.sleep(1)\n"  # so that each machine is at work when one goes dark
    answers = [slow + code for code in (REFRESH.answer, *(code for _, code in REFRESH.wrong.values()))]
    files = {f"learner{number:02}/{NAME}": notebook(refresh=answers[number % len(answers)]) for number in range(12)}
    here, there = put(tmp_path / "here", files), put(tmp_path / "there", files)
    run, _ = grade(here)
    assert run.returncode == 1, run.stderr
    environment = {**os.environ, "PYTHONPATH": str(KIT), "DASK_TEMPORARY_DIRECTORY": str(tmp_path / "dask"),
                   "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s"}  # instead of 30, until a silent machine is given up
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    teacher.start(*dask, "scheduler", "--port", "8786", "--no-dashboard", env=environment, **quiet)
    workers = []
    for number, machine in enumerate(others, start=1):
        (tmp_path / f"temporary{number}").mkdir()
        workers.append(machine.start(
            *dask, "worker", f"tcp://10.77.{number}.1:8786", "--host", f"10.77.{number}.2", "--nthreads", "1",
            "--no-nanny", "--no-dashboard", **quiet,
            env={**environment, "TMPDIR": str(tmp_path / f"temporary{number}")}))
    waiting = ("from distributed import Client\n"
               "with Client('tcp://127.0.0.1:8786', timeout=60) as client:\n    client.wait_for_workers(3, timeout=60)")
    subprocess.run(teacher.command(sys.executable, "-c", waiting), check=True, capture_output=True, timeout=150)
    run = teacher.start(*GRADE, str(there), "--dask", "tcp://127.0.0.1:8786", stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True)
    results = tmp_path / "there-grades" / "results"
    while run.poll() is None and (len(list(results.glob("*.json"))) < 2 or not below(workers[0].pid)):
        time.sleep(0.01)
    started = below(workers[0].pid)
    others[0].ip("link", "set", "eth0", "down")  # so nothing tells the others that it's gone
    workers[0].kill()
    output, _ = run.communicate()
    assert run.returncode == 1, output
    assert files_of(tmp_path / "there-grades") == files_of(tmp_path / "here-grades")
    assert wait_until(lambda: not [number for number in started if running(number)]), "its answers go on"
    left = [path for number in (1, 2, 3) for path in (tmp_path / f"temporary{number}").iterdir()]
    assert "--no-sandbox" in GRADE or not left


def running(number):
    """Return whether a process has neither ended nor become a zombie."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
