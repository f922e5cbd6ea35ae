"""The learner's notebooks: where they are, when they were saved, and how one is laid out anew."""
import contextlib
import json
import shutil

from exercises.grader import tasks
from exercises.grader.grading import mark
from lessons import files, notebooks
from lessons.notebooks import NotebookProblem
from lessons.launcher.learner_copy import new_folder


def chosen_tasks(what):
    """The tasks that a word names: one by its name, a lesson's by its number, all for None. Raises KeyError."""
    if what is None:
        return tasks.all_tasks()
    if what.isdigit():
        found = [task for task in tasks.all_tasks() if task.notebook.startswith(f"{int(what):02}_")]
        if not found:
            there = sorted({task.notebook[:2] for task in tasks.all_tasks()})
            raise KeyError(f"there are no exercises of lesson {what}; there are those of: {', '.join(there)}")
        return found
    return [tasks.find(what)]


def paths(folder, chosen):
    """The notebooks in a folder that belong to the chosen tasks, in their order, also those that are not there."""
    return [folder / f"{stem}.ipynb" for stem in dict.fromkeys(task.notebook for task in chosen)]


def saved_at(folder):
    """When each notebook and source file in a folder was saved, path -> time."""
    times = {}
    for path in (path for pattern in ("*.ipynb", "**/*.py") for path in folder.glob(pattern)):
        with contextlib.suppress(FileNotFoundError):  # an editor's temporary file may be gone by now
            times[path] = path.stat().st_mtime_ns
    return times


def reset(folder, chosen, kept):
    """Lay out the cells of the chosen tasks anew, and keep copies of their notebooks in a new folder in `kept`.

    A notebook all of whose tasks are chosen, or that cannot be read, is laid out anew as a whole. Says what it did.
    """
    names = {task.name for task in chosen}
    kept = new_folder(kept)
    for stem in dict.fromkeys(task.notebook for task in chosen):
        source, path = tasks.SOLUTIONS / f"{stem}.ipynb", folder / f"{stem}.ipynb"
        clean = tasks.exercise_from(source)
        if path.exists():
            shutil.copyfile(path, kept / path.name)
            if not {task.name for task in tasks.tasks_of(source)} <= names:
                clean = _with_clean_cells(path, clean, names) or clean
        files.write(path, clean)
    return (f"Laid out anew: {', '.join(sorted(names))}. What was there is kept in {kept.parent.name}/{kept.name}. "
            "A notebook that is open shows it after File > Reload Notebook from Disk.")


def _with_clean_cells(path, clean, names):
    """The learner's notebook with the cells of these tasks as they were handed out; None when it cannot be read."""
    try:
        notebook = notebooks.read(path)
    except NotebookProblem:
        return None
    fresh = {mark(cell): cell for cell in json.loads(clean)["cells"]}
    ours = [f"{kind}-{name}" for name in names for kind in ("task", "answer", "check")]
    cells = [fresh[mark(cell)] if mark(cell) in ours else cell for cell in notebook["cells"]]
    there = {mark(cell) for cell in cells}
    cells += [fresh[lost] for lost in ours if lost not in there]  # deleted ones come back, at the end
    return notebooks.as_bytes({**notebook, "cells": cells})
