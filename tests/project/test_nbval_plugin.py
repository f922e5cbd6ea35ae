"""The tests' own plugin. It relies on nbval's internals, so these tests fail when those change."""
import inspect
import os
import subprocess
import sys

import nbformat
import nbval.kernel
import pytest

from lessons.notebooks import KIT
from tests import nbval_plugin

# A plugin that shuffles all tests, as pytest-randomly and pytest-random-order do.
SHUFFLE = """
import random

def pytest_collection_modifyitems(items):
    random.Random(7).shuffle(items)
"""
START = "from workbench import fresh\nspam_py = fresh('spam')"


def test_nbval_starts_kernels_by_the_function_that_the_plugin_replaces():
    assert nbval.kernel.start_new_kernel is nbval_plugin.start_kernel
    assert "start_new_kernel(" in inspect.getsource(nbval.kernel.RunningKernel)


@pytest.mark.parametrize("failures", range(nbval_plugin.KERNEL_STARTS + 1))
def test_a_kernel_that_does_not_come_up_is_started_again(monkeypatch, failures):
    outcomes = iter([RuntimeError("the port was taken")] * failures + ["a kernel"])

    def start_once(name, timeout, env):
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome, name, timeout

    monkeypatch.setattr(nbval_plugin, "_start_kernel_once", start_once)
    if failures < nbval_plugin.KERNEL_STARTS:
        assert nbval_plugin.start_kernel("python3", timeout=60) == ("a kernel", "python3", 60)
    else:
        with pytest.raises(RuntimeError, match="port was taken"):
            nbval_plugin.start_kernel("python3", timeout=60)


@pytest.fixture
def notebooks(tmp_path):
    """A folder of two notebooks that copy an example, each of whose cells needs the one before it."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "helper.py").write_text("start = 0\n", encoding="utf-8")
    sources = ["from helper import start", START, "steps = [start]",
               *(f"assert steps[-1] == {number}\nsteps.append({number + 1})" for number in range(6))]
    for name in ("one", "two"):
        cells = [nbformat.v4.new_code_cell(source, execution_count=1) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    return folder


def run_nbval(notebooks, *options, **variables):
    """Run the notebooks of a folder under nbval, with the kit's plugin and one that shuffles; return what it prints."""
    temporary, plugins = notebooks.with_name("temporary"), notebooks.with_name("plugins")
    temporary.mkdir()
    plugins.mkdir()
    (plugins / "shuffle.py").write_text(SHUFFLE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "shuffle", "-p", "tests.nbval_plugin", "-p", "no:cacheprovider",
               "--nbval", "--nbval-current-env", "-v", *options, notebooks.name]
    variables = {**dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)), "PYTEST_ADDOPTS": "",
                 "PYTHONPATH": os.pathsep.join(map(str, [plugins, KIT, KIT / "lessons"])), **variables}
    run = subprocess.run(command, cwd=notebooks.parent, env={**os.environ, **variables}, capture_output=True, text=True,
                         encoding="utf-8", errors="replace")
    return run.stdout + run.stderr


@pytest.mark.parametrize("dist", [[], ["-n", "2"], ["-n", "2", "--dist", "loadgroup"]], ids=" ".join)
def test_shuffled_or_scattered_cells_run_in_their_order_and_leave_no_folder_behind(notebooks, dist):
    printed = run_nbval(notebooks, *dist)
    assert " 18 passed" in printed, printed
    assert [path.name for path in notebooks.with_name("temporary").glob("reload-*")] == []
    if not dist:
        order = [line.split(" ")[0] for line in printed.splitlines() if "PASSED" in line]
        assert order == sorted(order) or order == sorted(order, reverse=True)  # no notebook starts twice


def test_a_notebook_finds_the_modules_beside_it_also_where_python_is_told_not_to_look_there(notebooks):
    printed = run_nbval(notebooks, PYTHONSAFEPATH="1")
    assert " 18 passed" in printed, printed
