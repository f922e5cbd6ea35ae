"""Drives a real JupyterLab, started by the course's own command in a copy, as a learner in Chromium does."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from lessons.launcher.environment import EXTENSIONS
from lessons.notebooks import KIT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update"]
SECONDS = 120  # for a step: a busy machine with two cores is slow
START = """import sys
from lessons import __main__ as command
command.ready_python = lambda top: sys.executable  # this environment has everything: don't install it again
sys.exit(command.main(sys.argv[1:]))"""
ADDRESS = r"http://127\.0\.0\.1:(\d+)/(?:lab|tree)\S*"
TAB = "#jp-main-dock-panel .lm-TabBar-tab"
IDLE = "Python 3 (ipykernel) | Idle"
# Only works where the page exposes its app to scripts: JupyterLite does, others if an option tells them to.
KERNEL_IS_IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


def copy_kit(top):
    """Copy what the command needs to the folder `top`, and return that folder."""
    for name in ("lessons", "exercises"):
        shutil.copytree(KIT / name, top / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return top


def linked(folder, top):
    """Let `workbench` and `practice` be imported from a folder, and nothing else of the course; return the folder."""
    folder.mkdir(exist_ok=True)
    for path in (top / "lessons" / "workbench", top / "exercises" / "practice.py"):
        if not (folder / path.name).is_symlink():  # a second start has them already
            (folder / path.name).symlink_to(path)
    return folder


@contextlib.contextmanager
def started(top, start=("-c", START)):
    """Run JupyterLab in the course's folder `top`, with its own settings, and return the address that it prints."""
    home = top.parent / f"home of {top.name}"
    settings = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True, exist_ok=True)
    added = home / "share" / "jupyter"  # what the set-up adds to .venv
    for path in EXTENSIONS:
        shutil.copytree(KIT / path, added / "labextensions" / Path(path).name, dirs_exist_ok=True)
    misleading = ("JUPYTER", "JPY_", "PYTHONPATH")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(misleading)}
    variables |= {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTER_PATH": str(added),
                  "PYTHONPATH": str(linked(home / "packages", top))}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *start, "--no-browser", f"--port={port}", "--ServerApp.ip=127.0.0.1"]
    command += ["--allow-root"] if os.name != "nt" and os.getuid() == 0 else []
    with open(home / "log", "w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=top, env=variables, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT)
        try:
            printed = partial(Path(log.name).read_text, encoding="utf-8")
            wait_for(lambda: re.search(ADDRESS, printed()) or process.poll() is not None, printed)
            address = re.search(ADDRESS, printed())
            assert address, f"JupyterLab ended: {printed()}"
            wait_for(lambda: is_open(int(address[1])), "a server answers at the address")  # a moment later
            yield address[0]
        finally:
            process.terminate()  # JupyterLab then ends its kernels
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:  # one in a hundred, on a busy machine; its kernels end with it
                process.kill()
                process.wait()


def is_open(port):
    """Return whether a server answers at a port of this machine."""
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, what):
    """Call `condition` until it returns something true, and return that. `what` says what it waits for."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {SECONDS} s: {what() if callable(what) else what}"
        time.sleep(0.05)
    return found


class Learner:
    """What a person does and sees in JupyterLab."""

    def __init__(self, page, top):
        self.page, self.lessons = page, top / "work" / "lessons"

    def open(self, address):
        self.page.goto(address)
        self.wait_until_ready()

    def wait_until_ready(self):
        """Wait until the kernel of the visible notebook is idle, and not just the placeholder that's there at first."""
        self.page.locator(".jp-Notebook:visible .jp-CodeCell").first.wait_for()
        self.page.locator(".jp-StatusBar-Widget", has_text=IDLE).wait_for()

    @property
    def tabs(self):
        """Return the titles of the tabs in front, from left to right, without the panel under the source file."""
        titles = self.page.locator(f"{TAB}.lm-mod-current .lm-TabBar-tabLabel").all_inner_texts()
        return [title for title in titles if title != "Picture"]

    def cell(self, text):
        """Return the code cells that contain this text. The page has no line ends in it."""
        return self.page.locator(".jp-Notebook:visible .jp-CodeCell").filter(has_text=text.replace("\n", ""))

    def select(self, text):
        self.cell(text).first.locator(".cm-content").click()

    def start(self, text):
        """Run the cell with Shift+Enter."""
        self.select(text)
        self.page.keyboard.press("Shift+Enter")

    def run(self, text, prints):
        """Run the cell with Shift+Enter, and see that it prints this and nothing else."""
        self.start(text)
        self.sees_printed(text, lambda output: output == prints)

    def sees_printed(self, text, is_expected):
        """Wait until the cell has run and printed what's expected."""
        output = self.cell(text).first.locator(".jp-OutputArea-output[data-mime-type*='stdout']")
        wait_for(lambda: self.has_run(text) and is_expected("".join(output.all_inner_texts()).rstrip("\n")),
                 lambda: f"{text!r} prints {output.all_inner_texts()}")

    def has_run(self, text):
        return re.fullmatch(r"\[\d+\]:", self.cell(text).first.locator(".jp-InputPrompt").inner_text().strip())

    def run_all(self):
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        self.page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()

    def save(self):
        self.page.keyboard.press("Control+s")

    @property
    def editor(self):
        return self.page.locator(".jp-FileEditor:visible .cm-content")

    @property
    def shown(self):
        """Return the text in the editor tab."""
        return "\n".join(line.rstrip("\n") for line in self.editor.locator(".cm-line").all_inner_texts())

    def go_to_the_end_of(self, line):
        """Put the cursor into the editor. JupyterLab before 4.6 takes it back for 0.2 s after a cell was started."""
        def stays():
            self.editor.locator(".cm-line", has_text=line).last.click()
            time.sleep(0.3)
            return self.editor.evaluate("editor => editor.contains(document.activeElement)")
        wait_for(stays, "the cursor is in the editor")
        self.page.keyboard.press("End")

    def replace_by_hand(self, old, new):
        """Replace `old`, which ends a line in the editor, by typing `new`."""
        self.go_to_the_end_of(old)
        for _ in old:
            self.page.keyboard.press("Shift+ArrowLeft")
        self.page.keyboard.insert_text(new)

    def on_disk(self, stem, name="spam.py"):
        return (self.lessons / "workspace" / stem / name).read_text(encoding="utf-8")

    def sees_what_is_on_disk(self, stem):
        return self.shown.rstrip("\n") == self.on_disk(stem).rstrip("\n")

    def meets_no_dialog(self):
        return self.page.locator(".jp-Dialog").count() == 0
