"""The workbench: what a lesson's kernel imports, always by the name `workbench`.

    source_files  fresh, edit_file: copy an example, make one edit in it
    processes     run_in_new_process: what would a restart do?
    pictures      picture: which name refers to which object
    picture_panel shows it beside the notebook after each cell, in the launcher's JupyterLab
    workspace     the folder in which one run of a notebook has its modules
    explanations  shows what belongs to a cell once it has run: how a prediction came out, and the explanation
    predictions   the cell magic %%predict, in which a learner writes predictions
    autoreload    notices when the user's IPython profile has switched autoreload on
    browser_tab   what replaces processes in a browser tab

Nothing here wraps what the lessons teach: `import` and `importlib.reload` are always Python's own.
"""
import sys
from pathlib import Path

if __name__ != "workbench":  # a second name would make a second module, with state of its own (see lesson 10)
    raise ImportError(f"import this package as workbench, not as {__name__}")
KIT = str(Path(__file__).resolve().parents[2])
if KIT not in sys.path:
    sys.path.append(KIT)  # the workbench shares lessons/files.py and more with the rest of the kit

from workbench import autoreload, explanations, picture_panel, workspace  # noqa: E402
from workbench.pictures import picture  # noqa: E402
from workbench.source_files import edit_file, fresh  # noqa: E402

if workspace.IN_BROWSER:
    from workbench.browser_tab import run_in_new_process
else:
    from workbench.processes import run_in_new_process

__all__ = ["edit_file", "fresh", "picture", "run_in_new_process"]

explanations.follow_the_runs()
picture_panel.follow_the_runs()
autoreload.say_if_on()
