"""Grading a class: submissions as platforms give them, results that are never lost, the same verdicts as elsewhere."""
import concurrent.futures
import contextlib
import csv
import ctypes
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import unicodedata
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from exercises.grader import grading, tasks
from exercises.isolation import fork_server, processes
from exercises.submissions import collect, pages, reports, worker, workers
from lessons.launcher.environment import is_ready
from tests.notebooks import KIT

REFRESH = tasks.find("refresh")
posix = pytest.mark.skipif(not fork_server.can_fork(), reason="this system has no fork server, and no signals")


def notebook(**answers):
    """Return an exercise notebook, as bytes, with answers to these tasks (refresh="...")."""
    stems = {tasks.find(name.replace("_", "-")).notebook for name in answers} or {REFRESH.notebook}
    content = json.loads(tasks.exercise_from(tasks.SOLUTIONS / f"{stems.pop()}.ipynb"))
    for cell in content["cells"]:
        name = cell["id"].removeprefix("answer-").replace("-", "_")
        if cell["id"].startswith("answer-") and name in answers:
            cell["source"] = answers[name]
    return json.dumps(content).encode("utf-8")


DEADLINE = 60  # seconds for what takes one on a machine that has nothing else to do
RIGHT, WRONG = notebook(refresh=REFRESH.answer), notebook(refresh=REFRESH.wrong["imports_again"][1])


def put(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


GRADE = [sys.executable, "-m", "exercises", "grade", *([] if fork_server.containment()[1] else ["--no-sandbox"])]


def grade(source, *options):
    """Run the command, in a sandbox if there is one; return the finished process and the rows of grades.csv."""
    run = subprocess.run([*GRADE, str(source), "--jobs", "1", *options], cwd=KIT,
                         capture_output=True, text=True)
    grades = source.with_name(f"{source.name}-grades") / "grades.csv"
    rows = list(csv.DictReader(io.StringIO(grades.read_text(encoding="utf-8-sig")))) if grades.exists() else []
    return run, {row["learner"]: row for row in rows}


def owners(folder):
    return {(one.learner, one.id, one.late, *(label for label, _, _ in one.notebooks)) for one in collect.Batch(folder)}


NAME = f"{REFRESH.notebook}.ipynb"


@pytest.mark.parametrize("files, expected", [
    ({f"ann/{NAME}": RIGHT, f"bob/deep/{NAME}": RIGHT}, {("ann", "", False, NAME), ("bob", "", False, NAME)}),
    ({f"ann_{NAME}": RIGHT, "bob.ipynb": RIGHT}, {("ann", "", False, NAME), ("bob", "", False, "bob.ipynb")}),
    ({f"Ann Lee_4711_assignsubmission_file_/{NAME}": RIGHT, f"Bob_12_assignsubmission_file_{NAME}": RIGHT},
     {("Ann Lee", "4711", False, NAME), ("Bob", "12", False, NAME)}),
    ({f"leeann_LATE_101_2002_{NAME}": RIGHT, f"bob_102_2003_{NAME}": RIGHT},
     {("leeann", "101", True, NAME), ("bob", "102", False, NAME)}),
    ({f"ann/work/exercises/{NAME}": RIGHT, f"ann/exercises/{NAME}": WRONG, "ann/lessons/01_x.ipynb": RIGHT,
      f"ann/.git/{NAME}": RIGHT}, {("ann", "", False, NAME)}),
    ({"ann.zip": zipped({f"work/exercises/{NAME}": RIGHT})}, {("ann", "", False, NAME)}),
    ({NAME: RIGHT}, {("batch", "", False, NAME)}),
    ({f"work/exercises/{NAME}": RIGHT, "README.md": b""}, {("batch", "", False, NAME)}),
    ({f"ann/{NAME}": RIGHT, NAME: RIGHT}, {("ann", "", False, NAME), (NAME.removesuffix(".ipynb"), "", False, NAME)}),
    ({f"ann/{NAME}": RIGHT, ".DS_Store": b"x", "Thumbs.db": b"x", f"__MACOSX/ann/._{NAME}": b"x"},
     {("ann", "", False, NAME)}),
], ids=["folders", "notebooks", "Moodle", "Canvas", "whole repositories", "archives", "one learner's notebooks",
        "one learner's copy", "a stray notebook", "system files"])
def test_submissions_are_found_as_platforms_name_them(tmp_path, files, expected):
    assert owners(put(tmp_path / "batch", files)) == expected


def test_github_classroom_puts_the_assignment_before_the_name(tmp_path):
    batch = put(tmp_path / "reload-submissions", {f"reload-ann/exercises/{NAME}": RIGHT})
    assert owners(batch) == {("ann", "", False, NAME)}


def test_an_archive_of_the_whole_class_is_read(tmp_path):
    batch = put(tmp_path, {"class.zip": zipped({f"bob_102_2003_{NAME}": RIGHT, f"ann_101_2002_{NAME}": RIGHT})})
    assert [one.key for one in collect.Batch(batch / "class.zip")] == ["ann / 101", "bob / 102"]


def test_an_archive_of_the_folder_of_the_class_contains_its_learners(tmp_path):
    files = {f"batch/ann/{NAME}": RIGHT, f"batch/bob/{NAME}": RIGHT}
    put(tmp_path, {"batch.zip": zipped(files), "reload-submissions.zip": zipped({f"reload-ann/{NAME}": RIGHT})})
    assert [one.key for one in collect.Batch(tmp_path / "batch.zip")] == ["ann", "bob"]
    assert [one.key for one in collect.Batch(tmp_path / "reload-submissions.zip")] == ["ann"]
    with tarfile.open(tmp_path / "class.tar", "w") as archive:
        for name in ("./ann/", "./bob/"):
            about = tarfile.TarInfo(name + NAME)
            about.size = len(RIGHT)
            archive.addfile(about, io.BytesIO(RIGHT))
    assert [one.key for one in collect.Batch(tmp_path / "class.tar")] == ["ann", "bob"]


def test_a_learner_whose_folder_is_empty_has_a_row(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    (batch / "carl").mkdir()
    assert owners(batch) == {("ann", "", False, NAME), ("carl", "", False)}


def test_a_bad_archive_within_another_or_one_without_dates_does_not_stop_the_rest(tmp_path):
    whole = bytearray(zipped({"ann/work.zip": b"PK of another kind", f"bob/{NAME}": RIGHT}))
    whole[whole.index(b"another")] ^= 1  # so that its checksum is wrong
    dates = zipped({NAME: RIGHT}).replace(b"\0\0!\0", b"\0\0\0\0")  # month 0, as some programs write it
    put(tmp_path, {"class.zip": bytes(whole), "dates.zip": dates})
    ann, bob = collect.Batch(tmp_path / "class.zip")
    assert "work.zip: it's damaged" in ann.problems[0] and len(bob.notebooks) == 1
    assert [len(one.notebooks) for one in collect.Batch(tmp_path / "dates.zip")] == [1]


def test_learners_whose_names_have_no_latin_letters_are_told_apart(tmp_path):
    names = ["陈静梅", "陈刚强"]  # their digests begin with the same six digits
    _, rows = grade(put(tmp_path / "batch", {f"{names[0]}/{NAME}": RIGHT, f"{names[1]}/{NAME}": WRONG}))
    assert [rows[name]["refresh state"] for name in names] == ["PASSED", "NOT YET"]


@pytest.mark.parametrize("key, name", [
    ("Jürgen Müller / 7", "Jurgen-Muller-7"), ("Zoë Groß", "Zoe-Gross"), ("Łukasz Sørensen", "Lukasz-Sorensen"),
    (unicodedata.normalize("NFD", "Åsa Ünal"), "Asa-Unal"), ("ann", "ann"), ("陈静梅 / 12", "12")])
def test_a_page_of_feedback_has_a_name_that_can_be_read(key, name):
    assert re.fullmatch(f"{name}-[0-9a-f]{{16}}", workers.slug(key))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode here")
def test_a_folder_whose_name_is_not_utf_8_is_graded(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    os.mkdir(os.fsencode(batch) + b"/Ren\xe9")
    (batch / os.fsdecode(b"Ren\xe9") / NAME).write_bytes(RIGHT)
    run, rows = grade(batch)
    assert {row["refresh state"] for row in rows.values()} == {"PASSED"} and len(rows) == 2


def test_what_cannot_be_read_is_reported_by_name_and_the_rest_is_graded(tmp_path):
    bad = {"cut.zip": b"PK no archive", f"broken/{NAME}": b"{", f"empty/{NAME}": b"", "nothing/readme.txt": b"hello",
           f"latin/{NAME}": RIGHT.replace(b"Exercises", b"\xe9"), "list/a.ipynb": b"[1]", "deep/a.ipynb": b"[" * 10**5,
           "other/a.ipynb": b'{"cells": []}'}
    run, rows = grade(put(tmp_path / "batch", {f"ann/{NAME}": RIGHT, **bad}))
    assert run.returncode == 1 and rows["ann"]["refresh state"] == "PASSED"
    for name in ("cut", "broken", "empty", "nothing", "latin", "list", "deep", "other"):
        assert rows[name]["points"] == "0" and rows[name]["notes"], name
    for name in ("broken", "empty", "list"):
        assert rows[name]["notes"].endswith(". It must be saved in Jupyter and submitted again"), name
    assert rows["nothing"]["notes"].endswith("readme.txt: the notebook, which ends in .ipynb, must be submitted")


def test_a_lesson_that_was_handed_in_as_well_changes_no_grade(tmp_path):
    lesson = (KIT / "lessons" / NAME).read_bytes()
    _, rows = grade(put(tmp_path / "batch", {f"ann/{NAME}": RIGHT, f"ann/{NAME[:-6]} (1).ipynb": lesson,
                                             f"bob/{NAME}": lesson}))
    assert rows["ann"]["refresh state"] == "PASSED" and rows["bob"]["refresh state"] == "NOT ATTEMPTED"
    for name in ("ann", "bob"):
        assert "is the lesson, which isn't graded" in rows[name]["notes"], name


def test_links_are_not_followed(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    (batch / "bob").mkdir()
    try:
        os.symlink(batch / "ann" / NAME, batch / "bob" / NAME)
    except OSError as problem:
        pytest.skip(f"this user can't make links: {problem}")
    if not (batch / "bob" / NAME).is_symlink():
        pytest.skip("links aren't made here, as under Wine 8")
    ann, bob = collect.Batch(batch)
    assert len(ann.notebooks) == 1 and not bob.notebooks and "it's a link" in bob.problems[0]


def test_tar_archives_are_read_and_their_links_are_not_followed(tmp_path):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        about = tarfile.TarInfo(f"../../{NAME}")
        about.size = len(RIGHT)
        archive.addfile(about, io.BytesIO(RIGHT))
        link = tarfile.TarInfo("link.ipynb")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    assert owners(put(tmp_path / "batch", {"ann.tar.gz": data.getvalue()})) == {("ann", "", False, NAME)}


def test_of_several_notebooks_the_newest_counts_and_the_row_says_so(tmp_path):
    stem = NAME.removesuffix(".ipynb")
    batch = put(tmp_path / "batch", {f"ann_1_2_{NAME}": WRONG, f"ann_1_3_{stem}-1.ipynb": RIGHT,
                                   f"bob/{NAME}": RIGHT, f"bob/{stem} (1).ipynb": WRONG,
                                   f"carl/{NAME}": RIGHT, f"carl/{stem}-Copy1.ipynb": WRONG})
    os.utime(batch / "carl" / f"{stem}-Copy1.ipynb", (1, 1))  # JupyterLab's Duplicate, made before the work
    _, rows = grade(batch)
    assert rows["carl"]["refresh state"] == "PASSED"
    assert rows["ann"]["refresh state"] == "PASSED" and rows["bob"]["refresh state"] == "NOT YET"
    assert "the newest counts" in rows["ann"]["notes"]


def test_the_exit_status_says_how_it_went(tmp_path):
    if os.name != "nt":  # where all tasks together take minutes
        run, _ = grade(put(tmp_path / "done", {f"ann/{path.name}": path.read_bytes() for path in tasks.sources()}))
        assert run.returncode == 0, (tmp_path / "done-grades" / "grades.xml").read_text(encoding="utf-8")
    assert grade(put(tmp_path / "open", {f"ann/{NAME}": WRONG}))[0].returncode == 1
    run, _ = grade(tmp_path / "nowhere")
    assert run.returncode == 2 and "there's no folder" in run.stderr and "Traceback" not in run.stderr


@pytest.mark.parametrize("name, data, said", [
    (NAME, RIGHT, "is a single notebook. Name the folder"),
    ("class.zip", b"no archive", "can't be read"),
    ("class.docx", b"no archive", "can't be read"),
])
def test_a_file_that_contains_no_class_is_an_error_and_not_a_learner(tmp_path, name, data, said):
    put(tmp_path, {name: data})
    run, _ = grade(tmp_path / name)
    assert run.returncode == 2 and said in run.stderr and "graded" not in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_grades_of_one_learner_beside_the_submission_are_no_learner(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT, f"bob/{NAME}": WRONG})
    grade(batch / "ann")
    assert (batch / "ann-grades" / "grades.csv").exists()
    put(batch, {"cy-grades/.made-by-the-reload-course": b""})  # there's no cy
    assert [learner for learner, *_ in sorted(owners(batch))] == ["ann", "bob", "cy-grades"]


def test_empty_folders_whose_names_look_like_endings_are_different_learners(tmp_path):
    put(tmp_path / "batch", {f"bob/{NAME}": RIGHT})
    for name in ("ann.lee", "ann.kim"):
        (tmp_path / "batch" / name).mkdir()
    assert [learner for learner, *_ in sorted(owners(tmp_path / "batch"))] == ["ann.kim", "ann.lee", "bob"]


def test_a_second_run_grades_only_what_changed(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT, f"bob/{NAME}": WRONG})
    assert "2 graded, 0 passed everything" in grade(batch)[0].stdout
    assert "2 graded (2 of them unchanged" in grade(batch)[0].stdout
    put(batch, {f"bob/{NAME}": RIGHT})
    run, rows = grade(batch)
    assert "2 graded (1 of them unchanged" in run.stdout and rows["bob"]["refresh state"] == "PASSED"


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def descendants(number):
    """Return the numbers of all processes below one (Linux)."""
    found = []
    with contextlib.suppress(OSError):  # it has ended
        for task in Path(f"/proc/{number}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found


def adopt_orphans(whether):
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(worker.SUBREAPER, whether, 0, 0, 0)


@pytest.fixture
def nothing_is_left(tmp_path, monkeypatch):
    """Give a function that fails if grading leaves a process, a temporary file or half a file after its end.

    Processes that lose their parent become children of this one (Linux), so none is overlooked.
    """
    def left():
        worker._forget_orphans()
        paths = [os.path.join(place, name) for place, folders, names in os.walk(tmp_path) for name in folders + names
                 if name.endswith(".part") or place == str(temporary)]
        return paths + [number for number in descendants(os.getpid()) if number not in before]

    def check():
        end = time.monotonic() + DEADLINE
        while left() and time.monotonic() < end:
            time.sleep(0.05)
        assert not left()

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    before = descendants(os.getpid())
    adopt_orphans(True)
    yield check
    adopt_orphans(False)
    shutil.rmtree(temporary, ignore_errors=True)


def a_class(folder, learners, **others):
    """Write submissions with right and wrong answers by turns, and with other ones."""
    answers = [REFRESH.answer, *REFRESH.right.values(), *(code for _, code in REFRESH.wrong.values())]
    files = {f"learner{number}/{NAME}": notebook(refresh=answers[number % len(answers)]) for number in range(learners)}
    return put(folder, {**files, **{f"{name}/{NAME}": notebook(refresh=answer) for name, answer in others.items()}})


def start_grading(batch, *options):
    return subprocess.Popen([*GRADE, str(batch), "--jobs", "2", *options], cwd=KIT, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_results(batch, run, enough):
    results = batch.with_name(f"{batch.name}-grades") / "results"
    while run.poll() is None and len(list(results.glob("*.json"))) < enough:
        time.sleep(0.01)


@posix
def test_a_killed_run_continues_and_ends_with_the_same_files(tmp_path, nothing_is_left):
    whole, cut = a_class(tmp_path / "whole", 30), a_class(tmp_path / "cut", 30)
    grade(whole)
    for enough, how, which in ((0, signal.SIGKILL, os.kill), (1, signal.SIGKILL, os.killpg),
                               (8, signal.SIGTERM, os.kill), (12, signal.SIGINT, os.killpg)):
        killed = start_grading(cut)
        wait_for_results(cut, killed, enough)
        which(killed.pid, how)
        killed.wait(DEADLINE)
        nothing_is_left()
    run, _ = grade(cut)
    assert "(0 of them unchanged" not in run.stdout
    assert files_of(tmp_path / "cut-grades") == files_of(tmp_path / "whole-grades")
    nothing_is_left()


@posix
@pytest.mark.parametrize("delay", [0.05 * step for step in range(1, 34, 4)])
def test_a_grader_killed_at_any_moment_leaves_nothing(tmp_path, nothing_is_left, delay):
    how = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT][round(delay / 0.2) % 3]
    killed = start_grading(a_class(tmp_path / "batch", 20))
    time.sleep(delay)
    os.killpg(killed.pid, how)
    killed.wait(DEADLINE)
    nothing_is_left()


@posix
def test_a_grader_killed_while_it_writes_its_reports_leaves_nothing(tmp_path, nothing_is_left):
    batch = a_class(tmp_path / "batch", 20)
    grade(batch)
    whole = files_of(tmp_path / "batch-grades")
    for name in ("grades.xml", "class.html", "feedback"):
        report = tmp_path / "batch-grades" / name
        shutil.rmtree(report) if report.is_dir() else report.unlink()
        killed = start_grading(batch)
        while killed.poll() is None and not report.exists():
            pass
        killed.kill()
        killed.wait(DEADLINE)
        nothing_is_left()
    grade(batch)
    assert files_of(tmp_path / "batch-grades") == whole


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("options", [(), ("--no-sandbox",)], ids=["as announced", "no sandbox"])
def test_a_worker_that_is_killed_costs_nothing(tmp_path, nothing_is_left, options):
    batch = a_class(tmp_path / "batch", 12, hung="import time\nwhile True: time.sleep(1)")
    run = start_grading(batch, *options)
    wait_for_results(batch, run, 3)
    for number in descendants(run.pid):
        if b"worker.main" in content(f"/proc/{number}/cmdline"):
            below = descendants(number)
            os.kill(number, signal.SIGKILL)
            assert_ended(below)
    run.wait(DEADLINE)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "batch-grades" / "grades.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == 13 and "NOT GRADED" not in {row["refresh state"] for row in rows}
    nothing_is_left()


def assert_ended(numbers):
    """Wait until none of the processes is left (Linux)."""
    end = time.monotonic() + DEADLINE
    while any(os.path.exists(f"/proc/{number}") for number in numbers) and time.monotonic() < end:
        worker._forget_orphans()
        time.sleep(0.01)
    assert [number for number in numbers if os.path.exists(f"/proc/{number}")] == []


def content(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""  # it has ended


class Unlucky:
    """A pool in which grading always fails, as on a machine without a process slot."""
    width = 1

    def __init__(self):
        self.pauses = []

    def submit(self, submission, seed, pause=0):
        future = concurrent.futures.Future()
        self.pauses.append(pause)
        future.set_exception(BlockingIOError(11, "Resource temporarily unavailable \x1b[2J"))
        return future

    first_done = staticmethod(set)


def test_what_the_machine_cannot_grade_is_tried_again_then_not_graded_and_never_remembered(tmp_path):
    batch, pool = collect.Batch(put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})), Unlucky()
    results, failed = workers.grade_all(batch, tmp_path / "grades", pool, "", lambda *_: None)
    assert pool.pauses == [0, *workers.PAUSES] and list(failed) == ["ann"] and "\x1b" not in failed["ann"]
    assert not list(tmp_path.rglob("*.json"))
    [row] = csv.DictReader(io.StringIO("".join(reports.csv_lines(reports.loaded(results)))))
    assert (row["learner"], row["points"], row["refresh state"]) == ("ann", "", "NOT GRADED")
    suite = ElementTree.fromstring("".join(reports.junit_lines(results)))[0]
    assert suite.get("failures") == "0" and suite.get("errors") == str(len(tasks.all_tasks()))


@posix
def test_new_files_have_the_mode_that_the_umask_allows(tmp_path):
    for umask, mode in ((0o077, 0o600), (0o002, 0o664)):
        before = os.umask(umask)
        try:
            grade(put(tmp_path / f"batch{umask}", {f"ann/{NAME}": RIGHT}), "--gradescope")
        finally:
            os.umask(before)
        files = [path for path in (tmp_path / f"batch{umask}-grades").rglob("*") if path.is_file()]
        assert len(files) > 5 and {path.stat().st_mode & 0o777 for path in files} == {mode}


def test_a_name_of_100_wide_characters_is_graded(tmp_path):
    wide = "\u9673" * 80
    batch = put(tmp_path / "batch", {f"{wide}/{wide}.ipynb": RIGHT, f"{wide}1/{NAME}": RIGHT})
    put(tmp_path, {"names.zip": zipped({f"{wide * 2}/{wide * 2}.ipynb": RIGHT, f"bob/{NAME}": RIGHT})})
    for source, count in ((batch, 2), (tmp_path / "names.zip", 2)):
        _, rows = grade(source)
        assert [row["refresh state"] for row in rows.values()] == ["PASSED"] * count


@posix
@pytest.mark.parametrize("task", tasks.all_tasks(), ids=lambda task: task.name)
def test_a_fork_server_gives_the_same_verdicts(task, server):
    """The verdicts without one are in tests/exercises/test_tasks.py."""
    for answer in [task.answer, *task.right.values()]:
        assert grading.grade(task, answer, True, launcher=server).state == grading.PASSED
    for message, code in task.wrong.values():
        verdict = grading.grade(task, code, True, launcher=server)
        assert verdict.state == grading.NOT_YET and tasks.fits(verdict.message, message), verdict.message


@pytest.fixture(scope="module")
def server():
    with fork_server.ForkServer(fork_server.containment()[1]) as server:
        yield server


@posix
def test_a_fork_server_keeps_answers_apart_and_ends_them(server):
    first, second = (server.start(server.new_folder()) for _ in range(2))
    first.ask("run", "import builtins, json; builtins.print = json.dumps = json.loads = None")
    assert second.ask("run", "print('here')")["printed"] == "here\n"
    with pytest.raises(processes.Ended, match="exit status 7"):
        first.ask("run", "import os; os._exit(7)")
    second.kill()


def result(name="ann", message="what & <why>", state="NOT YET"):
    return {"learner": name, "id": "", "notes": [], "problems": [], "tasks": [
        {"task": task.name, "notebook": task.notebook, "state": state, "points": 0, "of": task.points,
         "message": message, "evidence": message, "note": "", "misconception": ""} for task in tasks.all_tasks()]}


def test_reports_can_contain_whatever_a_learner_writes():
    odd = result("=cmd|' /C calc'!A0", "\x00\ud800 <b>&\"'")
    rows = list(csv.reader(io.StringIO("".join(reports.csv_lines([odd])))))
    assert rows[1][0].startswith("'=")
    suite = ElementTree.fromstring("".join(reports.junit_lines([odd])))[0]
    assert len(suite) == len(tasks.all_tasks()) and suite.get("failures") == str(len(tasks.all_tasks()))
    assert json.loads("".join(reports.json_lines([odd, odd]))) == [odd, odd]
    assert json.loads("".join(reports.json_lines([]))) == []
    assert reports.gradescope(odd)["tests"][0]["status"] == "failed"


INVISIBLE = "\x1b[2J\x9b31m\u202e\ufeff\x01\x00\ud800\u2028\x85\t\r\n"


@pytest.mark.parametrize("text", [
    "=1", " =1", "\t=1", "\ufeff=1", "\x01=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "+1", "-1", "@a", "\u3000=1",
    "\xa0=1", "ann;=1", "ann; =1", "ann|=1", "ann,=1", "'=1", '"=1', "\u200d=1", "\u22121", "\ufe661", "ann;;=1"])
def test_no_cell_of_the_grades_begins_a_formula(text):
    odd = {**result(text), "id": text, "notes": ["late", text], "problems": [f"{text}: it's no notebook"]}
    [_, row] = csv.reader(io.StringIO("".join(reports.csv_lines([odd]))))
    for cell in (row[0], row[1], row[-1]):
        for part in re.split("[;,|]", cell):
            start = unicodedata.normalize("NFKC", part.strip(" \"\u200d"))[:1]
            assert start not in tuple("=+-@\u2212")


@pytest.mark.parametrize("unseen", ["\u3164", "\u115f", "\ufe0f", "\u034f", "\u2800", "\u3000"])
def test_nothing_that_nobody_sees_hides_the_start_of_a_formula(unseen):
    assert reports.plain(f"{unseen}=1").startswith("'")


def test_every_character_that_is_like_a_formulas_start_is_known():
    like = {letter for letter in map(chr, range(sys.maxunicode + 1))
            if unicodedata.normalize("NFKC", letter)[:1] in tuple("=+-@")}
    assert {letter for letter in like if reports.plain(letter + "1")[0] != "'"} == set()


def test_nothing_invisible_acts_in_any_report_and_json_still_says_the_same():
    odd = {**result(f"ann{INVISIBLE}", f"why{INVISIBLE}"), "id": INVISIBLE, "notes": [INVISIBLE]}
    class_page = pages.ClassPage()
    class_page.add(odd, "feedback/ann.html")
    texts = ["".join(reports.csv_lines([odd])), "".join(reports.junit_lines([odd])), "".join(reports.json_lines([odd])),
             reports.as_json(odd), pages.feedback(odd), class_page.render({odd["learner"]: INVISIBLE})]
    for text in texts:
        assert text.replace("\n", "").isprintable(), ascii(text)[:500]
    assert json.loads(texts[2]) == [odd] and json.loads(texts[3]) == odd
    ElementTree.fromstring(texts[1])
    assert reports.shown("Jos\u00e9 \u9648\u9759\u6885 \u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0646") == \
        "Jos\u00e9 \u9648\u9759\u6885 \u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0646"


def test_the_page_of_a_learner_says_what_to_do_next():
    page = pages.feedback(result(message="The file changed; did the module?"))
    assert "What to do next" in page and "The file changed; did the module?" in page and "hint(" in page
    assert "http" not in page  # it loads nothing
    assert "passed every task" in pages.feedback(result(state="PASSED"))


class Markup(HTMLParser):
    """Collects the tags, the attributes and the text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name) for name, _ in attributes]

    def handle_data(self, data):
        self.text += data


EVIL = "</p><script>alert('x')</script> \" onclick=\"alert('y')\" {{ 7 * 7 }} &amp; '"


@pytest.mark.parametrize("place", ["learner", "id", "notes", "problems", "message", "note"])
def test_pages_show_what_a_learner_wrote_as_text_and_never_as_markup(place):
    def pages_with(text):
        data = result()
        if place in ("notes", "problems"):
            data[place] = [text]
        elif place in data:
            data[place] = text
        else:
            data["tasks"][0][place] = text
        class_page = pages.ClassPage()
        class_page.add(data, "feedback/ann.html")
        return [Markup(page) for page in (pages.feedback(data), class_page.render({data["learner"]: text}))]

    for evil, plain in zip(pages_with(EVIL), pages_with("plain")):
        assert (evil.tags, evil.attributes) == (plain.tags, plain.attributes)
        assert evil.text == plain.text.replace("plain", EVIL)


def test_a_python_without_jinja_grades_with_the_environments(tmp_path):
    if not is_ready(KIT):
        pytest.skip("the environment .venv isn't set up here")
    pytest.importorskip("venv", reason="this Python has no venv").create(tmp_path / "bare", with_pip=False)
    bare = tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert subprocess.run([bare, "-c", "import jinja2"], capture_output=True).returncode == 1
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    run = subprocess.run([bare, "-m", "exercises", "grade", str(batch), "--jobs", "1"], cwd=KIT, capture_output=True,
                         text=True)
    assert run.returncode == 1 and "1 graded" in run.stdout, run.stderr
    assert "<h1>Feedback for ann</h1>" in next((tmp_path / "batch-grades" / "feedback").iterdir()).read_text("utf-8")
