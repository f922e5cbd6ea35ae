"""The workbench: lay out a module afresh, edit its source, draw who refers to what, ask a new Python.

Nothing here wraps what the lessons teach: `import` and `importlib.reload` are always Python's own.
"""
import ast
import difflib
import importlib.util
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import desks
import explanations
from pictures import picture

__all__ = ["edit", "fresh", "new_python", "picture"]

EXAMPLES = Path(__file__).with_name("examples")


def fresh(name):
    """Lay out an untouched copy of an example, and make it the one that `import` finds.

    `name` is a module or a package in the folder `examples`. Its copy goes to a folder that belongs to this run
    alone, and a loaded module of that name is forgotten. Returns the path of the copy. What someone wrote in it by
    hand is kept beside it (`spam-kept-1.py`). Raises ModuleNotFoundError when there is no such example.
    """
    original = next((path for path in (EXAMPLES / f"{name}.py", EXAMPLES / name) if path.exists()), None)
    if original is None:
        there = ", ".join(sorted(path.stem for path in EXAMPLES.iterdir() if path.stem.isidentifier()))
        raise ModuleNotFoundError(f"there is no example {name!r}; there are: {there}")
    desk = desks.folder()
    for source in [original] if original.is_file() else sorted(original.rglob("*.py")):
        copy = desk / source.relative_to(EXAMPLES)
        if desks.is_handmade(copy) and copy.read_bytes() != source.read_bytes():
            desks.keep(copy)
        copy.parent.mkdir(exist_ok=True)
        _write(copy, source.read_bytes())
        desks.note(copy)
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    sys.path[:] = [str(desk)] + [entry for entry in sys.path if entry != str(desk)]
    importlib.invalidate_caches()  # the folder may have a file that Python has not noticed yet
    return desk / original.name


def edit(path, old, new):
    """Replace `old`, which must stand exactly once in the source file `path`, by `new`, and show the change.

    An edit that was made already, by hand or by an earlier run, is left alone. The file is written whole or not at
    all, as UTF-8, with the line endings that it has. The next reload sees it, however quickly it comes.
    Raises ValueError when `old` is not there or is there more than once; then nothing was changed.
    """
    path = Path(path)
    before = _read(path)
    line_end = "\r\n" if "\r\n" in before else "\n"
    old, new = (text.replace("\r\n", "\n").replace("\n", line_end) for text in (old, new))
    count = before.count(old)
    # In a finished edit from 'grok' to 'New grok' the old text still stands, but only inside the new one.
    finished = before.count(new) == 1 and before.replace(new, "").count(old) == 0 if old in new else count == 0
    if finished and _as_code(before).count(_as_code(new)) == 1:
        print(f"{path.name} says so already:\n{textwrap.indent(new, '  ')}")
    elif count == 1 and not finished:
        handmade = desks.is_handmade(path)
        after = before.replace(old, new)
        _write(path, after.encode("utf-8"))
        if not handmade:
            desks.note(path)
        _show(path.name, before, after)
    else:
        raise ValueError(f"{path.name} is as it was: {old!r} must stand in it once, and stands there {count} times. "
                         "Look at the file, or lay it out anew: run the cell with fresh(...) again.")


def new_python(code):
    """All that a newly started Python prints when it runs `code`, where `import` finds this run's modules.

    `code` is text, or the path of a file to run as a program. When it fails, the last line is that of the traceback.
    """
    what = [str(code)] if isinstance(code, Path) else ["-c", code]
    run = subprocess.run([sys.executable, "-W", "ignore", *what], cwd=desks.folder(), capture_output=True,
                         stdin=subprocess.DEVNULL, text=True, encoding="utf-8",
                         env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0"})
    return "\n".join(run.stdout.splitlines() + run.stderr.splitlines()[-1:])


def _read(path):
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is as it was: it is not UTF-8 text (byte {error.start}).") from None


def _write(path, data):
    """Put a file in place in one step, after removing the bytecode that Python cached for its predecessor.

    Python takes the cached bytecode for current when it remembers the source's size and its time in whole seconds,
    so that a quick edit of equal length would go unseen (CPython, "Cached bytecode invalidation").
    """
    Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, path.stat().st_mode if path.exists() else 0o644)
        before = path.stat().st_mtime_ns if path.exists() else 0
        for step in (10**7, 2 * 10**9):  # autoreload wants a later date; some file systems count whole seconds
            if os.stat(temporary).st_mtime_ns <= before:
                os.utime(temporary, ns=(before + step, before + step))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _show(name, before, after):
    """Print the lines that an edit changed, with one line of context."""
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    print("\n".join([f"{name}:"] + [line for line in diff if not line.startswith(("---", "+++", "@@"))]))


def _as_code(source):
    """The source as Python would write it, without indentation: quotes, spaces and comments do not matter."""
    try:
        source = ast.unparse(ast.parse(textwrap.dedent(source)))
    except SyntaxError:
        pass  # part of a line, or a file with a mistake in it: compare it as it is
    return "\n".join(line.strip() for line in source.splitlines() if line.strip())


explanations.follow_the_runs()
