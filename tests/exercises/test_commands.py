"""What learners type and see: `python3 -m exercises ...`, `pytest --nbval`, and `check` in a notebook."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
from jupyter_client.manager import start_new_kernel

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, Verdict
from exercises.progress import board
from lessons.launcher import learner_copy
from lessons.notebooks import KIT, cells


REFRESH, WRITE = tasks.find("refresh"), tasks.find("write")
START = "from practice import check, fresh, hint, progress, solution"
WRONG = [code for _, code in REFRESH.wrong.values()]
POINTS = sum(task.points for task in tasks.all_tasks())


@pytest.fixture
def kit(tmp_path):
    """A copy of the kit in which a test may work."""
    for name in ("exercises", "lessons", "solutions", "tests"):
        shutil.copytree(KIT / name, tmp_path / "kit" / name,
                        ignore=shutil.ignore_patterns("__pycache__", ".progress*", "web", "*.png"))
    shutil.copy(KIT / ".pytest.ini", tmp_path / "kit")
    return tmp_path / "kit"


def type_in(kit, *words, **options):
    """Run `python3 -m exercises` with these words."""
    options = {"stdin": subprocess.DEVNULL, **options} if "input" not in options else options
    run = subprocess.run([sys.executable, "-m", "exercises", *words], cwd=kit, capture_output=True,
                         encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"}, **options)
    assert "Traceback" not in run.stderr, run.stderr
    return run


def notebook_of(kit, task):
    return kit / "exercises" / f"{task.notebook}.ipynb"


def put(kit, task, answer):
    """Write an answer into its cell, as if it had been run."""
    path = notebook_of(kit, task)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == f"answer-{task.name}")
    cell.update(source=answer, execution_count=1)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def answer_in(kit, task):
    return next(cell["source"] for cell in cells(notebook_of(kit, task)) if cell["id"] == f"answer-{task.name}")


# The board and the check

def test_the_board_shows_every_task_on_request_and_what_is_next(kit):
    run = type_in(kit, "--all")
    assert run.returncode == 0
    assert run.stdout.count("NOT ATTEMPTED") == len(tasks.all_tasks())
    assert f"0 of {POINTS} points" in run.stdout and "Next: write" in run.stdout and "hint write" in run.stdout
    assert "\x1b" not in run.stdout


@pytest.mark.parametrize("rows, columns", [(24, 80), (34, 80), (60, 200)])
@pytest.mark.parametrize("name", ["write", "import-anew", "survive"])
def test_the_board_fits_one_screen_with_the_current_lesson_in_full(monkeypatch, name, rows, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    current = tasks.find(name)
    verdicts = [Verdict(task, NOT_YET if task == current else NOT_ATTEMPTED) for task in tasks.all_tasks()]
    lines = board.drawn(verdicts, f"{'a line of 100 characters ' * 4}\nanother").splitlines()
    assert sum(max(1, -(-len(line) // columns)) for line in lines) < rows  # one row is for the prompt
    mine = [verdict.task for verdict in verdicts if verdict.task.notebook == current.notebook]
    assert all(any(f"/{task.points}  {task.name} " in line for line in lines) for task in mine)
    others = {path.stem.replace("_", " ") for path in tasks.sources() if path.stem != current.notebook}
    shown = {heading for heading in others if f"{heading:50} not attempted" in lines}
    assert shown == others if rows >= 34 else len(shown) > 7 and any(" ... " in line for line in lines)
    assert current.notebook.replace("_", " ") in lines and any(line.startswith(f"Next: {name} ") for line in lines)


def test_the_board_goes_on_after_the_last_task_that_passed():
    every = tasks.all_tasks()
    verdicts = [Verdict(task, PASSED if number == 20 else NOT_ATTEMPTED) for number, task in enumerate(every)]
    assert board.following(verdicts).task == every[21]
    verdicts[3] = Verdict(every[3], NOT_YET)
    assert board.following(verdicts).task == every[3]
    assert board.following([Verdict(task, PASSED) for task in every]) is None
    last = [Verdict(task, PASSED if number else NOT_ATTEMPTED) for number, task in enumerate(every)]
    assert board.following(last).task == every[0]


def test_the_board_in_a_learners_copy_fits_a_small_terminal_and_says_how_to_see_all(kit, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    learner_copy.update(kit, kit / "work", [].append)
    lines = type_in(kit).stdout.splitlines()
    assert sum(max(1, -(-len(line) // 80)) for line in lines) < 24
    assert any("-m exercises --all" in line for line in lines) and any(line.startswith("Lesson: 01") for line in lines)


def test_the_board_of_a_learners_copy_names_the_lesson_to_go_on_with(kit):
    learner_copy.update(kit, kit / "work", [].append)
    assert "\nLesson: 01 Why does Python ignore my edit?" in type_in(kit).stdout
    shutil.rmtree(kit / "work" / "lessons")
    assert "Lesson:" not in type_in(kit).stdout


def test_progress_goes_up_with_a_right_answer_and_back_when_old_work_breaks(kit):
    put(kit, REFRESH, REFRESH.answer)
    assert f"1 of {POINTS} points" in type_in(kit).stdout
    put(kit, REFRESH, WRONG[0])
    board = type_in(kit).stdout
    assert f"0 of {POINTS} points" in board and "Next: refresh" in board and "check refresh" in board


def test_a_check_says_why_and_its_exit_status_tells_how_it_went(kit):
    untouched = type_in(kit, "check", "refresh")
    assert untouched.returncode == 1 and untouched.stdout.startswith("NOT ATTEMPTED: refresh")
    put(kit, REFRESH, WRONG[0])
    wrong = type_in(kit, "check", "refresh")
    assert wrong.returncode == 1 and "NOT YET: refresh, 0 of 1 point." in wrong.stdout
    assert "The file changed; did the module?" in " ".join(wrong.stdout.split())
    put(kit, REFRESH, REFRESH.answer)
    right = type_in(kit, "check", "refresh")
    assert (right.returncode, right.stdout) == (0, "PASSED: refresh, 1 of 1 point.\n")
    assert type_in(kit, "check", "2").returncode == 1  # the others of lesson 2 are open


@pytest.mark.parametrize("words, said", [
    (("check", "refersh"), "There is no task 'refersh'. Did you mean refresh"),
    (("check", "99"), "There are no exercises for lesson 99. There are some for: 01"),
    (("hint", "xyz"), "There is no task 'xyz'. To see them all, type:"),
    (("solution", "refersh"), "There is no task"), (("reset", "refersh"), "There is no task"),
    (("chekc",), "invalid choice"), (("hint",), "required: TASK"),
    (("grade", "exercises", "--to", "solutions/__init__.py"), "__init__.py (it's a file)")])
def test_a_wrong_word_gets_a_sentence_and_status_2(kit, words, said):
    run = type_in(kit, *words)
    assert run.returncode == 2 and said in run.stderr and run.stdout == ""


def test_a_broken_or_missing_notebook_is_named_and_the_others_are_graded(kit):
    for path in tasks.sources()[:3]:
        shutil.copy(path, kit / "exercises")
    assert type_in(kit, "check", "03").returncode == 0
    notebook_of(kit, REFRESH).write_text("{", encoding="utf-8")
    notebook_of(kit, WRITE).unlink()
    run = type_in(kit, "check")
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert f"{REFRESH.notebook}.ipynb isn't a notebook" in run.stderr and "exercises reset 02" in run.stderr
    assert f"{WRITE.notebook}.ipynb isn't in " in run.stderr and "exercises reset 01" in run.stderr
    assert "PASSED: who-is-new" in run.stdout


@pytest.mark.skipif(os.name == "nt", reason="a terminal to look into is POSIX's")
@pytest.mark.parametrize("variables, colour", [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_and_can_be_switched_off(kit, variables, colour):
    import pty
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run([sys.executable, "-m", "exercises", "check", "write"], cwd=kit, stdout=theirs,
                   env={**environment, **variables})
    shown = os.read(ours, 10_000).decode()
    assert "NOT ATTEMPTED" in shown and ("\x1b[" in shown) == colour
    os.close(ours)
    os.close(theirs)


# Hints, solutions, reset

def test_hints_come_one_at_a_time(kit):
    for number in (1, 2, 3, 3):
        shown = type_in(kit, "hint", "refresh").stdout
        assert [f"Hint {count} of 3" in shown for count in (1, 2, 3)] == [count <= number for count in (1, 2, 3)]


def test_a_solution_opens_after_three_different_tries(kit):
    for number, wrong in enumerate([WRONG[0], WRONG[0], f"# the same\n\n{WRONG[0]}", WRONG[1]]):
        put(kit, REFRESH, wrong)
        type_in(kit, "check", "refresh")
        locked = type_in(kit, "solution", "refresh").stdout
        assert "importlib" not in locked and f"after {1 if number == 3 else 2} more different" in locked
    put(kit, REFRESH, WRONG[2])
    type_in(kit, "check", "refresh")
    assert REFRESH.answer in type_in(kit, "solution", "refresh").stdout


def test_a_solution_opens_after_a_pass_and_stays_open(kit):
    put(kit, REFRESH, REFRESH.answer)
    type_in(kit, "check", "refresh")
    put(kit, REFRESH, REFRESH.stub)
    shown = type_in(kit, "solution", "refresh").stdout
    assert REFRESH.answer in shown and "Also right: reloads then returns" in shown


@pytest.mark.parametrize("said", ["n\n", "\n", ""])
def test_a_reset_asks_first(kit, said):
    put(kit, REFRESH, "mine")
    run = type_in(kit, "reset", "refresh", input=said)
    assert run.returncode == 1 and "Nothing changed." in run.stdout and answer_in(kit, REFRESH) == "mine"


def test_a_reset_of_one_task_leaves_the_others_and_keeps_a_copy(kit):
    other = tasks.find("insert")
    put(kit, REFRESH, "mine")
    put(kit, other, "mine, too")
    before = notebook_of(kit, REFRESH).read_bytes()
    assert type_in(kit, "reset", "refresh", input="y\n").returncode == 0
    assert (answer_in(kit, REFRESH), answer_in(kit, other)) == (REFRESH.stub, "mine, too")
    kept = list((kit / "work" / "kept").rglob("*.ipynb"))
    assert [path.read_bytes() for path in kept] == [before]


def test_a_reset_brings_back_a_deleted_cell_and_a_broken_or_deleted_notebook(kit):
    clean = notebook_of(kit, REFRESH).read_bytes()
    notebook = json.loads(clean)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "answer-refresh"]
    notebook_of(kit, REFRESH).write_text(json.dumps(notebook), encoding="utf-8")
    type_in(kit, "reset", "refresh", "--yes")
    assert answer_in(kit, REFRESH) == REFRESH.stub
    notebook_of(kit, REFRESH).write_text("{", encoding="utf-8")
    type_in(kit, "reset", "refresh", "--yes")
    assert notebook_of(kit, REFRESH).read_bytes() == clean
    notebook_of(kit, REFRESH).unlink()
    type_in(kit, "reset", "2", "--yes")
    assert notebook_of(kit, REFRESH).read_bytes() == clean


def test_a_reset_of_a_lesson_or_of_all_brings_back_the_exercises(kit):
    clean = {path.name: path.read_bytes() for path in (kit / "exercises").glob("*.ipynb")}
    for task in (REFRESH, WRITE):
        put(kit, task, "mine")
    type_in(kit, "reset", "02", "--yes")
    assert answer_in(kit, WRITE) == "mine"
    assert notebook_of(kit, REFRESH).read_bytes() == clean[f"{REFRESH.notebook}.ipynb"]
    type_in(kit, "reset", "--yes")
    assert {path.name: path.read_bytes() for path in (kit / "exercises").glob("*.ipynb")} == clean


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
def test_watch_checks_again_after_each_save_and_ends_with_ctrl_c(kit):
    watching = subprocess.Popen([sys.executable, "-u", "-m", "exercises", "watch"], cwd=kit, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for(text):
        seen = []
        while not seen or text not in seen[-1]:
            seen.append(watching.stdout.readline())
            assert seen[-1], watching.stderr.read()
        return seen

    try:
        assert len(wait_for("Next: write")) == 3  # what to do, the points, and the current task
        for answer, state in ((WRONG[0], "NOT YET"), (REFRESH.answer, "PASSED"), (WRONG[0], "NOT YET")):
            put(kit, REFRESH, answer)
            wait_for(f"{state}: refresh")
        put(kit, tasks.find("insert"), "mine")
        wait_for("NOT YET: insert")
        wait_for("check refresh")
        type_in(kit, "reset", "02", "--yes")
        assert len(wait_for("Next: write")) == 2  # the points, and no line for each of the tasks that were reset
        time.sleep(0.2)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=120) == 130 and "Traceback" not in watching.stderr.read()
    finally:
        watching.kill()


# pytest

def test_pytest_names_the_task_and_shows_the_message_alone(kit):
    put(kit, REFRESH, WRONG[0])
    put(kit, WRITE, WRITE.answer)
    run = pytest_in(kit, "--nbval", "exercises", "--junitxml=report.xml")
    assert run.returncode == 1 and "Traceback" not in run.stdout
    failures = run.stdout.partition("= FAILURES =")[2].partition("= short test summary")[0]
    first = failures.splitlines()[2]
    assert first.startswith("NOT YET: refresh, 0 of 1 point.")
    assert not re.search(r"\b(grading|session|cases)\.py", failures)
    assert f"FAILED exercises/{REFRESH.notebook}.ipynb::refresh - NOT YET" in run.stdout
    assert f"1 failed, 1 passed, {len(tasks.all_tasks()) - 2} skipped" in run.stdout
    cases = {case.get("name"): case for case in ElementTree.parse(kit / "report.xml").iter("testcase")}
    assert list(cases) == [task.name for task in tasks.all_tasks()]
    assert "The file changed; did the module?" in cases["refresh"].find("failure").text
    assert "not attempted: insert" in cases["insert"].find("skipped").get("message")
    assert {entry.get("name"): entry.get("value") for entry in cases["write"].iter("property")}["state"] == "PASSED"


def pytest_in(folder, *words):
    return subprocess.run([sys.executable, "-m", "pytest", "-rfs", "-p", "no:cacheprovider", *words], cwd=folder,
                          encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "COLUMNS": "300"})


def test_pytest_grades_from_a_subfolder_and_with_workers(kit):
    put(kit, REFRESH, REFRESH.answer)
    name = f"{REFRESH.notebook}.ipynb"
    open_tasks = len(tasks.tasks_of(KIT / "solutions" / name)) - 1
    for folder, words in ((kit / "exercises", [name]), (kit / "lessons", [f"../exercises/{name}"]),
                          (kit, ["-n", "2", f"exercises/{name}"])):
        run = pytest_in(folder, "--nbval", *words)
        assert run.returncode == 0 and f"1 passed, {open_tasks} skipped" in run.stdout, run.stdout


def test_plain_pytest_leaves_the_exercises_alone_and_a_broken_notebook_is_named(kit):
    assert pytest_in(kit, "exercises").returncode == 5  # no tests
    notebook_of(kit, REFRESH).write_text("{", encoding="utf-8")
    put(kit, WRITE, WRITE.answer)
    run = pytest_in(kit, "--nbval", *(str(notebook_of(kit, task)) for task in (REFRESH, WRITE)))
    assert f"{REFRESH.notebook}.ipynb isn't a notebook" in run.stdout and "1 failed, 1 passed" in run.stdout


# In a notebook

class Notebook:
    """A kernel in the folder of the exercises, to which cells are sent as front ends do.

    `html` is what the last cell displayed, where it's more than text.
    """

    def __init__(self, folder):
        self.manager, self.client = start_new_kernel(cwd=str(folder), kernel_name="python3")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, source, cell_id=None):
        """What a cell shows: its texts, and its traceback."""
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell_id} if cell_id else {})
        self.client.shell_channel.send(message)
        shown, self.html = [], ""
        while True:
            reply = self.client.get_iopub_msg(timeout=120)
            if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind, told = reply["msg_type"], reply["content"]
            if kind == "status" and told["execution_state"] == "idle":
                self.client.get_shell_msg(timeout=120)  # a front end waits for it, too, before it sends the next cell
                return "".join(shown)
            displayed = told.get("data", {}).get("text/plain", "")
            self.html += told.get("data", {}).get("text/html", "")
            shown.append("\n".join([displayed, *told.get("traceback", [])]).strip("\n") + told.get("text", ""))


@pytest.fixture
def open_notebook(kit):
    opened = []

    def open_one():
        opened.append(Notebook(kit / "exercises"))
        opened[-1].run(START)
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.close()


@pytest.mark.parametrize("cell_id", ["answer-refresh", None], ids=["with cell ids", "without"])
def test_a_check_in_a_notebook_judges_the_last_run_of_the_answer(open_notebook, cell_id):
    notebook = open_notebook()
    told = notebook.run('check("refresh")')
    assert told.startswith("NOT ATTEMPTED: refresh, 0 of 1 point.\nRun the cell with your answer")
    notebook.run(REFRESH.stub, cell_id)
    told = notebook.run('check("refresh")')
    assert told.startswith("NOT ATTEMPTED: refresh, 0 of 1 point.\nWrite your answer into the cell above")
    notebook.run(WRONG[0], cell_id)
    told = notebook.run('check("refresh")')
    assert told.startswith("NOT YET: refresh, 0 of 1 point.\n") and "did the module?" in told
    assert told.endswith("NOT YET: refresh, 0 of 1 point.")  # the error, for programs that run the notebook
    assert "Traceback" not in told
    notebook.run(REFRESH.answer, cell_id)
    told = notebook.run('check("refresh")')
    assert told.startswith(f"PASSED: refresh, 1 of 1 point.\nNext: {tasks.find('after-reload').title}")
    notebook.run("def refresh(:", cell_id)  # a cell that does not even run is the last answer, too
    assert "SyntaxError" in notebook.run('check("refresh")') or cell_id is None


def test_a_restarted_notebook_knows_the_progress_and_not_the_answer(open_notebook):
    first = open_notebook()
    first.run(REFRESH.answer)
    first.run('check("refresh")')
    second = open_notebook()
    assert "Run the cell with your answer first" in second.run('check("refresh")')
    shown = second.run("".join(tasks.PROGRESS["source"]))  # the last code cell of each notebook
    assert f'href="{REFRESH.notebook}.ipynb#cell-id=task-after-reload"' in second.html and "Next: " in shown
    assert "02 reload runs the file again" in shown and "1 of 4 passed" in shown and f"1 of {POINTS} points" in shown
    assert REFRESH.answer in second.run('solution("refresh")')
    assert "Hint 1 of 3" in second.run('hint("refresh")')


def test_a_check_works_before_the_first_cell_has_run(kit):
    notebook = Notebook(kit / "exercises")
    try:
        assert "Run the cell with your answer first" in notebook.run(tasks.CHECK.format("refresh"), "check-refresh")
        notebook.close()
        notebook = Notebook(kit / "exercises")
        notebook.run(WRONG[0], "answer-refresh")  # nothing has been imported that could have noted it
        assert "did the module?" in notebook.run(tasks.CHECK.format("refresh"), "check-refresh")
        notebook.run(REFRESH.answer, "answer-refresh")
        assert notebook.run('check("refresh")').startswith("PASSED")
    finally:
        notebook.close()


def test_hints_and_the_solution_are_folded_under_a_check_and_none_counts_before_it_is_asked_for(open_notebook):
    notebook = open_notebook()
    told = notebook.run('check("refresh")')
    assert re.findall(r"<summary[^>]*>(.*?)</summary>", notebook.html) == [f"Hint {n} of 3" for n in (1, 2, 3)]
    assert "<details open" not in notebook.html and REFRESH.hints[0] not in told
    assert 'run: hint("refresh")' in told and "after 3 more different tries" in told
    assert notebook.run('hint("refresh")').count("Hint") == 1
    for wrong in WRONG[:3]:
        notebook.run(wrong, "answer-refresh")
        assert "The solution, and" not in notebook.html
        told = notebook.run('check("refresh")')
    assert "The solution, and other right answers</summary>" in notebook.html and "Also right" not in told
    assert 'run: solution("refresh")' in told
    notebook.run(REFRESH.answer, "answer-refresh")
    notebook.run('check("refresh")')
    assert re.findall(r"<summary[^>]*>(.*?)</summary>", notebook.html) == ["The solution, and other right answers"]


def test_who_passes_the_last_task_of_a_notebook_reads_a_line_about_it_once(open_notebook):
    notebook = open_notebook()
    mates = tasks.tasks_of(KIT / "solutions" / f"{REFRESH.notebook}.ipynb")
    line = tasks.ending(REFRESH.notebook).complete
    for task in mates:
        notebook.run(task.answer, f"answer-{task.name}")
        told = notebook.run(f'check("{task.name}")')
        assert (line in told) == (task == mates[-1])
    assert f"Next: {tasks.ending(REFRESH.notebook).next[0]}" in told
    assert line not in notebook.run(f'check("{mates[-1].name}")')


def test_a_tasks_name_that_is_not_there_is_told_in_a_line(open_notebook):
    notebook = open_notebook()
    for call in ('check("refersh")', 'hint("refersh")', 'solution("refersh")'):
        told = notebook.run(call)
        assert told == "There is no task 'refersh'. Did you mean refresh?"


def test_a_check_leaves_the_learners_own_modules_and_files_alone(kit, open_notebook):
    notebook = open_notebook()
    notebook.run('spam_py = fresh("spam")\nimport spam\nspam.note = "mine"')
    before = sorted(path.name for path in (kit / "exercises").iterdir())
    notebook.run(REFRESH.answer)
    notebook.run('check("refresh")')
    assert notebook.run("print(spam.note, spam_py.exists())") == "mine True\n"
    after = {path.name for path in (kit / "exercises").iterdir()} - {".progress.json", ".progress.lock"}
    assert sorted(after) == before
