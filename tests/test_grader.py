"""The grader under answers that loop, crash, cheat or are merely odd: each gets the grade that it deserves, and why."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.grader import processes, tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, grade, grade_notebook
from exercises.grader.trial import Trial
from tests.notebooks import KIT

TASK = tasks.find("refresh")
RIGHT = "import importlib\ndef refresh(module):\n    return importlib.reload(module)\n"
DOES_NOTHING = "still printed"

# Answers that do not make the module new, however hard they try: name -> (code, what the message must say)
CHEATS = {
    "an object that is equal to everything": (
        "class Equal:\n    def __eq__(self, other): return True\ndef refresh(module): return Equal()", DOES_NOTHING),
    "a reload that does nothing": (
        "import importlib\nimportlib.reload = lambda module: module\ndef refresh(module): return module", DOES_NOTHING),
    "json that says what it likes": (
        "import json\njson.dumps = lambda *a, **k: '{}'\njson.loads = None\ndef refresh(module): return module", DOES_NOTHING),
    "a print of one's own": (
        "import builtins\nbuiltins.print = lambda *a: None\ndef refresh(module): return module", DOES_NOTHING),
    "replies written to every file": (
        "import os\ndef refresh(module):\n    for number in range(3, 64):\n        try:\n"
        "            os.write(number, b'{\"token\": \"x\", \"printed\": \"\", \"cut\": false}\\n')\n"
        "        except OSError: pass\n    return module", "on the line between the runner and the grader"),
    "a result file": ("open('results.json', 'w').write('{\"score\": 100}')\ndef refresh(module): return module", DOES_NOTHING),
    "a conftest": ("open('conftest.py', 'w').write('import os; os._exit(0)')\ndef refresh(module): return module", DOES_NOTHING),
    "leaving with status 0": ("import os\ndef refresh(module): os._exit(0)", "ended Python itself (exit status 0)"),
    "leaving before the check": ("import os\nos._exit(0)\ndef refresh(module): pass", "Your answer cell ended Python itself"),
    "sys.exit": ("import sys\ndef refresh(module): sys.exit(0)", "raised SystemExit"),
    "a signal to itself": ("import signal\ndef refresh(module): signal.raise_signal(9)", "ended Python itself (signal 9)"),
    "a signal to the grader": ("import os\ndef refresh(module): os.kill(os.getppid(), 9)", "ending processes"),
    "a fork bomb": ("import os\ndef refresh(module):\n    while True: os.fork()", "starting another process"),
    "a subprocess": ("import subprocess\ndef refresh(module): subprocess.run(['ls'])", "starting another process"),
    "a process by the back door": (
        "import _posixsubprocess\ndef refresh(module): _posixsubprocess.fork_exec()", "starting another process"),
    "C code": ("import ctypes\ndef refresh(module): ctypes.string_at(0)", "calling C code"),
    "the network": (
        "import socket\ndef refresh(module): socket.create_connection(('127.0.0.1', 9))", "using the network"),
    "the solution, found by the interpreter": (
        "import os, sys\ndef refresh(module):\n    top = os.path.dirname(os.path.dirname(os.path.dirname(sys.executable)))\n"
        f"    exec(open(os.path.join(top, 'solutions', '{TASK.notebook}.ipynb')).read())", "reading outside its own folder"),
    "the solution, by its path": (
        f"def refresh(module): return open({str(KIT / 'solutions' / TASK.notebook)!r} + '.ipynb').read()", "reading outside"),
    "the solution, through a link": (
        f"import os\ndef refresh(module): os.symlink({str(KIT)!r}, 'kit')", "changing something outside its own folder"),
    "open files of the process": ("import os\ndef refresh(module): return os.listdir('/proc/self/fd')", "outside its own folder"),
    "a file elsewhere": ("import tempfile\ndef refresh(module): open('../mine', 'w')", "writing outside its own folder"),
    "an endless loop that swallows everything": (
        "def refresh(module):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "did not come back within"),
    "a lock that is never freed": (
        "import threading\ndef refresh(module):\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()",
        "did not come back within"),
    "50 MB of text": (
        "def refresh(module):\n    for _ in range(500): print('x' * 100_000)\n    return module", "more than 64 KB"),
    "endless recursion": ("def refresh(module): return refresh(module)", "raised RecursionError"),
    "its folder thrown away": (
        "import os, shutil\ndef refresh(module):\n    shutil.rmtree(os.getcwd())\n    return module", DOES_NOTHING),
    "a trace on every line": ("import sys\nsys.settrace(lambda *a: 1 / 0)\ndef refresh(module): return module", DOES_NOTHING),
    "no builtins left": ("import builtins\nvars(builtins).clear()\ndef refresh(module): return module", ""),
    "parentheses without end": ("(" * 100_000, "too many nested parentheses"),
    "null bytes": (RIGHT.replace("return", "return\x00"), "cannot contain null bytes"),
    "a command of Jupyter": ("%load_ext autoreload\n" + RIGHT, "is a command of Jupyter"),
    "no code": ("Reload the module.", "stops: SyntaxError"),
    "nothing that is asked for": ("def reload_it(module): pass", "NameError: name 'refresh' is not defined"),
}
if sys.platform == "linux":
    CHEATS["all the memory"] = (
        "def refresh(module):\n    taken = []\n    while True: taken.append(bytearray(10**8))", "1 GB limit of memory")

# Right answers that other graders mark down
ODD_BUT_RIGHT = {
    "prints and warns": RIGHT.replace("    return", "    import sys, warnings\n    print('x')\n    print('y', file=sys.stderr)\n"
                                      "    warnings.warn('z')\n    return"),
    "goes to another folder": "import os\n" + RIGHT.replace("    return", "    os.chdir('/')\n    return"),
    "has a byte order mark and other line ends": "\ufeff" + RIGHT.replace("\n", "\r\n"),
    "has a file that is called like a module of Python's": "open('json.py', 'w').write('1 / 0')\n" + RIGHT,
    "tries itself out": RIGHT + "import spam\nspam_py = fresh('spam')\nrefresh(spam).grok()\ncheck('refresh')\nhint('refresh')",
    "fails in its own try-out": RIGHT + "print(refresh(spam_that_is_not_there))",
    "leaves a thread running": RIGHT + "import threading, time\nthreading.Thread(target=time.sleep, args=[99]).start()",
    "imports subprocess": "import subprocess\n" + RIGHT,
    "has other letters": RIGHT + "größe = 'ß'\n",
    "closes its output": "import sys\nsys.stdout = None\n" + RIGHT,
    "is long": RIGHT + "# " + "x" * 10**6,
}


@pytest.mark.parametrize("name", CHEATS)
def test_what_does_not_answer_the_task_does_not_pass_and_is_told_why(name):
    code, wanted = CHEATS[name]
    verdict = grade(TASK, code, worked_in=True)
    assert verdict.state == NOT_YET
    assert wanted in verdict.message
    assert str(KIT) not in verdict.message and "Traceback" not in verdict.message


@pytest.mark.parametrize("name", ODD_BUT_RIGHT)
def test_an_odd_answer_that_is_right_passes(name):
    verdict = grade(TASK, ODD_BUT_RIGHT[name], worked_in=True)
    assert verdict.state == PASSED, verdict.message


def test_nothing_is_left_behind_by_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("leaving with status 0", "an endless loop that swallows everything", "a fork bomb", "a result file"):
        grade(TASK, CHEATS[name][0], worked_in=True)
        assert list(tmp_path.iterdir()) == []
    assert grade(TASK, RIGHT, worked_in=True).passed


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_no_process_is_left_running():
    mark = f"mark_{os.getpid()}_{time.monotonic_ns()}"
    with Trial(f"{mark} = 1\nimport threading, time\nthreading.Thread(target=time.sleep, args=[99]).start()") as trial:
        number = trial.value("__import__('os').getpid()")
    assert not Path(f"/proc/{number}").exists()


def test_a_value_travels_by_its_exact_type():
    with Trial("class Text(str): pass\nclass Yes(int): pass") as trial:
        assert trial.value("[1, 2.5, 'a', None, True, (b'x',), {'k': {1}}]") == [1, 2.5, "a", None, True, (b"x",), {"k": {1}}]
        assert [repr(trial.value(code)) for code in ("Text('a')", "Yes(1)", "len")] == [
            f"something of the type {kind}" for kind in ("Text", "Yes", "builtin_function_or_method")]


def test_a_process_that_does_not_start_is_the_graders_problem(monkeypatch):
    monkeypatch.setattr(processes, "RUNNER", "def main(): raise SystemExit")
    with pytest.raises(processes.GraderProblem, match="could not be started"):
        grade(TASK, RIGHT, worked_in=True)


@pytest.fixture
def hand_in(tmp_path):
    """Write the exercise as a learner hands it in, changed by a function; gives its path."""
    def write(change, name=f"{TASK.notebook}.ipynb", answer=RIGHT):
        notebook = json.loads((KIT / "exercises" / f"{TASK.notebook}.ipynb").read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if cell["id"] == "answer-refresh")
        cell.update(source=answer, execution_count=3)
        change(notebook, cell)
        (tmp_path / name).write_text(json.dumps(notebook), encoding="utf-8")
        return tmp_path / name
    return write


def first_state(path):
    return next(verdict for verdict in grade_notebook(path) if verdict.task == TASK).state


def forge_outputs(notebook, _):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "PASSED: refresh, 1 of 1 point.\n"}]


def skip_by_tags(notebook, _):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["nbval-skip", "raises-exception"]


def delete_checks(notebook, _):
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("check-")]


def edit_checks(notebook, _):
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["source"] = "print('PASSED')"


def drop_counts(notebook, _):
    for cell in notebook["cells"]:
        cell.pop("execution_count", None)


def drop_marks(notebook, _):
    for number, cell in enumerate(notebook["cells"]):
        cell.update(id=f"cell{number}", metadata={})


def drop_ids(notebook, _):
    for cell in notebook["cells"]:
        del cell["id"]


CHANGES = [forge_outputs, skip_by_tags, delete_checks, edit_checks, drop_counts, drop_marks, drop_ids]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("answer, state", [(RIGHT, PASSED), (CHEATS["an object that is equal to everything"][0], NOT_YET)],
                         ids=["right", "wrong"])
def test_nothing_but_the_answer_cells_counts(hand_in, change, answer, state):
    assert first_state(hand_in(change, answer=answer)) == state


def test_a_renamed_notebook_is_known_by_its_cells(hand_in):
    assert first_state(hand_in(lambda *_: None, name="my homework (2).ipynb")) == PASSED


def test_of_two_answer_cells_the_first_counts_and_that_is_said(hand_in):
    def copy(notebook, cell):
        notebook["cells"].append({**cell, "source": "def refresh(module): pass", "id": "copy"})

    verdict = grade_notebook(hand_in(copy), {TASK})[0]
    assert verdict.passed and "2 answer cells" in str(verdict)


def test_a_deleted_answer_cell_is_not_attempted_and_how_to_get_it_back_is_said(hand_in):
    def delete(notebook, cell):
        notebook["cells"].remove(cell)

    verdict = grade_notebook(hand_in(delete), {TASK})[0]
    assert verdict.state == NOT_ATTEMPTED and "exercises reset refresh" in verdict.message


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"cells": 1}', b'{"cells": [1]}', b"[" * 10**5,
                                  b'{"cells": []}', b'{"worksheets": [{"cells": []}]}'],
                         ids=["empty", "cut", "a list", "not UTF-8", "no cells", "odd cells", "deep", "nothing in it", "old"])
def test_what_is_no_notebook_of_the_course_is_reported_by_name(tmp_path, data):
    path = tmp_path / "homework.ipynb"
    path.write_bytes(data)
    with pytest.raises(tasks.SourceProblem, match="homework.ipynb"):
        grade_notebook(path)
    with pytest.raises(tasks.SourceProblem, match=tmp_path.name):
        grade_notebook(tmp_path)


def test_a_notebook_in_the_format_of_old_is_graded(hand_in, tmp_path):
    notebook = json.loads(hand_in(lambda *_: None).read_text(encoding="utf-8"))
    cells = [{**{key: cell[key] for key in ("cell_type", "metadata")}, "input" if cell["cell_type"] == "code" else "source":
              cell["source"]} for cell in notebook["cells"]]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3, "metadata": {}}), encoding="utf-8")
    assert first_state(path) == PASSED


def test_the_grader_needs_nothing_but_the_standard_library():
    code = "import sys; sys.path.insert(0, '.'); import exercises.__main__, exercises.classroom.command; print('fine')"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=KIT, capture_output=True, text=True)
    assert run.stdout == "fine\n", run.stderr
