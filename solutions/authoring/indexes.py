"""Makes pages from the notebooks: indexes in `lessons/`, tables in `solutions/`, the README's table and picture.

The metadata of a lesson's code cell names the facts that it shows, {"C-01": "sentence"}; the metadata of a task's text
names the facts that it tests, ["C-01"]. The letter is a group of facts, the number is one of them. The metadata of a
lesson's text names the terms that it explains and the questions, in people's words, that it answers.
"""
import base64
import re

from exercises.grader import tasks
from lessons import notebooks
from lessons.notebooks import KIT, cells, facts_shown, lessons, minutes, part, title

PICTURE = KIT / ".github" / "pictures" / "two-groks.svg"
BEGIN, END = "<!-- made by python3 -m solutions: begin -->", "<!-- end -->"


def facts_tested():
    """Return which tasks test a fact: id -> list of tasks."""
    tested = {}
    for task in tasks.all_tasks():
        for fact in task.facts:
            tested.setdefault(fact, []).append(task)
    return tested


def lessons_page():
    """Return the page `lessons/README.md`: questions, facts and terms, each with a link to the cell that has it."""
    parts = ["# Find an answer", "This page is made from the lessons by `python3 -m solutions`.",
             "* [Questions, as people ask them](#questions)\n* [Everything that the course shows](#facts)\n"
             "* [Glossary](#glossary)",
             "<a id=\"questions\"></a>\n## Questions", table_of_questions(),
             "<a id=\"facts\"></a>\n## Facts", "Each fact, the cell that shows it, and the exercise that tests it, if "
             "one does.", *tables_of_facts(),
             "<a id=\"glossary\"></a>\n## Glossary", "Each term is explained where it first appears.", list_of_terms()]
    return "\n\n".join(parts) + "\n"


def table_of_questions():
    """Return the questions that people ask, each with the cell that answers it."""
    rows = [f"| {question} | {link(path, cell)} |" for path in lessons() for cell in cells(path)
            for question in cell["metadata"].get("questions", ())]
    return "\n".join(["| Question | Answer |", "|---|---|", *rows])


def link(path, cell):
    """Return a link to a lesson's cell. Explanations are hidden in the learner's copy, so it's the cell that ran."""
    shown = cell["id"].removeprefix("explain-") if notebooks.is_explanation(cell) else cell["id"]
    there = {each["id"] for each in cells(path)}
    return f"[{title(path)}]({path.name}#cell-id={shown if shown in there else cell['id']})"


def tables_of_facts():
    """Return a table for each lesson: its facts, the cells that show them and the tasks that test them."""
    tested, facts, tables = facts_tested(), facts_shown(), []
    for path in lessons():
        lines = [f"### {title(path)}", "", "| Fact | Shown by | Tested by |", "|---|---|---|"]
        for fact, (says, where, cell) in facts.items():
            if where == path:
                links = ", ".join(f"[{task.name}](../exercises/{task.notebook}.ipynb#cell-id=task-{task.name})"
                                  for task in tested.get(fact, ()))
                lines.append(f"| <a id=\"{fact}\"></a>{says} | [{cell}]({path.name}#cell-id={cell}) | {links} |")
        tables.append("\n".join(lines))
    return tables


def list_of_terms():
    """Return the glossary: each term, in the order of the alphabet, with the cell that explains it."""
    terms = [(term, path, cell) for path in lessons() for cell in cells(path)
             for term in cell["metadata"].get("terms", ())]
    terms.sort(key=lambda each: each[0].lower())
    return "\n".join(f"* {term}: {link(path, cell)}" for term, path, cell in terms)


def readme_page(page):
    """Return the page `README.md` with its table of lessons up to date. The last column is written by hand."""
    about = dict(re.findall(r"(?m)^\| \[.*\]\(lessons/(\w+\.ipynb)\) \| \d* \| (.*) \|$", page))
    rows, before = [], ""
    for path in lessons():
        if part(path) != before:
            before = part(path)
            name, _, says = before.partition(": ")
            rows.append(f"| **{name}**: {says} | | |")
        rows.append(f"| [{title(path)}](lessons/{path.name}) | {minutes(path)} | {about.get(path.name, '')} |")
    head = "| Lesson | Minutes | What it's about |\n|---|---|---|\n"
    start = page.index(head) + len(head)
    return page[:start] + "\n".join(rows) + page[page.index("\n\n", start):]


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
