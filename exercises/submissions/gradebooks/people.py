"""Whose row of a gradebook it is: nothing is guessed.

First the platform's own number counts, then a user name or another number, then the exact name. If two of them name
different rows, or one of them names several, then none of these rows gets a grade, and a sentence says why. And if the
numbers in the pile are those in the gradebook, whoever has another number is somebody else with the same name.
"""
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from exercises.submissions.gradebooks.grades import Learner
from exercises.submissions.gradebooks.platforms import FIRST_NAMES, FULL_NAMES, LAST_NAMES, Platform
from exercises.submissions.reports import listed, shown


def participant(text: str) -> str:
    """Return the number of one of Moodle's identifiers, such as "Participant 4711" or "Teilnehmer/in4711", or ""."""
    found = re.fullmatch(r"\D*[^\W\d_]\D*?(\d+)", text.strip())
    return found[1] if found else ""


class People:
    """The people in a gradebook. `rows` are its rows by their places, each with a cell for each title."""

    def __init__(self, platform: Platform, titles: list[str], rows: dict[int, list[str]]):
        lower = [title.lower() for title in titles]
        ids, logins, full, firsts, lasts = (
            [place for place, title in enumerate(lower) if title in {name.lower() for name in names}]
            for names in (platform.ids, platform.logins, FULL_NAMES, FIRST_NAMES, LAST_NAMES))
        if platform.numbered and not ids and not logins:
            ids, full = [0], [1]  # a worksheet in another language
        self._ids, self._logins, self._names, self._squeezed = (defaultdict[str, set[int]](set) for _ in range(4))
        self._shown = {}
        for place, row in rows.items():
            for column in ids:
                self._ids[participant(row[column]) if platform.numbered else _key(row[column])].add(place)
            for column in logins:
                self._logins[_key(row[column])].add(place)
            names = [row[column] for column in full]
            names += [f"{row[last]}, {row[first]}" for first in firsts for last in lasts]
            for name in {spelling for each in names for spelling in _spellings(each)}:
                self._names[name].add(place)
                self._squeezed[_squeezed(name)].add(place)
            said = [*names, *(row[column] for column in (*ids, *logins))]
            self._shown[place] = shown(next((text for text in map(str.strip, said) if text.strip(", ")), ""))
        for index in (self._ids, self._logins, self._names, self._squeezed):
            index.pop("", None)
        self._numbered = set[int]().union(*self._ids.values())

    def name(self, row: int) -> str:
        """Return the name in a row, or "" if it's nobody's."""
        return self._shown[row]

    def has_one_of(self, learners: Iterable[Learner]) -> bool:
        """Return whether the platform's own number of any of the learners is in the gradebook."""
        return any(_key(learner.id) in self._ids for learner in learners)

    def row_of(self, learner: Learner, same_numbers: bool = False) -> tuple[int | None, str]:
        """Return a learner's row, or None and why it isn't clear.

        `same_numbers` says whether the pile's numbers are the gradebook's. Then another number is another person.
        """
        named = self._named(learner.name)
        by_id = self._ids.get(_key(learner.id), set())
        if not by_id:
            by_id = self._logins.get(_key(learner.id), set())
            if learner.id.isdigit() and learner.id != learner.name and not by_id & named:
                by_id = set()  # the platform's number of one learner can be a student number of another
        if not by_id and not learner.id:
            by_id = self._logins.get(_key(learner.name), set()) | self._ids.get(_key(learner.name), set())
        if by_id and named and not by_id & named:
            return None, f"the id is in {_listed(by_id)} of the gradebook, but the name in {_listed(named)}"
        if same_numbers and learner.id and not by_id and named and named <= self._numbered:
            return None, f"the name is in {_listed(named)} of the gradebook, but with another id"
        found = by_id or named
        if len(found) == 1:
            return next(iter(found)), ""
        if found:
            return None, f"{_listed(found)} of the gradebook have the same {'id' if by_id else 'name'}"
        return None, "the gradebook has no row with this id, user name or name"

    def candidates(self, learner: Learner) -> set[int]:
        """Return every row that a learner's id, user name or name could mean."""
        keys = {_key(learner.id), _key(learner.name)}
        found = [index.get(key, set()) for index in (self._ids, self._logins) for key in keys]
        return self._named(learner.name).union(*found)

    def _named(self, name: str) -> set[int]:
        """Return the rows with a name. One without spaces can be Canvas's, which leaves them out: "leeann"."""
        exact = set().union(*(self._names.get(spelling, set()) for spelling in _spellings(name)))
        return exact or self._squeezed.get("" if re.search(r"\s", name) else _squeezed(_key(name)), set())


def _key(text: str) -> str:
    """Return what identifies somebody in one spelling, without what keeps Excel from reading it as a number."""
    text = unicodedata.normalize("NFC", text).strip().casefold()
    return re.sub(r'^="(.*)"$', r"\1", text).lstrip("#'")


def _spellings(name: str) -> list[str]:
    """Return a name in one spelling, and "Lee, Ann" as "Ann Lee", too."""
    name = " ".join(_key(name).split())
    last, comma, first = name.partition(", ")
    return [name, f"{first} {last}"] if comma else [name]


def _squeezed(name: str) -> str:
    return "".join(filter(str.isalnum, name))


def _listed(places: set[int]) -> str:
    """Return which rows these are, as a spreadsheet counts them."""
    numbers = [str(place + 1) for place in sorted(places)]
    return f"row{'s' * (len(numbers) > 1)} {listed(numbers)}"
