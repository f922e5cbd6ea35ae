"""What stands in where the course runs in a browser tab, which has neither processes nor threads."""
import builtins
import contextlib
import io
import json
import os
import sys
import traceback
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import desks
import explanations

RECORDED = Path(__file__).with_name(".recorded.json")  # name -> what the cell needs, and the outputs that it gave


@lru_cache(maxsize=None)
def lesson():
    """The file stem of the lesson whose first cell runs now; None for others. No front end tells it in a tab."""
    shell = sys.modules["IPython"].get_ipython()
    running = shell.history_manager.input_hist_raw[-1]
    lessons = json.loads(explanations.STORE.read_text(encoding="utf-8"))
    return next((name for name, cells in lessons.items() if cells[0]["source"] == running), None)


def new_python(code):
    """All that `code` prints in a Python as good as new: no module of this run is loaded there, no name known.

    A tab cannot start a second Python. So the modules are put away, and put back when the code has run; what it
    changed in those of Python's library is put right.
    """
    before, path, folder, desk = dict(sys.modules), sys.path[:], os.getcwd(), str(desks.folder())
    for name, module in before.items():
        if (getattr(module, "__file__", None) or "").startswith(desk + os.sep):
            del sys.modules[name]
    contents = [(vars(module), {**vars(module)}) for module in sys.modules.values() if type(module) is ModuleType]
    source, name = (code.read_text(encoding="utf-8"), str(code)) if isinstance(code, Path) else (code, "<string>")
    printed, last_line = io.StringIO(), []
    sys.path[:] = [desk, *(entry for entry in path if entry != desk)]
    os.chdir(desk)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(source, name, "exec"), {"__name__": "__main__", "__builtins__": builtins})
    except SystemExit:
        pass
    except BaseException as error:
        last_line = traceback.format_exception_only(error)[-1].splitlines()
    finally:
        for now, then in contents:
            now.update(then)
        sys.modules.clear()
        sys.modules.update(before)
        sys.path[:] = path
        os.chdir(folder)
    return "\n".join(printed.getvalue().splitlines() + last_line)


def show_error():
    """Print the error of a cell that is to end with one: JupyterLite would drop the cells that wait behind it."""
    shell = sys.modules["IPython"].get_ipython()
    print(*shell._last_traceback["traceback"], sep="\n", file=sys.stderr)
    shell._last_traceback = None


def recorded(name, _):
    """Show, in place of a cell that cannot run here, what it printed where it can."""
    from IPython.display import Markdown, display
    cell = json.loads(RECORDED.read_text(encoding="utf-8"))[name]
    display(Markdown(f"*This cell needs {cell['needs']}, which a browser tab has not. Elsewhere it prints:*"))
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            print("".join(output["text"]), end="")
        elif output["output_type"] == "error":
            print(f"{output['ename']}: {output['evalue']}")
        else:
            display({kind: "".join(data) for kind, data in output["data"].items()}, raw=True)


sys.modules["IPython"].get_ipython().register_magic_function(recorded, "cell")
