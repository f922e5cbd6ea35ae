"""The list of a class: every usual form is read, and who isn't clear is named."""
import codecs

import pytest

from exercises.exam.roster import Person, Roster, read
from exercises.isolation.processes import GraderProblem

FORMS = {
    "a list": ("Ann Lee\nJörg Müller\n\n", [Person("Ann Lee"), Person("Jörg Müller")]),
    "last names first": ("Lee, Ann\nMüller, Jörg\n", [Person("Ann Lee"), Person("Jörg Müller")]),
    "ids and addresses in any order": ("Ann Lee;4711;ann@x.org\nb@x.org;Bo\n",
                                       [Person("Ann Lee", ("4711", "ann@x.org")), Person("Bo", ("b@x.org",))]),
    "all of that": ("Lee, Ann, 4711, ann@x.org\n", [Person("Ann Lee", ("4711", "ann@x.org"))]),
    "quotes and titles": ('"name","id","user name","email"\r\n"Lee, Ann","1","alee","a@x.org"\r\n',
                          [Person("Ann Lee", ("1", "alee", "a@x.org"))]),
    "Moodle's participants": ("First name,Last name,Email address,Groups\nAnn,Lee,a@x.org,A\n",
                              [Person("Ann Lee", ("a@x.org",))]),
    "Moodle in German": ("Vorname;Nachname;E-Mail-Adresse\nJörg;Müller;j@x.org\n",
                         [Person("Jörg Müller", ("j@x.org",))]),
    "a German list": ("Name;Vorname;Matrikelnummer\nMüller;Jörg;12345\n", [Person("Jörg Müller", ("12345",))]),
    "Moodle's worksheet": ("Identifier,Full name,Grade\nParticipant 4711,Ann Lee,\n", [Person("Ann Lee", ("4711",))]),
    "Canvas's students": ("Student,ID,SIS Login ID,Section\n    Points Possible,,,\n\"Lee, Ann\",81,alee,A\n",
                          [Person("Ann Lee", ("81", "alee"))]),
    "Brightspace": ("OrgDefinedId,Username,Last Name,First Name\n#12,#alee,Lee,Ann\n",
                    [Person("Ann Lee", ("12", "alee"))]),
    "no name": ("username\nalee\n", [Person("alee", ("alee",))]),
    "the same name twice": ("name,id\nAnn Lee,1\nAnn Lee,2\n", [Person("Ann Lee", ("1",)), Person("Ann Lee", ("2",))]),
}


def a_list(folder, text, encoding="utf-8"):
    path = folder / "names.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_usual_forms_are_read(tmp_path, form):
    text, people = FORMS[form]
    assert read(a_list(tmp_path, text)) == people


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_umlauts_are_read_as_excel_saves_them(tmp_path, encoding):
    assert read(a_list(tmp_path, "name;id\nJörg Müller;7\n", encoding)) == [Person("Jörg Müller", ("7",))]


@pytest.mark.parametrize("text, says", [
    ("", "there's nobody on it"),
    ("name,id\n", "there's nobody on it"),
    ("Ann Lee\nBo\nAnn  Lee\n", "rows 1 and 3 have the same name, Ann Lee"),
    ("name,id\nAnn Lee,1\nann lee,\n", "rows 2 and 3 have the same name"),
    ("name,id\nAnn Lee,1\nBo,1\n", "rows 2 and 3 have the same id, user name or email address, 1"),
    ("Ann,Lee\n", "row 1 has several names (Ann and Lee)"),
    ("name,id,group\n,,A\n", "row 2 has neither a name nor an id"),
    (b"PK\x03\x04", "it's an Excel workbook"),
    (codecs.BOM_UTF16_LE + b"a", "isn't text in utf-16-le"),
])
def test_what_isnt_clear_is_named(tmp_path, text, says):
    with pytest.raises(GraderProblem) as problem:
        read(a_list(tmp_path, text))
    assert says in str(problem.value)


def test_a_list_that_isnt_there_is_named(tmp_path):
    with pytest.raises(GraderProblem, match="can't be read"):
        read(tmp_path / "names.csv")


@pytest.mark.parametrize("name, id, found", [
    ("Ann Lee", "", {0, 1}), ("Ann Lee", "1", {0}), ("leeann", "", set()),
    ("annlee", "", {0, 1}), ("Lee, Ann", "2", {1}),
    ("alee", "", {0}), ("Jörg Müller", "999", {2}), ("j@x.org", "", {2}), ("jm", "", set()), ("Zoe", "5", set())])
def test_people_are_found_by_what_a_pile_says(name, id, found):
    roster = Roster([Person("Ann Lee", ("1", "alee")), Person("Ann Lee", ("2",)), Person("Jörg Müller", ("j@x.org",))])
    assert roster.find(name, id) == found
