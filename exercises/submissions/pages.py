"""Pages of feedback: one for each learner, one for the teacher; each a file that needs no other."""
from collections import Counter
from html import escape

from exercises.submissions.reports import points
from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED

SIGNS = {PASSED: "&#10003;", NOT_YET: "&#9651;", NOT_ATTEMPTED: "&#8211;"}  # beside the word, never in its place
STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fff; --line: #8a8a8f; --good: #0a5c2c; --open: #7a3b00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf0; --paper: #17171a; --line: #85858c; --good: #7fdca4; --open: #ffb976; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
td.number { text-align: right; } td.number, .passed, .open, .none { white-space: nowrap; } tbody th { width: 16rem; } code { font-size: .95em; }
.passed { color: var(--good); font-weight: bold; } .open { color: var(--open); font-weight: bold; }
a { color: inherit; } progress { width: 12rem; }
"""


def feedback(result):
    """The page of a learner: what is passed, what is not yet and why, and what to do next."""
    reached, total = points(result)
    titles = {task.name: task.title for task in tasks.all_tasks()}
    waiting = [task for task in result["tasks"] if task["state"] == NOT_YET]
    waiting += [task for task in result["tasks"] if task["state"] == NOT_ATTEMPTED]
    parts = [f"<p>{reached} of {total} points. <progress max='{total}' value='{reached}' "
             f"aria-label='points'>{reached} of {total}</progress></p>", _said(result), _next(waiting, titles)]
    for notebook in dict.fromkeys(task["notebook"] for task in result["tasks"]):
        rows = "".join(_task_row(task, titles) for task in result["tasks"] if task["notebook"] == notebook)
        parts.append(f"<h2>{escape(readable(notebook))}</h2>\n<table><thead><tr><th scope='col'>Task</th>"
                     f"<th scope='col'>State</th><th scope='col'>Points</th><th scope='col'>What was found</th></tr></thead>"
                     f"<tbody>{rows}</tbody></table>")
    return page(f"Feedback for {result['learner']}", parts)


def _next(waiting, titles):
    if not waiting:
        return "<p><strong>All is done.</strong> Nothing is left to do.</p>"
    task = waiting[0]
    reason = f" {escape(task['message'])}" if task["state"] == NOT_YET else ""
    return (f"<h2>What to do next</h2>\n<p>Open <code>exercises/{escape(task['notebook'])}.ipynb</code> and go to "
            f"<strong>{escape(titles[task['task']])}</strong>.{reason}</p>\n<p>Change the answer, run its cell and the check "
            f"below it. If you are stuck, read lesson {escape(task['notebook'][:2])} again, or ask for a hint: "
            f"<code>hint(\"{escape(task['task'])}\")</code> in a cell of your own.</p>")


def _task_row(task, titles):
    found = " ".join(part for part in (task["message"], task["note"]) if part)
    return (f"<tr><th scope='row'>{escape(titles[task['task']])}<br><code>{escape(task['task'])}</code></th>"
            f"<td>{_state(task['state'])}</td><td class='number'>{task['points']} of {task['of']}</td>"
            f"<td>{escape(found)}</td></tr>\n")


def _state(state):
    kind = "passed" if state == PASSED else "open" if state == NOT_YET else "none"
    return f"<span class='{kind}'><span aria-hidden='true'>{SIGNS[state]}</span> {state}</span>"


def _said(result):
    lines = "".join(f"<li>{escape(text)}</li>" for text in result["notes"] + result["problems"])
    return f"<h2>About the submission</h2>\n<ul>{lines}</ul>" if lines else ""


class ClassPage:
    """The page of the teacher, made while the results go by: which task, which misconception, how many."""

    def __init__(self):
        self.states, self.misconceptions, self.learners = Counter(), Counter(), []

    def add(self, result, link):
        """Count the result of a learner, whose page is at `link`."""
        self.learners.append((result["learner"], result["id"], *points(result), link, len(result["problems"])))
        for task in result["tasks"]:
            self.states[task["task"], task["state"]] += 1
            if task["state"] == NOT_YET:
                self.misconceptions[task["task"], task["misconception"] or _short(task["message"])] += 1

    def drawn(self, failed):
        """The page; `failed` tells who could not be graded, and why."""
        everyone, full = len(self.learners), sum(learner[2] == learner[3] for learner in self.learners)
        parts = [f"<p>{everyone} learners; {full} passed everything.</p>"]
        if failed:
            lines = "".join(f"<li>{escape(name)}: {escape(reason)}</li>" for name, reason in sorted(failed.items()))
            parts.append(f"<h2>Not graded, through no fault of theirs</h2><ul>{lines}</ul><p>Run the command again.</p>")
        parts += [_table("Tasks", ("Task", "PASSED", "NOT YET", "NOT ATTEMPTED", "Passed"), [
            (f"<code>{escape(task.name)}</code> {escape(task.title)}",
             *(self.states[task.name, state] for state in (PASSED, NOT_YET, NOT_ATTEMPTED)),
             f"<progress max='{max(1, everyone)}' value='{self.states[task.name, PASSED]}' aria-label='passed'></progress>")
            for task in tasks.all_tasks()])]
        common = sorted(self.misconceptions.items(), key=lambda item: (-item[1], item[0]))[:40]
        parts.append(_table("What went wrong, the most frequent first", ("Task", "Misconception", "Learners"), [
            (f"<code>{escape(name)}</code>", escape(what.replace("_", " ")), count) for (name, what), count in common]))
        parts.append(_table("Learners", ("Learner", "Number", "Points", "Of", "Problems"), [
            (f"<a href='{escape(link)}'>{escape(name)}</a>", escape(number), reached, total, problems or "")
            for name, number, reached, total, link, problems in self.learners]))
        return page("The class at a glance", parts)


def _table(caption, header, rows):
    head = "".join(f"<th scope='col'>{name}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td class='number'>{cell}</td>" if isinstance(cell, int) else f"<td>{cell}</td>"
                                    for cell in row) + "</tr>\n" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _short(message):
    return message if len(message) <= 120 else message[:117] + "..."


def readable(notebook):
    """The stem of a notebook as a sentence."""
    return notebook.replace("_", " ")


def page(title, parts):
    """A whole page of HTML, which loads nothing."""
    body = "\n".join(part for part in parts if part)
    return (f"<!DOCTYPE html>\n<html lang='en'>\n<head><meta charset='utf-8'>\n<meta name='viewport' "
            f"content='width=device-width'>\n<title>{escape(title)}</title>\n<style>{STYLE}</style></head>\n"
            f"<body><main>\n<h1>{escape(title)}</h1>\n{body}\n</main></body>\n</html>\n")
