"""Runs the programs of drills, as they are, in a process that's only for them. `truth` sends this file as source."""
import contextlib
import importlib
import io
import logging
import os
import sys
import types


def outcomes(programs, folder):
    """Return what each program does: for each of its lines that Python runs, what it prints, and its error's name."""
    return [outcome(program, os.path.join(folder, f"drill-{number}")) for number, program in enumerate(programs)]


def outcome(program, folder):
    """Return what one program does in a folder of its own. Its modules and loggers are removed afterwards."""
    os.mkdir(folder)
    main, outer, path, no_bytecode = types.ModuleType("__main__"), sys.modules["__main__"], sys.path[:], \
        sys.dont_write_bytecode
    vars(main).update(importlib=importlib, sys=sys)
    sys.modules["__main__"], sys.dont_write_bytecode = main, not program["cached"]
    sys.path.insert(0, folder)
    loggers, logging.root.manager.loggerDict = logging.root.manager.loggerDict, {}
    try:
        return [text for step in program["steps"] for text in perform(step, folder, vars(main))]
    finally:
        logging.root.manager.loggerDict = loggers
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(folder + os.sep):
                del sys.modules[name]
        sys.modules["__main__"], sys.path[:], sys.dont_write_bytecode = outer, path, no_bytecode
        for entry in [entry for entry in sys.path_importer_cache if entry.startswith(folder)]:
            del sys.path_importer_cache[entry]


def perform(step, folder, names):
    """Write or remove a file, or run a line; yield what a line prints. An error ends only its own line."""
    kind, what, *rest = step
    if kind == "run":
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(what, "<drill>", "exec", dont_inherit=True), names)
        except Exception as error:
            print(type(error).__name__, file=printed)
        yield printed.getvalue().removesuffix("\n")
        return
    path = os.path.join(folder, *what.split("/"))
    if kind == "remove":
        os.remove(path)
    else:
        source, seconds = rest
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(source)
        os.utime(path, (10**9 + seconds, 10**9 + seconds))  # so that nothing depends on the clock
    importlib.invalidate_caches()
