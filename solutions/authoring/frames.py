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
                                 "Before": before.get(path)}, f"*{counted_minutes(path)} minutes.*", drills(path))
    for path in tasks.sources():
        lesson = KIT / "lessons" / path.name
        changed += update(path, {"Next": after.get(lesson), "Before": lesson})
    return changed


def drills(lesson):
    """Return the offer of drills at a lesson's end, with a link to the cell that starts them; "" if there are none."""
    if not tasks.drill_cells(int(lesson.name[:2])):
        return ""
    exercises = address(KIT / "solutions" / lesson.name, lesson)
    return f"**Drills:** [Three short programs to predict]({exercises}#cell-id=drills)"


def update(path, targets, minutes=None, offer=""):
    """Write a notebook's links to others (name -> path, or None), an offer below the first one and, if given, its
    minutes. Return [path] or []."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first, last = notebook["cells"][0], notebook["cells"][-1]
    if minutes:
        first["source"] = MINUTES.sub(minutes, "".join(first["source"]), count=1).splitlines(keepends=True)
    links = [f"**{name}:** [{title(target)}]({address(target, path)})" for name, target in targets.items() if target]
    links[1:1] = filter(None, [offer])
    last["source"] = "\n\n".join(links).splitlines(keepends=True)
    if as_bytes(notebook) == path.read_bytes():
        return []
    files.write(path, as_bytes(notebook))
    return [path]


def address(target, path):
    """Return the address of a notebook as a link from another: a learner sees exercises where we have solutions."""
    if target.parent == path.parent:
        return target.name
    return f"../{target.parent.name.replace('solutions', 'exercises')}/{target.name}"
