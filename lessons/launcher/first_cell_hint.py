"""An IPython extension: it says what to do when a cell of the course fails because Python was restarted.

Each kernel of the environment loads it (see environment.py). In a notebook of the course, the first cell imports
`workbench` or `practice`. Until then a NameError, or a failed import of a lesson's module, has one more cause than
usual, so it's explained in one sentence. From then on, and in other notebooks, it's Python's own, because a lesson may
be about it.
"""
import sys
import textwrap
from pathlib import Path

KIT = Path(__file__).resolve().parents[2]
LEARNERS_COPY = ".kit.json"  # a file in the folder above the notebooks
IMPORTED_FIRST = {"workbench", "practice"}
WIDTH = 70  # characters in a line: a notebook beside a source file would break longer ones within a word
CAUSE = "Python was restarted, or hasn't run the first cell yet, so {} isn't {}. "
IN_LESSON = CAUSE + "Run the cells above this one first (in JupyterLab: Run > Run All Above Selected Cell)."
IN_EXERCISE = CAUSE + "Run the notebook's first code cell, then your answer, and then this cell."
IN_DRILL = CAUSE + 'Run the cell that begins with "from practice import answer, drill" first.'
OF_DRILLS = {"answer", "drill"}  # which the first cell doesn't import


def load_ipython_extension(shell):
    """Follow the NameErrors of a kernel; `shell` is IPython's InteractiveShell."""
    folder = Path.cwd()  # of the notebook
    if (folder.parent / LEARNERS_COPY).exists() or folder.resolve().parent == KIT:
        shell.set_custom_exc((NameError, ModuleNotFoundError), explain)
        shell.register_magic_function(predict, "cell")


def explain(shell, kind, error, traceback, tb_offset=None):
    """Show an error: in one sentence until the first cell has run, and then as always."""
    if IMPORTED_FIRST & sys.modules.keys():
        shell.set_custom_exc((), None)
    elif isinstance(error, NameError) or is_of_lesson(error.name):
        text = IN_LESSON if Path.cwd().name != "exercises" else IN_DRILL if error.name in OF_DRILLS else IN_EXERCISE
        missing = "defined" if isinstance(error, NameError) else "found"
        error._render_traceback_ = lambda: textwrap.wrap(text.format(error.name, missing), WIDTH)
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def is_of_lesson(module):
    """Return whether a lesson has this module, to which only its first cell leads Python."""
    top = str(module).partition(".")[0]
    return any(path.name in (top, f"{top}.py") for path in Path("workspace").glob("*/*"))


def predict(line, cell):
    """Say that `%%predict` isn't there yet. The workbench replaces this."""
    raise NameError("cell magic %%predict is not defined", name="%%predict")
