"""`python3 -m solutions` says what's missing in one line each, fills in metadata, and makes only what changed."""
import json
from dataclasses import replace

import pytest

from exercises.grader import tasks
from lessons.notebooks import as_bytes
from solutions.authoring import build, changed, missing

TASK = replace(tasks.find("ensure-import"), text="## T\n\n1. The file gets a line.\n2. It stays.\n", needs=(),
               answer="def edit(path):\n    path.write_text('x = 1\\n')", right={"a": "", "b": ""},
               wrong=dict.fromkeys("abcd", ("", "")))
CASE = 'case(1, "a file", call="edit(path)", before="", after="x = 1\\n")\n'


def cell(name, source="", **metadata):
    kind = tasks.KINDS[name.partition("-")[0]]
    return {"id": name, "cell_type": kind, "source": [source], "metadata": metadata}


def notebook(path, *cells):
    path.write_bytes(as_bytes({"cells": list(cells)}))
    return path


def test_nbgraders_metadata_is_filled_in_from_ids_and_points(tmp_path):
    path = notebook(tmp_path / "01.ipynb", cell("task-f"), cell("answer-f"), cell("check-f", points=3))
    assert missing.fill_in(path) and not missing.fill_in(path)
    text, answer, check = (each["metadata"] for each in json.loads(path.read_text(encoding="utf-8"))["cells"])
    assert text == {} and set(check) == {"nbgrader"} and check["nbgrader"]["points"] == 3
    assert (answer["nbgrader"]["grade_id"], check["nbgrader"]["grade_id"]) == ("answer-f", "check-f")
    assert [(each["nbgrader"]["solution"], each["nbgrader"]["grade"], each["nbgrader"]["locked"])
            for each in (answer, check)] == [(True, False, False), (False, True, True)]


def test_the_metadata_in_the_kit_is_what_would_be_filled_in(tmp_path):
    for path in tasks.sources():
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        assert not missing.fill_in(copy), path.name


def test_each_cell_that_keeps_a_notebook_from_being_read_is_named(tmp_path):
    check = '### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS\ncheck("{}")'
    cells = [each for name, end in (("f", "### END SOLUTON"), ("g", ""), ("h", "### END SOLUTION")) for each in (
        cell(f"task-{name}", "## T"), cell(f"answer-{name}", f"### BEGIN SOLUTION\nx = 1\n{end}"),
        cell(f"check-{name}", check.format(name), nbgrader={"points": 1} if name == "h" else {}),
        cell(f"hints-{name}", "1. a\n2. b\n3. c"))]
    first, second = missing.unreadable(notebook(tmp_path / "01.ipynb", *cells))
    assert "cell answer-f: line 3: '### END SOLUTON'. Expected '### END SOLUTION'" in first
    assert "cell answer-g: line 1: '### BEGIN SOLUTION' isn't closed" in second


@pytest.mark.parametrize("given, said", [
    ({"check": CASE}, ["ensure-import: rule 2 has no case: It stays."]),
    ({"check": CASE + CASE.replace("1", "2", 1)}, []),
    ({"check": CASE.replace("1", "2", 1) + CASE.replace("1", "7", 1)},
     ["ensure-import: rule 1 has no case: The file gets a line.",
      "ensure-import: the case 'a file' is of rule 7. The text has 2 numbered rules"]),
    ({"check": "def check_answer(session): pass"}, []),
    ({"check": "case(1)"}, ["ensure-import: its check can't be run: TypeError: "]),
    ({"check": "x", "right": {}}, ["ensure-import: its check can't be run: NameError: "]),
    ({"check": "x = 1", "right": {}}, ["ensure-import: it has 0 other right answers. Expected at least 2"]),
])
def test_gaps_are_said_in_one_line_each(given, said):
    found = missing.gaps(replace(TASK, **given))
    assert len(found) == len(said) and all(line.startswith(start) for line, start in zip(found, said)), found


def test_answers_that_are_misjudged_and_mutants_that_pass_are_said():
    wrong = {"c": ("Rule 1, a file: ...", "def edit(path): pass"), "d": ("Rule 1, a file: ... gone.", "edit = print"),
             "e": ("Rule 1, a file: ...", TASK.answer)}
    found = missing.misjudged(replace(TASK, check=CASE, right={"a": "def edit(path): 1 / 0"}, wrong=wrong))
    assert [line.partition(", and gets: ")[0] for line in found] == [
        "ensure-import: a is right", "ensure-import: d is wrong", "ensure-import: e is wrong"]
    assert found[1].endswith("Rule 1, a file: spam.py is unchanged. Does your function write the new text to "
                             "the file?") and found[2].endswith(": PASSED")
    weak = replace(TASK, check=CASE.replace('after="x = 1\\n"', "after=ANYTHING"), right={}, wrong={})
    assert "ensure-import: a mutant passes, \"the solution: '' for 'x = 1\\\\n': path.write_text('x = 1\\\\n')\": " \
           "path.write_text('')" in missing.misjudged(weak)


def test_a_notebook_is_recorded_again_if_it_or_the_course_changed(tmp_path, monkeypatch):
    code = tmp_path / "code.py"
    code.write_text("x = 1")
    path = notebook(tmp_path / "01.ipynb")
    monkeypatch.setattr(changed, "edited_files", lambda: {path})
    monkeypatch.setattr(changed, "course_code", lambda: [code])

    def known():
        return changed.Built(tmp_path / "built.json").has_notebook(path)

    assert not known()
    changed.Built(tmp_path / "built.json").note_notebook(path)
    assert known()
    code.write_text("x = 2")
    assert not known()
    code.write_text("x = 1")
    notebook(path, cell("title"))
    assert not known()
    monkeypatch.setattr(changed, "edited_files", lambda: {code})
    assert not known()
    monkeypatch.setattr(changed, "edited_files", lambda: set())
    assert known()
    monkeypatch.setattr(changed, "edited_files", lambda: None)  # without git
    assert not known()


def test_a_task_is_tried_again_if_an_answer_or_its_check_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(changed, "edited_files", lambda: {changed.task_path(TASK)})
    built = changed.Built(tmp_path / "built.json")
    assert not built.has_task(TASK)
    built.note_task(TASK)
    assert built.has_task(TASK) and changed.Built(tmp_path / "built.json").has_task(TASK)
    for other in (replace(TASK, check="x"), replace(TASK, right={}), replace(TASK, wrong={}), replace(TASK, text="")):
        assert not built.has_task(other)


def test_what_cannot_be_read_is_said_and_nothing_is_made(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(build, "sources", lambda: [notebook(tmp_path / "01.ipynb", cell("title"), cell("answer-f"))])
    monkeypatch.setattr(build.frames, "update_frames", list)
    monkeypatch.setattr(build, "record", None)
    assert build.build() == 1
    said = capsys.readouterr().out.splitlines()
    assert said == ["01.ipynb: new nbgrader metadata",
                    "01.ipynb, cell answer-f: it belongs to no task. Expected a cell task-f.", "Nothing was made."]


def test_a_cell_that_fails_is_said_and_the_rest_is_made(monkeypatch, capsys):
    class Built:
        has_task = staticmethod(lambda task: True)
        has_notebook = staticmethod(lambda path: path != tasks.sources()[1])

    def record(path):
        raise build.CellExecutionError("", "NameError", "name 'x' is not defined")

    made = {}
    monkeypatch.setattr(build, "Built", Built)
    monkeypatch.setattr(build, "record", record)
    monkeypatch.setattr(build.files, "write", made.__setitem__)
    assert build.build() == 1 and len(made) == len(tasks.sources()) + 4
    assert (f"{tasks.sources()[1].name}: it isn't recorded, because a cell raised NameError: name 'x' is not defined"
            in capsys.readouterr().out.splitlines())
