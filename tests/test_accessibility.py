"""Lessons as pages, and the pages of feedback, for every reader: axe-core finds nothing to mend.

Needs axe-core from npm: the environment variable KIT_AXE names its file axe.min.js. In CI a missing one is a failure.
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exercises.classroom import pages
from tests import browser
from tests.notebooks import KIT, LESSONS, cells
from tests.test_classroom import result

AXE = os.environ.get("KIT_AXE")


@pytest.fixture(scope="module")
def page():
    if not AXE:
        reason = "axe-core is not here: npm pack axe-core, unpack it, and set KIT_AXE to the path of its axe.min.js"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)
        yield chromium.new_page()
        chromium.close()


def violations(page, path, scheme):
    """What axe-core finds on a page that is shown in a colour scheme."""
    page.emulate_media(color_scheme=scheme)
    page.goto(path.as_uri())
    page.add_script_tag(path=AXE)
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in page.evaluate("axe.run()")["violations"]]


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_a_lesson_as_a_page_is_for_every_reader(page, path, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--template", "pages", "--output-dir", str(tmp_path),
               f"--TemplateExporter.extra_template_basedirs={KIT / 'lessons' / 'web'}",
               "--TemplateExporter.exclude_input_prompt=True", "--TemplateExporter.exclude_output_prompt=True", str(path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert violations(page, Path(tmp_path, f"{path.stem}.html"), "light") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["feedback", "class"])
def test_the_pages_of_feedback_are_for_every_reader(page, name, scheme, tmp_path):
    overview = pages.ClassPage()
    overview.add(result(), "feedback.html")
    path = tmp_path / f"{name}.html"
    path.write_text(overview.drawn({"bob": "no reason"}) if name == "class" else pages.feedback(result()), encoding="utf-8")
    assert violations(page, path, scheme) == []


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_a_lesson_has_one_title_and_no_other_headings(path):
    headings = [line for cell in cells(path, "markdown") for line in cell["source"].splitlines() if line.startswith("#")]
    assert len(headings) == 1 and headings[0].startswith("# ")
