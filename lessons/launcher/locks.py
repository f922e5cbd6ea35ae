"""Locks in `work/.locks`: one for each lesson whose kernel runs, one for each JupyterLab that the course started.

A process holds its locks until it ends, however it ends. Nothing ever moves or deletes these files.
"""
import contextlib
import itertools

from lessons import files

FOLDER = ".locks"  # in `work`; the kernels lock their lessons there (see workbench/workspace.py)
JUPYTERLAB = "jupyterlab-"  # and a number, because several may run


def hold_as_jupyterlab(work):
    """Hold the lock of a running JupyterLab; return its file, which is unlocked when it's closed."""
    return next(filter(None, (files.hold(work / FOLDER / f"{JUPYTERLAB}{number}") for number in itertools.count(1))))


@contextlib.contextmanager
def none_running(work, number=""):
    """Hold the locks of all JupyterLabs and of a lesson, or of all lessons if `number` is "".

    Raises ValueError, which says what runs, if another process holds one of them.
    """
    prefixes = (JUPYTERLAB, f"{number}_" if number else "")
    names = sorted(path.name for path in (work / FOLDER).glob("*") if path.name.startswith(prefixes))
    with contextlib.ExitStack() as held:
        for name in sorted(names, key=lambda name: not name.startswith(JUPYTERLAB)):
            file = files.hold(work / FOLDER / name)
            if not file:
                raise ValueError(
                    "JupyterLab is still running. Press Ctrl-C twice where you started it"
                    if name.startswith(JUPYTERLAB) else
                    f"lesson {name.partition('_')[0]} is still running. Shut down its kernel")
            held.enter_context(file)
        yield
