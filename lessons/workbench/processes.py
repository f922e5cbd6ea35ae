"""New processes: what a restart of Python would do."""
import os
import re
import subprocess
import sys
from pathlib import Path

from workbench import workspace


def run_in_new_process(code, needs=None):
    """Run `code` in a new Python process, where `import` finds this run's modules, and return all that it prints.

    `code` is a string, or the path of a file to run as a program. If it fails, the last line is that of the traceback.
    It ignores your own PYTHONPATH, because a module there could have the name of an example. `needs` names what not
    every machine has, "fork" or for example "Python 3.15". Without it, the result is what's stored in the lesson.
    """
    if needs and not _has(needs):
        return stored(needs)
    what = [str(code)] if isinstance(code, Path) else ["-c", code]
    folder = str(workspace.folder())
    run = subprocess.run([sys.executable, "-W", "ignore", *what], cwd=folder, capture_output=True,
                         stdin=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace",
                         env={**os.environ, "PYTHONPATH": folder, "PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0"})
    return "\n".join(run.stdout.splitlines() + run.stderr.splitlines()[-1:])


def _has(needs):
    version = re.fullmatch(r"Python (\d+)\.(\d+)", needs)
    return sys.version_info >= tuple(map(int, version.groups())) if version else hasattr(os, needs)


def stored(needs):
    """Return what the running cell printed where it could run, and say so.

    Raises LookupError if that isn't stored, because it's no lesson's cell, or because the learner has changed it.
    """
    cell = workspace.running_cell()
    if not cell:
        raise LookupError(f"This code needs {needs}, which you don't have here.")
    if "KIT_COMPARES_OUTPUTS" not in os.environ:  # nbval and the recording of outputs, which lack this line
        from IPython.display import Markdown, display
        display(Markdown(f"*This cell needs {needs}, which you don't have here. Elsewhere it prints:*"))
    return cell["prints"].removesuffix("\n")
