"""Predictions: what a learner wrote is found however they wrote it, and compared by what it means."""
import pytest

from lessons.predictions import agrees, asked, outcomes, written

ASKS = ["spam.bar() prints:", "grok() prints:", "total is checkout.total (True or False):"]
BLANK = "%%predict\n" + "".join(f"{number}. {ask}\n" for number, ask in enumerate(ASKS, start=1))


def filled(*texts):
    return "%%predict\n" + "".join(f"{number}. {ask}{text}\n"
                                   for number, (ask, text) in enumerate(zip(ASKS, texts), start=1))


def test_the_questions_are_the_numbered_lines():
    assert asked(BLANK) == ASKS
    cell = {"source": BLANK, "metadata": {"outcomes": [
        {"fact": "B-01", "answer": "bar"}, {"fact": "C-01", "answer": "grok", "accept": ["old"]},
        {"fact": "C-14", "answer": "no", "shown": "False"}]}}
    assert [(each["ask"], each["answer"], each["shown"], each["accept"]) for each in outcomes(cell)] == [
        (ASKS[0], "bar", "bar", []), (ASKS[1], "grok", "grok", ["old"]), (ASKS[2], "no", "False", [])]


@pytest.mark.parametrize("source", [
    filled(" bar", " grok", " False"),
    filled("bar", "grok", "False"),
    filled("\n   bar", "\ngrok\n", "\n\nFalse"),
    "%%predict\n1. bar\n2. grok\n3. False",
    "%%predict\n1) bar\n2) grok\n3) False",
    "%%predict\nbar\n\ngrok\nFalse\n",
    "bar\ngrok\nFalse",
    "%%predict  \n" + filled(" bar", " grok", " False").removeprefix("%%predict\n"),
], ids=["after the colon", "without a space", "on the line below", "in place of the question", "with parentheses",
        "without numbers", "without the magic", "with spaces after the magic"])
def test_what_a_learner_wrote_is_found(source):
    assert written(source, ASKS) == ["bar", "grok", "False"]


def test_what_a_learner_wrote_before_the_colon_is_found():
    found = written("%%predict\n1. spam.bar() prints bar:\n2. grok() prints:\n", ASKS)
    assert found == ["prints bar", "", ""] and agrees(found[0], outcome("bar"))


@pytest.mark.parametrize("source", [BLANK, "", "%%predict", "%%predict\n\n\n", "%%predict\n1.\n2.\n3."])
def test_blanks_are_no_predictions(source):
    assert written(source, ASKS) == ["", "", ""]


def test_what_is_typed_after_enter_belongs_to_the_next_question():
    assert written(filled(" bar\ngrok", "", ""), ASKS) == ["bar", "grok", ""]
    assert written(filled(" bar\ngrok", " spam", ""), ASKS) == ["bar grok", "spam", ""]
    assert written(filled("", "", " True\nof course"), ASKS) == ["", "", "True of course"]


def test_one_filled_blank_leaves_the_others_empty():
    assert written(filled("", " grok", ""), ASKS) == ["", "grok", ""]


def test_an_answer_may_begin_with_a_number():
    assert written(filled(" 3", " 2.5", " 1 time"), ASKS) == ["3", "2.5", "1 time"]
    assert written(filled("\n2 lines", "", ""), ASKS) == ["2 lines", "", ""]


def outcome(answer, *accept):
    return {"answer": answer, "accept": list(accept)}


@pytest.mark.parametrize("prediction, answer", [
    ("grok", "grok"), ("'grok'", "grok"), ("“grok”", "grok"), ("It prints `grok`.", "grok"), ("still grok", "grok"),
    ("GROK", "grok"), ("new  grok", "New grok"), ("[1,2]", "[1, 2]"), ("yes", "True"), ("No.", "False"),
    ("false", "False"), ("two", "2"), ("once", "1"), ("TypeError", "TypeError"), ("a TypeError", "TypeError"),
    ("it crashes", "TypeError"), ("an error", "NameError"), ("it fails", "an error"), ("error", "fails"),
    ("no output", "nothing"), ("the old one", "old one")])
def test_the_same_meaning_agrees(prediction, answer):
    assert agrees(prediction, outcome(answer))


@pytest.mark.parametrize("prediction, answer", [
    ("grok", "New grok"), ("New grok", "grok"), ("not grok", "grok"), ("no", "True"), ("NameError", "TypeError"),
    ("24", "20"), ("grok", "error"), ("", "grok"), ("it", "grok"), ("an error", "grok"), ("no error", "an error"),
    ("doesn't fail", "fails"), ("works", "fails")])
def test_another_meaning_does_not(prediction, answer):
    assert not agrees(prediction, outcome(answer))


def test_an_author_names_other_words_that_mean_the_same():
    assert agrees("the old version", outcome("old", "old version"))
