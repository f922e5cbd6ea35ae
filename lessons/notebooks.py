"""Notebooks: the one place that reads them. Standard library only, so that a bare Python can grade."""
import json
import re
from pathlib import Path

from lessons import predictions

KIT = Path(__file__).resolve().parents[1]
PARTS = {  # number of a part's first lesson -> the part
    1: "The recipe: what a reload does, and what it doesn't",
    4: "Old code: you reload, and something still runs the old version",
    7: "What goes wrong: each lesson is about one kind of bug",
    14: "Tools, and what to do instead: autoreload, servers, and the newest Python"}


class NotebookProblem(ValueError):
    """A notebook can't be read, or lacks something. The text says which notebook, where, and what's expected."""


class Damaged(NotebookProblem):
    """The file isn't a whole notebook."""


def lessons():
    """Return the paths of the lessons' notebooks, in order."""
    return sorted((KIT / "lessons").glob("[0-9]*.ipynb"))


def part(path):
    """Return the part of the course that a lesson belongs to, such as "The recipe: what a reload does, and ..."."""
    return PARTS[max(first for first in PARTS if first <= int(path.name[:2]))]


def read(path):
    """Return a notebook's content, each cell's source as one string. Raises NotebookProblem if it can't be read."""
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise NotebookProblem(f"{Path(path).name} can't be read: {problem.strerror}") from None
    return parsed(data, Path(path).name)


def parsed(data, name):
    """Return the content of a notebook, given as bytes, as `read` does; `name` is what a problem calls it."""
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        if "worksheets" in notebook:  # the format until 2014
            notebook["cells"] = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell.get("source", cell.get("input"))).replace("\r\n", "\n")
        return notebook
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise Damaged(f"{name} isn't a notebook that can be read: {problem}") from None


def cells(path, kind=None):
    """Return the cells of a notebook; of one kind only, "code" or "markdown", if given."""
    return [cell for cell in read(path)["cells"] if kind in (None, cell["cell_type"])]


def title(path):
    """Return a notebook's heading, such as "01 Does a second `import` read the file again?"."""
    return cells(path)[0]["source"].splitlines()[0].lstrip("# ")


def minutes(path):
    """Return how many minutes a notebook says that it takes."""
    return int(re.search(r"\*(\d+) minutes\.\*", cells(path)[0]["source"])[1])


def counted_minutes(path):
    """Return how many minutes a lesson takes: 200 words a minute, 20 s a code cell, 45 s an outcome to predict."""
    words = sum(len(cell["source"].split()) for cell in cells(path, "markdown"))
    outcomes = sum(len(predictions.outcomes(cell)) for cell in cells(path, "code"))
    return round(words / 200 + len(cells(path, "code")) * 20 / 60 + outcomes * 45 / 60)


def facts_shown():
    """Return the facts that the lessons show: id -> (sentence, path of the lesson, id of the cell)."""
    return {fact: (says, path, cell["id"]) for path in lessons() for cell in cells(path)
            for fact, says in cell["metadata"].get("facts", {}).items()}


def is_explanation(cell):
    """Return whether a lesson's cell tells what the cell before it shows, so that learners read it afterwards."""
    return cell["id"] == "remember" or cell["id"].startswith("explain-")


def code_cells(path):
    """Return what the workbench needs to know about a lesson's code cells: a list of dicts.

    They have id, source, raises (whether it fails on purpose), texts (its explanations), outcomes (what learners
    predict about it, in the cell `predicted_in`), facts (id -> sentence), and prints (its stored output).
    """
    known, asked = [], {}
    for cell in cells(path):
        if cell["cell_type"] == "code":
            known.append({"id": cell["id"], "source": cell["source"], "texts": [], "outcomes": [], "predicted_in": None,
                          "facts": cell["metadata"].get("facts", {}),
                          "raises": "raises-exception" in cell["metadata"].get("tags", ()),
                          "prints": "".join(text for output in cell["outputs"] for text in output.get("text", ()))})
            asked = {"predicted_in": cell["id"], "outcomes": predictions.outcomes(cell)} \
                if cell["source"].startswith(predictions.MAGIC) else asked
        elif is_explanation(cell):
            known[-1]["texts"].append(cell["source"])
            known[-1].update(asked)
            asked = {}
    return known


def as_bytes(content):
    """Return a notebook, or any data, in the form in which the kit stores JSON files: the same data, the same bytes."""
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
