"""Grades one submission, with the one grader, from its answer cells only."""
import hashlib
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, ALesson, Answers, Verdict, answers_in, grade, grade_cells
from exercises.isolation import processes
from exercises.isolation.processes import Launcher
from exercises.submissions.collect import Submission, first
from lessons.notebooks import Damaged, NotebookProblem

NOT_GRADED = "NOT GRADED"  # a task's state if the grader failed
NOT_READ = "no readable notebook of this exercise"
AGAIN = "It must be saved in Jupyter and submitted again"
GRADERS = Path(tasks.__file__).parent, Path(processes.__file__).parent


@dataclass
class Contents:
    """What's in a learner's notebooks, as far as it counts."""
    answers: dict[str, tuple[dict[tasks.Task, Answers], bool]]  # exercise -> as `answers_in` returns them
    notes: list[str]
    unreadable: list[str]  # why a notebook can't be read

    def missing(self, submission: Submission) -> str:
        """Return what's said about the tasks of an exercise without a notebook."""
        return NOT_READ if submission.problems or self.unreadable else "no notebook of this exercise"


@dataclass(frozen=True)
class OneAnswer:
    """An answer to a task that isn't the course's, such as an exam's."""
    learner: str
    task: tasks.Task
    source: str


def grade_answer(answer: OneAnswer, seed: str, launcher: Launcher) -> dict[str, Any]:
    """Return the state, points, message and evidence of one answer. Raises GraderProblem if the grader itself fails."""
    draw = random.Random(f"{seed}|{answer.task.name}|{answer.source}")
    row = _row(answer.task, grade(answer.task, answer.source, launcher=launcher, draw=draw))
    return {key: row[key] for key in ("state", "points", "message", "evidence")}


def grade_submission(submission: Submission, seed: str, launcher: Launcher) -> dict[str, Any]:
    """Return the result of a submission in plain values: the same for the same submission, exercises and seed.

    Raises GraderProblem if the grader itself fails.
    """
    contents, verdicts = contents_of(submission), dict[str, Verdict]()
    for exercise in contents.answers:
        verdicts.update(grade_exercise(contents, exercise, seed, launcher))
    notes = ["submitted late"] if submission.late else []
    return {"learner": submission.learner, "id": submission.id, "submitted": submission.submitted,
            "notes": first(notes + contents.notes),
            "problems": sorted(submission.problems + first(sorted(contents.unreadable))),
            "tasks": [_row(task, verdicts.get(task.name), contents.missing(submission)) for task in tasks.all_tasks()]}


def contents_of(submission: Submission) -> Contents:
    """Return the answers in a submission's notebooks: of several notebooks of one exercise, those in the newest."""
    contents = Contents({}, [], [])
    exercises: dict[str, list[tuple]] = {}
    for label, _, data in submission.notebooks:  # the newest first
        try:
            answers, worked_in = _answers(label, data)
        except ALesson as lesson:
            contents.notes.append(str(lesson))
            continue
        except NotebookProblem as problem:
            contents.unreadable.append(f"{problem}. {AGAIN}" if isinstance(problem, Damaged) else str(problem))
            continue
        exercise = next(iter(answers)).notebook
        exercises.setdefault(exercise, []).append((label, answers, worked_in))
    for exercise, found in sorted(exercises.items()):
        label, answers, worked_in = found[0]
        if len(found) > 1:
            contents.notes.append(f"{len(found)} notebooks of {exercise}; the newest counts: {label}")
        contents.answers[exercise] = answers, worked_in
    return contents


def grade_exercise(contents: Contents, exercise: str, seed: str, launcher: Launcher) -> dict[str, Verdict]:
    """Return the verdicts on the tasks of one exercise, by name; none if there's no notebook of it.

    Raises GraderProblem if the grader itself fails.
    """
    answers, worked_in = contents.answers.get(exercise, ({}, False))
    return {task.name: grade_cells(task, texts, worked_in, launcher=launcher,
                                   draw=random.Random(f"{seed}|{task.name}|{texts[:1]}"))
            for task, texts in answers.items()}


def not_graded(submission: Submission, reason: str) -> dict[str, Any]:
    """Return the result of a submission that couldn't be graded, through no fault of the learner's."""
    rows = [{**_row(task, None), "state": NOT_GRADED, "message": reason} for task in tasks.all_tasks()]
    return {"learner": submission.learner, "id": submission.id, "submitted": submission.submitted,
            "notes": [f"{NOT_GRADED}: {reason}"],
            "problems": list(submission.problems), "tasks": rows}


def fingerprint(submission: Submission, seed: str) -> str:
    """Return a digest of everything that a submission's result depends on: the same digest, the same result.

    It ends with a digest of what was submitted, whoever did, whatever the files are called, and whoever grades it.
    """
    text = f"{seed}|{_kit()}|{submission.key}|{submission.late}|{submission.submitted}|{submission.problems}"
    digest = hashlib.sha256(text.encode("utf-8", "replace"))
    for label, _, data in submission.notebooks:  # their times don't count, so that a copy of a batch is the same batch
        digest.update(f"|{label}|{hashlib.sha256(data).hexdigest()}".encode("utf-8", "replace"))
    notebooks = sorted(hashlib.sha256(data).hexdigest() for _, _, data in submission.notebooks)
    submitted = hashlib.sha256("|".join(notebooks).encode("ascii")).hexdigest()[:32] if notebooks else ""
    return f"{digest.hexdigest()}.{submitted}"


def contents(fingerprint: str) -> str:
    """Return the part of a fingerprint that's about what was submitted: empty if that was no notebook."""
    return fingerprint.rpartition(".")[2]


@cache
def _kit() -> str:
    """Return a digest of the exercises and of the grader."""
    digest = hashlib.sha256()
    modules = [path for folder in GRADERS for path in sorted(folder.glob("*.py"))]
    for path in [*tasks.sources(), *modules, Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _answers(label: str, data: bytes) -> tuple[dict[tasks.Task, Answers], bool]:
    """Return the answers in a notebook, as `grading.answers_in` does."""
    return answers_in(Path(label), data)


def _row(task: tasks.Task, verdict: Verdict | None, missing: str = "") -> dict[str, Any]:
    """Return what the reports say about a task, in a fixed order."""
    state, message = (verdict.state, verdict.message) if verdict else (NOT_ATTEMPTED, missing)
    return {"task": task.name, "notebook": task.notebook, "state": state, "points": verdict.points if verdict else 0,
            "of": task.points, "message": message, "note": verdict.note if verdict else "",
            "evidence": str(verdict.evidence or "") if verdict else "",
            "misconception": task.misconception(message)}
