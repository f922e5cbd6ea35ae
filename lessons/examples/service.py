# service.py: a small service. A worker process handles its requests, and can be replaced while clients send more.
import contextlib
import itertools
import multiprocessing.connection
import signal
import socket
import socketserver
import threading

import responses

spawn = multiprocessing.get_context("spawn")  # a new worker imports the files as they are now
visits = itertools.count(1)  # only in the worker's memory


class Handler(socketserver.StreamRequestHandler):
    timeout = 20  # seconds to wait for a silent client

    def handle(self):
        """Send the two lines of a response."""
        self.wfile.write(f"visit {next(visits)}, {responses.greeting()}\n".encode())
        self.rfile.readline()  # stands for work that takes time: it ends when the client sends a line
        self.wfile.write(f"{responses.price()}\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """Handles the requests that arrive at a listening socket, each in its own thread."""

    def __init__(self, listening_socket):
        super().__init__(listening_socket.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening_socket
        self.socket.settimeout(0.1)  # if two processes accept, the other one may be faster


class Service:
    """A service that runs until `stop`."""

    def __init__(self):
        self.listening_socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listening_socket.getsockname()[1]
        self.worker = self.start_worker()

    def start_worker(self):
        """Start a process that handles the requests at the listening socket. Return it once it's ready."""
        our_end, its_end = spawn.Pipe()
        worker = spawn.Process(target=work, args=[self.listening_socket, its_end], daemon=True)
        worker.start()
        its_end.close()
        # On Windows the pipe of a process that died at its start stays open, so wait for the process, too.
        if our_end not in multiprocessing.connection.wait([our_end, worker.sentinel]):
            raise EOFError("the new process ended before it was ready")
        our_end.recv()
        worker.pipe = our_end
        return worker

    def restart_worker(self):
        """Kill the worker, then start another one."""
        self.worker.terminate()
        self.worker.join()
        self.worker = self.start_worker()

    def replace_worker(self):
        """Start a new worker. Only then tell the old one to accept no more requests, and to finish those it has."""
        old, self.worker = self.worker, self.start_worker()
        old.pipe.send("accept no more")
        old.pipe.recv()

    def stop(self):
        """End the service, after the requests in progress."""
        self.worker.pipe.close()
        self.worker.join()
        self.listening_socket.close()


def work(listening_socket, pipe):
    """Handle requests, in the worker process, until the main process says stop or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # you may interrupt the notebook, but not the service
    server = Server(listening_socket)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    pipe.send("ready")
    with contextlib.suppress(EOFError, OSError):
        pipe.recv()
    server.shutdown()
    with contextlib.suppress(OSError):
        pipe.send("accepting no more")
    server.server_close()  # waits for the requests in progress


class Request:
    """A request of a client. It's in progress from the moment its first line has arrived until `finish`."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.lines = self.connection.makefile("r", encoding="utf-8")
        self.first_line = self.lines.readline().strip()

    def finish(self):
        """Return the response."""
        with self.connection, self.lines:
            try:
                self.connection.sendall(b"\n")
                last_line = self.lines.readline().strip()
            except OSError:
                last_line = ""
        return f"{self.first_line}, {last_line}" if last_line else "the request failed"
