"""How JupyterLab is opened, seen without it: where the learner left off, the layout, the options."""
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lessons import PYTHON
from lessons.launcher import lab, learner_copy, locks

SECONDS = 120
KIT = Path(lab.__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("serve", lab.SERVE)
serve = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(serve)


@pytest.fixture
def work(tmp_path):
    learner_copy.update(KIT, tmp_path / "work", [].append)
    return tmp_path / "work"


def lesson(work, number):
    return next((work / "lessons").glob(f"{number:02}_*.ipynb"))


def run(path, cells, at):
    """Let the first code cells of a notebook have run at a time."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for count, cell in enumerate([cell for cell in notebook["cells"] if cell["cell_type"] == "code"][:cells], start=1):
        cell["execution_count"] = count
    path.write_text(json.dumps(notebook), encoding="utf-8")
    os.utime(path, (at, at))


def test_a_first_start_opens_lesson_1(work):
    assert learner_copy.left_off(work) == lesson(work, 1)


def test_a_lesson_that_was_begun_is_opened_again(work):
    run(lesson(work, 2), cells=3, at=1000)
    assert learner_copy.left_off(work) == lesson(work, 2)


def test_of_two_lessons_the_one_worked_in_last_is_opened(work):
    run(lesson(work, 3), cells=1, at=1000)
    run(lesson(work, 1), cells=1, at=2000)
    assert learner_copy.left_off(work) == lesson(work, 1)


def test_after_a_lesson_that_has_run_to_its_end_comes_the_next(work):
    run(lesson(work, 2), cells=99, at=1000)
    assert learner_copy.left_off(work) == lesson(work, 3)


def test_after_the_last_lesson_comes_the_last_lesson(work):
    last = sorted((work / "lessons").glob("[0-9]*.ipynb"))[-1]
    run(last, cells=99, at=1000)
    assert learner_copy.left_off(work) == last


def test_a_notebook_that_jupyter_merely_rewrote_was_not_worked_in(work):
    path = lesson(work, 3)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"]["version"] = "3.13.0"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert learner_copy.left_off(work) == lesson(work, 1)


def test_a_damaged_notebook_is_opened_and_its_name_serves_as_its_title(work):
    lesson(work, 3).write_text("{", encoding="utf-8")
    assert learner_copy.left_off(work) == lesson(work, 3)
    assert lab.title(lesson(work, 3)) == lesson(work, 3).stem


def test_a_lesson_is_told_by_its_heading(work):
    assert lab.title(lesson(work, 1)) == "01 Why does Python ignore my edit?"


def test_spam_is_the_file_beside_a_lesson_and_otherwise_the_first(work):
    workspace = work / "lessons" / "workspace" / lesson(work, 3).stem
    (workspace / "eggs.py").touch()
    assert lab.source_beside(lesson(work, 3)) == workspace / "spam.py"
    (workspace / "spam.py").unlink()
    assert lab.source_beside(lesson(work, 3)) == workspace / "eggs.py"
    assert lab.source_beside(work / "lessons" / "99_without_a_workspace.ipynb") is None


def test_the_layout_has_the_lesson_at_the_left_and_the_source_at_the_right():
    document = serve.workspace("lessons/03_a.ipynb", "lessons/workspace/03_a/spam.py")
    left, right = document["data"]["layout-restorer:data"]["main"]["dock"]["children"]
    assert left["widgets"] == ["notebook:lessons/03_a.ipynb"]
    assert right["widgets"] == ["editor:lessons/workspace/03_a/spam.py"]
    assert all(widget in document["data"] for widget in left["widgets"] + right["widgets"])


def test_without_a_source_file_the_lesson_has_all_the_room():
    dock = serve.workspace("lessons/03_a.ipynb", "")["data"]["layout-restorer:data"]["main"]["dock"]
    assert [area["widgets"] for area in dock["children"]] == [["notebook:lessons/03_a.ipynb"]]
    assert len(dock["sizes"]) == 1


def test_further_arguments_reach_jupyterlab_as_they_are(work):
    command = lab.command_line(Path("python"), work, lesson(work, 1), ["--port", "9999", "--ServerApp.token=a b"])
    assert command[:2] == ["python", str(lab.SERVE)]
    assert command[2:4] == [f"lessons/{lesson(work, 1).name}", f"lessons/workspace/{lesson(work, 1).stem}/spam.py"]
    assert command[4:] == ["--port", "9999", "--ServerApp.token=a b"]


@pytest.mark.parametrize("given", [["--LabApp.default_url=x"], ["--LabApp.workspaces_dir", "x"],
                                   ["--LabApp.app_settings_dir=x"], ["--ServerApp.root_dir=x"],
                                   ["--notebook-dir", "x"]])
def test_of_an_option_of_the_kit_and_of_the_user_the_users_counts(given, tmp_path):
    app = pytest.importorskip("jupyterlab.labapp").LabApp()
    app.parse_command_line(serve.options(tmp_path, given) + given)
    values = [value for section in app.config.values() for value in section.values()]
    assert values.count("x") == 1
    assert str(tmp_path) in values or given[0] in ("--ServerApp.root_dir=x", "--notebook-dir")


@pytest.fixture
def jupyterlab(work, tmp_path):
    """Starts the real JupyterLab with further arguments; its output has what it prints as errors, too."""
    env = {**os.environ, **{f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")},
           "PYTHONSAFEPATH": "1"}
    started = []

    def start(*arguments):
        command = lab.command_line(sys.executable, work, lesson(work, 3), ["--no-browser", "--port=0", *arguments])
        started.append(subprocess.Popen(command, cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_reset_refuses_while_the_real_jupyterlab_runs_and_not_after_it_was_killed(work, jupyterlab):
    process = jupyterlab("--allow-root")
    assert process.stdout.readline().startswith("Address: "), "JupyterLab did not start"
    for number in ("03", ""):
        with pytest.raises(ValueError, match="JupyterLab is still running"):
            learner_copy.reset(KIT, work, number, [].append)
    assert lesson(work, 3).exists() and not (work / "kept").exists()
    process.kill()
    process.wait()
    assert learner_copy.reset(KIT, work, "03", [].append) == lesson(work, 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal that it could handle")
def test_the_terminal_shows_the_address_and_how_to_stop_and_the_log_that_it_names_has_the_rest(work, jupyterlab):
    process = jupyterlab("--allow-root")
    printed = [process.stdout.readline(), process.stdout.readline()]
    process.terminate()
    rest = process.communicate(timeout=SECONDS)[0]
    assert re.fullmatch(r"Address: http://localhost:[1-9]\d+/lab/workspaces/course\?token=\w+\n", printed[0])
    assert re.fullmatch(r"To stop: press Ctrl-C twice\. Log: work/\S+\n", printed[1])
    assert rest == f"\nStopped. To continue, type: {PYTHON} -m lessons\n"
    log = (work.parent / printed[1].split()[-1]).read_text(encoding="utf-8")
    assert "is running at" in log and "received signal 15" in log


def test_a_start_that_fails_shows_the_reason_and_not_the_whole_log(work, jupyterlab):
    said, _ = jupyterlab("--allow-root", "--ServerApp.port_retries=x").communicate(timeout=SECONDS)
    assert "expected an int, not the str 'x'" in said
    assert said.endswith("error: JupyterLab has ended. The log is work/.jupyterlab/jupyterlab-1.log\n")
    assert "successfully linked" not in said and len(said.splitlines()) <= 6


def test_a_full_disk_is_told_in_one_line_before_jupyterlab_starts(work, monkeypatch):
    pytest.importorskip("jupyterlab")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.chdir(work)
    monkeypatch.setattr(locks, "hold_as_jupyterlab", refuse)
    with pytest.raises(SystemExit) as ended:
        serve.main("lessons/03_a.ipynb", "")
    assert f"about {learner_copy.MEGABYTES} MB are needed" in ended.value.code and "\n" not in ended.value.code


@pytest.mark.parametrize("name", ["calm-scroll", "course-home", "file-sync", "picture-panel", "restart-notice",
                                  "safe-typing"])
def test_the_settings_are_valid_and_the_extensions_are_complete(name):
    folder = lab.SERVE.parent
    assert json.loads((folder / "overrides.json").read_text(encoding="utf-8"))
    about = json.loads((folder / name / "package.json").read_text(encoding="utf-8"))
    entry = folder / name / about["jupyterlab"]["_build"]["load"]
    assert about["name"] == name and f"['{about['name']}']" in entry.read_text(encoding="utf-8")
