"""What a beginner does with a prediction, in any front end: many ways to type it, and none may change another cell.

A `learner` has a page that shows lesson 1 and, for `types_in_every_way`, exposes its app to scripts.
"""
from lessons import notebooks
from tests.notebooks import LESSONS

TYPED = "bar, add max zymurgy 01"  # begins with a command's letter; "a", "dd", "m", "z" and digits are commands, too
PREDICTED = "second-import"  # in lesson 1
CELLS = """() => Object.fromEntries(jupyterapp.shell.currentWidget.content.widgets.map(
    ({model}) => [model.id, `${model.type} ${model.sharedModel.source}`]))"""
AS_OPENED = """([id, source]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    for (const cell of notebook.widgets) {
        if (cell.model.type === 'markdown') cell.rendered = true;
        if (cell.model.id === id) cell.model.sharedModel.setSource(source);
    }
    notebook.mode = 'command';
    notebook.activeCellIndex = 0; }"""


def cell_called(learner, cell_id, lesson=LESSONS[0]):
    """The cell of a lesson with this id, in the visible notebook."""
    ids = [cell["id"] for cell in notebooks.cells(lesson) if not notebooks.is_explanation(cell)]
    return learner.page.locator(".jp-Notebook:visible .jp-Cell").nth(ids.index(cell_id))


def question(learner, name=PREDICTED, lesson=LESSONS[0]):
    return cell_called(learner, f"question-{name}", lesson).locator(".jp-RenderedMarkdown")


def prediction(learner):
    return cell_called(learner, f"predict-{PREDICTED}")


def arrow_down_to_it(learner):
    learner.page.keyboard.press("Escape")
    for _ in range(30):
        if "jp-mod-selected" in prediction(learner).get_attribute("class"):
            return
        learner.page.keyboard.press("ArrowDown")


WAYS = {
    "after Shift+Enter on the question": lambda learner: (question(learner).click(),
                                                          learner.page.keyboard.press("Shift+Enter")),
    "with the question selected": lambda learner: question(learner).click(),
    "with the question double-clicked": lambda learner: question(learner).dblclick(),
    "with the cell selected by the arrow keys": arrow_down_to_it,
    "after Enter": lambda learner: (arrow_down_to_it(learner), learner.page.keyboard.press("Enter")),
    "with a click on the cell's prompt": lambda learner: prediction(learner).locator(".jp-InputPrompt").click(),
    "with a click behind the question": lambda learner: prediction(learner).locator(".cm-line").nth(1).click(
        position={"x": 500, "y": 8}),
}


def types_in_every_way(learner):
    """Type a prediction in each way, and see that it's in the prediction's cell and that no other cell changed."""
    cell_id, before = f"predict-{PREDICTED}", learner.page.evaluate(CELLS)
    for way, go in WAYS.items():
        go(learner)
        learner.page.keyboard.type(TYPED, delay=30)
        after = learner.page.evaluate(CELLS)
        assert {**after, cell_id: ""} == {**before, cell_id: ""} and list(after) == list(before), way
        assert after[cell_id].count(TYPED) == 1, way
        learner.page.evaluate(AS_OPENED, [cell_id, before[cell_id].removeprefix("code ")])
        assert learner.page.evaluate(CELLS) == before
