"""`python3 -m lessons` and `python3 -m tests`, without the environment and without JupyterLab."""
import errno
import os
import subprocess
import sys

import pytest

import lessons.__main__ as lessons_command
import tests.__main__ as tests_command
from lessons import PYTHON
from lessons.launcher import environment, lab, learner_copy
from lessons.notebooks import KIT


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts the course with a new learner's copy; returns what the command returns, or the lesson that it opens."""
    monkeypatch.setattr(lessons_command, "WORK", tmp_path / "work")
    monkeypatch.setattr(lessons_command, "ready_python", lambda top: sys.executable)
    monkeypatch.setattr(lessons_command, "open_lab", lambda python, work, lesson, *_, **__: lesson.name[:2])
    return lambda *arguments: lessons_command.main(list(arguments))


def test_a_start_opens_the_lesson_where_the_learner_left_off_and_a_reset_the_one_that_was_reset(start):
    assert start() == "01"
    assert start("--reset", "03") == "03"
    assert start() == "01"
    assert start("--reset") == "01"


def test_a_reset_of_no_lesson_is_told_in_one_line(start):
    assert start("--reset", "99").startswith("error: there's no lesson '99'; there are: 01, 02, ")


@pytest.mark.parametrize("error, words", [
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), f"about {learner_copy.MEGABYTES} MB are needed. Make room"),
    (PermissionError(errno.EACCES, "Permission denied", "C:\\a\\b.ipynb"), "error: Permission denied: C:\\a\\b.ipynb."),
    (OSError(errno.EIO, "Input/output error"), "error: Input/output error. Fix that, then type: "),
    (OSError("no more words"), "error: no more words. Fix that, then type: ")])
def test_whatever_the_disk_refuses_is_told_in_one_line_with_its_cause(start, monkeypatch, error, words):
    def refuse(*_):
        raise error

    monkeypatch.setattr(learner_copy.files, "write", refuse)
    told = start()
    assert words in told and "None" not in told and "\n" not in told
    assert ", then type: " in told


def test_the_help_and_the_problems_name_the_command_of_this_system(start, capsys, monkeypatch):
    with pytest.raises(SystemExit):
        start("--help")
    assert capsys.readouterr().out.startswith(f"usage: {PYTHON} -m lessons ")
    monkeypatch.setattr(environment, "PYTHON", "py")
    monkeypatch.setattr(sys, "orig_argv", [r"C:\Programs\Python\python.exe", "-m", "lessons", "--reset", "03"])
    assert str(environment._problem("It rains")) == "It rains, then type: py -m lessons --reset 03"


def test_the_tests_run_with_pythonsafepath_too(monkeypatch, capfd):
    monkeypatch.setattr(tests_command, "ready_python", lambda top: sys.executable)
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    assert tests_command.main(["--collect-only", "-q", "tests/launcher/test_command.py"]) == 0
    assert "test_the_tests_run_with_pythonsafepath_too" in capfd.readouterr().out
    assert "PYTHONSAFEPATH" not in os.environ  # tests start `python -m` themselves


@pytest.mark.skipif(os.name == "nt", reason="os.execv replaces the process only elsewhere")
def test_jupyterlab_gets_no_pythonsafepath_because_lessons_need_the_current_directory(tmp_path, monkeypatch):
    learner_copy.update(KIT, tmp_path, [].append)
    seen = []
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setattr(os, "chdir", seen.append)
    monkeypatch.setattr(os, "execv", lambda program, command: seen.append("PYTHONSAFEPATH" in os.environ))
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.skip("stopped here"))
    with pytest.raises(pytest.skip.Exception):  # what comes after the call that doesn't return
        lab.open_lab(sys.executable, tmp_path, learner_copy.left_off(tmp_path), [], browser=True)
    assert seen == [tmp_path, False]
