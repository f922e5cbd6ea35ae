"""What the kit costs, as ratios of CPU seconds within one run: `.venv/bin/python -m tests.benchmark` (POSIX only).

Each pair is measured turn by turn, and the cheapest turn counts: machines are shared, and noise only adds.
"""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from nbval.kernel import RunningKernel

from exercises.grader import grading, tasks
from tests.notebooks import KIT, LESSONS

TURNS = 3
CHECKS = 10
TASK = tasks.find("refresh")
SETUP = """
import pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "")
pathlib.Path("spam.py").write_text("def bar():\\n    print('bar')\\n\\ndef grok():\\n    print('one')\\n")
import spam
"""
ASSERTS = """
import contextlib, io
before = spam
pathlib.Path("spam.py").write_text("def bar():\\n    print('bar')\\n\\ndef grok():\\n    print('three')\\n")
result = refresh(spam)
with contextlib.redirect_stdout(io.StringIO()) as printed:
    spam.grok()
assert printed.getvalue() == "three\\n"
assert result is before
"""


def cpu_of(action):
    """CPU seconds of this process and of those that an action starts and ends."""
    def spent():
        return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, (resource.RUSAGE_SELF,
                                                                                   resource.RUSAGE_CHILDREN)))
    before = spent()
    action()
    return spent() - before


def nbval_over_the_lessons():
    subprocess.run([sys.executable, "-m", "pytest", "--nbval", "-q", "lessons"], cwd=KIT, check=True,
                   stdout=subprocess.DEVNULL)


def bare_kernels():
    for path in LESSONS:
        RunningKernel("python3", cwd=str(path.parent)).stop()


def start_until_it_answers(command, folder):
    """Start a Jupyter server, wait until its page answers, and end it."""
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              start_new_session=True, env={**os.environ, "NO_COLOR": "1"})
    for line in server.stdout:
        address = re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+/lab\S*)", line)
        if address:
            wait_for_page(address[1])
            break
    os.killpg(server.pid, signal.SIGTERM)
    server.communicate()


def wait_for_page(address):
    """Read a page as soon as the server answers: it tells its address a little earlier."""
    for _ in range(200):
        try:
            return urllib.request.urlopen(address).read()
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(address)


def second_start():
    start_until_it_answers([sys.executable, "-m", "lessons", "--no-browser", "--allow-root"], KIT)


def bare_jupyter_lab():
    with tempfile.TemporaryDirectory() as folder:
        start_until_it_answers([sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"], folder)


def checks():
    for _ in range(CHECKS):
        assert grading.grade(TASK, TASK.answer, worked_in=True).passed


def bare_checks():
    """The same answer and the steps of its check, each time in a Python that does nothing else."""
    for _ in range(CHECKS):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-c", f"{SETUP}\n{TASK.answer}\n{ASSERTS}"], cwd=folder, check=True)


def compare(title, ours, baseline):
    """Print the CPU seconds of both and their ratio."""
    turns = [(cpu_of(ours), cpu_of(baseline)) for _ in range(TURNS)]
    cost, base = (min(column) for column in zip(*turns))
    print(f"{title:62} {cost:6.2f} s  {base:6.2f} s  ratio {cost / base:5.2f}", flush=True)


if __name__ == "__main__":
    print(f"{'CPU seconds, the cheapest of ' + str(TURNS) + ' turns':62} {'kit':>8}  {'baseline':>8}")
    compare(f"pytest --nbval lessons : bare start of {len(LESSONS)} kernels", nbval_over_the_lessons, bare_kernels)
    compare(f"{CHECKS} checks of an answer : the same code in bare processes", checks, bare_checks)
    second_start()  # so that the environment and the learner's copy are there
    compare("second start of python3 -m lessons : bare jupyter lab", second_start, bare_jupyter_lab)
