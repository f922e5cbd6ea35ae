"""Make the exercises from the notebooks here, and record what these print: `python3 -m solutions`, for authors."""
import os
import subprocess
import sys
from pathlib import Path

from exercises.grader.tasks import SourceProblem, exercise_from, sources, tasks_of
from lessons.start.environment import SetupProblem, ready_python

TOP = Path(__file__).resolve().parent.parent


def main():
    try:
        from lessons.start.record import record
    except ImportError:  # this Python has no Jupyter; the kit's environment has
        return subprocess.call([str(ready_python(TOP)), "-m", "solutions"], cwd=str(TOP))
    for path in sources():
        print(f"{path.name}: {', '.join(task.name for task in tasks_of(path))}", flush=True)
        record(path)
        write_if_new(TOP / "exercises" / path.name, exercise_from(path))


def write_if_new(path, data):
    """Write a file whole or not at all, and leave it alone when it says so already."""
    if not path.exists() or path.read_bytes() != data:
        other = path.with_name(f".{path.name}.{os.getpid()}")
        other.write_bytes(data)
        os.replace(other, path)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SetupProblem, SourceProblem) as problem:
        sys.exit(f"error: {problem}")
