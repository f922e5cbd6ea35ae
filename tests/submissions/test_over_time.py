"""A class over the weeks: `grade --into` adds each pile to the earlier ones, and the page says who falls behind."""
import csv
import io
import json

import pytest

from exercises.grader import tasks
from exercises.isolation.processes import GraderProblem
from exercises.submissions import pages, workers
from exercises.submissions.pages.history import FILE, FORMAT, SHEET, History, OverTime
from lessons.outputs import OutputFolder
from tests.submissions.test_class_page import STEMS, TASKS, seen, total
from tests.submissions.test_submissions import NAME, REFRESH, RIGHT, WRONG, grade, notebook, put

INSERT = tasks.find("insert")
MORE = notebook(refresh=REFRESH.answer, insert=INSERT.answer)
FIRST, SECOND, THIRD = ([task.name for task in TASKS if task.notebook == stem] for stem in STEMS[:3])


def run(*stems, pile="week", **learners):
    """Return a run in which these lessons were set: learner=(what's in the submission, the tasks that passed)."""
    def entry(name, found, passed):
        name, _, id = name.partition("__")
        return {"learner": name, "id": id, "graded": True, "contents": found, "passed": passed,
                "worked": sorted({task.notebook for task in TASKS if task.name in passed})}
    entries = [entry(name, *of) for name, of in learners.items()]
    return {"date": "2026-11-06", "pile": pile, "set": list(stems),
            "learners": {" / ".join(filter(None, (one["learner"], one["id"]))): one for one in entries}}


def page(*runs):
    """Return what the teacher reads about these runs: the page's text in one line."""
    return seen(pages.ClassPage().render({}, OverTime(list(runs))))


WEEKS = (run(STEMS[0], pile="week 1", Ada=("a", FIRST), Bo=("b", FIRST), Cleo=("c", FIRST[:1]), Dan=("d", FIRST)),
         run(STEMS[1], pile="week 2", Ada=("e", SECOND), Bo=("f", SECOND), Dan=("d", FIRST), Eve=("", [])),
         run(STEMS[2], pile="week 3", Ada=("g", THIRD), Bo=("h", THIRD), Dan=("d", FIRST), Eve=("i", THIRD[:1])))
ALL = total(*STEMS[:3])


def test_the_page_shows_each_run_with_its_date_and_what_was_set_and_lessons_by_run():
    text = page(*WEEKS)
    assert "2026-11-06, week 1: 4 learners. Set: lesson 01. 2026-11-06, week 2: 4 learners. Set: lesson 02." in text
    assert "Lessons: how many of 5 had passed all of it after each run Lesson 1 2 3" in text
    for stem, counts in zip(STEMS, ("3 3 3", "0 2 2", "0 0 2")):
        assert f"{stem.replace('_', ' ')} {counts}" in text
    assert f"Ada {total(STEMS[0])} {total(*STEMS[:2])} {ALL}" in text
    assert f"Dan {total(STEMS[0])} ({total(STEMS[0])}) ({total(STEMS[0])})" in text  # the same files again


def test_who_is_falling_behind_is_said_in_sentences_and_nobody_else():
    few = [sum(task.points for task in TASKS if task.name in names) for names in (FIRST[:1], THIRD[:1], FIRST)]
    told = OverTime(list(WEEKS)).behind()
    middle = few[2]
    assert sorted(told) == sorted([
        f"Cleo submitted nothing new in runs 2 and 3, and has {few[0]} of {ALL} points, and half of the class has "
        f"{middle} or more.",
        f"Dan submitted nothing new in runs 2 and 3, and has {few[2]} of {ALL} points.",
        f"Eve has {few[1]} of {ALL} points, and half of the class has {middle} or more."])
    assert "Who is falling behind" in page(*WEEKS) and "Nobody is." not in page(*WEEKS)


def test_nobody_falls_behind_who_passed_everything_or_half_of_it_or_in_the_first_run():
    weeks = [run(STEMS[0], Ada=("a", FIRST), Bo=("b", FIRST), Cleo=(f"c{week}", FIRST[:-1])) for week in range(3)]
    assert "Nobody is." in page(*weeks) and total(STEMS[0]) > OverTime(weeks).points(OverTime(weeks).people[2], 3)
    assert "falling behind" not in page(run(STEMS[0], Ada=("a", FIRST), Bo=("b", [])))


def test_who_submitted_files_that_cannot_be_read_is_behind_for_a_reason_that_is_said():
    weeks = [run(STEMS[0], Ada=("a", FIRST), Bo=("b", [])), run(STEMS[0], Ada=("a", FIRST), Bo=("c", []))]
    unread = " Some of the files that they submitted last couldn't be read."
    assert not OverTime(weeks).behind()[0].endswith(unread)
    weeks[1]["learners"]["Bo"]["unread"] = True
    assert OverTime(weeks).behind()[0].endswith(f"{unread}")
    weeks += [run(STEMS[0], Ada=("a", FIRST), Bo=("d", []))]
    assert not OverTime(weeks).behind()[0].endswith(unread)


def test_the_page_of_several_runs_says_which_points_are_of_one_pile():
    said = ["in this pile; 0 passed everything", "from all runs together are under Over the weeks",
            "Learners in this pile"]
    assert all(text in page(*WEEKS) for text in said)
    assert not any(text in page(WEEKS[0]) for text in said)


def test_what_was_passed_once_stays_passed_with_the_run():
    weeks = [run(STEMS[0], Ada=("a", FIRST)), run(STEMS[0], Ada=("b", [])), run(STEMS[0], Ada=("c", FIRST))]
    [row] = csv.DictReader(io.StringIO(OverTime(weeks).sheet()))
    assert row["points"] == row["of"] == str(total(STEMS[0]))
    assert {row[name] for name in FIRST} == {"run 1: 2026-11-06, week"}


def test_people_are_known_by_name_and_number_and_who_is_new_or_missing_is_listed():
    weeks = [run(STEMS[0], Ada__1=("a", FIRST), Ada__2=("b", []), Bo=("c", [])),
             run(STEMS[0], Ada__2=("d", FIRST), Ada__3=("e", []), Robert=("f", FIRST))]
    over_time, text = OverTime(weeks), page(*weeks)
    assert sorted((one.name, one.ids) for one in over_time.people) == [
        ("Ada", ["1"]), ("Ada", ["2"]), ("Ada", ["3"]), ("Bo", [""]), ("Robert", [""])]
    assert "New in this run: Ada and Robert. Anyone who had another name before counts as two people." in text
    assert "Not in this run, but in an earlier one: Ada and Bo." in text


def test_a_number_that_changes_from_pile_to_pile_as_moodles_does_makes_no_new_person_and_is_told():
    text = page(run(STEMS[0], Ada__1=("a", FIRST), Bo__2=("b", [])), run(STEMS[0], Ada__7=("c", []), Bo__2=("d", [])))
    assert "nobody else has the name: Ada (1 before, 7 now)." in text and "of 2 had passed" in text
    assert "New in this run" not in text and f"Ada {total(STEMS[0])} {total(STEMS[0])}" in text


def test_only_the_last_runs_are_in_the_tables_and_all_are_listed():
    weeks = [run(STEMS[0], pile=f"week {number}", Ada=(f"{number}", [])) for number in range(1, 12)]
    text = page(*weeks)
    assert "week 1:" in text and "after each run Lesson 7 8 9 10 11 " in text


def test_names_are_text_on_the_page_and_in_the_sheet():
    weeks = [run(STEMS[0], **{"=1+1": ("a", []), "<b>x</b>\x1b": ("b", [])})] * 2
    assert "<b>x" not in pages.ClassPage().render({}, OverTime(weeks))
    assert "'=1+1" in OverTime(weeks).sheet() and "\x1b" not in OverTime(weeks).sheet()


# The command

def into(folder, pile, files, *options):
    """Grade a new pile into a folder, and return the finished process and the runs that the folder knows."""
    batch = put(folder.parent / pile, files)
    done, _ = grade(batch, "--into", str(folder), *options)
    return done, json.loads((folder / FILE).read_text(encoding="utf-8"))["runs"]


def test_a_second_pile_adds_to_the_first_and_the_same_pile_again_adds_nothing(tmp_path):
    folder = tmp_path / "class"
    first = {f"ann/{NAME}": RIGHT, f"bob/{NAME}": WRONG}
    done, runs = into(folder, "week-1", first)
    assert "This is run 1 of this class." in done.stdout and [one["pile"] for one in runs] == ["week-1"]
    done, runs = into(folder, "week-2", {f"ann/{NAME}": MORE, f"cleo/{NAME}": RIGHT})
    assert done.returncode == 1 and "This is run 2 of this class." in done.stdout
    assert runs[0]["learners"]["bob"]["unread"] is runs[1]["learners"]["cleo"]["unread"] is False
    assert "New in this run: cleo." in done.stdout and "in an earlier one: bob." in done.stdout
    assert runs[0]["learners"]["ann"]["passed"] == ["refresh"]
    assert runs[1]["learners"]["ann"]["passed"] == ["refresh", "insert"] and runs[1]["set"] == [REFRESH.notebook]
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    done, _ = into(folder, "week-2", {})
    assert "This is the pile of run 2, so it adds no run." in done.stdout
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    copy = {f"ann/{NAME}": RIGHT, f"bob/{NAME}": WRONG}
    done, runs = into(folder, "week-1-again", copy)
    assert "This is the pile of run 1" in done.stdout and [one["pile"] for one in runs] == ["week-1", "week-2"]
    text = seen((folder / "class.html").read_text(encoding="utf-8"))
    assert "bob submitted nothing new" not in text and "Not in this run, but in an earlier one: bob." in text
    sheet = (folder / SHEET).read_bytes()
    rows = {row["learner"]: row for row in csv.DictReader(io.StringIO(sheet.decode("utf-8-sig")))}
    assert set(rows) == {"ann", "bob", "cleo"} and rows["ann"]["refresh"].startswith("run 1: ")


def test_a_run_that_was_stopped_adds_nothing_and_the_same_command_adds_it_once(tmp_path, monkeypatch):
    folder = tmp_path / "class"
    put(tmp_path / "week-1", {f"ann/{NAME}": RIGHT})
    (folder / "results").mkdir(parents=True)  # as far as a killed first run got
    (folder / "results" / "half.json").write_bytes(b"")
    assert grade(tmp_path / "week-1", "--into", str(folder))[0].returncode == 2  # it has other files
    (folder / "results" / "half.json").unlink()
    (folder / "results").rmdir()
    kept = OutputFolder(folder)
    History(kept)
    workers.keep(folder / "results" / f"{workers.slug('ann')}.json", {"fingerprint": "of another run"})
    for _ in range(2):
        done, runs = into(folder, "week-1", {})
        assert [one["pile"] for one in runs] == ["week-1"] and "run 1" in done.stdout


def test_a_learner_who_could_not_be_graded_is_added_when_they_are(tmp_path):
    folder = OutputFolder(tmp_path / "class")
    broken = run(STEMS[0], Ada=("a", FIRST), Bo=("", []))
    broken["learners"]["Bo"]["graded"] = False
    kept = History(folder)
    kept.add(broken)
    assert kept.over_time().people[1].new == {1}
    assert "pile of run 1" in kept.add(run(STEMS[0], Ada=("a", FIRST), Bo=("b", FIRST)))
    assert len(json.loads((tmp_path / "class" / FILE).read_bytes())["runs"]) == 1
    assert "run 2" in kept.add(run(STEMS[0], Ada=("a", FIRST), Bo=("c", FIRST)))


def test_a_folder_of_an_older_edition_is_refused_in_words_before_anything_is_graded(tmp_path):
    batch = put(tmp_path / "week-1", {f"ann/{NAME}": RIGHT})
    grade(batch)
    grades = tmp_path / "week-1-grades"
    before = sorted(path.name for path in grades.iterdir())
    done, _ = grade(batch, "--into", str(grades))
    assert done.returncode == 2 and "from an older edition or from a run without --into" in done.stderr
    assert "Name a new folder with --into" in done.stderr and sorted(path.name for path in grades.iterdir()) == before


@pytest.mark.parametrize("text, said", [
    (b"{", "isn't the history of a class any more"), (b"[]", "isn't the history of a class any more"),
    (json.dumps({"format": FORMAT + 1, "runs": []}).encode("ascii"), "is of another edition"),
])
def test_a_history_that_cannot_be_read_is_named_and_left_alone(tmp_path, text, said):
    folder = OutputFolder(tmp_path / "class")
    (tmp_path / "class" / FILE).write_bytes(text)
    with pytest.raises(GraderProblem, match=said):
        History(folder)
    assert (tmp_path / "class" / FILE).read_bytes() == text


def test_to_and_into_are_one_or_the_other(tmp_path):
    done, _ = grade(put(tmp_path / "pile", {}), "--into", "a", "--to", "b")
    assert done.returncode == 2 and "not allowed with" in done.stderr
