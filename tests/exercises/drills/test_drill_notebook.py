"""`drill()` and `answer()` in a notebook: what they show, what counts, and what's at a lesson's end."""
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from exercises.drills.making import DrillProblem
from exercises.grader import tasks
from exercises.progress import boxes
from exercises.training import answers
from exercises.training.mastery import MEMORY, Mastery
from exercises.training.sitting import Sitting
from exercises.training.text import LOST
from lessons import notebooks
from lessons.launcher import learner_copy
from lessons.notebooks import KIT

RUN_ALL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for source in json.loads(sys.argv[1]):
    result = shell.run_cell(source, store_history=True)
    result.raise_error()
"""


class Clock:
    """A clock that a test sets."""
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def sitting(tmp_path):
    (tmp_path / "exercises").mkdir()
    return Sitting(tmp_path / "exercises", Clock())


def drill(sitting, word=None, lesson=None, facts=(), seed=None, level=None):
    box = sitting.drill(word, lesson, facts, seed, level)
    sitting._clock.now += 60
    return box


def right(sitting):
    return [each.answer for each in sitting._drill.questions]


def wrong(sitting):
    return [next(value for value in each.choices if value != each.answer) for each in sitting._drill.questions]


class Page(HTMLParser):
    """The tags of a box, and its text without them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.open = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.open += [] if tag in ("img", "br", "wbr") else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


# What's shown

def test_a_drill_shows_its_files_its_numbered_program_and_the_choices_and_says_what_to_type(sitting):
    box = drill(sitting, lesson=3)
    shown, made = Page(box.html), sitting._drill
    assert shown.tags.count("h3") == 1 and shown.tags.count("h4") == len(made.questions) and not shown.open
    assert shown.tags.count("ol") == len(made.questions)
    for text in (box.text, shown.text):
        assert "Drill 1 on lesson 3, level 1" in text and 'answer("a' in text
        assert all(name in text for name in made.files) and " 1  " in text
        assert all(each.ask in text and all(choice in text for choice in each.choices) for each in made.questions)
        assert not any(each.why in text for each in made.questions)


def test_the_lines_of_the_code_are_elements_that_go_on_further_right(sitting):
    box, made = drill(sitting, lesson=3), sitting._drill
    lines = re.findall(r'<div style="padding-left:(\d+)ch;text-indent:-\1ch">(.*?)</div>', box.html)
    texts = [Page(inside).text for _, inside in lines]
    sources = [line for source in made.files.values() for line in source.rstrip("\n").split("\n")]
    assert texts == [*sources, *(f"{number:2}  {line}" for number, line in enumerate(made.program.split("\n"), 1))]
    assert all(int(width) >= 4 + len(text) - len(text.lstrip()) for (width, _), text in zip(lines, texts))
    assert all(inside for _, inside in lines), "an empty line would have no height"


@pytest.mark.parametrize("given", [right, wrong])
def test_answers_get_what_happened_right_or_wrong_in_words_and_the_reason(sitting, given):
    drill(sitting, "from-import")
    said, made = given(sitting), sitting._drill
    box = sitting.answer(*said)
    shown = Page(box.html)
    assert shown.tags.count("h4") == len(made.questions) and not shown.open
    for text in (box.text, shown.text):
        assert text.count("RIGHT" if given is right else "WRONG") == len(made.questions)
        assert text.count("WRONG" if given is right else "RIGHT") == 0
        assert 'drill("from-import")' in text and "The next drill is level " in text
        for each, belief in zip(made.questions, answers.read(made, said)):
            assert each.why.replace("`", "") in text and belief.belief.replace("`", "") in text
    pictures = [each.alt() for each in made.questions if each.references]
    assert shown.tags.count("img") == len(pictures) and shown.tags.count("details") == len(pictures) * (given is right)
    assert all(f'href="../lessons/{each.lesson}#cell-id={each.cell}"' in box.html for each in made.questions)
    assert ("What you missed comes back soon." in box.text) == (given is wrong)


def test_the_link_leads_to_a_cell_that_a_learners_lesson_has(tmp_path):
    learner_copy.update(KIT, tmp_path / "work", [].append)
    shown = notebooks.facts_shown()
    for fact in sorted(shown):
        _, path, cell = shown[fact]
        assert cell in {each["id"] for each in notebooks.cells(tmp_path / "work" / "lessons" / path.name)}, fact


def test_nothing_in_a_box_is_taken_for_html(sitting):
    drill(sitting)
    with pytest.raises(DrillProblem) as caught:
        sitting.answer(*["<script>"] * len(sitting._drill.questions))
    box = boxes.of_hints(caught.value.args[0])
    assert "<script>" not in box.html and "&lt;script&gt;" in box.html


# What counts

def test_a_streak_and_the_next_level_are_named(sitting):
    for number in (1, 2, 3):
        drill(sitting)
        box = sitting.answer(*right(sitting))
        assert (f", {number} drills in a row without a miss." in box.text) == (number > 1)
        assert f"The next drill is level {number + 1}." in box.text


def test_what_cannot_be_an_answer_changes_nothing_and_the_drill_stays_open(sitting):
    with pytest.raises(DrillProblem, match="no drill to answer yet. For a new one, run drill()"):
        sitting.answer("ab")
    drill(sitting, lesson=3)
    with pytest.raises(DrillProblem, match="you gave 1 answer"):
        sitting.answer("a")
    with pytest.raises(DrillProblem, match=r"Question 1 has the choices a and b, and not 'whatever "):
        sitting.answer("whatever " * 9, right(sitting)[1])
    assert "RIGHT" in sitting.answer(*right(sitting)).text
    with pytest.raises(DrillProblem, match=r"answered this drill already. For a new one, run drill\(lesson=3\)"):
        sitting.answer("ab")
    assert sitting.trainer.mastery.record().done == 1


@pytest.mark.parametrize("given", [list, tuple])
def test_answers_may_come_as_a_list(sitting, given):
    drill(sitting, lesson=3)
    assert "2 of 2 right." in sitting.answer(given(right(sitting))).text


def test_a_level_without_a_seed_is_where_the_drills_go_on(sitting):
    assert "Drill 1 on lesson 4, level 5" in drill(sitting, lesson=4, level=5).text
    assert "The next drill is level 6." in sitting.answer(*right(sitting)).text
    assert "level 6" in drill(sitting).text
    for level in (0, 11, 3.0, "5", True):  # a number with a point in the memory would damage it
        with pytest.raises(DrillProblem, match=f"A drill's level is a number from 1 to 10, not {level!r}."):
            drill(sitting, level=level)
    assert "level 6" in drill(sitting).text


def test_answers_at_the_speed_of_run_all_do_not_count(sitting):
    sitting.drill(None, None, (), None, None)
    box = sitting.answer(*wrong(sitting))
    assert "so they don't count" in box.text and "WRONG" in box.text and "comes back" not in box.text
    assert sitting.trainer.mastery.record().done == 0


def test_where_drills_cannot_be_saved_the_first_result_says_so(tmp_path):
    (tmp_path / "exercises").write_text("a file where the folder was", encoding="utf-8")
    sitting = Sitting(tmp_path / "exercises", Clock())
    texts = []
    for _ in range(2):
        drill(sitting)
        texts.append(sitting.answer(*right(sitting)))
    assert [LOST in Page(box.html).text and LOST in box.text for box in texts] == [True, False]


def test_after_the_third_drill_on_a_lesson_a_line_says_that_its_enough(sitting):
    texts = []
    for _ in range(4):
        drill(sitting, lesson=3)
        texts.append(sitting.answer(*right(sitting)).text)
    assert ["you can stop here" in text for text in texts] == [False, False, True, False]


def test_a_lesson_remembers_drills_with_the_exercises(tmp_path):
    for name in ("lessons", "exercises"):
        (tmp_path / name).mkdir()
    drill(one := Sitting(tmp_path / "lessons", Clock()))
    one.answer(*right(one))
    assert Mastery(tmp_path / "exercises").record().done == 1 and not (tmp_path / "lessons" / MEMORY).exists()


# In a kernel, and at a lesson's end

def run_all(folder, *sources):
    """Run cells one after the other, in a folder, and return what they print."""
    run = subprocess.run([sys.executable, "-c", RUN_ALL, json.dumps(sources)], cwd=folder, capture_output=True,
                         encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(KIT / "exercises"),
                                                "IPYTHONDIR": str(folder / ".ipython")})
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_last_cells_of_an_exercise_show_a_drill_on_its_lesson_which_answer_answers(tmp_path):
    path = next(path for path in (KIT / "exercises").glob("03*.ipynb"))
    cells = {cell["id"]: cell["source"] for cell in notebooks.cells(path)}
    shown = run_all(tmp_path, cells["drill"], 'answer("zzz")', 'answer("aaaa")', 'drill("nonsense")',
                    'drill(level=77, seed="x")')
    assert "Drill 1 on lesson 3, level 1" in shown
    assert "There is no topic 'nonsense'." in shown and "A drill's level is a number from 1 to 10, not 77." in shown
    assert len(re.findall("you gave|has the choices", shown)) == 2 and "Traceback" not in shown


def test_every_lesson_with_drills_offers_them_at_its_end_and_the_link_leads_there():
    for path in notebooks.lessons():
        exercises = {cell["id"]: cell["source"] for cell in notebooks.cells(KIT / "exercises" / path.name)}
        offered = f"](../exercises/{path.name}#cell-id=drills)" in notebooks.cells(path)[-1]["source"]
        assert offered == ("drills" in exercises) == (int(path.name[:2]) in tasks.DRILLED)
        if offered:
            assert exercises["drill"].endswith(f"drill(lesson={int(path.name[:2])})")


def test_progress_says_how_many_drills_are_done(tmp_path):
    Mastery(tmp_path).note([("C-01", True)])
    shown = run_all(tmp_path, "".join(tasks.PROGRESS["source"]))
    assert re.search(r"^1 drill done, 0 of \d+ facts mastered\.$", shown, re.M)


def test_a_copy_of_the_course_ignores_what_drills_remember():
    if not shutil.which("git") or not (KIT / ".git").exists():
        pytest.skip("needs git, and a clone rather than a copy")
    ignored = subprocess.run(["git", "check-ignore", f"exercises/{MEMORY}"], cwd=KIT, capture_output=True)
    assert ignored.returncode == 0
