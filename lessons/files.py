"""Files: written whole or not at all, locked, deleted after use, and distinguished by who wrote them."""
import atexit
import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

LOG = ".written-by-the-kit"  # digests of what the kit wrote: anything else was written by hand
TEMPORARY = "reload-"  # how the names of the kit's temporary folders begin
OWNER = ".in-use-by-the-kit"  # a file in each of them, locked for as long as the process that made the folder lives
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # errors of a full disk, or a full share of it
LOCKED = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, 0}  # errors if another process has the lock; Wine's has no number


def write(path, data, mode=None, ready=lambda temporary: None):
    """Write `data`, bytes or an iterable of bytes, to a file, whole or not at all, and make the folders that it needs.

    Without a `mode` the file keeps its own, and a new file gets the one that the user's umask allows. Calls `ready`
    with the path of the new file before it replaces the old one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode is None and path.exists():
        mode = path.stat().st_mode
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "xb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
        if mode is not None:
            os.chmod(temporary, mode)
        ready(temporary)
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _replace(temporary, path):
    """Replace a file with another. Windows refuses while a program, such as JupyterLab, reads one of them."""
    for wait in (0.02, 0.1, 0.5):
        try:
            return os.replace(temporary, path)
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(wait)
    os.replace(temporary, path)


def lock(file, if_impossible=True):
    """Try to lock an open file; return whether this process holds the lock now.

    The system frees the lock when the process ends, however it ends. Where files can't be locked, as on some network
    file systems and in a browser, `if_impossible` is returned.
    """
    try:
        if os.name == "nt":
            import msvcrt
            os.lseek(file.fileno(), 0, os.SEEK_SET)  # Windows locks bytes: everyone must ask for the same one
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, AttributeError):  # in a browser, fcntl has no flock
        return if_impossible
    except OSError as problem:
        return if_impossible and problem.errno not in LOCKED
    return True


def hold(path):
    """Lock a file until the returned object is closed or this process ends; return None if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a")
    if lock(file):
        return file
    file.close()
    return None


def new_folder(parent):
    """Make and return a new folder in the folder `parent`, named by the time: for files that a reset replaces."""
    name, number = time.strftime("%Y-%m-%d_%H-%M-%S"), 1
    while True:
        folder = parent / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1


def temporary_folder(name, before=lambda folder: None):
    """Make a temporary folder that's deleted when this process ends, or by a later `sweep` if the process is killed.

    Calls `before` with its path before it's there.
    """
    sweep()
    while True:
        folder = Path(tempfile.gettempdir()).resolve() / f"{TEMPORARY}{name}-{secrets.token_hex(6)}"
        before(folder)
        folder.mkdir(mode=0o700)
        owner = open(folder / OWNER, "a")
        if lock(owner) and folder.exists():  # otherwise another process swept it before this one could lock it
            atexit.register(_delete, folder, owner)
            return folder
        owner.close()


def sweep():
    """Delete the temporary folders of the kit whose processes were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
        with contextlib.suppress(OSError):  # there's no such file, or it isn't ours
            owner = open(folder / OWNER, "r+")
            if lock(owner, if_impossible=False):
                shutil.rmtree(folder, ignore_errors=True)  # while it's locked, so that no process starts to use it
                _delete(folder, owner)
            owner.close()


def _delete(folder, owner):
    owner.close()  # Windows deletes no open file
    shutil.rmtree(folder, ignore_errors=True)


def note(path, data):
    """Remember that the kit, and not the learner, writes `data` to the file `path`."""
    with open(path.parent / LOG, "a", encoding="ascii") as log:
        log.write(_digest(data) + "\n")


def is_handmade(path):
    """Return whether the file `path` exists with contents that the kit didn't write."""
    log = path.parent / LOG
    return path.exists() and not (log.exists() and _digest(path.read_bytes()) in log.read_text("ascii"))


def keep(path):
    """Copy a file to the next free name beside it, `spam.py` to `spam-kept-1.py`, and return that path."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-kept-{number}{path.suffix}")).exists():
        number += 1
    shutil.copyfile(path, kept)
    return kept


def _digest(data):
    """Return a digest of a file's contents. All line endings are the same, because on Windows Python changes them."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
