"""The learner's copy of the kit, in the folder `work`: lessons without answers, and all that their cells need.

Nothing of the learner's is ever overwritten: what they have worked in is left alone by a newer kit, and a reset moves
it to `work/kept/`.
"""
import hashlib
import json
import os
import re
import stat
import time
from pathlib import Path

from lessons import desks

FINGERPRINTS = ".kit.json"  # path in `work` -> fingerprint of what was laid out there


def lay_out(top, work, say=print):
    """Bring the learner's copy `work` up to date with the kit in the folder `top`, and say what was left alone."""
    known, kit, left_alone = _read_fingerprints(work), _contents(top), []
    for path, data in kit.items():
        new, current = _fingerprint(path, data), _current(work, path)
        if current in (None, new, known.get(path)):
            if current != new:
                _put(work / path, data, mode=0o444 if "/examples/" in path else 0o644)
            known[path] = new
        elif known.setdefault(path, new) != new:  # whoever has no record of a file cannot know which is newer
            left_alone.append(path)
    for path in known.keys() - kit.keys():  # a newer kit has no such file
        if _current(work, path) == known.pop(path):
            _make_writable(work / path)
            (work / path).unlink()
    _put(work / FINGERPRINTS, json.dumps(known, indent=1, sort_keys=True).encode("utf-8"))
    _lay_out_desks(work / "lessons")
    for path in left_alone:
        number = Path(path).name[:2] if path.endswith(".ipynb") else ""
        say(f"work/{path} has your work in it and stays as it is, though the kit has a newer one. To get that (yours "
            f"is kept): python3 -m lessons --reset {number}".rstrip())


def reset(top, work, number="", say=print):
    """Lay out a lesson (and its exercises) anew, or everything when `number` is "", and keep what was there.

    `number` is how the file's name begins, "03", or "3". Raises ValueError when there is no such lesson.
    """
    numbers = {path.name.partition("_")[0] for path in (top / "lessons").glob("[0-9]*.ipynb")}
    if number and number.zfill(2) not in numbers:
        raise ValueError(f"there is no lesson {number!r}; there are: {', '.join(sorted(numbers))}")
    number = number and number.zfill(2)
    old = [path for folder in ("lessons", "lessons/desk", "exercises") for path in (work / folder).glob(f"{number}_*")
           ] if number else [work / "lessons", work / "exercises"]
    kept = new_folder(work / "kept")
    for path in filter(Path.exists, old):
        target = kept / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    lay_out(top, work, say)
    say(f"Laid out anew: {'lesson ' + number if number else 'everything'}. What was there is kept in "
        f"work/{kept.relative_to(work).as_posix()}.")


def left_off(work):
    """The lesson to open: the one worked in last, or the next one when all its cells have run; at first lesson 1.

    None where there are no lessons.
    """
    known, lessons = _read_fingerprints(work), sorted((work / "lessons").glob("[0-9][0-9]_*.ipynb"))
    started = [path for path in lessons if _current(work, f"lessons/{path.name}") != known.get(f"lessons/{path.name}")]
    if not started:
        return lessons[0] if lessons else None
    last = max(started, key=lambda path: path.stat().st_mtime_ns)
    following = lessons[lessons.index(last) + 1:]
    return following[0] if following and _has_run(last) else last


def new_folder(kept):
    """A new folder in the folder `kept`, named by the time, for what is there before something is laid out anew."""
    name, number = time.strftime("%Y-%m-%d_%H-%M-%S"), 1
    while True:
        folder = kept / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1


def _contents(top):
    """What belongs in the learner's copy: path in `work` -> bytes."""
    contents, explanations = {}, {}
    for path in sorted((top / "lessons").glob("[0-9]*.ipynb")):
        notebook, explanations[path.stem] = _without_answers(path)
        contents[f"lessons/{path.name}"] = _as_json(notebook)
    modules = [path for path in (top / "lessons").glob("*.py") if not path.name.startswith("__")]
    for path in modules + sorted((top / "lessons" / "examples").rglob("*.py")):
        contents[path.relative_to(top).as_posix()] = path.read_bytes()
    contents["lessons/.explanations.json"] = _as_json(explanations)
    for path in [*sorted((top / "exercises").glob("[0-9]*.ipynb")), *(top / "exercises").glob("practice.py")]:
        contents[path.relative_to(top).as_posix()] = path.read_bytes()
    return contents


def _without_answers(path):
    """A lesson as it is handed out, and what explanations.py needs: a list of {id, source, raises, texts}."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells, explained = [], []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["id"] == "remember" or cell["id"].startswith("explain-"):
            explained[-1]["texts"].append(source)
        elif cell["cell_type"] == "code":
            tags = cell["metadata"].get("tags", [])
            explained.append({"id": cell["id"], "source": source, "raises": "raises-exception" in tags, "texts": []})
            cells.append({**cell, "metadata": {"tags": tags} if tags else {}, "outputs": [], "execution_count": None})
        else:
            cells.append({**cell, "source": source.replace("](examples/", f"](desk/{path.stem}/")})
    return {**notebook, "cells": cells}, explained


def _lay_out_desks(lessons):
    """Give each lesson the modules that it works on, so that they can be opened before its first cell has run."""
    for path in sorted(lessons.glob("*.ipynb")):
        desk = lessons / "desk" / path.stem
        for name in re.findall(r'fresh\(\\?"(\w+)\\?"\)', path.read_text(encoding="utf-8", errors="replace")):
            module, package = lessons / "examples" / f"{name}.py", lessons / "examples" / name
            for source in [module] if module.exists() else package.rglob("*.py"):
                target = desk / source.relative_to(lessons / "examples")
                if not target.exists():
                    _put(target, source.read_bytes())
                    desks.note(target, source.read_bytes())


def _fingerprint(path, data):
    """A digest of what a person can change in a file; of a notebook the cells, since Jupyter rewrites the rest."""
    if path.endswith(".ipynb"):
        try:
            data = repr([(cell["cell_type"], "".join(cell["source"]), cell.get("outputs"), cell.get("execution_count"))
                         for cell in json.loads(data)["cells"]]).encode("utf-8")
        except (ValueError, KeyError, TypeError):
            pass  # no notebook any more: then it is the learner's, whatever it is
    return hashlib.sha256(data).hexdigest()


def _has_run(lesson):
    """Whether every code cell of a notebook has run."""
    try:
        cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
        return all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code" and cell["source"])
    except (ValueError, LookupError, TypeError):
        return False  # no notebook any more


def _current(work, path):
    return _fingerprint(path, (work / path).read_bytes()) if (work / path).exists() else None


def _read_fingerprints(work):
    try:
        known = json.loads((work / FINGERPRINTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    return known if isinstance(known, dict) else {}  # without them, whatever differs from the kit is the learner's


def _as_json(data):
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _put(path, data, mode=0o644):
    if path.exists():
        _make_writable(path)
    desks.write(path, data, mode)


def _make_writable(path):
    path.chmod(stat.S_IWRITE | stat.S_IREAD)  # Windows neither replaces nor removes a read-only file


if __name__ == "__main__":  # where another front end opens the copy: Binder, Codespaces, a JupyterHub
    TOP = Path(__file__).resolve().parents[2]
    lay_out(TOP, TOP / "work")
