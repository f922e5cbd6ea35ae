"""Grades what's submitted in this repository, as `grade` does, and shows points and messages in GitHub's job summary.

The workflow in `.github/workflows/classroom.yml` runs it after each push. It needs nothing but Python.
"""
import html
import os
import textwrap
from itertools import groupby
from pathlib import Path

from exercises.exports import chosen
from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.isolation.processes import GraderProblem
from exercises.progress.submit import FOLDER, worked_in
from exercises.submissions import collect, workers
from exercises.submissions.pile import dates, names
from exercises.submissions.reports import exercises_of, points, shown, worked_on
from lessons import PYTHON

SIGNS = {PASSED: "✓", NOT_YET: "△", NOT_ATTEMPTED: "–"}  # beside the word, which says the same
WIDTH = 100  # characters in a line of a message
# GitHub drops a summary that's larger than 1 MiB (docs.github.com, "Workflow commands for GitHub Actions").
LARGEST = 900_000  # bytes


def export(options):
    """Grade what's submitted in the repository, and write the summary. Return 0 if it was graded.

    Only `options.lessons` count. Raises GraderProblem if it can't be graded.
    """
    exercises = exercises_of(options.lessons)
    try:
        with workers.new_launcher(sandboxed=not options.no_sandbox) as launcher:
            result = chosen.graded(submitted(Path(options.folder)), exercises, options.seed, launcher)
    except GraderProblem as problem:
        _write(f"## Not graded, through no fault of yours\n\n{_quoted(str(problem))}\n")
        raise
    _write(summary(result))
    if os.environ.get("GITHUB_ACTIONS"):
        print(*notices(result), sep="\n")
    return 0


def submitted(top):
    """Return what's submitted in a repository, in `submission/` or else `exercises/`, as one learner's Submission."""
    folder = next((top / name for name in (FOLDER, "exercises") if _notebooks(top / name)), top)
    submission = collect.Submission(os.environ.get("GITHUB_REPOSITORY", top.resolve().name))
    problems = []
    for path in _notebooks(folder)[:collect.MOST]:
        if path.is_symlink() or not path.is_file():
            problems.append(f"{path.name}: {collect.NO_LINKS if path.is_symlink() else 'it is no regular file'}")
        elif path.stat().st_size > collect.LARGEST:
            problems.append(f"{path.name}: it's larger than {collect.LARGEST // 2**20} MB")
        else:
            submission.notebooks.append((path.name, 0, path.read_bytes()))
    if folder.name == FOLDER and (others := worked_in(top / "exercises")):
        problems.append(f"{', '.join(path.name for path in others)}: changed in exercises/, too, but what counts is in "
                        f"{FOLDER}/. To copy your work there, type: {PYTHON} -m exercises submit")
    submission.problems = collect.first(problems)
    return submission


def _notebooks(folder):
    """Return the notebooks in a folder, the newest first. A clone has no times of its own, so the names decide."""
    found = [path for path in folder.glob("*") if path.name.lower().endswith(".ipynb")]
    return dates.newest_first(sorted(found), lambda path: (0, 0, names.without_ending(path.name), 0))


def notices(result):
    """Return the lines from which GitHub Classroom reads the points.

    They're what its own reporter prints: github.com/classroom-resources/autograding-grading-reporter,
    src/notify-classroom.js. They contain nothing but numbers, because a text could contain a command for the runner.
    """
    reached, total = points(result)
    return [f"::notice title=Autograding complete::Points {reached}/{total}",
            f'::notice title=Autograding report::{{"totalPoints":{reached},"maxPoints":{total}}}']


def summary(result):
    """Return a result as Markdown: the points, and a table and the messages for each lesson that was worked on."""
    reached, total = points(result)
    parts = [f"## {reached} of {total} points\n"]
    if remarks := result["notes"] + result["problems"]:
        parts.append(f"About the submission:\n\n{_quoted(*remarks)}\n")
    worked = worked_on(result)
    if not worked:
        parts.append("There's no answer here yet. To submit yours, type in your folder of the course: "
                     f"`{PYTHON} -m exercises submit`\n")
    for notebook, group in groupby(result["tasks"], lambda task: task["notebook"]):
        if notebook in worked:
            parts.append(_lesson(notebook, list(group)))
    left = LARGEST
    for number, part in enumerate(parts):
        left -= len(part.encode("utf-8"))
        if left < 0:
            return "\n".join([*parts[:number], "The rest is too long for this page. To see it, type on your own "
                              f"computer: `{PYTHON} -m exercises check`\n"])
    return "\n".join(parts)


def _lesson(notebook, group):
    reached, total = points({"tasks": group})
    titles = {task.name: task.title for task in tasks.all_tasks()}
    lines = [f"### {notebook.replace('_', ' ')}: {reached} of {total} points\n", "| Task | State | Points |",
             "| --- | --- | ---: |"]
    lines += [f"| {titles[task['task']]} `{task['task']}` | {SIGNS[task['state']]} {task['state']} | "
              f"{task['points']} of {task['of']} |" for task in group]
    for task in group:
        if task["state"] == NOT_YET or task["note"]:
            lines.append(f"\n**{task['state']}: {titles[task['task']]}**\n\n"
                         + _quoted(task["message"], task["note"], evidence=task["evidence"]))
    return "\n".join(lines) + "\n"


def _quoted(*texts, evidence=""):
    """Return texts that a learner's answer may have a part in, so that nothing in them acts.

    In <pre>, GitHub reads no Markdown, mention, link or emoji, and the escaped text can't contain its end.
    """
    lines = [line for text in texts if text for line in textwrap.wrap(shown(text), WIDTH)]
    lines += ["", *map(shown, evidence.split("\n"))] if evidence else []
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>"


def _write(markdown):
    """Append to the job summary, or print it where there's none."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(markdown)
    else:
        print(markdown)
