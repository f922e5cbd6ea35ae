"""Lessons as pages, the pages of a graded class, and the front page, for every reader: axe-core finds no fault in them.

Needs axe-core from npm: the environment variable KIT_AXE is the path of its axe.min.js. In CI the tests fail without.
"""
import html
import os
import re
import shutil

import pytest

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, Verdict, grade
from exercises.progress import boxes
from exercises.progress.store import Help
from exercises.submissions import pages
from exercises.submissions.pages.history import OverTime
from exercises.training.sitting import Sitting
from lessons.notebooks import KIT, cells
from lessons.web import builder, pages as reading
from solutions.authoring import browser
from tests.notebooks import EXERCISES, LESSONS
from tests.submissions.test_class_page import NOT_PYTHON, result
from tests.submissions.test_over_time import run

NOTEBOOKS = [*LESSONS, *EXERCISES]
AXE = os.environ.get("KIT_AXE")


@pytest.fixture(scope="module")
def page():
    if not AXE:
        reason = "axe-core isn't here. Run npm pack axe-core, unpack it, and set KIT_AXE to the path of its axe.min.js"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)
        yield chromium.new_page()
        chromium.close()


def violations(page, path, scheme):
    """Return the faults that axe-core finds on a page in a colour scheme."""
    page.emulate_media(color_scheme=scheme)
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    page.add_script_tag(path=AXE)
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in page.evaluate("axe.run()")["violations"]]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Write the lessons and exercises as pages, and return their folder."""
    folder = tmp_path_factory.mktemp("pages")
    reading.export(folder)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", *map(reading.page_of, NOTEBOOKS)])
def test_a_page_for_reading_is_for_every_reader(page, exported, name, scheme):
    assert violations(page, exported / name, scheme) == []


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Write the teacher's page of a class, and the page of a learner, and return their folder."""
    folder, first_two = tmp_path_factory.mktemp("grades"), [path.stem for path in EXERCISES[:2]]
    results = [result("Ada", first_two, after_reload="the_dictionary_is_wiped_out", write=NOT_PYTHON),
               result("Bartholomew Featherstonehaugh", first_two, after_reload="the_dictionary_is_wiped_out"),
               {**result("Cleo", first_two[:1], insert="forgets_to_write"), "id": "4711", "problems": ["a.zip: cut"]}]
    page = pages.ClassPage()
    for each in results:
        each["tasks"][0]["evidence"] = "spam.py before:\n    x = 1"
        page.add(each, "feedback.html")
    everything, stems = [task.name for task in tasks.all_tasks()], [path.stem for path in EXERCISES]
    weeks = [run(*stems, Ada=(f"{week}", everything), Cleo=("", []),
                 **{"Bartholomew Featherstonehaugh": ("the same", everything[:-1])}) for week in range(12)]
    (folder / "class.html").write_text(page.render({"Dan": "no reason"}, OverTime(weeks)), encoding="utf-8")
    (folder / "feedback.html").write_text(pages.feedback(results[0]), encoding="utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["feedback", "class"])
def test_the_pages_of_feedback_are_for_every_reader(page, graded, name, scheme):
    assert violations(page, graded / f"{name}.html", scheme) == []


BROKEN = """() => [...document.querySelectorAll("main *")].flatMap(element => [...element.childNodes]).flatMap(node =>
    node.nodeType === Node.TEXT_NODE ? [...node.data.matchAll(/[A-Za-z]+/g)].filter(word => {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        return range.getClientRects().length > 1;
    }).map(word => word[0]) : [])"""


@pytest.mark.parametrize("width, media", [(390, "screen"), (700, "screen"), (642, "print"), (1366, "screen")],
                         ids=["a phone", "half a screen", "paper", "a screen"])
@pytest.mark.parametrize("name", ["feedback", "class"])
def test_the_pages_of_feedback_fit_without_scrolling_sideways_or_broken_words(page, graded, name, width, media):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(media=media)
    try:
        page.goto((graded / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(BROKEN) == []
    finally:
        page.emulate_media(media="screen")


def test_on_paper_the_teachers_page_is_white_and_no_line_of_it_is_cut(page, graded):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto((graded / "class.html").as_uri())
    try:
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.locator("li, tr, .tasks").evaluate_all(
            "parts => parts.every(part => getComputedStyle(part).breakInside === 'avoid')")
    finally:
        page.emulate_media(media="screen", color_scheme="light")


@pytest.mark.parametrize("scheme, colors", [("light", "color:#000;background:#fff"),
                                            ("dark", "color:#fff;background:#111")])
def test_the_boxes_of_checks_and_drills_are_for_every_reader(page, scheme, colors, tmp_path):
    sitting = Sitting(tmp_path)
    drill = sitting.drill(None, None, (), "any", 5)
    task = tasks.find("ensure-import")
    help = Help(task.hints, task.answer, "")
    verdicts = [Verdict(task, NOT_ATTEMPTED), grade(task, next(iter(task.wrong.values()))[1]), grade(task, task.answer)]
    shown = [boxes.of_verdict(verdict, help, None).html.replace("<details>", "<details open>") for verdict in verdicts]
    others = (boxes.of_hints("Hint"), boxes.of_solution("a\nb"), boxes.of_progress(verdicts, "1 drill done."))
    shown += [box.html for box in others]
    shown += ["<h2>Drills</h2>", drill.html, sitting.answer("a" * drill.text.count("   a  ")).html]
    path = tmp_path / "boxes.html"
    style = f"body {{ {colors}; color-scheme: {scheme} }} a {{ color: inherit }}"
    path.write_text(f"<!doctype html><html lang='en'><title>Boxes</title><meta charset='utf-8'><style>{style}</style>"
                    f"<main><h1>Boxes</h1>{''.join(shown)}</main></html>", encoding="utf-8")
    assert violations(page, path, scheme) == []


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_a_lesson_has_one_title_and_no_other_headings(path):
    texts = [cell["source"] for cell in cells(path, "markdown")]
    headings = [line for text in texts for line in text.splitlines() if line.startswith("#")]
    assert len(headings) == 1 and headings[0].startswith("# ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_front_page_of_the_browser_edition_is_for_every_reader(page, scheme, tmp_path):
    for path in (tmp_path / "lessons" / LESSONS[0].name, builder.exercises_of(tmp_path / "lessons" / LESSONS[0].name)):
        path.parent.mkdir()
        shutil.copy(KIT / path.parent.name / LESSONS[0].name, path)
    text = builder.front_page(tmp_path).replace('<span class="state">', '<span class="state done"> · ✓ done')
    text = re.sub(r'(?s)<script type="module">.*</script>', "", text)  # which would remove these marks
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    assert violations(page, tmp_path / "index.html", scheme) == []


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_the_headings_of_exercises_go_down_step_by_step(path):
    texts = [re.sub(r"(?s)```.*?```", "", cell["source"]) for cell in cells(path, "markdown")]
    levels = [len(marks) for text in texts for marks in re.findall(r"(?m)^(#+) ", text)]
    assert levels[0] == 1 and set(levels[1:]) <= {2}


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_a_picture_says_in_words_what_it_shows(path):
    for cell in cells(path, "code"):
        for data in [output["data"] for output in cell["outputs"] if "text/html" in output.get("data", {})]:
            [words] = re.findall(r'<img class="names" alt="([^"]*)"', "".join(data["text/html"]))
            lines = [line.strip() for line in "".join(data["text/plain"]).splitlines()]
            assert html.unescape(words) == "; ".join(lines)
