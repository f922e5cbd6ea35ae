"""When something was submitted, and which of several notebooks is the newest."""
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

SAME = 2  # seconds: a zip archive knows times no better, and files that were unpacked together differ by less
DAY = 86400
# 2024-03-05T10:11:12.5Z, 2024-03-05 10:11:12 UTC, 2024-03-05-10-11-12
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T _-]+(\d\d)[:.-]?(\d\d)(?:[:.-]?(\d\d)(?:\.\d+)?)?\s*"
                 r"(Z|[A-Za-z]+(?:/[\w/+-]+)?|[+-]\d\d:?\d\d)?")
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d{3}")  # Sakai's older form, always UTC
# Brightspace's: "Mar 5, 2024 1011 AM", "5 March, 2024 1011 AM", "5 mars 2024 10 11"
WORDS = re.compile(r"(?:(?P<word>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})|"
                   r"(?P<day2>\d{1,2})\.?\s+(?:de\s+)?(?P<word2>[^\W\d_]{3,})\.?),?\s+(?:de\s+)?(?P<year>\d{4})"
                   r"\D{0,5}(?P<clock>\d{1,2}[ .:h_-]\d\d|\d{3,4})(?!\d)\s*(?P<half>[AP])?", re.I)
# How months begin in English, German, French, Spanish, Italian, Portuguese, Dutch and Swedish. "Mai" is May.
MONTHS = ("jan ene gen", "feb fév fev", "mar mär mrt maa", "apr avr abr", "may mai mei maj mag", "jun juin giu",
          "jul juil lug", "aug aoû aou ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic")
# A day in the name of a file, which isn't the number of a copy
NAMED = re.compile(r"(?<!\d)(20\d\d)[-_.](\d\d)[-_.](\d\d)(?!\d)")
# The number that a browser or a platform adds to a later copy, or a person: "lab (2)", "lab-2", "lab v2". JupyterLab's
# "-Copy1" isn't one, because people duplicate a notebook before they go on with it.
COPY = re.compile(r"[ _-]?\((\d{1,3})\)$|(?<!\d)[ -](\d{1,3})$|[ _-]v(?:ersion)?[ _.-]?(\d{1,3})$", re.I)
File = TypeVar("File")


def submitted(text: str) -> float:
    """Return a time as a platform writes it, in seconds, or 0 if it can't be read.

    Platforms write the school's time without saying so, and so it's taken for the time of this machine.
    """
    with suppress(ValueError, OverflowError, OSError):
        if found := ISO.search(text):
            numbers = [int(part or 0) for part in found.groups()[:6]]
            return _seconds(numbers, _zone(found[7] or ""))
        if found := COMPACT.search(text):
            return _seconds([int(part) for part in found.groups()], timezone.utc)
        if found := WORDS.search(text):
            hour, minute = int(found["clock"][:-2].rstrip(" .:h_-")), int(found["clock"][-2:])
            if found["half"]:
                hour = hour % 12 + 12 * (found["half"].lower() == "p")
            return _seconds([int(found["year"]), _month(found["word"] or found["word2"]),
                             int(found["day"] or found["day2"]), hour, minute, 0], None)
    return 0


def _seconds(numbers: list[int], zone: tzinfo | None) -> float:
    if zone:
        return datetime(*numbers[:6], tzinfo=zone).timestamp()  # type: ignore[misc,arg-type]
    datetime(*numbers[:6])  # type: ignore[arg-type] # raises ValueError for 2024-13-01, which mktime would take
    return time.mktime((*numbers, 0, 0, -1))  # type: ignore[arg-type]


def _zone(text: str) -> tzinfo | None:
    """Return a time zone, or None for that of this machine."""
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return timezone.utc
    if text[0] in "+-":
        minutes = 60 * int(text[1:3]) + int(text[-2:])
        return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))
    with suppress(Exception):  # there's none with this name, or this system knows none
        return ZoneInfo(text)
    return None


def _month(word: str) -> int:
    """Return the number of a month. Raises ValueError if the word is none."""
    word = word.lower()
    for length in (4, 3):  # "juin" and "juil" before "jun"
        for number, starts in enumerate(MONTHS, start=1):
            if word[:length] in starts.split():
                return number
    raise ValueError(f"no month {word!r}")


def copy_number(name: str) -> int:
    """Return the number of a later copy, 0 for the first. `name` is without an ending. A day in it is no number."""
    found = COPY.search(name)
    return int(next(filter(None, found.groups()))) if found else 0


def written(name: str, changed: float) -> float:
    """Return when a file was written: when it was last changed, unless the day in its name says something else."""
    if found := NAMED.search(name):
        with suppress(ValueError, OverflowError, OSError):
            noon = _seconds([*map(int, found.groups()), 12, 0, 0], None)
            return changed if abs(changed - noon) <= DAY else noon
    return changed


def newest_first(files: Iterable[File], about: Callable[[File], tuple[int, float, str, float]]) -> list[File]:
    """Return files, the newest first.

    `about` returns the number of the attempt, the platform's time, the name without an ending, and the file's time.
    These count in this order, and then the copy's number.
    """
    known = []
    for file in files:
        attempt, when, name, changed = about(file)
        known.append((attempt, when, written(name, changed), name, file))
    known.sort(key=lambda one: (one[2], one[3]))
    ordered: list[tuple[Any, ...]] = []
    start, group = 0.0, 0
    for attempt, when, changed, name, file in known:
        if changed - start > SAME:
            start, group = changed, group + 1
        ordered.append((attempt, when, group, copy_number(name), changed, name, file))
    ordered.sort(key=lambda one: one[:4], reverse=True)  # a stable sort, so names decide among equals
    return [one[-1] for one in ordered]
