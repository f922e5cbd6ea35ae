"""Replaces this process: by the same command with the Python that has the packages it needs, or by JupyterLab."""
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from lessons.launcher.environment import SetupProblem, ready_python


def need(module, top):
    """Return if the module `module` is installed; if not, run this command again in the environment `top/.venv`.

    The environment is set up first if necessary. Raises SetupProblem if it lacks the module too.
    """
    if find_spec(module):
        return
    python = ready_python(top)
    if Path(sys.prefix).resolve() == python.parents[1].resolve():
        packages = subprocess.list2cmdline([str(python), "-m", "pip", "install", "-r", str(top / "requirements.txt")])
        raise SetupProblem(f"{module} is missing in {top / '.venv'}. Type: {packages}")
    sys.stdout.flush()
    sys.exit(replace_by([str(python), *sys.orig_argv[1:]], Path.cwd()))


def replace_by(command, folder):
    """Run a command in a folder in place of this process. Windows can't, so there wait for it and return its status."""
    if os.name != "nt":
        os.chdir(folder)
        os.execv(command[0], command)
    process = subprocess.Popen(command, cwd=folder)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # the command gets the Ctrl-C, too, and JupyterLab asks whether to shut down
