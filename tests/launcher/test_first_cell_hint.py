"""What a kernel says if a cell needs the notebook's first cell: a real kernel, with what the set-up adds for it."""
import os
import re

import pytest
from jupyter_client.manager import start_new_kernel

from lessons import PYTHON
from lessons.launcher import environment, learner_copy
from lessons.notebooks import KIT

SECONDS = 120
HINT = r"Python was restarted, or hasn't run the first cell yet, so {} isn't {}\. Run .*\."
COLORS = r"\x1b\[[\d;]*m"


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    work = tmp_path_factory.mktemp("copy") / "work"
    learner_copy.update(KIT, work, [].append)
    return work


@pytest.fixture
def kernel(tmp_path):
    """Starts a kernel in a folder; returns a function that runs a cell there and returns its traceback."""
    profile, modules, started = tmp_path / "ipython" / "profile_default", tmp_path / "modules", []
    profile.mkdir(parents=True)
    modules.mkdir()
    for name, place in environment.LINKED.items():
        text = environment.LINK.format(places=[str(KIT / place)], python=PYTHON)
        (modules / f"{name}.py").write_text(text, encoding="utf-8")

    def start(folder, hint=True):
        (profile / "ipython_kernel_config.py").write_text(environment.KERNEL_CONFIG * hint, encoding="utf-8")
        env = {**os.environ, "IPYTHONDIR": str(profile.parent), "PYTHONPATH": str(modules)}
        manager, client = start_new_kernel(startup_timeout=SECONDS, kernel_name="python3", cwd=str(folder), env=env)
        started.append((manager, client))

        def run(source):
            reply = client.execute_interactive(source, timeout=SECONDS, output_hook=lambda message: None)
            return re.sub(COLORS, "", "\n".join(reply["content"].get("traceback", [])))
        return run

    yield start
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("source, name", [
    ("edit_file(spam_py, '1', '2')", "edit_file"), ("importlib.reload(spam)", "importlib"),
    ("%%predict\n1. spam.grok() prints: grok", "%%predict")])
def test_after_a_restart_a_lessons_cell_says_in_one_sentence_what_to_do(kernel, work, source, name):
    said = kernel(work / "lessons")(source)
    assert max(map(len, said.splitlines())) <= 70  # it fits beside a source file
    said = " ".join(said.splitlines())
    assert re.fullmatch(HINT.format(name, "defined"), said) and "Run All Above Selected Cell" in said


@pytest.mark.parametrize("source, name", [("import spam\nspam.grok()", "spam"), ("import shop.checkout", "shop")])
def test_after_a_restart_an_import_of_a_lessons_module_says_the_same(kernel, work, source, name):
    said = " ".join(kernel(work / "lessons")(source).splitlines())
    assert re.fullmatch(HINT.format(name, "found"), said) and "Run All Above Selected Cell" in said


def test_another_module_that_is_not_there_is_pythons_own_error(kernel, work):
    assert "ModuleNotFoundError: No module named 'no_such'" in kernel(work / "lessons")("import no_such")


def test_after_a_restart_a_check_says_in_one_sentence_what_to_do(kernel, work):
    said = " ".join(kernel(work / "exercises")('check("refresh")').splitlines())
    assert re.fullmatch(HINT.format("check", "defined"), said) and "then your answer" in said


@pytest.mark.parametrize("source, name", [('answer("ab")', "answer"), ("drill(lesson=3)", "drill")])
def test_after_a_restart_a_drill_says_which_cell_imports_it(kernel, work, source, name):
    said = " ".join(kernel(work / "exercises")(source).splitlines())
    assert re.fullmatch(HINT.format(name, "defined"), said) and "from practice import answer, drill" in said


def test_once_the_first_cell_has_run_a_nameerror_is_pythons_own(kernel, work):
    hinted, plain = kernel(work / "lessons"), kernel(work / "lessons", hint=False)
    cells = ["1", "from workbench import fresh", "1\ngrok()", "1\ngrok()", "def f():\n    return grok\nf()"]
    assert [hinted(source) for source in cells] == [plain(source) for source in cells]
    assert "NameError" in hinted("grok()")


def test_another_notebook_gets_pythons_own_nameerror(kernel, tmp_path):
    assert "NameError" in kernel(tmp_path)("edit_file(1)")
