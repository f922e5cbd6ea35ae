"""The house rules of lessons: what a learner and a reviewer may count on in each of them."""
import ast
import builtins
import json
import re
import shutil
import sys

import nbformat
import pytest

from lessons.notebooks import KIT, cells, counted_minutes, minutes, part
from lessons.predictions import MAGIC, agrees, asked, outcomes
from solutions.authoring import indexes
from solutions.authoring.record import record
from tests.notebooks import COURSE, LESSONS, OF_ONE_MACHINE, SPINE, printed

HEDGES = re.compile(r"\b(simply|just|usually|obviously|of course|as you can see|note that|basically|easy|easily)\b",
                    re.I)

FACTS = {*SPINE, *COURSE}

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])


@every_lesson
def test_a_lesson_is_a_valid_notebook_without_what_changes_at_each_run(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}  # JupyterLite asks for a kernel without it
    for cell in notebook.cells:
        of_kind = {"facts", "tags", "outcomes", "needs"} if cell.cell_type == "code" else {"terms", "questions"}
        assert set(cell.metadata) <= of_kind, cell.id


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
def test_each_question_says_which_step_of_the_lesson_it_is(path):
    questions = [cell["source"] for cell in cells(path) if cell["id"].startswith("question-")]
    for number, source in enumerate(questions, start=1):
        assert source.startswith(f"**Step {number} of {len(questions)}.** "), source


@every_lesson
def test_cell_ids_are_words_and_stand_once(path):
    ids = [cell["id"] for cell in cells(path)]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


@every_lesson
def test_cells_and_lessons_are_small(path):
    assert len(cells(path)) <= 25
    for cell in cells(path):
        lines = cell["source"].splitlines()
        assert len(lines) <= (8 if cell["cell_type"] == "code" else 6), cell["id"]
        assert max(map(len, lines)) <= 120 or cell["id"] == "next", cell["id"]  # that's made of the others' titles


@every_lesson
def test_a_lesson_takes_ten_to_fifteen_minutes_as_it_says(path):
    assert 10 <= counted_minutes(path) <= 15
    assert minutes(path) == counted_minutes(path), "python3 -m solutions"


def test_minutes_are_counted_from_words_cells_and_outcomes(tmp_path):
    def cell(kind, source, **metadata):
        return {"cell_type": kind, "id": "x", "metadata": metadata, "source": source, "outputs": []}

    outcomes = [{"fact": "A-01", "answer": "1"}, {"fact": "A-01", "answer": "2"}]
    content = [cell("markdown", "word " * 1000), *[cell("code", "1 + 1")] * 5,
               cell("code", "%%predict\n1. a:\n2. b:", outcomes=outcomes)]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"cells": content}), encoding="utf-8")
    assert counted_minutes(path) == round((1000 / 200) + 6 * 20 / 60 + 2 * 45 / 60)


@every_lesson
def test_outputs_are_the_same_on_every_machine(path):
    for cell in cells(path, "code"):
        assert not OF_ONE_MACHINE.search(printed(cell)), cell["id"]
        assert len(printed(cell).splitlines()) <= 26, cell["id"]


@every_lesson
def test_a_cell_that_fails_is_tagged_and_shows_a_real_error(path):
    for cell in cells(path, "code"):
        fails = any(output["output_type"] == "error" for output in cell["outputs"])
        assert fails == ("raises-exception" in cell["metadata"].get("tags", [])), cell["id"]
        hidden = re.findall(r"(?m)^\s*except\s*(\w*)", cell["source"])
        hidden = hidden if not fails and not re.search(r"(?m)^\s*raise$", cell["source"]) else []
        assert not ({*hidden} - {"NameError"}) & {"", *vars(builtins)}, cell["id"]  # an example's own may be caught


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


def steps(path):
    """A lesson's cells as a list of (kind, cell): title, question, predict, run, explain, remember, next, text."""
    kinds = ("title", "question", "explain", "remember", "next")
    return [("predict" if cell["source"].startswith(MAGIC) else "run" if cell["cell_type"] == "code" else
             next((kind for kind in kinds if re.match(rf"{kind}(-|$)", cell["id"])), "text"), cell)
            for cell in cells(path)]


@every_lesson
def test_each_lesson_goes_predict_run_explain(path):
    kinds = [kind for kind, _ in steps(path)]
    assert kinds.count("predict") >= 3
    for before, after in zip(kinds, kinds[1:]):
        assert (before == "question") == (after == "predict")
        assert before != "predict" or after == "run"
        assert after not in ("explain", "remember") or before in ("run", "explain")
    rhythm = [kind for kind in kinds if kind in ("predict", "explain")]
    assert "predict predict" not in " ".join(rhythm) and rhythm[-1] == "explain"


def answered(path):
    """The predictions of a lesson: each one's cell, the question before it, and what's shown before it's explained."""
    found = steps(path)
    for number, (kind, cell) in enumerate(found):
        if kind == "predict":
            following = [kind for kind, _ in found[number + 1:]]
            runs = found[number + 1:number + 1 + following.index("explain")]
            yield cell, found[number - 1][1], "\n".join(printed(run) for _, run in runs), [run["id"] for _, run in runs]


@every_lesson
def test_each_prediction_asks_for_three_outcomes_at_most_and_has_its_answers(path):
    total = 0
    for cell, question, shown, runs in answered(path):
        name = cell["id"].removeprefix("predict-")
        assert (cell["id"], question["id"], name in runs) == (f"predict-{name}", f"question-{name}", True)
        assert "?" in question["source"]
        asks, known = asked(cell["source"]), outcomes(cell)
        assert cell["source"] == "\n".join([MAGIC, *(f"{number}. {ask}" for number, ask in enumerate(asks, start=1))])
        assert 1 <= len(asks) == len(cell["metadata"]["outcomes"]) <= 3 and not cell["outputs"]
        for outcome in known:
            assert set(outcome) - {"fact"} == {"ask", "answer", "accept", "shown"}, name
            assert outcome["shown"] in shown, (name, outcome["answer"])
            assert outcome.get("fact", "A-01") in FACTS, name
            assert agrees(outcome["answer"], outcome), name
            alternatives = re.search(r"\(((?:[^()]+, )*[^()]+ or [^()]+)\):$", outcome["ask"])
            if alternatives and not re.match("an? ", alternatives[1]):
                assert outcome["answer"] in re.split(r",? or |, ", alternatives[1]), (name, outcome["answer"])
        total += len(asks)
    assert total <= 12


@every_lesson
def test_a_lesson_opens_with_the_readers_question_and_closes_with_key_points(path):
    *body, remember, _ = cells(path)
    assert re.match(rf"# {path.name[:2]} .*\?\n\n\*\d+ minutes\.\* ", body[0]["source"])
    assert "the end" in body[0]["source"]
    assert remember["source"].startswith("**Remember**\n\n* ") and 2 <= remember["source"].count("\n* ") <= 4


@every_lesson
def test_what_follows_from_the_lessons_is_up_to_date(path):
    number = LESSONS.index(path)
    links = re.findall(r"\*\*(\w+):\*\* \[", cells(path)[-1]["source"])
    there = [("Exercises", (KIT / "solutions" / path.name).exists()), ("Next", number < len(LESSONS) - 1),
             ("Before", number > 0)]
    assert links == [name for name, is_there in there if is_there], "python3 -m solutions"


def test_each_term_is_explained_once_in_italics():
    explained = [(term, cell["source"]) for path in LESSONS for cell in cells(path)
                 for term in cell["metadata"].get("terms", ())]
    terms = [term for term, _ in explained]
    assert len(terms) == len(set(terms)) >= 30
    for term, source in explained:
        assert f"*{term}*" in re.sub(r"\s+", " ", source).replace("**", ""), term


@every_lesson
def test_italics_are_for_terms_minutes_and_book_titles(path):
    for cell in cells(path, "markdown"):
        plain = re.sub(r"`[^`]*`|\*\*|(?m:^\* )", "", cell["source"])
        for text in re.findall(r"\*([^*]+)\*", re.sub(r"\s+", " ", plain)):
            assert (text in cell["metadata"].get("terms", ()) or text.endswith("minutes.")
                    or text == "Python Cookbook"), (cell["id"], text)


def test_people_find_their_questions():
    asked_for = [question for path in LESSONS for cell in cells(path)
                 for question in cell["metadata"].get("questions", ())]
    assert len(asked_for) == len(set(asked_for)) >= 17


@every_lesson
def test_links_lead_to_files_and_titles_that_are_there(path):
    for cell in cells(path, "markdown"):
        for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", cell["source"]):
            if "://" in target:
                continue
            address, _, place = target.partition("#cell-id=")
            found = path.parent / address
            assert found.exists(), target
            if place:
                assert place in [cell["id"] for cell in cells(found)], target
            elif found.suffix == ".ipynb" and found.parent == path.parent:
                assert cells(found)[0]["source"].splitlines()[0] == f"# {text}", target


@every_lesson
def test_the_prose_does_not_hedge(path):
    for cell in cells(path, "markdown"):
        assert not HEDGES.search(cell["source"]), cell["id"]


def foreign_imports(code):
    """Return what a lesson's cells import besides the workbench, the examples, Python's own modules and IPython."""
    code = "" if code.startswith(MAGIC) else code
    own = {"workbench", "IPython", *(path.stem for path in (KIT / "lessons" / "examples").iterdir())}
    plain = re.sub(r"(?m)^([ \t]*)[%!].*$", r"\1pass", code)  # a magic line may be all that's in a block
    nodes = [node for node in ast.walk(ast.parse(plain)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [name for node in nodes for name in ([node.module] if isinstance(node, ast.ImportFrom)
                                                 else [each.name for each in node.names])]
    return {name.partition(".")[0] for name in names} - own - set(sys.stdlib_module_names)


@every_lesson
def test_a_lesson_imports_only_the_workbench_examples_python_and_ipython(path):
    for cell in cells(path, "code"):
        assert foreign_imports(cell["source"]) == set(), cell["id"]


@pytest.mark.parametrize("code, found", [("import numpy as np", {"numpy"}), ("%autoreload 2\nimport spam, os", set()),
                                         ("with open(0):\n    %autoreload now\nimport numpy", {"numpy"}),
                                         ("def f():\n    from exercises.grader import tasks", {"exercises"})])
def test_a_foreign_import_is_found(code, found):
    assert foreign_imports(code) == found


def test_lessons_are_numbered_without_a_hole():
    assert [path.name[:3] for path in LESSONS] == [f"{number:02}_" for number in range(1, len(LESSONS) + 1)]


def test_the_readme_has_a_row_for_each_lesson_and_for_nothing_else():
    readme = (KIT / "README.md").read_text(encoding="utf-8")
    assert readme == indexes.readme_page(readme), "python3 -m solutions"
    rows = re.findall(r"(?m)^\| \[(.*)\]\(lessons/(.*)\) \| (\d+) \| (?=.)", readme)
    assert rows == [(cells(path)[0]["source"].splitlines()[0][2:], path.name, str(minutes(path))) for path in LESSONS]


def test_the_first_part_takes_less_than_forty_minutes():
    recipe = [path for path in LESSONS if part(path) == part(LESSONS[0])]
    assert len(recipe) == 3 and sum(map(minutes, recipe)) < 40


def test_the_readme_shows_the_picture_of_lesson_three():
    drawn = indexes.PICTURE.read_text(encoding="utf-8")
    assert drawn == indexes.picture(), "to draw it again, type: python3 -m solutions"
