"""The workspace: the folder in which one run of a notebook has its modules.

In the learner's copy each lesson has its own (`workspace/03_.../`), whose files are open in the editor. Elsewhere, and
for a second run of the same notebook at the same time, the workspace is a temporary folder.
"""
import json
import os
import sys
from functools import cache
from pathlib import Path

from lessons import files, notebooks

IN_BROWSER = sys.platform == "emscripten"
NOTEBOOKS = Path.cwd()  # the folder of the notebook, which Jupyter makes the current one
FOLDER, EXPLANATIONS, LOCKS = "workspace", ".explanations.json", ".locks"  # in that folder; the locks one above
_held_locks = []
running = {"id": None, "source": "", "known": None}  # the cell that runs; the module explanations keeps it up to date


@cache
def folder():
    """Return the workspace of this run: always the same folder, and no other run's."""
    own = NOTEBOOKS / FOLDER / lesson() if lesson() else None
    if own and own.is_dir():
        held = IN_BROWSER or files.hold(NOTEBOOKS.parent / LOCKS / own.name)  # a browser has no locks
        if held:
            _held_locks.append(held)
            return own
        print("Another kernel uses this lesson's files, so this one works on a copy. To edit by hand, shut down the "
              "other one (Kernel > Shut Down) and restart this one.")
    return files.temporary_folder("workspace")


def lesson():
    """Return the file stem of the lesson that runs in this kernel; None for another notebook, or if it isn't known.

    The Jupyter server puts the path into an environment variable, VS Code into a global variable of the notebook.
    """
    if IN_BROWSER:
        return _lesson_in_tab()
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    path = os.environ.get("JPY_SESSION_NAME") or (shell and shell.user_ns.get("__vsc_ipynb_file__"))
    here = path and Path(path).resolve().parent == NOTEBOOKS.resolve()  # an exercise has the same name
    return Path(path).stem if here else None


@cache
def _lesson_in_tab():
    """Return the lesson whose first cell runs now. In a tab there's no other way to know it."""
    running = sys.modules["IPython"].get_ipython().history_manager.input_hist_raw[-1]
    return next((name for name, cells in explanations().items() if cells[0]["source"] == running), None)


@cache
def explanations():
    """Return what's known of the lessons' code cells: lesson -> list of dicts, as `notebooks.code_cells` returns it.

    In the learner's copy it's in a hidden file beside the notebooks, in a browser tab it's beside this file. In the
    folder `lessons` it comes from the notebooks, where the explanations are visible already. Elsewhere it's empty.
    """
    store = (Path(__file__).parent if IN_BROWSER else NOTEBOOKS) / EXPLANATIONS
    if store.exists():
        return json.loads(store.read_text(encoding="utf-8"))
    if NOTEBOOKS.resolve() == Path(__file__).resolve().parents[1]:
        return {path.stem: [{**cell, "texts": []} for cell in notebooks.code_cells(path)]
                for path in notebooks.lessons()}
    return {}


@cache
def facts():
    """Return the facts that the lessons show: number, such as "A-01" -> the fact in a sentence.

    A prediction may be about a fact of an earlier lesson.
    """
    cells = [cell for lesson in explanations().values() for cell in lesson]
    return {number: fact for cell in cells for number, fact in cell["facts"].items()}


def known_cells():
    """Return what's known of the code cells of the running lesson; of all lessons, if it isn't known which one runs."""
    lessons = explanations()
    return lessons.get(lesson()) or [cell for cells in lessons.values() for cell in cells]


def running_cell():
    """Return what's known of the cell that runs; None if it isn't a lesson's, or if the learner has changed it."""
    known = running["known"]
    return known if known and known["source"] == running["source"] else None
