"""nbgrader: its own validation agrees with the checks, and a course that we export has the grader's points in it."""
import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.isolation import fork_server
from lessons.notebooks import cells
from tests.notebooks import KIT

PYTHON = os.environ.get("KIT_NBGRADER", sys.executable)  # of an environment that has nbgrader
HAS_NBGRADER = subprocess.run([PYTHON, "-c", "import nbgrader"], capture_output=True).returncode == 0
SANDBOXED = fork_server.containment()[1]
STEM = tasks.find("refresh").notebook
TASKS = tasks.tasks_of(tasks.SOLUTIONS / f"{STEM}.ipynb")

needs_nbgrader = pytest.mark.skipif(not HAS_NBGRADER and "KIT_NBGRADER" not in os.environ,
                                    reason="nbgrader is installed only by those who use it")


@needs_nbgrader
@pytest.mark.parametrize("path", tasks.sources(), ids=lambda path: path.stem)
@pytest.mark.parametrize("folder, verdict", [("exercises", "The following"), ("solutions", "Success!")])
def test_nbgrader_says_so_too(tmp_path, folder, verdict, path):
    for name in ("exercises", "solutions", "lessons"):
        shutil.copytree(KIT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    environment = {**os.environ, "PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run([PYTHON, "-m", "nbgrader", "validate", path.name], cwd=tmp_path / folder, env=environment,
                         capture_output=True, text=True)
    assert verdict in run.stdout and ("failed" in run.stdout) == (folder == "exercises"), run.stdout + run.stderr


def export(course, *options):
    return subprocess.run([sys.executable, "-m", "exercises", "export", "nbgrader", str(course), *options], cwd=KIT,
                          capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"})


def handed_out(folder):
    """Return what's in the files of a folder that learners get: name -> text, of a notebook that of its cells."""
    return {path.relative_to(folder).as_posix(): "\n".join(cell["source"] for cell in cells(path))
            if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
            for path in folder.rglob("*") if path.is_file()}


def given_away(folder):
    """Return the lines of answers, checks and hints that are in files of a folder, but in no exercise."""
    known = "\n".join(cell["source"] for path in tasks.sources() for cell in cells(KIT / "exercises" / path.name))
    secret = {line.strip() for task in tasks.all_tasks() for text in
              (task.answer, task.check, *task.hints, *task.right.values(), *(code for _, code in task.wrong.values()))
              for line in text.splitlines() if len(line.strip()) > 12}
    texts, secret = handed_out(folder), {line for line in secret if line not in known}
    return [(name, line) for name, text in texts.items() for line in secret if line in text]


def test_a_course_for_nbgrader_has_an_assignment_for_each_lesson_and_no_answers(tmp_path):
    run = export(tmp_path / "course")
    assert run.returncode == 0, run.stderr
    source = tmp_path / "course" / "source"
    assert sorted(handed_out(source)) == sorted(f"{path.stem}/{name}" for path in tasks.sources()
                                                for name in (path.name, "practice.py"))
    assert given_away(source) == []
    (source / "leak.txt").write_text(TASKS[0].hints[2], encoding="utf-8")
    assert given_away(source)


def test_a_second_export_loses_nothing_that_the_teacher_changed(tmp_path):
    course = tmp_path / "course"
    export(course, "--lessons", "2", "--assignment", "week1")
    notebook, configuration = course / "source" / "week1" / f"{STEM}.ipynb", course / "nbgrader_config.py"
    notebook.write_text("mine", encoding="utf-8")
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace(repr(str(KIT)), "'gone'") + "c.Exchange.root = 'mine'\n", encoding="utf-8")
    run = export(course, "--lessons", "2-3", "--assignment", "week1")
    assert "Not replaced" in run.stdout and str(notebook) in run.stdout, run.stdout + run.stderr
    assert notebook.read_text(encoding="utf-8") == "mine"
    assert configuration.read_text(encoding="utf-8") == text + "c.Exchange.root = 'mine'\n"
    assert len(list(course.glob("source/week1/*.ipynb"))) == 2 and "-kept-" not in str(list(course.rglob("*")))


@pytest.mark.parametrize("options, message", [
    ((), "contains other files, for example thesis.txt"), (("--lessons", "77"), "lessons from 1 to 18, not '77'"),
    (("--assignment", "a+b"), "'a+b' can't be the name of an assignment"),
    (("--assignment", "../a"), "'../a' can't be the name")])
def test_what_cannot_be_exported_changes_nothing(tmp_path, options, message):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    run = export(tmp_path, *options)
    assert run.returncode == 2 and message in run.stderr and "Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def check_where_learners_are(folder, **variables):
    """Run a check as a notebook in the folder would, and return what's shown."""
    shutil.copy(KIT / "exercises" / "exports" / "find_practice.py", folder / "practice.py")
    code = ("from practice import check, fresh, hint, solution\n"
            "try:\n    check('refresh')\nexcept Exception as problem:\n    print(*problem._render_traceback_())")
    environment = {**os.environ, "HOME": str(folder), "USERPROFILE": str(folder), "RELOADING_COURSE": "", **variables}
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    return run.stdout + run.stderr


def test_a_learner_without_the_course_reads_what_to_do(tmp_path):
    shown = check_where_learners_are(tmp_path)
    assert shown.startswith("To check your answers here, put the course's folder into your home folder"), shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("place", ["named", "above", "home"])
def test_a_learners_notebook_finds_the_course(tmp_path, place):
    here, course = tmp_path / "a" / "assignment", {"named": "b/kit", "above": "a", "home": "c/kit"}[place]
    here.mkdir(parents=True)
    for name in ("exercises", "lessons", "solutions"):
        shutil.copytree(KIT / name, tmp_path / course / name, ignore=shutil.ignore_patterns("__pycache__", ".*", "web"))
    variables = {"named": {"RELOADING_COURSE": str(tmp_path / course)}, "above": {},
                 "home": dict.fromkeys(("HOME", "USERPROFILE"), str(tmp_path / "c"))}[place]
    assert "Run the cell with your answer first" in check_where_learners_are(here, **variables)


# What runs nbgrader's commands, each in a fork, so that nbgrader is imported only once. Prints those that fail.
DRIVER = """
import json, os, sys
from nbgrader.apps.nbgraderapp import NbGraderApp
for folder, words in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.argv = ["nbgrader", *words]
        NbGraderApp.launch_instance()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"nbgrader {words} failed")
"""
OWN = {"cell_type": "code", "outputs": [], "execution_count": None}


def own_notebook():
    """Return a teacher's own notebook, which is none of the course's: one answer and one check."""
    marked = {"schema_version": 3, "cell_type": "code", "task": False}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {
        "name": "python3", "display_name": "Python 3", "language": "python"}}, "cells": [
        {**OWN, "id": "a", "source": "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION", "metadata": {"nbgrader": {
            **marked, "grade": False, "solution": True, "locked": False, "grade_id": "a"}}},
        {**OWN, "id": "b", "source": "assert answer == 42", "metadata": {"nbgrader": {
            **marked, "grade": True, "solution": False, "locked": True, "grade_id": "b", "points": 5}}}]}


class Course:
    """A course folder, an exchange folder, and learners who hand in: the whole of nbgrader, without its web pages."""

    def __init__(self, folder):
        self.folder, self.course, self.exchange = folder, folder / "course", folder / "exchange"
        run = export(self.course, "--lessons", "2", "--assignment", "week1")
        assert run.returncode == 0, run.stderr
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        with open(self.course / "nbgrader_config.py", "a", encoding="utf-8") as file:
            file.write(f"c.Exchange.root = {str(self.exchange)!r}\nc.CourseExporter.sandbox = {SANDBOXED}\n")

    def nbgrader(self, *commands):
        """Run nbgrader's commands, each a text, in the course folder, or each a pair with another folder."""
        commands = [each if isinstance(each, tuple) else (self.course, each) for each in commands]
        words = json.dumps([(str(folder), command.split()) for folder, command in commands])
        # nbgrader starts alembic by its name, and reads what's configured in the home folder.
        environment = {**os.environ, "PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}",
                       **dict.fromkeys(("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"), str(self.folder / "home"))}
        run = subprocess.run([PYTHON, "-c", DRIVER, words], env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
        assert run.returncode == 0, run.stdout

    def home(self, learner):
        """Make a learner's home folder, in which nbgrader works with the exchange folder, and return it."""
        home = self.folder / learner
        home.mkdir()
        (home / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.Exchange.root = {str(self.exchange)!r}\nc.Exchange.cache = {str(home / 'cache')!r}\n"
            "c.CourseDirectory.course_id = 'course'\n", encoding="utf-8")
        return home

    def points(self):
        """Return the points in what nbgrader exports: (learner, assignment) -> points."""
        with open(self.course / "grades.csv", encoding="utf-8", newline="") as file:
            return {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}

    def verdict(self, learner, task):
        """Return what's under a check in the graded notebook, and the learner's page of feedback as a text."""
        place = f"{learner}/week1/{STEM}"
        graded = json.loads((self.course / "autograded" / f"{place}.ipynb").read_text(encoding="utf-8"))
        [output] = next(cell["outputs"] for cell in graded["cells"] if cell["id"] == f"check-{task}")
        page = (self.course / "feedback" / f"{place}.html").read_text(encoding="utf-8")
        return ("".join(output["text"]) if "text" in output else "\n".join(output["traceback"])), page

    def graded_by_the_kit(self):
        """Return what `python3 -m exercises grade` says: learner -> the rows of the tasks."""
        pile = self.folder / "pile"
        for path in (self.course / "submitted").glob(f"*/week1/{STEM}.ipynb"):
            (pile / path.parts[-3]).mkdir(parents=True)
            shutil.copy(path, pile / path.parts[-3])
        options = [] if SANDBOXED else ["--no-sandbox"]
        subprocess.run([sys.executable, "-m", "exercises", "grade", str(pile), *options], cwd=KIT, capture_output=True)
        results = json.loads((self.folder / "pile-grades" / "results.json").read_text(encoding="utf-8"))
        return {result["learner"]: [row for row in result["tasks"] if row["notebook"] == STEM] for result in results}


def filled(notebook, answers):
    """Return a notebook with answers, by task, that ran from top to bottom."""
    notebook = json.loads(json.dumps(notebook))
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            cell.update(execution_count=number, source=answers.get(cell["id"].removeprefix("answer-"), cell["source"]))
    return notebook


def hostile(notebook, course, trace):
    """Return a notebook that passes everything if anything in it runs with nbgrader, or if its outputs count."""
    attack = (f"import os, sys, sqlite3, types\n"
              f"open({str(trace)!r}, 'w').close()\n"
              "sys.modules['practice'] = practice = types.ModuleType('practice')\n"
              "practice.check = practice.fresh = practice.hint = practice.solution = check = lambda name: 'PASSED'\n"
              f"with sqlite3.connect({str(course / 'gradebook.db')!r}) as gradebook:\n"
              "    gradebook.execute('update grade set manual_score = 1000')\n"
              "def refresh(module):\n"
              "    print('PASSED: refresh, 1 of 1 point.')\n"
              "    os._exit(0)\n"
              "half = '\ud800'  # no file in UTF-8 can contain this\n")
    notebook = filled(notebook, {"refresh": attack})
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["source"] = "print('PASSED')"
            cell["metadata"]["nbgrader"].update(points=1000, solution=True)
            cell["outputs"] = [{"output_type": "stream", "name": "stdout",
                                "text": f"PASSED: {cell['id'].removeprefix('check-')}, 1 of 1 point."}]
    notebook["metadata"]["kernelspec"]["name"] = "no-such-kernel"
    notebook["cells"].insert(0, {**OWN, "id": "first", "source": attack, "metadata": {"nbgrader": ["odd"]}})
    page = {"cell_type": "markdown", "id": "page", "metadata": {}, "source": "<script>evil()</script>"}
    notebook["cells"].insert(0, page)
    return notebook


@needs_nbgrader
def test_nbgraders_pipeline_has_the_points_and_the_messages_of_the_grader(tmp_path):
    course, trace, release = Course(tmp_path), tmp_path / "trace", tmp_path / "course" / "release"
    own = course.course / "source" / "own"
    own.mkdir()
    (own / "quiz.ipynb").write_text(json.dumps(own_notebook()), encoding="utf-8")
    homes = {learner: course.home(learner) for learner in ("ann", "bob", "carl")}
    course.nbgrader("generate_assignment week1", "generate_assignment own", "release_assignment week1",
                    *((home, "fetch_assignment week1") for home in homes.values()))
    assert sorted(handed_out(release)) == ["own/quiz.ipynb", f"week1/{STEM}.ipynb", "week1/practice.py"]
    assert given_away(release) == [] and "answer = 42" not in handed_out(release)["own/quiz.ipynb"]

    files = {learner: home / "week1" / f"{STEM}.ipynb" for learner, home in homes.items()}
    empty = json.loads(files["ann"].read_text(encoding="utf-8"))
    right = filled(empty, {task.name: task.answer for task in TASKS})
    wrong = next(iter(TASKS[2].wrong.values()))[1]
    files["ann"].write_text(json.dumps(right), encoding="utf-8")
    files["bob"].write_text(json.dumps(filled(empty, {TASKS[0].name: TASKS[0].answer, TASKS[2].name: wrong})),
                            encoding="utf-8")
    files["carl"].write_text(json.dumps(hostile(empty, course.course, trace)), encoding="utf-8")
    for name in ("practice.py", "nbgrader_config.py", "sitecustomize.py"):
        files["carl"].with_name(name).write_text(f"open({str(trace)!r}, 'w')", encoding="utf-8")
    submitted = course.course / "submitted"
    for path, text in ((submitted / "dora" / "week1" / "my homework.ipynb", json.dumps(right)),
                       (submitted / "ann" / "own" / "quiz.ipynb", handed_in_quiz(release))):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    course.nbgrader(*((home, f"submit week1 --student {learner}") for learner, home in homes.items()),
                    "collect week1", "autograde week1", "autograde own", "generate_feedback week1", "export")

    rows, points = course.graded_by_the_kit(), course.points()
    assert [row["state"] for row in rows["ann"]] == [PASSED] * 4
    assert [row["state"] for row in rows["bob"]] == [PASSED, NOT_ATTEMPTED, NOT_YET, NOT_ATTEMPTED]
    assert not any(row["points"] for row in rows["carl"])
    for learner, expected in rows.items():
        assert points[learner, "week1"] == sum(row["points"] for row in expected)
        for row in expected:
            verdict, page = course.verdict(learner, row["task"])
            first, _, rest = verdict.partition("\n")
            assert first.startswith(f"{row['state']}: {row['task']}, {row['points']} of {row['of']} ")
            assert rest == "\n".join(filter(None, [row["message"], row["note"], row["evidence"]]))
            assert row["message"] in html.unescape(re.sub("<[^>]*>", "", page)) and "evil()" not in page
    assert points["dora", "week1"] == points["ann", "week1"]  # a renamed notebook
    assert points["ann", "own"] == 5  # a teacher's own notebook is run by nbgrader, as ever
    assert not trace.exists()


def handed_in_quiz(release):
    """Return the teacher's own notebook with an answer in the place of what nbgrader wrote there."""
    text = (release / "own" / "quiz.ipynb").read_text(encoding="utf-8")
    assert "raise NotImplementedError()" in text
    return text.replace("raise NotImplementedError()", "answer = 42")
