"""Explanations that appear under a cell once it has run.

The learner's copy of a lesson has no explanations in it, so that learners predict before they read the answer. They
wait in a hidden file, and appear when their cell has run. In `lessons/` itself they're in the notebooks.
"""
import sys
import textwrap

from workbench import workspace

_ids_of_source = {}  # source -> ids of the cells that ran with it, in a front end that has its own ids


def follow_the_runs():
    """From now on, show the explanation of each cell after it has run; without explanations, do nothing."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell and workspace.explanations():
        for callback in list(shell.events.callbacks["post_run_cell"]):  # left by an earlier load of this file
            if getattr(callback, "__module__", None) == __name__:
                shell.events.unregister("post_run_cell", callback)
        shell.events.register("post_run_cell", show)


def show(result):
    """Display what belongs to the cell of `result`, an IPython ExecutionResult, unless it failed unexpectedly."""
    from IPython.display import Markdown, display
    source = result.info.raw_cell.removesuffix("\n")  # some front ends add a line end
    cell = _cell(getattr(result.info, "cell_id", None), source)
    if cell and (result.success or cell["raises"]):
        if workspace.IN_BROWSER and not result.success:
            from workbench import browser_tab
            browser_tab.show_error()
        for text in cell["texts"]:
            display(Markdown(set_off(text)))


def set_off(text):
    """Return a text as a quotation. Front ends show a bar beside it, so it doesn't look like the next question."""
    return textwrap.indent(text, "> ", lambda line: True)


def _cell(cell_id, source):
    """Return the stored cell that has run, or None. A learner may change its source, or a front end its id."""
    lessons = workspace.explanations()
    name = workspace.lesson()
    if name in lessons:
        cells = lessons[name]
        for cell in cells:
            if cell["id"] == cell_id:
                return cell
    else:  # an unknown lesson, or a renamed copy; only the source counts, because lessons share ids such as "start"
        cells = [cell for lesson in lessons.values() for cell in lesson]
    alike = [cell for cell in cells if cell["source"] == source]
    return alike[min(_turn(cell_id, source), len(alike) - 1)] if alike else None


def _turn(cell_id, source):
    """Return how many other cells with this source ran before, because only their order distinguishes them."""
    ids = _ids_of_source.setdefault(source, [])
    if cell_id is None or cell_id not in ids:
        ids.append(cell_id)
        return len(ids) - 1
    return ids.index(cell_id)
