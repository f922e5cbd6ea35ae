"""Serves the browser edition to the browsers of this machine."""
import functools
import http.server
import webbrowser

from lessons.launcher.environment import SetupProblem


class Files(http.server.SimpleHTTPRequestHandler):
    """The files of a folder, with types that do not depend on the machine (Windows keeps its own in the registry)."""
    protocol_version = "HTTP/1.1"  # one connection for many of a page's hundred files
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript",
                      ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")  # a newer build shows at once; what did not change is not sent
        super().end_headers()

    def log_message(self, *_):
        pass


def open_server(folder, port):
    """A server for `folder` at a port of this machine, not yet serving. Raises SetupProblem without a site or port."""
    if not (folder / "jupyter-lite.json").is_file():
        raise SetupProblem(f"{folder} holds no browser edition. Make it with: python3 -m lessons.web build {folder}")
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Files, directory=str(folder)))
    except (OSError, OverflowError) as problem:
        raise SetupProblem(f"port {port} cannot be used ({problem}). Add --port 0, which takes any that is free") from None


def serve(folder, port, browser):
    """Serve until Ctrl-C."""
    with open_server(folder, port) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"The course is at {address} for browsers of this machine. Stop with Ctrl-C.", flush=True)
        if browser:
            webbrowser.open(address)
        server.serve_forever()
