"""The browser edition in a real Chromium that reaches nothing but the site: the course works as it does elsewhere.

Skipped if something that it needs is missing; in CI it fails then. To get it all: install Playwright and Chromium, and
build the site once, which also installs what the build needs: `python3 -m lessons.web build FOLDER`.
"""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import types
import urllib.request
import zipfile

import pytest

from exercises.grader import grading, tasks
from lessons import files
from lessons.launcher.environment import SetupProblem, is_ready
from lessons.notebooks import KIT, cells
from lessons.web import builder, server
from solutions.authoring import browser
from solutions.authoring.browser import KERNEL_IS_IDLE, wait_for
from tests import beginner
from tests.notebooks import LESSONS

MEGABYTES, SECONDS = 60, 15  # the most that the site may take, and a cold browser until a first lesson is ready
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
CANNOT = {path.stem: builder.what_cannot_run(path) for path in LESSONS if builder.what_cannot_run(path)}
NOTEBOOK = "() => jupyterapp.shell.currentWidget.content.model.toJSON()"
IS_UNTOUCHED = """async ([path, mark]) => {
    const found = await jupyterapp.serviceManager.contents.get(path, {content: true}).catch(() => null);
    return found && !JSON.stringify(found.content).includes(mark); }"""  # a moment after the dialog has gone
IS_STORED = """([path, text]) => jupyterapp.serviceManager.contents.get(path, {content: true}).then(
    ({content}) => JSON.stringify(content).includes(text))"""
PLACE = """path => {
    const documents = [...jupyterapp.shell.widgets('main')];
    const shown = documents.find(({context, isVisible}) => isVisible && context?.path === path);
    return shown ? shown.node.getBoundingClientRect().toJSON() : null; }"""
KERNELS = "() => jupyterapp.serviceManager.sessions.refreshRunning().then(() => " \
          "[...jupyterapp.serviceManager.sessions.running()].map(({path}) => path).sort())"
FORGET_THE_RUN = """id => { for (const cell of jupyterapp.shell.currentWidget.content.model.cells)
                                if (cell.id === id) cell.executionCount = null; }"""  # a new kernel counts from 1 again
HIDDEN_AT_FIRST = """const timer = setInterval(() => {
    if (!window.jupyterapp) return;
    clearInterval(timer);
    const {shell, restored} = jupyterapp;
    shell.hide();
    shell.show = () => {};
    restored.then(() => setTimeout(() => { delete shell.show; shell.show(); }, 300));
}, 0);"""  # as JupyterLab does for a moment when its theme has loaded, which may be when the rest is ready
STEM = {path.stem[:2]: path.stem for path in LESSONS}


def missing():
    """Return what the tests in a browser need and this machine doesn't have, or None."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "Playwright isn't installed"
    if not browser.CHROMIUM:
        return "Chromium isn't installed"
    if not shutil.which("npm"):
        return "npm isn't installed"
    if not is_ready(builder.HERE) and not os.environ.get("CI"):
        return "what builds the browser edition isn't installed: python3 -m lessons.web build FOLDER"
    return None


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site with the command, and return its folder."""
    if missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing())
    folder = tmp_path_factory.mktemp("site") / "course"
    subprocess.run([sys.executable, "-m", "lessons.web", "build", str(folder)], cwd=KIT, check=True)
    return folder


@pytest.fixture(scope="module")
def address(site):
    with server.open_server(site, 0) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/"
        serving.shutdown()


@pytest.fixture(scope="module")
def chromium(site):
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        options = [*browser.CHROMIUM_OPTIONS, ONLY_THIS_MACHINE]
        with contextlib.closing(playwright.chromium.launch(executable_path=browser.CHROMIUM, args=options)) as started:
            yield started


@pytest.fixture
def learner(chromium, address):
    """Open a browser that has never seen the site. The test fails if it asks another origin for anything."""
    context = chromium.new_context(viewport={"width": 1400, "height": 4000}, accept_downloads=True)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    context.set_default_timeout(browser.SECONDS * 1000)
    yield InTab(context.new_page(), address)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    context.close()


class InTab(browser.Learner):
    """What a learner does and sees in the browser edition."""

    def __init__(self, page, address):
        self.page, self.address = page, address

    def open(self, path):
        self.page.goto(f"{self.address}lab/index.html?path={path}")
        self.wait_until_ready()

    def wait_until_ready(self):
        self.page.locator(".jp-Notebook:visible .jp-CodeCell").first.wait_for()
        self.page.wait_for_function(KERNEL_IS_IDLE)

    def code_cells(self):
        return [cell for cell in self.page.evaluate(NOTEBOOK)["cells"] if cell["cell_type"] == "code"]

    def cell_called(self, cell_id):
        return next(cell for cell in self.code_cells() if cell["id"] == cell_id)

    def run_cell(self, cell_id):
        """Click into the cell, press Shift+Enter, and return everything that it then shows, as text."""
        number = [cell["id"] for cell in self.code_cells()].index(cell_id)
        self.page.evaluate(FORGET_THE_RUN, cell_id)
        self.page.locator(".jp-Notebook:visible .jp-CodeCell").nth(number).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        wait_for(lambda: self.cell_called(cell_id)["execution_count"], cell_id)
        self.page.wait_for_function(KERNEL_IS_IDLE)
        return "\n".join(map(said, self.cell_called(cell_id)["outputs"]))

    def write(self, cell_id, source):
        """Replace the source of a cell by typing."""
        number = [cell["id"] for cell in self.code_cells()].index(cell_id)
        self.page.locator(".jp-Notebook:visible .jp-CodeCell").nth(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def goes_back_to(self, stem):
        """Click the tab of a notebook."""
        self.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text=stem[:12]).click()
        self.page.locator(".jp-Notebook:visible").wait_for()

    def chooses(self, name, command):
        """Open the list of files, right-click a file, and choose from the menu."""
        if not self.list_of_files.is_visible():
            self.page.locator(".jp-SideBar .lm-TabBar-tab[data-id='filebrowser']").click()
            self.page.locator(".jp-DirListing-item", has_text="exercises").dblclick()
        self.page.locator(".jp-DirListing-item", has_text=name).click(button="right")
        self.page.locator(f".lm-Menu-item[data-command='{command}']").click()

    @property
    def list_of_files(self):
        return self.page.locator("#filebrowser")

    def sees(self, path):
        """Return where a document of the visible ones is, as a dict with x, y, width and height; None if it isn't."""
        return self.page.evaluate(PLACE, path)

    def is_stored(self, path, text):
        """Wait until the browser has stored a file with this text in it."""
        wait_for(lambda: self.page.evaluate(IS_STORED, [path, text]), f"{text} is stored")

    def save(self):
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


def said(output):
    return "".join(output.get("text") or output.get("data", {}).get("text/markdown") or output.get("data", {}).get(
        "text/plain") or output.get("evalue") or "")


def shown(outputs):
    """Return outputs as nbval compares them: each stream in one piece, each kind of data, an error's name and text."""
    found = {}
    for output in outputs:
        if output["output_type"] == "stream":
            found[output["name"]] = found.get(output["name"], "") + "".join(output["text"])
        elif output["output_type"] == "error":
            found["error"] = f"{output['ename']}: {output['evalue']}"
        else:
            for kind, data in output["data"].items():
                found.setdefault(kind, []).append("".join(data))
    return found


def in_tab_form(cell, stored):
    """Return what a lesson's cell shows in a tab, in the form of `shown`, without the lesson's explanations.

    In a tab an expected error is printed. It may lack the place that its stored text ends with, and newer Pythons add
    notes below it.
    """
    found = shown([output for output in cell["outputs"] if "text/markdown" not in output.get("data", {})])
    if "error" in stored and "stderr" in found:
        lines = re.sub(r"\x1b\[[0-9;]*m", "", found.pop("stderr")).splitlines()
        found["error"] = next((stored["error"] for line in lines if ": " in line and stored["error"].startswith(line)),
                              lines[-1])
    return found


# In a browser

@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_run_all_shows_in_a_tab_what_is_stored(path, learner):
    learner.open(f"lessons/{path.name}")
    learner.run_all()
    wait_for(lambda: all(cell["execution_count"] for cell in learner.code_cells()), "every cell has run")
    learner.page.wait_for_function(KERNEL_IS_IDLE)
    stored = {cell["id"]: shown(cell["outputs"]) for cell in cells(path, "code")}
    assert {cell["id"]: in_tab_form(cell, stored[cell["id"]]) for cell in learner.code_cells()} == stored
    explained = [cell["source"] for cell in cells(path) if re.match(r"remember$|explain-", cell["id"])]
    texts = [re.sub(r"(?m)^> ", "", said(output)) for cell in learner.code_cells() for output in cell["outputs"]]
    assert [text for text in explained if text not in texts] == []


@pytest.mark.parametrize("stem", CANNOT)
def test_what_is_said_not_to_run_in_a_tab_does_not(stem, learner):
    learner.open(f"lessons/{stem}.ipynb")
    for cell in learner.code_cells():
        if cell["id"] in CANNOT[stem]:
            first_line, _, source = cell["source"].partition("\n")
            assert first_line == f"%%recorded {stem[:2]}-{cell['id']}"
            assert CANNOT[stem][cell["id"]] in learner.run_cell(cell["id"])
            learner.write(cell["id"], source)
            learner.run_cell(cell["id"])
            assert "error" in shown(learner.cell_called(cell["id"])["outputs"]), cell["id"]
        else:
            learner.run_cell(cell["id"])


def test_a_first_lesson_is_ready_to_run_in_a_cold_browser_soon(chromium, address):
    for _ in range(3):  # a machine may be busy with other things
        with contextlib.closing(chromium.new_context()) as context:
            learner = InTab(context.new_page(), address)
            start = time.monotonic()
            learner.open(f"lessons/{LESSONS[0].name}")
            seconds = time.monotonic() - start
        print(f"ready after {seconds:.1f} s")
        if seconds < SECONDS:
            return
    busy = hasattr(os, "getloadavg") and os.getloadavg()[0] > 2 * os.cpu_count()
    (pytest.skip if busy else pytest.fail)(f"ready after {seconds:.1f} s" + ", but the machine is busy" * busy)


def test_a_learner_goes_from_the_front_page_through_three_lessons_and_an_exercise(learner):
    page = learner.page
    page.goto(learner.address)
    page.keyboard.press("Tab")  # the keyboard is enough: the first lesson's link comes first
    page.keyboard.press("Enter")
    learner.wait_until_ready()
    for number in ("01", "02", "03"):
        if number != "01":  # by the link at the end of the previous lesson
            page.locator(".jp-Notebook:visible a", has_text=re.compile(f"^{number} ")).click()
            page.wait_for_function("stem => jupyterapp.shell.currentWidget.context.path.includes(stem)",
                                   arg=STEM[number])
            learner.wait_until_ready()
        if number != "03":
            for cell in learner.code_cells():
                learner.run_cell(cell["id"])
    assert learner.run_cell("start").startswith("bar\ngrok\n")
    learner.replace_by_hand("'grok')", "'New grok')")  # beside the lesson; nobody saves it
    learner.goes_back_to(STEM["03"])
    assert learner.run_cell("edit-grok").startswith("spam.py contains this already")
    assert learner.run_cell("two-groks").startswith("bar\ngrok\nNew grok\n")
    assert "NEW: 'New grok'" in learner.run_cell("picture-after")
    page.locator(".jp-Notebook:visible a", has_text="03 Exercises").click()
    page.wait_for_function("() => jupyterapp.shell.currentWidget.context.path.startsWith('exercises/')")
    learner.wait_until_ready()
    renew = tasks.find("renew")
    learner.run_cell("start")
    assert learner.run_cell("check-renew").startswith("NOT ATTEMPTED")
    learner.write("answer-renew", next(code for _, code in renew.wrong.values()))
    learner.run_cell("answer-renew")
    assert "NOT YET: renew, 0 of" in learner.run_cell("check-renew")
    learner.write("start", 'from practice import check, hint\nhint("renew")')
    assert learner.run_cell("start").startswith("Hint 1 of 3: ")
    learner.write("answer-renew", renew.answer)
    learner.run_cell("answer-renew")
    assert learner.run_cell("check-renew").startswith("PASSED: renew")
    learner.save()


LESSON, SPAM = f"lessons/{STEM['01']}.ipynb", f"lessons/workspace/{STEM['01']}/spam.py"


def test_a_lesson_has_its_source_file_beside_it_and_the_list_of_files_is_closed(learner):
    learner.open(LESSON)
    learner.editor.wait_for()
    lesson, source = learner.sees(LESSON), learner.sees(SPAM)
    assert source["x"] >= lesson["x"] + lesson["width"] and lesson["width"] > 500 and source["width"] > 500
    assert not learner.list_of_files.is_visible()
    learner.page.locator(browser.TAB, has_text="spam.py").locator(".lm-TabBar-tabCloseIcon").click()
    learner.page.locator(".jp-Notebook:visible a", has_text="spam.py").first.click()
    learner.editor.wait_for()
    assert learner.sees(LESSON)["width"] == lesson["width"] and learner.sees(SPAM)["x"] == source["x"]


def test_a_cell_runs_with_what_was_typed_into_the_source_file_a_moment_before(learner):
    learner.open(LESSON)
    for cell_id in ("start", "first-import"):
        learner.run_cell(cell_id)
    learner.replace_by_hand("'grok')", "'typed')")
    learner.goes_back_to(STEM["01"])
    learner.write("second-import", "print(spam_py.read_text())")
    assert "print('typed')" in learner.run_cell("second-import")


def test_a_line_above_the_lesson_says_that_python_is_starting_until_it_has(learner):
    line = learner.page.locator(".course-starting")
    learner.page.goto(f"{learner.address}lab/index.html?path={LESSON}")
    learner.page.get_by_text("Python is starting").wait_for()
    assert line.bounding_box()["height"] >= 20 and line.get_attribute("role") == "status"
    learner.wait_until_ready()
    line.wait_for(state="hidden")


def test_reloading_the_page_loses_nothing_and_starts_python_only_in_the_notebook_in_front(learner):
    learner.open(LESSON)
    shown = learner.run_cell("start")
    learner.page.locator(".jp-Notebook:visible a", has_text=re.compile("^02 ")).click()
    learner.page.wait_for_function("stem => jupyterapp.shell.currentWidget.context.path.includes(stem)", arg=STEM["02"])
    learner.wait_until_ready()
    assert len(learner.page.evaluate(KERNELS)) == 2
    learner.goes_back_to(STEM["01"])
    beginner.question(learner).click()
    learner.page.keyboard.type("my own guess", delay=30)
    learner.is_stored(LESSON, "my own guess")  # nobody saved it
    learner.page.reload()
    learner.wait_until_ready()
    assert learner.cell_called("predict-second-import")["source"].endswith("my own guess")
    assert "\n".join(map(said, learner.cell_called("start")["outputs"])) == shown
    assert learner.page.evaluate(KERNELS) == [LESSON]
    learner.goes_back_to(STEM["02"])
    learner.page.wait_for_function(KERNEL_IS_IDLE)
    assert len(learner.page.evaluate(KERNELS)) == 2


def test_a_lesson_fills_the_width_of_a_phone_where_a_tap_runs_a_cell(learner):
    learner.page.set_viewport_size({"width": 390, "height": 844})
    learner.page.add_init_script(HIDDEN_AT_FIRST)
    learner.open(LESSON)
    assert learner.sees(LESSON)["width"] > 370
    text = learner.page.locator(".jp-Notebook:visible .jp-RenderedMarkdown").first.bounding_box()
    assert text["width"] > 330 and text["x"] + text["width"] <= 390
    learner.page.locator(".jp-Notebook:visible .jp-CodeCell").first.locator(".cm-content").click()
    learner.page.locator(".jp-NotebookPanel-toolbar [data-command='notebook:run-cell-and-select-next']:visible").click()
    wait_for(lambda: learner.code_cells()[0]["outputs"], "the first cell has run")
    learner.page.locator(".jp-Notebook:visible a", has_text="spam.py").first.click()
    learner.editor.wait_for()
    learner.goes_back_to(STEM["01"])
    assert learner.sees(LESSON)["width"] > 370


def test_the_front_page_shows_what_is_done_and_where_to_continue(learner):
    page, go = learner.page, learner.page.locator("#go")
    page.goto(learner.address)
    assert go.inner_text().startswith("Start with lesson 01 ") and "minutes" in page.inner_text("main")
    assert not re.search("done|cells run|passed", page.inner_text("main"))
    page.goto(f"{learner.address}lab/index.html?path={LESSON}")
    learner.wait_until_ready()
    learner.run_cell("start")
    page.locator("a", has_text="All lessons").click()
    page.get_by_text("1 of 12 cells run").wait_for()
    assert go.inner_text().startswith("Continue with lesson 01 ")
    go.click()
    learner.wait_until_ready()
    learner.run_all()
    wait_for(lambda: all(cell["execution_count"] for cell in learner.code_cells()), "every cell has run")
    page.locator("a", has_text="All lessons").click()
    page.locator("li", has_text="✓ done").wait_for()  # although the last cell ended while the others were saved
    learner.open(f"exercises/{STEM['01']}_exercises.ipynb")
    for cell_id in ("start", "answer-write", "check-write"):
        if cell_id == "answer-write":
            learner.write(cell_id, tasks.find("write").answer)
        learner.run_cell(cell_id)
    page.locator("a", has_text="All lessons").click()
    page.locator("li", has_text="✓ done").get_by_text(re.compile("1 of . passed")).wait_for()
    assert go.inner_text().startswith("Continue with lesson 02 ")


def test_what_a_beginner_types_changes_no_other_cell(learner):
    learner.open(f"lessons/{STEM['01']}.ipynb")
    beginner.types_in_every_way(learner)


def test_a_prediction_typed_after_shift_enter_is_shown_beside_what_happened(learner):
    learner.open(f"lessons/{STEM['01']}.ipynb")
    for cell_id in ("start", "first-import"):
        learner.run_cell(cell_id)
    before = learner.page.evaluate(beginner.CELLS)
    beginner.question(learner).click()
    learner.page.keyboard.press("Shift+Enter")
    learner.page.keyboard.type("bad guess", delay=30)
    learner.page.keyboard.press("Shift+Enter")
    learner.page.get_by_text("Your prediction is noted").wait_for()
    after = learner.page.evaluate(beginner.CELLS)
    assert {cell_id for cell_id in before if before[cell_id] != after.get(cell_id)} == {"predict-second-import"}
    learner.run_cell("edit-grok")
    assert "you predicted 'bad guess', and it was 'grok': a surprise" in learner.run_cell("second-import")
    beginner.cell_called(learner, "second-import").locator("td", has_text="bad guess").wait_for()


def test_letters_are_no_commands_in_exercises(learner):
    learner.open(f"exercises/{STEM['01']}_exercises.ipynb")
    before = learner.page.evaluate(beginner.CELLS)
    learner.page.locator(".jp-Notebook:visible .jp-InputPrompt").first.click()
    learner.page.keyboard.type("abcddmrxyz", delay=30)
    learner.page.get_by_text("click into a cell first").first.wait_for()
    assert learner.page.evaluate(beginner.CELLS) == before


def test_a_drill_is_answered_in_a_tab(learner):
    learner.open(f"exercises/{STEM['03']}_exercises.ipynb")
    assert "Drill 1 on lesson 3, level 1" in learner.run_cell("drill")
    learner.page.wait_for_timeout(3000)  # an answer within two seconds comes from Run All, and doesn't count
    assert "nothing between the quotes" in learner.run_cell("drill-answer")
    learner.write("drill-answer", tasks.ANSWER.replace('answer("")', 'answer("aa")'))
    assert re.search("[012] of 2 right", learner.run_cell("drill-answer"))
    assert learner.cell_called("drill-answer")["source"] == tasks.ANSWER, "the quotes are empty again"
    assert "1 drill" in learner.run_cell("progress")


def test_the_browser_keeps_work_which_can_be_submitted_and_reset(learner, tmp_path):
    page, write = learner.page, tasks.find("write")
    stem = f"{write.notebook}_exercises"
    answer = f"# by me\n{write.answer}"
    learner.open(f"exercises/{stem}.ipynb")
    learner.run_cell("start")
    learner.write("answer-write", answer)
    learner.run_cell("answer-write")
    assert learner.run_cell("check-write").startswith("PASSED")
    learner.save()
    page.reload()  # another day
    learner.wait_until_ready()
    assert learner.cell_called("answer-write")["source"] == answer
    assert re.search(r"import runs once +1 of 4 passed", learner.run_cell("progress"))
    with page.expect_download() as download:
        learner.chooses(f"{stem}.ipynb", "filebrowser:download")
    download.value.save_as(tmp_path / f"{stem}.ipynb")
    verdicts = grading.grade_notebook(tmp_path / f"{stem}.ipynb")
    [verdict] = [verdict for verdict in verdicts if verdict.task == write]
    assert (verdict.state, verdict.answer) == (grading.PASSED, answer)
    learner.chooses(f"{stem}.ipynb", "filebrowser:delete")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_function(IS_UNTOUCHED, arg=[f"exercises/{stem}.ipynb", "# by me"])
    learner.open(f"exercises/{stem}.ipynb")
    assert learner.cell_called("answer-write")["source"] == write.stub


# Without a browser

def test_the_site_is_small_and_serves_every_type_as_browsers_want_it(site, address):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < MEGABYTES * 10**6
    for name in ("static/pyodide/pyodide.mjs", "static/pyodide/pyodide.asm.wasm"):
        with urllib.request.urlopen(address + name) as answer:
            assert answer.headers["Content-Type"] in ("text/javascript", "application/wasm")


def test_a_folder_without_a_site_is_not_served(tmp_path):
    with pytest.raises(SetupProblem, match="lessons.web build"):
        server.open_server(tmp_path, 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fcntl, which a tab has in part")
def test_a_file_counts_as_locked_in_a_tab_whose_fcntl_has_no_flock(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", types.ModuleType("fcntl"))
    with open(tmp_path / "owner", "a") as file:
        assert files.lock(file) and not files.lock(file, if_impossible=False)


def test_the_wheel_contains_everything_that_a_notebook_imports(tmp_path):
    with zipfile.ZipFile(builder.write_wheel(tmp_path, {})) as wheel:
        wheel.extractall(tmp_path / "site")
    code = (f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import practice, workbench; "
            "from exercises.grader import tasks; from exercises.isolation import browser_tab; "
            "workbench.fresh('spam'); import spam; practice.drill(lesson=3); practice.answer('ab'); "
            "print(len(tasks.all_tasks()), sorted(path for path in sys.path if 'lessons' in path))")
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "Drill 1 on lesson 3, level 1" in run.stdout and " of 2 right." in run.stdout, run.stderr
    assert f"\n{len(tasks.all_tasks())} " in run.stdout, run.stderr
