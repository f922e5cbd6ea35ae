"""The tests' own plug-in: it leans on nbval's insides, so that it has to be seen when these move."""
import inspect

import nbval.kernel
import pytest

from tests import nbval_plugin


def test_nbval_starts_kernels_by_the_function_that_the_plugin_replaces():
    assert nbval.kernel.start_new_kernel is nbval_plugin.start_kernel
    assert "start_new_kernel(" in inspect.getsource(nbval.kernel.RunningKernel)


@pytest.mark.parametrize("failures", range(nbval_plugin.KERNEL_STARTS + 1))
def test_a_kernel_that_does_not_come_up_is_started_again(monkeypatch, failures):
    outcomes = iter([RuntimeError("the port was taken")] * failures + ["a kernel"])

    def start_once(name, timeout):
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome, name, timeout

    monkeypatch.setattr(nbval_plugin, "_start_kernel_once", start_once)
    if failures < nbval_plugin.KERNEL_STARTS:
        assert nbval_plugin.start_kernel("python3", timeout=60) == ("a kernel", "python3", 60)
    else:
        with pytest.raises(RuntimeError, match="port was taken"):
            nbval_plugin.start_kernel("python3", timeout=60)
