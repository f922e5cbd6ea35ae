"""What must hold of every task: the untouched one is not attempted, right answers pass, each wrong one gets its message."""
import json
import re

import pytest

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, grade, grade_notebook
from lessons.notebooks import KIT, cells
from tests.notebooks import LESSONS, OF_ONE_MACHINE, printed

TASKS = tasks.all_tasks()
SOURCES = tasks.sources()
RIGHT = [(task, name, code) for task in TASKS for name, code in {"the solution": task.answer, **task.right}.items()]
WRONG = [(task, name, *told) for task in TASKS for name, told in task.wrong.items()]
CHANGES_FILES = re.compile(r"write_text|write_bytes|os\.(replace|utime)|open\(.*[\"'][wax]")

every_source = pytest.mark.parametrize("path", SOURCES, ids=[path.stem for path in SOURCES])
every_task = pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])


@every_task
def test_an_untouched_task_is_not_attempted(task):
    assert grade(task, task.stub).state == NOT_ATTEMPTED
    assert grade(task, f"# my notes\n\n{task.stub}\n").state == NOT_ATTEMPTED


@pytest.mark.parametrize("task, name, code", RIGHT, ids=[f"{task.name}: {name}" for task, name, _ in RIGHT])
def test_every_right_answer_passes(task, name, code):
    verdict = grade(task, code, worked_in=True)
    assert verdict.state == PASSED, verdict.message


@pytest.mark.parametrize("task, name, message, code", WRONG, ids=[f"{task.name}: {name}" for task, name, *_ in WRONG])
def test_every_wrong_answer_gets_its_message(task, name, message, code):
    verdict = grade(task, code, worked_in=True)
    assert verdict.state == NOT_YET
    assert tasks.fits(verdict.message, message), f"it got: {verdict.message}"


@every_task
def test_a_task_has_all_that_it_needs(task):
    assert len(task.hints) == 3 and len(task.right) >= 2 and len(task.wrong) >= 4 and task.points >= 1
    assert task.text.startswith("## ") and task.defines
    codes = [code for owner, _, code in RIGHT if owner is task] + [code for _, code in task.wrong.values()]
    assert len(set(codes)) == len(codes)


@every_task
def test_no_message_gives_the_answer_away(task):
    lines = {line.strip() for line in task.answer.splitlines() if len(line.strip()) > 12} - set(task.stub.splitlines())
    for message, _ in task.wrong.values():
        assert not [line for line in lines if line in message]
        assert message.rstrip()[-1] in ".?!"


@every_source
def test_an_exercise_is_what_its_source_gives(path):
    exercise = KIT / "exercises" / path.name
    assert [cell["id"] for cell in cells(exercise)][-2:] == ["progress", "next"]
    assert exercise.read_bytes() == tasks.exercise_from(path), "it was edited, or is behind: python3 -m solutions"


def test_each_lesson_has_exercises_and_each_exercise_a_lesson():
    names = [path.name for path in SOURCES]
    assert names == [path.name for path in LESSONS]
    assert names == sorted(path.name for path in (KIT / "exercises").glob("*.ipynb"))


@every_source
def test_an_untouched_notebook_is_not_attempted_and_has_no_answer_in_it(path):
    exercise = KIT / "exercises" / path.name
    assert {verdict.state for verdict in grade_notebook(exercise)} == {NOT_ATTEMPTED}
    text = exercise.read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text and "def experiment" not in text
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(exercise, "code"))


@every_source
def test_what_a_learner_sees_is_small_and_marked_for_nbgrader(path):
    exercise, grade_ids = KIT / "exercises" / path.name, []
    ids = [cell["id"] for cell in cells(exercise)]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in ids)
    for cell in cells(exercise, "code"):
        assert len(cell["source"].splitlines()) <= 15, cell["id"]
        marks = cell["metadata"].get("nbgrader", {})
        is_answer, is_check = cell["id"].startswith("answer-"), cell["id"].startswith("check-")
        assert bool(marks) == (is_answer or is_check)
        if marks:
            grade_ids.append(marks["grade_id"])
            assert marks["schema_version"] == 3 and marks["grade_id"] == cell["id"]
            assert (marks["solution"], marks["grade"], marks["locked"]) == (is_answer, is_check, is_check)
    assert len(set(grade_ids)) == len(grade_ids) == 2 * len(tasks.tasks_of(path))


@every_source
def test_a_solution_shows_every_task_passed(path):
    checks = [cell for cell in cells(path, "code") if cell["id"].startswith("check-")]
    assert all("PASSED" in "".join(cell["outputs"][0]["text"]) for cell in checks)
    assert not any(OF_ONE_MACHINE.search(printed(cell)) for cell in cells(path, "code"))
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@every_source
def test_each_exercise_has_three_tasks_and_links_that_lead_somewhere(path):
    assert len(tasks.tasks_of(path)) >= 3
    for cell in cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)#]+)\)", re.sub(r"(?s)```.*?```", "", cell["source"])):
            assert "://" in target or (path.parent / target).exists(), target


def test_at_least_half_of_the_tasks_change_source_files():
    changing = [task.name for task in TASKS if CHANGES_FILES.search(task.answer)]
    assert 2 * len(changing) >= len(TASKS), changing


def test_names_of_tasks_stand_once():
    names = [task.name for task in TASKS]
    assert len(set(names)) == len(names)


def test_the_very_first_task_is_solved_already_and_counts_once_it_was_run(tmp_path):
    first = TASKS[0]
    assert first.given and grade(first, first.answer).state == NOT_ATTEMPTED
    notebook = json.loads((KIT / "exercises" / f"{first.notebook}.ipynb").read_text(encoding="utf-8"))
    next(cell for cell in notebook["cells"] if cell["id"] == f"answer-{first.name}")["execution_count"] = 1
    path = tmp_path / f"{first.notebook}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert grade_notebook(path, {first})[0].state == PASSED
