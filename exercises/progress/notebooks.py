"""The learner's notebooks: where they are, what was saved since the last look, and how to reset them."""
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from exercises.grader import tasks
from exercises.grader.grading import Verdict, answers_in, grade_cells, grade_id
from exercises.grader.tasks import Task
from exercises.progress.store import Progress
from lessons import PYTHON, files, notebooks
from lessons.notebooks import NotebookProblem


def chosen_tasks(what: str | None) -> list[Task]:
    """Return the tasks that a word names: one by its name, a lesson's by its number, all for None. Raises KeyError."""
    if what is None:
        return tasks.all_tasks()
    if what.isdecimal():
        found = [task for task in tasks.all_tasks() if task.notebook.startswith(f"{int(what):02}_")]
        if not found:
            there = sorted({task.notebook[:2] for task in tasks.all_tasks()})
            raise KeyError(f"There are no exercises for lesson {what}. There are some for: {', '.join(there)}")
        return found
    return [tasks.find(what)]


def paths(folder: Path, chosen: Iterable[Task]) -> list[Path]:
    """Return the paths of the chosen tasks' notebooks in a folder, in their order, missing ones too."""
    return [folder / f"{stem}.ipynb" for stem in dict.fromkeys(task.notebook for task in chosen)]


class Grading:
    """Grades the chosen tasks in a folder, and at each further look only the answers that were changed since."""

    def __init__(self, folder: Path, chosen: list[Task]):
        self._folder, self._chosen = folder, chosen
        self._progress = Progress(folder)
        self._stamps: dict[Path, object] = {}
        self._graded: dict[Task, object] = {}
        self._unread: dict[Path, object] = {}
        self.verdicts: dict[Task, Verdict] = {}

    def look(self) -> tuple[list[Verdict], list[str]]:
        """Return the verdicts on the answers that are new since the last look, and what's wrong with notebooks.

        A notebook that can't be read may be half saved, so only a second look at the same file reports it.
        """
        verdicts, problems = [], []
        for path in paths(self._folder, self._chosen):
            stamp = _stamp(path)  # taken first, so that the next look sees a save during this one
            if stamp != self._stamps.get(path, ""):
                try:
                    verdicts += self._grade(path)
                    self._stamps[path] = stamp
                except NotebookProblem as problem:
                    if self._unread.pop(path, "") == stamp:
                        problems.append(problem_with(path, str(problem)))
                        self._stamps[path] = stamp
                    else:
                        self._unread[path] = stamp
        return verdicts, problems

    def _grade(self, path: Path) -> list[Verdict]:
        answers, worked_in = answers_in(path)
        verdicts = []
        for task, texts in answers.items():
            graded = texts, worked_in and task.given
            if task in self._chosen and graded != self._graded.get(task):
                verdicts.append(self._progress.note(grade_cells(task, texts, worked_in)))
                self._graded[task], self.verdicts[task] = graded, verdicts[-1]
        return verdicts


def problem_with(path: Path, problem: str) -> str:
    """Return what's wrong with a notebook, and what to do about it."""
    if not path.exists():
        problem = f"{path.name} isn't in {path.parent}. If you renamed it, give it back its old name"
    return f"{problem}. To reset it, type: {PYTHON} -m exercises reset {path.name[:2]}"


def _stamp(path: Path) -> object:
    """Return what changes when a file is saved; None if there's no such file."""
    try:
        status = path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino
    except OSError:
        return None


def reset(folder: Path, chosen: Iterable[Task], kept: Path) -> str:
    """Reset the cells of the chosen tasks, forget their progress, and return what it did, in words.

    The old notebooks are copied to a new folder in `kept`. Resets the whole notebook if all its tasks are chosen, or if
    it can't be read.
    """
    chosen = list(chosen)
    names = {task.name for task in chosen}
    kept, copied = files.new_folder(kept), False  # made first: without a place to keep things, nothing changes
    for path in paths(folder, chosen):
        source = tasks.SOLUTIONS / path.name
        clean = tasks.exercise_from(source)
        if path.exists() and path.read_bytes() != clean:
            copied = bool(shutil.copyfile(path, kept / path.name))
            if not {task.name for task in tasks.tasks_of(source)} <= names:
                clean = _with_clean_cells(path, clean, names) or clean
        files.write(path, clean)
    Progress(folder).forget(names)
    if not copied:
        kept.rmdir()
    where = f" What you wrote is kept in {kept.parent.parent.name}/{kept.parent.name}/{kept.name}." if copied else ""
    return (f"Reset {', '.join(sorted(names))}.{where} "
            "If a notebook is open, click File > Reload Notebook from Disk.")


def _with_clean_cells(path: Path, clean: bytes, names: set[str]) -> bytes | None:
    """Return the learner's notebook with new cells for these tasks; None if it can't be read."""
    try:
        notebook = notebooks.read(path)
    except NotebookProblem:
        return None
    fresh = {grade_id(cell): cell for cell in json.loads(clean)["cells"]}
    ours = [f"{kind}-{name}" for name in names for kind in ("task", "answer", "check")]
    cells = [fresh[grade_id(cell)] if grade_id(cell) in ours else cell for cell in notebook["cells"]]
    there = {grade_id(cell) for cell in cells}
    cells += [fresh[lost] for lost in ours if lost not in there]  # deleted ones come back, at the end
    return notebooks.as_bytes({**notebook, "cells": cells})
