"""Serves the browser edition to the browsers of this machine."""
import functools
import http.server
import webbrowser

from lessons import PYTHON
from lessons.launcher.environment import SetupProblem


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with types that don't depend on the machine: Windows has its own list in the registry."""
    protocol_version = "HTTP/1.1"  # one connection for many of a page's hundred files
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript",
                      ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")  # shows a newer build at once; unchanged files aren't sent again
        super().end_headers()

    def log_message(self, *_):
        pass


def is_site(folder):
    """Return whether a folder is a browser edition."""
    return (folder / "jupyter-lite.json").is_file()


def open_server(folder, port):
    """Return a server for `folder` at a port of this machine. Raises SetupProblem without a site or a free port."""
    if not is_site(folder):
        raise SetupProblem(f"{folder} isn't a browser edition. Build it with: {PYTHON} -m lessons.web build {folder}")
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Files, directory=str(folder)))
    except (OSError, OverflowError) as problem:
        raise SetupProblem(f"port {port} can't be used ({problem}). Add --port 0, which chooses a free one") from None


def serve(folder, port, browser):
    """Serve a folder until Ctrl-C."""
    with open_server(folder, port) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"The course is at {address} for browsers on this machine. To stop: Ctrl-C.", flush=True)
        if browser:
            webbrowser.open(address)
        server.serve_forever()
