"""The facts of the course: each is shown by a cell that was run, and those of the spine are tested by an exercise."""
import pytest

from lessons.notebooks import KIT, cells, facts_shown, lessons
from solutions.authoring import indexes
from tests.notebooks import COURSE, SPINE


@pytest.mark.parametrize("fact", SPINE + COURSE)
def test_each_fact_is_shown_by_one_cell_that_was_run(fact):
    shown = [(cell, says) for path in lessons() for cell in cells(path)
             for found, says in cell["metadata"].get("facts", {}).items() if found == fact]
    assert len(shown) == 1, [cell["id"] for cell, _ in shown]
    (cell, says), = shown
    assert cell["cell_type"] == "code" and cell["execution_count"] and cell["outputs"]
    assert says.endswith(".") and len(says) > 20


@pytest.mark.parametrize("fact", SPINE)
def test_each_fact_of_the_spine_is_tested_by_an_exercise(fact):
    assert indexes.facts_tested().get(fact)


def test_lessons_and_tasks_name_no_other_facts():
    assert set(facts_shown()) == set(SPINE + COURSE)
    assert set(indexes.facts_tested()) <= set(SPINE + COURSE)


def test_the_page_of_questions_facts_and_terms_is_up_to_date():
    page = (KIT / "lessons" / "README.md").read_text(encoding="utf-8")
    assert page == indexes.lessons_page(), "python3 -m solutions"


def test_the_page_for_teachers_is_up_to_date():
    page = (KIT / "solutions" / "README.md").read_text(encoding="utf-8")
    assert indexes.teachers_page(page) == page, "python3 -m solutions"
