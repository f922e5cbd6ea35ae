"""Source files: copy an example, and make one edit in it."""
import difflib
import importlib.util
import os
import re
import sys
import textwrap
from importlib.machinery import PathFinder
from pathlib import Path

from lessons import files
from workbench import autoreload, workspace

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def fresh(name):
    """Copy an untouched example into this run's workspace, and make `import` find that copy.

    `name` is a module or a package in the folder `examples`. If a module with that name is loaded, it's unloaded. A
    folder in PYTHONPATH, or the current one, is removed from `sys.path` if it contains another module with that name.
    Returns the path of the copy. Whatever you wrote in an earlier copy is kept beside it (`spam-kept-1.py`).
    Raises ModuleNotFoundError when there's no such example.
    """
    examples = {path.stem: path for path in EXAMPLES.iterdir() if path.stem.isidentifier()}
    examples.pop("__pycache__", None)
    if name not in examples:
        raise ModuleNotFoundError(f"there's no example {name!r}; there are: {', '.join(sorted(examples))}")
    original, folder = examples[name], workspace.folder()
    for source in [original] if original.is_file() else sorted(original.rglob("*.py")):
        copy = folder / source.relative_to(EXAMPLES)
        if files.is_handmade(copy) and copy.read_bytes() != source.read_bytes():
            print(f"Your {copy.name} is kept in {files.keep(copy).name}.")
        _write(copy, source.read_bytes())
        files.note(copy, source.read_bytes())
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    autoreload.forget(name)
    importlib.invalidate_caches()  # the folder may have a file that Python hasn't noticed yet
    others = [entry for entry in sys.path if entry != str(folder) and not _has_another(entry, name)]
    sys.path[:] = [str(folder), *others]
    return folder / original.name


def _has_another(entry, name):
    """Return whether a folder contains another module with this name, and is the current one or in PYTHONPATH.

    Python would import that module after a lesson deletes its own.
    """
    folders = map(os.path.abspath, ["", *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    return os.path.abspath(entry) in folders and PathFinder.find_spec(name, [entry]) is not None


def edit_file(path, old, new):
    """Replace the only match of `old` in the source file `path` with `new`, and show the change as a diff.

    If the edit has been made already, by hand or by an earlier run, the file stays unchanged. If there's no exact
    match, spaces and the kind of quotes don't matter. The file is written whole or not at all, as UTF-8, with its own
    line endings, and the next reload always sees the change.
    Raises ValueError unless there's exactly one match, FileNotFoundError if there's no such file, PermissionError if
    it must not be changed. Then the file is unchanged.
    """
    path = Path(path)
    before = _read(path)
    line_end = "\r\n" if "\r\n" in before else "\n"
    old, new = (text.replace("\r\n", "\n").replace("\n", line_end) for text in (old, new))
    places, done = _matches(old, before), _matches(new, before)
    # After an edit from 'grok' to 'New grok' the old string may still be there, but only inside the new one.
    if len(done) == 1 and all(done[0][0] <= start and end <= done[0][1] for start, end in places):
        print(f"{path.name} contains this already:\n" + textwrap.indent("\n".join(new.splitlines()), "  "))
    elif not places and not new.strip():
        print(f"{path.name} doesn't contain this any more:\n" + textwrap.indent("\n".join(old.splitlines()), "  "))
    elif len(places) == 1:
        [(start, end)] = places
        after = before[:start] + (new if before[start:end] == old else new.strip()) + before[end:]
        if not files.is_handmade(path):
            files.note(path, after.encode("utf-8"))
        _write(path, after.encode("utf-8"))
        _show(path.name, before, after)
    else:
        raise ValueError(f"{path.name} is unchanged: expected exactly one match for {old!r}, found {len(places)}. "
                         "Look at the file, or get a fresh copy: run the cell with fresh(...) again.")


def _read(path):
    if not path.is_file():
        raise FileNotFoundError(f"there's no file {path.name}. edit_file needs the path that fresh returns, for "
                                'example: spam_py = fresh("spam")')
    if EXAMPLES in path.resolve().parents or not os.access(path, os.W_OK):
        raise PermissionError(f"{path.name} is unchanged: it's the original, or read-only. edit_file needs the copy "
                              'that fresh returns, for example: spam_py = fresh("spam")')
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is unchanged: it isn't UTF-8 text (byte {error.start}).") from None


def _matches(text, source):
    """Return the matches of `text` in `source`, exact or else with other spaces and quotes: pairs (start, end)."""
    for pattern in (re.escape(text), _loosely(text)):
        places = [match.span() for match in re.finditer(pattern, source)] if pattern else []
        if places:
            return places
    return []


def _loosely(text):
    """Return a pattern for code that differs from `text` only in spaces, line endings and the kind of quotes."""
    pieces = re.findall(r"""'[^'\n]*'|"[^"\n]*"|\w+|\S""", text)
    return r"\s*".join(f"['\"]{re.escape(piece[1:-1])}['\"]" if len(piece) > 1 and piece[0] in "'\"" else
                       re.escape(piece) for piece in pieces)


def _write(path, data):
    """Write a source file, after deleting the bytecode that Python cached for the previous one.

    Python trusts cached bytecode if the source has the size and the modification time, in whole seconds, that it
    remembers. So a reload would miss a quick edit of the same length (Python reference, "Cached bytecode
    invalidation").
    """
    Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    files.write(path, data)
    for step in (10**7, 2 * 10**9):  # autoreload needs a later time; some file systems count whole seconds
        if path.stat().st_mtime_ns <= before:
            os.utime(path, ns=(before + step, before + step))


def _show(name, before, after):
    """Print the lines that an edit changed, with one line of context."""
    diff = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm=""))[2:]
    print("\n".join([f"{name}:"] + [line for line in diff if not line.startswith("@@")]))

