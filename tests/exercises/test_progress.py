"""What is remembered of a learner's progress: nothing is lost, nothing damaged stops the work, and all views agree."""
import json
import os
import shutil
import subprocess
import sys

import pytest

from exercises.grader import grading, tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from exercises.progress import notebooks
from exercises.progress.store import Progress
from lessons import files
from lessons.notebooks import KIT

REFRESH, INSERT, WRITE = (tasks.find(name) for name in ("refresh", "insert", "write"))
WRONG = [code for _, code in REFRESH.wrong.values()]
EVERY = tasks.all_tasks()
WRITER = """
import sys
from exercises.grader import tasks
from exercises.grader.grading import PASSED, Verdict
from exercises.progress.store import Progress
print("ready", flush=True)
sys.stdin.readline()
for task in tasks.all_tasks()[int(sys.argv[2])::2]:
    Progress(sys.argv[1]).note(Verdict(task, PASSED))
"""


def states(folder):
    return {verdict.task.name: verdict.state for verdict in Progress(folder).verdicts()}


def passed(task):
    return Verdict(task, PASSED, answer=task.answer)


def wrong(task, answer):
    return Verdict(task, NOT_YET, "Why?", answer=answer)


# Nothing is lost

def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)], cwd=KIT, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for number in (0, 1)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=120) and writer.returncode for writer in writers] == [0, 0]
    assert set(states(tmp_path).values()) == {PASSED}


def test_a_process_that_never_frees_the_lock_delays_a_verdict_but_does_not_prevent_it(tmp_path, monkeypatch):
    monkeypatch.setattr("exercises.progress.memory.PATIENCE", 0.1)
    with open(tmp_path / ".progress.lock", "a") as other:
        assert files.lock(other)
        Progress(tmp_path).note(passed(REFRESH))
    assert states(tmp_path)["refresh"] == PASSED


def test_where_nothing_can_be_written_this_process_still_remembers(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(files, "write", refuse)
    progress = Progress(tmp_path)
    for number, answer in enumerate(WRONG[:3], start=1):
        progress.note(wrong(REFRESH, answer))
        assert progress.hint("refresh").count("Hint") == number
    assert REFRESH.answer in progress.solution("refresh")
    assert not (tmp_path / ".progress.json").exists()


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
                    reason="root may write anywhere")
def test_a_read_only_folder_gets_its_verdict(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert Progress(tmp_path).check("refresh", REFRESH.answer).passed
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_gone_gets_its_verdict(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    progress = Progress(folder)
    folder.rmdir()
    (tmp_path / "gone").write_text("a file where the folder was", encoding="utf-8")
    assert progress.check("refresh", REFRESH.answer).passed


def test_running_the_solutions_leaves_no_trace():
    before = sorted(os.listdir(tasks.SOLUTIONS))
    progress = Progress(tasks.SOLUTIONS)
    progress.note(passed(REFRESH))
    progress.hint("refresh")
    assert sorted(os.listdir(tasks.SOLUTIONS)) == before


# The last pass

def test_the_last_pass_of_a_notebook_and_of_the_course_is_worth_a_line_once(tmp_path):
    progress, lines = Progress(tmp_path), []
    for task in EVERY:
        progress.note(wrong(task, "x = 1"))
        lines.append(progress.note(passed(task)).complete)
    ends = [task.notebook for task, line in zip(EVERY, lines) if line]
    assert ends == list(dict.fromkeys(task.notebook for task in EVERY))
    assert "the course" in lines[-1] and not any("the course" in line for line in lines[:-1])
    progress.note(wrong(REFRESH, "x = 2"))
    assert [progress.note(passed(task)).complete for task in (REFRESH, EVERY[-1])] == ["", ""]
    progress.forget(["refresh"])
    assert progress.note(passed(REFRESH)).complete


# A damaged file

DAMAGED = {"a list": b"[1]", "a string": b'"passed"', "a number": b"7", "null": b"null", "empty": b"",
           "cut": b'{"refresh": {',
           "not UTF-8": b"\xff\xfe\x00\x01", "deep": b"[" * 100_000, "an odd entry": b'{"refresh": 7}',
           "odd tries": b'{"refresh": {"tries": 3}}', "odd tries in a list": b'{"refresh": {"tries": [[1]]}}',
           "odd hints": b'{"refresh": {"hints": "many"}}', "hints below zero": b'{"refresh": {"hints": -2}}',
           "an odd pass": b'{"refresh": {"passed": []}}', "an odd state": b'{"refresh": {"state": ["PASSED"]}}'}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_memory_is_kept_and_named_and_work_goes_on(tmp_path, capsys, name):
    (tmp_path / ".progress.json").write_bytes(DAMAGED[name])
    progress = Progress(tmp_path)
    assert {verdict.state for verdict in progress.verdicts()} == {NOT_ATTEMPTED}
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and ".progress.json was damaged" in line and ".progress-damaged-1.json" in line
    assert (tmp_path / ".progress-damaged-1.json").read_bytes() == DAMAGED[name]
    progress.note(passed(REFRESH))
    assert progress.hint("refresh").startswith("Hint 1 of 3") and REFRESH.answer in progress.solution("refresh")
    assert states(tmp_path)["refresh"] == PASSED and capsys.readouterr().err == ""


def test_a_folder_in_the_place_of_the_memory_is_kept_beside(tmp_path, capsys):
    (tmp_path / ".progress.json").mkdir()
    (tmp_path / ".progress-damaged-1.json").write_bytes(b"an earlier one")
    Progress(tmp_path).note(passed(REFRESH))
    assert (tmp_path / ".progress-damaged-2.json").is_dir() and states(tmp_path)["refresh"] == PASSED
    assert (tmp_path / ".progress-damaged-1.json").read_bytes() == b"an earlier one"
    assert "Traceback" not in capsys.readouterr().err


def test_sound_entries_of_a_damaged_memory_stay(tmp_path, capsys):
    Progress(tmp_path).note(passed(REFRESH))
    known = json.loads((tmp_path / ".progress.json").read_bytes())
    (tmp_path / ".progress.json").write_text(json.dumps({**known, "insert": "nonsense"}), encoding="utf-8")
    assert states(tmp_path)["refresh"] == PASSED
    assert "some of your progress is lost" in capsys.readouterr().err


def test_a_memory_of_an_older_version_still_counts(tmp_path):
    (tmp_path / ".progress.json").write_text(
        '{"refresh": {"passed": true, "tries": []}, "insert": {"hints": 0, "passed": false, "tries": ["a"]}}',
        encoding="utf-8")
    assert (states(tmp_path)["refresh"], states(tmp_path)["insert"]) == (PASSED, NOT_YET)


# The board, progress(), hint and solution agree

@pytest.fixture
def folder(tmp_path):
    """A learner's folder of untouched exercises."""
    folder = tmp_path / "work" / "exercises"
    folder.mkdir(parents=True)
    for path in (KIT / "exercises").glob("*.ipynb"):
        shutil.copyfile(path, folder / path.name)
    return folder


def put(folder, task, answer, **more):
    path = folder / f"{task.notebook}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    next(cell for cell in notebook["cells"] if cell["id"] == f"answer-{task.name}").update(source=answer, **more)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def board(folder, chosen=EVERY):
    """The states that the board shows of the saved notebooks."""
    grader = notebooks.Grading(folder, chosen)
    grader.look()
    return {task.name: verdict.state for task, verdict in grader.verdicts.items()}


def test_a_reset_forgets_what_is_remembered_of_its_tasks_only(folder, tmp_path):
    progress = Progress(folder)
    for task in (REFRESH, INSERT):
        put(folder, task, task.answer)
        progress.hint(task.name)
    assert board(folder)["refresh"] == PASSED
    said = notebooks.reset(folder, [REFRESH], tmp_path / "work" / "kept")
    assert said.startswith("Reset refresh. What you wrote is kept in work/kept/2")
    assert board(folder) == states(folder) == {task.name: PASSED if task == INSERT else NOT_ATTEMPTED for task in EVERY}
    assert "opens when you pass" in progress.solution("refresh") and INSERT.answer in progress.solution("insert")
    assert progress.hint("refresh").count("Hint") == 1 and progress.hint("insert").count("Hint") == 2


@pytest.mark.parametrize("now, state", [(WRONG[0], NOT_YET), (REFRESH.stub, NOT_ATTEMPTED)], ids=["broken", "removed"])
def test_after_the_board_the_notebooks_progress_shows_the_same(folder, now, state):
    Progress(folder).check("refresh", REFRESH.answer)  # in the notebook
    put(folder, REFRESH, now)
    assert board(folder) == states(folder) and states(folder)["refresh"] == state
    assert REFRESH.answer in Progress(folder).solution("refresh")  # a solution once open stays open


def test_an_answer_in_a_new_cell_below_the_untouched_one_counts(folder):
    path = folder / f"{REFRESH.notebook}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"].append({"cell_type": "code", "id": "a1b2", "metadata": {}, "source": REFRESH.answer})
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert board(folder)["refresh"] == PASSED


# What is graded again

@pytest.fixture
def graded(monkeypatch):
    """The names of the tasks that are graded."""
    names, grade = [], grading.grade

    def note(task, *arguments, **options):
        names.append(task.name)
        return grade(task, *arguments, **options)

    monkeypatch.setattr(grading, "grade", note)
    return names


def test_only_changed_answers_are_graded_and_reported(folder, graded):
    grader = notebooks.Grading(folder, EVERY)
    grader.look()
    assert graded == [task.name for task in EVERY]
    graded.clear()
    assert grader.look() == ([], []) and graded == []
    (folder / "spam.py").write_text("print('a file of one's own')", encoding="utf-8")
    assert grader.look() == ([], []) and graded == []
    put(folder, REFRESH, WRONG[0])
    verdicts, _ = grader.look()
    assert [(verdict.task.name, verdict.state) for verdict in verdicts] == [("refresh",
        NOT_YET)] and graded == ["refresh"]
    assert grader.verdicts[REFRESH] == verdicts[0] and len(grader.verdicts) == len(EVERY)


def test_a_save_during_the_grading_is_seen_by_the_next_look(folder, monkeypatch):
    grader, grade = notebooks.Grading(folder, EVERY), grading.grade
    grader.look()

    def save_meanwhile(task, *arguments, **options):
        verdict = grade(task, *arguments, **options)
        monkeypatch.setattr(grading, "grade", grade)
        put(folder, REFRESH, REFRESH.answer)
        return verdict

    monkeypatch.setattr(grading, "grade", save_meanwhile)
    put(folder, REFRESH, WRONG[0])
    assert [verdict.state for verdict in grader.look()[0]] == [NOT_YET]
    assert [verdict.state for verdict in grader.look()[0]] == [PASSED]


def test_a_half_saved_notebook_is_read_again_and_a_broken_one_is_reported_once(folder):
    grader, path = notebooks.Grading(folder, EVERY), folder / f"{REFRESH.notebook}.ipynb"
    grader.look()
    put(folder, REFRESH, REFRESH.answer)
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])
    assert grader.look() == ([], [])
    path.write_bytes(whole)
    assert [verdict.state for verdict in grader.look()[0]] == [PASSED]
    path.write_bytes(whole[:1000])
    assert [len(grader.look()[1]) for _ in range(4)] == [0, 1, 0, 0]


# Odd places

def test_an_answer_cell_turned_into_markdown_gets_a_line_that_says_how_to_turn_it_back(folder):
    put(folder, REFRESH, REFRESH.answer, cell_type="markdown")
    verdict = grading.grade_notebook(folder / f"{REFRESH.notebook}.ipynb", [REFRESH])[0]
    assert verdict.state == NOT_ATTEMPTED and verdict.answer == REFRESH.answer
    assert "isn't a code cell any more" in verdict.message and "press Esc, then Y" in verdict.message


def test_a_renamed_notebook_gets_a_line_that_says_what_to_do(folder):
    (folder / f"{REFRESH.notebook}.ipynb").rename(folder / "mine.ipynb")
    grader = notebooks.Grading(folder, [REFRESH])
    grader.look()
    _, [line] = grader.look()
    assert "give it back its old name" in line and line.endswith("-m exercises reset 02")


@pytest.mark.skipif(os.name == "nt", reason="Windows gives the right to make links only to some")
def test_a_linked_work_folder_is_checked_and_reset_like_any_other(folder, tmp_path):
    kit = tmp_path / "kit"
    for name in ("exercises", "lessons", "solutions"):
        shutil.copytree(KIT / name, kit / name, ignore=shutil.ignore_patterns("__pycache__", ".progress*", "web",
            "*.png"))
    (kit / "work").symlink_to(folder.parent)
    put(folder, REFRESH, REFRESH.answer)

    def type_in(*words):
        return subprocess.run([sys.executable, "-m", "exercises", *words], cwd=kit, capture_output=True, text=True)

    assert type_in("check", "refresh").stdout == "PASSED: refresh, 1 of 1 point.\n"
    assert "What you wrote is kept in work/kept/" in type_in("reset", "refresh", "--yes").stdout
    assert states(folder)["refresh"] == NOT_ATTEMPTED
    board = type_in("--all").stdout
    assert "Graded from the saved notebooks in work/exercises." in board and board.count("NOT ATTEMPTED") == len(EVERY)


def test_a_notebook_in_a_foreign_folder_checks_and_remembers_there(tmp_path):
    code = f"import practice\npractice._runs['answer-refresh'] = {REFRESH.answer!r}\n" \
           "practice.check('refresh')\npractice.progress()"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                         env={**os.environ, "PYTHONPATH": str(KIT / "exercises")})
    assert run.stdout.startswith("PASSED: refresh") and "1 of 4 passed" in run.stdout, run.stderr
    assert "By the last check of each task" in run.stdout
    assert states(tmp_path)["refresh"] == PASSED


RESET = """import sys
from lessons import __main__ as command
command.ready_python, command.open_lab = (lambda top: sys.executable), (lambda *_, **__: 0)
sys.exit(command.main(["--reset", "2"]))"""


def test_a_reset_of_a_lesson_forgets_the_progress_of_its_exercises_and_no_other(tmp_path):
    for name in ("lessons", "exercises", "solutions"):
        shutil.copytree(KIT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".progress*", "web"))
    folder = tmp_path / "work" / "exercises"
    folder.mkdir(parents=True)
    progress = Progress(folder)
    progress.hint("refresh")
    for task in (REFRESH, WRITE):
        progress.note(passed(task))
    subprocess.run([sys.executable, "-c", RESET], cwd=tmp_path, check=True, capture_output=True)
    assert (states(folder)["refresh"], states(folder)["write"]) == (NOT_ATTEMPTED, PASSED)
    assert Progress(folder).hint("refresh").count("Hint") == 1
    assert "opens when you pass" in Progress(folder).solution("refresh")


def test_the_check_in_a_notebook_takes_the_cell_that_the_grades_take(monkeypatch):
    monkeypatch.syspath_prepend(str(KIT / "exercises"))
    import practice
    monkeypatch.setattr(practice, "_runs", {})

    def run(source, cell_id=None):
        practice._note(type("Info", (), {"raw_cell": source, "cell_id": cell_id}))

    wrong = "def refresh(module): pass"
    for source, cell_id, counts in [(REFRESH.stub, "answer-refresh", REFRESH.stub), (wrong, "new", wrong),
                                    (REFRESH.answer, "check-refresh", REFRESH.answer), (wrong, None, wrong),
                                    (REFRESH.answer, "answer-refresh", REFRESH.answer), (wrong, "new", REFRESH.answer)]:
        run(source, cell_id)
        assert practice._last_answer(REFRESH) == counts
