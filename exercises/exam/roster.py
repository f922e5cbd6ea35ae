"""The list of a class, from a platform's export, a table or a plain list; and whose a submission is, by that list."""
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from exercises.isolation.processes import GraderProblem
from exercises.submissions.gradebooks import platforms
from exercises.submissions.gradebooks.cells import TOP, Cells
from exercises.submissions.gradebooks.grades import Learner
from exercises.submissions.gradebooks.people import People, participant
from exercises.submissions.gradebooks.platforms import PLATFORMS, Platform
from exercises.submissions.pile import names
from exercises.submissions.reports import listed

LARGEST = 2**24  # bytes of a list
FULL = {*platforms.FULL_NAMES, "names", "learner", "learners", "students", "participant", "display name",
        "vollständiger name", "nom complet", "nombre completo"}
FIRST = {*platforms.FIRST_NAMES, "first", "given name", "given names", "first name(s)", "vorname(n)"}
LAST = {*platforms.LAST_NAMES, "last", "family name", "last name(s)", "familienname", "apellidos"}
KNOWN = {"id", "user id", "user name", "login", "login name", "student number", "number", "benutzername", "anmeldename",
         "kennung", "matrikelnummer", "identifiant", "usuario", *(
             title.lower() for platform in PLATFORMS.values() for title in (*platform.ids, *platform.logins))}
MAIL = re.compile(r"\be-?mail\b|mail$|e-?mail-|courriel|correo", re.I)
AN_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
AN_ID = re.compile(r"#?[A-Za-z]{0,3}\d{3,}")
POINTS = {row["Student"].strip() for platform in PLATFORMS.values() if "Student" in (row := platform.points_row)}
FORMS = ("It can be a list with a name in each line, or a table whose first line has titles such as: name,id,user name,"
         "email")


class Person(NamedTuple):
    """Somebody on the list."""
    name: str
    known: tuple[str, ...] = ()  # what else identifies them: ids, user names, email addresses

    @property
    def label(self) -> str:
        """The name, with what distinguishes its owner from others."""
        return f"{self.name} ({self.known[0]})" if self.known else self.name


def read(path: Path) -> list[Person]:
    """Return the people on a list, in its order. Raises GraderProblem if it can't be read, or who it is isn't clear."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise GraderProblem(f"it's larger than {LARGEST // 2**20} MB")
        people = _people(Cells(data).rows)
    except OSError as problem:
        raise GraderProblem(f"the list {path} can't be read ({problem.strerror})") from None
    except GraderProblem as problem:
        raise GraderProblem(f"the list {path} can't be used: {problem}") from None
    return [person for _, person in people]


def _people(rows: Sequence[Sequence[str]]) -> list[tuple[int, Person]]:
    """Return the people in the rows of a table, with the numbers of their rows. Raises GraderProblem."""
    table = [[unicodedata.normalize("NFC", cell).strip() for cell in row] for row in rows]
    header = next((number for number, row in enumerate(table[:TOP]) if any(map(_kind, row))), None)
    if header is None:
        found = [(number, _untitled(number, row)) for number, row in enumerate(rows, start=1) if "".join(row).strip()]
    else:
        kinds = _kinds(table[header])
        found = [(number, _titled(kinds, row)) for number, row in enumerate(table[header + 1:], start=header + 2)
                 if any(row) and not POINTS & {*row}]
        if nameless := [number for number, person in found if not person.name]:
            raise GraderProblem(f"row {nameless[0]} has neither a name nor an id. Add one, or delete the row")
    if not found:
        raise GraderProblem(f"there's nobody on it. {FORMS}")
    _check_different(found)
    return found


def _kind(title: str) -> str:
    """Return what a column with a title contains: full, first or last names, known or mail, or "" for anything else."""
    title = " ".join(title.lower().replace("_", " ").split())
    kinds = {"full": FULL, "first": FIRST, "last": LAST, "known": KNOWN}
    if kind := next((kind for kind, titles in kinds.items() if title in titles), ""):
        return kind
    return "mail" if MAIL.search(title) and not AN_ADDRESS.search(title) else ""


def _kinds(titles: Iterable[str]) -> list[str]:
    kinds = [_kind(title) for title in titles]
    if "first" in kinds and "last" not in kinds:  # "Name" and "Vorname"
        kinds = ["last" if kind == "full" else kind for kind in kinds]
    return kinds


def _titled(kinds: list[str], row: list[str]) -> Person:
    """Return the person in a row of a table with titles."""
    cells = [(kind, cell) for kind, cell in zip(kinds, row) if cell]
    first, last, full = (" ".join(cell for kind, cell in cells if kind == wanted)
                         for wanted in ("first", "last", "full"))
    known = [_identifier(cell) for kind, cell in cells if kind in ("known", "mail")]
    return _person(full or f"{first} {last}".strip() or next(iter(known), ""), known)


def _untitled(number: int, row: Sequence[str]) -> Person:
    """Return the person in a row of a list without titles: a name, an id and an email address, in any order."""
    whole = re.sub(r"\t (?=[^\d@\t]+(\t|$))", ", ", "\t".join(row), count=1)  # "Lee, Ann" is one name
    cells = [cell.strip() for cell in whole.split("\t") if cell.strip()]
    known = [cell for cell in cells if AN_ADDRESS.fullmatch(cell) or AN_ID.fullmatch(cell)]
    words = [cell for cell in cells if cell not in known]
    if len(words) > 1:
        raise GraderProblem(f"row {number} has several names ({listed(words)}), so it isn't clear which is the first "
                            "name. Add a first line with titles, such as: last name,first name,email")
    return _person(words[0] if words else known[0], list(map(_identifier, known)))


def _identifier(cell: str) -> str:
    """Return an id without what platforms and Excel put around it: "Participant 4711", "#4711"."""
    return participant(cell) if re.match(r"\w+ \d+$", cell) else re.sub(r'^="(.*)"$', r"\1", cell).lstrip("#'")


def _person(name: str, known: list[str]) -> Person:
    """Return a person. "Lee, Ann" becomes "Ann Lee", because a sentence can name several people."""
    name = re.sub(r"^([^,]+), (?!(?:jr|sr|i+|ph|m\.?d)\b)([^,]+)$", r"\2 \1", " ".join(name.split()), flags=re.I)
    return Person(names.shown(name), tuple(dict.fromkeys(filter(None, known))))


def _check_different(people: Sequence[tuple[int, Person]]) -> None:
    """Raise GraderProblem if two rows are the same person, or if nothing but a name says who it is, and two have it."""
    by_name: dict[str, list[tuple[int, Person]]] = {}
    by_id: dict[str, list[tuple[int, Person]]] = {}
    for number, person in people:
        by_name.setdefault(person.name.casefold(), []).append((number, person))
        for each in person.known:
            by_id.setdefault(each.casefold(), []).append((number, person))
    for id, same in by_id.items():
        if len(same) > 1:
            raise GraderProblem(f"{_rows(same)} have the same id, user name or email address, {id}. "
                                "Delete one of them, or correct it")
    for same in by_name.values():
        if len(same) > 1 and not all(person.known for _, person in same):
            raise GraderProblem(f"{_rows(same)} have the same name, {same[0][1].name}. If it's the same person, delete "
                                "one of them. Otherwise, add a column that tells them apart, such as email")


def _rows(people: Iterable[tuple[int, Person]]) -> str:
    return f"rows {listed([str(number) for number, _ in people])}"


class Roster:
    """Finds the people of a list by what a pile says: a name, and perhaps the platform's number."""

    def __init__(self, people: Sequence[Person]):
        known = [[*person.known, *_before_at(person.known)] for person in people]
        most = max(map(len, known), default=0)
        titles = [f"known by {number}" for number in range(most)]
        self._people = People(Platform("", {}, (), (), tuple(titles), "", ""), ["name", *titles], {
            place: [person.name, *theirs, *[""] * (most - len(theirs))]
            for place, (person, theirs) in enumerate(zip(people, known))})

    def find(self, name: str, id: str) -> set[int]:
        """Return the places of those who are meant: usually one, nobody, or several if that isn't clear."""
        learner = Learner(name, id, None, Decimal(0), "")
        row, _ = self._people.row_of(learner)
        return self._people.candidates(learner) if row is None else {row}


def _before_at(known: Iterable[str]) -> list[str]:
    """Return the first parts of email addresses, which often are user names."""
    return [each.partition("@")[0] for each in known if "@" in each]
