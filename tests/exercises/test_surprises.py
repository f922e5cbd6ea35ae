"""`exercises surprises`: which predictions came out, for a learner and for a class, from the lessons' notebooks."""
import json
import shutil

import pytest

from exercises import __main__ as command
from exercises.progress.predictions import predicted_in, report
from lessons import predictions
from lessons.notebooks import cells, facts_shown
from tests.notebooks import LESSONS

LESSON = LESSONS[2]  # 03: its first prediction asks about spam.bar(), grok() and spam.grok()


def questions():
    """The cell of the lesson's first prediction, and its outcomes."""
    cell = next(cell for cell in cells(LESSON, "code") if cell["source"].startswith(predictions.MAGIC))
    return cell, predictions.outcomes(cell)


def predict(folder, name, *texts):
    """A lesson's notebook in a folder, in which a learner has predicted this."""
    notebook = json.loads(LESSON.read_text(encoding="utf-8"))
    asked, outcomes = questions()
    for cell in notebook["cells"]:
        if cell["id"] == asked["id"]:
            lines = [f"{number}. {outcome['ask']} {text}"
                     for number, (outcome, text) in enumerate(zip(outcomes, texts), start=1)]
            cell["source"] = "\n".join([predictions.MAGIC, *lines])
            cell["metadata"] = {}  # a learner's copy has no answers
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(notebook), encoding="utf-8")


def right():
    return [outcome["answer"] for outcome in questions()[1]]


def test_a_learner_sees_what_came_out_and_what_surprised(tmp_path):
    predict(tmp_path, LESSON.name, *right()[:-1], "something else")
    found, problems = predicted_in(tmp_path)
    assert [each.agrees for each in found] == [True] * (len(right()) - 1) + [False] and problems == []
    text = report(found)
    outcome = questions()[1][-1]
    assert f"{len(right()) - 1} of {len(right())} came out as predicted." in text
    assert facts_shown()[outcome["fact"]][0][:40] in " ".join(text.split())
    assert f"{outcome['ask']} {outcome['answer']}. Predicted: something else" in " ".join(text.split())


def test_a_class_sees_how_many_were_surprised_and_what_they_expected(tmp_path):
    for name, last in (("ann", "A"), ("bob", "A"), ("cy", "B"), ("dee", right()[-1])):
        predict(tmp_path / name, "any name.ipynb", *right()[:-1], last)
    found, _ = predicted_in(tmp_path)
    text = " ".join(report(found).split())
    assert "Surprised 3 of" in text and "Predicted: A (2), B (1)" in text
    assert not any(name in text for name in ("ann", "bob", "dee"))


def test_notebooks_without_predictions_and_damaged_ones_do_no_harm(tmp_path):
    predict(tmp_path, "empty.ipynb")
    shutil.copy(LESSONS[0], tmp_path)
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    (tmp_path / "other.ipynb").write_text('{"cells": []}', encoding="utf-8")
    found, problems = predicted_in(tmp_path)
    assert found == [] and report(found) == "" and len(problems) == 1 and "broken.ipynb" in problems[0]


@pytest.mark.parametrize("number", range(len(LESSONS)), ids=[path.stem for path in LESSONS])
def test_the_answers_of_every_lesson_count_as_predicted(tmp_path, number):
    notebook = json.loads(LESSONS[number].read_text(encoding="utf-8"))
    known = {cell["id"]: predictions.outcomes(cell) for cell in cells(LESSONS[number], "code")}
    for cell in notebook["cells"]:
        if known.get(cell["id"]):
            cell["source"] = "\n".join([predictions.MAGIC, *(f"{at}. {each['ask']} {each['answer']}" for at, each in
                                                             enumerate(known[cell["id"]], start=1))])
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    found, _ = predicted_in(tmp_path)
    assert len(found) == sum(map(len, known.values())) > 3
    assert all(each.agrees and each.lesson == LESSONS[number] for each in found)


def test_the_command_shows_a_class_and_says_what_to_do_without_predictions(tmp_path, capsys):
    predict(tmp_path / "ann", "x.ipynb", *right())
    assert command.main(["surprises", str(tmp_path)]) == 0
    assert f"{len(right())} of {len(right())} came out as predicted." in capsys.readouterr().out
    (tmp_path / "none").mkdir()
    assert command.main(["surprises", str(tmp_path / "none")]) == 0
    assert "write after the colons" in capsys.readouterr().out
    assert command.main(["surprises", str(tmp_path / "gone")]) == 2
    assert "There's no folder" in capsys.readouterr().err
