"""Editing tasks of an exam: new for everyone, answered in a sandbox, and a friend's answer doesn't pass."""
import csv
import html
import json
import random
import re
from dataclasses import replace
from itertools import permutations

import pytest

from exercises.exam import answer_key, command, editing, notebook, record
from exercises.exam.editing.kind import WORDS
from exercises.grader.cases import NOUNS
from exercises.grader.grading import NOT_YET, PASSED, grade
from exercises.isolation import fork_server
from exercises.submissions.pages import TEMPLATES
from tests.exercises.exam.hand_made import cell_of, exam_of, handed_in, put, run

AS_HERE = [] if fork_server.containment()[1] else ["--no-sandbox"]  # what the system that runs the tests allows
# Kind -> wrong answers: a replacement in the right one, and what the message contains.
WRONG = {
    "number": [
        (r"path.write_text\(.*", "pass", "Does your function write the new text to the file?"),
        (r"importlib.reload\(.*", "pass", "What runs the new file?"),
        (r"return (old|new)$", "return None", "What does your function return?"),
        (r"new = old .*", "new = old", "is unchanged")],
    "forget": [
        (r"path.write_text\(.*", "pass", "Does your function write the new text to the file?"),
        (r"delattr\(.*", "pass", "What does your function do with the attributes of the module?"),
        (r"line.startswith\(", "line.strip().startswith(", "How does your function recognize a line?"),
        (r"(    lines = )", r"    importlib.reload(module)\n    importlib.reload(module)\n\1",
         "Does your function run the file again, and should it?")],
    "through": [
        (r"path.write_text\(.*", "pass", "Does your function write the new text to the file?"),
        (r" as \w+\\n\"\)", r'\\n")', "What does the first line contain afterwards?"),
        (r"\\b\{name\}", "{name}", "How does your function recognize a call?"),
        (r"importlib.reload\(.*", "pass", "Which module runs the changed file?"),
        (r"sys.modules\[path.stem\]", "sys.modules[module]", "Which module"),
        (r"return .*", "return None", "What does your function return?")],
    "keep": [
        (r"path.write_text\(.*", "pass", "What does the changed line assign in a reload?"),
        (r"globals\(\).get\('\\1', \\2\)", r"\\1", "NameError"),
        (r"\(\?m\)\^", "(?m)^ *", "How does your function recognize a line?"),
        (r"(, source)\)", r"\1, count=1)", "How many lines does your function change?"),
        (r"# (\w+)\$\"", r'# \1"', "How does your function recognize a line?"),
        (r"(    path.write_text\(.*)", r"\1\n    importlib.reload(module)\n    importlib.reload(module)",
         "Does your function run the file again, and should it?")]}


def made(kind, seed):
    return editing.made(editing.KINDS[kind], random.Random(seed))


def function(edit):
    return re.search(r"edit_\w+", edit.stub)[0]


@pytest.mark.parametrize("kind", editing.KINDS)
def test_the_right_answer_passes_whatever_is_drawn(kind):
    for seed in range(4):
        edit = made(kind, seed)
        verdict = grade(edit.task(1), edit.answer)
        assert verdict.state == PASSED, verdict.message


@pytest.mark.parametrize("kind, change, to, message", [(kind, *each) for kind in WRONG for each in WRONG[kind]])
def test_wrong_answers_get_a_message_that_leads_on(kind, change, to, message):
    edit = made(kind, "wrong")
    wrong = re.sub(change, to, edit.answer, flags=re.M)
    assert wrong != edit.answer
    verdict = grade(edit.task(1), wrong)
    assert verdict.state == NOT_YET and message in verdict.message, verdict.message


@pytest.mark.parametrize("kind", editing.KINDS)
def test_a_friends_answer_breaks_a_rule_even_under_the_right_name(kind):
    edits, passed = [made(kind, seed) for seed in range(4)], 0
    for ours, theirs in permutations(edits, 2):
        passed += grade(ours.task(1), theirs.answer.replace(function(theirs), function(ours))).passed
    assert passed <= 2


def test_everyone_gets_the_same_kinds_and_nobody_the_same_text():
    drawn = editing.drawn(300, 4, random.Random("class"))
    assert len({tuple(edit.fact for edit in edits) for edits in drawn}) == 1
    texts = [edit.text.split("```")[1] for edits in drawn for edit in edits]
    assert len({*texts}) == len(texts) == 1200
    assert drawn == editing.drawn(300, 4, random.Random("class"))


def test_a_feedback_page_shows_a_task_as_text_code_and_rules():
    edit = made("number", 1)
    page = TEMPLATES.get_template("task_text.html").render(edit=edit, number=1)
    assert "`" not in page and r"\n" not in page and page.count("<li>") == 3 and "<pre>\ndef " in page


def test_details_are_no_words_that_cases_use():
    assert not {*WORDS} & {*NOUNS}


@pytest.fixture
def exam():
    exam = exam_of("Ann Lee", "Ben Ito", questions=1)
    drawn = editing.drawn(2, 2, random.Random("exam"))
    return replace(exam, variants=tuple(replace(variant, edits=edits) for variant, edits in zip(exam.variants, drawn)))


def test_the_record_is_read_back_and_one_without_editing_tasks_still_loads(exam, tmp_path):
    (tmp_path / "exam.json").write_bytes(exam.as_bytes())
    assert record.load(tmp_path / "exam.json") == exam
    old = json.loads(exam.as_bytes())
    for variant in old["variants"]:
        del variant["edits"]
    put(tmp_path, {"old.json": old})
    assert [variant.edits for variant in record.load(tmp_path / "old.json").variants] == [(), ()]


def test_the_notebook_has_the_task_and_neither_its_check_nor_its_answer(exam):
    for variant in exam.variants:
        content = json.loads(notebook.written(variant))
        whole = "".join("".join(cell["source"]) for cell in content["cells"])
        for _, edit in variant.numbered_edits:
            assert edit.text.rstrip() in whole and edit.stub in whole
            assert "case(" not in whole and "importlib.reload(sys" not in whole and edit.answer not in whole
        assert "worth 2 points" in whole


def test_the_key_has_every_answer(exam):
    page = answer_key.written(exam).decode()
    assert "Answers: exam, 2 learners" in page and '<a href="#0000a2">Ben Ito</a>' in page
    assert "b) old" in page and page.count("<pre>") == 4
    assert all(function(edit) in page for variant in exam.variants for edit in variant.edits)


def answered(variant, *codes):
    content = handed_in(variant)
    for (number, _), code in zip(variant.numbered_edits, codes):
        cell_of(content, f"answer-{number}")["source"] = code
    return content


def test_answers_are_run_and_their_verdicts_are_on_the_pages(exam, tmp_path, capsys):
    ann, ben = exam.variants
    put(tmp_path, {"exam.json": exam.as_bytes(),
                   "pile/Ann Lee_1_assignsubmission_file/a.ipynb": answered(ann, *(one.answer for one in ann.edits)),
                   "pile/Ben Ito_2_assignsubmission_file/b.ipynb": answered(
                       ben, ben.edits[0].stub.replace("...", "return 1"))})
    run(capsys, "grade", tmp_path / "pile", "--exam", tmp_path / "exam.json", "--jobs", "1", *AS_HERE)
    results = json.loads((tmp_path / "pile-grades/results.json").read_bytes())
    states = [[row["state"] for row in result["tasks"][2:]] for result in results]
    assert states == [["PASSED", "PASSED"], ["NOT YET", "NOT ATTEMPTED"]]
    assert [result["tasks"][2]["points"] for result in results] == [2, 0]
    [page] = [path.read_text("utf-8") for path in (tmp_path / "pile-grades/feedback").glob("Ben*")]
    assert "Does your function write the new text" in page and "The case that failed" in page
    assert "1 of 2 editing tasks passed" in (tmp_path / "pile-grades/class.html").read_text("utf-8")


def test_somebody_elses_task_gives_no_points_and_is_said(exam, tmp_path, capsys):
    ann, ben = exam.variants
    put(tmp_path, {"exam.json": exam.as_bytes(), "pile/Ben Ito_2_assignsubmission_file/b.ipynb": answered(
        ann, *(one.answer for one in ann.edits))})
    _, _, err = run(capsys, "grade", tmp_path / "pile", "--exam", tmp_path / "exam.json")
    assert "this is Ann Lee's variant" in err and "Answers to editing tasks" not in err


def test_one_answer_that_the_grader_fails_on_costs_only_its_own_row(exam, tmp_path, capsys, monkeypatch):
    def failing(answers, *_):
        yield 0, {"state": "NOT GRADED", "message": "a worker was killed"}
        yield 1, {"state": "PASSED", "points": 2}

    monkeypatch.setattr(command, "grade_answers", failing)
    ann = exam.variants[0]
    put(tmp_path, {"exam.json": exam.as_bytes(), "pile/Ann Lee_1_assignsubmission_file/a.ipynb": answered(
        ann, *(one.answer for one in ann.edits))})
    _, _, err = run(capsys, "grade", tmp_path / "pile", "--exam", tmp_path / "exam.json", *AS_HERE)
    assert "question 2, because the grader failed (a worker was killed)" in err and "type the same command" in err
    [row, _] = csv.DictReader((tmp_path / "pile-grades/grades.csv").read_text("utf-8-sig").splitlines())
    assert (row["points"], row["2"], row["2 state"], row["3"]) == ("", "", "NOT GRADED", "2")
    [page] = [path.read_text("utf-8") for path in (tmp_path / "pile-grades/feedback").glob("Ann*")]
    assert "That isn't your fault." in html.unescape(page) and "RIGHT" in page


@pytest.mark.parametrize("questions, edits, texts", [
    (5, 2, ["There are 7 questions. Questions 1 to 5 show the files", "Questions 6 and 7 ask for a function each."]),
    (2, 1, ["There are 3 questions. Questions 1 and 2 show the files", "Question 3 asks for a function."]),
    (1, 3, ["There are 4 questions. Question 1 shows the files", "Questions 2 to 4 ask for a function each."])])
def test_the_notebook_says_what_each_question_is(questions, edits, texts):
    [variant] = exam_of("Ann Lee", questions=questions).variants
    variant = replace(variant, edits=editing.drawn(1, edits, random.Random(1))[0])
    start = "".join(json.loads(notebook.written(variant))["cells"][0]["source"])
    assert all(text in start for text in texts)
