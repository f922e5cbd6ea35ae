"""What platforms say about submissions in files of their own: whose they are, when they came, and who was late."""
import csv
import io
import json
import re
from contextlib import suppress
from typing import NamedTuple

MEMBER = re.compile(r"\s+(?:- )?:(name|sid|email):\s*(.*?)\s*$")


LATE = ("late", "verspätet", "en retard", "tarde", "con retraso")


class Submitted(NamedTuple):
    """A submission in Gradescope's export: its learners, as names and ids, and when it was."""
    people: list[tuple[str, str]]
    when: str


def gradescope(data: bytes) -> dict[str, Submitted]:
    """Return what submission_metadata.yml says of each folder.

    Only the lines that are needed are read, and only as Gradescope writes them, so that nobody has to install a parser
    of YAML for that, and none gets a stranger's file. Source: github.com/eecs490/Assignment-8-Gradescope and other
    scripts that read it: `submission_9001:`, then `  :submitters:`, `  - :name: Ann`, `    :sid: "12345"`, and
    `  :created_at:`, which is indented more where it's about an earlier attempt.
    """
    found: dict[str, Submitted] = {}
    people: list[dict[str, str]] = []
    key = when = part = ""

    def end() -> None:
        if key:
            found[key] = Submitted([(one.get("name") or one.get("email", ""), one.get("sid") or one.get("email", ""))
                                    for one in people], when)

    for line in data.decode("utf-8-sig", "replace").splitlines():
        if top := re.match(r"(\S.*?):\s*$", line):
            end()
            key, people, when, part = _plain(top[1]), [], "", ""
        elif section := re.match(r"  ?:(\w+):\s*(.*)$", line):
            part = section[1]
            when = _plain(section[2]) if part == "created_at" else when
        elif part == "submitters" and (member := MEMBER.match(line)):
            if "- :" in line[:member.start(1)]:
                people.append({})
            if people:
                people[-1][member[1]] = _plain(member[2])
    end()
    return found


def _plain(value: str) -> str:
    """Return the text that a value in YAML stands for."""
    value = value.strip()
    if value[:1] == value[-1:] == '"' and len(value) > 1:
        with suppress(ValueError):
            return str(json.loads(re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", value)))
    if value[:1] == value[-1:] == "'" and len(value) > 1:
        return value[1:-1].replace("''", "'")
    return "" if value in ("null", "~") else value


def blackboard(data: bytes) -> tuple[str, str]:
    """Return the name and the user name in the file that Blackboard writes for an attempt, or two empty texts.

    It begins with "Name: Ann Smith (asmith)", in the user's language. Source: github.com/kwurst/bb-file-cleanup, and
    other teachers' scripts that read it.
    """
    line = data.decode("utf-8-sig", "replace").partition("\n")[0]
    found = re.fullmatch(r"[^:：]{1,30}[:：]\s*(\S.*?)\s*\(([^()]+)\)\s*", line)
    return (found[1], found[2]) if found else ("", "")


def sakai_late(data: bytes) -> set[str]:
    """Return the ids of those who were late, by the last columns of Sakai's grades.csv.

    Source: AssignmentServiceImpl.zipSubmissions in github.com/sakaiproject/sakai: display id, id, last name, first
    name, grade, time, and whether it was late, in the user's language.
    """
    text = data.decode("utf-8-sig", "replace")
    rows = [*csv.reader(io.StringIO(text), delimiter=";" if text.count(";") > text.count(",") else ",")]
    return {row[1] for row in rows if len(row) >= 7 and row[6].strip().lower() in LATE}
