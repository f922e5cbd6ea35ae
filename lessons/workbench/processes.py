"""New processes: what a restart of Python would do."""
import os
import subprocess
import sys
from pathlib import Path

from workbench import workspace


def run_in_new_process(code, needs=None):
    """Run `code` in a new Python process, where `import` finds this run's modules, and return all that it prints.

    `code` is a string, or the path of a file to run as a program. If it fails, the last line is that of the traceback.
    It ignores your own PYTHONPATH, because a module there could have the name of an example.
    """
    what = [str(code)] if isinstance(code, Path) else ["-c", code]
    folder = str(workspace.folder())
    run = subprocess.run([sys.executable, "-W", "ignore", *what], cwd=folder, capture_output=True,
                         stdin=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace",
                         env={**os.environ, "PYTHONPATH": folder, "PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0"})
    return "\n".join(run.stdout.splitlines() + run.stderr.splitlines()[-1:])
