"""What the tasks on autoreload call right is what the installed IPython does.

Their checks don't run IPython, because it takes a second to start and isn't everywhere.
"""
import json
import os
import subprocess
import sys
import time

import pytest

from exercises.grader import tasks
from exercises.grader.grading import definitions

RUN = """
import json, os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
sys.path.insert(0, os.getcwd())
for name, contents, age, cell in json.load(open("steps.json")):
    if name:
        with open(name, "w") as file:
            file.write(contents)
        os.utime(name, (age, age))
    shell.run_cell(cell).raise_error()
print("results:" + json.dumps(shell.user_ns["results"]))
"""


def run(folder, steps):
    """Run the cells of a notebook, each after an edit, and return what's in the list `results` then.

    A step is the name of a file and its new contents (both may be ""), and the cell.
    """
    pytest.importorskip("IPython")
    folder.mkdir(exist_ok=True)
    start = time.time() - 1000 * len(steps)
    timed = [(name, contents, start + 1000 * number, cell) for number, (name, contents, cell) in enumerate(steps)]
    (folder / "steps.json").write_text(json.dumps(timed))
    done = subprocess.run([sys.executable, "-c", RUN], cwd=folder, text=True, timeout=120, capture_output=True,
                          env={**os.environ, "IPYTHONDIR": str(folder / "ipython"), "PYTHONDONTWRITEBYTECODE": "1"})
    assert "results:" in done.stdout, done.stdout + done.stderr
    return json.loads(done.stdout.rpartition("results:")[2])


def truth_of(task):
    """Return what a task's check calls right."""
    return definitions(task)[0]["TRUTH"]


def test_what_autoreload_updates(tmp_path):
    task = tasks.find("what-updates")
    source, first, second, *others = task.programs
    cells = [("cafe.py", source, first), ("", "", second), ("cafe.py", source.replace("old", "new"), others[0])]
    results = run(tmp_path / "folder", cells + [("", "", cell) for cell in others[1:]])
    assert [each.split()[0] for each in results] == truth_of(task)


def test_which_line_brings_a_stuck_result_up_to_date(tmp_path):
    task = tasks.find("still-stuck")
    source, setup, cell, calls = task.programs
    calls = calls.splitlines()
    edited = source.replace("old", "new")

    def fine_after(number, line):
        ask = f"{line}\nresults = [result is True or 'new' in str(result) for result in [{', '.join(calls)}]]"
        return run(tmp_path / str(number), [("bakery.py", source, f"{setup}\n{cell}"), ("bakery.py", edited, ask)])

    before = fine_after(0, "")
    after = {number: fine_after(number, line) for number, line in enumerate(cell.splitlines(), start=1)}
    assert [0 if fine else [number for number in after if after[number][place]]
            for place, fine in enumerate(before)] == [number and [number] for number in truth_of(task)]


def test_the_failed_reloads_are_found_in_a_real_message(tmp_path):
    task, answer = tasks.find("failed-reloads"), {}
    exec(task.answer, answer)
    output = run(tmp_path / "folder", [
        ("club.py", "x = 1\n", "%load_ext autoreload\n%autoreload 2\nimport club"), ("", "", ""),
        ("", "", """
import contextlib, io
with open("club.py", "w") as file:
    print("LIMIT = int('many')", file=file)
with contextlib.redirect_stderr(io.StringIO()) as printed, contextlib.redirect_stdout(printed):
    %autoreload now
results = printed.getvalue()""")])
    assert answer["failed_reloads"](output) == {"club": "ValueError: invalid literal for int() with base 10: 'many'"}
