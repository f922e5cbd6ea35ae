"""A memory: a hidden file of JSON beside the notebooks, which no process loses and no damage stops."""
import contextlib
import copy
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lessons import files

LOCK = ".progress.lock"  # one for all memories in a folder
PATIENCE = 10  # seconds to wait for the lock; a process holds it for milliseconds
Entry = dict[str, Any]


class Damaged(Exception):
    """The memory can't be read as a whole; `rest` is what could be read."""

    def __init__(self, rest: dict[str, Entry]):
        super().__init__()
        self.rest = rest


class Memory:
    """Remembers entries, name -> dictionary, in the file `path`, or until this process ends if that can't be written.

    `is_sound` decides whether an entry has its form; `lost` is what a damaged file loses, and what to do about it. With
    `on_disk` False it neither reads nor writes the file.
    """

    def __init__(self, path: Path, is_sound: Callable[[str, Any], bool], lost: tuple[str, str], on_disk: bool = True):
        self.path, self._is_sound, self._lost, self._on_disk = path, is_sound, lost, on_disk
        self._unsaved, self._warned = dict[str, Entry](), False

    @property
    def is_unwritable(self) -> bool:
        """Whether something couldn't be written, so that it's lost when this process ends."""
        return self._on_disk and bool(self._unsaved)

    def read(self) -> dict[str, Entry]:
        """Return all entries."""
        try:
            return self._parsed()
        except Damaged:
            with self._locked():
                return self._repaired()

    @contextlib.contextmanager
    def change(self) -> Iterator[dict[str, Entry]]:
        """Let a `with` statement change the entries, which are saved at its end. No other process writes meanwhile."""
        with self._locked():
            before = self._repaired()
            after = copy.deepcopy(before)
            yield after
            changed = {name: entry for name, entry in after.items() if entry != before.get(name)}
            if changed:
                self._write(before, changed)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock on the memory, for a `with` statement. A folder that allows no lock file needs none."""
        with contextlib.ExitStack() as stack:
            if self._on_disk:
                with contextlib.suppress(OSError):
                    file = stack.enter_context(open(self.path.with_name(LOCK), "a"))
                    end = time.monotonic() + PATIENCE
                    while not files.lock(file) and time.monotonic() < end:  # then its owner hangs
                        time.sleep(0.01)
            yield

    def _parsed(self) -> dict[str, Entry]:
        try:
            everything = json.loads(self.path.read_bytes()) if self._on_disk else {}
        except FileNotFoundError:
            everything = {}
        except (OSError, ValueError, RecursionError):  # ValueError: neither UTF-8 nor JSON
            raise Damaged({}) from None
        entries = everything.items() if isinstance(everything, dict) else ()
        sound = {name: entry for name, entry in entries if self._is_sound(name, entry)}
        if sound != everything:
            raise Damaged(sound)
        return {**sound, **self._unsaved}

    def _repaired(self) -> dict[str, Entry]:
        """Return all entries, and first rename a damaged file. Call it under the lock."""
        try:
            return self._parsed()
        except Damaged as damaged:
            number = 1
            while os.path.lexists(kept := self.path.with_name(f"{self.path.stem}-damaged-{number}.json")):
                number += 1
            try:
                os.rename(self.path, kept)
            except OSError:
                if not self._warned:
                    print(f"{self.path.name} is damaged and can't be renamed, so what you do now won't be kept.",
                          file=sys.stderr)
                self._warned = True
            else:
                what, advice = self._lost
                print(f"{self.path.name} was damaged, so {'some' if damaged.rest else 'all'} of {what} is lost. The "
                      f"damaged file is now {kept.name}. {advice}".rstrip(), file=sys.stderr)
                if damaged.rest:
                    self._write(damaged.rest, {})
            return {**damaged.rest, **self._unsaved}

    def _write(self, before: dict[str, Entry], changed: dict[str, Entry]) -> None:
        try:
            if self._on_disk:
                files.write(self.path, json.dumps({**before, **changed}, indent=1, sort_keys=True).encode("utf-8"))
                self._unsaved = {}
                return
        except OSError:
            pass  # such as a read-only folder or a full disk: the learner gets the answer anyway
        self._unsaved.update(changed)
