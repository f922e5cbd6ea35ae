"""An exam is written: nobody shares a question, everyone's are equally difficult, and no answer is in a notebook."""
import json
import re

import pytest

from exercises.drills.making import asked_facts
from exercises.exam import notebook, record, variants
from exercises.exam.roster import Person
from exercises.isolation.processes import GraderProblem
from tests.exercises.checks.thorough import thorough
from tests.exercises.exam.hand_made import exam_of, put, run

PEOPLE = [Person("Ann Lee", ("1",)), Person("Ann Lee", ("2",)), Person("Ben *Ito* <b>"), Person("Özlem Ünal")]


@pytest.fixture(scope="module")
def exam():
    return variants.made(PEOPLE, sorted(asked_facts())[:2], 3, 3, "secret")


def names(folder, *people):
    return put(folder, {"names.csv": "\n".join(people).encode()}) / "names.csv"


def test_nobody_shares_a_question(exam):
    signatures = [question.signature for variant in exam.variants for question in variant.questions]
    assert len(set(signatures)) == len(signatures) == 3 * len(PEOPLE)


def test_everyone_is_asked_the_same_facts_for_the_same_points_and_equally_difficult(exam):
    assert len({tuple(question.fact for question in variant.questions) for variant in exam.variants}) == 1
    assert {len(question.outcomes) for variant in exam.variants for question in variant.questions} == {2}
    assert all(question.fact in {one.fact for one in question.outcomes}
               for variant in exam.variants for question in variant.questions)
    assert variants.spread(exam) < 0.1


def test_the_same_seed_writes_the_same_bytes_and_another_seed_another_exam(exam):
    again = variants.made(PEOPLE[:2], sorted(asked_facts())[:1], 1, 3, "secret")
    assert again.as_bytes() == variants.made(PEOPLE[:2], sorted(asked_facts())[:1], 1, 3, "secret").as_bytes()
    other = variants.made(PEOPLE[:2], sorted(asked_facts())[:1], 1, 3, "another")
    signatures = [{one.questions[0].signature for one in each.variants} for each in (again, other)]
    assert signatures[0] != signatures[1] and {one.id for one in again.variants}.isdisjoint(
        one.id for one in other.variants)


def test_the_record_is_read_back(exam, tmp_path):
    (tmp_path / "exam.json").write_bytes(exam.as_bytes())
    assert record.load(tmp_path / "exam.json") == exam


def test_a_notebook_has_no_answer_and_nothing_from_which_one_follows(exam):
    for variant in exam.variants:
        content = notebook.written(variant).decode()
        assert exam.seed not in content
        for question in variant.questions:
            assert question.signature not in content and not any(one.why in content for one in question.outcomes)
        for cell in json.loads(content)["cells"]:
            assert cell["metadata"]["reload_exam"].keys() <= {"variant", "question"} and not cell.get("outputs")
    # Other answers to the same questions make the same notebook.
    swapped = exam_of("Ann Lee").variants[0]
    for question in swapped.questions:
        for one in question.outcomes:
            object.__setattr__(one, "answer", next(choice for choice in one.choices if choice != one.answer))
    assert notebook.written(swapped) == notebook.written(exam_of("Ann Lee").variants[0])


def test_the_right_choice_has_no_place_of_its_own():
    exam = variants.made([Person(str(number)) for number in range(8)], sorted(asked_facts())[:1], 3, 3, "places")
    places = {one.choices.index(one.answer) for variant in exam.variants for question in variant.questions
              for one in question.outcomes}
    assert {0, 1} <= places


def test_a_notebook_is_one_for_jupyter_and_shows_every_letter_of_a_name(exam):
    nbformat = pytest.importorskip("nbformat")
    for variant in exam.variants:
        nbformat.validate(nbformat.reads(notebook.written(variant).decode(), as_version=4))
    text = notebook.written(exam.variants[2]).decode()
    assert r"Ben \\*Ito\\* \\<b\\>" in text and "the next line still runs" in text
    assert re.fullmatch(r"reload_exam_[0-9a-f]{6}_Ben_Ito_b\.ipynb", exam.variants[2].file)


def test_even_variants_are_dealt_whatever_the_difficulties_are():
    class Made:
        def __init__(self, steps):
            self.steps = steps
    import random
    draw = random.Random(3)
    for people, questions in ((2, 2), (30, 10)):
        pools = {"C-01": [Made(draw.randint(10, 40)) for _ in range(people * questions)]}
        hands = variants._dealt(pools, ["C-01"] * questions, people, draw)
        totals = [sum(one.steps for one in hand) for hand in hands]
        assert {len(hand) for hand in hands} == {questions} and sum(map(len, hands)) == len({*map(id, sum(hands, []))})
        assert questions < 10 or max(totals) - min(totals) < 0.1 * sum(totals) / people


def test_the_command_writes_says_what_to_keep_and_never_replaces_another_exam(tmp_path, capsys):
    asked = sorted(asked_facts())[0]
    write = ["exam", "--learners", names(tmp_path, "Ann Lee", "Ben Ito"), "--to", tmp_path / "exam", "--facts", asked]
    status, out, err = run(capsys, *write, "--seed", "s", "--questions", "1")
    assert status == 0 and "Wrote 2 notebooks with 1 question for 2 points" in out and "2 of 2" in err
    assert "No two share a question" in out and "exam.json" in out
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len([path for path in files if path.suffix == ".ipynb"]) == 2
    assert run(capsys, *write, "--seed", "s", "--questions", "1")[0] == 0
    for more in ([], ["--seed", "s", "--questions", "2"], ["--seed", "other", "--questions", "1"]):
        status, out, err = run(capsys, *write, *more)
        assert status == 2 and "contains another exam, for 2 learners" in err and not out
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_a_notebook_says_when_edits_happen_and_what_to_write_where_nothing_is_printed(exam):
    start = "".join(json.loads(notebook.written(exam.variants[0]))["cells"][0]["source"])
    assert 'unless it says "in the same second"' in start and "its answer is `nothing`" in start


@pytest.mark.parametrize("seed, warned", [("monday", True), ("kq7!vT2w-9xZp", False), ("", False)])
def test_a_seed_that_can_be_guessed_is_said(tmp_path, capsys, seed, warned):
    write = ["exam", "--learners", names(tmp_path, "Ann Lee"), "--to", tmp_path / "exam", "--questions", "1"]
    status, _, err = run(capsys, *write, *(["--seed", seed] if seed else []))
    assert status == 0 and ("A seed of 6 characters can be guessed" in err) is warned


@pytest.mark.parametrize("options, says", [
    (["--questions", "0"], "--questions expects a number from 1 to 50, not '0'"),
    (["--questions", "ten"], "--questions expects a number from 1 to 50, not 'ten'"),
    (["--level", "11"], "--level expects a number from 1 to 10, not '11'"),
    (["--facts", "C-99"], "'C-99' isn't one"),
    (["--facts", ""], "'' isn't one"),
    (["--lessons", "99"], "--lessons expects lessons from 1 to"),
    (["--lessons", "17"], "no drill asks a fact of --lessons 17"),
    (["--seed", " "], "--seed expects some text"),
    (["--learners", "missing.csv"], "the list missing.csv can't be read"),
])
def test_wrong_options_are_named_before_anything_is_written(tmp_path, capsys, options, says):
    status, out, err = run(capsys, "exam", "--learners", names(tmp_path, "Ann"), "--to", tmp_path / "exam", *options)
    assert status == 2 and says in err and not out and not (tmp_path / "exam").exists()


def test_another_folder_is_left_alone(tmp_path, capsys):
    put(tmp_path, {"exam/thesis.txt": b"mine"})
    status, _, err = run(capsys, "exam", "--learners", names(tmp_path, "Ann"), "--to", tmp_path / "exam")
    assert status == 2 and "contains other files" in err and [*(tmp_path / "exam").iterdir()] == [
        tmp_path / "exam" / "thesis.txt"]


def test_too_few_different_drills_are_said(monkeypatch):
    drill = variants.make_many(["one"], 3, facts=sorted(asked_facts())[:1])

    def only_one(seeds, level, facts, known):
        if len(seeds) > 1 or known:
            raise variants.DrillProblem("there are no more")
        return drill
    monkeypatch.setattr(variants, "make_many", only_one)
    with pytest.raises(GraderProblem, match="there are only 1 different questions about .* this exam needs 2"):
        variants.made(PEOPLE[:2], sorted(asked_facts())[:1], 1, 3, "s")


def test_of_more_facts_than_questions_one_with_too_few_drills_is_left_out(monkeypatch):
    first, second = sorted(asked_facts())[:2]
    real = variants.make_many

    def some(seeds, level, facts, known):
        if facts == [first]:
            raise variants.DrillProblem("there are no more")
        return real(seeds, level, facts=facts, known=known)
    monkeypatch.setattr(variants, "make_many", some)
    exam = variants.made(PEOPLE[:2], [first, second], 1, 3, "s")
    assert {question.fact for variant in exam.variants for question in variant.questions} == {second}
    with pytest.raises(GraderProblem, match=f"there are only 0 different questions about {first}"):
        variants.made(PEOPLE[:2], [first, second], 2, 3, "s")


def test_drills_of_one_fact_are_not_those_of_another():
    fact = sorted(asked_facts())[0]
    first = variants._pool(fact, 3, 3, 3, "s", taken := set(), lambda made: None)
    second = variants._pool(fact, 3, 3, 3, "s", taken, lambda made: None)
    assert len({drill.signature for drill in first + second}) == len(taken) == 6


@thorough
def test_300_learners_share_no_question_and_have_equal_exams():
    exam = variants.made([Person(str(number)) for number in range(300)], sorted(asked_facts()), 10, 3, "thorough")
    signatures = [question.signature for variant in exam.variants for question in variant.questions]
    assert len(set(signatures)) == len(signatures) == 3000
    assert variants.spread(exam) < 0.1
