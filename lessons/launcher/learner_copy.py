"""The learner's copy of the course, in the folder `work`: notebooks without answers, and the files that they edit.

It never overwrites a file that the learner has changed: an update leaves it alone, a reset moves it to `work/kept/`.
"""
import hashlib
import json
import re
import shutil
import stat
import sys
from pathlib import Path

from lessons import PYTHON, files, notebooks
from lessons.launcher import locks

MEGABYTES = 10  # what the copy takes
FINGERPRINTS = ".kit.json"  # path in `work` -> fingerprint of the file that the kit wrote there
WORKSPACES = Path("lessons", "workspace")  # in `work`: for each lesson a folder with the files that it edits
EXPLANATIONS = "lessons/.explanations.json"  # in `work`; the workbench reads it
OF_FIRST_EDITION = Path("lessons", "desk")  # its notebooks import modules that are gone


def update(top, work, say=print):
    """Bring the learner's copy `work` up to date with the kit in the folder `top`, and say what was left alone."""
    work.mkdir(parents=True, exist_ok=True)
    if (work / OF_FIRST_EDITION).is_dir():
        kept = _keep(work, [work / "lessons", work / "exercises" / "practice.py"])
        say(f"The lessons are new: this is the second edition. Your old ones are in {kept}.")
    known, kit, left_alone = _read_fingerprints(work), _contents(top), []
    for path, data in kit.items():
        new, current = fingerprint(path, data), _current(work, path)
        if current in (None, new, known.get(path)):
            if current != new:
                _put(work / path, data)
            known[path] = new
        elif known.setdefault(path, new) != new:  # without a record of the file, either may be newer
            left_alone.append(path)
    _remove_what_is_gone(work, known, kit, say)
    _put(work / FINGERPRINTS, json.dumps(known, indent=1, sort_keys=True).encode("utf-8"))
    _fill_workspaces(top / "lessons" / "examples", work)
    for path in left_alone:
        number = Path(path).name[:2] if path.endswith(".ipynb") else ""
        say(f"work/{path} contains your work, so it's unchanged, although the course has a newer one. To get that and "
            f"keep yours, type: {PYTHON} -m lessons --reset {number}".rstrip())


def _remove_what_is_gone(work, known, kit, say):
    """Delete the files that a newer kit no longer has. What the learner has changed is kept elsewhere, and said."""
    touched = []
    for path in sorted(known.keys() - kit.keys()):
        current = _current(work, path)
        if current == known.pop(path):
            _make_writable(work / path)
            (work / path).unlink()
        elif current:
            touched.append(work / path)
    lessons = {Path(path).stem for path in kit}
    touched += [folder for folder in sorted((work / WORKSPACES).glob("[0-9]*_*")) if folder.name not in lessons]
    if touched:
        say(f"Some lessons have other numbers now. Your files with the old numbers are in {_keep(work, touched)}.")


def reset(top, work, number="", say=print):
    """Reset a lesson and its exercises, or everything if `number` is "", and return the lesson to open.

    `number` is how the file's name begins, "03", or "3". It keeps the old files. Raises ValueError if there's no such
    lesson, and while it runs: its kernel would lose its files, and an open page would save over the new notebook.
    """
    numbers = {path.name.partition("_")[0] for path in (top / "lessons").glob("[0-9]*.ipynb")}
    if number and number.zfill(2) not in numbers:
        raise ValueError(f"there's no lesson {number!r}; there are: {', '.join(sorted(numbers))}")
    number = number and number.zfill(2)
    folders = ("lessons", WORKSPACES, "exercises")
    try:
        with locks.none_running(work, number):
            kept = _keep(work, [path for folder in folders for path in (work / folder).glob(f"{number}_*")]
                         if number else [work / "lessons", work / "exercises"])
    except ValueError as problem:
        raise ValueError(f"{problem}, then type: {PYTHON} -m lessons --reset {number}".rstrip()) from None
    update(top, work, say)
    say(f"Reset {'lesson ' + number if number else 'everything'}. Your old files are in {kept}.")
    return next((work / "lessons").glob(f"{number}_*.ipynb")) if number else left_off(work)


def _keep(work, paths):
    """Move files and folders of `work` to a new folder in `work/kept`, and return how to call that."""
    kept = files.new_folder(work / "kept")
    for path in filter(Path.exists, paths):
        target = kept / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)  # unlike os.replace also to another disk, which a link may lead to
    return f"work/{kept.relative_to(work).as_posix()}"


def left_off(work):
    """Return the lesson to open: the one worked in last, or the next one if all its cells have run; at first lesson 1.

    None if there are no lessons.
    """
    known, lessons = _read_fingerprints(work), sorted((work / "lessons").glob("[0-9][0-9]_*.ipynb"))
    started = [path for path in lessons if _current(work, f"lessons/{path.name}") != known.get(f"lessons/{path.name}")]
    if not started:
        return lessons[0] if lessons else None
    last = max(started, key=lambda path: path.stat().st_mtime_ns)
    following = lessons[lessons.index(last) + 1:]
    return following[0] if following and _has_run(last) else last


def _contents(top):
    """Return what belongs in the learner's copy, besides the workspaces: path in `work` -> bytes."""
    contents, explanations = {}, {}
    for path in sorted((top / "lessons").glob("[0-9]*.ipynb")):
        explanations[path.stem] = notebooks.code_cells(path)
        contents[f"lessons/{path.name}"] = notebooks.as_bytes(_without_answers(path))
    contents[EXPLANATIONS] = notebooks.as_bytes(explanations)
    for path in sorted((top / "exercises").glob("[0-9]*.ipynb")):
        contents[path.relative_to(top).as_posix()] = path.read_bytes()
    return contents


def _without_answers(path):
    """Return a lesson for learners: without outputs, explanations and metadata."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = []
    for cell in filter(lambda cell: not notebooks.is_explanation(cell), notebook["cells"]):
        tags = cell["metadata"].get("tags", [])
        clean = {**cell, "metadata": {"tags": tags} if tags else {}}
        if cell["cell_type"] == "code":
            clean |= {"outputs": [], "execution_count": None}
        else:
            clean["source"] = "".join(cell["source"]).replace("](examples/", f"]({WORKSPACES.name}/{path.stem}/")
        cells.append(clean)
    return {**notebook, "cells": cells}


def _fill_workspaces(examples, work):
    """Give each lesson the modules that it edits, so that they can be opened before its first cell has run."""
    for path in sorted((work / "lessons").glob("*.ipynb")):
        for name in re.findall(r'fresh\(\\?"(\w+)\\?"\)', path.read_text(encoding="utf-8", errors="replace")):
            module, package = examples / f"{name}.py", examples / name
            for source in [module] if module.exists() else package.rglob("*.py"):
                target = work / WORKSPACES / path.stem / source.relative_to(examples)
                if not target.exists():
                    _put(target, source.read_bytes())
                    files.note(target, source.read_bytes())


def fingerprint(path, data):
    """Return a digest of what a person can change in a file: a notebook's cells, because Jupyter rewrites the rest."""
    if path.endswith(".ipynb"):
        try:
            data = repr([(cell["cell_type"], "".join(cell["source"]), cell.get("outputs"), cell.get("execution_count"))
                         for cell in json.loads(data)["cells"]]).encode("utf-8")
        except (ValueError, KeyError, TypeError):
            pass  # it isn't a notebook any more, so all of it counts
    return hashlib.sha256(data).hexdigest()


def _has_run(lesson):
    """Return whether every code cell of a notebook has run."""
    try:
        cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
        return all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code" and cell["source"])
    except (ValueError, LookupError, TypeError):
        return False  # it isn't a notebook any more


def _current(work, path):
    return fingerprint(path, (work / path).read_bytes()) if (work / path).exists() else None


def _read_fingerprints(work):
    try:
        known = json.loads((work / FINGERPRINTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    return known if isinstance(known, dict) else {}  # without them, everything that differs counts as work


def _put(path, data, mode=0o644):
    if path.exists():
        _make_writable(path)
    files.write(path, data, mode)


def _make_writable(path):
    path.chmod(stat.S_IWRITE | stat.S_IREAD)  # Windows neither replaces nor removes a read-only file


if __name__ == "__main__":  # for other front ends: Binder, Codespaces, a JupyterHub
    from lessons.launcher.environment import SetupProblem, explained, link
    TOP = Path(__file__).resolve().parents[2]
    try:
        link(sys.executable, TOP)
        update(TOP, TOP / "work")
    except SetupProblem as problem:
        sys.exit(f"error: {problem}")
    except OSError as error:
        sys.exit(f"error: {explained(error, TOP, MEGABYTES)}")
