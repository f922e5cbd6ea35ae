"""Writes the lessons and exercises as pages for reading and printing. What they look like is in `templates/pages/`.

A page never shows an answer under its question. What running a cell shows, its output and the explanation, is folded.
On paper it's on separate sheets, after all questions.
"""
import html
import itertools
import re
import shutil
import tempfile
from pathlib import Path

from lessons import notebooks, predictions
from lessons.launcher import rerun
from lessons.notebooks import KIT
from lessons.outputs import OutputFolder
from lessons.web.builder import TEMPLATES, exercises_of
from lessons.web.server import is_site


def export(folder, say=print):
    """Write a page for each notebook, and an index, into `folder`: new, empty, or filled by an earlier run.

    If that's in the folder of a browser edition, each page links to the same notebook there. Raises SetupProblem.
    """
    output = OutputFolder(folder.resolve())
    rerun.need("nbconvert", KIT)
    edition = ".." if is_site(folder.resolve().parent) else ""
    say("Writing the pages of the lessons and exercises.")
    with tempfile.TemporaryDirectory(prefix="pages-") as temporary:
        for name, text in Pages(edition).all():
            path = Path(temporary, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        shutil.copytree(KIT / "lessons" / "examples", Path(temporary, "lessons", "examples"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        output.fill(Path(temporary), say)
    say(f"The pages are in {folder}. Start with {folder / 'index.html'}")


class Pages:
    """The pages. `edition` is the path from the index to the browser edition, or "" if there's none beside them."""

    def __init__(self, edition=""):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not in a bare Python
        from nbconvert.filters import Highlight2HTML, ansi2html, markdown2html
        self._edition = edition
        self._code, self._terminal, self._text = Highlight2HTML(pygments_lexer="ipython3"), ansi2html, markdown2html
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES / "pages"), autoescape=True, trim_blocks=True,
                                      undefined=StrictUndefined, lstrip_blocks=True, keep_trailing_newline=True)
        self._templates.filters["marked"] = marked

    def all(self):
        """Yield the name of each page, such as "lessons/01_import_runs_once.html", and its text."""
        lessons = notebooks.lessons()
        yield "index.html", self._index(lessons)
        for before, lesson, after in zip([None, *lessons], lessons, [*lessons[1:], None]):
            exercises = KIT / "exercises" / lesson.name
            yield page_of(lesson), self._page(lesson, [
                ("prev", "Before", before), ("", "Exercises", exercises), ("next", "Next", after)])
            if exercises.exists():
                yield page_of(exercises), self._page(exercises, [("prev", "Before", lesson), ("next", "Next", after)])

    def _index(self, lessons):
        listed = [(notebooks.part(path), self._link(path), notebooks.minutes(path), self._link(path, "exercises"))
                  for path in lessons]
        parts = [(part, [lesson[1:] for lesson in theirs])
                 for part, theirs in itertools.groupby(listed, lambda lesson: lesson[0])]
        return self._templates.get_template("index.html").render(
            title="Reloading Python modules", parts=parts, edition=self._edition and f"{self._edition}/index.html")

    def _link(self, path, part="lessons"):
        """Return the page and the title of a notebook with this name in a part of the course, or None without one."""
        path = KIT / part / path.name
        return (page_of(path), notebooks.title(path)) if path.exists() else None

    def _page(self, path, links):
        steps = self.steps(path)
        links = [(rel, label, *self._link(other, other.parent.name)) for rel, label, other in links
                 if other and other.exists()]
        return self._templates.get_template("notebook.html").render(
            title=notebooks.title(path), steps=steps, links=links, answers=[step for step in steps if step["shows"]],
            edition=self._edition and f"../{self._edition}/{place_in_edition(path)}")

    def steps(self, path):
        """Return the parts of a notebook's page: dicts with `asks`, which is always seen, and `shows`, which is folded.

        Both are HTML, or "". `number` counts the parts that show something.
        """
        found = []
        for cell in notebooks.cells(path):
            if cell["id"] in ("next", "drills", "drill", "drill-answer"):
                continue  # links are at the bottom of each page, and nothing runs on one
            if cell["id"] == "remember":
                found.append({"kind": "remember", "asks": "", "shows": self._markdown(cell["source"])})
            elif notebooks.is_explanation(cell):
                found[-1]["shows"] += self._markdown(cell["source"])
            elif cell["cell_type"] == "markdown":
                found.append({"kind": "text", "asks": self._markdown(cell["source"]), "shows": ""})
            elif cell["source"].startswith(predictions.MAGIC):
                found.append({"kind": "predict", "asks": lines_to_write_on(cell["source"]), "shows": ""})
            else:
                found.append({"kind": "code", "asks": self._code(cell["source"]),
                              "shows": "".join(map(self._output, cell["outputs"]))})
        for number, step in enumerate((step for step in found if step["shows"]), start=1):
            step["number"] = number
        return found

    def _markdown(self, source):
        text = re.sub(r'<a class="anchor-link".*?</a>', "", self._text(source))
        return re.sub(r'(href="[^":]+)\.ipynb"', r'\1.html"', text)

    def _output(self, output):
        data = output.get("data", {})
        if "text/html" in data:
            return f'<div class="output">{"".join(data["text/html"])}</div>\n'
        lines = output["traceback"] if output["output_type"] == "error" else output.get("text", data.get("text/plain"))
        return f'<pre class="output">{self._terminal("".join(lines))}</pre>\n'


def page_of(path):
    """Return the name of a notebook's page."""
    return f"{path.parent.name}/{path.stem}.html"


def place_in_edition(path):
    """Return the address of a notebook within the browser edition, as the edition's own front page links to it."""
    name = path.name if path.parent.name == "lessons" else exercises_of(path).name
    return f"lab/index.html?path={path.parent.name}/{name}"


def lines_to_write_on(source):
    """Return the questions of a prediction's cell as HTML, with room for what a reader predicts."""
    lines = "".join(f"<li>{html.escape(ask)}</li>\n" for ask in predictions.asked(source))
    return f"<p>Your prediction:</p>\n<ol>\n{lines}</ol>\n"


def marked(title):
    """Return a title as HTML, with its code between backticks as code."""
    from markupsafe import Markup
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(title, quote=False)))
