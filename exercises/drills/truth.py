"""What Python does with the programs of drills: it runs them, in a process that's only for them."""
import json
from pathlib import Path
from typing import Any

from exercises.grader import grading
from exercises.isolation.processes import Launcher

RUNNING = Path(__file__).with_name("running.py").read_text(encoding="utf-8")
BATCH = 50  # programs in one request


def outcomes(programs: list[dict[str, Any]], launcher: Launcher | None = None) -> list[list[str]]:
    """Return, for each program, what each of its lines prints, and the name of the error if it raises one.

    `programs` are what `program.instructions` returns. Raises RuntimeError if the process fails.
    """
    launcher, found = launcher or grading.default_launcher(), list[list[str]]()
    for start in range(0, len(programs), BATCH):
        folder = launcher.new_folder()
        try:
            process = launcher.start(folder)
            try:
                found += _asked(process, programs[start:start + BATCH], str(folder))
            finally:
                process.kill()
        finally:
            launcher.remove(folder)
    return found


def _asked(process: Any, programs: list[dict[str, Any]], folder: str) -> list[list[str]]:
    """Let a process run some programs."""
    code = f"{RUNNING}\nimport json\nprint(json.dumps(outcomes({programs!r}, {folder!r})))"
    reply = process.ask("run", code)
    if "error" in reply:
        raise RuntimeError(f"The programs of drills couldn't be run: {reply['error']}")
    return json.loads(reply["printed"])
