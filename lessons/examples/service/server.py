# server.py: answers each request in a thread of its own.
import http.server
import socket
import socketserver
import threading
import time

from service import answers


def open_listener(port=0):
    """A socket to which clients of this machine can connect; port 0 means any that is free."""
    return socket.create_server(("127.0.0.1", port), backlog=128)


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10  # seconds that a silent client is waited for

    def do_GET(self):
        if self.path == "/names":
            text = " ".join(name for name in vars(answers) if not name.startswith("_"))
        else:
            text = answers.greeting()
            time.sleep(self.server.pause)  # work that takes its time: a database, another service
            text += ", " + answers.price()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers the requests that come in at `listener`, from now until `stop`."""

    def __init__(self, listener, pause=0.1):
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.pause, self.port = listener, pause, listener.getsockname()[1]
        listener.settimeout(0.1)  # where two processes accept, the other one may have been faster
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def stop(self):
        """Accept no more, and return when all that was accepted is answered."""
        self.shutdown()
        self.server_close()

    def __exit__(self, *_):
        self.stop()
