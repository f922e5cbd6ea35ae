"""Gradescope's autograder, run as Gradescope documents it: everyone gets results, the same ones as from `grade`."""
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from exercises.grader import tasks
from exercises.isolation import fork_server
from exercises.submissions import reports
from tests.notebooks import KIT
from tests.submissions.test_submissions import NAME, REFRESH, RIGHT, WRONG, grade, notebook, put, zipped

EXPORT = [sys.executable, "-m", "exercises", "export", "gradescope"]
AS_HERE = [] if fork_server.containment()[1] else ["--no-sandbox"]  # what the system that runs the tests allows
NO_NAMESPACES = "def make_view(folder, shown, hidden):", "    raise PermissionError(1, 'Operation not permitted')"
NO_LANDLOCK = "def allow_only(rules):", "    raise OSError(38, 'Function not implemented')"
LANDLOCK = sys.platform == "linux" and fork_server.without_sandbox() == fork_server.KEPT_APART
COPIES = "in several folders or with several names, and the newest counts"
OTHER = "03_from_import_keeps_the_old_function.ipynb"  # of a lesson that isn't set

linux = pytest.mark.skipif(sys.platform != "linux", reason="Gradescope's containers are Linux")
landlock = pytest.mark.skipif(not LANDLOCK, reason="this system's kernel has no Landlock")


def export(to, *options):
    return subprocess.run([*EXPORT, str(to), *options], cwd=KIT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The autograder for lessons 1 and 2."""
    path = tmp_path_factory.mktemp("export") / "autograder.zip"
    run = export(path, "--lessons", "1-2", *AS_HERE)
    assert run.returncode == 0, run.stderr
    return path


def unpacked(archive, home):
    """Build what Gradescope builds of an archive, in a folder instead of /autograder."""
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, home / "source"))
            path.chmod(entry.external_attr >> 16)
    shutil.copy2(home / "source" / "run_autograder", home)
    (home / "submission").mkdir()
    (home / "submission_metadata.json").write_text('{"id": 1, "users": [{"name": "Ann"}], "previous_submissions": []}')
    return home


def without(home, *parts):
    """Take a part of the sandbox away from the grader: each is a line, and what's below it instead."""
    path = home / "source/exercises/isolation/sandbox.py"
    for line, instead in parts:
        source = path.read_text(encoding="utf-8")
        assert line in source
        path.write_text(source.replace(line, f"{line}\n{instead}"), encoding="utf-8")


def run_in(home, files=()):
    """Run the autograder on a submission; return its results, and what only instructors see."""
    put(home / "submission", dict(files))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run([str(home / "run_autograder")], cwd=home, capture_output=True, text=True,
                         env={"PATH": path, "LANG": "C"})
    assert run.returncode == 0 and not run.stderr, run.stderr
    return json.loads((home / "results" / "results.json").read_text(encoding="utf-8")), run.stdout


def attack(home):
    """Return code that tries to give itself points: in the results, in what runs next, and in the grader.

    It goes past the guard in Python, which is for honest mistakes.
    """
    targets = [home / "results/results.json", home / "run_autograder", home / "source/exercises/submissions/reports.py"]
    return f"""
import ctypes
C = ctypes.CDLL(None)
for path in {[str(path) for path in targets]}:
    file = C.open(path.encode(), 1 | 1024)  # to write at the end
    C.write(file, b"999", 3)
    C.chmod(path.encode(), 0)
if C.fork() == 0:
    C.execl(b"/bin/sh", b"sh", b"-c", b"sleep 1; echo 999 > {targets[0]}", None)
"""


@linux
def test_points_and_messages_are_those_of_grade(tmp_path, archive):
    first = {task.name.replace("-", "_"): task.answer for task in tasks.all_tasks()
             if task.notebook.startswith("01_") and not task.given}
    every = tasks.tasks_of(tasks.SOLUTIONS / NAME)
    other = next(task for task in tasks.tasks_of(tasks.SOLUTIONS / OTHER) if not task.given)
    learners = {
        "all": {NAME: notebook(**{task.name.replace("-", "_"): task.answer for task in every}),
                "01_import_runs_once.ipynb": notebook(**first)},
        "archive": {"work.zip": zipped({f"work/exercises/{NAME}": RIGHT})},
        "copies": {NAME: WRONG, NAME.replace(".ipynb", " (1).ipynb"): RIGHT},
        "damaged": {NAME: RIGHT[:500]},
        "nothing": {"notes.pdf": b"%PDF"},
        "other": {NAME: RIGHT, OTHER: notebook(**{other.name.replace("-", "_"): other.answer})},
        "twice": {NAME: with_a_second_answer(WRONG)},
        "wrong": {f"deep/er/{NAME}": WRONG},
        **{f"wrong{number}": {NAME: notebook(**{task.name.replace("-", "_"): code})} for number, (task, code) in
           enumerate((task, code) for task in every for _, code in list(task.wrong.values())[:1])}}
    pile = put(tmp_path / "pile", {f"{name}/{path}": data for name, files in learners.items()
                                   for path, data in files.items()})
    _, rows = grade(pile, "--gradescope", "--lessons", "1-2")
    assert set(rows) == set(learners) and len(learners) >= 9
    shown = {path.name.rpartition("-")[0]: json.loads(path.read_text(encoding="utf-8"))
             for path in (tmp_path / "pile-grades" / "gradescope").iterdir()}
    for name, files in learners.items():
        results, _ = run_in(unpacked(archive, tmp_path / f"home-{name}"), files)
        assert results == shown[name] and results["score"] == int(rows[name]["points"])
    assert f"{OTHER} {reports.NOT_SET}" == shown["other"]["output"] == rows["other"]["notes"]
    assert "2 answer cells for refresh" in str(shown["twice"]["tests"])


def with_a_second_answer(data):
    """Return a notebook in which the answer to `refresh` was copied into another cell."""
    content = json.loads(data)
    cell = next(cell for cell in content["cells"] if cell["id"] == "answer-refresh")
    content["cells"].append({**cell, "id": "copy"})
    return json.dumps(content).encode("utf-8")


@linux
@pytest.mark.parametrize("files, score, said", [
    ({}, 0, "no notebook was submitted"),
    ({"answer.py": b"print()"}, 0, "no notebook was submitted, only answer.py"),
    ({NAME: RIGHT[:500]}, 0, "isn't a notebook that can be read"),
    ({NAME: b""}, 0, "isn't a notebook that can be read"),
    ({"work.zip": b"PK\3\4"}, 0, "work.zip: it's damaged"),
    ({f"ann/{NAME}": RIGHT, f"bob/{NAME}": RIGHT}, 1, COPIES),
    ({f"ann_{NAME}": RIGHT, f"bob_{NAME}": RIGHT}, 1, COPIES),
    ({"one.zip": zipped({NAME: RIGHT}), "<b>.ipynb": b"-"}, 1, "<b>.ipynb isn't a notebook that can be read"),
    ({NAME: RIGHT, OTHER: (KIT / "exercises" / OTHER).read_bytes()}, 1, f"{OTHER} isn't part of this assignment"),
], ids=["nothing", "a .py", "damaged", "empty", "a damaged archive", "copies in folders", "copies with names",
        "an archive and a bad notebook", "another lesson"])
def test_everyone_gets_results_with_a_true_sentence(tmp_path, archive, files, score, said):
    results, _ = run_in(unpacked(archive, tmp_path / "home"), files)
    assert results["score"] == score and said in results["output"] and str(tmp_path) not in results["output"]
    assert [test["max_score"] for test in results["tests"]] == [task.points for task in tasks.all_tasks()
                                                               if task.notebook[:2] in ("01", "02")]


@linux
def test_results_have_the_documented_form(tmp_path, archive):
    results, printed = run_in(unpacked(archive, tmp_path / "home"), {NAME: RIGHT})
    assert results.keys() == {"score", "output", "output_format", "visibility", "stdout_visibility", "tests"}
    assert results["visibility"] == "visible" and results["stdout_visibility"] == "hidden"
    assert results["output_format"] == "text"  # the default would show a file's name as HTML
    for number, test in enumerate(results["tests"], start=1):
        assert test.keys() == {"name", "number", "score", "max_score", "status", "output", "visibility"}
        assert test["number"] == str(number) and type(test["score"]) is type(test["max_score"]) is int
        assert test["status"] == ("passed" if test["score"] == test["max_score"] else "failed")
        assert test["visibility"] == "visible"  # with a hidden test, learners don't see their score
    assert "sandbox" in printed


@landlock
@pytest.mark.parametrize("missing", [(), (NO_NAMESPACES,)], ids=["as this system", "as Docker's usual containers"])
def test_an_answer_cannot_give_itself_points(tmp_path, archive, missing):
    home = unpacked(archive, tmp_path / "home")
    without(home, *missing)
    put(home / "submission", {NAME: notebook(refresh=REFRESH.answer + attack(home))})
    (home / "results").mkdir()
    (home / "results" / "results.json").touch()
    before = {path: (path.read_bytes(), path.stat().st_mode) for path in home.rglob("*") if path.is_file()}
    results, printed = run_in(home)
    assert results["score"] == 1 and {test["name"] for test in results["tests"] if test["score"]} == {"refresh"}
    before.pop(home / "results" / "results.json")
    assert {path: (path.read_bytes(), path.stat().st_mode) for path in before} == before
    assert ("There's no sandbox here" in printed and "Linux keeps" in printed) == bool(missing or AS_HERE)


@linux
def test_where_nothing_keeps_an_answer_in_nothing_is_graded_unless_asked(tmp_path, archive):
    for name, options, state in (("closed", (), "NOT GRADED"), ("open", ("--no-sandbox",), "PASSED")):
        export(tmp_path / f"{name}.zip", "--lessons", "1,2", *options)
        home = unpacked(tmp_path / f"{name}.zip", tmp_path / name)
        without(home, NO_NAMESPACES, NO_LANDLOCK)
        results, printed = run_in(home, {NAME: RIGHT})
        assert state in {test["output"].partition(".")[0] for test in results["tests"]}, printed
        assert "an answer can read files of yours" in printed and "files of yours" not in json.dumps(results)
        assert ("export the autograder again, with --no-sandbox" in printed) == (state == "NOT GRADED")
    assert results["score"] == 1


@linux
@pytest.mark.parametrize("broken, contents, said", [
    ("exercises/exports/autograder.py", "?", "the grader didn't finish"),
    ("exercises/exports/autograder.py", "import os\nos.kill(os.getpid(), 9)", "the grader didn't finish"),
    ("exercises/isolation/runner.py", "?", "this machine doesn't keep an answer from changing its grade"),
    ("exercises/submissions/grade.py", None, "the grader failed (ZeroDivisionError)"),
], ids=["it doesn't start", "it's killed", "no answer starts", "another error"])
def test_if_the_grader_fails_the_learner_learns_that(tmp_path, archive, broken, contents, said):
    home = unpacked(archive, tmp_path / "home")
    path = home / "source" / broken
    path.write_text(contents or path.read_text().replace("contents = Contents", "contents = 1 / 0 or Contents"))
    put(home / "submission", {NAME: RIGHT})
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(home / "run_autograder")], cwd=home, capture_output=True, env=environment)
    results = json.loads((home / "results/results.json").read_text(encoding="utf-8"))
    assert results["score"] == 0 and said in results["output"] and "aren't your grade" in results["output"]
    assert {test["output"].partition(".")[0] for test in results["tests"]} == {"NOT GRADED"}


def test_the_archive_contains_what_grading_needs_and_is_the_same_each_time(tmp_path, archive):
    with zipfile.ZipFile(archive) as opened:
        modes = {entry.filename: stat.filemode(entry.external_attr >> 16) for entry in opened.infolist()}
    assert {name for name, mode in modes.items() if mode == "-rwxr-xr-x"} == {"setup.sh", "run_autograder"}
    assert {name for name in modes if name.endswith(".ipynb")} == {
        path.relative_to(KIT).as_posix() for path in tasks.sources()}
    assert not [name for name in modes if name.startswith(("tests", "lessons/w", "lessons/l", "exercises/progress"))]
    assert export(tmp_path / "again.zip", "--lessons", "1-2", *AS_HERE).returncode == 0
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


@linux
def test_the_set_up_refuses_a_python_that_is_too_old(tmp_path, archive):
    home = unpacked(archive, tmp_path / "home")
    first = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def set_up_with(python):
        put(tmp_path / "bin", {"python3": f"#!/bin/sh\n{python}\n".encode()})
        (tmp_path / "bin" / "python3").chmod(0o755)
        return subprocess.run(["bash", str(home / "source/setup.sh")], capture_output=True, text=True, env=first)

    run = set_up_with('[ "$1" = --version ] && echo Python 3.8.10\nexit 1')
    assert run.returncode == 1 and "has Python 3.8.10" in run.stderr and "Ubuntu 22.04 or newer" in run.stderr
    run = set_up_with(f"exec '{sys.executable}' \"$@\"")
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("name, options, said", [
    ("class.zip", (), "is there already, and it isn't an autograder of this course. Name another file"),
    ("autograder", (), "Name a file that ends in .zip, rather than"),
    ("new.zip", ("--lessons", "3-99"), "--lessons expects lessons from 1 to 18, not '3-99'"),
])
def test_an_export_replaces_nothing_that_a_person_made_and_says_what_it_expects(tmp_path, name, options, said):
    mine = zipped({f"ann/{NAME}": RIGHT})
    put(tmp_path, {"class.zip": mine})
    run = export(tmp_path / name, *options)
    assert run.returncode == 2 and said in run.stderr and "Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["class.zip"]
    assert (tmp_path / "class.zip").read_bytes() == mine


def test_without_lessons_all_count_and_the_command_says_how_many_points(tmp_path):
    run = export(tmp_path / "all.zip")
    assert f"{sum(task.points for task in tasks.all_tasks())} autograder points" in run.stdout
    with zipfile.ZipFile(io.BytesIO((tmp_path / "all.zip").read_bytes())) as opened:
        prepared = json.loads(opened.read("not_graded.json"))
    assert [test["name"] for test in prepared["tests"]] == [task.name for task in tasks.all_tasks()]
