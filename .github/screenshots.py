"""Take the README's screenshots anew, from the real thing: `.venv/bin/python .github/screenshots.py` (needs Playwright).

A lesson at work, a check with its message, and the teacher's page of a class of made-up learners.
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

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from playwright.sync_api import sync_playwright  # noqa: E402

from exercises.grader import tasks  # noqa: E402
from tests import browser  # noqa: E402

REFRESH = tasks.find("refresh")


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        top = Path(folder, "kit")
        browser.copy_kit(top)
        shutil.copytree(browser.KIT / "solutions", top / "solutions")
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)
        page = chromium.new_page(viewport={"width": 1200, "height": 760})
        with browser.started(top) as address:
            lesson(page, address)
            check(page, re.sub(r"/lab[^?]*", f"/lab/tree/exercises/{REFRESH.notebook}.ipynb", address))
        page.goto(graded_class(Path(folder, "class")).as_uri())
        page.screenshot(path=HERE / "class.png")
        chromium.close()


def lesson(page, address):
    """Lesson 1 up to the first surprise, with its spam.py beside it."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.locator(".jp-Notebook .jp-Cell").first.click()
    for _ in range(7):
        page.keyboard.press("Shift+Enter")
        time.sleep(0.7)
    page.screenshot(path=HERE / "lesson.png")


def check(page, address):
    """An answer that is not right yet, and what it is told."""
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
    page.screenshot(path=HERE / "check.png")


def graded_class(folder):
    """Grade thirty made-up learners; gives the teacher's page."""
    draw = random.Random(3)
    for number in range(30):
        for path in tasks.sources()[:3]:
            notebook = json.loads(tasks.exercise_from(path))
            for task in tasks.tasks_of(path):
                answers = [task.answer] * 6 + [code for _, code in task.wrong.values()]
                next(cell for cell in notebook["cells"] if cell["id"] == f"answer-{task.name}")["source"] = draw.choice(answers)
            target = folder / f"learner {number + 1}" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(notebook), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "exercises", "grade", str(folder)], cwd=HERE.parent, stdout=subprocess.DEVNULL)
    return folder.with_name("class-grades") / "class.html"


if __name__ == "__main__":
    main()
