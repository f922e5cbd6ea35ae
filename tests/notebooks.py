"""What the tests need to know of the kit's notebooks."""
import re

from lessons.notebooks import KIT, lessons

LESSONS = lessons()
EXERCISES = sorted((KIT / "exercises").glob("[0-9]*.ipynb"))
# What an output must not have in it: addresses, paths, colours, versions, times.
OF_ONE_MACHINE = re.compile(r"0x[0-9a-f]{6,}|(?<![\w.])/(?!/)\w+/\w|\b[A-Z]:\\|File \"|\x1b\[|\bPython 3\.\d+\.\d|"
                            r"\b\d\d:\d\d:\d\d\b|site-packages")


def printed(cell):
    """All that a cell's stored outputs say, as text: streams, results and errors."""
    texts = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        texts.append("".join(output.get("text", [])) + "".join(data.get("text/plain", []))
                     + "\n".join(output.get("traceback", [])))
    return "\n".join(texts)
