"""Run every test: `python3 -m tests`. Sets up everything that's needed first; arguments go to pytest."""
import os
import subprocess
import sys
from pathlib import Path

from lessons import PYTHON
from lessons.launcher.environment import SetupProblem, ready_python

TOP = Path(__file__).resolve().parent.parent


def main(arguments):
    if {"-h", "--help"} & set(arguments):
        print(f"usage: {PYTHON} -m tests [ARGUMENT ...]\n\nRun every test, and set up .venv first if necessary. "
              "The arguments go to pytest.")
        return 0
    try:
        python = ready_python(TOP)
        os.environ.pop("PYTHONSAFEPATH", None)  # with it, `python -m` finds nothing in the current directory
        return subprocess.call([str(python), "-m", "pytest", "--nbval", *(arguments or everything_at_once())], cwd=TOP)
    except SetupProblem as problem:
        return f"error: {problem}"
    except KeyboardInterrupt:
        return "Stopped."


def everything_at_once():
    """Return the arguments for one worker per core; for only a few tests, starting workers would take longer."""
    return ["-n", "auto"] if (os.cpu_count() or 1) > 1 else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
