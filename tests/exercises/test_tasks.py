"""What holds for every task: untouched it's not attempted, right answers pass, each wrong one gets its message."""
import json
import ntpath
import os
import re

import pytest

from exercises.grader import markers, tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, definitions, grade, grade_notebook
from lessons.notebooks import KIT, NotebookProblem, cells
from solutions.authoring import build
from tests.notebooks import LESSONS, OF_ONE_MACHINE, printed

TASKS = tasks.all_tasks()
SOURCES = tasks.sources()
# The README's test command tries all answers. With other Pythons, CI tries fewer of each task, right and wrong: it has
# the fork server try all of them, or it's Windows' Python, where each process takes a second.
MOST = int(os.environ.get("KIT_ANSWERS", 100))
RIGHT = [(task, name, code) for task in TASKS
         for name, code in list({"the solution": task.answer, **task.right}.items())[:MOST]]
WRONG = [(task, name, *told) for task in TASKS for name, told in list(task.wrong.items())[:MOST]]
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
def test_a_message_names_a_rule_and_one_of_its_cases(task):
    starts = tuple(f"Rule {case.rule}, {case.title}: " for case in definitions(task)[1].all)
    for name, (message, _) in task.wrong.items():
        assert not starts or message.startswith(starts), f"{name}: its message names no case. They are {starts}"


@every_task
def test_the_files_of_a_case_can_all_be_there_on_windows(task, monkeypatch):
    monkeypatch.setattr(os.path, "normcase", ntpath.normcase)  # what a check asks that leaves a case out on Windows
    _, cases = definitions(task)
    for case in cases.all:
        names = {case.file, *case.files, *case.edit, *case.then_edit, *case.left}
        assert len(names) == len({name.casefold() for name in names}), f"{case.title}: capitals are the only difference"
        bad = [name for name in names if re.search(r'[<>:"|?*\\]|[ .](/|$)', name)]
        assert not bad, f"{case.title}: Windows allows no such name"


def test_a_message_fits_with_and_without_the_number_of_cases_that_pass():
    for count in ("", "1 of 2 cases passes. ", "3 of 12 cases pass. "):
        assert tasks.fits(f"{count}Rule 2, a title: it isn't.", "Rule 2, a title: ...")
    assert tasks.fits("3 of 12 cases pass. Rule 2.", "3 of 12 cases pass. Rule 2.")
    assert not tasks.fits("3 of 12 cases pass. Rule 2.", "4 of 12 cases pass. Rule 2.")
    assert not tasks.fits("3 of 4 are right. Why?", "Why?")


@every_task
def test_a_task_has_all_that_it_needs(task):
    assert len(task.hints) == 3 and len(task.right) >= 2 and len(task.wrong) >= 4 and task.points >= 1
    assert task.text.startswith("## ") and task.defines and set(task.needs) <= {other.name for other in TASKS}
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


def test_each_exercise_has_a_lesson_and_a_source():
    names = [path.name for path in SOURCES]
    assert set(names) <= {path.name for path in LESSONS}
    assert names == sorted(path.name for path in (KIT / "exercises").glob("*.ipynb"))


@every_source
def test_an_untouched_notebook_is_not_attempted_and_has_no_answer_in_it(path):
    exercise = KIT / "exercises" / path.name
    assert {verdict.state for verdict in grade_notebook(exercise)} == {NOT_ATTEMPTED}
    text = exercise.read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text and "check_answer" not in text
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(exercise, "code"))


@every_task
def test_the_exercise_has_no_line_of_an_answer_or_a_check_but_the_stub(task):
    exercise = [cell for cell in cells(KIT / "exercises" / f"{task.notebook}.ipynb")
                if cell["id"].endswith(f"-{task.name}")]
    shown = {line.strip() for cell in exercise for line in cell["source"].splitlines()}
    allowed = {line.strip() for line in [*task.stub.splitlines(), *task.text.splitlines(),
                                         "from practice import check", f'check("{task.name}")', ""]}
    assert task.given or task.answer != task.stub
    assert shown <= allowed, "the exercise has more than its text, the stub and the call of the check"
    hidden = {line.strip() for line in f"{task.answer}\n{task.check}".splitlines()} - allowed
    assert hidden or task.given
    assert not shown & hidden


# A source that would publish an answer is refused

ANSWER = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
CHECK = '### BEGIN HIDDEN TESTS\ndef check_answer(session): pass\n### END HIDDEN TESTS\ncheck("f")'
HINTS = "1. One.\n2. Two.\n3. Three."


def source(folder, **changed):
    """Write a source with one task `f`, with some cells changed: id -> source, with _ for -; None removes one."""
    texts = {"task-f": "## F", "answer-f": ANSWER, "check-f": CHECK, "hints-f": HINTS, "next": "next", **{
        name.replace("_", "-"): text for name, text in changed.items() if name not in ("given", "points", "kinds")}}
    notebook = {"cells": [
        {"id": name, "cell_type": changed.get("kinds", {}).get(name) or tasks.KINDS.get(name.partition("-")[0], "code"),
         "source": text,
         "metadata": {"given": changed.get("given", False), "nbgrader": {"points": changed.get("points", 1)}}}
        for name, text in texts.items() if text is not None]}
    path = folder / f"{'-'.join(['01', *changed])}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


MISSPELT = ["### BEGIN SOLUTON", "### BEGN SOLUTION", "### BEGIN SOLUTIONS", "### begin solution", "## BEGIN SOLUTION",
            "###BEGIN SOLUTION",
            "###  BEGIN SOLUTION", "### BEGIN SOLUTION ", "# begin solution", "### SOLUTION", "### BEGIN HIDDEN TESTS",
            "#### BEGIN SOLUTION"]


@pytest.mark.parametrize("mark", MISSPELT)
def test_a_misspelt_mark_is_refused_with_its_place_and_what_is_expected(tmp_path, mark):
    for line, answer in ((2, ANSWER.replace("### BEGIN SOLUTION", mark)),
                         (7, f"{ANSWER}\n\ndef g():\n    {mark}\n    return 2")):
        path = source(tmp_path, answer_f=answer)
        for make in (tasks.tasks_of, tasks.exercise_from):
            with pytest.raises(NotebookProblem) as problem:
                make(path)
            assert str(problem.value) == (
                f"{path.name}, cell answer-f: line {line}: {mark!r}. Expected '### BEGIN SOLUTION'.")


@pytest.mark.parametrize("changed, said", [
    ({"answer_f": ANSWER.replace("    ### END SOLUTION", "")},
     "line 2: '### BEGIN SOLUTION' isn't closed. Expected '### END"),
    ({"answer_f": ANSWER.replace("END SOLUTION", "END SOLUTON")},
     "line 4: '### END SOLUTON'. Expected '### END SOLUTION', which"),
    ({"answer_f": ANSWER.replace("BEGIN", "FIRST").replace("END", "BEGIN")},
     "line 2: '### FIRST SOLUTION'. Expected '### BEGIN"),
    ({"answer_f": "### END SOLUTION\nf = 1\n### BEGIN SOLUTION"},
     "line 1: '### END SOLUTION'. Expected '### BEGIN SOLUTION'"),
    ({"answer_f": ANSWER.replace("    return", "    ### BEGIN SOLUTION\n    return")},
     "line 3: '### BEGIN SOLUTION'. Expected '### END"),
    ({"answer_f": ANSWER.replace("    ### END", "### END")}, "line 4: '### END SOLUTION' isn't indented like line 2"),
    ({"answer_f": ANSWER.replace("    ### BEGIN", "        ### BEGIN")},
     "line 3: 'return 1' isn't indented like line 2"),
    ({"answer_f": "def f():\n    return 1"}, 'it has neither marks nor "given": true in its metadata'),
    ({"given": True}, 'it has marks and "given": true in its metadata'),
    ({"check_f": CHECK.replace("### BEGIN HIDDEN TESTS\n", "")},
     "line 2: '### END HIDDEN TESTS'. Expected '### BEGIN HIDDEN"),
    ({"check_f": 'check("f")'}, "Expected check_answer(session) between '### BEGIN HIDDEN TESTS'"),
    ({"check_f": CHECK + "\nassert f() == 1"}, "outside marks it has 'check(\"f\")\\nassert f() == 1'"),
    ({"hints_f": "1. One.\n2. Two."}, "cell hints-f: it has 2 numbered hints. Expected 3"),
    ({"hints_f": None}, "cell hints-f: it's missing"), ({"check_f": None}, "cell check-f: it's missing"),
    ({"task_f": None}, "cell answer-f: it belongs to no task"), ({"answer_f": None}, "cell answer-f: it's missing"),
    ({"answers_f": "f = 1"},
     "cell answers-f: its kind is unknown. Expected an id that starts with one of: title, start, task, answer"),
    ({"start": ANSWER}, "cell start: it has a mark. Expected marks only in answers and checks"),
    ({"points": "many"}, "its points in nbgrader's metadata are 'many'. Expected a number"),
    ({"kinds": {"answer-f": "markdown"}}, "cell answer-f: its type is markdown. Expected code"),
    ({"right_f": "`a`"}, "cell right-f: it has a name in backticks and 0 blocks of Python code. Expected one of each"),
    ({"wrong_f": "`a`\n```python\nf = 1\n```"}, "cell wrong-f: it has no message. Expected the one that"),
])
def test_a_source_that_breaks_a_rule_makes_no_exercise_and_is_told_where(tmp_path, changed, said):
    path = source(tmp_path, **changed)
    with pytest.raises(NotebookProblem) as problem:
        tasks.exercise_from(path)
    assert str(problem.value).startswith(f"{path.name}, cell ") and said in str(problem.value)


def test_a_source_that_keeps_the_rules_makes_an_exercise_without_markers(tmp_path):
    made = json.loads(tasks.exercise_from(source(tmp_path)))["cells"]
    assert {cell["id"]: "".join(cell["source"]) for cell in made}["answer-f"] == f"def f():\n    {markers.STUB}"
    given = source(tmp_path, answer_f="f = 1", given=True)
    made = {cell["id"]: cell for cell in json.loads(tasks.exercise_from(given))["cells"]}
    assert made["answer-f"]["source"] == ["f = 1"] and "given" not in made["answer-f"]["metadata"]
    assert made["check-f"]["source"] == ["from practice import check\n", 'check("f")'] and "hints-f" not in made


def test_an_ordinary_comment_is_not_taken_for_a_mark():
    for line in ("# your answer", "    # Only the first one counts.", "x = '# spam.py'", "# begin with the import",
                 "# at the end"):
        assert not markers.is_like_a_marker(line)


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
    assert all("".join(cell["outputs"][0]["data"]["text/plain"]).startswith("PASSED: ") for cell in checks)
    assert not any(OF_ONE_MACHINE.search(printed(cell)) for cell in cells(path, "code"))
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@every_source
def test_each_exercise_has_three_tasks_and_links_that_lead_somewhere(path):
    assert len(tasks.tasks_of(path)) >= 3
    for cell in cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)#]+)\)", re.sub(r"(?s)```.*?```", "", cell["source"])):
            assert "://" in target or (path.parent / target).exists(), target


@every_source
def test_who_passes_all_tasks_of_a_notebook_reads_a_line_and_a_link_to_the_next_lesson(path):
    ending, last = tasks.ending(path.stem), cells(path, "code")[-1]["outputs"][0]["data"]
    assert ending.complete and '"complete"' not in (KIT / "exercises" / path.name).read_text(encoding="utf-8")
    assert ending.complete in "".join(last["text/plain"])
    if path == SOURCES[-1]:
        assert ending.next is None
    else:
        words, address = ending.next
        assert f"Next: {words}" in "".join(last["text/plain"]) and f'href="{address}"' in "".join(last["text/html"])
        assert (KIT / "exercises" / address).resolve() == KIT / "lessons" / SOURCES[SOURCES.index(path) + 1].name


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


def test_making_everything_from_the_notebooks_changes_nothing_that_is_committed(monkeypatch):
    written = {}
    for name in ("has_task", "has_notebook"):  # other tests record notebooks, and try every answer
        monkeypatch.setattr(build.Built, name, lambda self, each: True)
    monkeypatch.setattr(build.files, "write", written.__setitem__)
    build.build()
    assert len(written) == len(SOURCES) + 4
    assert written == {path: path.read_bytes() for path in written}
