"""Writes an autograder for Gradescope: an archive with the grader, the solutions, and the two scripts that it starts.

Gradescope unpacks the archive into /autograder/source, runs setup.sh once, copies run_autograder to /autograder, and
runs that for each submission. Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""
import io
import zipfile
from collections.abc import Iterator
from modulefinder import ModuleFinder
from pathlib import Path

from exercises.exports import autograder
from exercises.grader import tasks
from exercises.isolation.processes import GraderProblem
from exercises.submissions import reports
from lessons import files
from lessons.notebooks import KIT

# The newest image of Gradescope's that all may use has Python 3.10, and grading needs no packages:
# https://gradescope-autograders.readthedocs.io/en/latest/base_images/
SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image. After that, grading needs no network.
command -v python3 >/dev/null || { apt-get update && apt-get install -y python3; }
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "This base image has $(python3 --version), and the course needs Python 3.10 or later." >&2
    echo "In Gradescope, choose the base image Ubuntu 22.04 or newer." >&2
    exit 1
}
python3 -m compileall -q "$(dirname "$0")"  # so that grading starts sooner
"""
# The first results are there before anything can fail. They stay if the grader is ended, or doesn't even start.
RUN = """\
#!/bin/sh
# Gradescope copies this file to the folder above, and runs it there for each submission.
cd "$(dirname "$0")" && mkdir -p results && cp source/not_graded.json results/results.json && cd source || exit 1
PYTHONPATH=. python3 -s -B -m exercises.exports.autograder {options}
exit 0  # results.json says what went wrong
"""
SCRIPTS = ("setup.sh", "run_autograder")
UNFINISHED = "the grader didn't finish, perhaps because there wasn't enough time or memory"


def export(options) -> int:
    """Write the archive `options.file`, and return the exit status. Raises GraderProblem or OSError.

    Only `options.lessons` count. With `options.no_sandbox`, it grades even where nothing keeps answers in.
    """
    to, numbers = Path(options.file), options.lessons
    exercises = reports.exercises_of(numbers)
    _check(to)
    files.write(to, _zipped(dict(_contents(numbers, exercises, options.no_sandbox))))
    points = sum(task.points for task in tasks.all_tasks() if task.notebook in exercises)
    print(f"{to} grades lessons {numbers}: {points} points. In Gradescope, create a programming assignment with "
          f"{points} autograder points, and upload this file where you configure its autograder.")
    return 0


def _check(to: Path) -> None:
    """Raise GraderProblem if that file shouldn't be written: it could be the submissions of a class."""
    if to.suffix.lower() != ".zip":
        raise GraderProblem(f"Gradescope needs an archive. Name a file that ends in .zip, rather than {to}")
    if not to.exists():
        return
    try:
        with zipfile.ZipFile(to) as archive:
            ours = {"not_graded.json", *SCRIPTS} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        ours = False
    if not ours:
        raise GraderProblem(f"{to} is there already, and it isn't an autograder of this course. Name another file")


def _contents(numbers: str, exercises: set[str], no_sandbox: bool) -> Iterator[tuple[str, bytes]]:
    """Yield what goes into the archive: paths and contents."""
    options = f"--lessons '{numbers}'" + " --no-sandbox" * no_sandbox
    yield "setup.sh", SETUP.encode()
    yield "run_autograder", RUN.format(options=options).encode()
    yield "not_graded.json", reports.as_json(autograder.not_graded(UNFINISHED, exercises)).encode("utf-8")
    for path in sorted({*_modules(), *tasks.sources()}):
        yield path.relative_to(KIT).as_posix(), path.read_bytes()


def _modules() -> set[Path]:
    """Return the kit's files that the autograder imports, and those that answers' processes run."""
    finder = ModuleFinder(path=[str(KIT)])
    finder.import_hook(autograder.__name__)
    paths = {getattr(module, "__file__", None) for module in finder.modules.values()}
    isolation = KIT / "exercises" / "isolation"
    return {*map(Path, filter(None, paths)), *isolation.glob("*.py")}


def _zipped(contents: dict[str, bytes]) -> bytes:
    """Return an archive, the same for the same contents, with scripts that can be run."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, also if it's written on Windows: else nothing can be run
            entry.external_attr = (0o100755 if name in SCRIPTS else 0o100644) << 16
            archive.writestr(entry, content)
    return data.getvalue()
