"""Run every test: `python3 -m tests`. Sets up all that is needed first; arguments go to pytest."""
import os
import subprocess
import sys
from pathlib import Path

from lessons.launcher.environment import SetupProblem, ready_python

TOP = Path(__file__).resolve().parent.parent


def main(arguments):
    try:
        python = ready_python(TOP)
        return subprocess.call([str(python), "-m", "pytest", "--nbval"] + (arguments or everything_at_once()), cwd=str(TOP))
    except SetupProblem as problem:
        return "error: {}".format(problem)
    except KeyboardInterrupt:
        return "Stopped."


def everything_at_once():
    """A worker of its own for each core, where there is more than one; for a few tests that would take longer."""
    return ["-n", "auto"] if (os.cpu_count() or 1) > 1 else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
