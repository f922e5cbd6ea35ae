"""Grades go back: a reader for each platform reads the file as its documentation says, and nothing is guessed."""
import argparse
import codecs
import csv
import io
import random
import re
from decimal import Decimal

import pytest

from exercises.isolation.processes import GraderProblem
from exercises.submissions import reports
from exercises.submissions.gradebooks import cells
from exercises.submissions.gradebooks.gradebook import Gradebook
from exercises.submissions.gradebooks.platforms import PLATFORMS
from exercises.submissions.grade import NOT_GRADED, NOT_READ
from lessons.outputs import OutputFolder
from tests.submissions.test_class_page import STEMS, result, total
from tests.submissions.test_submissions import grade, notebook, put, zipped

SET = [STEMS[0], STEMS[2]]
REACHED, MOST = total(SET[0]), total(*SET)


def a_class(**ids):
    """Return a class of four: umlauts and half of the points, a comma and all of them, nothing, and not graded."""
    jörg, ann, eve, bo = (result(name, worked) for name, worked in (
        ("Jörg Müller", SET[:1]), ("Lee, Ann", SET), ("Eve Nothing", []), ("Bo Broken", [])))
    for task in bo["tasks"]:
        task["state"] = NOT_GRADED
    for each, id in zip((jörg, ann, eve, bo), ("jörg", "ann", "eve", "bo")):
        each["id"] = ids.get(id, "")
    return [jörg, ann, eve, bo]


NUMBERS = {"jörg": "4711", "ann": "12", "eve": "345", "bo": "6"}
LOGINS = {"jörg": "jmuller7", "ann": "s1234567", "eve": "enothing", "bo": "bb"}


def written(folder, results, platform, template=None, out_of=20, column=None, name="export.csv"):
    """Return the file for a platform, and what the teacher reads."""
    if template is not None:
        put(folder, {name: template})
    options = argparse.Namespace(grades_for=platform, gradebook=template is not None and str(folder / name) or None,
                                 grade_column=column)
    gradebook = Gradebook(options, out_of and Decimal(out_of))
    assignment, output = reports.Assignment([], SET), OutputFolder(folder / "grades")
    gradebook.write(map(assignment.marked, results), output)
    said = io.StringIO()
    gradebook.say(folder / "grades", said)
    return next((folder / "grades").glob(f"grades-for-{platform}.*")).read_bytes(), said.getvalue()


# --- One reader for each platform: {who: grade}, as far as its documentation says what it does with a file. ---

def read_moodle(data, most):
    """moodle/moodle, mod/assign/feedback/offline: three titles, the number after "Participant ", a grade in range."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    id, grade, _ = map(rows[0].index, ("Identifier", "Grade", "Last modified (grade)"))
    assert all(row[id].startswith("Participant ") and row[id][12:].isdigit() for row in rows[1:])
    grades = {row[id][12:]: float(row[grade].replace(",", ".")) for row in rows[1:] if row[grade]}
    assert all(0 <= each <= most for each in grades.values())
    return grades


def read_canvas(data, most):
    """instructure/canvas-lms, lib/gradebook_importer.rb: its titles, its row of points, and whose row it is."""
    text = data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if text.count(";") > text.count(",") else ","))
    assert "Student" in rows[0][0] and rows[0][1:5] == ["ID", "SIS User ID", "SIS Login ID", "Section"]
    points = [row for row in rows if "Points Possible" in row[0]]
    column = next(place for place, title in enumerate(rows[0]) if place > 4 and re.search("exercises|Lab 3", title))
    assert [float(row[column].replace(",", ".")) for row in points] == [most] and points[0] is rows[1]
    assert all(re.fullmatch(r"-?[0-9.,]+%?|EX|N/A|", row[column]) for row in rows[2:])
    return {row[1] or row[3] or row[0]: float(row[column].replace(",", ".")) for row in rows[2:]
            if row[column] not in ("", "EX", "N/A")}


def read_blackboard(data, most):
    """help.blackboard.com, Working offline with grade data: a user name, and quotes around each cell of a .csv."""
    if data.startswith(codecs.BOM_UTF16_LE):
        rows = list(csv.reader(io.StringIO(data.decode("utf-16"), newline=""), delimiter="\t"))
    else:
        assert all(re.fullmatch(r'"[^"]*"(,"[^"]*")*', line) for line in data.decode("utf-8").splitlines())
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    user, column = rows[0].index("Username"), len(rows[0]) - 1
    assert all(row[user] for row in rows[1:]) and len({len(row) for row in rows}) == 1
    return {row[user]: float(row[column]) for row in rows[1:] if row[column]}


def read_brightspace(data, most):
    """community.d2l.com, Importing grades: OrgDefinedId or Username, "title Points Grade", and # at the end."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    [column] = [title for title in rows[0] if re.search(r" Points Grade( <.*>)?$", title)]
    assert list(rows[0])[-1] == "End-of-Line Indicator" and {row["End-of-Line Indicator"] for row in rows} == {"#"}
    return {(row["OrgDefinedId"] or row["Username"]).lstrip("#"): float(row[column]) for row in rows if row[column]}


def read_sakai(data, most):
    """sakaiproject/sakai, ImportGradesHelper.java: the id and the name come first, then "title [points]"."""
    text = data.decode("utf-8-sig")
    comma = ";" in text
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if comma else ","))
    titles = [re.fullmatch(r"([^\[]+)(\[(\d+([.,]\d\d?)?)\])?", title) for title in rows[0]]
    [column] = [place for place, title in enumerate(titles) if place > 1 and title and title[3]]
    assert float(titles[column][3].replace(",", ".")) == most and all(row[0] for row in rows[1:])
    assert all(re.fullmatch(r"(\d+(,\d\d?)?)?" if comma else r"(\d+(\.\d\d?)?)?", row[column]) for row in rows[1:])
    return {row[0]: float(row[column].replace(",", ".")) for row in rows[1:] if row[column]}


def read_ilias(data, most):
    """ilifau/ExerciseStatusFile: eleven titles in this order, a row counts if `update` isn't 0, three states."""
    text = data.decode("utf-8-sig")
    separator = max(";,", key=text.splitlines()[0].count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert rows[0] == ["update", "usr_id", "login", "lastname", "firstname", "status", "mark", "notice", "comment",
                       "plagiarism", "plag_comment"]
    updated = [row for row in rows[1:] if row[0] not in ("", "0")]
    assert all(row[1].isdigit() and row[5] in ("notgraded", "passed", "failed") and float(row[6]) <= most
               for row in updated)
    return {row[1]: float(row[6]) for row in updated}


def read_openedx(data, most):
    """openedx/edx-bulk-grades, ScoreCSVProcessor: its titles, the checksum of a row unchanged, points in range."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    assert {"user_id", "points", "csum", "block_id", "last_points"} <= set(rows[0])
    assert all(row["csum"] == f"sum of {row['user_id']},{row['last_points']}" for row in rows)
    grades = {row["user_id"]: float(row["points"]) for row in rows if row["points"]}
    assert all(each <= most for each in grades.values())
    return grades


READERS = {"moodle": read_moodle, "canvas": read_canvas, "blackboard": read_blackboard, "sakai": read_sakai,
           "brightspace": read_brightspace, "ilias": read_ilias, "openedx": read_openedx}
HALF = float(round(Decimal(REACHED) * 20 / MOST, 2))


def test_each_platform_has_a_reader_and_half_of_the_points_need_both_decimals():
    assert READERS.keys() == PLATFORMS.keys() and HALF != round(HALF, 1)


@pytest.mark.parametrize("platform", sorted(PLATFORMS.keys() - {"openedx"}))
def test_the_pile_alone_is_enough_for_what_the_platform_imports(tmp_path, platform):
    ids = LOGINS if platform in ("blackboard", "sakai") else NUMBERS
    data, said = written(tmp_path, a_class(**ids), platform)
    assert READERS[platform](data, 20) == {ids["jörg"]: HALF, ids["ann"]: 20, ids["eve"]: 0}
    assert data.startswith(codecs.BOM_UTF8) == PLATFORMS[platform].bom
    assert f"NOT IN grades-for-{platform}.csv: Bo Broken ({ids['bo']}) wasn't graded." in said
    if "{name}" in str(PLATFORMS[platform].pile):
        assert "Jörg Müller" in data.decode("utf-8") and '"Lee, Ann"' in data.decode("utf-8")


def test_moodles_comments_say_what_is_not_passed(tmp_path):
    data, _ = written(tmp_path, a_class(**NUMBERS), "moodle", out_of=None)
    jörg, ann, eve = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert jörg["Feedback comments"].startswith(f"{REACHED} of {MOST} points. NOT ATTEMPTED: ")
    assert (ann["Grade"], ann["Maximum Grade"]) == (str(MOST), str(MOST)) and eve["Grade"] == "0"
    assert ann["Feedback comments"] == f"{MOST} of {MOST} points."


def test_who_is_known_by_a_user_name_or_by_a_name_only(tmp_path):
    results = a_class(jörg="", ann="s1234567")
    results[2]["learner"], results[0]["learner"] = "enothing", "Jörg Müller"
    data, said = written(tmp_path / "canvas", results, "canvas")
    assert read_canvas(data, 20) == {"Jörg Müller": HALF, "s1234567": 20, "enothing": 0}
    data, said = written(tmp_path / "blackboard", results, "blackboard")
    assert read_blackboard(data, 20) == {"s1234567": 20, "enothing": 0}
    assert ("NOT IN grades-for-blackboard.csv: the pile doesn't say which Username Jörg Müller has. Add --gradebook "
            "with the file that Blackboard exports.") in said
    data, said = written(tmp_path / "moodle", results, "moodle")
    assert read_moodle(data, 20) == {} and "which Identifier s1234567" not in said and said.count("NOT IN") == 4


@pytest.mark.parametrize("platform", sorted(PLATFORMS.keys() - {"openedx", "blackboard"}))
def test_no_cell_begins_a_formula(tmp_path, platform):
    odd = result("=cmd|'/C calc'!A0", SET)
    odd["id"] = "=1+1" if platform == "sakai" else "7"
    data, _ = written(tmp_path, [odd], platform)
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(re.match(r"[=+@]", cell) for cell in row)


# --- The platform's own export. {jörg:5} is a cell of Jörg's with a 5 in it, and only these cells may change. ---

EXPORTS = {
    "moodle": ("utf-8-sig", """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 6","Bo Broken",bo@example.org,"Submitted for grading - ",{bo:4.00},20.00,Yes,"Tuesday, 5 March 2024, 10:11 AM",-,"stays, too"
"Participant 12","Ann Lee",ann@example.org,"Submitted for grading - ",{ann:},20.00,Yes,"Tuesday, 5 March 2024, 10:11 AM",-,"two
lines with ""quotes\"""
"Participant 345","Eve Nothing",eve@example.org,"No submission - ",{eve:},20.00,Yes,-,-,
"Participant 999","Zoë Elsewhere",zoe@example.org,"No submission - ",,20.00,Yes,-,-,
"Participant 4711","Jörg Müller",jm@example.org,"Submitted for grading - ",{jörg:"5.00"},20.00,Yes,-,-,
"""),  # noqa: E501
    "canvas": ("utf-8", """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 3 (101),Labs Final Score (2024),Sum (3),Final Score
    Points Possible,,,,,20.00,,(read only),(read only)
"Lee, Ann",12,u12,s1234567,A,{ann:},80.0,80.0,1
"Nothing, Eve",345,u345,enothing,A,{eve:3.5},80.0,80.0,1
"Müller, Jörg",4711,u4711,jmuller7,A and B,{jörg:5.0},80.0,80.0,1
"Broken, Bo",6,u6,bb,A,,80.0,80.0,1
"Student, Test",7777,,f00,A,,,,
"""),
    "blackboard": ("utf-16", """\
"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t"Lab 3, reload [Total Pts: 20 Score] |1234567"
"Lee"\t"Ann"\t"s1234567"\t"12"\t"2024-03-05 10:11:12"\t"Yes"\t{ann:""}
"Müller"\t"Jörg"\t"jmuller7"\t"4711"\t""\t"Yes"\t{jörg:"Needs Grading"}
"Nothing"\t"Eve"\t"enothing"\t"345"\t""\t"Yes"\t{eve:"1.00"}
"Broken"\t"Bo"\t"bb"\t"6"\t""\t"Yes"\t""
"""),  # noqa: E501
    "brightspace": ("utf-8-sig", """\
OrgDefinedId,Username,Last Name,First Name,Email,Lab 3 Points Grade <Numeric MaxPoints:20 Weight:10>,End-of-Line Indicator
#900012,#s1234567,Lee,Ann,ann@example.org,{ann:},#
#900345,#enothing,Nothing,Eve,eve@example.org,{eve:},#
#904711,#jmuller7,Müller,Jörg,jm@example.org,{jörg:3.5},#
#4711,#other,Elsewhere,Zoë,zoe@example.org,,#
"""),  # noqa: E501
    "sakai": ("utf-8-sig", """\
"Student ID";"Name";"Lab 3 [20]";"* Lab 3";"# Course Grade"
"s1234567";"Lee, Ann";{ann:""};"";"A (90,5%)"
"jmuller7";"Müller, Jörg";{jörg:"12,5"};"late; but good";"B"
"enothing";"Nothing, Eve";{eve:"0"};"";"F"
"""),
    "ilias": ("utf-8", """\
update;usr_id;login;lastname;firstname;status;mark;notice;comment;plagiarism;plag_comment
{ann update:0};12;s1234567;Lee;Ann;notgraded;{ann:};;;;
{jörg update:0};4711;jmuller7;Müller;Jörg;passed;{jörg:5};a note;;;
{eve update:0};345;enothing;Nothing;Eve;notgraded;{eve:};;;;
0;999;zoe;Elsewhere;Zoë;failed;1;;;;
"""),
    "openedx": ("utf-8", """\
user_id,username,full_name,student_uid,enrolled,track,block_id,title,date_last_graded,who_last_graded,csum,last_points,points
12,s1234567,Ann Lee,,True,audit,block-v1:x,Lab 3,,,"sum of 12,",,{ann:}
4711,jmuller7,Jörg Müller,,True,audit,block-v1:x,Lab 3,,,"sum of 4711,5",5,{jörg:}
345,enothing,Eve Nothing,,True,audit,block-v1:x,Lab 3,,,"sum of 345,",,{eve:}
"""),
}
CELL = re.compile(r"\{(\w+)( update)?:([^}]*)\}")


def export(platform, grades=None, ending="\r\n"):
    """Return a platform's export as bytes, or the same with grades: {who: number}."""
    encoding, text = EXPORTS[platform]

    def cell(found):
        who, update, old = found.groups()
        if not grades or who not in grades:
            return old
        new = "1" if update else grades[who]
        return f'"{new}"' if old.startswith('"') else new
    return CELL.sub(cell, text).replace("\n", ending).encode(encoding)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_in_the_platforms_own_file_only_the_grades_change(tmp_path, platform, ending):
    logins = platform in ("blackboard", "sakai")
    ids = LOGINS if logins else {} if platform == "brightspace" else NUMBERS
    says = platform not in ("ilias", "openedx")  # how many points there are
    data, said = written(tmp_path, a_class(**ids), platform, export(platform, ending=ending), None if says else 20)
    half = f"{HALF:.2f}".rstrip("0")
    half = half.replace(".", ",") if platform == "sakai" else half
    assert data == export(platform, {"jörg": half, "ann": "20", "eve": "0"}, ending)
    who = {"brightspace": {"jörg": "904711", "ann": "900012", "eve": "900345"}}.get(platform, ids)
    found = READERS[platform](data, 20)
    assert {name: found[who[name]] for name in ("jörg", "ann", "eve")} == {"jörg": HALF, "ann": 20, "eve": 0}
    assert "Bo Broken" in said and "wasn't graded" in said or "no row" in said
    if says:
        assert "The gradebook gives 20 points at most, so the grades are out of that." in said
    if platform == "moodle":
        assert "Not in the pile, so the gradebook's rows stay as they are: Zoë Elsewhere." in said


@pytest.mark.parametrize("rows, said", [
    ('Zoë Elsewhere,12,a,A,\n"Lee, Ann",,b,A,\n', "the id is in row 2 of the gradebook, but the name in row 3"),
    ('Ann Lee,12,a,A,\n"Lee, Ann",12,b,A,\n', "rows 2 and 3 of the gradebook have the same id"),
    ('Ann Lee,,a,A,\n"Lee, Ann",,b,A,\n', "rows 2 and 3 of the gradebook have the same name"),
    ('Ann Lee,77,a,A,\n"Lee, Ann",12,b,A,\n', ""),  # only one of them has the id
    ('Le Eann,77,a,A,\n', "the gradebook has no row with this id, user name or name"),
])
def test_a_row_that_is_in_doubt_stays_and_the_learner_is_named(tmp_path, rows, said):
    template = f"Student,ID,SIS Login ID,Section,Lab 3 (1)\n{rows}".encode()
    data, told = written(tmp_path, a_class(**NUMBERS)[1:2], "canvas", template)
    assert (data == template) == bool(said) and said in told


def test_whoever_fits_no_row_or_anothers_is_named_and_gets_nothing(tmp_path):
    results = a_class(**NUMBERS)[:2] + [result("jmuller7", SET), result("Jo\u0308rg Müller", SET)]
    results[0]["id"] = ""
    template = 'Student,ID,SIS Login ID,Section,Lab 3 (1)\n"Müller, Jörg",4711,jmuller7,A,\n'.encode()
    data, said = written(tmp_path, results, "canvas", template)
    assert data == template
    assert "Lee, Ann (12): the gradebook has no row with this id, user name or name." in said
    for name in ("Jörg Müller", "jmuller7", "Jo\u0308rg Müller"):
        assert f"{name}: row 2 of the gradebook fits 3 learners of the pile." in said


def test_a_number_of_the_platforms_is_not_taken_for_another_ones_student_number(tmp_path):
    data, said = written(tmp_path, a_class(**NUMBERS), "brightspace", export("brightspace"), out_of=None)
    assert read_brightspace(data, 20) == {"904711": HALF, "900012": 20, "900345": 0}
    assert "rows stay as they are: Elsewhere, Zoë." in said
    by_login = [{**each, "learner": login} for each, login in zip(a_class(), LOGINS.values())]
    data, _ = written(tmp_path / "logins", by_login, "brightspace", export("brightspace"), out_of=None)
    assert read_brightspace(data, 20) == {"904711": HALF, "900012": 20, "900345": 0}


def test_somebody_with_the_same_name_and_another_number_gets_nothing(tmp_path):
    template = ('Student,ID,SIS Login ID,Section,Lab 3 (1)\n"Müller, Jörg",4711,jmuller7,A,\n"Lee, Ann",77,b,A,3\n'
                'Eve Nothing,,c,A,\n').encode()
    data, said = written(tmp_path, a_class(**NUMBERS)[:3], "canvas", template)
    assert data == template.replace(b"jmuller7,A,", f"jmuller7,A,{HALF}".encode()).replace(b"c,A,", b"c,A,0")
    assert "Lee, Ann (12): the name is in row 3 of the gradebook, but with another id." in said
    of_another_kind = [{**each, "id": f"9{each['id']}"} for each in a_class(**NUMBERS)[:2]]
    data, _ = written(tmp_path / "names", of_another_kind, "canvas", template)
    assert data == template.replace(b"jmuller7,A,", f"jmuller7,A,{HALF}".encode()).replace(b"b,A,3", b"b,A,20")


def test_where_the_pile_alone_leaves_a_doubt_it_is_said(tmp_path):
    data, said = written(tmp_path / "ilias", a_class(**NUMBERS), "ilias")
    assert b"1,4711,,J" in data and "resets each learner's status, notice and comment. To keep them, add" in said
    data, said = written(tmp_path / "logins", a_class(**LOGINS), "ilias")  # ILIAS passes over a row without usr_id
    assert b"jmuller7" not in data and "the pile doesn't say which usr_id Jörg Müller (jmuller7) has" in said
    _, said = written(tmp_path / "brightspace", a_class(**NUMBERS), "brightspace")
    assert "isn't the OrgDefinedId everywhere" in said
    _, said = written(tmp_path / "moodle", a_class(**NUMBERS), "moodle")
    assert "only while you use it in English" in said
    _, said = written(tmp_path / "worksheet", a_class(**NUMBERS), "moodle", export("moodle"))
    assert "English" not in said
    _, said = written(tmp_path / "own", a_class(**LOGINS), "ilias", export("ilias"))
    assert "resets" not in said


def test_canvas_names_in_files_are_found_and_an_excuse_stays(tmp_path):
    template = ('\ufeffStudent;ID;SIS Login ID;Section;Lab 3 (1)\n;;;;Manual Posting\n    Points Possible;;;;7,5\n'
                '"Lee, Ann";9;;A;EX\n"Müller, Jörg";8;;A;\n').encode()
    results = a_class()
    results[0]["learner"], results[1]["learner"] = "müllerjörg", "leeann"
    data, said = written(tmp_path, results[:2], "canvas", template, out_of=None)
    grade = f"{float(round(Decimal(REACHED) * Decimal('7.5') / MOST, 2))}".replace(".", ",")
    assert data == template.replace(b"8;;A;", f"8;;A;{grade}".encode())
    assert "leeann: the gradebook says EX, and that stays." in said and "Manual Posting" not in said


GERMAN = """\
ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden"
Teilnehmer/in4711,"Jörg Müller",jm@example.org,"Zur Bewertung abgegeben",,"100,00",Ja
Teilnehmer/in12,"Ann Lee",ann@example.org,"Zur Bewertung abgegeben","5,00","100,00",Ja
"""


def test_moodles_worksheet_is_understood_in_another_language_and_another_encoding(tmp_path):
    template = GERMAN.encode("cp1252")
    data, _ = written(tmp_path, a_class(**NUMBERS)[:2], "moodle", template, out_of=None)
    half = f"{float(round(Decimal(REACHED) * 100 / MOST, 2))}".replace(".", ",")
    assert data == template.replace(b',,"100', f',"{half}","100'.encode()).replace(b'"5,00"', b'"100"')


def test_a_grade_that_moodle_would_pass_over_is_named(tmp_path):
    for number, (template, locked) in enumerate([(export("moodle"), ("20.00,Yes", "20.00,No")), (
            GERMAN.encode(), ('"100,00",Ja', '"100,00",Nein'))]):
        template = template.replace(*map(str.encode, locked))
        data, said = written(tmp_path / str(number), a_class(**NUMBERS)[:2], "moodle", template, out_of=None)
        assert data == template and "Lee, Ann (12): the gradebook says '" in said and locked[1][-2:] + "'" in said


def test_where_cells_end_with_semicolons_numbers_have_a_comma(tmp_path):
    data, _ = written(tmp_path, a_class(**LOGINS)[:1], "sakai", b"Student ID;Name;Lab 3 [20]\njmuller7;J;\n")
    assert data == f"Student ID;Name;Lab 3 [20]\njmuller7;J;{HALF}\n".replace(".", ",").encode()


def test_one_of_several_columns_is_chosen_by_its_title(tmp_path):
    template = ('"First name",Surname,"ID number","Email address","Assignment: Lab 3 (Real)",'
                '"Assignment: Lab 4 (Real)"\nJörg,Müller,4711,jm@example.org,-,-\n'
                'Ann,Lee,4712,ann@example.org,-,-\n').encode()
    with pytest.raises(GraderProblem, match=r"several columns for grades. Name one of these with --grade-column: "
                                            r"Assignment: Lab 3 \(Real\), Assignment: Lab 4 \(Real\)"):
        written(tmp_path / "none", a_class()[:2], "moodle", template)
    for folder, title in (("shortest", "Lab 4"), ("short", "Assignment: Lab 4"), ("whole", "Assignment: Lab 4 (Real)")):
        data, _ = written(tmp_path / folder, a_class()[:2], "moodle", template, column=title)
        assert data == template.replace(b"jm@example.org,-,-", b"jm@example.org,-,%g" % HALF).replace(
            b"ann@example.org,-,-", b"ann@example.org,-,20")
    with pytest.raises(GraderProblem, match="no columns have the title 'Lab 5' that you gave with --grade-column. "
                                            "There are: Assignment: Lab 3"):
        written(tmp_path / "wrong", a_class()[:2], "moodle", template, column="Lab 5")


def test_the_titles_may_be_further_down_and_a_row_may_be_short(tmp_path):
    template = ('"Lab 3","SCORE_GRADE_TYPE"\n""\n"Display ID","ID","Last Name","First Name","grade"\n'
                '"jmuller7","jmuller7","Müller","Jörg","0.0"\n"s1234567","s1234567","Lee","Ann"\n').encode()
    data, _ = written(tmp_path, a_class(**LOGINS)[:2], "sakai", template)
    assert data == template.replace(b'"0.0"', b'"%g"' % HALF).replace(b'"Ann"\n', b'"Ann",20\n')


@pytest.mark.parametrize("platform, template, column, said", [
    ("moodle", b"PK\x03\x04...", None, "it's an Excel workbook. Save it as CSV UTF-8, or download it as CSV"),
    ("moodle", b"", None, "It begins with: nothing"),
    ("moodle", b'Identifier,"Full name",Grade,Scale\nParticipant 12,Ann,,"Fail, Pass"\n', None,
     "this assignment's grades are words and not points. Change that in Moodle, and download it again"),
    ("canvas", b"learner,points\nann,3\n", None, "none of its first 10 rows has a title such as ID. Download it from "
     "Canvas (Grades > Export > Export Entire Gradebook). It begins with: learner, points"),
    ("canvas", b"Student,ID,SIS Login ID,Section\nann,3,a,A\n", None, "it has no column that looks like one for "
     "grades. Name one of these with --grade-column: Student, ID, SIS Login ID, Section"),
    ("ilias", b"usr_id,login,mark\n12,s1234567,\n", None, "it has no column update. Download it again"),
    ("blackboard", codecs.BOM_UTF16_LE + b"a\0b", None, "it isn't text in utf-16-le"),
    ("canvas", None, None, "error: the gradebook "),  # there's no such file
])
def test_a_gradebook_that_cannot_be_used_is_refused_before_any_grading(tmp_path, platform, template, column, said):
    options = argparse.Namespace(grades_for=platform, gradebook=str(tmp_path / "export.csv"), grade_column=column)
    if template is not None:
        put(tmp_path, {"export.csv": template})
    with pytest.raises(GraderProblem) as problem:
        Gradebook(options, None)
    assert said in f"error: {problem.value}" and "export.csv" in str(problem.value)


@pytest.mark.parametrize("options, said", [
    ({"gradebook": "x.csv"}, "--gradebook needs the platform. Add --grades-for with one of these: moodle, canvas, "),
    ({"grade_column": "Lab 3"}, "--grade-column needs the platform"),
    ({"grades_for": "openedx"}, "Open edX imports only a file that it exported. Download it (the component"),
    ({"grades_for": "sakai", "grade_column": "Lab [3]"}, "Sakai can't import the title 'Lab [3]', which you gave with"),
    ({"grades_for": "moodle", "grade_column": "Lab 3"}, "Use --grade-column only together with --gradebook"),
])
def test_options_that_do_not_fit_together_are_explained(options, said):
    with pytest.raises(GraderProblem) as problem:
        Gradebook(argparse.Namespace(**{"grades_for": None, "gradebook": None, "grade_column": None, **options}), None)
    assert said in str(problem.value)


def test_points_that_are_missing_because_of_files_that_nobody_could_read_are_said_first(tmp_path):
    results = a_class(**NUMBERS)
    for each, problem in zip(results, ("03.ipynb is damaged", "03 (1).ipynb is damaged", "only notes.pdf")):
        each["problems"] = [problem]
    for task in results[0]["tasks"]:
        if task["notebook"] == SET[1]:
            task["message"] = NOT_READ
    _, said = written(tmp_path, results, "moodle", out_of=None)
    assert f"CHECK FIRST: Jörg Müller (4711) gets {REACHED} of {MOST} points, because 03.ipynb is damaged." in said
    assert f"CHECK FIRST: Eve Nothing (345) gets 0 of {MOST} points, because only notes.pdf." in said
    assert said.count("CHECK FIRST") == 2  # all that counts was read of the third


def test_another_scale_than_the_gradebooks_is_said(tmp_path):
    _, said = written(tmp_path, a_class(**NUMBERS), "moodle", export("moodle"), out_of=10)
    assert "The gradebook gives 20 points at most, and you asked for grades out of 10: change one of them." in said


def test_a_text_with_separated_values_is_read_as_the_csv_module_reads_it():
    draw = random.Random(1)
    for _ in range(300):
        separator, ending = draw.choice(",;\t"), draw.choice(["\n", "\r\n"])
        width = draw.randint(2, 5)
        rows = [["".join(draw.choice(f'aü"\n1 .{separator}') for _ in range(draw.randint(0, 5))) for _ in range(width)]
                for _ in range(draw.randint(1, 5))]
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=separator, lineterminator=ending,
                   quoting=draw.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])).writerows(rows)
        data = codecs.BOM_UTF8 + text.getvalue().encode()
        found = cells.Cells(data)
        assert found.data() == data and (found.delimiter != separator or found.rows == rows)


def test_from_a_moodle_zip_to_a_moodle_grade_import(tmp_path):
    from exercises.grader import tasks
    answers = {task.name.replace("-", "_"): task.answer for task in tasks.all_tasks() if task.notebook == STEMS[1]}
    files = {"Jörg Müller_4711_assignsubmission_file_/02.ipynb": notebook(**answers),
             "Ann Lee_12_assignsubmission_file_/02.ipynb": notebook()}
    put(tmp_path, {"CS101-Lab 2-99.zip": zipped(files), "Grades-CS101-Lab 2-99.csv": export("moodle")})
    run, rows = grade(tmp_path / "CS101-Lab 2-99.zip", "--lessons", "2", "--grades-for", "Moodle",
                      "--gradebook", str(tmp_path / "Grades-CS101-Lab 2-99.csv"))
    data = (tmp_path / "CS101-Lab 2-99.zip-grades" / "grades-for-moodle.csv").read_bytes()
    assert data == export("moodle", {"jörg": "20", "ann": "0"})
    assert run.returncode == 1 and "To import into Moodle: " in run.stdout and "in the column Grade." in run.stdout
    assert "rows stay as they are: Bo Broken, Eve Nothing and Zoë Elsewhere." in run.stderr
