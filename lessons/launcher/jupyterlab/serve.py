"""Starts JupyterLab at a lesson with its source file beside it: `python serve.py LESSON SOURCE [ARGUMENT ...]`.

Runs in the environment, and in the folder `work`: the paths are relative to it, and SOURCE may be "". The arguments go
to JupyterLab. The terminal shows its address and how to stop it, and a log has everything else that it prints.
"""
import contextlib
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KIT = HERE.parents[2]
WORKSPACES = Path(".jupyterlab", "workspaces")  # inside `work`, so that the user's own workspaces don't change
NAME = "course"
LAST_LINES = 5  # of the log, shown in the terminal if JupyterLab fails


def main(lesson, source, *arguments):
    sys.path.append(str(KIT))
    from jupyterlab_server.workspaces_handler import WorkspacesManager
    from lessons.launcher import environment, learner_copy, locks

    try:
        running = locks.hold_as_jupyterlab(Path.cwd())  # until this process ends, so that a reset refuses
        WorkspacesManager(str(WORKSPACES)).save(NAME, json.dumps(workspace(lesson, source)))
        log = WORKSPACES.parent / f"{Path(running.name).name}.log"  # several may run
        log.write_bytes(b"")
    except OSError as error:
        sys.exit(f"error: {environment.explained(error, Path.cwd(), learner_copy.MEGABYTES)}")
    os.environ["RELOAD_COURSE_PICTURE_PANEL"] = "on"  # for the kernels: this JupyterLab has the panel
    with errors_go_to(log):
        run(options(Path.cwd(), arguments) + list(arguments), log)


def run(arguments, log):
    """Run JupyterLab until the learner stops it, and print where it is once it answers."""
    from jupyterlab.labapp import LabApp
    from lessons import PYTHON
    from tornado.ioloop import IOLoop

    def announce(server):
        anywhere = server.ip in ("", "0.0.0.0")  # the public address has this machine's name, which may lead nowhere
        print(f"Address: {server.local_url if anywhere else server.public_url}\n"
              f"To stop: press Ctrl-C twice. Log: {Path.cwd().name}/{log.as_posix()}", flush=True)

    def initialize(*arguments, **options):
        server, loop = own(*arguments, **options), IOLoop.current()  # on Windows, the server changes the kind of loop
        loop.add_callback(loop.add_callback, announce, server)  # a turn later: it gets its port in the first one
        return server

    own, LabApp.initialize_server = LabApp.initialize_server, initialize
    LabApp.launch_instance(argv=arguments)
    print(f"\nStopped. To continue, type: {PYTHON} -m lessons", flush=True)


@contextlib.contextmanager
def errors_go_to(log):
    """Write standard error, of this process and of its kernels, to the file `log`.

    If this process fails, its last lines are shown in the terminal, too.
    """
    terminal = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    except BaseException as ended:
        os.dup2(terminal, 2)  # for the traceback of a fault
        if not (isinstance(ended, SystemExit) and ended.code in (None, 0)):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print(*[line for line in lines if not line.startswith(("[I ", "[D "))][-LAST_LINES:],
                  f"error: JupyterLab has ended. The log is {Path.cwd().name}/{log.as_posix()}",
                  sep="\n", file=sys.stderr)
        raise


def options(work, given):
    """Return the course's options. They win over the user's configuration files, but not over the options `given`."""
    ours = {"ServerApp.root_dir": work,
            "LabApp.default_url": f"/lab/workspaces/{NAME}",
            "ContentsManager.allow_hidden": True,  # for the page "Course", which reads what the checks remember
            "LabApp.workspaces_dir": work / WORKSPACES,
            "LabApp.app_settings_dir": HERE,  # overrides.json; the user's settings in JupyterLab win over it
            "LabApp.extra_labextensions_path": HERE}
    theirs = {argument.partition("=")[0].lstrip("-") for argument in given}
    if "notebook-dir" in theirs:  # another name of the same option, and JupyterLab refuses an option given twice
        theirs.add("ServerApp.root_dir")
    return [f"--{name}={value}" for name, value in ours.items() if name not in theirs]


def workspace(lesson, source):
    """Return the layout, as JupyterLab stores it: the lesson on the left and its source file on the right.

    With it goes what the extension course-home shows and no notebook contains: the parts of the course.
    """
    from lessons.notebooks import PARTS
    documents = {f"notebook:{lesson}": {"data": {"path": lesson, "factory": "Notebook"}}}
    if source:
        documents[f"editor:{source}"] = {"data": {"path": source, "factory": "Editor"}}
    tabs = [{"type": "tab-area", "currentIndex": 0, "widgets": [document]} for document in documents]
    dock = {"type": "split-area", "orientation": "horizontal", "sizes": [0.6, 0.4][:len(tabs)], "children": tabs}
    layout = {"main": {"dock": dock, "current": f"notebook:{lesson}"}}
    return {"data": {"layout-restorer:data": layout, "file-browser-filebrowser:cwd": {"path": "lessons"},
                     "course-home:parts": PARTS, **documents},
            "metadata": {"id": NAME}}


if __name__ == "__main__":
    main(*sys.argv[1:])
