"""The panel under a lesson's source file, in a real JupyterLab: it follows each cell, and goes back and forward."""
import contextlib
import json
import os
import re

import pytest

from solutions.authoring.browser import TAB, started, wait_for
from tests.browsers import test_jupyterlab
from tests.browsers.test_jupyterlab import FROM_IMPORT, IMPORT, RELOAD, leave_off_at

pytestmark = test_jupyterlab.pytestmark
chromium, top, learner = test_jupyterlab.chromium, test_jupyterlab.top, test_jupyterlab.learner
START, RELOADS = 'fresh("spam")', "spam.bar()\ngrok()\nspam.grok()"
PARTED = ["spam.grok now refers to #4 function grok, NEW: 'New grok'.",
          "spam.bar now refers to #5 function bar, NEW: 'bar'.", "#1 function grok is OLD now."]
AXE = os.environ.get("KIT_AXE")


class Panel:
    """What a person sees of the panel and does with it."""

    def __init__(self, page):
        self.page, self.node = page, page.locator(".rc-Picture")

    @property
    def when(self):
        return self.node.locator(".rc-Picture-when").inner_text()

    @property
    def changes(self):
        return self.node.get_by_role("status").locator("p").all_inner_texts()

    @property
    def text(self):
        """What a screen reader says about the drawing."""
        return self.node.get_by_role("img").get_attribute("aria-label")

    def press(self, name):
        self.node.get_by_role("button", name=name).click()

    def sees(self, words):
        wait_for(lambda: words in self.node.inner_text(), lambda: f"{words!r} in {self.node.inner_text()!r}")

    def close(self):
        tab = self.page.locator(TAB, has_text="Picture")
        tab.locator(".lm-TabBar-tabCloseIcon").click()
        self.node.wait_for(state="detached")

    def show_from_the_menu(self):
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^View$")).click()
        self.page.locator(".lm-Menu-item[data-command='picture-panel:show']").click()
        self.node.wait_for()

    def is_under(self, other):
        box, above = self.node.bounding_box(), other.bounding_box()
        return box and abs(box["x"] - above["x"]) < 5 and box["y"] >= above["y"] + above["height"]


@contextlib.contextmanager
def opened(learner, top, stem=FROM_IMPORT, *cells):
    leave_off_at(top, stem, *cells)
    with started(top) as address:
        learner.open(address)
        panel = Panel(learner.page)
        panel.node.wait_for()
        yield panel


def run_up_to_the_reload(learner):
    learner.start(START)
    learner.start("edit_file(spam_py, \"print('grok')\"")
    learner.run(RELOADS, prints="bar\ngrok\nNew grok")


def test_it_follows_each_cell_and_goes_back_and_forward(learner, top):
    with opened(learner, top) as panel:
        assert panel.is_under(learner.page.locator(".jp-FileEditor:visible"))
        assert "So far no name does." in panel.node.inner_text()
        run_up_to_the_reload(learner)
        panel.sees("Moment 2 of 2: after cell [3] importlib.reload(spam)")
        assert panel.changes[:3] == PARTED and "grok - - > \N{BLACK DIAMOND} #1 function grok, OLD" in words(panel.text)
        panel.press("Back")
        panel.sees("Moment 1 of 2")
        assert "grok refers to #1 function grok: 'grok'." in panel.changes and "OLD" not in panel.text
        learner.page.keyboard.press("ArrowRight")
        panel.sees("Moment 2 of 2")
        panel.press("As text")
        assert "spam.grok ====> #4 function grok, NEW: 'New grok'" in words(panel.node.locator("pre").inner_text())
        learner.start("1. spam.bar() prints")
        panel.sees("No name changed up to cell [4]")
        learner.save()
        stored = learner.lessons / f"{FROM_IMPORT}.ipynb"
        wait_for(lambda: '"execution_count": 4' in stored.read_text(encoding="utf-8"), "saved")
        assert "rc-Picture" not in stored.read_text(encoding="utf-8")  # it isn't an output
        assert learner.meets_no_dialog()


def words(text):
    return re.sub(" +", " ", text)


def test_it_survives_a_reload_of_the_page_and_says_when_python_was_restarted(learner, top):
    with opened(learner, top) as panel:
        run_up_to_the_reload(learner)
        panel.sees("Moment 2 of 2")
        learner.page.reload()
        learner.wait_until_ready()
        panel.sees("Moment 2 of 2")  # the kernel has kept them
        assert panel.changes[:3] == PARTED
        learner.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Kernel$")).click()
        learner.page.locator(".lm-Menu-item[data-command='kernelmenu:restart']").click()
        learner.page.locator(".jp-Dialog .jp-mod-accept").click()
        panel.sees("Python was restarted")
        learner.wait_until_ready()
        learner.run(START, prints="bar\ngrok")
        panel.sees("Moment 1 of 1")


def test_a_closed_panel_stays_closed_until_it_is_asked_for(learner, top):
    with opened(learner, top) as panel:
        panel.close()
        learner.run(START, prints="bar\ngrok")
        learner.page.reload()
        learner.wait_until_ready()
        learner.start("edit_file(spam_py")
        wait_for(lambda: learner.has_run("edit_file(spam_py"), "the cell has run")
        assert panel.node.count() == 0
        panel.show_from_the_menu()
        panel.sees("Moment 1 of 1")  # it has followed meanwhile
        assert panel.is_under(learner.page.locator(".jp-FileEditor:visible"))


def test_it_shows_the_lesson_in_front_and_needs_no_source_file(learner, top):
    with opened(learner, top, IMPORT) as panel:
        learner.start(START)
        learner.start("import spam\nspam.grok()")
        panel.sees("Moment 1 of 1")
        learner.page.locator(".jp-Notebook:visible a", has_text="02 ").last.click()
        wait_for(lambda: learner.tabs[0] == f"{RELOAD}.ipynb", "lesson 2 is in front")
        panel.sees("So far no name does.")
        learner.page.locator(TAB, has_text=IMPORT).click()
        panel.sees("Moment 1 of 1")
        while (files := learner.page.locator(TAB, has_text="spam.py")).count():
            files.last.locator(".lm-TabBar-tabCloseIcon").click()
        learner.start("import sys\ndel spam")
        panel.sees("spam refers to nothing now.")
        assert panel.node.is_visible() and learner.meets_no_dialog()
        learner.page.locator(TAB, has_text=RELOAD).click()
        learner.page.locator(".jp-Notebook:visible a", has_text="03 ").last.click()
        wait_for(lambda: learner.tabs[0] == f"{FROM_IMPORT}.ipynb", "lesson 3 is in front")
        learner.editor.wait_for()
        wait_for(lambda: panel.is_under(learner.page.locator(".jp-FileEditor:visible")), "the file opens above it")
        learner.page.locator(".jp-Notebook:visible a", has_text="03 Exercises").last.click()
        panel.node.wait_for(state="detached")  # exercises have no pictures
        learner.page.locator(TAB, has_text=FROM_IMPORT).first.click()
        wait_for(lambda: panel.is_under(learner.page.locator(".jp-FileEditor:visible")), "it's back with the lesson")


BURST = [f"x = {number}" for number in range(1, 100)]


def test_a_hundred_moments_in_a_burst(learner, top):
    first = 'from workbench import picture\nx = 0\npicture("x")'
    with opened(learner, top, FROM_IMPORT, first, *BURST) as panel:
        learner.start(first)
        learner.run_all()
        wait_for(lambda: learner.has_run('edit_file(checkout_py, "price(amount)"'), "the last cell has run")
        panel.sees("checkout.total")
        shown, last = map(int, re.match(r"Moment (\d+) of (\d+)", panel.when).groups())
        assert shown == last > len(BURST)
        panel.press("Back")
        panel.sees(f"Moment {last - 1} of {last}")
        assert learner.meets_no_dialog()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_is_for_every_reader(learner, top, theme):
    if not AXE:
        pytest.fail("KIT_AXE is missing") if os.environ.get("CI") else pytest.skip("axe-core isn't here: set KIT_AXE")
    settings = top.parent / f"home of {top.name}" / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
    with opened(learner, top) as panel:
        run_up_to_the_reload(learner)
        panel.sees("Moment 2 of 2")
        learner.page.add_script_tag(path=AXE)
        found = learner.page.evaluate("axe.run('.rc-Picture')")["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
