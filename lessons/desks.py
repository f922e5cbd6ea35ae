"""The desk: the folder in which one run of a notebook lays out its modules.

In the learner's copy each notebook has a desk of its own (`desk/03_.../`), whose files stand open in the editor.
Elsewhere, and for a second run of the same notebook at the same time, the desk is a temporary folder.
"""
import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

IN_BROWSER = sys.platform == "emscripten"  # there the notebooks are in one place, and this file is in another
DESKS = (Path.cwd() if IN_BROWSER else Path(__file__).parent) / "desk"
_held_locks = []
LOG = ".written-by-the-kit"  # digests of what the kit wrote: anything else was written by hand


@lru_cache(maxsize=None)
def folder():
    """The desk of this run: always the same folder, and no other run's."""
    own = DESKS / lesson() if lesson() else None
    if own and own.is_dir():
        if IN_BROWSER or _lock(own / ".in-use"):  # a browser knows no locks
            return own
        print("Another kernel uses this lesson's files, so this one works on a copy. To edit by hand, shut down the "
              "other one (Kernel > Shut Down) and restart this one.")
    temporary = Path(tempfile.mkdtemp(prefix="reload-desk-")).resolve()
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return temporary


def lesson():
    """The file stem of the notebook beside this file that runs in this kernel; None for others or when nobody tells.

    The Jupyter server tells it in the environment, VS Code in the notebook's own names.
    """
    if IN_BROWSER:
        import browser
        return browser.lesson()
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    told = os.environ.get("JPY_SESSION_NAME") or (shell and shell.user_ns.get("__vsc_ipynb_file__"))
    here = told and Path(told).resolve().parent == DESKS.resolve().parent  # an exercise goes by the same name
    return Path(told).stem if here else None


def note(path, data):
    """Remember that it is the kit that writes `data` to the file `path`."""
    with open(path.parent / LOG, "a", encoding="ascii") as log:
        log.write(_digest(data) + "\n")


def is_handmade(path):
    """Whether someone other than the kit wrote what stands in the file `path` now."""
    log = path.parent / LOG
    return path.exists() and not (log.exists() and _digest(path.read_bytes()) in log.read_text("ascii"))


def keep(path):
    """Copy a file to the next free name beside it: `spam.py` to `spam-kept-1.py`."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-kept-{number}{path.suffix}")).exists():
        number += 1
    shutil.copyfile(path, kept)
    print(f"What you wrote in {path.name} is kept in {kept.name}.")


def write(path, data, mode=None):
    """Write a file whole or not at all, making the folders that it needs; without a mode it keeps the one it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode is None:
        mode = path.stat().st_mode if path.exists() else 0o644
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, mode)
        _replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _replace(temporary, path):
    """Put a file in another's place. Windows refuses for as long as a program, such as JupyterLab, reads either."""
    for wait in (0.02, 0.1, 0.5):
        try:
            return os.replace(temporary, path)
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(wait)
    os.replace(temporary, path)


def _digest(data):
    return hashlib.sha256(data).hexdigest()


def _lock(path):
    """Whether this process now holds the lock on `path`; the system frees it when the process ends, however it ends."""
    file = open(path, "a")
    if takes(file):
        _held_locks.append(file)
        return True
    file.close()
    return False


def takes(file):
    """Whether this process now holds the lock on an open file. A file system without locks refuses nobody."""
    try:
        if os.name == "nt":
            import msvcrt
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass  # some network file systems know no locks
    return True
