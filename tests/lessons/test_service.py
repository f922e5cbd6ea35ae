"""The service of lesson 12 under load: what each way to deploy new code does to the requests."""
import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.notebooks import KIT

HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
from service.processes import start
process = start(pause=0)
print(process.port, flush=True)
process.join()
"""


@pytest.fixture
def service(tmp_path, monkeypatch):
    """The modules of a copy of the service, by name, and its `answers_py`."""
    shutil.copytree(KIT / "lessons" / "examples" / "service", tmp_path / "service",
                    ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(tmp_path)
    names = ["answers", "server", "processes", "clients"]
    yield {"answers_py": tmp_path / "service" / "answers.py",
           **{name: importlib.import_module(f"service.{name}") for name in names}}
    for name in [name for name in sys.modules if name.split(".")[0] == "service"]:
        del sys.modules[name]


def put_version(service, version):
    """Write the next version of the code, with another length, and return its answer."""
    service["answers_py"].write_text(f"VERSION = '{version}'\n#{'#' * version}\n"
                                     "def greeting():\n    return 'greeting ' + VERSION\n"
                                     "def price():\n    return 'price ' + VERSION\n", encoding="utf-8")
    return f"greeting {version}, price {version}"


def test_a_hand_over_loses_none_of_ten_thousand_requests(service):
    clients = service["clients"]
    first = put_version(service, 1)
    with service["processes"].Service(pause=0.002) as running, clients.Clients(running.port) as asking:
        asking.wait_for(first)
        for version in range(2, 7):
            while len(asking.answers) < 2000 * (version - 1):
                time.sleep(0.01)
            newest = put_version(service, version)
            running.hand_over()
            asking.wait_for(newest)
    assert len(asking.answers) >= 10_000
    assert asking.failed == []
    assert not any(map(clients.is_mixed, asking.answers))


def test_a_reload_in_place_mixes_versions_and_keeps_what_the_file_dropped(service):
    clients, server = service["clients"], service["server"]
    with server.Server(server.open_listener()) as running, clients.Clients(running.port) as asking:
        asking.wait_for("greeting 1, price 1")
        newest = put_version(service, 2)
        importlib.reload(service["answers"])
        asking.wait_for(newest)
        assert "DISCOUNT" in clients.ask(running.port, "/names")
    assert "greeting 1, price 2" in asking.answers
    assert asking.failed == []


def test_a_watcher_that_restarts_fails_requests(service):
    clients = service["clients"]
    with service["processes"].watcher(service["answers_py"]) as port, clients.Clients(port) as asking:
        asking.wait_for("greeting 1, price 1")
        asking.wait_for(put_version(service, 2))
    assert asking.failed != []
    assert not any(map(clients.is_mixed, asking.answers))


def test_if_a_new_version_does_not_start_the_old_one_keeps_answering(service, capfd):
    with service["processes"].Service(pause=0) as running:
        service["answers_py"].write_text("def greeting(:\n", encoding="utf-8")
        with pytest.raises(EOFError):
            running.hand_over()
        assert "SyntaxError" in capfd.readouterr().err
        assert service["clients"].ask(running.port) == "greeting 1, price 1"


@pytest.fixture
def pipes_stay_open(service, monkeypatch):
    """Keep every pipe open as Windows does, where a process that dies early never takes over its end of a pipe."""
    new_python, kept = service["processes"].new_python, []

    def pipe(pipe=new_python.Pipe):
        line, its_end = pipe()
        kept.append(os.dup(its_end.fileno()))
        return line, its_end

    def close_all():
        while kept:
            os.close(kept.pop())

    monkeypatch.setattr(new_python, "Pipe", pipe)
    deadline = threading.Timer(60, close_all)  # ends a hang
    deadline.start()
    yield
    deadline.cancel()
    close_all()


@pytest.mark.skipif(os.name == "nt", reason="the test above shows it on Windows")
def test_a_new_version_that_does_not_start_is_noticed_even_if_its_pipe_stays_open(service, pipes_stay_open):
    service["answers_py"].write_text("def greeting(:\n", encoding="utf-8")
    with pytest.raises(EOFError, match="ended before it could answer"):
        service["processes"].start()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_no_process_outlives_a_killed_parent(service):
    folder = service["answers_py"].parents[1]
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True) as parent:
        port = int(parent.stdout.readline())
        assert service["clients"].ask(port) == "greeting 1, price 1"
        parent.send_signal(signal.SIGKILL)
        parent.communicate(timeout=20)  # the pipe ends when the last process that could write to it has ended
    with pytest.raises(OSError):
        service["clients"].ask(port)
