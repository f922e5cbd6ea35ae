"""Replaces the processes of answers in a browser tab, which can't start any.

There the notebook's own interpreter runs the answer, so an answer can tamper with the verdict if it wants to. A check
in a tab is only for the learner. `python3 -m exercises grade` gives grades, where it can start processes.
"""
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from exercises.isolation import runner
from exercises.isolation.processes import LIMITS, SECONDS, OutOfTime, SubprocessLauncher

_LIBRARY = tuple(str(folder) + os.sep for folder in (Path(os.__file__).parent, Path(__file__).parents[2]))
ONE_LINE_LOOPS = sys.version_info < (3, 12)  # up to then, `while True: pass` makes no event for each turn
_asked: list["Process"] = []  # the process that is asked now


class Late(BaseException):
    """Ends an answer that takes too long."""


class Process:
    """What `processes.Process` is elsewhere: a namespace and loaded modules of its own, and the same guard."""

    descriptor: int | None = None

    def __init__(self, folder: Path):
        self._settings: dict[str, Any] = {**LIMITS, "folder": str(folder)}
        self._modules: dict[str, ModuleType] = {}
        self._written: list[str] = []
        self._writes_no_bytecode = True
        self._path = [str(folder), *sys.path]
        library = [os.path.realpath(entry) for entry in sys.path if entry]
        self.guard = runner.guard(os.path.realpath(folder), library, self._written)
        with self._at_work():
            self._namespace = runner.answer_namespace(str(folder))

    def ask(self, action: str, code: str = "") -> dict[str, Any]:
        """Return the runner's reply to a request. Raises OutOfTime."""
        deadline = time.monotonic() + SECONDS

        def watch(frame, event, _):
            if ONE_LINE_LOOPS and event == "call" and frame.f_code.co_filename == runner.ANSWER:
                frame.f_trace_opcodes = True  # slow: an answer takes several times as long
            if time.monotonic() > deadline:
                raise Late
            return watch

        with self._at_work():
            _asked.append(self)
            sys.settrace(watch)
            try:
                reply = runner.perform(action, code, self._namespace, self._settings, self._written)
            finally:
                sys.settrace(None)
                _asked.pop()
        if reply.get("error", {}).get("type") == Late.__name__:
            raise OutOfTime(f"{SECONDS} seconds")
        return reply

    def kill(self) -> None:
        """Do nothing: there's no process to end."""

    @contextlib.contextmanager
    def _at_work(self):
        """Replace the notebook's own modules, folder and streams by this process's, in a `with` statement."""
        kept, path, folder, streams = _own_modules(), sys.path[:], os.getcwd(), (sys.stdout, sys.stderr)
        switch, sys.dont_write_bytecode = sys.dont_write_bytecode, self._writes_no_bytecode
        temporary, tempfile.tempdir = tempfile.tempdir, self._settings["folder"]
        _exchange(kept, self._modules)
        os.chdir(self._settings["folder"])
        sys.path[:] = self._path
        try:
            yield
        finally:
            self._modules = _own_modules()
            _exchange(self._modules, kept)
            os.chdir(folder)
            self._path, sys.path[:] = sys.path[:], path
            sys.stdout, sys.stderr = streams
            tempfile.tempdir = temporary
            self._writes_no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, switch


class TabLauncher(SubprocessLauncher):
    """Starts what a browser tab has instead of a process."""

    def start(self, folder: Path) -> Process:  # type: ignore[override]
        """Start what serves an answer in a folder."""
        return Process(folder)


def _own_modules():
    """Return the loaded modules that are neither in Python's library nor in a package, name -> module."""
    return {name: module for name, module in sys.modules.items() if name == "__main__" or
            isinstance(file := getattr(module, "__file__", None), str) and not file.startswith(_LIBRARY)}


def _exchange(modules, others):
    for name in modules:
        sys.modules.pop(name, None)
    sys.modules.update(others)


def _hook(event, arguments):
    """The guard of the process that is asked. Python never removes an audit hook, so all processes share one."""
    if _asked:
        _asked[-1].guard(event, arguments)


sys.addaudithook(_hook)
