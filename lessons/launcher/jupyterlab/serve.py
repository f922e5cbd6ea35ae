"""Start JupyterLab at a lesson with its source file beside it: `python serve.py LESSON SOURCE [ARGUMENT ...]`.

Runs in the environment, and in the folder `work`, to which the paths are relative; SOURCE may be "". The arguments are
JupyterLab's own.
"""
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKSPACES = Path(".jupyterlab", "workspaces")  # inside `work`, so that the user's own workspaces stay as they are
NAME = "course"


def main(lesson, source, *arguments):
    from jupyterlab.labapp import LabApp
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    WorkspacesManager(str(WORKSPACES)).save(NAME, json.dumps(workspace(lesson, source)))
    LabApp.launch_instance(argv=options(Path.cwd(), arguments) + list(arguments))


def options(work, given):
    """The kit's options, which go before the user's configuration files; JupyterLab refuses an option given twice."""
    ours = {"ServerApp.root_dir": work,
            "LabApp.default_url": f"/lab/workspaces/{NAME}",
            "LabApp.workspaces_dir": work / WORKSPACES,
            "LabApp.app_settings_dir": HERE,  # overrides.json: what users have set in JupyterLab itself still counts
            "LabApp.extra_labextensions_path": HERE}
    theirs = {argument.partition("=")[0].lstrip("-") for argument in given}
    if "notebook-dir" in theirs:  # its other name
        theirs.add("ServerApp.root_dir")
    return [f"--{name}={value}" for name, value in ours.items() if name not in theirs]


def workspace(lesson, source):
    """The layout, as JupyterLab stores it: the lesson at the left and its source file at the right."""
    documents = {f"notebook:{lesson}": {"data": {"path": lesson, "factory": "Notebook"}}}
    if source:
        documents[f"editor:{source}"] = {"data": {"path": source, "factory": "Editor"}}
    tabs = [{"type": "tab-area", "currentIndex": 0, "widgets": [document]} for document in documents]
    dock = {"type": "split-area", "orientation": "horizontal", "sizes": [0.6, 0.4][:len(tabs)], "children": tabs}
    layout = {"main": {"dock": dock, "current": f"notebook:{lesson}"}}
    return {"data": {"layout-restorer:data": layout, "file-browser-filebrowser:cwd": {"path": "lessons"}, **documents},
            "metadata": {"id": NAME}}


if __name__ == "__main__":
    main(*sys.argv[1:])
