"""The exercises from the shell: `python3 -m exercises` shows the board; `--help` lists the commands."""
import argparse
import importlib
import os
import sys
import time
from pathlib import Path

from exercises.drills.making import DrillProblem
from exercises.grader.grading import NOT_ATTEMPTED, Verdict
from exercises.isolation.processes import GraderProblem
from exercises.grader.tasks import Task, sources
from exercises.progress import board, notebooks, predictions, submit
from exercises.progress.store import Progress
from exercises.submissions.gradebooks import platforms
from exercises.training import trainer
from exercises.training.mastery import Mastery
from lessons import PYTHON
from lessons.launcher import lab, learner_copy
from lessons.notebooks import NotebookProblem

TOP = Path(__file__).resolve().parent.parent
ALL_LESSONS = f"1-{len(sources())}"


def main(arguments):
    options = parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # an answer may print characters that a terminal can't show
    folder = TOP / "work" / "exercises" if (TOP / "work" / "exercises").is_dir() else TOP / "exercises"
    try:
        return options.action(folder, options)
    except (KeyError, NotebookProblem, GraderProblem, DrillProblem, submit.SubmitProblem) as problem:
        print(f"error: {problem.args[0]}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"error: {': '.join(map(str, filter(None, (problem.filename, problem.strerror)))) or problem}",
              file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def parser():
    whole = argparse.ArgumentParser(prog=f"{PYTHON} -m exercises", description="Show your progress in the exercises.")
    whole.set_defaults(action=show_board)
    whole.add_argument("--all", action="store_true", help="show every task, not only those of the current lesson")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")

    def add_lessons(command, otherwise, default=None):
        command.add_argument("--lessons", metavar="NUMBERS", default=default,
                             help=f"what you set, for example 1-4 or 1,3,5-6 (default: {otherwise})")

    def add(name, action, what, help):
        command = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        command.set_defaults(action=action)
        if what:
            command.add_argument("what", nargs=None if what == "TASK" else "?", metavar=what)
        return command

    add("check", check, "TASK|NN", "check one task, a lesson's tasks or all, and say why they don't pass")
    add("hint", hint, "TASK", "show the next of a task's three hints")
    add("solution", solution, "TASK", "show a task's solution, once you pass it or after three different tries")
    reset = add("reset", reset_work, "TASK|NN", "reset one task, a lesson's tasks or all, and keep a copy of your work")
    reset.add_argument("--yes", action="store_true", help="don't ask first")
    hand_in = add("submit", submit_work, None, "submit your exercises: commit and push them, and nothing else")
    hand_in.add_argument("--zip", action="store_true", help="write them into a zip file instead, to upload anywhere")
    grade = add("grade", grade_class, None,
                "grade the submissions of a class: a folder of folders, notebooks or archives")
    grade.add_argument("folder", metavar="FOLDER", help="the folder or the archive from your learning platform")
    where = grade.add_mutually_exclusive_group()
    where.add_argument("--to", metavar="FOLDER",
                       help="where to write grades and feedback (default: beside it, FOLDER-grades)")
    grade.add_argument("--layout", default="", metavar="NAME", help="how the files are named, if it isn't recognized: "
                       "moodle, for instance; or folders, files or one, if each of these is a learner's")
    grade.add_argument("--learner-pattern", default="", metavar="REGEX", help="the same, as a regular expression with "
                       "the groups learner, id, when, attempt, late and rest")
    where.add_argument("--into", metavar="FOLDER", help="where to write them, and to add them to earlier runs of the "
                       "same class, so that class.html shows the lessons over the weeks")
    grade.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1),
                       help="how many workers to use (default: two for each core, because some answers wait)")
    grade.add_argument("--seed", default="", help="use other made-up words, for example for an exam")
    add_lessons(grade, "the lessons on which at least half of the class worked")
    grade.add_argument("--out-of", metavar="POINTS", help="how many points you give at most; grades are rounded to two "
                       "decimals")
    grade.add_argument("--grades-for", metavar="PLATFORM", type=str.lower, choices=sorted(platforms.PLATFORMS),
                       help=f"also write the file that a platform imports: {', '.join(sorted(platforms.PLATFORMS))}")
    grade.add_argument("--gradebook", metavar="FILE", help="put the grades into this file, which the platform exported")
    grade.add_argument("--grade-column", metavar="TITLE", help="the title of the column for the grades")
    grade.add_argument("--gradescope", action="store_true",
                       help="also write a file for each learner in Gradescope's format")
    grade.add_argument("--no-sandbox", action="store_true", help="run answers without a sandbox, for example where the "
                       "system has none; the grader then says what they can do")
    grade.add_argument("--dask", metavar="ADDRESS", help="let the workers of this Dask cluster grade")
    grade.add_argument("--exam", metavar="FILE", help="grade an exam: the exam.json that the command exam wrote")
    exam = add("exam", write_exam, None, "write an exam: for each learner a notebook with a variant of their own")
    exam.add_argument("--learners", metavar="FILE", required=True, help="the list of the class, one name a line or a "
                      "table with titles, such as your platform's participants as CSV")
    exam.add_argument("--questions", metavar="N", default="10",
                      help="how many questions each learner gets (default: 10)")
    exam.add_argument("--seed", help="the same seed writes the same exam; keep it secret, because whoever knows it can "
                      "compute the answers (default: a new one)")
    exam.add_argument("--facts", metavar="IDS", help="what it's about, for example C-01,C-03 (default: all that drills "
                      "can ask)")
    exam.add_argument("--lessons", metavar="NUMBERS", help="the facts of these lessons, for example 1-4 or 1,3,5-6")
    exam.add_argument("--level", metavar="N", default="3", help="how difficult it is, from 1 to 10 (default: 3)")
    exam.add_argument("--edit-tasks", metavar="N", default="0", help="how many functions that edit a file each learner "
                      "also writes, from 0 to 4 (default: 0); `grade` runs them in a sandbox")
    exam.add_argument("--to", metavar="FOLDER", default="exam", help="where to write it (default: exam)")
    surprises = add("surprises", show_surprises, None, "show which predictions in the lessons came out, and which "
                    "facts surprised you, or a class")
    surprises.add_argument("folder", nargs="?", metavar="FOLDER", help="a folder with the lesson notebooks of a class "
                           "(default: your own)")
    drills = add("drill", drill, None, "predict what small programs print, as many as you like")
    drills.add_argument("word", nargs="*", metavar="WORD", help="a topic, such as from-import, a lesson, such as "
                        "lesson 3, or a fact, such as C-01 (default: what you missed, and what's next)")
    drills.add_argument("--lesson", metavar="N", help="only what lesson N shows")
    drills.add_argument("--facts", nargs="+", default=(), metavar="C-01", help="only these facts")
    drills.add_argument("--seed", metavar="WORD", help="one drill, the same for everyone who names the same seed")
    drills.add_argument("--level", metavar="1-10", type=int, choices=range(1, 11),
                        help="go on from this level; with --seed, the drill's level (default: 1)")
    drills.add_argument("--list", action="store_true", help="list the topics, and how much of each you've mastered")
    add("watch", watch, None, "check an answer again whenever you save it")
    exports = add("export", None, None, "write what another grading system needs").add_subparsers(
        title="systems", dest="system", metavar="SYSTEM", required=True)

    def add_system(name, help, description):
        system = exports.add_parser(name, help=help, description=description)
        system.set_defaults(action=export)
        add_lessons(system, "all lessons", ALL_LESSONS)
        return system

    nbgrader = add_system("nbgrader", "a course folder for nbgrader", "Write a course folder for nbgrader.")
    nbgrader.add_argument("folder", metavar="COURSE", help="the course folder: a new one, or one that this "
                          "command made")
    nbgrader.add_argument("--assignment", metavar="NAME", help="put them into one assignment with this name "
                          "(default: an assignment for each lesson)")
    gradescope = add_system("gradescope", "an autograder for Gradescope", "Write an autograder for Gradescope.")
    gradescope.add_argument("file", metavar="FILE.zip", help="the archive to upload")
    gradescope.add_argument("--no-sandbox", action="store_true", help="grade even where nothing keeps an answer from "
                            "changing its grade")
    github = add_system("github", "points and messages for GitHub's job summary",
                        "Grade what's submitted in a repository, and write GitHub's job summary.")
    github.add_argument("folder", nargs="?", metavar="FOLDER", default=TOP, help="the repository (default: this one)")
    github.add_argument("--seed", default="", help="use other made-up words, for example for an exam")
    github.add_argument("--no-sandbox", action="store_true", help="run answers without a sandbox")
    return whole


def show_board(folder, options):
    verdicts = graded(folder)
    lesson = learner_copy.left_off(folder.parent) if folder.parent.name == "work" else None
    below = [f"Graded from the saved notebooks in {folder.relative_to(TOP).as_posix()}.",
             *([] if options.all else [f"To see every task, type: {PYTHON} -m exercises --all"]),
             *([f"Lesson: {lab.title(lesson)} To go on with it, type: {PYTHON} -m lessons"] if lesson else []),
             f"Drills: {trainer.summary(Mastery(folder))} For one more, type: {PYTHON} -m exercises drill",
             *filter(None, (verdict.complete for verdict in verdicts))]
    print(board.drawn(verdicts, "\n".join(below), options.all))
    return 0


def graded(folder: Path, what: str | None = None) -> list[Verdict]:
    """Return the verdicts on one task in the learner's notebooks, on a lesson's (by its number), or on all."""
    chosen: list[Task] = notebooks.chosen_tasks(what)
    grading = notebooks.Grading(folder, chosen)
    for _ in range(2):  # a notebook that can't be read may be half saved
        verdicts, problems = grading.look()
    for problem in problems:
        print(problem, file=sys.stderr)
    return list(grading.verdicts.values())


def check(folder, options):
    verdicts = graded(folder, options.what)
    print("\n\n".join(map(board.coloured, verdicts)))
    return 0 if sum(verdict.passed for verdict in verdicts) == len(notebooks.chosen_tasks(options.what)) else 1


def hint(folder, options):
    print(board.filled(Progress(folder).hint(options.what)))
    return 0


def solution(folder, options):
    print(Progress(folder).solution(options.what))
    return 0


def reset_work(folder, options):
    chosen = notebooks.chosen_tasks(options.what)
    question = f"Reset {', '.join(task.name for task in chosen)}? What you wrote is kept. [y/N] "
    if not options.yes and not agreed(question):
        print("Nothing changed.")
        return 1
    print(notebooks.reset(folder, chosen, TOP / "work" / "kept"))
    return 0


def agreed(question):
    """Return whether the answer to a question is yes; without anyone to answer, it's no."""
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def submit_work(folder, options):
    submit.submit(TOP, folder, options.zip)
    return 0


def show_surprises(folder, options):
    lessons = Path(options.folder) if options.folder else folder.parent / "lessons"
    if not lessons.is_dir():
        raise KeyError(f"There's no folder {lessons}.")
    found, problems = predictions.predicted_in(lessons)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(predictions.report(found) or f"There are no predictions in the notebooks in {lessons}. To make "
          "some, write after the colons in a lesson's %%predict cells, and save the notebook.")
    return 0


def drill(folder, options):
    from exercises.training import command
    return command.drill(folder, options)


def watch(folder, _):
    print("Watching. Save a notebook, and the answers you changed are checked again. To stop: Ctrl-C.", flush=True)
    grading = notebooks.Grading(folder, notebooks.chosen_tasks(None))
    grading.look()
    print(board.bar(grading.verdicts.values()), flush=True)
    while True:
        time.sleep(0.5)
        verdicts, problems = grading.look()
        saved = [each for each in verdicts if each.state != NOT_ATTEMPTED or len(verdicts) == 1]  # a reset changes many
        for line in [*map(board.coloured, saved), *problems]:
            print(line, flush=True)
        if verdicts:
            print(board.bar(grading.verdicts.values()), flush=True)


def grade_class(_, options):
    if options.exam is not None:
        from exercises.exam import command as exam
        return exam.grade_exam(options)
    from exercises.submissions import command
    return command.grade_class(options)


def write_exam(_, options):
    from exercises.exam import command
    return command.write_exam(options)


def export(_, options):
    """Call the module in `exercises/exports/` that writes for the named system."""
    return importlib.import_module(f"exercises.exports.{options.system}").export(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
