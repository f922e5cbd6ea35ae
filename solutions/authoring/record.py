"""Record the outputs that notebooks are compared with: `python -m solutions.authoring.record lessons/03*.ipynb`.

What depends on the day or the machine is left out, so that recording the same notebook again changes nothing.
"""
import json
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from lessons.notebooks import as_bytes

METADATA = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"}}


def record(path):
    """Run a notebook from top to bottom in its own folder and save it with what it printed.

    Raises nbclient's CellExecutionError when a cell fails that is not tagged `raises-exception`; then the file stays.
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, record_timing=False, kernel_name="python3", coalesce_streams=True,
                            resources={"metadata": {"path": str(path.parent)}})
    client.execute(env={**os.environ, "KIT_COMPARES_OUTPUTS": "1"})
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            tidy(output, number)
    notebook.metadata = METADATA
    path.write_bytes(as_bytes(as_stored(notebook)))


def tidy(output, number):
    """Delete from an output what isn't the same everywhere: paths and colours of a traceback, counts."""
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    elif output.output_type == "execute_result":
        output.execution_count = number


def as_stored(notebook):
    """The notebook in the form that a diff reads best: texts as lists of lines."""
    return json.loads(nbformat.writes(notebook))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"recording {argument}", flush=True)
        record(argument)
