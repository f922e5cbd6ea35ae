"""Which drill comes next: what was missed, what's due, what's new; and what a learner may ask for."""
import itertools
import json
import random
import shutil

import pytest

from exercises.drills.making import DrillProblem, asked_facts, make
from exercises.grader import tasks
from exercises.training import answers, text
from exercises.training.mastery import Known, Mastery
from exercises.training.topics import TOPICS, facts_of, requested
from exercises.training.trainer import WINDOW, Trainer, came_out, chosen, summary
from lessons import notebooks

POOL = [f"F-{number:02}" for number in range(20)]
DRILL = make("a drill", 1)


def first(known, number, pool=POOL, seed=""):
    return next(chosen(pool, known, number, random.Random(seed)))


def trainer_in(folder, seed=""):
    counted = itertools.count()
    return Trainer(folder, lambda: f"{seed} {next(counted)}")


def answered(drill, right):
    """The answers to a drill, all right or all wrong."""
    return [answers.Answered(each, each.answer if right else next(value for value in each.choices
                                                                  if value != each.answer)) for each in drill.questions]


# The next fact

@pytest.mark.parametrize("known, number, wanted", [
    ({"F-05": Known(None, (False,), 1)}, 3, "F-05"),  # missed two drills ago
    ({"F-05": Known(None, (True,), 1)}, 4, "F-05"), ({"F-05": Known(False)}, 2, "F-05"),
    ({"F-05": Known(None, (True,) * 3, 1)}, 10, "F-05"),  # mastered, and due again
    ({"F-05": Known(None, (False,), 8), "F-06": Known(None, (True,), 1)}, 10, "F-05"),  # the miss, although it's newer
    ({"F-05": Known(None, (True,), 3), "F-06": Known(None, (True,), 1)}, 10, "F-06")])
def test_what_is_due_comes_first_and_a_miss_before_all_else(known, number, wanted):
    assert {first(known, number, seed=seed) for seed in "abcdefgh"} == {wanted}


@pytest.mark.parametrize("known, number", [
    ({"F-05": Known(None, (False,), 1)}, 2), ({"F-05": Known(None, (True,), 1)}, 3),
    ({"F-05": Known(None, (True,) * 3, 1)}, 8), ({}, 1),
    ({"F-05": Known(None, (True,), 1)}, 5)])  # due, but it was right, and every second drill is on something new
def test_without_a_miss_that_is_due_one_of_the_first_new_facts_comes(known, number):
    new = [fact for fact in POOL if fact not in known][:WINDOW]
    assert {first(known, number, seed=seed) for seed in map(str, range(99))} == set(new)


def test_every_fact_of_the_pool_is_chosen_at_last():
    known = {"F-05": Known(None, (False,), 1), "F-06": Known(None, (True,) * 5, 1)}
    for number in (1, 3, 500):
        assert sorted(chosen(POOL, known, number, random.Random(number))) == POOL
    assert first({fact: Known(None, (True,), last) for last, fact in enumerate(POOL)}, 0) == "F-00"


def test_a_miss_comes_back_within_three_drills_and_the_tenth_right_drill_is_harder_than_the_first(tmp_path):
    trainer = trainer_in(tmp_path)
    drills = []
    for number in range(10):
        drills.append(trainer.next())
        trainer.note(answered(drills[-1], right=number != 3))
    assert set(drills[3].facts) & {fact for drill in drills[4:7] for fact in drill.facts}
    assert drills[9].level > drills[0].level == 1 and drills[9].steps > drills[0].steps
    assert len({drill.signature for drill in drills}) == 10


def test_who_is_right_eight_times_of_ten_meets_new_facts_all_the_time():
    random_answers, known, met = random.Random("a learner"), {}, []
    pool = [f"G-{number:02}" for number in range(60)]
    for number in range(1, 81):
        fact = first(known, number, pool, str(number))
        before = known.get(fact, Known())
        known[fact] = Known(None, (*before.answers, random_answers.random() < 0.8), number)
        met.append(len(known))
    assert met[19] >= 8 and met[39] - met[19] >= 6 and met[79] - met[39] >= 12


def test_a_seed_gives_everyone_the_same_drill_whatever_they_know(tmp_path):
    one, other = trainer_in(tmp_path / "one"), trainer_in(tmp_path / "other")
    one.note(answered(one.next(), right=True))
    assert one.given("monday", 3, ["C-01"]).text() == other.given("monday", 3, ["C-01"]).text()


def test_what_is_mastered_now_is_named_once(tmp_path):
    trainer = trainer_in(tmp_path)
    drill = make("a drill", 1, facts=["C-01"])
    results = [trainer.note(answered(drill, right=True)) for _ in range(4)]
    assert ["C-01" in result.mastered for result in results] == [False, False, True, False]
    assert any(line.startswith("Mastered: ") for line in text.sums(results[2]))
    assert summary(trainer.mastery) == f"4 drills done, {len(drill.facts)} of {len(asked_facts())} facts mastered."


def test_predictions_in_the_lessons_count(tmp_path):
    (tmp_path / "lessons").mkdir()
    path = next(path for path in notebooks.lessons() if path.name.startswith("03"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "predict-two-groks")
    outcomes = [each["answer"] for each in cell["metadata"]["outcomes"]]
    lines = "".join(cell["source"]).splitlines()
    for said, expected in ((outcomes, True), (["no idea"] * len(outcomes), False)):
        cell["source"] = "\n".join([lines[0], *(f"{line} {words}" for line, words in zip(lines[1:], said))])
        (tmp_path / "lessons" / path.name).write_text(json.dumps(notebook), encoding="utf-8")
        assert came_out(tmp_path / "lessons")["C-01"] is expected
        Trainer(tmp_path / "exercises")
        assert Mastery(tmp_path / "exercises").facts()["C-01"] == Known(expected)
    shutil.rmtree(tmp_path / "lessons")
    assert came_out(tmp_path / "lessons") == {}


# What a learner asks for

def test_every_fact_that_drills_ask_belongs_to_one_topic():
    facts = [fact for _, those in TOPICS.values() for fact in those]
    assert len(facts) == len(set(facts)) and set(facts) <= set(notebooks.facts_shown())
    assert set(asked_facts()) <= set(facts)
    assert all(facts_of(topic) for topic in TOPICS), "a topic without drills"


def test_the_exercises_offer_drills_on_exactly_the_lessons_that_have_some():
    lessons = {int(notebooks.facts_shown()[fact][1].name[:2]) for fact in asked_facts()}
    assert set(tasks.DRILLED) == lessons


@pytest.mark.parametrize("asked, call, words", [
    ({}, "drill()", "drill"), ({"word": "from-import"}, 'drill("from-import")', "drill from-import"),
    ({"word": "From import"}, 'drill("from-import")', "drill from-import"),
    ({"word": "c-01"}, 'drill("C-01")', "drill --facts C-01"), ({"word": "3"}, "drill(lesson=3)", "drill --lesson 3"),
    ({"lesson": 3}, "drill(lesson=3)", "drill --lesson 3"), ({"lesson": "03"}, "drill(lesson=3)", "drill --lesson 3"),
    ({"lesson": "lesson 3"}, "drill(lesson=3)", "drill --lesson 3"),
    ({"facts": ["C-01", " b-01"]}, "drill(facts=['C-01', 'B-01'])", "drill --facts C-01,B-01")])
def test_a_topic_a_fact_a_lesson_or_nothing_can_be_asked_for(asked, call, words):
    request = requested(**asked)
    assert (request.call, request.words) == (call, words) and set(request.facts) <= set(asked_facts())
    assert bool(request.facts) == bool(asked)


@pytest.mark.parametrize("asked, said", [
    ({"word": "from-imports"}, "There is no topic 'from-imports'. Did you mean from-import? The topics are "),
    ({"word": "nonsense"}, "There is no topic 'nonsense'. The topics are "),
    ({"word": "lesson"}, "There is no topic 'lesson'. For a lesson, add its number."),
    ({"word": "M-03"}, "No drill asks about M-03: If only data changes"),
    ({"facts": ["X-99"]}, "There is no fact X-99. "),
    ({"lesson": 17}, "There are no drills on lesson 17. There are some on lessons "),
    ({"lesson": "x"}, "There are no drills on lesson x.")])
def test_what_drills_do_not_ask_is_answered_with_what_they_ask(asked, said):
    with pytest.raises(DrillProblem) as raised:
        requested(**asked)
    assert str(raised.value).startswith(said)


# Answers

LETTERS = {each.number: {choice: letter for letter, choice in answers.lettered(each)} for each in DRILL.questions}
RIGHT = "".join(LETTERS[each.number][each.answer] for each in DRILL.questions)


@pytest.mark.parametrize("said", [[RIGHT], [RIGHT.upper()], [" ".join(RIGHT)], [", ".join(RIGHT)], list(RIGHT),
                                  [each.answer for each in DRILL.questions],
                                  [f" '{each.answer.upper()}' " for each in DRILL.questions]])
def test_letters_and_words_are_answers(said):
    assert all(each.right and not each.belief for each in answers.read(DRILL, said))


@pytest.mark.parametrize("said, problem", [
    ([], "you gave 0 answers"), (["a"], "you gave 1 answer."), (["abab"], "you gave 4 answers"),
    ([""], "you gave 0 answers"),
    (["a", ""], "an empty answer"), (["az"], "Question 2 has the choices a and b, and not 'z'."),
    (["a", "b", "a"], "you gave 3 answers"), ([None], "answer")])
def test_what_cannot_be_an_answer_is_refused_with_what_to_type(said, problem):
    with pytest.raises(DrillProblem) as raised:
        answers.read(DRILL, said)
    assert problem in str(raised.value)


def test_a_wrong_choice_is_wrong_and_its_belief_is_named_and_other_words_are_no_answer():
    wrong = answered(DRILL, right=False)
    assert not any(each.right for each in wrong) and [each.belief for each in wrong] == [
        each.question.beliefs[each.said] for each in wrong]
    with pytest.raises(DrillProblem, match="Question 1 has the choices .*, and not 'something else'."):
        answers.read(DRILL, ["something else"] * len(DRILL.questions))


@pytest.mark.parametrize("lesson", [2, 3])
def test_a_drill_on_a_lesson_hardly_ever_asks_what_later_ones_show(tmp_path, lesson):
    lessons, trainer = lessons_of(), trainer_in(tmp_path)
    drills = [trainer.next(requested(lesson=lesson).facts, 1 + number % 10) for number in range(20)]
    assert sum(max(lessons[fact] for fact in drill.facts) > lesson for drill in drills) <= 3


def test_a_beginners_drills_are_on_the_first_lessons(tmp_path):
    lessons, trainer = lessons_of(), trainer_in(tmp_path)
    drills = [trainer.next((), 1 + number % 10) for number in range(20)]
    assert sum(max(lessons[fact] for fact in drill.facts) > 4 for drill in drills) <= 3


def lessons_of():
    """Each fact's lesson."""
    return {fact: int(path.name[:2]) for fact, (_, path, _) in notebooks.facts_shown().items()}


def test_no_example_follows_the_answers():
    drills = [make(str(number), 1) for number in range(12)]
    assert len({answers.how_to_answer(drill) for drill in drills if len(drill.questions) == 2}) == 1


