"""The service of lesson 17 under load: what each way to deploy new code does to the requests."""
import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.notebooks import KIT

HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
from service import Service
if __name__ == "__main__":
    service = Service()
    print(service.port, flush=True)
    service.worker.join()
"""


@pytest.fixture
def service(tmp_path, monkeypatch):
    """A copy of the module `service`, whose `responses` can be edited."""
    for name in ["responses", "service"]:
        shutil.copy(KIT / "lessons" / "examples" / f"{name}.py", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("service")
    for name in ["responses", "service"]:
        del sys.modules[name]


@pytest.fixture
def running(service):
    """The service while it runs."""
    running = service.Service()
    yield running
    running.stop()


def put_version(service, version):
    """Write the next version of the code, with another length."""
    (service_folder(service) / "responses.py").write_text(
        f"VERSION = '{version}'\n#{'#' * version}\ndef greeting():\n    return 'greeting ' + VERSION\n"
        "def price():\n    return 'price ' + VERSION\n", encoding="utf-8")


def service_folder(service):
    return Path(service.__file__).parent


@contextlib.contextmanager
def clients(service, port, count=8):
    """Clients that send one request after another, as long as the block runs. Yields a list of their responses."""
    responses, done = [], threading.Event()

    def send():
        while not done.is_set():
            try:
                responses.append(service.Request(port).finish().partition(", ")[2])
            except OSError:
                responses.append("")

    threads = [threading.Thread(target=send) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield responses
    finally:
        done.set()
        for thread in threads:
            thread.join()


def wait_for(responses, wanted, seconds=60):
    """Wait until a client has got a response, or until there are so many."""
    end = time.monotonic() + seconds
    while len(responses) < wanted if isinstance(wanted, int) else wanted not in responses:
        assert time.monotonic() < end, f"still waiting for {wanted}"
        time.sleep(0.01)


def response(version):
    return f"greeting {version}, price {version}"


def test_a_graceful_restart_loses_none_of_ten_thousand_requests(service, running):
    with clients(service, running.port) as responses:
        wait_for(responses, response(1))
        for version in range(2, 7):
            wait_for(responses, 2000 * (version - 1), seconds=300)
            put_version(service, version)
            running.replace_worker()
            wait_for(responses, response(version))
    assert len(responses) >= 10_000
    assert set(responses) == {response(version) for version in range(1, 7)}


def test_a_request_in_progress_during_a_graceful_restart_gets_all_of_the_old_version(service, running):
    request = service.Request(running.port)
    put_version(service, 2)
    running.replace_worker()
    assert service.Request(running.port).finish() == "visit 1, greeting 2, price 2"
    assert request.finish() == "visit 1, greeting 1, price 1"


def test_a_reload_mixes_two_versions_in_a_request_in_progress(service):
    with service.socket.create_server(("127.0.0.1", 0)) as listening_socket, service.Server(listening_socket) as server:
        threading.Thread(target=server.serve_forever, args=[0.05]).start()
        request = service.Request(listening_socket.getsockname()[1])
        put_version(service, 2)
        importlib.reload(sys.modules["responses"])
        assert request.finish() == "visit 1, greeting 1, price 2"
        server.shutdown()


def test_killing_the_worker_fails_a_request_in_progress_and_forgets_the_visits(service, running):
    assert service.Request(running.port).finish() == "visit 1, greeting 1, price 1"
    request = service.Request(running.port)
    put_version(service, 2)
    running.restart_worker()
    assert request.finish() == "the request failed"
    assert service.Request(running.port).finish() == "visit 1, greeting 2, price 2"


def test_if_a_new_version_does_not_start_the_old_one_keeps_responding(service, running, capfd):
    (service_folder(service) / "responses.py").write_text("def greeting(:\n", encoding="utf-8")
    with pytest.raises(EOFError):
        running.replace_worker()
    assert "SyntaxError" in capfd.readouterr().err
    assert service.Request(running.port).finish() == "visit 1, greeting 1, price 1"


@pytest.fixture
def pipes_stay_open(service, monkeypatch):
    """Keep every pipe open as Windows does, where a process that dies early never takes over its end of a pipe."""
    kept = []

    def pipe(pipe=service.spawn.Pipe):
        our_end, its_end = pipe()
        kept.append(os.dup(its_end.fileno()))
        return our_end, its_end

    def close_all():
        while kept:
            os.close(kept.pop())

    monkeypatch.setattr(service.spawn, "Pipe", pipe)
    deadline = threading.Timer(60, close_all)  # ends a hang
    deadline.start()
    yield
    deadline.cancel()
    close_all()


@pytest.mark.skipif(os.name == "nt", reason="the test above shows it on Windows")
def test_a_new_version_that_does_not_start_is_noticed_even_if_its_pipe_stays_open(service, pipes_stay_open):
    (service_folder(service) / "responses.py").write_text("def greeting(:\n", encoding="utf-8")
    with pytest.raises(EOFError, match="ended before it was ready"):
        service.Service()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_no_process_outlives_a_killed_parent(service):
    command = [sys.executable, "-c", HOLD, str(service_folder(service))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        port = int(parent.stdout.readline())
        assert service.Request(port).finish() == "visit 1, greeting 1, price 1"
        parent.send_signal(signal.SIGKILL)
        parent.communicate(timeout=120)  # the pipe ends when the last process that could write to it has ended
    with pytest.raises(OSError):
        service.Request(port)
