"""What other front ends find: Binder, Codespaces, VS Code, Colab, Notebook 7, and GitHub's machines."""
import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from solutions.authoring.browser import copy_kit
from tests.notebooks import EXERCISES, KIT, LESSONS

NOTEBOOKS = LESSONS + EXERCISES
# What runs in a learner's kernel, wherever that is.
IN_THE_KERNEL = [KIT / "lessons" / "files.py", KIT / "lessons" / "notebooks.py", KIT / "exercises" / "practice.py",
                 *KIT.glob("lessons/workbench/*.py"), *KIT.glob("lessons/examples/**/*.py"),
                 *KIT.glob("exercises/grader/*.py")]


def imported(path):
    """The names of the top-level packages that a source file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_a_kernel_needs_only_the_standard_library_and_ipython():
    own = {path.stem for path in IN_THE_KERNEL} | {"workbench", "lessons", "exercises", "shop", "solutions"}
    own |= {path.name for path in (KIT / "lessons" / "examples").iterdir() if path.is_dir()}
    own |= {"app"}  # prefork.py writes that module itself
    tools = {"nbval_plugin.py"}  # of pytest
    for path in IN_THE_KERNEL:
        if path.name not in tools and path.name != "__main__.py":
            # ipykernel comes with comm, and it's only imported if the panel with the picture is there.
            assert set(imported(path)) - set(sys.stdlib_module_names) - own <= {"IPython", "imp", "comm"}, path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_notebook_names_python_and_nothing_of_one_front_end(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)  # cells have ids
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    links = re.findall(r"\]\(([^)]+)\)", "".join("".join(cell["source"]) for cell in notebook["cells"]))
    assert [link for link in links if link.startswith("/")] == []


@pytest.fixture
def python(tmp_path):
    """The interpreter of a new environment: these commands add modules to the environment that they run in."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "environment"], check=True)
    return tmp_path / "environment" / "bin" / "python3"


@pytest.mark.skipif(os.name == "nt", reason="Codespaces runs Linux")
def test_codespaces_makes_the_learners_copy(tmp_path, python):
    devcontainer = json.loads((KIT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    command = devcontainer["postCreateCommand"].rpartition("&& ")[2]
    subprocess.run([python, *command.split()[1:]], cwd=copy_kit(tmp_path), check=True)
    [opened] = devcontainer["customizations"]["codespaces"]["openFiles"]
    assert (tmp_path / opened).is_file()


@pytest.mark.skipif(os.name == "nt", reason="Binder runs Linux")
def test_binder_makes_the_learners_copy_and_sets_jupyterlab_up(tmp_path, python):
    assert (KIT / ".binder" / (KIT / ".binder" / "requirements.txt").read_text(encoding="utf-8").split()[1]).exists()
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([KIT / ".binder" / "postBuild"], cwd=copy_kit(tmp_path), check=True,
                   env={**os.environ, "PATH": path, "JUPYTER_CONFIG_DIR": str(tmp_path / "settings")})
    assert list((tmp_path / "work" / "lessons").glob("*.ipynb"))
    settings = json.loads((tmp_path / "settings" / "jupyter_lab_config.json").read_text(encoding="utf-8"))
    [extensions] = settings["LabApp"]["extra_labextensions_path"]
    assert Path(extensions, "file-sync", "package.json").is_file()
    said = subprocess.run([KIT / ".binder" / "start", "env"], check=True, capture_output=True, text=True).stdout
    assert "RELOAD_COURSE_PICTURE_PANEL=on\n" in said  # Binder's JupyterLab has the panel with the picture
    assert (python.parents[1] / "share" / "jupyter" / "labextensions" / "safe-typing" / "package.json").is_file()


def test_github_tests_the_pythons_that_ci_tests():
    workflow = (KIT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    pythons = re.findall(r"python(3\.\d+)\b", (KIT / ".ci" / "run").read_text(encoding="utf-8"))
    assert set(json.loads(re.search(r"python: (\[.*?\])", workflow)[1])) == set(pythons)
    for name in re.findall(r"tests/[\w/]+(?:\.py)?", workflow):
        assert (KIT / name).exists()
