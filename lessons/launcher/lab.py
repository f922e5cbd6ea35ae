"""Opens JupyterLab in the learner's copy: a lesson on the left, its source file on the right."""
import os
from pathlib import Path

from lessons import notebooks
from lessons.launcher import learner_copy, rerun

SERVE = Path(__file__).resolve().with_name("jupyterlab") / "serve.py"


def open_lab(python, work, lesson, for_jupyter, browser):
    """Run JupyterLab at a lesson, with the interpreter `python` of the environment, until the learner stops it.

    `for_jupyter` is a list of arguments for JupyterLab, which win over the course's. Returns the exit status on
    Windows; elsewhere it doesn't return, because JupyterLab replaces this process.
    """
    os.environ.pop("PYTHONSAFEPATH", None)  # with it, a kernel wouldn't look for modules in the current directory
    print(f"Reloading Python modules: opening lesson {title(lesson)}", flush=True)
    command = command_line(python, work, lesson, for_jupyter if browser else ["--no-browser", *for_jupyter])
    return rerun.replace_by(command, work)


def command_line(python, work, lesson, for_jupyter):
    """Return the command that starts JupyterLab at a lesson; its paths are relative to the folder `work`."""
    source = source_beside(lesson)
    paths = [path.relative_to(work).as_posix() if path else "" for path in (lesson, source)]
    return [str(python), str(SERVE), *paths, *for_jupyter]


def source_beside(lesson):
    """Return the source file to show beside a lesson: spam.py, or the first that it edits; None if it edits none."""
    workspace = lesson.parents[1] / learner_copy.WORKSPACES / lesson.stem
    return min(workspace.glob("*.py"), key=lambda path: (path.name != "spam.py", path.name), default=None)


def title(lesson):
    """Return a lesson's heading, such as "01 Why does Python ignore my edit?", or else its file's name."""
    try:
        return notebooks.title(lesson).replace("`", "")
    except (ValueError, LookupError):
        return lesson.stem
