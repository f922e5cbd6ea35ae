"""The teacher's page and the learners' pages: what they say first, in which words, and which lessons count."""
import codecs
import html
import re
from decimal import Decimal

import pytest

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.submissions import pages, reports
from exercises.submissions.gradebooks import scale
from tests.submissions.test_submissions import REFRESH, grade, notebook, put

LEARNERS = "Ada Bo Cleo Dan Eve Finn Gita Hugo Ines Jun Kaja Lev".split()
TASKS = tasks.all_tasks()
STEMS = sorted({task.notebook for task in TASKS})
NOT_PYTHON = "Your answer cell stops when it runs by itself: SyntaxError: invalid syntax (line 1)."
WIPED_OUT = "the_dictionary_is_wiped_out"


def result(name, worked_on=(), **wrong):
    """Return a learner's result: all tasks of some lessons passed, but for those in `wrong`: task=misconception."""
    def row(task):
        told = wrong.get(task.name.replace("-", "_"))
        state = NOT_YET if told else PASSED if task.notebook in worked_on else NOT_ATTEMPTED
        message = task.wrong[told][0] if told in task.wrong else told or ""
        return {"task": task.name, "notebook": task.notebook, "state": state, "evidence": "", "note": "",
                "points": task.points if state == PASSED else 0, "of": task.points, "message": message}
    return {"learner": name, "id": "", "notes": [], "problems": [], "tasks": list(map(row, TASKS))}


def class_page(results):
    """Return the teacher's page as its reader sees it: its text in one line."""
    page, assignment = pages.ClassPage(), reports.Assignment(results)
    for each in results:
        page.add(assignment.of(each), "")
    return seen(page.render({}))


def seen(page):
    return " ".join(html.unescape(re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", page)).split())


def test_the_teacher_first_reads_what_to_teach_again_with_counts_and_names():
    first_two = STEMS[:2]
    results = [result(name, first_two, after_reload=WIPED_OUT) for name in LEARNERS[:5]]
    results += [result(name, first_two, when_read="del_unloads", refresh="other words") for name in LEARNERS[5:7]]
    results += [result(name, first_two, refresh="imports_again") for name in LEARNERS[7:9]]
    results += [result("Jun", first_two, insert="forgets_to_write"), result("Kaja", first_two), result("Lev")]
    page = class_page(results)
    said = ["12 learners; 1 passed everything that was set. They worked on lessons 01 and 02.", "What to teach again",
            "5 of 12 think that the dictionary is wiped out: Ada, Bo, Cleo, Dan and Eve. Lesson 02, "
            "Predict: what is new after a reload? The check asks: Question 3: does any statement",
            "2 of 12 think that del unloads a module: Finn and Gita.",
            # A check can't tell these two apart, so the page doesn't claim to know.
            "2 of 12 think that importing a module again reads its file, or wrote code that makes a second module: "
            "Hugo and Ines. Lesson 02, Make the running program see the file. The check asks: The file changed; did",
            "2 of 12 got this message from the check: Finn and Gita. Lesson 02, Make the running program see the file. "
            "The check says: other words",
            "Tasks", "Learners", "What else went wrong", "1 of 12 wrote code that forgets to write: Jun."]
    places = [page.find(text) for text in said]
    assert -1 not in places and places == sorted(places), list(zip(places, said))


def test_one_mistaken_learner_thinks_and_many_are_not_all_named():
    assert "1 of 1 thinks that the dictionary is wiped out: Ada." in class_page([result("Ada", after_reload=WIPED_OUT)])
    crowd = [result(f"learner {number:02}", after_reload=WIPED_OUT) for number in range(30)]
    assert "30 of 30 think that the dictionary is wiped out: learner 00, learner 01, " in class_page(crowd)
    assert "learner 11 and 18 more." in class_page(crowd)


def test_the_teachers_page_shows_only_lessons_that_someone_worked_on():
    page = class_page([result("Ada", STEMS[:2]), result("Bo", STEMS[:1])])
    assert "01 import runs once: 2 of 2 worked on it" in page and "1 of 2 worked on it" in page
    assert [task.title for task in TASKS if task.title in page] == [task.title for task in TASKS
                                                                   if task.notebook in STEMS[:2]]
    nothing = class_page([result("Ada")])
    assert "Nobody has worked on an exercise yet." in nothing and not any(task.title in nothing for task in TASKS)


def test_syntax_errors_are_one_line_with_everyone_and_each_task():
    page = class_page([result("Ada", write=NOT_PYTHON, refresh=NOT_PYTHON), result("Bo", write=NOT_PYTHON),
                       result("Cleo", STEMS[:1])])
    assert ("2 of 3 submitted an answer that isn't valid Python: Ada (Write a module; Make the running program see the "
            "file) and Bo (Write a module).") in page
    assert "SyntaxError" not in page and page.count("valid Python") == 1


def test_what_the_grader_calls_a_syntax_error_is_in_that_line(tmp_path):
    batch = put(tmp_path / "batch", {"ann/a.ipynb": notebook(refresh="def refresh(:\n    pass"),
                                     "bob/a.ipynb": notebook(refresh="def refresh(module):\nreturn module")})
    grade(batch)
    page = seen((tmp_path / "batch-grades" / "class.html").read_text(encoding="utf-8"))
    assert "2 of 2 submitted an answer that isn't valid Python: ann (" in page


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_misconception_ends_a_sentence_about_learners(task):
    for name in task.wrong:
        meaning = task.meaning(name)
        assert re.match("(think|wrote|used|returned|set|left|answered|reloaded|appended) ", meaning), meaning
        if code := re.match(r"wrote code that (?:(?:always|never|only) )?(\w+)", meaning):
            assert code[1].endswith("s"), meaning  # what the code does: give other names a "means" in the metadata
        assert "_" not in meaning.replace("__init__", "").replace("invalidate_caches", ""), meaning


def points_of(name, results):
    """Return what a learner's page says first."""
    mine = next(each for each in results if each["learner"] == name)
    return re.search(r"\d+ of \d+ points in lessons? [\d, and]+",
                     seen(pages.feedback(reports.Assignment(results).of(mine))))[0].strip()


def total(*stems):
    return sum(task.points for task in TASKS if task.notebook in stems)


def test_what_half_of_the_class_worked_on_counts_and_the_rest_is_shown():
    first, second, third, fourth = STEMS[:4]
    results = [result("Ada", [first, second, third, fourth]), result("Bo", [first, second]), result("Cleo", [first]),
               result("Dan", [third]), result("Eve", [first]), result("Lev"), result("Kaja")]
    everyone, assignment = total(first), reports.Assignment(results)
    for name in ("Ada", "Bo", "Cleo"):
        assert points_of(name, results) == f"{everyone} of {everyone} points in lesson 01"
    for name in ("Dan", "Lev"):
        assert points_of(name, results) == f"0 of {everyone} points in lesson 01"
    assert points_of("Lev", [result("Lev")]).startswith(f"0 of {total(*STEMS)} points")
    page = seen(pages.feedback(assignment.of(results[2])))
    assert "You've passed every task in lesson 01." in page and "after a reload" not in page
    page = seen(pages.feedback(assignment.of(results[3])))
    assert "03 from import keeps the old function This lesson wasn't set, so it doesn't count. ✓ PASSED" in page
    assert str(assignment) == "Lesson 01 counts, because at least half of those who worked on anything worked on it."
    apart = reports.Assignment([result(name, [stem]) for name, stem in zip(LEARNERS[:3], STEMS)])
    assert str(apart) == ("Lessons 01, 02 and 03 count, because someone worked on them, and no lesson has half of the "
                          "class.")
    assert str(reports.Assignment([result("Lev")])) == "All lessons count, because nobody worked on anything."


def test_only_what_the_teacher_set_counts_and_is_shown():
    first, second, third = STEMS[:3]
    ada, set_by_hand = result("Ada", [first, third]), reports.Assignment([], {first, second})
    page = seen(pages.feedback(set_by_hand.of(ada), Decimal(20)))
    grade = scale.written(scale.scaled(total(first), total(first, second), Decimal(20)))
    assert f"{total(first)} of {total(first, second)} points in lessons 01 and 02" in page
    assert f"Grade: {grade} of 20." in page and "03 from import" not in page
    assert f"{third}.ipynb {reports.NOT_SET}" in page
    one_of_several = reports.Assignment([], {first, second}, into=True)  # with --into, it counts over the weeks
    assert reports.NOT_SET not in pages.feedback(one_of_several.of(ada))
    class_page = pages.ClassPage(str(set_by_hand), Decimal(20))
    class_page.add(set_by_hand.of(ada), "")
    page = seen(class_page.render({}))
    assert "Lessons 01 and 02 count, because you set them with --lessons." in page and "03 from import" not in page
    assert f"{total(first)} of {total(first, second)} {grade} of 20" in page and class_page.full == 0


def test_the_totals_and_the_exit_status_are_about_what_counts(tmp_path):
    answers = {task.name.replace("-", "_"): task.answer for task in TASKS if task.notebook == STEMS[1]}
    batch, lesson = put(tmp_path / "batch", {"ann/a.ipynb": notebook(**answers)}), total(STEMS[1])
    run, rows = grade(batch)
    assert run.returncode == 0 and "1 graded, 1 passed everything. Lesson 02 counts, because at least" in run.stdout
    assert (rows["ann"]["points"], rows["ann"]["of"]) == (str(lesson), str(lesson))
    run, rows = grade(batch, "--lessons", "1-2", "--out-of", "10")
    both = total(*STEMS[:2])
    assert run.returncode == 1 and "0 passed everything. Lessons 01 and 02 count, because you set" in run.stdout
    assert (rows["ann"]["points"], rows["ann"]["of"], rows["ann"]["out of"]) == (str(lesson), str(both), "10")
    assert rows["ann"]["grade"] == scale.written(scale.scaled(lesson, both, Decimal(10)))
    later = next(task.name for task in TASKS if task.notebook == STEMS[2])
    assert later not in rows["ann"] and REFRESH.name in rows["ann"]


def test_evidence_keeps_its_lines():
    ann = result("ann", refresh="other words")
    for task in ann["tasks"]:
        task["evidence"] = "spam.py before:\n    x = 1" if task["task"] == "refresh" else ""
    assert "<pre>\nspam.py before:\n    x = 1\n</pre>" in pages.feedback(ann)


@pytest.mark.parametrize("options, said", [
    (["--lessons", "4-1"], "--lessons expects lessons from 1 to 18, not '4-1'. For example, type: --lessons 1-4"),
    (["--lessons", "1,99"], "not '99'"),
    (["--lessons", "1;2"], "not '1;2'"),
    (["--lessons", ""], "not ''"),
    (["--out-of", "many"], "--out-of expects how many points there are at most, and not 'many'. For example, "
                           "type: --out-of 20"),
    (["--out-of", "0"], "not '0'"),
    (["--out-of", "nan"], "not 'nan'"),
    (["--out-of", "1e9"], "not '1e9'"),
])
def test_a_value_that_is_no_lesson_or_no_number_is_named_before_any_grading(tmp_path, options, said):
    run, _ = grade(put(tmp_path / "batch", {"ann/a.ipynb": notebook()}), *options)
    assert run.returncode == 2 and said in run.stderr and "Traceback" not in run.stderr
    assert not (tmp_path / "batch-grades").exists()


@pytest.mark.parametrize("numbers, stems", [
    ("1", [0]), ("01-3", [0, 1, 2]), ("1,3,5-6", [0, 2, 4, 5]), ("2,1", [0, 1])])
def test_lessons_are_named_by_their_numbers(numbers, stems):
    assert reports.exercises_of(numbers) == {STEMS[place] for place in stems}


@pytest.mark.parametrize("reached, total, out_of, grade", [
    (7, 12, "20", "11.67"), (12, 12, "20", "20"), (0, 12, "20", "0"), (1, 8, "1", "0.13"), (1, 3, "7,5", "2.5")])
def test_points_scale_with_two_decimals_and_a_half_goes_up(reached, total, out_of, grade):
    assert scale.written(scale.scaled(reached, total, scale.most_points(out_of))) == grade


def test_the_grades_begin_with_what_tells_excel_that_they_are_utf_8(tmp_path):
    grade(put(tmp_path / "batch", {"Jörg Müller/a.ipynb": notebook()}))
    data = (tmp_path / "batch-grades" / "grades.csv").read_bytes()
    assert data.startswith(codecs.BOM_UTF8 + b"learner,id,points,of,") and "Jörg Müller" in data.decode("utf-8")
