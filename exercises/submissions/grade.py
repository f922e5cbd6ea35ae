"""Marking one submission: by the one grader, from its answer cells alone."""
import hashlib
import random
import re
import tempfile
from functools import lru_cache
from pathlib import Path

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, answers_in, grade_cells
from lessons.notebooks import NotebookProblem

GRADER = Path(tasks.__file__).parent


def grade_submission(submission, seed, launcher):
    """The result of a submission, a dictionary of plain values, the same for the same submission, exercises and seed.

    Raises GraderProblem when the grader itself could not work.
    """
    notes = ["handed in late"] if submission.late else []
    homes, problems = {}, list(submission.problems)
    for label, time, data in submission.notebooks:
        try:
            answers, worked_in = _answers(label, data)
        except NotebookProblem as problem:
            problems.append(str(problem))
            continue
        home = next(iter(answers)).notebook
        homes.setdefault(home, []).append((_age(label), time, label, answers, worked_in))
    verdicts = {}
    for home, found in sorted(homes.items()):
        *_, label, answers, worked_in = max(found, key=lambda one: one[:3])
        if len(found) > 1:
            notes.append(f"{len(found)} notebooks of {home}; the newest counts: {label}")
        for task, texts in answers.items():
            draw = random.Random(f"{seed}|{task.name}|{texts[:1]}")
            verdicts[task.name] = grade_cells(task, texts, worked_in, launcher=launcher, draw=draw)
    return {"learner": submission.learner, "id": submission.id, "notes": notes, "problems": sorted(problems),
            "tasks": [_told(task, verdicts.get(task.name)) for task in tasks.all_tasks()]}


def fingerprint(submission, seed):
    """A digest of all that the result of a submission stands on: when it is the same, so is the result."""
    digest = hashlib.sha256(f"{seed}|{_kit()}|{submission.key}|{submission.late}|{submission.problems}".encode("utf-8", "replace"))
    # Of the times only their order counts: a batch that was copied is the same batch.
    for label, _, data in sorted(submission.notebooks, key=lambda notebook: (notebook[1], notebook[0])):
        digest.update(f"|{label}|{hashlib.sha256(data).hexdigest()}".encode("utf-8", "replace"))
    return digest.hexdigest()


@lru_cache(maxsize=None)
def _kit():
    """A digest of the exercises and of the grader."""
    digest = hashlib.sha256()
    for path in [*tasks.sources(), *sorted(GRADER.glob("*.py")), Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _answers(label, data):
    """The answers in a notebook, as `grading.answers_in` gives them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, re.sub(r"[^\w.() -]", "_", label)[-100:])
        path.write_bytes(data)
        return answers_in(path)


def _age(label):
    """The number that a browser or a platform puts at the end of the name of a later copy: 0 for the first."""
    number = re.search(r"[ -]\(?(\d{1,3})\)?\.ipynb$", label)
    return int(number[1]) if number else 0


def _told(task, verdict):
    """What is told of a task: plain values in a fixed order."""
    state, message = (verdict.state, verdict.message) if verdict else (NOT_ATTEMPTED, "no notebook of this exercise")
    return {"task": task.name, "notebook": task.notebook, "state": state, "points": verdict.points if verdict else 0,
            "of": task.points, "message": message, "note": verdict.note if verdict else "",
            "misconception": task.misconception(message)}
