"""Open JupyterLab in the learner's copy: the lesson where they left off on the left, its source file on the right."""
import os
import subprocess
from pathlib import Path

from lessons import notebooks
from lessons.launcher import learner_copy

SERVE = Path(__file__).resolve().with_name("jupyterlab") / "serve.py"


def open_lab(python, work, for_jupyter, browser):
    """Run JupyterLab, with the interpreter `python` of the environment, in the folder `work` until it is stopped.

    `for_jupyter` is a list of arguments of JupyterLab's own; they win over the kit's. Returns the exit status, or does
    not return at all, where JupyterLab can take this process over.
    """
    lesson = learner_copy.left_off(work)
    print(f"Opening lesson {title(lesson)}\nTo stop: Ctrl-C twice.", flush=True)
    command = command_line(python, work, lesson, for_jupyter if browser else ["--no-browser", *for_jupyter])
    if os.name != "nt":
        os.chdir(work)
        os.execv(command[0], command)
    process = subprocess.Popen(command, cwd=work)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # JupyterLab gets it too, and asks whether it is meant


def command_line(python, work, lesson, for_jupyter):
    source = source_beside(lesson)
    paths = [path.relative_to(work).as_posix() if path else "" for path in (lesson, source)]
    return [str(python), str(SERVE), *paths, *for_jupyter]


def source_beside(lesson):
    """The source file to show beside a lesson: spam.py, or the first one that it edits; None if it edits none."""
    workspace = lesson.parents[1] / learner_copy.WORKSPACES / lesson.stem
    return min(workspace.glob("*.py"), key=lambda path: (path.name != "spam.py", path.name), default=None)


def title(lesson):
    """Return a lesson's heading, such as "01 Does a second import read the file again?", or its file's name without one."""
    try:
        return notebooks.title(lesson).replace("`", "")
    except (ValueError, LookupError):
        return lesson.stem
