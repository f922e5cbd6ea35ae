"""What grading a class costs, as ratios of CPU seconds within one run (Linux only): `-m tests.benchmark.submissions`.

Each submission is one answer to the task `refresh`. The kit grades them in its sandbox, a bare Python process with the
same asserts does, and so do nbval, nbgrader and otter-grader if they're installed. All that is used for it counts: the
kit's own process, the fork server with its start, and each answer's processes, but not the threads of the kernel.
"""
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from exercises.grader import grading
from exercises.isolation import fork_server
from tests.benchmark.__main__ import ASSERTS, SETUP, TASK, cpu_of

SUBMISSIONS = 40
TURNS = 3  # the cheapest counts, because machines are shared, and noise only adds
MOST = 0.03  # CPU seconds that the kit may use for a submission


def answers():
    """The answers that are graded: right and wrong ones by turns."""
    every = [TASK.answer, *TASK.right.values(), *(code for _, code in TASK.wrong.values())]
    return [every[number % len(every)] for number in range(SUBMISSIONS)]


def by_the_kit():
    """Each process on the way waits for those that it started, so all they used is counted when the last has ended."""
    with fork_server.ForkServer(fork_server.containment()[1]) as server:
        for answer in answers():
            grading.grade(TASK, answer, True, launcher=server)


def by_a_bare_process():
    with tempfile.TemporaryDirectory() as folder:
        for answer in answers():
            code = f"{SETUP}\n{answer}\n{ASSERTS}"
            subprocess.run([sys.executable, "-I", "-c", code], cwd=folder, capture_output=True)


def notebook(answer, graded=False):
    """A notebook with the answer and the asserts, marked for nbgrader if asked."""
    def cell(name, source, **marks):
        marks = {"nbgrader": {"grade_id": name, "schema_version": 3, "task": False, "cell_type": "code", **marks}}
        return {"cell_type": "code", "id": name, "metadata": marks if graded else {}, "outputs": [],
                "execution_count": None, "source": source}

    return {"cells": [cell("setup", SETUP, grade=False, solution=False, locked=False),
                      cell("answer", answer, grade=False, solution=True, locked=False),
                      cell("check", ASSERTS, grade=True, solution=False, locked=True, points=1)],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4, "nbformat_minor": 5}


def by_nbval():
    with tempfile.TemporaryDirectory() as folder:
        for number, answer in enumerate(answers()):
            path = Path(folder, f"hand_in_{number}.ipynb")
            path.write_text(json.dumps(notebook(answer)), encoding="utf-8")
            subprocess.run([sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "-p",
                            "no:cacheprovider", str(path)], cwd=folder, capture_output=True)


def by_nbgrader():
    with tempfile.TemporaryDirectory() as folder:
        def put(path, answer):
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(notebook(answer, True)), encoding="utf-8")

        put(Path(folder, "source/task/refresh.ipynb"), TASK.answer)
        for number, answer in enumerate(answers()):
            put(Path(folder, f"submitted/learner{number}/task/refresh.ipynb"), answer)
        for command in ("generate_assignment", "autograde"):
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            subprocess.run([sys.executable, "-m", "nbgrader", command, "task"], cwd=folder, capture_output=True,
                           env={**os.environ, "PATH": path})
        graded = len(list(Path(folder, "autograded").glob("*/task/*.ipynb")))
        assert graded == SUBMISSIONS, f"nbgrader graded {graded} of {SUBMISSIONS}"


def by_otter():
    master = [("raw", "# ASSIGNMENT CONFIG\nfiles: []\nrequirements: []\n"), ("code", SETUP),
              ("raw", "# BEGIN QUESTION\nname: q1\npoints: 1"), ("raw", "# BEGIN SOLUTION"),
              ("code", f"# BEGIN SOLUTION\n{TASK.answer}\n# END SOLUTION"), ("raw", "# END SOLUTION"),
              ("raw", "# BEGIN TESTS"), ("code", ASSERTS), ("raw", "# END TESTS"), ("raw", "# END QUESTION")]
    with tempfile.TemporaryDirectory() as folder:
        of_code = {"outputs": [], "execution_count": None}
        cells = [{"cell_type": kind, "id": f"c{number}", "metadata": {}, "source": source,
                  **(of_code if kind == "code" else {})} for number, (kind, source) in enumerate(master)]
        Path(folder, "master.ipynb").write_text(json.dumps({**notebook(""), "cells": cells}))
        otter = [sys.executable, "-m", "otter"]
        subprocess.run([*otter, "assign", "--no-run-tests", "master.ipynb", "dist"], cwd=folder, capture_output=True)
        archive = next(Path(folder, "dist", "autograder").glob("*.zip"))
        for number, answer in enumerate(answers()):
            Path(folder, f"{number}.ipynb").write_text(json.dumps(notebook(answer)))
            done = subprocess.run([*otter, "run", "-a", str(archive), f"{number}.ipynb"], cwd=folder,
                                  capture_output=True)
            assert done.returncode == 0, done.stderr[-300:]


if __name__ == "__main__":
    words, sandboxed = fork_server.containment()
    how = f"in {words}" if sandboxed else f"without a sandbox, because {words}"
    print(f"{SUBMISSIONS} submissions of the task refresh, graded {how}")
    turns = [(cpu_of(by_the_kit), cpu_of(by_a_bare_process)) for _ in range(TURNS)]
    ours, bare = (min(column) / SUBMISSIONS for column in zip(*turns))
    print(f"{'the kit':22} {ours:7.4f} CPU s a submission (at most {MOST}, and no more than a bare process)")
    print(f"{'a bare process':22} {bare:7.4f} CPU s a submission, {bare / ours:6.1f} times the kit's", flush=True)
    graders = (("nbval, a run each", "nbval", by_nbval), ("nbgrader autograde", "nbgrader", by_nbgrader),
               ("otter run", "otter", by_otter))
    for name, package, grade in graders:
        if importlib.util.find_spec(package):
            cost = cpu_of(grade) / SUBMISSIONS
            print(f"{name:22} {cost:7.4f} CPU s a submission, {cost / ours:6.1f} times the kit's", flush=True)
        else:
            print(f"{name:22} is not installed here")
