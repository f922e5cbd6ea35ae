"""Runs the command that you typed again, with the Python of an environment that has the packages it needs."""
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
    command = [str(python), *sys.orig_argv[1:]]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            pass  # the other process gets it too
