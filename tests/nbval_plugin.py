"""Makes `pytest --nbval` dependable. `.pytest.ini` loads this, because learners would see a conftest.py."""
import os

import nbval.kernel
import pytest
from nbval.plugin import IPyNbCell

from lessons import files

KERNEL_STARTS = 3  # about 1 start in 130 finds its port taken when several kernels start at once
SCATTERS = ("load", "loadgroup", "worksteal")  # with these, pytest-xdist sends a notebook's cells to several workers

_start_kernel_once = nbval.kernel.start_new_kernel


def start_kernel(*arguments, **options):
    """Start a kernel as nbval does, and try again if it doesn't come up."""
    # PYTHONSAFEPATH would keep a notebook from importing the modules in its folder.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    variables["KIT_COMPARES_OUTPUTS"] = "1"
    for tries_left in reversed(range(KERNEL_STARTS)):
        try:
            return _start_kernel_once(*arguments, **{"env": variables, **options})
        except RuntimeError:
            if not tries_left:
                raise


def pytest_configure(config):
    nbval.kernel.start_new_kernel = start_kernel


def pytest_cmdline_main(config):  # after that of pytest-xdist, which wants to be first
    # The cells of a notebook need one kernel, in their order, so a plain `-n 2` must not spread them over workers.
    if getattr(config.option, "dist", "no") in SCATTERS:
        config.option.dist = "loadfile"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session):
    """Put the cells of each notebook together and into their order again, whatever other plugins did to them."""
    notebooks = {}
    for item in session.items:
        notebooks.setdefault(item.parent if isinstance(item, IPyNbCell) else item, []).append(item)
    session.items[:] = [item for items in notebooks.values()
                        for item in sorted(items, key=lambda item: getattr(item, "cell_num", 0))]


def pytest_unconfigure():
    files.sweep()  # nbval kills its kernels, so they can't delete their folders
