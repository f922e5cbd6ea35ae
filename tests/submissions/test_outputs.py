"""Output folders: grades, feedback and web sites go where they belong, and replace nothing that a person made."""
import argparse
import errno
import re
import subprocess
import sys
import tracemalloc

import pytest

from exercises.grader.grading import NOT_YET
from exercises.isolation.processes import GraderProblem
from exercises.submissions import command, pages
from lessons.outputs import MARKER, OutputFolder
from tests.notebooks import KIT
from tests.submissions.test_submissions import GRADE, NAME, REFRESH, RIGHT, grade, put


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_only_a_new_an_empty_or_an_own_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "new"):
        folder = OutputFolder(tmp_path / name)
        folder.write("deep/page.html", b"page")
        folder.finish()
        assert (tmp_path / name / "deep" / "page.html").read_bytes() == b"page"
    other = put(tmp_path / "other", {"mine.txt": b"mine"})
    with pytest.raises(FileExistsError, match="mine.txt"):
        OutputFolder(other)
    assert names(other) == ["mine.txt"]


def test_a_persons_files_stay_and_a_changed_page_is_kept(tmp_path):
    first = OutputFolder(tmp_path / "site")
    first.fill(put(tmp_path / "old", {"index.html": b"old", "same.html": b"same", "gone.html": b"-", "mine.html": b""}))
    put(tmp_path / "site", {"index.html": b"by hand", "mine.html": b"by hand", "CNAME": b"example.org"})
    second = OutputFolder(tmp_path / "site")
    second.fill(put(tmp_path / "new", {"index.html": b"new", "same.html": b"same"}))
    assert {path.name: path.read_bytes() for path in (tmp_path / "site").iterdir() if path.name != MARKER} == {
        "index.html": b"new", "index-kept-1.html": b"by hand", "same.html": b"same", "mine.html": b"by hand",
        "CNAME": b"example.org"}
    assert [path.name for path in second.kept] == ["index-kept-1.html"]


def test_a_run_that_was_killed_leaves_nothing_that_the_next_one_takes_for_a_persons(tmp_path):
    OutputFolder(tmp_path / "killed").write("page.html", b"half of the work")  # and no finish()
    again, whole = OutputFolder(tmp_path / "killed"), OutputFolder(tmp_path / "whole")
    for folder in (again, whole):
        folder.write("page.html", b"page")
        folder.finish()
    assert names(tmp_path / "killed") == names(tmp_path / "whole") == sorted([MARKER, "page.html"])
    assert (tmp_path / "killed" / MARKER).read_bytes() == (tmp_path / "whole" / MARKER).read_bytes()


@pytest.mark.parametrize("command, files", [
    ("build", {"jupyter-lite.json": b"{}", "index.html": b"mine"}),  # a JupyterLite project of the teacher's own
    ("pages", {"lessons/01_import_runs_once.html": b"mine"}),
])
def test_a_folder_of_the_teachers_own_is_left_alone_by_the_web_commands(tmp_path, command, files):
    folder = put(tmp_path / "mine", files)
    run = subprocess.run([sys.executable, "-m", "lessons.web", command, str(folder)], cwd=KIT, capture_output=True,
                         text=True, env={"PATH": ""} if sys.platform != "win32" else None)
    assert run.returncode == 1 and "contains other files" in run.stderr and "Traceback" not in run.stderr
    assert all((folder / name).read_bytes() == data for name, data in files.items())


def test_grades_go_into_no_folder_with_other_files(tmp_path):
    submissions, mine = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT}), put(tmp_path / "mine", {"grades.csv": b"mine"})
    run, _ = grade(submissions, "--to", str(mine))
    assert run.returncode == 2 and "grades.csv" in run.stderr and "Traceback" not in run.stderr
    assert names(mine) == ["grades.csv"] and (mine / "grades.csv").read_bytes() == b"mine"


@pytest.mark.parametrize("to, said", [
    ("mine", "mine (it's a file). Name another folder with --to"),
    ("mine/deeper", "mine/deeper ("),
    ("batch/grades", "so the next run would grade it. Name a folder outside it with --to"),
    ("batch", "so the next run would grade it"),
])
def test_where_grades_cannot_be_written_the_message_says_what_to_do(tmp_path, to, said):
    submissions = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    put(tmp_path, {"mine": b"mine"})
    run, _ = grade(submissions, "--to", str(tmp_path / to))
    assert run.returncode == 2 and said in run.stderr.replace("\\", "/") and "--to" in run.stderr
    assert names(submissions) == ["ann"] and ".part" not in run.stderr


def test_a_full_disk_is_named_and_the_same_command_continues(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    submissions = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    options = argparse.Namespace(folder=str(submissions), to=None, into=None, layout="", learner_pattern="", jobs=1,
                                 lessons=None, out_of=None, grades_for=None, gradebook=None, grade_column=None,
                                 seed="", gradescope=False, dask=None, no_sandbox="--no-sandbox" in GRADE)
    monkeypatch.setattr(command.reports, "write_all", full)
    with pytest.raises(GraderProblem, match="no room left for the grades in .*batch-grades.*same command again"):
        command.grade_class(options)



def test_the_class_page_counts_a_message_once_whatever_words_were_made_up():
    page = pages.ClassPage()
    task = {"task": REFRESH.name, "notebook": REFRESH.notebook, "state": NOT_YET, "points": 0, "of": 1}
    for word in ("bafedigoku", "latimovuze"):
        message = f"refresh_it(spam_py, '{word}') was stopped."
        page.add({"learner": word, "id": "", "problems": [], "tasks": [{**task, "message": message}]}, "")
    [line] = re.findall(r"(?s)<li>(?:(?!<li>).)*was stopped.*?</li>", page.render({}))
    assert "refresh_it(spam_py, &#39;...&#39;) was stopped." in line and "2 of 2" in line


def test_grades_that_the_teacher_changed_are_kept_and_named(tmp_path):
    submissions = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    grade(submissions)
    grades = tmp_path / "batch-grades"
    (grades / "grades.csv").write_bytes(b"with a bonus for ann")
    run, rows = grade(submissions)
    assert rows["ann"]["refresh state"] == "PASSED"
    assert (grades / "grades-kept-1.csv").read_bytes() == b"with a bonus for ann"
    assert str(grades / "grades-kept-1.csv") in run.stdout


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path):
    folder = OutputFolder(tmp_path / "site")
    tracemalloc.start()
    try:
        for _ in range(2):
            folder.write("large.json", (bytes(2**18) for _ in range(200)))
        folder.finish()
        assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
    finally:
        tracemalloc.stop()
    assert (tmp_path / "site" / "large.json").stat().st_size == 200 * 2**18
