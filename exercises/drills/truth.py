"""What Python does with the programs of drills: it runs them, in a process that's only for them."""
import json
from pathlib import Path
from typing import Any

from exercises.grader import grading
from exercises.isolation.processes import Ended, Launcher, OutOfTime

RUNNING = Path(__file__).with_name("running.py").read_text(encoding="utf-8")
BATCH = 25  # programs in one request
TRIES = 5  # with each program, because a busy machine may keep a process waiting until its request is out of time


def outcomes(programs: list[dict[str, Any]], launcher: Launcher | None = None) -> list[list[str]]:
    """Return, for each program, what each of its lines prints, and the name of the error if it raises one.

    `programs` are what `program.instructions` returns. Raises RuntimeError if the process fails.
    """
    launcher, found = launcher or grading.default_launcher(), list[list[str]]()
    for start in range(0, len(programs), BATCH):
        found += _tried(launcher, programs[start:start + BATCH], TRIES)
    return found


def _tried(launcher: Launcher, programs: list[dict[str, Any]], tries: int) -> list[list[str]]:
    """Run some programs, all at once, or else in two parts. Raises RuntimeError if they fail as often as `tries`."""
    folder = launcher.new_folder()
    try:
        process = launcher.start(folder)
        try:
            return _asked(process, programs, str(folder))
        finally:
            process.kill()
    except (OutOfTime, Ended) as problem:
        if tries == 1:
            raise RuntimeError(f"The programs of drills couldn't be run: {problem}") from None
    finally:
        launcher.remove(folder)
    middle = (len(programs) + 1) // 2
    return [outcome for part in (programs[:middle], programs[middle:]) if part
            for outcome in _tried(launcher, part, tries - 1)]


def _asked(process: Any, programs: list[dict[str, Any]], folder: str) -> list[list[str]]:
    """Let a process run some programs."""
    code = f"{RUNNING}\nimport json\nprint(json.dumps(outcomes({programs!r}, {folder!r})))"
    reply = process.ask("run", code)
    if "error" in reply:
        raise RuntimeError(f"The programs of drills couldn't be run: {reply['error']}")
    return json.loads(reply["printed"])
