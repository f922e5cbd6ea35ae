"""Pages of a graded class: one for each learner, one for the teacher. What they look like is in `templates/`."""
import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.submissions.reports import points, shown

STATES = (PASSED, NOT_YET, NOT_ATTEMPTED)
MOST_FREQUENT = 40  # how many of the things that went wrong the teacher sees
MADE_UP = re.compile(r"'([bdfgklmnprstvz][aeiou]){5}'")  # a word of the grader's, different for each learner
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True,
                        finalize=lambda value: type(value)(shown(value)) if isinstance(value, str) else value,
                        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


class Learner(NamedTuple):
    """What the teacher's page says of a learner."""
    name: str
    id: str
    reached: int
    total: int
    link: str
    problems: int


def feedback(result):
    """Return the page of a learner: what passed, what didn't and why, and what to do next."""
    titles = {task.name: task.title for task in tasks.all_tasks()}
    told = [{**task, "title": titles[task["task"]]} for task in result["tasks"]]
    waiting = [task for state in (NOT_YET, NOT_ATTEMPTED) for task in told if task["state"] == state]
    reached, total = points(result)
    return TEMPLATES.get_template("feedback.html").render(
        title=f"Feedback for {result['learner']}", reached=reached, total=total,
        remarks=result["notes"] + result["problems"], following=waiting[0] if waiting else None,
        exercises=[(notebook, list(group)) for notebook, group in groupby(told, lambda task: task["notebook"])])


class ClassPage:
    """The teacher's page, counted while the results go by: each task, each misconception, and how many learners."""

    def __init__(self):
        self._states, self._wrong, self._learners = Counter(), Counter(), []

    def add(self, result, link):
        """Count the result of a learner, whose page is at `link`."""
        reached, total = points(result)
        self._learners.append(Learner(result["learner"], result["id"], reached, total, link, len(result["problems"])))
        for task in result["tasks"]:
            self._states[task["task"], task["state"]] += 1
            if task["state"] == NOT_YET:
                what = task["misconception"].replace("_", " ") or _short(MADE_UP.sub("'...'", task["message"]))
                self._wrong[task["task"], what] += 1

    def render(self, failed):
        """Return the page. `failed` says who couldn't be graded, and why."""
        return TEMPLATES.get_template("class.html").render(
            title="The class at a glance", learners=self._learners, failed=sorted(failed.items()),
            full=sum(learner.reached == learner.total for learner in self._learners),
            tasks=[(task, [self._states[task.name, state] for state in STATES]) for task in tasks.all_tasks()],
            wrong=sorted(self._wrong.items(), key=lambda item: (-item[1], item[0]))[:MOST_FREQUENT])


def _short(message):
    return message if len(message) <= 120 else message[:117] + "..."
