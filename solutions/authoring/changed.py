"""What changed since the last build. What's committed was built, and `.built.json` has fingerprints of the rest."""
import hashlib
import json
import subprocess
import sys

from exercises.grader import tasks
from lessons import files
from lessons.notebooks import KIT

BUILT = KIT / "solutions" / ".built.json"  # git ignores it
CODE = ("lessons", "exercises")  # folders whose code the recorded outputs depend on


class Built:
    """What the last builds have done: names of notebooks and tasks, each with the fingerprint of what it depends on."""

    def __init__(self, path=BUILT):
        self._path = path
        try:
            self._known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}
        self._code = fingerprint(*(each.read_bytes() for each in course_code()), repr(sys.version_info[:2]).encode())
        self._edited = edited_files()

    def has_notebook(self, path):
        """Return whether a notebook is recorded as it's now, with the course's code as it's now."""
        return self._is_committed(path, *course_code()) or self._known.get(path.name) == self._of_notebook(path)

    def has_task(self, task):
        """Return whether a task's answers and check are as they were."""
        return self._is_committed(task_path(task)) or self._known.get(task.name) == of_task(task)

    def note_notebook(self, path):
        """Remember that a notebook is recorded."""
        self._note(path.name, self._of_notebook(path))

    def note_task(self, task):
        """Remember that a task lacks nothing."""
        self._note(task.name, of_task(task))

    def _note(self, name, mark):
        self._known[name] = mark
        files.write(self._path, json.dumps(self._known, indent=1).encode("utf-8"))

    def _is_committed(self, *paths):
        return self._edited is not None and not self._edited & set(paths)

    def _of_notebook(self, path):
        given = "".join(task.given_code for task in tasks.tasks_of(path))
        return fingerprint(path.read_bytes(), given.encode("utf-8"), self._code.encode())


def course_code():
    """Return the files of the course that notebooks run."""
    return [path for folder in CODE for path in sorted((KIT / folder).rglob("*.py"))
            if not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(KIT).parts)]


def edited_files():
    """Return the paths of the files that git has differently, or not at all; None if there's no git."""
    try:
        command = ["git", "status", "--porcelain", "-z", "--no-renames", "-uall", "--", "solutions", *CODE]
        listed = subprocess.run(command, cwd=KIT, capture_output=True, check=True, encoding="utf-8").stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return {KIT / line[3:] for line in listed.split("\0") if line}


def task_path(task):
    return KIT / "solutions" / f"{task.notebook}.ipynb"


def of_task(task):
    return fingerprint(repr((task, task.right, task.wrong, task.given_code)).encode("utf-8"))


def fingerprint(*parts):
    """Return a digest of bytes."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
