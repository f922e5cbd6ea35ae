"""Writes a course folder for nbgrader: its configuration, and an assignment for each lesson, or one for several.

Nothing in the folder contains an answer, a hint or a check, so nothing can get from there to the learners. nbgrader's
own way is a source with solutions, which it removes. But it would publish all that it doesn't know: the hints, and the
other right and wrong answers in `solutions/`. So its source are the exercises, and the grader stays in the kit.
"""
import json
import re
from pathlib import Path

from exercises.grader import tasks
from exercises.isolation.processes import GraderProblem
from exercises.submissions import reports
from lessons import files, notebooks
from lessons.notebooks import KIT
from lessons.outputs import OutputFolder

NOT_THERE = ("drills", "drill", "drill-answer", "progress", "next")  # ids of cells that need the rest of the course
NAME = re.compile(r"[^+/\\*?\[\]]+")  # of an assignment: what nbgrader allows, and what a file can be called everywhere
KIT_LINE = re.compile(r"(?m)^KIT = .*$")
# nbgrader goes on without a configuration that raises an ordinary error, and would then run what learners wrote.
CONFIGURATION = '''"""nbgrader's configuration of this course, made by `python3 -m exercises export nbgrader`."""
import sys
from pathlib import Path

# Where the reload course is, with its grader. It's only here, so learners don't get it with an assignment.
KIT = {kit!r}
sys.path.insert(0, KIT)
try:
    from exercises.exports import nbgrader_pipeline
except ImportError as problem:
    raise SystemExit(f"The reload course in {{KIT}} can't be used, and only it can grade ({{problem}}). If you moved "
                     f"it, type where it is now: python3 -m exercises export nbgrader {{str(Path(__file__).parent)!r}}")

c = get_config()  # noqa: F821, nbgrader defines it
nbgrader_pipeline.configure(c)
c.CourseDirectory.course_id = {name!r}
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# c.Exchange.root = "/srv/nbgrader/exchange"  # a folder that you and the learners share
# c.CourseExporter.seed = "..."  # other made-up words, for example for an exam
# c.CourseExporter.sandbox = False  # on macOS and Windows, where there's none: grade only people you trust this way
'''


def export(options) -> int:
    """Write the course folder that the command line names, and say what to type next. Return the exit status.

    Raises GraderProblem if the folder contains something else, or if there's no such lesson.
    """
    course, stems = Path(options.folder), sorted(reports.exercises_of(options.lessons))
    if options.assignment and not NAME.fullmatch(options.assignment):
        raise GraderProblem(f"{options.assignment!r} can't be the name of an assignment. Use letters, digits, - and _")
    try:
        folder = OutputFolder(course)
    except FileExistsError as problem:
        raise GraderProblem(str(problem)) from None
    assignments, kept = [options.assignment or stem for stem in stems], list[Path]()
    finder = Path(__file__).with_name("find_practice.py").read_bytes()
    for assignment, stem in zip(assignments, stems):
        kept += _write(folder, f"source/{assignment}/{stem}.ipynb", notebook_for(stem))
        kept += _write(folder, f"source/{assignment}/practice.py", finder)
    _write_configuration(folder)
    folder.finish()
    for path in dict.fromkeys(kept):
        print(f"Not replaced, because it has other contents: {path}. For the course's version, delete it first.")
    print(f"Exercises of {len(stems)} lessons, in {len(set(assignments))} assignments. To make what learners get, type "
          f"in {course}: nbgrader generate_assignment {assignments[0]}")
    return 0


def notebook_for(stem: str) -> bytes:
    """Return an exercise notebook as nbgrader hands it out."""
    content = json.loads(tasks.exercise_from(tasks.SOLUTIONS / f"{stem}.ipynb"))
    return notebooks.as_bytes({**content, "cells": [cell for cell in content["cells"] if cell["id"] not in NOT_THERE]})


def _write(folder: OutputFolder, name: str, data: bytes) -> list[Path]:
    """Write a file unless one with other contents is there, such as a teacher's version; return that one's path."""
    path = folder.path / name
    if path.exists() and path.read_bytes() != data:
        return [path]
    folder.write(name, data)
    return []


def _write_configuration(folder: OutputFolder) -> None:
    """Write nbgrader's configuration, or only where the kit is now, if a teacher has changed the rest."""
    path = folder.path / "nbgrader_config.py"
    if path.exists():
        old = path.read_text(encoding="utf-8")
        files.write(path, KIT_LINE.sub(lambda _: f"KIT = {str(KIT)!r}", old).encode("utf-8"))
    else:
        name = re.sub(r"[^\w.-]+", "-", folder.path.resolve().name)
        folder.write(path.name, CONFIGURATION.format(kit=str(KIT), name=name).encode("utf-8"))
