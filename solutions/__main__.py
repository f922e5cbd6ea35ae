"""Make the exercises, indexes and the README's picture from the notebooks: `python3 -m solutions`, for authors."""
import argparse
import sys

from lessons import PYTHON
from lessons.launcher import rerun
from lessons.launcher.environment import SetupProblem
from lessons.notebooks import KIT, NotebookProblem


def main():
    argparse.ArgumentParser(prog=f"{PYTHON} -m solutions", description="Record the solutions, and make the exercises, "
                            "the indexes and the README's picture from the notebooks.").parse_args()
    rerun.need("nbclient", KIT)  # a bare Python has no Jupyter
    from solutions.authoring.build import build
    return build()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SetupProblem, NotebookProblem) as problem:
        sys.exit(f"error: {problem}")
