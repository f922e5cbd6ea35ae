"""IPython's autoreload: what it remembers, and what the user's profile has switched on, change what lessons print."""
import sys


def say_if_on():
    """Print what to type if autoreload reloads edited modules, unless a cell has switched it on, as in lesson 14."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell and _is_on(shell) and not any("autoreload" in source for source in _cells(shell)):
        print("autoreload is switched on in your IPython profile. It reloads edited modules by itself, so cells don't "
              "print what this course says. In a new cell, type: %autoreload 0")


def _is_on(shell):
    """Return whether autoreload is in a mode that reloads every edited module."""
    magics = shell.magics_manager.registry.get("AutoreloadMagics")
    return bool(magics) and magics._reloader.enabled and magics._reloader.check_all


def _cells(shell):
    """Return the sources of the cells so far; from its request, if nbval keeps the running one out of the history."""
    request = getattr(shell, "parent_header", None) or {}
    return [*shell.history_manager.input_hist_raw, request.get("content", {}).get("code", "")]


def forget(name):
    """Make autoreload forget the module or package `name`. So a fresh copy is as new to it as in a new kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    magics = shell and shell.magics_manager.registry.get("AutoreloadMagics")
    if magics:
        reloader = magics._reloader
        sources = getattr(getattr(reloader, "deduper_reloader", None), "source_by_modname", {})  # since IPython 9
        for known in (reloader.modules_mtimes, reloader.modules, reloader.skip_modules, sources):
            for module in [module for module in known if module == name or module.startswith(f"{name}.")]:
                del known[module]
        magics.loaded_modules.difference_update(set(magics.loaded_modules) - set(sys.modules))
