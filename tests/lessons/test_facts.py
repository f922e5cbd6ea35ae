"""The facts of the course: each is shown by a cell that was run, and those of the spine are tested by an exercise."""
import pytest

from lessons.notebooks import KIT, cells, lessons
from solutions.authoring import indexes

# The facts that a first course is made of, and the rest of the course. The letters are groups: A the import cache,
# B what a reload does, C names that keep the old, D classes, E failures, F packages, G other kinds of module,
# H bytecode, I side effects, J threads and processes, K a second module, L autoreload, M alternatives, N history.
SPINE = """A-01 A-02 A-03 B-01 B-02 B-03 B-04 B-05 B-07 B-08 B-12 C-01 C-02 C-04 C-05 D-01 D-02 E-01 E-02 E-04 F-01 F-03
    H-01 H-06 K-01 M-01 N-02 N-03""".split()
COURSE = """B-06 B-09 B-11 B-13 B-20 C-03 C-06 C-07 C-09 C-10 C-11 C-12 C-14 C-17 D-03 D-04 D-05 D-06 D-08 D-09 D-10
    D-15 D-17 E-03 E-05 E-06 E-09 E-10 E-13 E-15 F-02 F-04 G-01 G-03 G-04 H-02 H-03 H-04 H-05 H-10 H-12 H-14 I-02 I-03
    I-05 I-06 I-07 J-01 J-04 K-02 K-05 L-01 L-02 L-03 L-06 L-11 L-16 M-03 M-04 M-05 N-01 N-09""".split()


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
    assert set(indexes.facts_shown()) == set(SPINE + COURSE)
    assert set(indexes.facts_tested()) <= set(SPINE + COURSE)


def test_the_index_of_facts_is_up_to_date():
    page = (KIT / "lessons" / "README.md").read_text(encoding="utf-8")
    assert page == indexes.index_of_facts(), "python3 -m solutions"


def test_the_page_for_teachers_is_up_to_date():
    page = (KIT / "solutions" / "README.md").read_text(encoding="utf-8")
    assert indexes.teachers_page(page) == page, "python3 -m solutions"
