"""Runs in Gradescope's container: grades what's in the folder `submission`, and writes `results/results.json`.

Everyone gets results, with the same points and messages as from `grade`, even if the grader fails. What's printed is
shown to instructors only. Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/

Answers run in a sandbox if the container allows one. Docker's usual containers don't, and Gradescope's seem to be such:
they lack the rights for a firewall (https://saligrama.io/blog/gradescope-autograder-security/). There, Linux keeps
answers from the results with Landlock, which Docker allows (https://github.com/moby/moby/pull/43199). The grader tries
whether that works, and if it doesn't, it grades nothing, unless the archive was made with --no-sandbox.
"""
import argparse
import sys
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

from exercises.exports import chosen
from exercises.isolation import fork_server
from exercises.isolation.processes import GraderProblem
from exercises.submissions import grade, reports
from exercises.submissions.collect import Batch, Submission
from lessons import files
from lessons.notebooks import KIT

NOT_YOURS = "The 0 points aren't your grade. Tell your teacher"


def main(arguments: list[str]) -> None:
    """Grade the submission in the folder beside the kit's, and write its results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lessons", required=True)
    parser.add_argument("--no-sandbox", action="store_true")
    options = parser.parse_args(arguments)
    exercises = reports.exercises_of(options.lessons)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        results = graded(KIT.parent / "submission", exercises, options.no_sandbox)
    except Exception as problem:  # of any kind, because a learner without results learns nothing
        traceback.print_exc(file=sys.stdout)
        reason = str(problem) if isinstance(problem, GraderProblem) else f"the grader failed ({type(problem).__name__})"
        results = not_graded(reason, exercises)
    files.write(KIT.parent / "results" / "results.json", reports.as_json(results).encode("utf-8"))


def graded(folder: Path, exercises: Collection[str], no_sandbox: bool) -> dict[str, Any]:
    """Return the results of the submission in a folder, in Gradescope's format. Raises GraderProblem."""
    sandboxed = _sandboxed(no_sandbox)
    submission = next(iter(Batch(folder, layout="one")), Submission("", problems=["no notebook was submitted"]))
    if submission.broken:
        raise GraderProblem(submission.broken)
    with fork_server.ForkServer(sandboxed) as launcher:
        return reports.gradescope(chosen.graded(submission, exercises, "", launcher))


def not_graded(reason: str, exercises: Collection[str]) -> dict[str, Any]:
    """Return the results of a submission that couldn't be graded, in Gradescope's format."""
    return reports.gradescope(chosen.only(grade.not_graded(Submission(""), f"{reason}. {NOT_YOURS}"), exercises))


def _sandboxed(no_sandbox: bool) -> bool:
    """Tell the instructors what keeps answers in, and return whether that's a sandbox. Raises GraderProblem."""
    words, sandboxed = fork_server.containment()
    if sandboxed:
        print(f"Each answer runs in {words}.")
        return True
    without = fork_server.without_sandbox()
    print(f"There's no sandbox here, because {words}. {without}")
    if without != fork_server.KEPT_APART and not no_sandbox:
        print("So nothing is graded. To grade anyway, export the autograder again, with --no-sandbox.")
        raise GraderProblem("this machine doesn't keep an answer from changing its grade")
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
