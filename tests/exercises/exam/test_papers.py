"""What learners write is understood, however clumsily, and nothing of it is run."""
import json

import pytest

from exercises.exam import papers
from lessons.notebooks import NotebookProblem
from tests.exercises.exam.hand_made import as_bytes, cell_of, exam_of, handed_in, outcome, right

VARIANT = exam_of("Ann Lee").variants[0]


def answers(content, number=1):
    return papers.read("exam.ipynb", as_bytes(content)).answers(VARIANT, number)


@pytest.mark.parametrize("text", ["b", "B", "(b)", "b)", "b.", "`b`", "answer b", "it prints b", "old", "'old'", "Old.",
                                  "b) old", "B) 'old'", "prints old", "(b) `old`", "answer: b", "My answer is b.",
                                  "answer: old", "I think b", "b old", "b = old", "b, because of line 2",
                                  "old (because `f` stays)", "old (b)", "'old' [B].", "= old", "-> b"])
def test_a_letter_or_the_words_are_right(text):
    assert papers.chosen(text, outcome()) == "old"


@pytest.mark.parametrize("text, choice", [
    ("a", "new"), ("a) new", "new"), ("A) 'new'", "new"), ("b) new", ""), ("b new", ""), ("a or b", ""), ("a b", ""),
    ("a, b, c", ""), ("new, old", ""), ("a) b) c)", ""), ("not old", ""), ("because", ""), ("a because b", "new"),
    ("new (b)", ""), ("b (a)", ""), ("-> new", "new"), ("new since", "new"), ("d", ""), ("older", ""),
    ("error", "NameError"), ("NameError: name 'f' isn't defined", ""), ("", ""), ("?", "")])
def test_other_answers_mean_another_choice_or_none(text, choice):
    assert papers.chosen(text, outcome()) == choice


def test_a_choice_that_looks_like_a_letter_is_meant_by_its_words():
    assert papers.chosen("b", outcome(answer="b", choices=("a", "b"))) == "b"
    assert papers.chosen("a", outcome(answer="x", choices=("x", "a"))) == "a"


@pytest.mark.parametrize("text, choice", [
    ("Hi?", "Hi?"), ("hi!", "Hi!"), ("Hi", "Hi"), ("'Hi?'", "Hi?"), ("prints Hi?", "Hi?"), ("c) Hi?", "Hi?"),
    ("b) Hi?", ""), ("Hi.", "Hi")])
def test_choices_that_differ_only_in_their_last_sign_are_told_apart(text, choice):
    assert papers.chosen(text, outcome(answer="Hi?", choices=("Hi!", "Hi", "Hi?"))) == choice


def test_error_is_no_answer_if_two_choices_are_errors():
    assert papers.chosen("error", outcome(answer="KeyError", choices=("KeyError", "NameError"))) == ""


def test_other_strings_that_mean_the_same_are_right():
    assert papers.chosen("no output", outcome(answer="nothing", choices=("x", "nothing"), accept=("no output",))) \
        == "nothing"


FORMS = {
    "after the colons": "Question 1 (variant 0000a1):\n1. Line 5 prints: b\n2. Line 6 prints: new",
    "below": "Question 1 (variant 0000a1):\n1. Line 5 prints:\nb\n2. Line 6 prints:\nnew",
    "without the questions": "Question 1 (variant 0000a1)\nb\nnew",
    "without numbers": "Question 1 (variant 0000a1)\nLine 6 prints: new\nline 5 prints: b",
    "by their lines": "question 1 (variant 0000A1)\nline 5: b\nline 6: new",
    "as comments": "# Question 1 (variant 0000a1)\n# 1. Line 5 prints: b\n# 2. new",
    "numbers only": "Question 1 (variant 0000a1)\n1) b\n2) new",
    "in another order": "Question 1 (variant 0000a1)\n2. Line 6 prints: new\n1. Line 5 prints: b",
    "Windows line ends": "Question 1 (variant 0000a1)\r\n1. Line 5 prints: b\r\n2. Line 6 prints: new\r\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_answers_are_found_wherever_they_are_in_their_cell(form):
    content = handed_in(VARIANT)
    cell_of(content, "answer-1")["source"] = FORMS[form]
    assert answers(content) == ["b", "new"]


def test_an_untouched_notebook_has_no_answers():
    assert [answers(handed_in(VARIANT), number) for number in (1, 2, 3)] == [["", ""]] * 3


@pytest.mark.parametrize("cell_type", ["code", "markdown", "raw"])
def test_answers_in_a_new_cell_below_the_question_count(cell_type):
    content = handed_in(VARIANT)
    content["cells"].insert(3, {"cell_type": cell_type, "metadata": {}, "source": ["b\n", "new"]})
    assert answers(content) == ["b", "new"]


def test_answers_typed_into_the_text_of_the_question_count():
    content = handed_in(VARIANT)
    cell = cell_of(content, "question-1")
    cell["source"] = "".join(cell["source"]) + "\nb\nnew"
    assert answers(content) == ["b", "new"]


def test_a_copy_of_the_answers_that_was_left_empty_changes_nothing():
    content = handed_in(VARIANT, right)
    content["cells"].insert(3, cell_of(handed_in(VARIANT), "answer-1"))
    assert answers(content) == ["old", "new"]


def test_cells_that_were_merged_or_split_are_read():
    content = handed_in(VARIANT, right)
    whole = "\n".join("".join(cell["source"]) for cell in content["cells"])
    assert answers({"cells": [{"cell_type": "markdown", "metadata": {}, "source": whole}]}, 2) == ["old", "new"]
    split = handed_in(VARIANT, right)
    first, second = cell_of(split, "answer-1")["source"].split("\n2. ")
    cell_of(split, "answer-1")["source"] = first
    split["cells"].insert(3, {"cell_type": "code", "metadata": {}, "source": "2. " + second})
    assert answers(split) == ["old", "new"]


def test_the_texts_say_whose_it_is_without_metadata_and_the_metadata_without_texts():
    for what in ("metadata", "texts"):
        content = handed_in(VARIANT, right)
        content["metadata"] = {}
        for cell in content["cells"]:
            if what == "metadata":
                cell["metadata"] = {}
            else:
                cell["source"] = "".join(cell["source"]).replace("variant", "")
        paper = papers.read("x.ipynb", as_bytes(content))
        assert paper.variants == {VARIANT.id} and paper.answers(VARIANT, 2) == ["old", "new"]


def test_another_notebook_is_no_exam_and_a_broken_one_is_named():
    other = {"cells": [{"cell_type": "code", "source": "print('variant')", "metadata": {"reload_exam": 1}}]}
    assert papers.read("x.ipynb", as_bytes(other)) is None
    with pytest.raises(NotebookProblem, match="x.ipynb isn't a notebook"):
        papers.read("x.ipynb", b"{")


@pytest.mark.parametrize("metadata", [None, [], "x", {"reload_exam": None}, {"reload_exam": {"variant": 5}},
                                      {"reload_exam": {"variant": VARIANT.id, "question": "1"}},
                                      {"reload_exam": {"variant": VARIANT.id, "question": -1}}])
def test_strange_metadata_harm_nobody(metadata):
    content = handed_in(VARIANT, right)
    for cell in content["cells"]:
        cell["metadata"] = metadata
    content["metadata"] = metadata
    assert answers(json.loads(json.dumps(content))) == ["old", "new"]
