"""What replaces the processes of answers in a browser tab reaches the grader's verdicts, with the same messages."""
import os

import pytest

from exercises.grader import grading, tasks
from exercises.isolation import browser_tab
from tests.exercises.checks.thorough import thorough


@thorough
@pytest.mark.parametrize("task", tasks.all_tasks(), ids=lambda task: task.name)
def test_a_check_in_a_tab_reaches_the_verdict_of_the_grader(task, monkeypatch):
    monkeypatch.setattr(browser_tab, "ONE_LINE_LOOPS", False)  # the browser edition's Python is newer
    for answer in [task.answer, *task.right.values()]:
        assert str(grading.grade(task, answer, True, browser_tab.TabLauncher())).startswith("PASSED")
    for message, code in list(task.wrong.values())[:4]:
        verdict = grading.grade(task, code, True, browser_tab.TabLauncher())
        assert verdict.state == grading.NOT_YET and tasks.fits(verdict.message, message), verdict.message


@pytest.mark.skipif(os.name == "nt", reason="the Python of a browser tab isn't Windows'")
def test_an_answer_without_end_comes_back_in_a_tab(monkeypatch):
    monkeypatch.setattr(browser_tab, "SECONDS", 2)
    answer = "def renew(namespace, module):\n    while True: pass\n"
    verdict = grading.grade(tasks.find("renew"), answer, launcher=browser_tab.TabLauncher())
    assert "Does a loop never end?" in verdict.message
