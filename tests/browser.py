"""A real JupyterLab, started by the kit's own command in a copy of the kit, and a real Chromium to work in it."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

KIT = Path(__file__).resolve().parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update"]
SECONDS = 60  # for a step; a busy machine with two cores is slow
START = """import sys
from lessons import __main__ as command
command.ready_python = lambda top: sys.executable  # the environment is at hand: do not install it again
sys.exit(command.main(sys.argv[1:]))"""
IDLE = "Python 3 (ipykernel) | Idle"


def copy_kit(folder):
    """A copy of what git knows of the kit, or of all that is not made by running it."""
    listed = subprocess.run(["git", "ls-files", "-z", "lessons", "exercises"], cwd=KIT, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (KIT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(KIT / name, folder / name)
    return folder


@contextlib.contextmanager
def started(top, *arguments, start=("-c", START), address=r"(http://127\.0\.0\.1:\d+/lab\S*)"):
    """Run JupyterLab in the kit's folder `top`, with settings of its own; gives the address that it prints."""
    home = top.parent / f"home of {top.name}"
    home.mkdir(exist_ok=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_"))}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *start, "--no-browser", f"--port={port}", "--ServerApp.ip=127.0.0.1", *arguments]
    with open(home / "log", "w+", encoding="utf-8") as log:
        process = subprocess.Popen(command + (["--allow-root"] if os.name != "nt" and os.getuid() == 0 else []), cwd=top,
                                   env={**variables, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config")},
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield wait_for(lambda: re.search(address, Path(log.name).read_text(encoding="utf-8")), log.name)[1]
        finally:
            process.terminate()  # JupyterLab ends its kernels then
            process.wait(SECONDS)


def wait_for(condition, what):
    """What `condition()` gives, as soon as it is true."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {SECONDS} s in vain: {what}"
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
        """Until the kernel of the visible notebook is there; a first placeholder claims to be idle too early."""
        self.page.locator(".jp-Notebook:visible .jp-CodeCell").first.wait_for()
        self.page.locator(".jp-StatusBar-Widget", has_text=IDLE).wait_for()

    @property
    def tabs(self):
        """The titles of the tabs in front, from left to right."""
        return self.page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current .lm-TabBar-tabLabel").all_inner_texts()

    def cell(self, name):
        """The code cell with this text in it."""
        return self.page.locator(".jp-Notebook:visible .jp-CodeCell").filter(has_text=name)

    def select(self, text):
        self.cell(text).first.locator(".cm-content").click()

    def run(self, text):
        """Run the cell with Shift+Enter and wait for its end; gives what it prints."""
        self.select(text)
        self.page.keyboard.press("Shift+Enter")
        return self.output(text)

    def output(self, text):
        cell = self.cell(text).first
        prompt = cell.locator(".jp-InputPrompt")
        wait_for(lambda: re.fullmatch(r"\[\d+\]:", prompt.inner_text().strip()), f"the cell {text!r} has run")
        return [output.inner_text().rstrip("\n")
                for output in cell.locator(".jp-OutputArea-output[data-mime-type*='stdout']").all()]

    def run_all(self):
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        self.page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()

    @property
    def editor(self):
        return self.page.locator(".jp-FileEditor:visible .cm-content")

    @property
    def shown(self):
        """The text in the editor tab."""
        return "\n".join(line.rstrip("\n") for line in self.page.locator(".jp-FileEditor:visible .cm-line").all_inner_texts())

    def replace_by_hand(self, old, new):
        """Put the cursor behind `old`, which ends a line of the editor, and type `new` in its place."""
        self.editor.locator(".cm-line", has_text=old).last.click()
        self.page.keyboard.press("End")
        for _ in old:
            self.page.keyboard.press("Shift+ArrowLeft")
        self.page.keyboard.insert_text(new)

    def on_disk(self, stem, name="spam.py"):
        return (self.lessons / "desk" / stem / name).read_text(encoding="utf-8")

    def sees_what_is_on_disk(self, stem):
        return self.shown.rstrip("\n") == self.on_disk(stem).rstrip("\n")

    def meets_no_dialog(self):
        return self.page.locator(".jp-Dialog").count() == 0
