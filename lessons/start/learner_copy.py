"""The learner's copy of the kit, in the folder `work`: lessons without answers, and all that their cells need.

Nothing of the learner's is ever overwritten: what they have worked in is left alone by a newer kit, and a reset moves
it to `work/kept/`.
"""
import hashlib
import json
import os
import re
import stat
import tempfile
import time
from pathlib import Path

from lessons import desks

FINGERPRINTS = ".kit.json"  # path in `work` -> fingerprint of what was laid out there


def lay_out(top, work, say=print):
    """Bring the learner's copy `work` up to date with the kit in the folder `top`, and say what was left alone."""
    known = _read_fingerprints(work)
    left_alone = []
    for path, data in _contents(top).items():
        target = work / path
        new = _fingerprint(path, data)
        current = _fingerprint(path, target.read_bytes()) if target.exists() else None
        if current in (None, known.get(path)) and current != new:
            _put(target, data, read_only="/examples/" in path)
        elif current != new:
            if new != known.get(path):
                left_alone.append(path)
            continue
        known[path] = new
    _put(work / FINGERPRINTS, json.dumps(known, indent=1, sort_keys=True).encode("utf-8"))
    _lay_out_desks(work / "lessons")
    for path in left_alone:
        say(f"work/{path} has your work in it and stays as it is, though the kit has a newer one. To get that (yours is "
            f"kept): python3 -m lessons --reset {Path(path).name[:2]}")


def reset(top, work, number="", say=print):
    """Lay out a lesson (and its exercises) anew, or everything when `number` is "", and keep what was there.

    `number` is how the file's name begins: "03". Raises ValueError when there is no such lesson.
    """
    if number and not list((top / "lessons").glob(f"{number}*.ipynb")):
        there = ", ".join(sorted(path.name[:2] for path in (top / "lessons").glob("*.ipynb")))
        raise ValueError(f"there is no lesson {number!r}; there are: {there}")
    old = [path for pattern in (f"lessons/{number}*.ipynb", f"lessons/desk/{number}*", f"exercises/{number}*.ipynb")
           for path in work.glob(pattern)] if number else [work / "lessons", work / "exercises"]
    kept = _new_folder(work / "kept" / time.strftime("%Y-%m-%d_%H-%M-%S"))
    for path in filter(Path.exists, old):
        target = kept / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    lay_out(top, work, say)
    say(f"Laid out anew: {'lesson ' + number if number else 'everything'}. What was there is kept in "
        f"work/{kept.relative_to(work).as_posix()}.")


def _contents(top):
    """What belongs in the learner's copy: path in `work` -> bytes."""
    contents, explanations = {}, {}
    for path in sorted((top / "lessons").glob("*.ipynb")):
        notebook, explanations[path.stem] = _without_answers(path)
        contents[f"lessons/{path.name}"] = _as_json(notebook)
    modules = [path for path in (top / "lessons").glob("*.py") if not path.name.startswith("__")]
    for path in modules + sorted((top / "lessons" / "examples").rglob("*.py")):
        contents[path.relative_to(top).as_posix()] = path.read_bytes()
    contents["lessons/.explanations.json"] = _as_json(explanations)
    return contents


def _without_answers(path):
    """A lesson as it is handed out, and its explanations: a list of {id and source of a code cell, text}."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells, explanations = [], []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["id"] == "remember" or cell["id"].startswith("explain-"):
            code = next(before for before in reversed(cells) if before["cell_type"] == "code")
            explanations.append({"id": code["id"], "source": "".join(code["source"]), "text": source})
            continue
        if cell["cell_type"] == "code":
            cell = {**cell, "outputs": [], "execution_count": None}
        else:
            cell = {**cell, "source": source.replace("](examples/", f"](desk/{path.stem}/")}
        cells.append(cell)
    return {**notebook, "cells": cells}, explanations


def _lay_out_desks(lessons):
    """Give each lesson the modules that it works on, so that they can be opened before its first cell has run."""
    for path in sorted(lessons.glob("*.ipynb")):
        desk = lessons / "desk" / path.stem
        for name in re.findall(r'fresh\(\\?"(\w+)\\?"\)', path.read_text(encoding="utf-8")):
            module, package = lessons / "examples" / f"{name}.py", lessons / "examples" / name
            for source in [module] if module.exists() else package.rglob("*.py"):
                target = desk / source.relative_to(lessons / "examples")
                if not target.exists():
                    _put(target, source.read_bytes())
                    desks.note(target)


def _fingerprint(path, data):
    """A digest of what a person can change in a file; of a notebook the cells, since Jupyter rewrites the rest."""
    if path.endswith(".ipynb"):
        try:
            data = repr([(cell["cell_type"], "".join(cell["source"]), cell.get("outputs"), cell.get("execution_count"))
                         for cell in json.loads(data)["cells"]]).encode("utf-8")
        except (ValueError, KeyError, TypeError):
            pass  # no notebook any more: then it is the learner's, whatever it is
    return hashlib.sha256(data).hexdigest()


def _read_fingerprints(work):
    try:
        return json.loads((work / FINGERPRINTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # without them, whatever differs from the kit counts as the learner's


def _as_json(data):
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _put(path, data, read_only=False):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with open(handle, "wb") as file:
        file.write(data)
    if path.exists():
        path.chmod(stat.S_IWRITE | stat.S_IREAD)  # Windows does not replace a read-only file
    os.chmod(temporary, 0o444 if read_only else 0o644)
    os.replace(temporary, path)


def _new_folder(path):
    number, folder = 1, path
    while folder.exists():
        number, folder = number + 1, path.with_name(f"{path.name}_{number + 1}")
    folder.mkdir(parents=True)
    return folder
