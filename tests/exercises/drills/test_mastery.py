"""What is remembered of drills: a miss comes back soon, three right answers in a row later, and nothing is lost."""
import json
import subprocess
import sys

import pytest

from exercises.grader import tasks
from exercises.progress.store import Progress
from exercises.training.mastery import HIGHEST, MEMORY, Known, Mastery, Record
from lessons.notebooks import KIT

WRITER = """
import sys
from exercises.training.mastery import Mastery
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    Mastery(sys.argv[1]).shown(f"{sys.argv[2]} {number}")
    Mastery(sys.argv[1]).note([(f"{sys.argv[2]}-{number:02}", True), ("C-01", True)])
"""


def note(mastery, *answers):
    """Note drills that each ask about one fact."""
    for fact, right in answers:
        mastery.note([(fact, right)])


@pytest.mark.parametrize("predicted, answers, row, is_mastered, due", [
    (None, (), 0, False, 23), (None, (True,), 1, False, 23), (None, (True, True), 2, False, 23),
    (None, (True, True, True), 3, True, 28), (None, (True,) * 4, 4, True, 36), (None, (True,) * 6, 6, True, 84),
    (None, (True, True, False), 0, False, 22), (None, (False, True, True, True), 3, True, 28),
    (True, (), 1, False, 23), (False, (), 0, False, 22), (True, (True, True), 3, True, 28),
    (False, (True, True), 2, False, 23), (True, (False, True), 1, False, 23)])
def test_a_fact_is_mastered_after_three_right_in_a_row_and_then_comes_back_at_growing_intervals(
        predicted, answers, row, is_mastered, due):
    known = Known(predicted, answers, last=20)
    assert (known.row, known.is_mastered, known.due) == (row, is_mastered, due)


def test_the_level_rises_with_each_right_drill_and_falls_after_two_misses_in_a_row():
    record, levels = Record(), []
    for right in (True, True, True, False, True, False, False, False, False, False, False, False, False):
        record = record.after(right)
        levels.append(record.level)
    assert levels == [2, 3, 4, 4, 5, 5, 4, 4, 3, 3, 2, 2, 1]
    assert (record.done, record.right, record.row) == (13, 4, 0)
    for _ in range(4):
        record = record.after(False)
    assert record.level == 1
    for _ in range(20):
        record = record.after(True)
    assert record.level == HIGHEST and record.row == 20


def test_what_is_noted_is_there_for_the_next_process(tmp_path):
    mastery = Mastery(tmp_path)
    mastery.shown("a program")
    mastery.note([("C-01", True), ("C-01", False), ("B-01", True)])
    again = Mastery(tmp_path)
    assert again.facts() == {"C-01": Known(None, (False,), 1), "B-01": Known(None, (True,), 1)}
    assert again.record() == Record(1, 0, 0, 1, 1, ("a program",))


def test_the_file_has_the_form_that_the_docstring_shows(tmp_path):
    mastery = Mastery(tmp_path)
    mastery.predicted({"C-01": True})
    note(mastery, ("C-01", True), ("C-01", True))
    known = json.loads((tmp_path / MEMORY).read_text(encoding="utf-8"))
    assert known["C-01"] == {"predicted": True, "answers": [True, True], "last": 2, "mastered": True}
    assert known["drills"] == {"done": 2, "right": 2, "row": 2, "misses": 0, "level": 3, "seen": []}


def test_only_the_last_answers_and_programs_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("exercises.training.mastery.SEEN", 3)
    mastery = Mastery(tmp_path)
    note(mastery, ("C-01", False), *[("C-01", True)] * 12)
    assert mastery.facts()["C-01"].answers == (True,) * 10
    for number in range(5):
        mastery.shown(str(number))
    assert mastery.record().seen == ("2", "3", "4")


def test_a_prediction_that_came_out_is_one_right_answer_and_later_drills_keep_it(tmp_path):
    mastery = Mastery(tmp_path)
    mastery.predicted({"C-01": True, "B-01": False})
    note(mastery, ("C-01", True), ("C-01", True))
    assert mastery.facts()["C-01"].is_mastered and mastery.facts()["B-01"].is_missed
    mastery.predicted({"C-01": False})  # another prediction in a notebook since
    assert not mastery.facts()["C-01"].is_mastered


def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], cwd=KIT, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name in ("X", "Y")]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=120) and writer.returncode for writer in writers] == [0, 0]
    record, facts = Mastery(tmp_path).record(), Mastery(tmp_path).facts()
    assert record.done == record.row == 40 and len(set(record.seen)) == 40
    assert set(facts) == {"C-01", *(f"{name}-{number:02}" for name in "XY" for number in range(20))}


DAMAGED = {
    "a list": b"[1]", "cut": b'{"C-01": {', "not UTF-8": b"\xff\xfe\x00", "empty": b"", "deep": b"[" * 100_000,
    "an odd entry": b'{"C-01": 7}', "odd answers": b'{"C-01": {"answers": 3}}',
    "a word": b'{"C-01": {"answers": ["x"]}}',
    "an odd prediction": b'{"C-01": {"predicted": 1}}', "an odd last": b'{"C-01": {"last": -1}}',
    "an odd level": b'{"drills": {"level": 11}}', "no level": b'{"drills": {"level": null}}',
    "odd programs": b'{"drills": {"seen": [1]}}', "odd numbers": b'{"drills": {"done": 1.5}}'}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_memory_is_kept_and_named_and_work_goes_on(tmp_path, capsys, name):
    (tmp_path / MEMORY).write_bytes(DAMAGED[name])
    mastery = Mastery(tmp_path)
    assert mastery.record() == Record() and mastery.facts() == {}
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.startswith(f"{MEMORY} was damaged, so all of your progress in drills is lost.")
    assert (tmp_path / ".progress-drills-damaged-1.json").read_bytes() == DAMAGED[name]
    note(mastery, ("C-01", True))
    assert Mastery(tmp_path).record().done == 1 and capsys.readouterr().err == ""


def test_sound_entries_of_a_damaged_memory_stay(tmp_path, capsys):
    note(Mastery(tmp_path), ("C-01", True))
    known = json.loads((tmp_path / MEMORY).read_bytes())
    (tmp_path / MEMORY).write_text(json.dumps({**known, "B-01": "nonsense"}), encoding="utf-8")
    assert set(Mastery(tmp_path).facts()) == {"C-01"} and Mastery(tmp_path).record().done == 1
    assert "some of your progress in drills is lost" in capsys.readouterr().err


def test_a_damaged_memory_of_drills_leaves_the_exercises_alone(tmp_path, capsys):
    Progress(tmp_path).hint("refresh")
    before = (tmp_path / ".progress.json").read_bytes()
    (tmp_path / MEMORY).write_bytes(b"{")
    Mastery(tmp_path).record()
    assert (tmp_path / ".progress.json").read_bytes() == before
    assert "Your progress in exercises isn't affected." in capsys.readouterr().err


def test_where_nothing_can_be_written_this_process_still_remembers(tmp_path):
    (tmp_path / "gone").write_text("a file where the folder was", encoding="utf-8")
    mastery = Mastery(tmp_path / "gone")
    note(mastery, ("C-01", True), ("C-01", True), ("C-01", True))
    assert mastery.facts()["C-01"].is_mastered and mastery.record().done == 3


def test_drills_in_the_solutions_leave_no_trace():
    mastery = Mastery(tasks.SOLUTIONS)
    mastery.shown("a program")
    note(mastery, ("C-01", True))
    assert not (tasks.SOLUTIONS / MEMORY).exists() and mastery.record().done == 1
