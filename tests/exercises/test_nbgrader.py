"""nbgrader's own validation agrees: every untouched exercise fails it, every solution passes it."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exercises.grader import tasks
from tests.notebooks import KIT

PYTHON = os.environ.get("KIT_NBGRADER", sys.executable)  # of an environment that has nbgrader
HAS_NBGRADER = subprocess.run([PYTHON, "-c", "import nbgrader"], capture_output=True).returncode == 0

pytestmark = pytest.mark.skipif(not HAS_NBGRADER, reason="nbgrader is installed only by those who use it")


@pytest.mark.parametrize("path", tasks.sources(), ids=lambda path: path.stem)
@pytest.mark.parametrize("folder, verdict", [("exercises", "The following"), ("solutions", "Success!")])
def test_nbgrader_says_so_too(tmp_path, folder, verdict, path):
    for name in ("exercises", "solutions", "lessons"):
        shutil.copytree(KIT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    environment = {**os.environ, "PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run([PYTHON, "-m", "nbgrader", "validate", path.name], cwd=tmp_path / folder, env=environment,
                         capture_output=True, text=True)
    assert verdict in run.stdout and ("failed" in run.stdout) == (folder == "exercises"), run.stdout + run.stderr
