"""The learner's path in a real browser. Needs Chromium and Playwright for Python; in CI the tests fail without."""
import contextlib
import json
import os
import re
import shutil
import time
from functools import partial
from importlib.util import find_spec

import pytest

from exercises.grader import tasks
from lessons import notebooks
from lessons.launcher import learner_copy
from solutions.authoring import browser
from solutions.authoring.browser import Learner, copy_kit, started, wait_for
from tests.beginner import PREDICTED, TYPED, WAYS, cell_called, question, types_in_every_way

MISSING = [name for name, found in (("Playwright (pip install playwright)", find_spec("playwright")),
                                    ("Chromium", browser.CHROMIUM)) if not found]
pytestmark = pytest.mark.skipif(bool(MISSING) and not os.environ.get("CI"), reason=f"without {' and '.join(MISSING)}")

LESSONS = sorted((browser.KIT / "lessons").glob("[0-9][0-9]_*.ipynb"))
IMPORT, RELOAD, FROM_IMPORT = (path.stem for path in LESSONS[:3])
COUNT = """import re
number = int(re.search(r"grok (\\d+)", spam_py.read_text())[1])
edit_file(spam_py, f"grok {number}", f"grok {number + 1}")
importlib.reload(spam)
spam.grok()"""
FACES = ("edit_file(spam_py, '# spam.py', '# \N{grinning face}')",
         "edit_file(spam_py, '# \N{grinning face}', '# \N{winking face}')")
SLOW_EDIT = """import time
print("edits soon", flush=True)
time.sleep(2)
edit_file(spam_py, "print('bar')", "print('changed by the cell')")"""


@pytest.fixture(scope="module")
def chromium():
    assert not MISSING, f"CI needs {MISSING}"
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.CHROMIUM_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def top(tmp_path):
    (tmp_path / "kit").mkdir()
    return copy_kit(tmp_path / "kit")


@pytest.fixture(scope="module")
def open_lesson_in_lab(chromium, tmp_path_factory):
    """Start one JupyterLab and one browser for several tests. Call the result with a stem to open that lesson."""
    kit = tmp_path_factory.mktemp("one-lab") / "kit"
    kit.mkdir()
    with started(copy_kit(kit)) as address, a_new_browser(chromium) as context:
        def open_lesson(stem):
            learner = Learner(context.new_page(), kit)
            learner.open(re.sub(r"/lab[^?]*\?", f"/lab/tree/lessons/{stem}.ipynb?reset&", address))
            return learner
        yield open_lesson


@contextlib.contextmanager
def a_new_browser(chromium):
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(browser.SECONDS * 1000)
    yield context
    context.close()


@pytest.fixture
def learner(chromium, top):
    with a_new_browser(chromium) as context:
        yield Learner(context.new_page(), top)


def leave_off_at(top, stem, *cells):
    """Make a learner's copy whose learner left off in this lesson, with more code cells in it if you like."""
    learner_copy.update(top, top / "work", [].append)
    path = top / "work" / "lessons" / f"{stem}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for number, source in enumerate(cells):
        notebook["cells"].insert(2 + number, {"cell_type": "code", "id": f"added-{number}", "metadata": {},
                                              "outputs": [], "execution_count": None, "source": source})
    notebook["cells"][0]["source"] += "\n\nI was here."
    path.write_text(json.dumps(notebook), encoding="utf-8")


def cells_up_to(cell_id):
    """The cells of lesson 1 that a learner sees, up to this one."""
    ids = [cell["id"] for cell in notebooks.cells(LESSONS[0])]
    return [name for name in ids[:ids.index(cell_id) + 1] if not name.startswith("explain-")]


def words_of(path, cell_id):
    """Some words of a lesson's text, as they look on a page."""
    cell = next(cell for cell in notebooks.cells(path) if cell["id"] == cell_id)
    return max(re.split(r"[`*\[\]\n]", cell["source"]), key=len).strip()


def printed(path):
    """Return what each code cell of a notebook printed; None for a cell that hasn't run."""
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    return {cell["id"]: cell["execution_count"] and "".join(
        "".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream") for cell in cells}


def printed_when_all_have_run(path, save=lambda: None):
    def found():
        save()
        try:
            texts = printed(path)
        except (OSError, ValueError):
            return None  # it is being saved just now
        return None not in texts.values() and texts
    return wait_for(found, f"every cell of {path.name} has run and is saved")


EXPLAINED = words_of(LESSONS[2], "explain-two-groks")


def test_the_recipe_with_an_edit_by_hand(learner, top):
    leave_off_at(top, FROM_IMPORT)
    with started(top) as address:
        learner.open(address)
        assert learner.tabs == [f"{FROM_IMPORT}.ipynb", "spam.py"]
        learner.run('fresh("spam")', prints="bar\ngrok")
        notebook = learner.page.locator(".jp-Notebook:visible")
        assert EXPLAINED not in notebook.inner_text()
        learner.replace_by_hand("'grok')", "'New grok')")
        learner.run("spam.bar()\ngrok()\nspam.grok()", prints="bar\ngrok\nNew grok")
        notebook.get_by_text(EXPLAINED).wait_for()
        assert "print('New grok')" in learner.on_disk(FROM_IMPORT)
        wait_for(lambda: learner.sees_what_is_on_disk(FROM_IMPORT), "the tab shows what is on disk")
        assert learner.meets_no_dialog()


def test_the_keyboard_alone_is_enough(learner, top):
    with started(top) as address:
        learner.open(address)
        page = learner.page
        page.keyboard.press("Escape")
        for _ in cells_up_to("second-import"):
            page.keyboard.press("Shift+Enter")
            wait_for(lambda: page.locator(".jp-InputPrompt", has_text="[*]").count() == 0, "the cell has run")
        learner.sees_printed("import spam\nspam.grok()", lambda output: output == "grok")
        page.get_by_text(words_of(LESSONS[0], "explain-second-import")).wait_for()


def test_a_first_start_opens_lesson_1_and_saving_by_hand_works(learner, top):
    with started(top) as address:
        learner.open(address)
        assert learner.tabs == [f"{IMPORT}.ipynb", "spam.py"]
        learner.start('fresh("spam")')
        learner.replace_by_hand("'grok')", "'New grok')")
        learner.save()
        wait_for(lambda: "New grok" in learner.on_disk(IMPORT), "saved")
        learner.run("spam.grok()", prints="New grok")
        assert learner.meets_no_dialog()


def test_edits_by_hand_and_by_cell_take_turns(learner, top):
    leave_off_at(top, FROM_IMPORT, COUNT)
    with started(top) as address:
        learner.open(address)
        learner.run('fresh("spam")', prints="bar\ngrok")
        learner.replace_by_hand("'grok')", "'grok 0')")
        for number in range(0, 20, 2):
            learner.start("number + 1")
            wait_for(lambda edit=f"grok {number + 1}'": edit in learner.shown, "the tab shows the edit of the cell")
            learner.sees_printed("number + 1", lambda output, end=f"\ngrok {number + 1}": output.endswith(end))
            wait_for(lambda: learner.sees_what_is_on_disk(FROM_IMPORT), "the tab shows what is on disk")
            learner.replace_by_hand(f"grok {number + 1}')", f"grok {number + 2}')")
        wait_for(lambda: "grok 20" in learner.on_disk(FROM_IMPORT), "saved by itself")
        wait_for(lambda: learner.sees_what_is_on_disk(FROM_IMPORT), "the tab shows what is on disk")
        assert learner.meets_no_dialog()


def test_the_tab_shows_characters_outside_the_basic_plane_whole(learner, top):
    leave_off_at(top, FROM_IMPORT, *FACES)
    with started(top) as address:
        learner.open(address)
        learner.run('fresh("spam")', prints="bar\ngrok")
        for face in FACES:
            learner.start(face)
            wait_for(partial(learner.has_run, face), "the cell has run")
            wait_for(partial(learner.sees_what_is_on_disk, FROM_IMPORT), "the tab shows the edit")
        assert learner.on_disk(FROM_IMPORT).startswith("# \N{winking face}\n")


def test_what_is_typed_while_a_cell_edits_the_file_is_kept(learner, top):
    leave_off_at(top, FROM_IMPORT, SLOW_EDIT)
    with started(top) as address:
        learner.open(address)
        learner.run('fresh("spam")', prints="bar\ngrok")
        learner.start("edits soon")
        learner.page.locator(".jp-OutputArea-output", has_text="edits soon").wait_for()
        learner.go_to_the_end_of("# spam.py")
        typed = ""
        while not learner.has_run("edits soon"):
            learner.page.keyboard.type("x")
            typed += "x"
            time.sleep(0.05)
        wait_for(lambda: f"# spam.py{typed}\n" in learner.on_disk(FROM_IMPORT), "all that was typed is on disk")
        wait_for(lambda: learner.sees_what_is_on_disk(FROM_IMPORT), "the tab shows what is on disk")
        assert learner.meets_no_dialog()


def tab_names(learner):
    """What the tabs of documents show, from left to right."""
    shown = learner.page.locator(f"{browser.TAB} .lm-TabBar-tabLabel").evaluate_all(
        "labels => labels.map(label => getComputedStyle(label, '::before').content)")
    return [json.loads(content) for content in shown if content.startswith('"')]  # a tab that's just closed has none


def test_the_next_link_opens_the_next_lesson_and_its_own_file_and_closes_the_last_ones(learner, top):
    with started(top) as address:
        learner.open(address)
        wait_for(lambda: tab_names(learner) == ["01 Lesson", "01 spam.py"], "the tabs have names")
        learner.page.locator(".jp-Notebook:visible a", has_text="02 ").last.click()
        wait_for(lambda: learner.tabs == [f"{RELOAD}.ipynb", "spam.py"], "lesson 2 is in front")
        learner.wait_until_ready()
        wait_for(lambda: tab_names(learner) == ["01 Lesson", "02 Lesson", "02 spam.py"], "only its own")
        learner.replace_by_hand("'grok')", "'typed in lesson 2')")
        learner.page.locator(browser.TAB, has_text=IMPORT).click()
        wait_for(lambda: tab_names(learner) == ["01 Lesson", "02 Lesson", "01 spam.py"], "only lesson 1's")
        assert "typed in lesson 2" in learner.on_disk(RELOAD)  # although its tab was closed at once
        assert "typed" not in learner.shown and "typed" not in learner.on_disk(IMPORT)
        learner.page.locator(".jp-Notebook:visible a", has_text="01 Exercises").last.click()
        wait_for(lambda: "01 Exercises" in tab_names(learner), "the exercises are open, with their own name")
        assert learner.meets_no_dialog()


def test_the_file_that_a_step_edits_is_in_front_and_the_learners_tabs_are_theirs(learner, top):
    with opened(learner, top, FROM_IMPORT):
        question(learner, "half-old", LESSONS[2]).click()
        wait_for(lambda: learner.tabs[1:] == ["checkout.py"], "the step's file is in front")
        assert tab_names(learner)[1:] == ["03 spam.py", "03 shop/checkout.py"]
        learner.page.keyboard.press("ArrowDown")  # the keyboard is in the notebook still
        wait_for(lambda: "checkout.total() returns:" in selected(learner).inner_text(), "the prediction is selected")
        learner.page.locator(browser.TAB, has_text="spam.py").click()
        cell_called(learner, "half-old", LESSONS[2]).locator(".jp-InputPrompt").click()
        time.sleep(2)
        assert learner.tabs[1:] == ["spam.py"]  # which the learner has chosen; the step is the same


def test_a_second_start_goes_on_where_the_learner_left_off(learner, top):
    with started(top) as address:
        learner.open(address)
        learner.run_all()
        printed_when_all_have_run(learner.lessons / f"{IMPORT}.ipynb")
    with started(top) as address:
        learner.open(address)
        assert learner.tabs == [f"{RELOAD}.ipynb", "spam.py"]
        assert learner.page.locator(browser.TAB, has_text="spam.py").count() == 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_run_all_prints_what_is_stored(open_lesson_in_lab, lesson):
    learner = open_lesson_in_lab(lesson.stem)
    learner.run_all()
    assert printed_when_all_have_run(learner.lessons / lesson.name, learner.save) == printed(lesson)
    assert learner.meets_no_dialog()
    learner.page.close()


def test_a_plain_jupyter_lab_serves_as_well(learner, top):
    stored = browser.KIT / "lessons" / f"{FROM_IMPORT}.ipynb"
    lesson = top / "lessons" / stored.name
    notebook = json.loads(stored.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell.update({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
    lesson.write_text(json.dumps(notebook), encoding="utf-8")
    with started(top, start=("-m", "jupyterlab", "lessons")) as address:
        learner.open(address.replace("/lab?", f"/lab/tree/{lesson.name}?"))
        learner.run_all()
        assert printed_when_all_have_run(lesson, learner.save) == printed(stored)
        assert not (top / "lessons" / "workspace").exists()


def test_notebook_7_serves_as_well(learner, top):
    leave_off_at(top, FROM_IMPORT)
    page, context = learner.page, learner.page.context
    with started(top, start=("-m", "notebook", "work", "--JupyterNotebookApp.expose_app_in_browser=True")) as address:
        page.goto(address.replace("/tree?", f"/notebooks/lessons/{FROM_IMPORT}.ipynb?"))
        page.wait_for_function(browser.KERNEL_IS_IDLE)
        learner.run('fresh("spam")', prints="bar\ngrok")
        with context.expect_page() as shown:  # there a link shows the file in another tab of the browser
            page.locator(".jp-Notebook a", has_text="spam.py").first.click()
        shown.value.get_by_text("print('grok')").wait_for()
        editor = Learner(context.new_page(), top)
        editor.page.goto(shown.value.url.replace("/files/", "/edit/"))  # as the list of files opens it
        editor.replace_by_hand("'grok')", "'New grok')")
        editor.save()
        wait_for(lambda: "'New grok'" in learner.on_disk(FROM_IMPORT), "the edit is saved")
        learner.run("spam.bar()\ngrok()\nspam.grok()", prints="bar\ngrok\nNew grok")
        page.get_by_text(EXPLAINED).wait_for()


# Coming back: Python was restarted, and the page says so

RESTARTED, RUN_ABOVE = "Python was restarted", "Run everything up to here"


def stop_after(top, stem, cells, folder="lessons"):
    """Make a learner's copy whose learner stopped when this many code cells of a notebook had run."""
    leave_off_at(top, IMPORT)
    path = top / "work" / folder / f"{stem}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for count, cell in enumerate([cell for cell in notebook["cells"] if cell["cell_type"] == "code"][:cells], start=1):
        cell["execution_count"] = count
    path.write_text(json.dumps(notebook), encoding="utf-8")


def notice(learner):
    return learner.page.locator(".course-restart-notice:visible")


def selected(learner):
    return learner.page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")


def test_a_lesson_opens_where_the_learner_stopped_and_one_click_runs_everything_up_to_there(learner, top):
    stop_after(top, FROM_IMPORT, cells=6)
    step = words_of(LESSONS[2], "question-waiter")
    with started(top) as address:
        learner.open(address)
        notice(learner).get_by_role("status").get_by_text(RESTARTED).wait_for()
        wait_for(lambda: step in selected(learner).inner_text(), "the step where the learner stopped is selected")
        wait_for(lambda: in_sight(learner, selected(learner)), "it can be seen")
        notice(learner).get_by_role("button", name=RUN_ABOVE).focus()
        learner.page.keyboard.press("Enter")
        learner.sees_printed("import spam as s", lambda output: output.endswith("New grok\nNewer grok\nNewer grok"))
        assert notice(learner).count() == 0
        wait_for(lambda: in_sight(learner, selected(learner)), "the step can be seen")
        learner.page.keyboard.press("Shift+Enter")  # the keyboard is in the notebook again
        wait_for(lambda: step not in selected(learner).inner_text(), "the next cell is selected")
        learner.page.reload()
        learner.wait_until_ready()
        time.sleep(2)
        assert notice(learner).count() == 0  # this Python has run the cells


def in_sight(learner, cell):
    """Whether a cell is inside the visible part of the notebook."""
    shown = learner.page.locator(".jp-WindowedPanel-outer:visible").bounding_box()
    box = cell.bounding_box()
    return box and shown["y"] <= box["y"] and box["y"] + box["height"] <= shown["y"] + shown["height"]


def test_after_a_restart_of_the_kernel_a_notice_says_what_to_do_until_the_first_cell_runs(learner, top):
    with started(top) as address:
        learner.open(address)
        assert notice(learner).count() == 0
        learner.start('fresh("spam")')
        wait_for(lambda: learner.has_run('fresh("spam")'), "the first cell has run")
        learner.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Kernel$")).click()
        learner.page.locator(".lm-Menu-item[data-command='kernelmenu:restart']").click()
        learner.page.locator(".jp-Dialog .jp-mod-accept").click()
        notice(learner).get_by_text(RESTARTED).wait_for()
        learner.wait_until_ready()  # JupyterLab doesn't end properly while a kernel starts
        learner.start('fresh("spam")')
        wait_for(lambda: notice(learner).count() == 0, "the notice is gone")


def test_an_exercise_offers_to_run_its_first_cell(learner, top):
    stop_after(top, IMPORT, cells=3, folder="exercises")
    with started(top) as address:
        learner.open(address.replace("/lab/workspaces/course?", f"/lab/tree/exercises/{IMPORT}.ipynb?"))
        notice(learner).get_by_role("button", name="Run the first cell").click()
        wait_for(lambda: learner.has_run("from practice import"), "the first cell has run")
        assert notice(learner).count() == 0 and learner.page.locator(".jp-InputPrompt", has_text="[1]").count() == 1


def test_the_next_cell_stays_in_sight_and_the_page_does_not_jump(learner, top):
    learner.page.set_viewport_size({"width": 1366, "height": 768})
    scrolled = partial(learner.page.evaluate, """() => [...document.querySelectorAll('.jp-WindowedPanel-outer')].find(
        panel => panel.offsetParent).scrollTop""")
    with started(top) as address:
        learner.open(address)
        learner.page.keyboard.press("Escape")
        for cell in cells_up_to("import-after-del"):
            before = scrolled()
            learner.page.keyboard.press("Shift+Enter")
            wait_for(lambda: learner.page.locator(".jp-InputPrompt", has_text="[*]").count() == 0, "the cell has run")
            wait_for(lambda: in_sight(learner, selected(learner)), f"the cell below {cell} can be seen")
            time.sleep(0.5)  # for a scroll that goes on
            assert scrolled() - before < 350, cell  # it was 599


# Predictions: a beginner types them in many ways, and none of them changes another cell

@contextlib.contextmanager
def opened(learner, top, stem):
    """Open JupyterLab at a lesson, and provide the path of its notebook and its cells as they were at first."""
    leave_off_at(top, stem)
    path = top / "work" / "lessons" / f"{stem}.ipynb"
    before = sources(path)
    with started(top) as address:
        learner.open(address)
        yield path, before


@pytest.mark.parametrize("way", WAYS)
def test_what_a_beginner_types_changes_no_other_cell(learner, top, way):
    with opened(learner, top, IMPORT) as (path, before):
        WAYS[way](learner)
        learner.page.keyboard.type(TYPED, delay=30)
        learner.save()
        after = sources_once_saved(path, f"predict-{PREDICTED}", TYPED)
        assert [cell for cell in before if before[cell] != after.get(cell)] == [f"predict-{PREDICTED}"]
        assert list(before) == list(after)


@pytest.mark.parametrize("start, place", [
    (("jupyterlab", "--LabApp.expose_app_in_browser=True"), "lab/tree"),
    (("notebook", "--JupyterNotebookApp.expose_app_in_browser=True"), "notebooks"),
], ids=["JupyterLab", "Notebook 7"])
def test_what_a_beginner_types_changes_no_other_cell_when_started_by_hand(learner, top, start, place):
    leave_off_at(top, IMPORT)
    with started(top, start=("-m", *start, "work/lessons")) as address:
        learner.page.goto(re.sub(r"/(lab|tree)\?", f"/{place}/{IMPORT}.ipynb?", address))
        learner.page.locator(".jp-Notebook:visible .jp-CodeCell").first.wait_for()
        learner.page.wait_for_function(browser.KERNEL_IS_IDLE)
        types_in_every_way(learner)


def sources(path):
    """The cells of a notebook: id -> (kind, source)."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: f"{cell['cell_type']} {''.join(cell['source'])}" for cell in cells}


def sources_once_saved(path, cell_id, end):
    """The cells of a notebook as soon as one of them ends with what was typed."""
    def found():
        try:
            after = sources(path)
        except ValueError:
            return None  # it is being saved just now
        return after.get(cell_id, "").endswith(end) and after
    return wait_for(found, f"{cell_id} is saved with {end!r}")


def test_letters_outside_of_a_prediction_change_nothing_and_a_notice_says_what_to_do(learner, top):
    with opened(learner, top, IMPORT) as (path, before):
        cell_called(learner, PREDICTED).locator(".jp-InputPrompt").click()
        learner.page.keyboard.type("abcddmrxyz", delay=30)
        learner.page.get_by_text("click into a cell first").first.wait_for()
        learner.save()
        time.sleep(1)
        assert sources(path) == before


def test_a_prediction_is_shown_beside_what_happened(learner, top):
    with opened(learner, top, IMPORT):
        learner.start('fresh("spam")')
        learner.start("import spam\nspam.grok()")
        question(learner).click()
        learner.page.keyboard.type("New grok", delay=30)
        learner.page.keyboard.press("Shift+Enter")
        learner.page.get_by_text("Your prediction is noted").wait_for()
        learner.start("edit_file(")
        cell_called(learner, PREDICTED).locator(".cm-content").click()
        learner.page.keyboard.press("Shift+Enter")
        row = cell_called(learner, PREDICTED).locator("tr", has_text="New grok")
        row.wait_for()
        assert "a surprise" in row.inner_text() and "grok" in row.inner_text()


def test_enter_goes_from_question_to_question(learner, top):
    with opened(learner, top, FROM_IMPORT) as (path, before):
        question(learner, "two-groks", LESSONS[2]).click()
        for text in ("bar", "grok", "New grok"):
            learner.page.keyboard.type(text, delay=30)
            learner.page.keyboard.press("Enter")
        learner.page.keyboard.press("Backspace")  # there's no other question, so the last Enter made a line
        learner.save()
        asked = before["predict-two-groks"].splitlines()[1:]
        lines = sources_once_saved(path, "predict-two-groks", "New grok")["predict-two-groks"].splitlines()[1:]
        assert lines == [f"{ask} {text}" for ask, text in zip(asked, ("bar", "grok", "New grok"))]


# Exercises: checks that look like checks

STATE = "output => getComputedStyle(output.querySelector('p > span')).backgroundColor"
GREEN, AMBER, GRAY = "rgb(46, 125, 50)", "rgb(255, 193, 7)", "rgb(97, 97, 97)"
BROKEN_WORDS = """output => [output, ...output.querySelectorAll('*')].filter(part => {
    const style = getComputedStyle(part)
    return style.wordBreak !== 'normal' || style.overflowWrap !== 'normal'
}).map(part => part.outerHTML)"""


def test_a_check_shows_its_state_and_hints_and_leads_to_the_next_task(learner, top):
    shutil.copytree(browser.KIT / "solutions", top / "solutions", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    learner_copy.update(top, top / "work", [].append)
    task, *_ = tasks.tasks_of(browser.KIT / "solutions" / f"{RELOAD}.ipynb")
    page, check, (_, wrong) = learner.page, f'check("{task.name}")', next(iter(task.wrong.values()))
    box = learner.cell(check).first.locator(".jp-OutputArea-output[data-mime-type='text/html']")
    error = learner.cell(check).first.locator(".jp-OutputArea-output[data-mime-type*='err']")

    def runs_the_check(state, color):
        learner.start(check)
        box.filter(has_text=f"{state} {task.name}").wait_for()
        wait_for(lambda: learner.has_run(check), "the check has run")
        assert box.evaluate(STATE) == color and box.evaluate(BROKEN_WORDS) == []
        assert error.count() == (state != "PASSED") and not error.filter(visible=True).count()

    def answers(code):
        cell = cell_called(learner, f"answer-{task.name}", top / "work" / "exercises" / f"{RELOAD}.ipynb")
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)
        page.keyboard.press("Shift+Enter")

    with started(top) as address:
        learner.open(address)  # the address has a token, and the next one needs none
        learner.open(re.sub(r"/lab.*", f"/lab/tree/exercises/{RELOAD}.ipynb", address))
        runs_the_check("NOT ATTEMPTED", GRAY)  # before any other cell
        answers(wrong)
        runs_the_check("NOT YET", AMBER)
        for number, hint in enumerate(task.hints, start=1):
            words = page.get_by_text(max(re.split("[`*]", hint), key=len).strip())
            assert not words.is_visible()
            box.locator("summary", has_text=f"Hint {number} of 3").press("Enter")
            words.wait_for()
        answers(task.answer)
        runs_the_check("PASSED", GREEN)
        box.locator("a").click()
        following = page.locator(".jp-Notebook:visible h2", has_text=tasks.find("after-reload").title)
        wait_for(lambda: 0 < following.bounding_box()["y"] < 300, "it's at the top")
        assert learner.tabs == [f"{RELOAD}.ipynb"] and learner.meets_no_dialog()


# The page of the course: what's done, and where to continue

AXE = os.environ.get("KIT_AXE")


def home_of(learner):
    return learner.page.locator(".rc-Course:visible")


def row_of(learner, stem):
    """What the page of the course shows about a lesson."""
    return home_of(learner).locator("li", has=learner.page.locator(f"a[href$='lessons/{stem}.ipynb']"))


def passes_a_check(top, stem):
    """Let the first check of an exercise have passed. Its output is gone, and the last one's only looks like a pass."""
    path = top / "work" / "exercises" / f"{stem}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first, *_, last = [cell for cell in notebook["cells"] if cell["id"].startswith("check-")]
    memory = {first["id"].removeprefix("check-"): {"state": "PASSED", "tries": [], "hints": 0, "passed": True}}
    (path.parent / ".progress.json").write_text(json.dumps(memory))
    drills = {"C-01": {"mastered": True}, "C-02": {"mastered": False}, "drills": {"done": 3}}
    (path.parent / ".progress-drills.json").write_text(json.dumps(drills))
    shown = {"data": {"text/plain": "PASSED: write, 1 of 1 point."}, "metadata": {}, "output_type": "display_data"}
    last.update(outputs=[shown], execution_count=1)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_the_page_of_the_course_shows_what_is_done_and_opens_lessons_by_keyboard(learner, top):
    learner_copy.update(top, top / "work", [].append)
    passes_a_check(top, IMPORT)
    with started(top) as address:
        learner.open(address)
        page, home, first = learner.page, home_of(learner), row_of(learner, IMPORT)
        assert learner.tabs == [f"{IMPORT}.ipynb", "spam.py"] and not home.count()  # the start is as it was
        commands = page.locator(".lm-CommandPalette-input")
        for _ in range(20):  # a key that's pressed while JupyterLab is still starting does nothing
            page.keyboard.press("Control+Shift+c")
            page.wait_for_timeout(1000)
            if commands.is_visible():
                break
        commands.fill("Show Course")
        page.keyboard.press("Enter")
        home.get_by_role("link", name=f"Start: {notebooks.title(LESSONS[0])}").wait_for()
        assert home.locator("h2").all_inner_texts() == list(notebooks.PARTS.values())
        assert "3 drills done, 1 fact mastered." in home.inner_text()
        assert f"{notebooks.minutes(LESSONS[0])} minutes \N{MIDDLE DOT} 4 exercises \N{MIDDLE DOT} 1 of 4 passed" in \
            first.inner_text()
        page.locator(browser.TAB, has_text=IMPORT).click()
        learner.start('fresh("spam")')
        wait_for(lambda: learner.has_run('fresh("spam")'), "the first cell has run")
        page.get_by_role("button", name="Course", exact=True).click()
        wait_for(lambda: re.search(r"\b1 of \d+ cells run", first.inner_text()), "before it's saved")
        page.locator(browser.TAB, has_text=IMPORT).click()
        learner.run_all()
        printed_when_all_have_run(learner.lessons / f"{IMPORT}.ipynb", learner.save)
        page.get_by_role("button", name="Course", exact=True).click()
        wait_for(lambda: "\N{CHECK MARK} done" in first.inner_text(), "the lesson is done")
        assert f"1 of {len(LESSONS)} lessons done" in home.inner_text()
        for scheme in ("light", "dark") if AXE else ():
            page.emulate_media(color_scheme=scheme)
            light = json.dumps(str(scheme == "light").lower())
            page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
            page.add_script_tag(path=AXE)
            found = page.evaluate("axe.run('.rc-Course')")["violations"]
            assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        following = home.get_by_role("link", name=f"Continue: {notebooks.title(LESSONS[1])}")
        wait_for(lambda: following.evaluate("link => link === document.activeElement"), "the keyboard is at the button")
        page.keyboard.press("Enter")
        wait_for(lambda: learner.tabs == [f"{RELOAD}.ipynb", "spam.py"], "lesson 2 is in front")
        learner.wait_until_ready()
        assert learner.meets_no_dialog()
