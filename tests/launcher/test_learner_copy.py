"""The learner's copy: no answer before its cell ran, no work lost, and each lesson with files that only it edits."""
import errno
import json
import os
import subprocess
import sys
import pytest

from lessons import PYTHON
from lessons.launcher import environment, learner_copy, locks
from lessons.launcher.learner_copy import reset, update
from lessons.notebooks import KIT

LESSON = "01_import_runs_once"
EDIT = "print('EDITED')"  # what comes before the answer counts, too
CALLED = "spam.grok()\nprint('ONE')"
SPAM = "# spam.py\n\ndef grok():\n    print('grok')\n"


def cell(kind, id, source, output=None, tags=()):
    made = {"cell_type": kind, "id": id, "metadata": {"tags": list(tags)} if tags else {}, "source": source}
    if kind == "code":
        text = [{"name": "stdout", "output_type": "stream", "text": output}] if output else []
        made |= {"outputs": text, "execution_count": 1}
    return made


def notebook(*cells):
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")


OUTCOMES = [{"fact": "A-01", "answer": "grok"}, {"fact": "A-02", "answer": "no", "shown": "EDITED"}]


def first_lesson(greeting="Predict."):
    return notebook(
        cell("markdown", "title", f"# 01 Question\n{greeting} See [spam.py](examples/spam.py)."),
        cell("code", "start", 'from workbench import fresh\nspam_py = fresh("spam")'),
        cell("code", "first", "import spam\nspam.grok()", "STORED OUTPUT"),
        cell("markdown", "explain-first", "EXPLANATION of the first"),
        cell("code", "second", "import spam\nspam.grok()", "STORED OUTPUT"),
        cell("markdown", "explain-second", "EXPLANATION of the second"),
        cell("code", "quiet", "x = 1"),
        cell("code", "fails", "1 / 0", tags=["raises-exception"]),
        cell("markdown", "explain-fails", "EXPLANATION of the failure"),
        cell("markdown", "question-called", "What happens?"),
        {**cell("code", "predict-called", "%%predict\n1. grok() prints:\n2. is it reloaded (yes or no):"),
         "metadata": {"outcomes": OUTCOMES}},
        cell("code", "edit", EDIT),
        cell("code", "called", CALLED, "STORED OUTPUT"),
        cell("markdown", "explain-called", "EXPLANATION of the call"),
        cell("markdown", "remember", "KEY POINTS"),
        cell("markdown", "next", "Next"))


@pytest.fixture
def top(tmp_path):
    """A small kit with two lessons."""
    top = tmp_path / "kit"
    write(top / "lessons" / "examples" / "spam.py", SPAM)
    write(top / "lessons" / "examples" / "shop" / "__init__.py", "")
    write(top / "lessons" / f"{LESSON}.ipynb", first_lesson())
    start = {**cell("code", "start", 'fresh("spam")\nfresh("shop")'), "metadata": {"facts": {"A-02": "FACT from 02."}}}
    write(top / "lessons" / "02_second.ipynb", notebook(start, cell("markdown", "explain-start", "EXPLANATION in 02")))
    return top


@pytest.fixture
def work(top):
    return top / "work"


@pytest.fixture
def says():
    return []


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def newer(top, greeting="Think first."):
    write(top / "lessons" / f"{LESSON}.ipynb", first_lesson(greeting))


def answer(work, text="My prediction: grok"):
    """What a learner does: type into the first cell and save."""
    path = work / "lessons" / f"{LESSON}.ipynb"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["cells"][0]["source"] = text
    write(path, data)
    return path


def test_no_answer_can_be_read_before_its_cell_has_run(top, work, says):
    update(top, work, says.append)
    for path, data in files(work).items():
        assert path.endswith(".explanations.json") or not any(
            answer in data for answer in (b"STORED OUTPUT", b"EXPLANATION", b"KEY POINTS")), path
    cells = json.loads((work / "lessons" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells] == ["title", "start", "first", "second", "quiet", "fails", "question-called",
                                              "predict-called", "edit", "called", "next"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if "outputs" in cell)


def test_the_real_lessons_hand_out_no_output_and_no_explanation(tmp_path, says):
    update(KIT, tmp_path / "work", says.append)
    lessons = sorted((tmp_path / "work" / "lessons").glob("*.ipynb"))
    assert lessons
    for path in lessons:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs") and not cell["id"].startswith("explain-") and cell["id"] != "remember"


def test_each_lesson_links_to_modules_of_its_own_that_are_there(top, work, says):
    update(top, work, says.append)
    assert f"](workspace/{LESSON}/spam.py)" in (work / "lessons" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    assert (work / "lessons" / "workspace" / LESSON / "spam.py").read_text(encoding="utf-8") == SPAM
    assert (work / "lessons" / "workspace" / "02_second" / "shop" / "__init__.py").exists()


def test_a_second_update_changes_nothing(top, work, says):
    update(top, work, says.append)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in work.rglob("*") if path.name != ".kit.json"
              and path.is_file()}
    update(top, work, says.append)
    assert before == {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before}
    assert says == []


def test_a_newer_kit_replaces_what_is_untouched(top, work, says):
    update(top, work, says.append)
    newer(top)
    update(top, work, says.append)
    assert "Think first." in (work / "lessons" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    assert says == []


def test_a_newer_kit_leaves_alone_what_a_learner_touched_and_says_so_each_time(top, work, says):
    update(top, work, says.append)
    path = answer(work)
    before = path.read_bytes()
    newer(top)
    for _ in range(2):
        update(top, work, says.append)
    assert path.read_bytes() == before
    assert len(says) == 2
    assert says[0].startswith(f"work/lessons/{LESSON}.ipynb contains your work") and says[0].endswith("--reset 01")


def test_what_a_learner_touched_is_not_reported_while_the_kit_stays_the_same(top, work, says):
    update(top, work, says.append)
    answer(work)
    update(top, work, says.append)
    assert says == []


def jupyter_saves(data):
    """What JupyterLab makes of a notebook that is opened and saved: the same cells, other clothes."""
    data["metadata"]["language_info"] = {"name": "python", "version": "3.13.0"}
    data["nbformat_minor"] = 4
    for cell in data["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"] = {"editable": True}
        cell.pop("id")
    return json.dumps(dict(reversed(data.items())), indent=4)


def test_a_notebook_that_jupyter_saved_without_a_change_counts_as_untouched(top, work, says):
    update(top, work, says.append)
    path = work / "lessons" / f"{LESSON}.ipynb"
    write(path, jupyter_saves(json.loads(path.read_text(encoding="utf-8"))))
    newer(top)
    update(top, work, says.append)
    assert "Think first." in path.read_text(encoding="utf-8")
    assert says == []


@pytest.mark.parametrize("saved", [b"", b"no notebook", b"[]", b'{"cells": [1]}', b'{"cells": 1}', b"\xff\xfe fresh"])
def test_a_notebook_that_is_none_any_more_is_left_to_the_learner(top, work, says, saved):
    update(top, work, says.append)
    path = work / "lessons" / f"{LESSON}.ipynb"
    path.write_bytes(saved)
    newer(top)
    update(top, work, says.append)
    assert path.read_bytes() == saved
    assert len(says) == 1


@pytest.mark.parametrize("broken", [None, b"", b"{", b"[]", b"\xff"], ids=["missing", "empty", "half", "list", "bytes"])
def test_without_a_record_nothing_of_the_learners_is_lost_and_nothing_false_is_said(top, work, says, broken):
    update(top, work, says.append)
    path = answer(work)
    before = path.read_bytes()
    record = work / learner_copy.FINGERPRINTS
    record.unlink() if broken is None else record.write_bytes(broken)
    update(top, work, says.append)
    assert path.read_bytes() == before
    assert says == []
    newer(top)
    update(top, work, says.append)
    assert path.read_bytes() == before
    assert len(says) == 1


@pytest.mark.parametrize("step", range(1, 9, 3))
def test_an_interrupted_update_is_completed_by_the_next(top, work, says, monkeypatch, step):
    def replace(*arguments, real=os.replace):
        nonlocal step
        step -= 1
        if step == 0:
            raise KeyboardInterrupt
        real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            update(top, work, says.append)
    update(top, work, says.append)
    whole = top.parent / "whole"
    update(top, whole, says.append)
    assert files(work) == files(whole)
    assert says == []


def test_a_file_that_a_newer_kit_no_longer_has_goes_and_is_kept_if_it_was_touched(top, work, says):
    write(top / "lessons" / "03_dropped.ipynb", notebook(cell("markdown", "title", "# 03")))
    write(top / "exercises" / f"{LESSON}.ipynb", notebook(cell("code", "answer-x", "")))
    update(top, work, says.append)
    mine = [answer(work), work / "exercises" / f"{LESSON}.ipynb", work / "lessons" / "workspace" / LESSON / "spam.py"]
    for path in mine[1:]:
        write(path, notebook(cell("code", "answer-x", "mine")) if path.suffix == ".ipynb" else "mine = 1")
    before = files(work)
    for path in (top / "lessons" / "03_dropped.ipynb", top / "lessons" / f"{LESSON}.ipynb",
                 top / "exercises" / f"{LESSON}.ipynb"):
        path.unlink()
    for _ in range(2):
        update(top, work, says.append)
    assert not (work / "lessons" / "03_dropped.ipynb").exists()
    [kept] = (work / "kept").iterdir()
    for path in mine:
        name = path.relative_to(work).as_posix()
        assert not path.exists() and (kept / name).read_bytes() == before[name]
    assert says == ["Some lessons have other numbers now. Your files with the old numbers are in "
                    f"work/kept/{kept.name}."]


def test_a_deleted_lesson_comes_back(top, work, says):
    update(top, work, says.append)
    (work / "lessons" / f"{LESSON}.ipynb").unlink()
    update(top, work, says.append)
    assert (work / "lessons" / f"{LESSON}.ipynb").exists()


@pytest.mark.parametrize("number", ["01", "1"])
def test_a_reset_keeps_what_was_there_and_touches_no_other_lesson(top, work, says, number):
    update(top, work, says.append)
    mine = answer(work).read_bytes()
    write(work / "lessons" / "workspace" / LESSON / "spam.py", "mine")
    write(work / "exercises" / f"{LESSON}.ipynb", "my exercise")
    write(work / "lessons" / "02_second.ipynb", "also mine")
    write(work / "lessons" / "011_of_mine.ipynb", "mine, too")
    reset(top, work, number, says.append)
    [kept] = (work / "kept").iterdir()
    assert (kept / "lessons" / f"{LESSON}.ipynb").read_bytes() == mine
    assert (kept / "lessons" / "workspace" / LESSON / "spam.py").read_text(encoding="utf-8") == "mine"
    assert (kept / "exercises" / f"{LESSON}.ipynb").read_text(encoding="utf-8") == "my exercise"
    assert (work / "lessons" / f"{LESSON}.ipynb").read_bytes() != mine
    assert (work / "lessons" / "workspace" / LESSON / "spam.py").read_text(encoding="utf-8") == SPAM
    assert (work / "lessons" / "02_second.ipynb").read_text(encoding="utf-8") == "also mine"
    assert (work / "lessons" / "011_of_mine.ipynb").read_text(encoding="utf-8") == "mine, too"
    assert says[-1] == f"Reset lesson 01. Your old files are in work/kept/{kept.name}."


def test_a_reset_of_everything_keeps_everything_however_often(top, work, says):
    update(top, work, says.append)
    for number in range(3):
        answer(work, f"try {number}")
        reset(top, work, "", says.append)
    kept = [path.read_text(encoding="utf-8") for path in work.glob(f"kept/*/lessons/{LESSON}.ipynb")]
    assert all(sum(f"try {number}" in text for text in kept) == 1 for number in range(3))


@pytest.mark.parametrize("number", ["0", "99", "*", "01_", "??", "../01"])
def test_a_reset_of_no_lesson_says_which_there_are_and_moves_nothing(top, work, says, number):
    update(top, work, says.append)
    before = files(work)
    with pytest.raises(ValueError, match="there are: 01, 02"):
        reset(top, work, number, says.append)
    assert files(work) == before


def test_the_lesson_that_was_reset_is_the_one_to_open(top, work, says):
    update(top, work, says.append)
    answer(work)
    assert reset(top, work, "2", says.append) == work / "lessons" / "02_second.ipynb"
    assert reset(top, work, "", says.append) == work / "lessons" / f"{LESSON}.ipynb"


def test_a_reset_keeps_a_folder_that_is_linked_from_another_disk(top, work, says, monkeypatch):
    def rename(source, target, *_, real=os.rename, **__):  # as a file system does for another disk
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))

    update(top, work, says.append)
    mine = answer(work).read_bytes()
    write(work / "lessons" / "workspace" / LESSON / "spam.py", "mine")
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", rename)
        reset(top, work, "01", says.append)
    [kept] = (work / "kept").iterdir()
    assert (kept / "lessons" / f"{LESSON}.ipynb").read_bytes() == mine
    assert (kept / "lessons" / "workspace" / LESSON / "spam.py").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("number", ["01", ""])
def test_a_running_jupyterlab_makes_a_reset_refuse_until_it_ends(top, work, says, number):
    update(top, work, says.append)
    code = ("import pathlib, sys; from lessons.launcher import locks; held = locks.hold_as_jupyterlab(pathlib.Path("
            "sys.argv[1])); print(held.name, flush=True); sys.stdin.read()")
    labs = [subprocess.Popen([sys.executable, "-c", code, str(work)], cwd=KIT, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert len({lab.stdout.readline() for lab in labs}) == 2  # each has its lock
        before = files(work)
        for lab in labs:
            with pytest.raises(ValueError) as refused:
                reset(top, work, number, says.append)
            assert str(refused.value) == ("JupyterLab is still running. Press Ctrl-C twice where you started it, then "
                                          f"type: {PYTHON} -m lessons --reset {number}".rstrip())
            assert files(work) == before
            lab.kill()
            lab.wait()
    finally:
        for lab in labs:
            lab.kill()
            lab.communicate()
    reset(top, work, number, says.append)
    assert says[-1].startswith("Reset ")


def first_edition(work):
    """A learner's copy as the first edition made it, with a lesson and an exercise worked in."""
    write(work / "lessons" / f"{LESSON}.ipynb", notebook(cell("code", "start", "from desks import fresh", "mine")))
    write(work / "lessons" / "desk" / LESSON / "spam.py", "mine = 1\n")
    write(work / "lessons" / "desks.py", "")
    write(work / "exercises" / "practice.py", "from desks import fresh")
    write(work / "exercises" / f"{LESSON}.ipynb", notebook(cell("code", "answer-x", "my answer")))
    write(work / learner_copy.FINGERPRINTS, {f"lessons/{LESSON}.ipynb": "old", "lessons/desks.py": "old"})


def test_the_lessons_of_the_first_edition_are_kept_whole_and_replaced(top, work, says):
    first_edition(work)
    before = files(work)
    update(top, work, says.append)
    [kept] = (work / "kept").iterdir()
    assert says == [f"The lessons are new: this is the second edition. Your old ones are in work/kept/{kept.name}."]
    moved = {path: data for path, data in before.items() if path.startswith("lessons/") or path.endswith("practice.py")}
    assert files(kept) == moved
    assert (work / "exercises" / f"{LESSON}.ipynb").read_bytes() == before[f"exercises/{LESSON}.ipynb"]
    assert "workbench" in (work / "lessons" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    assert not (work / "lessons" / "desks.py").exists() and not (work / "lessons" / "desk").exists()
    update(top, work, says.append)
    assert len(says) == 1
    assert learner_copy.left_off(work) == work / "lessons" / f"{LESSON}.ipynb"


def visible(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")
                  if not any(part.startswith(".") for part in path.relative_to(folder).parts))


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right there")
@pytest.mark.parametrize("name", ["work", "work/exercises"])
def test_a_link_that_leads_nowhere_is_told_in_one_line(top, work, name):
    write(top / "exercises" / f"{LESSON}.ipynb", notebook())
    work.parent.joinpath(name).parent.mkdir(exist_ok=True)
    (top / name).symlink_to("gone")
    with pytest.raises(OSError) as caught:
        update(top, work)
    text = str(environment.explained(caught.value, top))
    assert text.startswith(f"{top / name} should be a folder, but it's a link to gone, which doesn't exist. Rename it ")


def test_a_file_called_work_is_told_in_one_line(top, work):
    work.write_text("mine", encoding="utf-8")
    with pytest.raises(OSError) as caught:
        update(top, work)
    assert f"{work} should be a folder, but it's a file." in str(environment.explained(caught.value, top))


# What a kernel shows. Jupyter tells a kernel its notebook in JPY_SESSION_NAME; the rest of what it adds does not matter
# here, so an IPython shell of its own serves, and starts faster.
SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
print("\\n@@" + json.dumps(["ready", []]), flush=True)
for line in sys.stdin:
    cell_id, source = json.loads(line)
    with capture_output() as seen:
        shell.run_cell(source, store_history=True, cell_id=cell_id)
    shown = [output.data.get("text/markdown") or output.data["text/plain"] for output in seen.outputs]
    print("\\n@@" + json.dumps([seen.stdout, shown]), flush=True)
"""
START_CELL = ("start", 'from workbench import fresh\nspam_py = fresh("spam")')
CALL = "import spam\nspam.grok()"


class Kernel:
    """A kernel that runs a notebook of the learner's copy, or one that nobody tells its notebook."""

    def __init__(self, work, notebook=f"lessons/{LESSON}.ipynb", folder="lessons"):
        env = {**os.environ, "IPYTHONDIR": str(work.parent / ".ipython"),
               "PYTHONPATH": os.pathsep.join(str(KIT / path) for path in ("lessons", "exercises")),
               **{name: str(work.parent) for name in ("TMPDIR", "TEMP", "TMP")}}
        env.pop("JPY_SESSION_NAME", None)
        if notebook:
            env["JPY_SESSION_NAME"] = str(work / notebook)
        self.process = subprocess.Popen([sys.executable, "-c", SHELL], cwd=work / folder, env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._answer()

    def run(self, cell_id, source):
        """What a cell prints, and the explanations that appear under it."""
        print(json.dumps([cell_id, source]), file=self.process.stdin, flush=True)
        return self._answer()

    def shows(self, cell_id, source):
        return self.run(cell_id, source)[1]

    def _answer(self):
        return json.loads(next(line for line in self.process.stdout if line.startswith("@@"))[2:])


@pytest.fixture
def kernel(top, work):
    """Starts kernels in a learner's copy, and ends them after the test."""
    update(top, work, [].append)
    started = []

    def start(*notebook):
        started.append(Kernel(work, *notebook))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_an_explanation_appears_under_its_cell_each_time_and_under_no_other(kernel):
    lesson = kernel()
    assert lesson.shows(*START_CELL) == []
    for _ in range(2):
        assert lesson.shows("first", CALL) == ["> EXPLANATION of the first"]
        assert lesson.shows("second", CALL) == ["> EXPLANATION of the second"]
        assert lesson.shows("quiet", "x = 1") == []
    assert lesson.shows("mine", "1 + 1") == []


def test_the_key_points_follow_the_last_explanation(kernel):
    lesson = kernel()
    lesson.run(*START_CELL)
    lesson.run("first", CALL)
    assert lesson.shows("called", CALLED) == ["> EXPLANATION of the call", "> KEY POINTS"]


def test_a_cell_that_failed_unexpectedly_gives_no_answer_away(kernel):
    lesson = kernel()
    lesson.run(*START_CELL)
    assert lesson.shows("first", "spam.groc()") == []
    assert lesson.shows("first", "spam.grok(") == []
    assert lesson.shows("first", CALL) == ["> EXPLANATION of the first"]


def test_a_changed_cell_is_known_by_its_id(kernel):
    lesson = kernel()
    lesson.run(*START_CELL)
    assert lesson.shows("second", "import spam\nspam.grok()  # mine") == ["> EXPLANATION of the second"]


def test_a_front_end_with_ids_of_its_own_is_followed_by_the_sources_in_their_order(kernel):
    lesson = kernel()
    lesson.run("vscode:0", START_CELL[1])
    for _ in range(2):
        assert lesson.shows("vscode:1", CALL) == ["> EXPLANATION of the first"]
        assert lesson.shows("vscode:2", CALL) == ["> EXPLANATION of the second"]


def test_vs_code_tells_the_notebook_in_a_name_of_its_own(kernel, work):
    lesson = kernel(None)
    lesson.run(None, f"__vsc_ipynb_file__ = {str(work / 'lessons' / LESSON)!r} + '.ipynb'")
    lesson.run("vscode:0", START_CELL[1])
    spam_py = work / "lessons" / "workspace" / LESSON / "spam.py"
    assert lesson.run("vscode:1", "print(spam_py)")[0].strip() == str(spam_py)
    assert lesson.shows("vscode:2", CALL) == ["> EXPLANATION of the first"]


def test_a_front_end_without_ids_is_followed_too(kernel):
    lesson = kernel()
    lesson.run(None, START_CELL[1])
    shown = [lesson.shows(None, CALL) for _ in range(3)]
    assert shown == [["> EXPLANATION of the first"], ["> EXPLANATION of the second"], ["> EXPLANATION of the second"]]


@pytest.mark.parametrize("name", [None, "lessons/my copy.ipynb", f"exercises/{LESSON}.ipynb"])
def test_a_notebook_of_another_name_shows_explanations_by_source_and_never_by_id(kernel, name):
    other = kernel(name)
    other.run(*START_CELL)
    assert other.shows("first", CALL) == ["> EXPLANATION of the first"]
    assert other.shows("fails", "x = 2") == []
    assert other.shows("start", "x = 3") == []


def test_loading_the_workbench_again_shows_nothing_twice(kernel):
    lesson = kernel()
    lesson.run("start", START_CELL[1] + "\nimport importlib, workbench\n"
               "get_ipython().events.register('post_run_cell', __import__('functools').partial(str))\n"
               "importlib.reload(workbench.explanations); importlib.reload(workbench)")
    lesson.run(*START_CELL)
    assert lesson.shows("first", CALL) == ["> EXPLANATION of the first"]


def predicted(kernel, first, second, called=CALLED, edit=EDIT, ids=("predict-called", "called")):
    """What a lesson shows under the cell that a learner has made predictions about."""
    lesson = kernel()
    lesson.run(*START_CELL)
    lesson.run("first", CALL)
    source = f"%%predict\n1. grok() prints: {first}\n2. is it reloaded (yes or no): {second}"
    assert bool(lesson.run(ids[0], source)[0]) == bool(first or second)
    lesson.run("edit", edit)
    return lesson.shows(ids[1], called)


@pytest.mark.parametrize("ids", [("predict-called", "called"), ("vscode:7", "vscode:8"), (None, None)],
                         ids=["JupyterLab", "VS Code", "a front end without ids"])
def test_a_prediction_is_shown_beside_what_came_out(kernel, ids):
    shown = predicted(kernel, "'grok'", "yes", ids=ids)
    assert shown[0] == ("grok() prints: you predicted \"'grok'\", and it was 'grok': as you predicted.\n"
                        "is it reloaded: you predicted 'yes', and it was 'no': a surprise.")
    assert shown[1:3] == ["> EXPLANATION of the call", "> KEY POINTS"]


def test_a_lesson_ends_with_how_all_predictions_came_out(kernel):
    head, ask, *surprise, closing = predicted(kernel, "grok", "yes")[3].splitlines()
    assert (head, ask) == ("1 of 2 outcomes came out as you predicted in this lesson.", "What surprised you:")
    assert surprise == ["* is it reloaded: no. You predicted yes. FACT from 02."]
    assert closing == "What surprised you here won't surprise you at work."
    assert len(predicted(kernel, "grok", "no")[3].splitlines()) == 2


def test_how_the_predictions_came_out_comes_after_the_last_cell(kernel, top, work):
    longer = first_lesson()
    longer["cells"].insert(-2, cell("code", "last", "y = 2"))
    write(top / "lessons" / f"{LESSON}.ipynb", longer)
    update(top, work, [].append)
    lesson = kernel()
    lesson.run(*START_CELL)
    for cell_id, source in (("predict-called", "%%predict\n1. grok() prints: grok"), ("edit", EDIT), ("first", CALL)):
        lesson.run(cell_id, source)
    assert lesson.shows("called", CALLED)[1:] == ["> EXPLANATION of the call"]
    shown = lesson.shows("last", "y = 2")
    assert shown[0] == "> KEY POINTS" and shown[1].startswith("1 of 1 outcome came")


def test_half_a_prediction_is_compared_and_none_changes_nothing(kernel):
    assert predicted(kernel, "", "no")[0] == ("is it reloaded: you predicted 'no', and it was 'no': "
                                              "as you predicted.")
    assert predicted(kernel, "", "") == ["> EXPLANATION of the call", "> KEY POINTS"]


def test_nothing_is_said_about_an_outcome_that_the_learners_own_cell_did_not_have(kernel):
    shown = predicted(kernel, "grok", "no", called="print('else')", edit="print('another edit')")
    assert shown[0].count("something else than in the course': compare them yourself.") == 2


def test_a_prediction_whose_first_line_is_deleted_is_still_one(kernel):
    lesson = kernel()
    lesson.run(*START_CELL)
    lesson.run("first", CALL)
    said, _ = lesson.run("predict-called", "\n1. grok() prints: grok\n2. is it reloaded (yes or no):")
    assert said.strip() == "Your prediction is noted. Run the cells below to see what happens."
    lesson.run("edit", EDIT)
    assert "you predicted 'grok', and it was 'grok': as you predicted." in lesson.shows("called", CALLED)[0]
    assert lesson.run("mine", "1. if True else 2")[0].strip().endswith("1.0")  # Python, although it begins alike


def test_a_prediction_that_is_emptied_again_is_forgotten(kernel):
    lesson = kernel()
    lesson.run(*START_CELL)
    lesson.run("first", CALL)
    for first in ("x", ""):
        lesson.run("predict-called", f"%%predict\n1. grok() prints: {first}\n2. is it reloaded (yes or no):")
    assert len(lesson.shows("called", CALLED)) == 2


def test_a_prediction_with_a_question_of_another_one_is_not_taken_for_that(kernel):
    lesson = kernel()
    lesson.run(*START_CELL)
    assert lesson.run("vscode:1", "%%predict\n1. grok() prints:\n2. something else:")[0] == ""


NEEDING = "print(run_in_new_process('print(1)', needs='Python 99.0'))"


def needing(kernel, work, code):
    """What the cell prints and displays that needs a Python which this machine doesn't have, if it's run as `code`."""
    store = work / learner_copy.EXPLANATIONS
    lessons = json.loads(store.read_text(encoding="utf-8"))
    next(cell for cell in lessons[LESSON] if cell["id"] == "quiet").update(source=NEEDING, prints="STORED\n")
    write(store, lessons)
    lesson = kernel()
    lesson.run("start", "from workbench import fresh, run_in_new_process")
    return lesson.run("quiet", code)


def test_what_a_cell_would_print_elsewhere_is_shown_and_it_says_so(kernel, work):
    printed, shown = needing(kernel, work, NEEDING)
    assert printed == "STORED\n"
    assert shown == ["*This cell needs Python 99.0, which you don't have here. Elsewhere it prints:*"]


def test_a_cell_that_the_learner_changed_shows_nothing_that_is_stored(kernel, work):
    printed, shown = needing(kernel, work, NEEDING.replace("1", "2"))
    assert "STORED" not in printed and "needs Python 99.0, which you don't have here." in printed and shown == []


def test_what_this_machine_has_is_run(kernel, work):
    printed, shown = needing(kernel, work, NEEDING.replace("99.0", "3.10"))
    assert printed == "1\n" and shown == []


def test_no_answer_to_a_prediction_is_in_the_learners_notebook(top, work, says):
    update(top, work, says.append)
    assert "outcomes" not in (work / "lessons" / f"{LESSON}.ipynb").read_text(encoding="utf-8")


def test_a_second_kernel_of_a_lesson_works_on_a_copy_and_is_told_so(kernel, work):
    workspace = work / "lessons" / "workspace" / LESSON
    code = START_CELL[1] + "\nprint('HERE', spam_py.parent)"
    first, other = kernel(), kernel("lessons/02_second.ipynb")
    assert f"HERE {workspace.resolve()}" in first.run("start", code)[0]
    assert "Another kernel" not in other.run("start", code)[0]
    second = kernel()
    printed = second.run("start", code)[0]
    assert "Another kernel uses this lesson's files, so this one works on a copy." in printed
    assert str(workspace) not in printed
    assert "Another kernel" not in second.run("start", code)[0]


def test_a_running_lesson_makes_a_reset_refuse_and_keeps_its_lock_file(kernel, top, work, says):
    lesson, lock = kernel(), work / locks.FOLDER / LESSON
    lesson.run(*START_CELL)
    before, locked = files(work), lock.stat()
    for number in ("01", ""):
        with pytest.raises(ValueError) as refused:
            reset(top, work, number, says.append)
        assert str(refused.value) == ("lesson 01 is still running. Shut down its kernel, then type: "
                                      f"{PYTHON} -m lessons --reset {number}".rstrip())
    assert files(work) == before
    reset(top, work, "02", says.append)
    assert "Another kernel" in kernel().run(*START_CELL)[0]
    lesson.process.kill()
    lesson.process.wait()
    reset(top, work, "01", says.append)
    assert os.path.samestat(lock.stat(), locked)


def test_a_learner_sees_only_notebooks_the_files_to_edit_and_what_was_kept(tmp_path, says):
    work = tmp_path / "work"
    update(KIT, work, says.append)
    lesson = next((work / "lessons").glob("03_*.ipynb"))
    running = Kernel(work, f"lessons/{lesson.name}")
    try:
        for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                running.run(cell["id"], "".join(cell["source"]))
    finally:
        running.process.kill()
        running.process.communicate()
    assert (work / "lessons" / "workspace" / lesson.stem / "spam.py").read_text(encoding="utf-8") != SPAM
    reset(KIT, work, "03", says.append)
    assert {path.name for path in work.iterdir() if path.name[0] != "."} == {"lessons", "exercises", "kept"}
    assert {path for path in visible(work / "lessons") if not path.endswith(".ipynb")} == {
        path for path in visible(work / "lessons") if path.partition("/")[0] == "workspace"}
    assert [path for path in visible(work / "exercises") if not path.endswith(".ipynb")] == []
    assert [path for path in visible(work / "lessons" / "workspace")
            if (work / "lessons" / "workspace" / path).is_file() and not path.endswith((".py", ".pyc"))] == []


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right there")
def test_a_lesson_and_an_exercise_run_in_a_copy_that_is_a_link(tmp_path, says):
    work = tmp_path / "work"
    (tmp_path / "other disk").mkdir()
    work.symlink_to(tmp_path / "other disk")
    update(KIT, work, says.append)
    [lesson] = (work / "lessons").glob("03_*.ipynb")
    running = {folder: Kernel(work, f"{folder}/{lesson.name}", folder) for folder in ("lessons", "exercises")}
    try:
        printed = running["lessons"].run("start", START_CELL[1] + "\nprint(spam_py)")[0]
        assert printed.strip() == str((work / "lessons" / "workspace" / lesson.stem / "spam.py").resolve())
        exercise = json.loads((work / "exercises" / lesson.name).read_text(encoding="utf-8"))
        start, check = (next("".join(cell["source"]) for cell in exercise["cells"] if cell["id"].startswith(kind))
                        for kind in ("start", "check-"))
        assert running["exercises"].run("start", start)[0] == ""
        assert running["exercises"].run("check", check)[0].startswith("NOT ATTEMPTED: ")
    finally:
        for one in running.values():
            one.process.kill()
            one.process.communicate()
    assert reset(KIT, work, "03", says.append) == lesson
    assert [path.name for path in work.glob("kept/*/lessons/*.ipynb")] == [lesson.name]


def test_a_killed_kernel_frees_its_lesson(kernel, work):
    first = kernel()
    first.run(*START_CELL)
    first.process.kill()
    first.process.wait()
    assert "Another kernel" not in kernel().run(*START_CELL)[0]


def test_an_exercise_of_the_same_name_leaves_the_lessons_files_to_the_lesson(kernel, work):
    exercise = kernel(f"exercises/{LESSON}.ipynb")
    exercise.run(*START_CELL)
    assert "Another kernel" not in kernel().run(*START_CELL)[0]


def test_handmade_work_on_a_lessons_workspace_is_kept_by_the_next_run(kernel, work):
    workspace = work / "lessons" / "workspace" / LESSON
    write(workspace / "spam.py", "mine = 1\n")
    assert "Your spam.py is kept in spam-kept-1.py" in kernel().run(*START_CELL)[0]
    assert (workspace / "spam-kept-1.py").read_text(encoding="utf-8") == "mine = 1\n"
