"""A class hands in: every kind of wrong pile gets a row, a grade and a true sentence, and nothing of it is run."""
import csv
import io
import json
import os
from dataclasses import replace

import pytest

from exercises.exam import notebook
from tests.exercises.exam.hand_made import (BELIEF, NAMES, as_bytes, cell_of, exam_of, handed_in, put, question, right,
                                            run, wrong)

ALL = 6  # points of three questions


def moodle(name, id=7):
    return f"{name}_{id}_assignsubmission_file/exam.ipynb"


class Graded:
    """What the command writes and says for a pile."""

    def __init__(self, folder, capsys, pile, exam=None, *options):
        self.exam = exam or exam_of(*NAMES)
        put(folder, {"exam.json": self.exam.as_bytes(), **{f"pile/{name}": content for name, content in pile.items()}})
        named = ["grade", folder / "pile", "--exam", folder / "exam.json"]
        self.status, self.out, self.err = run(capsys, *named, *options)
        self.folder = folder / "pile-grades"
        rows = csv.DictReader(io.StringIO((self.folder / "grades.csv").read_text(encoding="utf-8-sig")))
        self.rows = {row["learner"]: row for row in rows}
        self.pages = {path.name: path.read_text(encoding="utf-8") for path in (self.folder / "feedback").iterdir()}
        self.class_page = (self.folder / "class.html").read_text(encoding="utf-8")

    def points(self):
        return {name: row["points"] for name, row in self.rows.items()}

    def page(self, start):
        [page] = [text for name, text in self.pages.items() if name.startswith(start)]
        return page


@pytest.fixture
def variants():
    return exam_of(*NAMES).variants


def test_right_and_wrong_answers_get_points_reasons_and_links(tmp_path, capsys, variants):
    ann, ben, özlem = variants
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 1): handed_in(ann, right), moodle("Ben Ito", 2): handed_in(
        ben, wrong), moodle("Özlem Ünal", 3): handed_in(özlem)}, None, "--out-of", "20")
    assert graded.points() == {"Ann Lee": str(ALL), "Ben Ito": "0", "Özlem Ünal": "0"}
    assert graded.rows["Ann Lee"]["grade"] == "20" and graded.status == 1
    assert [graded.rows[name]["1.2 state"] for name in NAMES] == ["PASSED", "WRONG", "NOT ATTEMPTED"]
    page = graded.page("Ben-Ito")
    assert "You wrote <code>new</code>" in page and BELIEF in page and "Line 2 made <code>f</code> refer" in page
    assert "lessons/03_from_import_keeps_the_old_function.ipynb#cell-id=two-groks" in page
    assert "NO ANSWER" in graded.page("Ozlem-Unal") and "WRONG" not in graded.page("Ann-Lee")
    assert [result["learner"] for result in json.loads((graded.folder / "results.json").read_bytes())] == NAMES


def test_all_points_are_exit_status_0(tmp_path, capsys, variants):
    pile = {f"{variant.name}/x.ipynb": handed_in(variant, right) for variant in variants}
    assert Graded(tmp_path, capsys, pile).status == 0


def test_the_class_page_says_which_facts_were_missed_by_whom_and_what_they_believe(tmp_path, capsys, variants):
    ann, ben, özlem = variants
    page = Graded(tmp_path, capsys, {"Ann Lee/x.ipynb": handed_in(ann, right), "Ben Ito/x.ipynb": handed_in(ben, wrong),
                                     "Özlem Ünal/x.ipynb": handed_in(özlem, lambda line, one: line + "a")}).class_page
    assert "C-01: 3 of 9 right" in page and "A copy of a reference stays old." in page
    assert "Missed by Ben Ito and Özlem Ünal." in page
    assert "<strong>2</strong> answered, for example, <code>new</code> instead of <code>old</code>" in page
    assert BELIEF in page and "#cell-id=two-groks" in page and "9 right" in page


def test_the_class_page_begins_with_what_most_missed_and_shortens_long_answers(tmp_path, capsys, variants):
    ann, ben, _ = variants
    pile = {"Ann Lee/x.ipynb": handed_in(ann, lambda line, one: line + ("z" * 400 if one.fact == "C-01" else "new")),
            "Ben Ito/x.ipynb": handed_in(ben, lambda line, one: line + "new")}
    page = Graded(tmp_path, capsys, pile).class_page
    assert page.index("C-01: 0 of 6 right") < page.index("B-01: 6 of 6 right")
    assert "zzz..." in page and "z" * 100 not in page


def test_a_notebook_without_answers_is_said(tmp_path, capsys, variants):
    graded = Graded(tmp_path, capsys, {"Ann Lee/x.ipynb": handed_in(variants[0])})
    assert graded.points()["Ann Lee"] == "0" and graded.rows["Ann Lee"]["notes"] == "x.ipynb contains no answers"
    assert "x.ipynb contains no answers" in graded.page("Ann-Lee")


def test_answers_that_are_none_of_the_choices_are_for_the_teacher_to_read(tmp_path, capsys, variants):
    graded = Graded(tmp_path, capsys, {"Ann Lee/x.ipynb": handed_in(
        variants[0], lambda line, one: line + ("a or b" if one.fact == "C-01" else "new"))})
    says = "1.1, 2.1 and 3.1 name none of the choices, or several, and so counted as wrong"
    assert f"TO DECIDE: Ann Lee: {says}, such as 'a or b'." in graded.err and f"{says}." in graded.page("Ann-Lee")


def test_somebody_elses_variant_gives_no_points_even_if_the_file_has_another_name(tmp_path, capsys, variants):
    ann, ben, _ = variants
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 1): handed_in(ben, right),
                                       moodle("Ben Ito", 2): handed_in(ben, right)})
    assert graded.points() == {"Ann Lee": "", "Ben Ito": str(ALL), "Özlem Ünal": ""}
    says = "this is Ben Ito's variant. Points aren't given; ask who wrote it."
    assert says in graded.rows["Ann Lee"]["notes"] and f"TO DECIDE: Ann Lee: exam.ipynb: {says}" in graded.err
    page = graded.page("Ann-Lee")
    assert "so it gives you no points" in page and "ask who wrote it" not in page
    assert "Line 5 prints" not in page  # Ben's questions and answers aren't shown to Ann
    assert "Ben Ito&#39;s variant" in graded.class_page


def test_a_mixture_gives_points_for_ones_own_questions_only(tmp_path, capsys, variants):
    ann, ben, _ = variants
    mixed, other = handed_in(ann, right), handed_in(ben, right)
    mixed["cells"][3:5] = other["cells"][3:5]
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee"): mixed})
    assert graded.points()["Ann Lee"] == str(ALL - 2)
    assert "mixes variants: it contains question 2 of Ben Ito's variant" in graded.rows["Ann Lee"]["notes"]
    assert "Only answers to your own questions give points" in graded.page("Ann-Lee")


def test_a_changed_text_doesnt_hide_whose_notebook_it_was(tmp_path, capsys, variants):
    ann, ben, _ = variants
    forged = json.loads(json.dumps(handed_in(ben, right)).replace(f"(variant {ben.id})", f"(variant {ann.id})"))
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee"): forged})
    assert "mixes variants: it contains marks of Ben Ito's variant" in graded.rows["Ann Lee"]["notes"]


def with_programs(exam):
    """Return an exam in which everyone's programs differ, and not only their files."""
    return replace(exam, variants=tuple(replace(variant, questions=tuple(
        replace(each, program=f"{each.program}# {variant.name} {number}\n")
        for number, each in enumerate(variant.questions))) for variant in exam.variants))


def test_changed_ids_dont_make_somebody_elses_programs_ones_own(tmp_path, capsys):
    exam = with_programs(exam_of(*NAMES))
    ann, ben, _ = exam.variants
    forged = json.loads(json.dumps(handed_in(ben, right)).replace(ben.id, ann.id))
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 1): forged, moodle("Ben Ito", 2): handed_in(ben, right)}, exam)
    assert graded.points() == {"Ann Lee": "", "Ben Ito": str(ALL), "Özlem Ünal": ""}
    assert "this is Ben Ito's variant, and its ids were changed" in graded.rows["Ann Lee"]["notes"]
    assert not graded.rows["Ben Ito"]["notes"]


def test_a_program_of_somebody_elses_among_ones_own_is_said(tmp_path, capsys):
    exam = with_programs(exam_of(*NAMES))
    ann, ben, _ = exam.variants
    mixed, other = handed_in(ann, right), handed_in(ben, right)
    mixed["cells"][3:5] = json.loads(json.dumps(other["cells"][3:5]).replace(ben.id, ann.id))
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee"): mixed}, exam)
    assert "mixes variants: it contains question 2 of Ben Ito's variant" in graded.rows["Ann Lee"]["notes"]


def test_what_cant_be_read_or_isnt_an_exam_or_is_missing_is_said(tmp_path, capsys):
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 1): b"{broken", moodle("Ben Ito", 2): {
        "cells": [{"cell_type": "code", "source": "1 + 1", "metadata": {}}]}})
    assert graded.points() == {"Ann Lee": "0", "Ben Ito": "0", "Özlem Ünal": ""}
    assert "exam.ipynb isn't a notebook that can be read" in graded.rows["Ann Lee"]["notes"]
    assert "exam.ipynb isn't a notebook of this exam" in graded.rows["Ben Ito"]["notes"]
    assert graded.rows["Özlem Ünal"]["notes"] == "nothing was handed in"
    assert "Nothing was handed in by Özlem Ünal." in graded.out


def test_somebody_who_isnt_on_the_list_gets_a_row_and_no_points(tmp_path, capsys, variants):
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 1): handed_in(variants[0], right),
                                       moodle("Zoe", 2): handed_in(variants[1], right)})
    assert graded.points()["Zoe"] == "" and graded.points()["Ben Ito"] == ""
    assert "Zoe (2) isn't on the exam's list. It's Ben Ito's variant." in graded.rows["Zoe"]["notes"]
    assert "Your name isn&#39;t on the list" in graded.page("Zoe")


def test_of_two_notebooks_the_newest_with_answers_counts(tmp_path, capsys, variants):
    ann, ben, _ = variants
    graded = Graded(tmp_path, capsys, {"Ann Lee/exam (2).ipynb": handed_in(ann), "Ann Lee/exam.ipynb": handed_in(
        ann, right), "Ben Ito/a.ipynb": handed_in(ben, right), "Ben Ito/b.ipynb": handed_in(ann, right)})
    assert graded.points() == {"Ann Lee": str(ALL), "Ben Ito": str(ALL), "Özlem Ünal": ""}
    assert "2 notebooks of this variant; the newest with answers counts" in graded.rows["Ann Lee"]["notes"]
    assert "b.ipynb: this is Ann Lee's variant" in graded.rows["Ben Ito"]["notes"]


def test_in_a_heap_of_files_the_variant_says_whose_it_is(tmp_path, capsys, variants):
    ann, ben, özlem = variants
    graded = Graded(tmp_path, capsys, {ann.file: handed_in(ann, right), "Untitled7.ipynb": handed_in(ben, right),
                                       f"Copy of {özlem.file}": handed_in(özlem, right)})
    assert graded.points() == dict.fromkeys(NAMES, str(ALL))
    assert graded.rows["Ann Lee"]["notes"] == graded.rows["Özlem Ünal"]["notes"] == ""
    assert "known by the variant, because Untitled7 isn't a name on the list" in graded.rows["Ben Ito"]["notes"]


def test_in_a_heap_the_newest_of_two_files_counts(tmp_path, capsys, variants):
    ann = variants[0]
    pile = put(tmp_path, {"pile/a.ipynb": handed_in(ann, right), "pile/b.ipynb": handed_in(ann, wrong)}) / "pile"
    for name, age in (("a.ipynb", 2_000_000_000), ("b.ipynb", 2_000_000_100)):
        os.utime(pile / name, (age, age))
    exam = put(tmp_path, {"exam.json": exam_of(*NAMES).as_bytes()}) / "exam.json"
    for points in ("0", str(ALL)):
        run(capsys, "grade", pile, "--exam", exam)
        rows = csv.DictReader(io.StringIO((tmp_path / "pile-grades/grades.csv").read_text(encoding="utf-8-sig")))
        assert next(rows)["points"] == points
        os.utime(pile / "a.ipynb", (2_000_000_200, 2_000_000_200))


def test_two_submissions_with_one_variant_are_to_be_decided(tmp_path, capsys, variants):
    ann = variants[0]
    graded = Graded(tmp_path, capsys, {"a.ipynb": handed_in(ann, right), "b.ipynb": handed_in(ann, wrong)})
    says = "2 submissions in the pile: a and b. If one of them is somebody else's, ask who wrote it."
    assert f"TO DECIDE: Ann Lee: {says}" in graded.err and "tell your teacher" in graded.page("Ann-Lee")


def test_a_file_that_was_renamed_to_somebody_elses_name_is_noticed(tmp_path, capsys, variants):
    ann, ben, _ = variants
    graded = Graded(tmp_path, capsys, {"Ann Lee.ipynb": handed_in(ben, right), "Ben Ito.ipynb": handed_in(ben, right)})
    assert graded.points()["Ann Lee"] == "" and "Ben Ito's variant" in graded.rows["Ann Lee"]["notes"]


def test_a_pile_without_names_is_sorted_by_variants_and_that_is_said(tmp_path, capsys, variants):
    graded = Graded(tmp_path, capsys, {moodle("Participant", number): handed_in(variant, right)
                                       for number, variant in enumerate(variants, start=4711)})
    assert graded.points() == dict.fromkeys(NAMES, str(ALL))
    assert "the variants say whose is whose" in graded.err


def test_people_with_the_same_name_are_told_apart_by_id_or_variant(tmp_path, capsys):
    exam = exam_of("Ann Lee", "Ann Lee", "Ben Ito", known=[("4711",), ("4712",), ()])
    first, _, third = exam.variants
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 4712): handed_in(first, right), moodle("Ben Ito"): handed_in(
        third, right), moodle("Ann Lee", 99): handed_in(first, right)}, exam)
    lines = (graded.folder / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith(f"Ann Lee,99,{ALL},") and "this is Ann Lee (4711)'s variant" in lines[2]
    assert "TO DECIDE: Ann Lee (4712): " in graded.err and "<strong>Ann Lee (4712)</strong>" in graded.class_page


def test_the_class_page_tells_people_with_the_same_name_apart(tmp_path, capsys):
    exam = exam_of("Ann Lee", "Ann Lee", known=[("4711",), ("4712",)])
    pile = {moodle("Ann Lee", id): handed_in(variant, wrong) for id, variant in zip((4711, 4712), exam.variants)}
    assert "Missed by Ann Lee (4711) and Ann Lee (4712)." in Graded(tmp_path, capsys, pile, exam).class_page


def test_a_notebook_of_another_exam_is_said(tmp_path, capsys):
    other = exam_of("x", "y", "z", "Ann Lee").variants[3]
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee"): handed_in(other, right)})
    assert "this is another exam's variant" in graded.rows["Ann Lee"]["notes"]


def test_nothing_of_a_submission_is_run_or_acts_on_a_page(tmp_path, capsys, variants):
    ran = tmp_path / "ran"
    content = handed_in(variants[0], lambda line, one: f"{line}<script>alert(1)</script>")
    content["cells"].append({"cell_type": "code", "metadata": {}, "source": f"open({str(ran)!r}, 'w')"})
    cell_of(content, "answer-3")["source"] += f"\nopen({str(ran)!r}, 'w')"
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee"): content})
    assert not ran.exists() and graded.points()["Ann Lee"] == "0"
    assert all("<script>" not in page for page in [graded.class_page, *graded.pages.values()])


def test_the_same_pile_writes_the_same_bytes(tmp_path, capsys, variants):
    pile = {f"{variant.name}/x.ipynb": handed_in(variant, wrong) for variant in variants}
    folder = Graded(tmp_path, capsys, pile).folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = Graded(tmp_path, capsys, pile)
    assert before == {path: path.read_bytes() for path in again.folder.rglob("*") if path.is_file()}


def test_grades_go_into_the_gradebook_of_those_who_handed_in_their_own(tmp_path, capsys, variants):
    ann, ben, _ = variants
    sheet = ('Identifier,"Full name",Grade,"Maximum Grade"\r\n"Participant 1","Ann Lee",,20\r\n'
             '"Participant 2","Ben Ito",7,20\r\n"Participant 3","Özlem Ünal",3,20\r\n').encode("utf-8-sig")
    put(tmp_path, {"sheet.csv": sheet})
    graded = Graded(tmp_path, capsys, {moodle("Ann Lee", 1): handed_in(ann, right), moodle("Ben Ito", 2): handed_in(
        ann, right)}, None, "--grades-for", "moodle", "--gradebook", str(tmp_path / "sheet.csv"))
    assert (graded.folder / "grades-for-moodle.csv").read_bytes() == sheet.replace(b'"Ann Lee",,', b'"Ann Lee",20,')
    assert "Ben Ito (2) wasn't graded" in graded.err and "Özlem Ünal" in graded.err


@pytest.mark.parametrize("change, says", [
    (lambda data: b"", "can't be used"), (lambda data: b"[]", "can't be used"),
    (lambda data: data.replace(b'"format": 1', b'"format": 2'), "its format is 2"),
    (lambda data: data.replace(b'"why"', b'"because"'), "it has no 'why'"),
    (lambda data: data.replace(b'"0000a2"', b'"0000a1"'), "two of its variants have the same id"),
    (lambda data: data.replace(b'"name": "Ann Lee"', b'"name": 5'), "should be text"),
])
def test_a_wrong_exam_is_named_before_grading(tmp_path, capsys, change, says):
    exam = exam_of(*NAMES)
    put(tmp_path, {"exam.json": change(exam.as_bytes()), "pile/a.ipynb": handed_in(exam.variants[0])})
    status, out, err = run(capsys, "grade", tmp_path / "pile", "--exam", tmp_path / "exam.json")
    assert status == 2 and says in err and "exam.json" in err and not out and not (tmp_path / "pile-grades").exists()


def test_a_name_that_the_teacher_adds_to_the_exam_is_found(tmp_path, capsys, variants):
    exam = exam_of(*NAMES, known=[("Liz",), (), ()])
    pile = {moodle("Liz", 5): handed_in(exam.variants[0], right), moodle("Ben Ito", 6): b"{"}
    graded = Graded(tmp_path, capsys, pile, exam)
    assert graded.points()["Ann Lee"] == str(ALL)


@pytest.mark.parametrize("options", [["--lessons", "1"], ["--into", "x"], ["--dask", "x"]])
def test_options_that_dont_go_with_an_exam_are_named(tmp_path, capsys, options):
    status, _, err = run(capsys, "grade", tmp_path, "--exam", "exam.json", *options)
    assert status == 2 and f"{options[0]} doesn't go with --exam" in err


def test_without_the_option_an_exam_is_named(tmp_path):
    from pathlib import Path

    from exercises.grader.grading import answers_in
    from lessons.notebooks import NotebookProblem
    variant = exam_of("Ann Lee").variants[0]
    with pytest.raises(NotebookProblem, match="add --exam"):
        answers_in(Path("x.ipynb"), notebook.written(variant))


def test_many_questions_and_long_answers_are_read_in_a_moment(tmp_path, capsys):
    exam = exam_of("Ann Lee", questions=50)
    content = handed_in(exam.variants[0], lambda line, one: line + "it " * 10_000)
    content["cells"] += [{"cell_type": "raw", "metadata": {}, "source": "x\n" * 50_000}] * 50
    assert len(as_bytes(content)) > 2**20 and question(1, "x").outcomes
    assert Graded(tmp_path, capsys, {"Ann Lee/x.ipynb": content}, exam).points() == {"Ann Lee": "0"}
