# server.py: answers each request in a thread of its own.
import http.server
import socket
import socketserver
import threading
import time

from service import answers


def open_listener(port=0):
    """Return a socket to which clients on this machine can connect. Port 0 means any free port."""
    return socket.create_server(("127.0.0.1", port), backlog=128)


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10  # seconds to wait for a silent client

    def do_GET(self):
        if self.path == "/names":
            text = " ".join(name for name in vars(answers) if not name.startswith("_"))
        else:
            text = answers.greeting()
            time.sleep(self.server.pause)  # work that takes time: a database, another service
            text += ", " + answers.price()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers the requests at `listener`, from now until `stop`."""

    def __init__(self, listener, pause=0.1):
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.pause, self.port = listener, pause, listener.getsockname()[1]
        listener.settimeout(0.1)  # if two processes accept, the other one may be faster
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def stop(self):
        """Accept no more requests, and return when those already accepted are answered."""
        self.shutdown()
        self.server_close()

    def __exit__(self, *_):
        self.stop()
