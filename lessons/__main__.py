"""Open the course in JupyterLab: `python3 -m lessons`. Sets up all that is needed first."""
import argparse
import sys
from pathlib import Path

from lessons.launcher import learner_copy
from lessons.launcher.environment import SetupProblem, ready_python
from lessons.launcher.lab import open_lab

TOP = Path(__file__).resolve().parent.parent


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="python3 -m lessons", description="Open the course in JupyterLab, where you left off.",
        epilog="Further arguments go to JupyterLab, for example: --port 9999")
    parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    parser.add_argument("--reset", nargs="?", const="", metavar="NN", help="lay out lesson NN, or all of them, anew; "
                        "what you did is kept in work/kept")
    options, for_jupyter = parser.parse_known_args(arguments)
    try:
        python = ready_python(TOP)
        if options.reset is not None:
            learner_copy.reset(TOP, TOP / "work", options.reset)
        else:
            learner_copy.update(TOP, TOP / "work")
        return open_lab(python, TOP / "work", for_jupyter, browser=not options.no_browser)
    except (SetupProblem, ValueError) as problem:
        return "error: {}".format(problem)
    except OSError as problem:
        return "error: {} could not be written: {}".format(problem.filename or TOP, problem.strerror)
    except KeyboardInterrupt:
        return "Stopped. The same command goes on from here."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
