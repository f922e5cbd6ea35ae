"""The lessons and exercises as pages: what a reader sees, on a screen and on paper, and with a keyboard only."""
import os
import re

import pytest

from lessons import notebooks
from lessons.web import builder, pages
from solutions.authoring import browser
from tests.notebooks import EXERCISES, LESSONS

THIRD = next(path for path in LESSONS if path.name.startswith("03"))
ADDRESS = re.compile(r'href="([^"#]+)')


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Write the pages into a folder that has no browser edition, and return it."""
    folder = tmp_path_factory.mktemp("pages")
    pages.export(folder)
    return folder


@pytest.fixture(scope="module")
def reader():
    """A page in Chromium, as wide as a laptop's screen."""
    if not browser.CHROMIUM:
        pytest.fail("Chromium is missing") if os.environ.get("CI") else pytest.skip("Chromium isn't here")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)
        yield chromium.new_page(viewport={"width": 1366, "height": 768})
        chromium.close()


def open_page(reader, exported, path=THIRD, media="screen"):
    reader.emulate_media(media=media)
    reader.goto((exported / pages.page_of(path)).as_uri())
    return reader


def in_words(text):
    return " ".join(text.split())


def shown(path):
    """Return what the page of a lesson must not show under a question: its outputs, and how its explanations begin."""
    outputs = ["".join(output["text"]) for cell in notebooks.cells(path, "code") for output in cell["outputs"]
               if output["output_type"] == "stream"]
    explanations = [re.split(r"[`*\[]", cell["source"])[0] for cell in notebooks.cells(path)
                    if cell["id"].startswith("explain-")]
    return [in_words(text) for text in outputs + explanations if len(in_words(text)) > 25]


def test_the_pages_link_to_one_another_and_ask_no_server_for_anything(exported):
    for path in exported.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for target in ADDRESS.findall(text):
            assert target.startswith("https://docs.python.org") or (path.parent / target).is_file(), (path.name, target)
        assert re.findall(r'(?:src|import|from) *\(?["\']https?:[^"\']*', text) == []


def test_the_index_lists_every_lesson_and_exercise_in_order(exported):
    text = (exported / "index.html").read_text(encoding="utf-8")
    expected = [pages.page_of(path) for lesson in LESSONS
                for path in (lesson, *(exercise for exercise in EXERCISES if exercise.name == lesson.name))]
    assert ADDRESS.findall(text) == expected
    assert text.count(" minutes)") == len(LESSONS)


def test_each_lesson_leads_to_the_one_before_and_to_the_next(exported):
    for before, lesson, after in zip([None, *LESSONS], LESSONS, [*LESSONS[1:], None]):
        text = (exported / pages.page_of(lesson)).read_text(encoding="utf-8")
        for rel, other in (("prev", before), ("next", after)):
            found = re.findall(f'<a rel="{rel}" href="([^"]+)">', text)
            assert found == ([f"../{pages.page_of(other)}"] if other else [])


def test_a_page_beside_a_browser_edition_links_to_the_same_notebook_there(exported, tmp_path):
    (tmp_path / "jupyter-lite.json").write_text("{}", encoding="utf-8")
    pages.export(tmp_path / "pages")
    assert not any("browser edition" in path.read_text(encoding="utf-8") for path in exported.rglob("*.html"))
    contents = tmp_path / "contents"
    for path in [*LESSONS, *EXERCISES]:
        target = contents / path.parent.name / path.name
        target = builder.exercises_of(target) if path in EXERCISES else target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    known = ADDRESS.findall(builder.front_page(contents))
    for path in [*LESSONS, *EXERCISES]:
        text = (tmp_path / "pages" / pages.page_of(path)).read_text(encoding="utf-8")
        [link] = re.findall(r'<a href="([^"]+)">Run it in the browser edition', text)
        assert link.removeprefix("../../") in known and path.stem in link
    assert "../index.html" in ADDRESS.findall((tmp_path / "pages" / "index.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_answer_is_seen_under_its_question_until_the_reader_asks_for_it(reader, exported, path):
    open_page(reader, exported, path)
    folded = in_words(reader.inner_text("main"))
    assert len(shown(path)) > 2 and [text for text in shown(path) if text in folded] == []
    assert reader.locator(".output:visible").count() == 0
    reader.get_by_role("button", name="Show everything").click()
    unfolded = in_words(reader.inner_text("main"))
    assert [text for text in shown(path) if text not in unfolded] == []


def test_a_keyboard_is_enough(reader, exported):
    open_page(reader, exported)
    folds = reader.locator("main details")
    for _ in range(40):
        reader.keyboard.press("Tab")
        if reader.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    reader.keyboard.press("Enter")
    assert folds.evaluate_all("folds => folds.map(fold => fold.open)")[:2] == [True, False]
    button = reader.get_by_role("button")
    for pressed, name, is_open in (("Space", "Hide everything", True), ("Enter", "Show everything", False)):
        button.focus()
        reader.keyboard.press(pressed)
        reader.get_by_role("button", name=name).wait_for()
        assert set(folds.evaluate_all("folds => folds.map(fold => fold.open)")) == {is_open}


LINES = """() => [...document.querySelectorAll("main p, main li")].flatMap(paragraph => {
    const range = document.createRange(), lines = {};
    const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        for (let at = 0; at < walker.currentNode.length; at++) {
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + 1);
            const box = range.getBoundingClientRect(), line = Math.round((box.top + box.bottom) / 20);
            if (box.width) lines[line] = (lines[line] || 0) + 1;
        }
    }
    return Object.values(lines).slice(0, -1);
})"""


def test_lines_have_about_75_characters_and_a_phone_needs_no_scrolling_sideways(reader, exported):
    open_page(reader, exported)
    reader.get_by_role("button", name="Show everything").click()
    lengths = sorted(reader.evaluate(LINES))
    assert 65 <= lengths[len(lengths) // 2] <= 80 and lengths[-1] <= 90, lengths
    reader.set_viewport_size({"width": 390, "height": 844})
    try:
        assert reader.evaluate("document.documentElement.scrollWidth") == 390
    finally:
        reader.set_viewport_size({"width": 1366, "height": 768})


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_on_paper_the_answers_are_on_separate_sheets_after_the_questions(reader, exported, path):
    open_page(reader, exported, path, media="print")
    answers = reader.locator("main > .answers")
    assert answers.evaluate("answers => getComputedStyle(answers).breakBefore") == "page"
    assert answers.evaluate("answers => answers === answers.parentElement.lastElementChild")
    everything, after = in_words(reader.inner_text("main")), in_words(answers.inner_text())
    assert [text for text in shown(path) if text not in after] == []
    questions = everything.removesuffix(after)
    assert questions != everything and [text for text in shown(path) if text in questions] == []
    numbers = re.findall(r"What happens: see (\d+) after", questions)
    assert numbers == answers.locator("h3").all_inner_texts() and len(numbers) > 4


def test_paper_is_white_in_dark_mode_too(reader, exported):
    reader.emulate_media(media="print", color_scheme="dark")
    reader.goto((exported / pages.page_of(THIRD)).as_uri())
    try:
        assert reader.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        reader.emulate_media(media="screen", color_scheme="light")
