"""The lessons for every reader: axe-core finds no violation, headings go down step by step, each picture has its text.

Skipped where Chromium, playwright or npm (which fetches axe-core) is missing; under CI that is a failure.
"""
import os
import re
import shutil
import subprocess
import tarfile

import pytest

from lessons.web import builder, pages
from tests import browser
from tests.notebooks import KIT, LESSONS, cells

AXE = "axe-core@4.14.1"
EXERCISES = sorted((KIT / "exercises").glob("[0-9]*.ipynb"))
every_notebook = pytest.mark.parametrize("path", LESSONS + EXERCISES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def fetch_axe(folder):
    """The source of axe-core, or None where it cannot be had."""
    npm = shutil.which("npm")
    if npm and subprocess.run([npm, "pack", "--silent", AXE], cwd=folder, capture_output=True).returncode == 0:
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            return archive.extractfile("package/axe.min.js").read().decode("utf-8")


@pytest.fixture(scope="module")
def violations(tmp_path_factory):
    """A function that opens a page and gives what axe-core finds wrong in it."""
    axe = fetch_axe(tmp_path_factory.mktemp("axe"))
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if not (axe and sync_playwright and browser.CHROMIUM):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("playwright, Chromium or axe-core is missing")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)

        def find(address, scheme="light"):
            page = chromium.new_page(color_scheme=scheme)
            page.goto(address)
            page.evaluate(axe)
            found = page.evaluate("axe.run()")["violations"]
            page.close()
            return [(violation["id"], node["html"]) for violation in found for node in violation["nodes"]]

        yield find
        chromium.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    pages.export(folder)
    return folder


@every_notebook
def test_a_page_has_no_violation(path, exported, violations):
    assert violations((exported / path.parent.name / f"{path.stem}.html").as_uri()) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_front_page_of_the_browser_edition_has_no_violation(scheme, tmp_path, violations):
    for path in LESSONS[:2]:
        (tmp_path / "lessons").mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / "lessons")
    (tmp_path / "index.html").write_text(builder.front_page(tmp_path), encoding="utf-8")
    assert violations((tmp_path / "index.html").as_uri(), scheme) == []


@every_notebook
def test_a_page_needs_nothing_from_elsewhere_and_its_links_lead_somewhere(path, exported):
    written = exported / path.parent.name / f"{path.stem}.html"
    text = written.read_text(encoding="utf-8")
    assert "<script" not in text
    assert re.findall(r'(?:src|<link[^>]* href)="(?!data:)[^"]*"', text) == []
    for target in re.findall(r'<a href="([^"#:]+)"', text):
        assert (written.parent / target).exists(), target


@every_notebook
def test_headings_go_down_step_by_step(path):
    levels = [len(marks) for cell in cells(path, "markdown") for marks in re.findall(
        r"(?m)^(#+) ", re.sub(r"(?s)```.*?```", "", cell["source"]))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))


@every_notebook
def test_a_picture_says_in_words_what_it_shows(path):
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            data = output.get("data", {})
            for alt in re.findall(r'<img alt="([^"]*)"', "".join(data.get("text/html", []))):
                words = alt.replace("&gt;", ">").replace("&lt;", "<").replace("&quot;", '"').replace("&amp;", "&")
                assert [line.strip() for line in "".join(data["text/plain"]).splitlines()] == words.split("; ")
