"""Make the exercises, indexes and the README's picture from the notebooks: `python3 -m solutions`, for authors."""
import importlib.util
import subprocess
import sys

from lessons.launcher.environment import SetupProblem, ready_python
from lessons.notebooks import KIT, NotebookProblem


def main():
    if not importlib.util.find_spec("nbclient"):  # this Python has no Jupyter; the kit's environment has
        return subprocess.call([str(ready_python(KIT)), "-m", "solutions"], cwd=str(KIT))
    from solutions.authoring.build import build
    return build()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SetupProblem, NotebookProblem) as problem:
        sys.exit(f"error: {problem}")
