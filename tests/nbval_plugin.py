"""Makes `pytest --nbval` dependable: `.pytest.ini` loads this, since a conftest.py would stand in the learner's way."""
import nbval.kernel

KERNEL_STARTS = 3  # about 1 start in 130 finds its port taken when several kernels start at once

_start_kernel_once = nbval.kernel.start_new_kernel


def start_kernel(*arguments, **options):
    """Start a kernel as nbval does, and try again when it did not come up."""
    for tries_left in reversed(range(KERNEL_STARTS)):
        try:
            return _start_kernel_once(*arguments, **options)
        except RuntimeError:
            if not tries_left:
                raise


def pytest_configure(config):
    nbval.kernel.start_new_kernel = start_kernel


def pytest_cmdline_main(config):  # after that of pytest-xdist, which wants to be first
    # The cells of a notebook need one kernel, in their order, so a plain `-n 2` must not spread them over workers.
    if getattr(config.option, "dist", "no") in ("load", "worksteal"):
        config.option.dist = "loadfile"
