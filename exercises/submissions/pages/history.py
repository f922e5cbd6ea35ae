"""A class over the weeks: what each run of `grade --into` found, and who is falling behind.

Each run is kept in `history.json`: its date, the name of its pile, what was set, and what each learner submitted and
passed. All else is counted from that.
"""
import csv
import datetime
import io
import json
from collections import Counter
from itertools import groupby
from pathlib import Path
from statistics import median_high
from typing import NamedTuple

from exercises.grader import tasks
from exercises.grader.grading import PASSED
from exercises.isolation.processes import GraderProblem
from exercises.submissions.grade import contents
from exercises.submissions.reports import as_json, lesson_names, plain, shown, some, worked_on
from lessons.outputs import MARKER

FILE, SHEET = "history.json", "over-time.csv"
FORMAT = 1  # of the file
MOST_COLUMNS = 5  # runs in a table of the page: as many as a phone has room for
MOST_BEHIND = 40  # sentences


class Run(NamedTuple):
    """A run that's shown: its number, from 1, and in words when it was, of which pile, and what was set."""
    number: int
    name: str
    count: int
    lessons: str


class Person:
    """A learner in all runs: what they passed, in which run first, and in which runs they submitted something new."""

    def __init__(self, name: str, id: str):
        self.name, self.id, self.ids = name, id, [id]
        self.passed: dict[str, int] = {}  # task -> number of the run
        self.new: set[int] = set()  # numbers of runs
        self.contents, self.unread = "", False  # of the last submission, and whether a file in it couldn't be read

    def add(self, number: int, entry: dict) -> None:
        """Note what a run found of this learner. What was passed once stays passed."""
        for task in entry["passed"]:
            self.passed.setdefault(task, number)
        # Without a verdict, nobody knows what was submitted, so it counts as new.
        if not entry["graded"] or entry["contents"] not in ("", self.contents):
            self.new.add(number)
        self.contents, self.unread = entry["contents"] or self.contents, entry.get("unread", False)


class History:
    """The runs of a class, in an OutputFolder. Raises GraderProblem if the folder has grades of something else."""

    def __init__(self, folder):
        self._folder, self._runs = folder, list[dict]()
        path = folder.path / FILE
        if path.exists():
            self._runs = _read(path)
        elif (folder.path / MARKER).stat().st_size:
            raise GraderProblem(f"{folder.path} contains grades from an older edition or from a run without --into, so "
                                "nothing says when they were reached. Name a new folder with --into, and grade the "
                                "earlier piles into it first, from the oldest on")
        else:
            self._write()  # now, so that a killed first run isn't taken for an older edition's

    def add(self, run: dict) -> str:
        """Keep a run, and return in a sentence what was done with it. The same pile again replaces what it was."""
        for number, old in enumerate(self._runs, start=1):
            if _same_pile(old, run):
                said = f"This is the pile of run {number}, so it adds no run."
                self._runs[number - 1] = {**run, "date": old["date"], "pile": old["pile"]}
                break
        else:
            self._runs.append(run)
            said = f"This is run {len(self._runs)} of this class."
        self._write()
        return said

    def over_time(self) -> "OverTime":
        """Return all runs together."""
        return OverTime(self._runs)

    def _write(self) -> None:
        self._folder.write(FILE, as_json({"format": FORMAT, "runs": self._runs}, indent=None).encode("utf-8"))


def _read(path: Path) -> list[dict]:
    try:
        kept = json.loads(path.read_bytes())
        runs, format = kept["runs"], kept["format"]
    except (ValueError, LookupError, TypeError) as problem:
        raise GraderProblem(f"{path} isn't the history of a class any more ({type(problem).__name__}). Restore it from "
                            "a backup, or name a new folder with --into, and grade all piles into it again") from None
    if format != FORMAT:
        raise GraderProblem(f"{path} is of another edition of the course. Name a new folder with --into, and grade all "
                            "piles into it again, or use that edition")
    return runs


def run_of(results, assignment, pile: str) -> dict:
    """Return what's kept of a run.

    `results` are what `workers.grade_all` returns, `assignment` is an Assignment, and `pile` is the pile's name.
    """
    learners = {}
    for result in results:
        graded = isinstance(result, Path)
        result = json.loads(result.read_text(encoding="utf-8")) if graded else result
        key = " / ".join(filter(None, (result["learner"], result["id"])))
        learners[key] = {"learner": result["learner"], "id": result["id"], "graded": graded,
                         "contents": contents(result["fingerprint"]) if graded else "",
                         "worked": sorted(worked_on(result)), "unread": bool(result["problems"]),
                         "passed": [task["task"] for task in result["tasks"] if task["state"] == PASSED]}
    worked = any(one["worked"] for one in learners.values())
    return {"date": datetime.date.today().isoformat(), "pile": shown(pile),
            "set": sorted(assignment.exercises) if worked else [], "learners": learners}


def _same_pile(old: dict, new: dict) -> bool:
    """Return whether two runs are of the same submissions, as far as both could read them."""
    before, now = old["learners"], new["learners"]
    return before.keys() == now.keys() and all(
        not (before[key]["graded"] and one["graded"]) or before[key]["contents"] == one["contents"]
        for key, one in now.items())


class OverTime:
    """What the teacher's page says about all runs of a class."""

    def __init__(self, runs: list[dict]):
        self._all = {task.name: task for task in tasks.all_tasks()}
        self._set = {notebook for run in runs for notebook in run["set"]}
        self._worked = self._set | {notebook for run in runs for entry in run["learners"].values()
                                    for notebook in entry["worked"]}
        self.people, self._keys = list[Person](), dict[str, Person]()
        self._latest, self._renumbered, self._first_seen = set[Person](), list[Person](), list[Person]()
        for number, run in enumerate(runs, start=1):
            self._add(number, run["learners"])
        self.count = len(runs)
        self.total = sum(task.points for task in self._all.values() if task.notebook in self._set)
        self.runs = [Run(number, f"{run['date']}, {run['pile']}", len(run["learners"]), _set_in_words(run["set"]))
                     for number, run in enumerate(runs, start=1)]
        self.people.sort(key=lambda one: (one.name.casefold(), one.id))

    def _add(self, number: int, learners: dict) -> None:
        """Add a run. A learner is known by name and number.

        Moodle gives people other numbers in each assignment (mod/assign/locallib.php, get_uniqueid_for_user). So one
        whose number is new is also known by the name, if it's only one person's before and now. The page says so.
        """
        self._latest, self._renumbered, self._first_seen = set(), [], []
        unknown = {key: entry for key, entry in learners.items() if key not in self._keys}
        now = Counter(entry["learner"] for entry in learners.values())
        before: dict[str, list[Person]] = {}
        for person in self.people:
            before.setdefault(person.name, []).append(person)
        for key, entry in unknown.items():
            name = entry["learner"]
            if now[name] == 1 and len(before.get(name, ())) == 1:
                person, = before[name]
                person.ids.append(entry["id"])
                self._renumbered.append(person)
            else:
                person = Person(name, entry["id"])
                self.people.append(person)
                self._first_seen.append(person)
            self._keys[key] = person
        for key, entry in learners.items():
            self._keys[key].add(number, entry)
            self._latest.add(self._keys[key])

    @property
    def shown(self) -> list[Run]:
        """The runs that the tables show: the last ones."""
        return self.runs[-MOST_COLUMNS:]

    def points(self, person: Person, number: int) -> int:
        """Return how many of the points set so far someone had after a run."""
        return sum(self._all[task].points for task, run in person.passed.items()
                   if run <= number and task in self._all and self._all[task].notebook in self._set)

    def by_lesson(self) -> list[tuple[str, list[int]]]:
        """Return for each lesson how many people had passed all of it after each shown run."""
        table = []
        for notebook, group in groupby(self._all.values(), lambda task: task.notebook):
            names = {task.name for task in group}
            if notebook in self._worked:
                when = [max(person.passed[name] for name in names) for person in self.people
                        if names <= person.passed.keys()]
                table.append((notebook, [sum(one <= run.number for one in when) for run in self.shown]))
        return table

    def by_person(self) -> list[tuple[Person, list[str]]]:
        """Return for each person the points after each shown run, in parentheses if they submitted nothing new."""
        return [(person, [f"{self.points(person, run.number)}" if run.number in person.new
                          else f"({self.points(person, run.number)})" for run in self.shown]) for person in self.people]

    def behind(self) -> list[str]:
        """Return a sentence or two about each person who is falling behind, the fewest points first.

        That's who submitted nothing new in the last two runs and hasn't passed everything that was set, and who has
        less than half of the points that half of the class has.
        """
        if self.count < 2:
            return []
        middle = median_high(self.points(person, self.count) for person in self.people)
        told = []
        for person in sorted(self.people, key=lambda one: self.points(one, self.count)):
            reached = self.points(person, self.count)
            idle = reached < self.total and not person.new & {self.count - 1, self.count}
            has = f"has {reached} of {self.total} points"
            if 2 * reached < middle:
                has += f", and half of the class has {middle} or more"
            elif not idle:
                continue
            since = f"submitted nothing new in runs {self.count - 1} and {self.count}, and " if idle else ""
            unread = " Some of the files that they submitted last couldn't be read." if person.unread else ""
            told.append(f"{person.name} {since}{has}.{unread}")
        more = len(told) - MOST_BEHIND
        return told[:MOST_BEHIND] + ([f"{more} more are falling behind. {SHEET} has everyone."] if more > 0 else [])

    def changes(self) -> list[str]:
        """Return sentences on who is new in the last run, who is missing, and who has another number."""
        if self.count < 2:
            return []
        missing = [person for person in self.people if person not in self._latest]
        renumbered = [f"{person.name} ({person.ids[-2] or 'none'} before, {person.ids[-1] or 'none'} now)"
                      for person in self._renumbered]
        return [sentence.format(some(names)) for sentence, names in (
            ("New in this run: {}. Anyone who had another name before counts as two people.",
             [person.name for person in self._first_seen]),
            ("Not in this run, but in an earlier one: {}.", [person.name for person in missing]),
            ("Counted as the same person, because only the number is new, and nobody else has the name: {}.",
             renumbered)) if names]

    def sheet(self) -> str:
        """Return a table in CSV: for each person the points so far, and the run in which each task was passed."""
        text = io.StringIO()
        sheet = csv.writer(text, lineterminator="\n")
        names = [task.name for task in self._all.values() if task.notebook in self._worked]
        sheet.writerow(["learner", "id", "points", "of", *names])
        for person in self.people:
            when = [f"run {person.passed[name]}: {self.runs[person.passed[name] - 1].name}" if name in person.passed
                    else "" for name in names]
            sheet.writerow([*map(plain, (person.name, person.ids[-1])), self.points(person, self.count), self.total,
                            *map(plain, when)])
        return text.getvalue()



def _set_in_words(exercises: list[str]) -> str:
    """Return in words what was set."""
    return f"Set: {lesson_names(exercises)}" if exercises else "Nobody worked on a lesson"
