"""What the tests need to know of the kit's notebooks."""
import base64
import json
import re
from pathlib import Path

KIT = Path(__file__).resolve().parents[1]
LESSONS = sorted((KIT / "lessons").glob("[0-9]*.ipynb"))
EXERCISES = sorted((KIT / "exercises").glob("[0-9]*.ipynb"))
# What an output must not have in it: addresses, paths, colours, versions, times.
OF_ONE_MACHINE = re.compile(r"0x[0-9a-f]{6,}|(?<![\w.])/(?!/)\w+/\w|\b[A-Z]:\\|File \"|\x1b\[|\bPython 3\.\d+\.\d|"
                            r"\b\d\d:\d\d:\d\d\b|site-packages")


def cells(path, kind=None):
    """The cells of a notebook, as dictionaries whose `source` is one text; only those of one kind if asked."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in found if kind in (None, cell["cell_type"])]


def printed(cell):
    """All that a cell's stored outputs say, as text: streams, results and errors."""
    texts = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        texts.append("".join(output.get("text", [])) + "".join(data.get("text/plain", []))
                     + "\n".join(output.get("traceback", [])))
    return "\n".join(texts)


def minutes(path):
    """How long a lesson says that it takes."""
    return int(re.search(r"\*(\d+) minutes\.\*", cells(path)[0]["source"])[1])


def stored_drawing(number, cell_id):
    """The SVG text of the picture that a cell of a lesson has stored."""
    cell = next(cell for cell in cells(LESSONS[number - 1]) if cell["id"] == cell_id)
    html = "".join(cell["outputs"][0]["data"]["text/html"])
    return base64.b64decode(re.search(r"base64,([^\"]+)", html)[1]).decode("utf-8")
