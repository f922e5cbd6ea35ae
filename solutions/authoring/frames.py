"""Writes into each notebook what follows from the others: a lesson's minutes, and the links in the last cell."""
import json
import re

from exercises.grader import tasks
from lessons import files
from lessons.notebooks import KIT, as_bytes, counted_minutes, lessons, title

MINUTES = re.compile(r"\*(\d+|MM) minutes\.\*")


def update_frames():
    """Write the minutes and the links of all lessons, and the links of all solutions. Return what changed: paths."""
    paths = lessons()
    after, before = dict(zip(paths, paths[1:])), dict(zip(paths[1:], paths))
    changed = []
    for path in paths:
        exercises = KIT / "solutions" / path.name
        changed += update(path, {"Exercises": exercises if exercises.exists() else None, "Next": after.get(path),
                                 "Before": before.get(path)}, f"*{counted_minutes(path)} minutes.*")
    for path in tasks.sources():
        lesson = KIT / "lessons" / path.name
        changed += update(path, {"Next": after.get(lesson), "Before": lesson})
    return changed


def update(path, targets, minutes=None):
    """Write a notebook's links to others (name -> path, or None) and, if given, its minutes. Return [path] or []."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first, last = notebook["cells"][0], notebook["cells"][-1]
    if minutes:
        first["source"] = MINUTES.sub(minutes, "".join(first["source"]), count=1).splitlines(keepends=True)
    last["source"] = "\n\n".join(f"**{name}:** [{title(target)}]({address(target, path)}){drills(name, target, path)}"
                                 for name, target in targets.items() if target).splitlines(keepends=True)
    if as_bytes(notebook) == path.read_bytes():
        return []
    files.write(path, as_bytes(notebook))
    return [path]


def drills(name, target, path):
    """Return what follows a lesson's link to its exercises: one to the drills on its facts, if there are any."""
    is_offered = name == "Exercises" and tasks.drill_cells(int(target.name[:2]))
    return f", [drills]({address(target, path)}#cell-id=drills)" if is_offered else ""


def address(target, path):
    """Return the address of a notebook as a link from another: a learner sees exercises where we have solutions."""
    if target.parent == path.parent:
        return target.name
    return f"../{target.parent.name.replace('solutions', 'exercises')}/{target.name}"
