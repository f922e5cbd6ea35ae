"""Makes pages from the notebooks: the index of facts in `lessons/`, the teacher's tables in `solutions/`, the picture.

The metadata of a lesson's code cell names the facts that it shows, {"C-01": "sentence"}; the metadata of a task's text
names the facts that it tests, ["C-01"]. The letter is a group of facts, the number is one of them.
"""
import base64
import re

from exercises.grader import tasks
from lessons.notebooks import KIT, cells, lessons, minutes, title

PICTURE = KIT / ".github" / "pictures" / "two-groks.svg"
BEGIN, END = "<!-- made by python3 -m solutions: begin -->", "<!-- end -->"


def facts_shown():
    """Return where each fact is shown: id -> (sentence, lesson's path, cell's id)."""
    return {fact: (says, path, cell["id"]) for path in lessons() for cell in cells(path)
            for fact, says in cell["metadata"].get("facts", {}).items()}


def facts_tested():
    """Return which tasks test a fact: id -> list of tasks."""
    tested = {}
    for task in tasks.all_tasks():
        for fact in task.facts:
            tested.setdefault(fact, []).append(task)
    return tested


def index_of_facts():
    """Return the page `lessons/README.md`."""
    tested, lines = facts_tested(), ["# What the course shows", "",
                                     "Each fact, the cell that shows it, and the exercise that tests it, if one does. "
                                     "This page is made from the notebooks by `python3 -m solutions`."]
    for path in lessons():
        shown = [(fact, *found) for fact, found in facts_shown().items() if found[1] == path]
        lines += ["", f"## {title(path)}", "", "| Fact | Shown by | Tested by |", "|---|---|---|"]
        for fact, says, _, cell in shown:
            links = ", ".join(f"[{task.name}](../exercises/{task.notebook}.ipynb#cell-id=task-{task.name})"
                              for task in tested.get(fact, ()))
            lines.append(f"| <a id=\"{fact}\"></a>{says} | [{cell}]({path.name}#cell-id={cell}) | {links} |")
    return "\n".join(lines) + "\n"


def misconceptions():
    """Return the tables for teachers: minutes, points, and the misconceptions that each task catches."""
    lines = []
    for path in tasks.sources():
        lesson = KIT / "lessons" / path.name
        lines += ["", f"### {title(path)}", "",
                  f"Lesson {minutes(lesson)} minutes, exercises {minutes(path)} minutes.", "",
                  "| Task | Points | What it catches |", "|---|---|---|"]
        for task in tasks.tasks_of(path):
            caught = "; ".join(name.replace("_", " ") for name in task.wrong)
            lines.append(f"| `{task.name}`: {task.title} | {task.points} | {caught} |")
    return "\n".join(lines[1:])


def teachers_page(page):
    """Return the page `solutions/README.md` with its generated part up to date."""
    return re.sub(rf"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n{misconceptions()}\n{END}", page)


def picture():
    """Return the README's picture, SVG text: what lesson 3 shows after its reload."""
    cell = next(cell for cell in cells(lessons()[2]) if cell["id"] == "picture-after")
    html = "".join(cell["outputs"][0]["data"]["text/html"])
    return base64.b64decode(re.search(r"base64,([^\"]+)", html)[1]).decode("utf-8")
