# processes.py: runs the service in its own process, and replaces that process.
# The new process inherits the listening socket on Linux and macOS, and gets a duplicate of it on Windows.
import contextlib
import multiprocessing.connection
import signal
import threading

from service.server import Server, open_listener

new_python = multiprocessing.get_context("spawn")  # it imports the files as they are now


def serve(listener_or_port, line, pause):
    """Answer requests, in the new process, until the other end of `line` is closed or its process has died."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # you may interrupt the notebook, but not the service
    listener = open_listener(listener_or_port) if isinstance(listener_or_port, int) else listener_or_port
    server = Server(listener, pause)
    line.send(server.port)
    with contextlib.suppress(EOFError, OSError):
        line.recv()  # nothing is ever sent: this ends when the other end is gone
    server.stop()


def start(listener_or_port=0, pause=0.1):
    """Start a process, and return it once it answers requests: at a port that it opens, or at the given listener."""
    line, its_end = new_python.Pipe()
    process = new_python.Process(target=serve, args=[listener_or_port, its_end, pause], daemon=True)
    process.start()
    its_end.close()
    # On Windows the pipe of a process that died at its start stays open, so wait for the process, too.
    if line not in multiprocessing.connection.wait([line, process.sentinel]):
        raise EOFError("the new process ended before it could answer")
    process.line, process.port = line, line.recv()
    return process


def finish(process):
    """Let a process answer the requests that it has accepted, and then end."""
    process.line.close()
    process.join()


class Service:
    """The service, whose process can be replaced by a new one while clients ask."""

    def __init__(self, pause=0.1):
        self.listener, self.pause = open_listener(), pause
        self.process = start(self.listener, pause)
        self.port = self.process.port

    def hand_over(self):
        """Start a new process with the same listener, and only then let the old one finish."""
        old, self.process = self.process, start(self.listener, self.pause)
        finish(old)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        finish(self.process)
        self.listener.close()


@contextlib.contextmanager
def watcher(path):
    """Run the service at the port that this returns; restart it when the file changes, as development servers do."""
    process, done = start(), threading.Event()

    def watch():
        nonlocal process
        seen = path.stat().st_mtime_ns
        while not done.wait(0.05):
            now = path.stat().st_mtime_ns
            if now != seen:
                process.terminate()
                process.join()
                process, seen = start(process.port), now

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield process.port
    finally:
        done.set()
        watching.join()
        finish(process)
