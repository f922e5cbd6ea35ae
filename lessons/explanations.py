"""Explanations that appear under a cell once it has run.

In the learner's copy the explanations are taken out of the lessons, so that nobody reads an answer before predicting
it; they wait in a file and are shown when their cell has run. In `lessons/` itself they stand in the notebooks.
"""
import json
import sys
import textwrap
from pathlib import Path

import desks

STORE = Path(__file__).with_name(".explanations.json")  # lesson -> its code cells: id, source, raises, texts
_ids_of_source = {}  # source -> ids of the cells that ran with it, as a front end with ids of its own tells them


def follow_the_runs():
    """From now on, show the explanation of each cell after it has run; without a store, do nothing."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell and STORE.exists():
        for callback in list(shell.events.callbacks["post_run_cell"]):  # one that an earlier load of this file left
            if getattr(callback, "__module__", None) == __name__:
                shell.events.unregister("post_run_cell", callback)
        shell.events.register("post_run_cell", show)


def show(result):
    """Display what belongs to the cell of `result`, an IPython ExecutionResult, unless it failed unexpectedly."""
    from IPython.display import Markdown, display
    source = result.info.raw_cell.removesuffix("\n")  # some front ends add a line end
    cell = _cell(getattr(result.info, "cell_id", None), source)
    if cell and (result.success or cell["raises"]):
        if desks.IN_BROWSER and not result.success:
            import browser
            browser.show_error()
        for text in cell["texts"]:
            display(Markdown(set_off(text)))


def set_off(text):
    """A text as a quotation, which front ends show with a bar beside it: so it is not taken for the next question."""
    return textwrap.indent(text, "> ", lambda line: True)


def _cell(cell_id, source):
    """The cell that has run, or None. A learner changes its source, a front end its id: either is enough."""
    lessons = json.loads(STORE.read_text(encoding="utf-8"))
    name = desks.lesson()
    if name in lessons:
        cells = lessons[name]
        for cell in cells:
            if cell["id"] == cell_id:
                return cell
    else:  # nobody tells the lesson's name, or it is a copy under another one; and lessons share ids like "start"
        cells = [cell for lesson in lessons.values() for cell in lesson]
    alike = [cell for cell in cells if cell["source"] == source]
    return alike[min(_turn(cell_id, source), len(alike) - 1)] if alike else None


def _turn(cell_id, source):
    """How many other cells with this source have run before: those of a lesson are told apart by their order."""
    ids = _ids_of_source.setdefault(source, [])
    if cell_id is None or cell_id not in ids:
        ids.append(cell_id)
        return len(ids) - 1
    return ids.index(cell_id)
