"""What appears under a cell once it has run: how a prediction came out, the explanation, and at last how all did.

The learner's copy of a lesson has no explanations in it, so that learners predict before they read the answer. They
wait in a hidden file, and appear when their cell has run. In `lessons/` itself they're in the notebooks.
"""
import sys
import textwrap

from workbench import predictions, workspace

_ids_of_source = {}  # source -> ids of the cells that ran with it, in a front end that has its own ids
_is_running = False


def follow_the_runs():
    """From now on, show what belongs to each cell after it has run. Outside of lessons, do nothing."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not shell:
        return
    predictions.register(shell)
    if workspace.explanations():
        for event, callback in (("pre_run_cell", before), ("post_run_cell", after)):
            for old in list(shell.events.callbacks[event]):  # left by an earlier load of this file
                if getattr(old, "__module__", None) == __name__:
                    shell.events.unregister(event, old)
            shell.events.register(event, callback)


def before(info):
    """Prepare for the run of a cell; `info` is IPython's ExecutionInfo."""
    global _is_running
    cell_id, source = getattr(info, "cell_id", None), info.raw_cell.removesuffix("\n")  # some front ends add a line end
    workspace.running.update(id=cell_id, source=source, known=_cell(cell_id, source))
    predictions.listener.start()
    _is_running = True


def after(result):
    """Display what belongs to the cell of `result`, IPython's ExecutionResult, unless it failed unexpectedly."""
    global _is_running
    if not _is_running:  # the cell that imported the workbench
        before(result.info)
    _is_running = False
    predictions.listener.stop(result)
    cell = workspace.running["known"]
    if cell and (result.success or cell["raises"]):
        show(cell, result.success)


def show(cell, succeeded):
    """Display how the prediction about a cell came out, and its explanations."""
    from IPython.display import Markdown, display
    if workspace.IN_BROWSER and not succeeded:
        from workbench import browser_tab
        browser_tab.show_error()
    comparison = predictions.compare(cell, predictions.listener.shown())
    if comparison:
        display(comparison)
    for text in cell["texts"]:
        display(Markdown(set_off(text)))
    if recap := _recap_after(cell):
        display(recap)


def _recap_after(cell):
    """Return how the lesson's predictions came out, if `cell` is its last one."""
    lesson, lessons = workspace.lesson(), workspace.explanations()
    cells = lessons.get(lesson, [])
    if cell not in cells[-1:]:
        return None
    return predictions.recap([each for each in cells if each["outcomes"]], course_done=lesson == max(lessons))


def set_off(text):
    """Return a text as a quotation. Front ends show a bar beside it, so it doesn't look like the next question."""
    return textwrap.indent(text, "> ", lambda line: True)


def _cell(cell_id, source):
    """Return the stored cell that runs, or None. A learner may change its source, or a front end its id."""
    cells = workspace.known_cells()
    if workspace.lesson() in workspace.explanations():  # elsewhere only the source counts: lessons share ids
        for cell in cells:
            if cell["id"] == cell_id:
                return cell
    alike = [cell for cell in cells if cell["source"] == source]
    return alike[min(_turn(cell_id, source), len(alike) - 1)] if alike else None


def _turn(cell_id, source):
    """Return how many other cells with this source ran before, because only their order distinguishes them."""
    ids = _ids_of_source.setdefault(source, [])
    if cell_id is None or cell_id not in ids:
        ids.append(cell_id)
        return len(ids) - 1
    return ids.index(cell_id)
