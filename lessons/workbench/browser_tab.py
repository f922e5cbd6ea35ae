"""Replacements for a browser tab, which has neither processes nor threads."""
import builtins
import contextlib
import io
import json
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

from workbench import workspace
from workbench.processes import stored

RECORDED = Path(__file__).with_name("recorded.json")  # name -> what the cell needs, and its stored outputs


def run_in_new_process(code, needs=None):
    """Return all that `code` prints in a Python that's as good as new: without this run's modules and names.

    What `needs` something (see `processes`) isn't run.

    A tab can't start a process. So this unloads the run's modules, and restores them when the code has run, together
    with whatever it changed in Python's own modules.
    """
    if needs:
        return stored(needs)
    before, path, current, folder = dict(sys.modules), sys.path[:], os.getcwd(), str(workspace.folder())
    for name, module in before.items():
        if (getattr(module, "__file__", None) or "").startswith(folder + os.sep):
            del sys.modules[name]
    contents = [(vars(module), {**vars(module)}) for module in sys.modules.values() if type(module) is ModuleType]
    source, name = (code.read_text(encoding="utf-8"), str(code)) if isinstance(code, Path) else (code, "<string>")
    printed, last_line = io.StringIO(), []
    sys.path[:] = [folder, *(entry for entry in path if entry != folder)]
    os.chdir(folder)
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
        os.chdir(current)
    return "\n".join(printed.getvalue().splitlines() + last_line)


def show_error():
    """Print the error of a cell that's expected to fail: JupyterLite would drop the cells that wait behind it."""
    shell = sys.modules["IPython"].get_ipython()
    print(*shell._last_traceback["traceback"], sep="\n", file=sys.stderr)
    shell._last_traceback = None


def recorded(name, _):
    """Show what a cell printed elsewhere, in place of running it here."""
    from IPython.display import Markdown, display
    cell = json.loads(RECORDED.read_text(encoding="utf-8"))[name]
    display(Markdown(f"*This cell needs {cell['needs']}, which a browser tab doesn't have. Elsewhere it prints:*"))
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            print("".join(output["text"]), end="")
        elif output["output_type"] == "error":
            print(f"{output['ename']}: {output['evalue']}")
        else:
            display({kind: "".join(data) for kind, data in output["data"].items()}, raw=True)


sys.modules["IPython"].get_ipython().register_magic_function(recorded, "cell")
