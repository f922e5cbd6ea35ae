"""The teacher's page and the learners' pages: what they say first, in which words, and which lessons count."""
import html
import re

import pytest

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.submissions import pages, reports
from tests.submissions.test_submissions import grade, notebook, put

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


def test_feedback_counts_what_half_of_the_class_worked_on_and_what_the_learner_did():
    first, second, third, fourth = STEMS[:4]
    results = [result("Ada", [first, second, third, fourth]), result("Bo", [first, second]), result("Cleo", [first]),
               result("Dan", [third]), result("Eve", [first]), result("Lev"), result("Kaja")]
    everyone, four = total(first), total(*STEMS[:4])
    assert points_of("Ada", results) == f"{four} of {four} points in lessons 01, 02, 03 and 04"
    assert points_of("Bo", results) == f"{total(first, second)} of {total(first, second)} points in lessons 01 and 02"
    assert points_of("Cleo", results) == f"{everyone} of {everyone} points in lesson 01"
    assert points_of("Dan", results) == f"{total(third)} of {total(first, third)} points in lessons 01 and 03"
    assert points_of("Lev", results) == f"0 of {everyone} points in lesson 01"
    assert points_of("Lev", [result("Lev")]).startswith(f"0 of {total(*STEMS)} points")
    page = seen(pages.feedback(reports.Assignment(results).of(results[2])))
    assert "You've passed every task in lesson 01." in page and "after a reload" not in page


def test_the_totals_and_the_exit_status_are_about_the_whole_course(tmp_path):
    answers = {task.name.replace("-", "_"): task.answer for task in TASKS if task.notebook == STEMS[1]}
    run, rows = grade(put(tmp_path / "batch", {"ann/a.ipynb": notebook(**answers)}))
    assert run.returncode == 1 and "1 graded, 0 passed everything." in run.stdout
    assert rows["ann"]["of"] == str(total(*STEMS))


def test_evidence_keeps_its_lines():
    ann = result("ann", refresh="other words")
    for task in ann["tasks"]:
        task["evidence"] = "spam.py before:\n    x = 1" if task["task"] == "refresh" else ""
    assert "<pre>\nspam.py before:\n    x = 1\n</pre>" in pages.feedback(ann)
