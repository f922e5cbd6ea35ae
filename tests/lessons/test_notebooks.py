"""The house rules of lessons: what a learner and a reviewer may count on in each of them."""
import ast
import json
import re
import shutil
import sys

import nbformat
import pytest

from lessons.notebooks import KIT, cells, minutes
from solutions.authoring import indexes
from solutions.authoring.record import record
from tests.notebooks import LESSONS, OF_ONE_MACHINE, printed

HEDGES = re.compile(r"\b(simply|just|usually|obviously|of course|as you can see|note that|basically|easy|easily)\b",
                    re.I)

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])


@every_lesson
def test_a_lesson_is_a_valid_notebook_without_what_changes_at_each_run(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}  # JupyterLite asks for a kernel without it
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"facts", "tags"}, cell.id


@every_lesson
def test_a_lesson_is_stored_in_the_form_that_recording_gives(path):
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@every_lesson
def test_a_lesson_that_is_recorded_twice_over_gives_what_is_stored_both_times(path, tmp_path):
    unwanted = shutil.ignore_patterns("web", "__pycache__", ".*")
    copy = shutil.copytree(path.parent, tmp_path / "lessons", ignore=unwanted) / path.name
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.from_dict({**cell, "id": f"{cell.id}-again"}) for cell in notebook.cells]
    nbformat.write(notebook, copy)
    record(copy)
    found, stored = ([shown(cell) for cell in cells(each, "code")] for each in (copy, path))
    assert found == stored + stored


def shown(cell):
    """The outputs of a cell without their counts, and without what IPython says of a second `%load_ext`."""
    text = json.dumps([{**output, "execution_count": None} for output in cell["outputs"]])
    text = re.sub(r'"The autoreload extension is already loaded.*?%reload_ext autoreload\\n", ', "", text)
    return json.loads(text)


@every_lesson
def test_every_code_cell_was_run_once_from_top_to_bottom(path):
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@every_lesson
def test_cell_ids_are_words_and_stand_once(path):
    ids = [cell["id"] for cell in cells(path)]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


@every_lesson
def test_cells_are_small(path):
    assert len(cells(path)) <= 25
    for cell in cells(path, "code"):
        assert len(cell["source"].splitlines()) <= 8, cell["id"]
    for cell in cells(path, "markdown"):
        assert len(cell["source"].split()) <= 100, cell["id"]


@every_lesson
def test_outputs_are_the_same_on_every_machine(path):
    for cell in cells(path, "code"):
        assert not OF_ONE_MACHINE.search(printed(cell)), cell["id"]
        assert len(printed(cell).splitlines()) <= 25, cell["id"]


@every_lesson
def test_a_cell_that_fails_is_tagged_and_shows_a_real_error(path):
    for cell in cells(path, "code"):
        fails = any(output["output_type"] == "error" for output in cell["outputs"])
        assert fails == ("raises-exception" in cell["metadata"].get("tags", [])), cell["id"]
        hides = re.search(r"^\s*except\b", cell["source"], re.M) and not fails and "raise" not in cell["source"]
        assert not hides or "except NameError" in cell["source"], cell["id"]


@every_lesson
def test_no_tag_keeps_nbval_from_comparing(path):
    tags = {tag for cell in cells(path) for tag in cell["metadata"].get("tags", [])}
    assert tags <= {"raises-exception"}


@every_lesson
def test_each_picture_has_its_text(path):
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            if "text/html" in output.get("data", {}):
                assert "".join(output["data"]["text/plain"]).strip(), cell["id"]
                assert 'alt="' in "".join(output["data"]["text/html"]), cell["id"]


@every_lesson
def test_each_question_is_asked_before_the_cell_that_answers_it_and_explained_after(path):
    kinds = [cell["id"].split("-")[0] if cell["cell_type"] == "markdown" else "run" for cell in cells(path)]
    assert "predict" in kinds
    for before, after in zip(kinds, kinds[1:]):
        assert before != "predict" or after == "run"
        assert after != "explain" or before == "run"
    rhythm = [kind for kind in kinds if kind in ("predict", "explain")]
    assert "predict predict" not in " ".join(rhythm)
    assert rhythm[-1] == "explain"


@every_lesson
def test_each_prediction_is_a_question_with_room_for_the_answer(path):
    for cell in cells(path, "markdown"):
        if cell["id"].startswith("predict-"):
            question, _, answer = cell["source"].partition("\n\nMy prediction:")
            assert "?" in question and "\n\nMy prediction:" in cell["source"] and answer == "", cell["id"]


@every_lesson
def test_a_lesson_opens_with_its_question_and_closes_with_key_points_and_links(path):
    *body, remember, links = cells(path)
    number = path.name[:2]
    assert re.match(rf"# {number} .*\?\n\n\*\d+ minutes\.\* ", body[0]["source"])
    assert re.search("fterwards|y the end", body[0]["source"])
    assert 5 <= minutes(path) <= 15
    assert remember["source"].startswith("**Remember**\n\n* ")
    assert remember["source"].count("\n* ") <= 3
    assert links["id"] == "next" and links["source"].count("](") >= 1


@every_lesson
def test_links_lead_to_files_and_titles_that_are_there(path):
    for cell in cells(path, "markdown"):
        for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", cell["source"]):
            if "://" in target:
                continue
            found = path.parent / target
            assert found.exists(), target
            if found.suffix == ".ipynb" and found.parent == path.parent:
                assert cells(found)[0]["source"].splitlines()[0] == f"# {text}", target


@every_lesson
def test_the_prose_does_not_hedge(path):
    for cell in cells(path, "markdown"):
        assert not HEDGES.search(cell["source"]), cell["id"]


def foreign_imports(code):
    """Return what a lesson's cells import besides the workbench, the examples, Python's own modules and IPython."""
    own = {"workbench", "IPython", *(path.stem for path in (KIT / "lessons" / "examples").iterdir())}
    plain = re.sub(r"(?m)^[ \t]*[%!].*$", "", code)
    nodes = [node for node in ast.walk(ast.parse(plain)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [name for node in nodes for name in ([node.module] if isinstance(node, ast.ImportFrom)
                                                 else [each.name for each in node.names])]
    return {name.partition(".")[0] for name in names} - own - set(sys.stdlib_module_names)


@every_lesson
def test_a_lesson_imports_only_the_workbench_examples_python_and_ipython(path):
    for cell in cells(path, "code"):
        assert foreign_imports(cell["source"]) == set(), cell["id"]


@pytest.mark.parametrize("code, found", [("import numpy as np", {"numpy"}), ("%autoreload 2\nimport spam, os", set()),
                                         ("def f():\n    from exercises.grader import tasks", {"exercises"})])
def test_a_foreign_import_is_found(code, found):
    assert foreign_imports(code) == found


def test_lessons_are_numbered_without_a_hole():
    assert [path.name[:3] for path in LESSONS] == [f"{number:02}_" for number in range(1, len(LESSONS) + 1)]


def test_the_readme_has_a_row_for_each_lesson_and_for_nothing_else():
    readme = (KIT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(.*?)\]\(lessons/(.*?)\) \| (\d+) \|", readme, re.M)
    there = [(cells(path)[0]["source"].splitlines()[0][2:], path.name, str(minutes(path))) for path in LESSONS]
    assert rows == there


def test_the_readme_shows_the_picture_of_lesson_three():
    drawn = indexes.PICTURE.read_text(encoding="utf-8")
    assert drawn == indexes.picture(), "to draw it again, type: python3 -m solutions"
