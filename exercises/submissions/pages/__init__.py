"""Pages of a graded class: one for each learner, one for the teacher. What they look like is in `templates/`.

    history  keeps what each run of a class found, and says who is falling behind
"""
import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.submissions.gradebooks.scale import scaled, written
from exercises.submissions.reports import MOST_NAMES, lesson_names, points, shown, some, worked_on

MOST_AGAIN = 8  # sentences on what to teach again
MOST_OTHERS = 40  # other things that went wrong
MADE_UP = re.compile(r"'([bdfgklmnprstvz][aeiou]){5}'")  # a word of the grader's, different for each learner
NOT_PYTHON = re.compile(r"Your answer cell stops when it runs by itself: (Syntax|Indentation|Tab)Error\b")
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True,
                        finalize=lambda value: type(value)(shown(value)) if isinstance(value, str) else value,
                        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


class Learner(NamedTuple):
    """What the teacher's page says of a learner."""
    name: str
    id: str
    reached: int | None  # None without a verdict
    total: int
    link: str
    problems: int
    grade: str


class Names:
    """Learners' names: how many, and the first of them in a sentence."""

    def __init__(self):
        self.count, self._first = 0, []

    def add(self, name):
        self.count += 1
        if self.count <= MOST_NAMES:
            self._first.append(name)

    def __str__(self):
        return some(self._first, self.count)


class Finding(NamedTuple):
    """What several learners did in a task, as the end of a sentence, and what the check asked them about it."""
    task: tasks.Task
    what: str
    asks: str
    count: int
    names: str


def feedback(result, out_of=None):
    """Return the page of a learner: what passed, what didn't and why, and what to do next.

    `result` comes from `Assignment.of`, and `out_of` is how many points the teacher gives at most.
    """
    titles = {task.name: task.title for task in tasks.all_tasks()}
    told = [{"counts": True, **task, "title": titles[task["task"]]} for task in result["tasks"]]
    waiting = [task for counts in (True, False) for state in (NOT_YET, NOT_ATTEMPTED) for task in told
               if task["state"] == state and task["counts"] == counts]
    reached, total = points(result)
    exercises = [(notebook, list(group)) for notebook, group in groupby(told, lambda task: task["notebook"])]
    return TEMPLATES.get_template("feedback.html").render(
        title=f"Feedback for {result['learner']}", reached=reached, total=total, exercises=exercises,
        lessons=lesson_names({task["notebook"] for task in told if task["counts"]}),
        grade=in_words(reached, total, out_of), following=waiting[0] if waiting else None,
        remarks=result["notes"] + result["problems"])


def in_words(reached, total, out_of):
    """Return a grade on the teacher's scale: "15 of 20"; or "" without one."""
    return f"{written(scaled(reached, total, out_of))} of {written(out_of)}" if out_of else ""


class ClassPage:
    """The teacher's page, counted while the results go by: each task, each misconception, and who has it."""

    def __init__(self, counted="", out_of=None):
        """`counted` says what counts, and `out_of` is how many points the teacher gives at most."""
        self._counted, self._out_of = counted, out_of
        self._states, self._worked, self._learners = Counter(), Counter(), []
        self._findings, self._not_python = {}, Names()  # (task, misconceptions or message) -> Names
        self._tasks = {task.name: task for task in tasks.all_tasks()}

    @property
    def full(self):
        """The number of learners who passed everything that was set."""
        return sum(learner.reached == learner.total for learner in self._learners)

    def add(self, result, link):
        """Count the result of a learner, from `Assignment.of`. The learner's page is at `link`."""
        reached, total = points(result)
        name = result["learner"]
        self._learners.append(Learner(name, result["id"], reached, total, link, len(result["problems"]),
                                     in_words(reached, total, self._out_of)))
        self._worked.update(worked_on(result))
        not_python = []
        for each in result["tasks"]:
            self._states[each["task"], each["state"]] += 1
            task = self._tasks[each["task"]]
            if each["state"] == NOT_YET and NOT_PYTHON.search(each["message"]):
                not_python.append(task.title)
            elif each["state"] == NOT_YET:
                what = tuple(task.misconceptions(each["message"])) or MADE_UP.sub("'...'", each["message"])
                self._findings.setdefault((task.name, what), Names()).add(name)
        if not_python:
            self._not_python.add(f"{name} ({'; '.join(not_python)})")

    def render(self, failed, over_time=None):
        """Return the page. `failed` says who couldn't be graded, and why; `over_time` is an OverTime, or None."""
        findings, lessons = self._by_frequency(), self._by_lesson()
        again = [finding for finding in findings if finding.count > 1 or len(self._learners) == 1][:MOST_AGAIN]
        return TEMPLATES.get_template("class.html").render(
            title="The class at a glance", over_time=over_time,
            learners=self._learners, full=self.full, failed=sorted(failed.items()),
            counted=self._counted, again=again, others=findings[len(again):][:MOST_OTHERS], not_python=self._not_python,
            lessons=lessons, worked=lesson_names([notebook for notebook, *_ in lessons]) if lessons else "")

    def _by_frequency(self):
        """Return the Findings, the most frequent first, and those that are as frequent in the order of the course."""
        places = {name: place for place, name in enumerate(self._tasks)}
        ordered = sorted(self._findings.items(), key=lambda item: (-item[1].count, places[item[0][0]], str(item[0][1])))
        return [_finding(self._tasks[name], what, names) for (name, what), names in ordered]

    def _by_lesson(self):
        """Return the lessons that someone worked on: (notebook, how many did, [(task, [passed, not yet])])."""
        counted = [(task, [self._states[task.name, state] for state in (PASSED, NOT_YET)])
                   for task in self._tasks.values() if task.notebook in self._worked]
        return [(notebook, self._worked[notebook], list(theirs))
                for notebook, theirs in groupby(counted, lambda one: one[0].notebook)]


def _finding(task, what, names):
    """Return a Finding. `what` is a tuple of misconceptions that the check can't tell apart, or else a message."""
    if isinstance(what, str):
        return Finding(task, "got this message from the check", _short(what), names.count, str(names))
    meanings = [task.meaning(name) for name in what]
    if names.count == 1:
        meanings = [re.sub("^think ", "thinks ", meaning) for meaning in meanings]
    message = task.wrong[what[0]][0]
    prediction = re.match(r"\d+ of \d+ are right\. ", message)
    asks = message[prediction.end():] if prediction else re.split(r"(?<=[.?]) ", message)[-1]
    return Finding(task, _either(meanings), asks if asks.endswith("?") else "", names.count, str(names))


def _either(meanings):
    """Return what misconceptions mean, as one part of a sentence, without a beginning that all of them share."""
    for start in ("wrote code that ", "think that ", "thinks that "):
        if all(meaning.startswith(start) for meaning in meanings):
            return start + ", or that ".join(meaning.removeprefix(start) for meaning in meanings)
    return ", or ".join(meanings)


def _short(message):
    return message if len(message) <= 240 else message[:237] + "..."
