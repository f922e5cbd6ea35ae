"""Autoreload: notices when the user's IPython profile has switched it on, because it changes what lessons print."""
import sys


def say_if_on():
    """Print what to type if autoreload reloads edited modules, unless a cell has switched it on, as in lesson 11."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell and _is_on(shell) and not any("autoreload" in source for source in _cells(shell)):
        print("autoreload is switched on in your IPython profile. It reloads edited modules by itself, so cells print "
              "something else than they should. In a new cell, type: %autoreload 0")


def _is_on(shell):
    """Return whether autoreload is in a mode that reloads every edited module."""
    magics = shell.magics_manager.registry.get("AutoreloadMagics")
    return bool(magics) and magics._reloader.enabled and magics._reloader.check_all


def _cells(shell):
    """Return the sources of the cells so far. nbval keeps the running cell out of the history, but its request has it."""
    request = getattr(shell, "parent_header", None) or {}
    return [*shell.history_manager.input_hist_raw, request.get("content", {}).get("code", "")]
