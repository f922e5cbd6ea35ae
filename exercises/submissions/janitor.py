"""The janitor: a small process that outlives the grader, however that ends, and removes what's left behind.

It reads from a pipe that only the grader and its workers hold. The system closes that when the last of them has ended.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KIT = Path(__file__).resolve().parents[2]
FOLDERS = ("", "results", "feedback", "gradescope")  # within the folder of the grades
PATIENCE = 30  # seconds until it gives up on a folder that can't be removed


class Janitor:
    """Removes the grader's temporary folder and half-written files in `to` after its end; use it in a `with` statement.

    Workers that inherit the descriptors in `held` are waited for.
    """

    def __init__(self, to: Path):
        self._to = to
        self.held: list[int] = []

    def __enter__(self) -> "Janitor":
        from lessons import files
        self.folder = files.temporary_folder("grading", before=self._start)
        self._before, tempfile.tempdir = tempfile.tempdir, str(self.folder)  # so that all temporary folders are in it
        return self

    def __exit__(self, *_: object) -> None:
        tempfile.tempdir = self._before
        shutil.rmtree(self.folder, ignore_errors=True)
        self._process.stdin.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            pass  # it goes on by itself

    def _start(self, folder: Path) -> None:
        """Start the process before there's anything to remove, so that at no moment it's missing."""
        self._process = subprocess.Popen([sys.executable, "-I", "-S", "-B", __file__, folder, self._to.absolute(),
                                          str(os.getpid())], cwd=KIT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, **apart())
        if os.name != "nt":  # there a worker can't inherit a single descriptor, so folders are tried until they're free
            self.held = [self._process.stdin.fileno()]


def apart() -> dict:
    """Return the options of `Popen` that keep Ctrl-C and the end of a terminal from a process."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def main(folder: str, to: str, number: str) -> None:
    """Wait until the grader with this process number has ended, and clean up."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    while sys.stdin.buffer.read(1000):
        pass
    for part in FOLDERS:
        for path in Path(to, part).glob(f".*.{number}-*.part"):
            path.unlink(missing_ok=True)
    end = time.monotonic() + PATIENCE
    while os.path.lexists(folder) and time.monotonic() < end:
        _remove(folder)
        time.sleep(0.05)


def _remove(folder: str) -> None:
    if str(KIT) not in sys.path:
        sys.path.insert(0, str(KIT))
    from exercises.isolation.processes import remove  # not at the top, because usually nothing is left
    remove(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
