"""Autoreload: notices when the user's IPython profile has switched it on, because that changes what lessons print."""
import sys


def say_if_on():
    """Print what to type if autoreload reloads edited modules, unless a cell has switched it on, as in lesson 11."""
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
