"""Grades only the lessons that the teacher set, and says which notebooks don't count."""
from collections.abc import Collection
from pathlib import Path
from typing import Any

from exercises.grader.grading import answers_in
from exercises.isolation.processes import Launcher
from exercises.submissions import grade
from exercises.submissions.collect import Submission
from exercises.submissions.reports import NOT_SET
from lessons.notebooks import NotebookProblem


def graded(submission: Submission, exercises: Collection[str], seed: str, launcher: Launcher) -> dict[str, Any]:
    """Return the result of a submission in the exercises that were set. Raises GraderProblem if the grader fails."""
    others = _leave_out_others(submission, exercises)
    result = grade.grade_submission(submission, seed, launcher)
    return {**only(result, exercises), "notes": result["notes"] + others}


def only(result: dict[str, Any], exercises: Collection[str]) -> dict[str, Any]:
    """Return a result with only the tasks of the exercises that were set."""
    return {**result, "tasks": [task for task in result["tasks"] if task["notebook"] in exercises]}


def _leave_out_others(submission: Submission, exercises: Collection[str]) -> list[str]:
    """Take the notebooks out of a submission that weren't set, because time is short. Return a sentence on each."""
    kept, said = [], []
    for label, time, data in submission.notebooks:
        try:
            known = next(iter(answers_in(Path(label), data)[0])).notebook in exercises
        except NotebookProblem:
            known = True  # then what's wrong with it is said
        if known:
            kept.append((label, time, data))
        else:
            said.append(f"{label} {NOT_SET}")
    submission.notebooks = kept
    return said
