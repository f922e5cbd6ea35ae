"""Notebooks: the one place that reads them. Standard library only, so that a bare Python can grade."""
import json
import re
from pathlib import Path

KIT = Path(__file__).resolve().parents[1]


class NotebookProblem(ValueError):
    """A notebook can't be read, or lacks something. The text says which notebook, where, and what's expected."""


def lessons():
    """Return the paths of the lessons' notebooks, in order."""
    return sorted((KIT / "lessons").glob("[0-9]*.ipynb"))


def read(path):
    """Return a notebook's content, each cell's source as one string. Raises NotebookProblem if it can't be read."""
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        if "worksheets" in notebook:  # the format until 2014
            notebook["cells"] = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell.get("source", cell.get("input"))).replace("\r\n", "\n")
        return notebook
    except OSError as problem:
        raise NotebookProblem(f"{Path(path).name} can't be read: {problem.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise NotebookProblem(f"{Path(path).name} isn't a notebook that can be read: {problem}") from None


def cells(path, kind=None):
    """Return the cells of a notebook; of one kind only, "code" or "markdown", if given."""
    return [cell for cell in read(path)["cells"] if kind in (None, cell["cell_type"])]


def title(path):
    """Return a notebook's heading, such as "01 Does a second `import` read the file again?"."""
    return cells(path)[0]["source"].splitlines()[0].lstrip("# ")


def minutes(path):
    """Return how many minutes a notebook says that it takes."""
    return int(re.search(r"\*(\d+) minutes\.\*", cells(path)[0]["source"])[1])


def as_bytes(content):
    """Return a notebook, or any data, in the form in which the kit stores JSON files: the same data, the same bytes."""
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
