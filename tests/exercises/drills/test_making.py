"""Drills: the model and Python agree, no two are alike, and what they ask and explain is true."""
import ast
import os
import re
import subprocess
import sys
from collections import Counter
from random import Random

import pytest

from exercises.drills import composing, facts, making, program, running, truth
from exercises.drills.making import DrillProblem, asked_facts, make, make_many
from exercises.drills.scenarios import PARTS, WHOLE
from exercises.grader import grading
from exercises.isolation.processes import OutOfTime
from lessons import notebooks, predictions
from tests.exercises.checks.thorough import thorough

LEVELS = list(making.LEVELS)


@pytest.fixture(scope="module")
def drills():
    """Drills of all levels, level -> drills."""
    return {level: make_many([f"test {number}" for number in range(30)], level) for level in LEVELS}


def drafts(count, start=0):
    """Return drills that weren't compared with Python yet."""
    able = frozenset(asked_facts())
    found = []
    for number in range(start, start + count):
        draft = composing.compose(making.Random(f"draft {number}"), 1 + number % 10, able, strict=number % 3 > 0)
        found += filter(None, [draft and making._drill("draft", 1 + number % 10, draft)])
    return found


def disagreements(found):
    """Return the programs of which the model predicts something else than what Python does."""
    outcomes = truth.outcomes([program.instructions(drill.files, drill.program) for drill in found])
    return [drill.text() for drill, outcome in zip(found, outcomes)
            if making.predicted(drill.files, drill.program) != outcome]


def test_the_model_and_python_agree():
    found = drafts(1200)
    assert len(found) > 300 and disagreements(found) == []


@thorough
def test_the_model_and_python_agree_on_5000_programs():
    found = drafts(17_000, start=1200)
    assert len(found) > 5000 and disagreements(found) == []


def test_a_disagreement_is_found_and_its_draft_dropped(monkeypatch):
    drill, right = make("one", 2), making.predicted
    wrong = {drill.program}
    monkeypatch.setattr(making, "predicted", lambda files, text: ["else"] if text in wrong else right(files, text))
    assert make("one", 2).program != drill.program and disagreements([drill]) == [drill.text()]


def test_every_fact_of_lessons_1_to_12_is_asked_or_has_a_reason():
    shown = {fact for fact, (_, path, _) in notebooks.facts_shown().items() if int(path.name[:2]) <= 12}
    assert shown - set(asked_facts()) == set(facts.NOT_ASKED)
    assert all(reason.strip() for reason in facts.NOT_ASKED.values())


@pytest.mark.parametrize("fact", sorted(asked_facts()))
def test_every_fact_can_be_asked_at_every_level(fact):
    for level in (1, 4, 10):
        drills = make_many(["a"], level, [fact])
        assert all(fact in drill.facts for drill in drills)


def test_a_theme_that_has_no_more_words_makes_no_draft():
    random = Random("a function for each of the parts")
    found = [composing.compose(random, 3, frozenset(["C-12"]), strict=False) for _ in range(3000)]
    assert None in found and len(set(map(type, found))) == 2


def test_every_scenario_is_used():
    used = Counter(name for drill in drafts(4000) for name in drill.scenario.split("+"))
    assert {scenario.name for scenario in PARTS + WHOLE} - set(used) == set()
    assert len({scenario.name for scenario in PARTS + WHOLE}) == len(PARTS + WHOLE) >= 50


def test_no_two_drills_are_alike_but_for_names(drills):
    for found in drills.values():
        assert len({drill.signature for drill in found}) == len(found)


@thorough
@pytest.mark.parametrize("level", LEVELS)
def test_1000_drills_of_a_level_are_all_different(level):
    found = make_many([str(number) for number in range(1000)], level)
    assert len({drill.signature for drill in found}) == 1000


def test_names_and_values_are_no_part_of_the_shape():
    def shape(module, function, value):
        return composing.signature({f"{module}.py": f"def {function}():\n    return {value}\n"},
                                   f"import {module}\nprint({module}.{function}())\nprint('{module}' in sys.modules)")

    assert shape("buses", "delay", "'five'") == shape("bakery", "cake", "'plum'") != shape("buses", "delay", "5")


def test_a_drill_that_is_known_is_not_made_again():
    first = make("again", 3)
    second = make("again", 3, known=[first.signature])
    assert second.signature != first.signature and make("again", 3) == first


@pytest.mark.parametrize("hash_seed", ["0", "7"])
def test_the_same_arguments_make_the_same_drill_in_every_process(hash_seed):
    code = "from exercises.drills.making import make; print(make('s', 5).text(), make('t', 9, lesson=3).questions)"
    run = subprocess.run([sys.executable, "-c", code], cwd=notebooks.KIT, capture_output=True, text=True,
                         encoding="utf-8", env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"})
    assert run.stdout.strip() == f"{make('s', 5).text()} {make('t', 9, lesson=3).questions}", run.stderr


def test_the_tenth_level_is_clearly_harder_than_the_first(drills):
    steps = [sum(drill.steps for drill in drills[level]) / len(drills[level]) for level in LEVELS]
    assert steps[9] > 2 * steps[0] and steps[0] < steps[2] < steps[4] < steps[6] < steps[9]


def test_programs_have_the_length_of_their_level(drills):
    for level, found in drills.items():
        assert all(4 <= drill.program.count("\n") + 1 <= 12 for drill in found)
        assert Counter(composing.LINES[level][0] <= drill.program.count("\n") + 1 <= composing.LINES[level][1]
                       for drill in found).most_common(1)[0][0]


def test_questions_have_fair_choices_and_explanations(drills):
    for drill in (drill for found in drills.values() for drill in found):
        assert 2 <= len(drill.questions) <= 3
        assert drill.facts == tuple(dict.fromkeys(question.fact for question in drill.questions))
        for number, question in enumerate(drill.questions, 1):
            assert question.number == number and question.fact in asked_facts()
            assert 2 <= len(set(question.choices)) == len(question.choices) <= 4 and question.answer in question.choices
            assert set(question.beliefs) <= set(question.choices) - {question.answer} and question.beliefs
            assert predictions.agrees(question.answer, question.outcome())
            assert not any(predictions.agrees(choice, question.outcome()) for choice in question.choices
                           if choice != question.answer)
            assert not re.search("[<>\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}]", question.why)
            path, cell = notebooks.KIT / "lessons" / question.lesson, question.cell
            assert cell in {each["id"] for each in notebooks.cells(path)}


def test_an_explanation_is_about_lines_up_to_its_own_and_names_of_the_program(drills):
    for drill in (drill for found in drills.values() for drill in found):
        whole = drill.text()
        for question in drill.questions:
            lines = [int(number) for number in re.findall(r"\blines? (\d+)", question.why, re.I)]
            assert lines and all(1 <= line <= question.line for line in lines), (question.why, whole)
            known = f"{whole} pickle.loads __init__ __main__ __name__ super except def from print type import modules"
            for code in re.findall(r"`([^`]+)`", question.why):
                words = re.findall(r"[A-Za-z_]\w+", code)
                assert all(word in known for word in words), (code, question.why, whole)


def test_the_program_is_python_whose_lines_are_no_longer_than_a_terminal(drills):
    for drill in (drill for found in drills.values() for drill in found):
        ast.parse(drill.program)
        assert max(map(len, drill.listing().splitlines())) <= 96


@pytest.mark.parametrize("arguments, words", [
    ({"level": 0}, "from 1 to 10, not 0"), ({"level": 11}, "not 11"), ({"level": "3"}, "not '3'"),
    ({"facts": ["C-99"]}, "No drill asks C-99. Drills ask: A-01"), ({"facts": []}, "No facts"),
    ({"lesson": 99}, "no lesson 99"), ({"lesson": 16}, "No drill asks a fact of lesson 16")])
def test_what_cannot_be_made_is_said_clearly(arguments, words):
    with pytest.raises(DrillProblem, match=re.escape(words)):
        make("x", **arguments)


def test_drills_of_a_lesson_ask_its_facts():
    of_lesson_3 = {fact for fact, (_, path, _) in notebooks.facts_shown().items() if path.name.startswith("03")}
    assert all(of_lesson_3 & set(drill.facts) for drill in make_many("abcdef", 3, lesson=3))


def test_running_restores_what_a_program_changed(tmp_path):
    before, path, switch = dict(sys.modules), sys.path[:], sys.dont_write_bytecode
    steps = [["write", "mod.py", "print('runs')", 0], ["run", "import mod"], ["run", "del sys.modules['mod']; 1 / 0"],
             ["run", "sys.dont_write_bytecode = True; sys.path.clear()"], ["run", "print(__name__)"]]
    found = running.outcomes([{"steps": steps, "cached": True}] * 2, str(tmp_path))
    assert found == [["runs", "ZeroDivisionError", "", "__main__"]] * 2
    assert dict(sys.modules) == before and sys.path == path and sys.dont_write_bytecode == switch


def test_a_picture_shows_old_and_new_objects_and_says_so_in_words():
    drill = make("picture", 1, ["C-01"])
    question = next(question for question in drill.questions if question.fact == "C-01")
    old, new = [box for _, box in question.references]
    assert (old.state, new.state) == ("OLD", "NEW") and old.title == new.title and old.content != new.content
    assert question.picture().svg().startswith("<svg") and "OLD" in question.alt() and "NEW" in question.alt()


def test_a_picture_shows_what_the_answer_comes_from(drills):
    shown = [question for found in drills.values() for drill in found for question in drill.questions
             if question.references]
    assert len(shown) > 100
    for question in shown:
        assert len(question.picture().text().splitlines()) == len(question.references)
        assert all(box is None or box.title for _, box in question.references)


class Late:
    """A launcher whose processes are out of time as often as it's told."""

    def __init__(self, times):
        self.times, self.real = times, grading.default_launcher()
        self.new_folder, self.remove = self.real.new_folder, self.real.remove

    def start(self, folder):
        process = self.real.start(folder)
        if self.times:
            self.times -= 1

            def ask(*_):
                raise OutOfTime("5 seconds")

            process.ask = ask
        return process


def test_a_process_that_is_out_of_time_is_tried_again_with_fewer_programs():
    programs = [program.instructions(drill.files, drill.program) for drill in make_many("abc", 2)]
    assert truth.outcomes(programs, Late(2)) == truth.outcomes(programs)
    with pytest.raises(RuntimeError, match="couldn't be run: 5 seconds"):
        truth.outcomes(programs, Late(99))


def test_what_else_a_drill_asks_may_be_limited_to_what_someone_knows():
    beside = {fact for fact in asked_facts() if fact[0] in "ABC"}
    made = [make(str(number), 1 + number, facts=["C-01"], beside=beside) for number in range(10)]
    assert all("C-01" in drill.facts and beside.issuperset(drill.facts) for drill in made)


def test_no_drill_has_a_file_that_nothing_imports():
    files = {"town/__init__.py": "", "town/shop.py": "import staff\nreturn 'radio'", "staff.py": "", "radio.py": ""}
    program = "import town.shop\n# edit radio.py: 1 -> 2\nprint('radio' in sys.modules)"
    assert list(composing._imported(files, program)) == ["town/__init__.py", "town/shop.py", "staff.py"]
    for drill in drafts(1500):
        assert composing._imported(drill.files, drill.program) == drill.files, drill.text()


@pytest.mark.parametrize("line, unused", [
    ("import m", {"m"}), ("import m.o", {"m"}), ("import m\nimport m", set()), ("import m as n", {"n"}),
    ("from m import n", {"n"}), ("from m import *", set()), ("import o\n# edit o.py: 1 -> 2", {"o"}),
    ("n = m.f", {"n"}), ("n = m.f\nn()", set()), ("def n():\n    pass", {"n"}), ("class n(m.C):\n    pass", {"n"}),
    ("import m as n\ndel n", set()), ("import m\nimport m as n\nn.f()", set())])
def test_a_name_that_nothing_uses_is_found(line, unused):
    assert composing._unused_names(line) == unused


def test_a_program_has_no_line_that_only_a_question_that_is_not_asked_needs():
    for drill in drafts(1500):
        assert not composing._unused_names(drill.program), drill.text()


def test_a_question_whether_two_things_are_the_same_is_asked_both_ways():
    answers = Counter(question.answer for drill in drafts(3000) for question in drill.questions
                      if set(question.choices) == {"True", "False"})
    assert 0.35 < answers["True"] / answers.total() < 0.65
