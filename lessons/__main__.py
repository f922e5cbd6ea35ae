"""Open the course in JupyterLab: `python3 -m lessons`. Sets up everything that's needed first."""
import argparse
import os
import subprocess
import sys
from pathlib import Path

from lessons import PYTHON
from lessons.launcher import learner_copy
from lessons.launcher.environment import SetupProblem, explained, ready_python
from lessons.launcher.lab import open_lab

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / "work"


def main(arguments):
    parser = argparse.ArgumentParser(
        prog=f"{PYTHON} -m lessons", description="Open the course in JupyterLab, where you left off.",
        epilog="All other arguments go to JupyterLab, for example: --port 9999")
    parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    parser.add_argument("--reset", nargs="?", const="", metavar="NN", help="reset lesson NN and its exercises, or "
                        "everything without NN; your old files are kept in work/kept")
    options, for_jupyter = parser.parse_known_args(arguments)
    try:
        python = ready_python(TOP)
        if options.reset is not None:
            lesson = learner_copy.reset(TOP, WORK, options.reset)
            forget_progress(options.reset)
        else:
            learner_copy.update(TOP, WORK)
            lesson = learner_copy.left_off(WORK)
        return open_lab(python, WORK, lesson, for_jupyter, browser=not options.no_browser)
    except (SetupProblem, ValueError) as problem:
        return f"error: {problem}"
    except OSError as error:
        return f"error: {explained(error, TOP, learner_copy.MEGABYTES)}"
    except KeyboardInterrupt:
        return "Stopped. To continue, type the same command."


def forget_progress(number):
    """Make the exercises forget their progress in a lesson. In a process, because lessons import no exercises."""
    if number:  # a reset of everything has moved the progress to work/kept
        subprocess.run([sys.executable, "-m", "exercises", "reset", number, "--yes"], cwd=TOP, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(TOP)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
