"""The workbench: lay out a module afresh, edit its source, draw who refers to what, ask a new Python.

Nothing here wraps what the lessons teach: `import` and `importlib.reload` are always Python's own.
"""
import difflib
import importlib.util
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import desks
import explanations
from pictures import picture

__all__ = ["edit", "fresh", "new_python", "picture"]

EXAMPLES = Path(__file__).resolve().with_name("examples")


def fresh(name):
    """Lay out an untouched copy of an example, and make it the one that `import` finds.

    `name` is a module or a package in the folder `examples`. Its copy goes to a folder that belongs to this run
    alone, and a loaded module of that name is forgotten. Returns the path of the copy. What someone wrote in it by
    hand is kept beside it (`spam-kept-1.py`). Raises ModuleNotFoundError when there is no such example.
    """
    examples = {path.stem: path for path in EXAMPLES.iterdir() if path.stem.isidentifier()}
    examples.pop("__pycache__", None)
    if name not in examples:
        raise ModuleNotFoundError(f"there is no example {name!r}; there are: {', '.join(sorted(examples))}")
    original, desk = examples[name], desks.folder()
    for source in [original] if original.is_file() else sorted(original.rglob("*.py")):
        copy = desk / source.relative_to(EXAMPLES)
        if desks.is_handmade(copy) and copy.read_bytes() != source.read_bytes():
            desks.keep(copy)
        _write(copy, source.read_bytes())
        desks.note(copy, source.read_bytes())
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    sys.path[:] = [str(desk)] + [entry for entry in sys.path if entry != str(desk)]
    importlib.invalidate_caches()  # the folder may have a file that Python has not noticed yet
    return desk / original.name


def edit(path, old, new):
    """Replace `old`, which must stand exactly once in the source file `path`, by `new`, and show the change.

    An edit that was made already, by hand or by an earlier run, is left alone; a text that is to go and is not there
    counts as gone already. Where the exact text is not there, spaces and the kind of quotes do not matter. The file is
    written whole or not at all, as UTF-8, with the line endings that it has. The next reload sees it, however quickly
    it comes.
    Raises ValueError when `old` is not there or is there more than once, FileNotFoundError and PermissionError when
    `path` is no file that may be changed; then nothing was changed.
    """
    path = Path(path)
    before = _read(path)
    line_end = "\r\n" if "\r\n" in before else "\n"
    old, new = (text.replace("\r\n", "\n").replace("\n", line_end) for text in (old, new))
    places, done = _places(old, before), _places(new, before)
    # In a finished edit from 'grok' to 'New grok' the old text may still stand, but only inside the new one.
    if len(done) == 1 and all(done[0][0] <= start and end <= done[0][1] for start, end in places):
        print(f"{path.name} says so already:\n" + textwrap.indent("\n".join(new.splitlines()), "  "))
    elif not places and not new.strip():
        print(f"{path.name} is without it already:\n" + textwrap.indent("\n".join(old.splitlines()), "  "))
    elif len(places) == 1:
        [(start, end)] = places
        after = before[:start] + (new if before[start:end] == old else new.strip()) + before[end:]
        if not desks.is_handmade(path):
            desks.note(path, after.encode("utf-8"))
        _write(path, after.encode("utf-8"))
        _show(path.name, before, after)
    else:
        raise ValueError(f"{path.name} is as it was: {old!r} must stand in it once, and stands there {len(places)} "
                         "times. Look at the file, or lay it out anew: run the cell with fresh(...) again.")


def new_python(code):
    """All that a newly started Python prints when it runs `code`, where `import` finds this run's modules.

    `code` is text, or the path of a file to run as a program. When it fails, the last line is that of the traceback.
    """
    what = [str(code)] if isinstance(code, Path) else ["-c", code]
    desk = str(desks.folder())
    where = os.pathsep.join(filter(None, [desk, os.environ.get("PYTHONPATH")]))
    run = subprocess.run([sys.executable, "-W", "ignore", *what], cwd=desk, capture_output=True,
                         stdin=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace",
                         env={**os.environ, "PYTHONPATH": where, "PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0"})
    return "\n".join(run.stdout.splitlines() + run.stderr.splitlines()[-1:])


def _read(path):
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path.name}. edit wants the path that fresh gives, for example: "
                                'spam_py = fresh("spam")')
    if EXAMPLES in path.resolve().parents or not os.access(path, os.W_OK):
        raise PermissionError(f"{path.name} is as it was: this one is to stay so. edit wants the copy that fresh "
                              'gives, for example: spam_py = fresh("spam")')
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is as it was: it is not UTF-8 text (byte {error.start}).") from None


def _places(text, source):
    """Where a text stands in a source, as pairs (start, end): the exact text, or else with other spaces and quotes."""
    for pattern in (re.escape(text), _loosely(text)):
        places = [match.span() for match in re.finditer(pattern, source)] if pattern else []
        if places:
            return places
    return []


def _loosely(text):
    """A pattern for code that differs from `text` in nothing but spaces, line ends and the kind of quotes."""
    pieces = re.findall(r"""'[^'\n]*'|"[^"\n]*"|\w+|\S""", text)
    return r"\s*".join(f"['\"]{re.escape(piece[1:-1])}['\"]" if len(piece) > 1 and piece[0] in "'\"" else
                       re.escape(piece) for piece in pieces)


def _write(path, data):
    """Put a file in place, after removing the bytecode that Python cached for its predecessor.

    Python takes the cached bytecode for current when it remembers the source's size and its time in whole seconds,
    so that a quick edit of equal length would go unseen (CPython, "Cached bytecode invalidation").
    """
    Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    desks.write(path, data)
    for step in (10**7, 2 * 10**9):  # autoreload wants a later date; some file systems count whole seconds
        if path.stat().st_mtime_ns <= before:
            os.utime(path, ns=(before + step, before + step))


def _show(name, before, after):
    """Print the lines that an edit changed, with one line of context."""
    diff = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm=""))[2:]
    print("\n".join([f"{name}:"] + [line for line in diff if not line.startswith("@@")]))


if desks.IN_BROWSER:
    from browser import new_python  # noqa: F811
explanations.follow_the_runs()
