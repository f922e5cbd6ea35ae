"""Takes the README's screenshots: `python -m solutions.authoring.screenshots`, with Playwright and Chromium.

A lesson, a check with its message, and the teacher's page of a class of invented learners, each light and dark.
"""
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from exercises.grader import tasks
from lessons.notebooks import KIT
from solutions.authoring import browser

PICTURES = KIT / ".github" / "pictures"

REFRESH = tasks.find("refresh")


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        class_page = graded_class(Path(folder, "class")).as_uri()
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)
        for scheme, ending in (("light", ".png"), ("dark", "-dark.png")):
            page = chromium.new_page(viewport={"width": 1200, "height": 760}, color_scheme=scheme)
            with browser.started(prepared(Path(folder, scheme))) as address:
                lesson(page, address)
                page.screenshot(path=PICTURES / f"lesson{ending}")
                check(page, re.sub(r"/lab[^?]*", f"/lab/tree/exercises/{REFRESH.notebook}.ipynb", address))
                page.screenshot(path=PICTURES / f"check{ending}")
            page.goto(class_page)
            page.screenshot(path=PICTURES / f"class{ending}")
        chromium.close()


def prepared(top):
    """Return a copy of the course in the folder `top`, whose JupyterLab follows the browser's colour scheme."""
    browser.copy_kit(top)
    shutil.copytree(KIT / "solutions", top / "solutions")
    themes = top.parent / f"home of {top.name}" / "settings" / "@jupyterlab" / "apputils-extension"
    themes.mkdir(parents=True)
    (themes / "themes.jupyterlab-settings").write_text('{"adaptive-theme": true}', encoding="utf-8")
    return top


def lesson(page, address):
    """Show lesson 1 up to the first surprise, with its spam.py beside it."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.locator(".jp-Notebook .jp-Cell").first.click()
    for typed in ("", "", "", "", "", "New grok", "", ""):  # a prediction, in the sixth cell
        page.keyboard.type(typed)
        page.keyboard.press("Shift+Enter")
        time.sleep(0.7)


def check(page, address):
    """Show a wrong answer, and the message that it gets."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.locator(".jp-CodeCell .cm-content", has_text="def refresh").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(REFRESH.wrong["imports_again"][1].strip())
    page.locator(".jp-Notebook .jp-Cell").first.click()
    for _ in range(5):
        page.keyboard.press("Shift+Enter")
        time.sleep(0.7)
    page.get_by_text("NOT YET").first.wait_for()
    page.keyboard.press("Control+B")  # closes the list of files
    page.locator(".course-unfinished").last.evaluate("box => box.scrollIntoView({block: 'center'})")
    time.sleep(1)


def graded_class(folder):
    """Grade thirty invented learners, and return the teacher's page."""
    draw = random.Random(3)
    for number in range(30):
        for path in tasks.sources()[:3]:
            notebook = json.loads(tasks.exercise_from(path))
            cells = {cell["id"]: cell for cell in notebook["cells"]}
            for task in tasks.tasks_of(path):
                answers = [task.answer] * 6 + [code for _, code in task.wrong.values()]
                cells[f"answer-{task.name}"]["source"] = draw.choice(answers)
            target = folder / f"learner {number + 1}" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(notebook), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "exercises", "grade", str(folder)], cwd=KIT, stdout=subprocess.DEVNULL)
    return folder.with_name("class-grades") / "class.html"


if __name__ == "__main__":
    main()
