"""Make the exercises from the notebooks here, and record what these print: `python3 -m solutions`, for authors."""
import subprocess
import sys
from pathlib import Path

from exercises.grader.tasks import SourceProblem, exercise_from, sources, tasks_of
from lessons import desks
from lessons.start.environment import SetupProblem, ready_python
from solutions import overview

TOP = Path(__file__).resolve().parent.parent


def main():
    try:
        from lessons.start.record import record
    except ImportError:  # this Python has no Jupyter; the kit's environment has
        return subprocess.call([str(ready_python(TOP)), "-m", "solutions"], cwd=str(TOP))
    for path in sources():
        print(f"{path.name}: {', '.join(task.name for task in tasks_of(path))}", flush=True)
        record(path)
        desks.write(TOP / "exercises" / path.name, exercise_from(path))
    desks.write(TOP / "lessons" / "README.md", overview.index_of_facts().encode("utf-8"))
    page = TOP / "solutions" / "README.md"
    desks.write(page, overview.teachers_page(page.read_text(encoding="utf-8")).encode("utf-8"))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SetupProblem, SourceProblem) as problem:
        sys.exit(f"error: {problem}")
