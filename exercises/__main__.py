"""The exercises from the shell: `python3 -m exercises` shows the board; `--help` tells the rest."""
import argparse
import os
import sys
import time
from pathlib import Path

from exercises.progress import board, notebooks
from exercises.progress.store import Progress
from exercises.grader.grading import grade_notebook
from exercises.grader.tasks import NotebookProblem
from exercises.grader.processes import GraderProblem
from lessons.launcher import lab, learner_copy

TOP = Path(__file__).resolve().parent.parent


def main(arguments):
    options = parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # an answer may say what a terminal or a file has no letters for
    folder = TOP / "work" / "exercises" if (TOP / "work" / "exercises").is_dir() else TOP / "exercises"
    try:
        return options.action(folder, options)
    except (KeyError, NotebookProblem, GraderProblem) as problem:
        print(f"error: {problem.args[0]}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"error: {problem.filename}: {problem.strerror}" if problem.strerror else f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def parser():
    whole = argparse.ArgumentParser(prog="python3 -m exercises", description="Your progress in the exercises.")
    whole.set_defaults(action=show_board)
    commands = whole.add_subparsers(title="commands", metavar="")

    def add(name, action, what, help):
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(action=action)
        if what:
            command.add_argument("what", nargs=None if what == "TASK" else "?", metavar=what)
        return command

    add("check", check, "TASK|NN", "check one task, a lesson's tasks or all, and say why they do not pass")
    add("hint", hint, "TASK", "show the next of a task's three hints")
    add("solution", solution, "TASK", "show a task's solution, once it is passed or after three different tries")
    reset = add("reset", reset_work, "TASK|NN", "lay out one task, a lesson's tasks or all anew; your work is kept")
    reset.add_argument("--yes", action="store_true", help="do not ask first")
    grade = add("grade", grade_class, None, "grade the submissions of a class: a folder of folders, notebooks or archives")
    grade.add_argument("folder", metavar="FOLDER", help="the folder, or the archive that a learning platform gives")
    grade.add_argument("--to", metavar="FOLDER", help="where grades and feedback go (default: beside it, FOLDER-grades)")
    grade.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1),
                       help="how many workers (default: two a core, since some answers wait)")
    grade.add_argument("--seed", default="", help="draws other words, for example for an exam")
    grade.add_argument("--gradescope", action="store_true", help="write a file for each learner in Gradescope's form, too")
    grade.add_argument("--dask", metavar="ADDRESS", help="let the workers of this Dask cluster do it")
    add("watch", watch, None, "check again whenever a notebook or a source file is saved")
    return whole


def show_board(folder, _):
    print(board.drawn(graded(folder)))
    lesson = learner_copy.left_off(folder.parent) if folder.parent.name == "work" else None
    if lesson:
        print(f"Lesson: {lab.title(lesson)} To go on with it, type: python3 -m lessons")
    return 0


def graded(folder, what=None):
    """The verdicts on the tasks in the learner's notebooks: on one task, on a lesson's (by its number), or on all."""
    chosen = notebooks.chosen_tasks(what)
    verdicts, progress = [], Progress(folder)
    for path in notebooks.paths(folder, chosen):
        again = f"To lay it out anew, type: python3 -m exercises reset {path.name[:2]}"
        try:
            if path.exists():
                verdicts += [progress.note(verdict) for verdict in grade_notebook(path, chosen)]
            else:
                print(f"{path.name} is not there. {again}", file=sys.stderr)
        except NotebookProblem as problem:
            print(f"{problem}. {again}", file=sys.stderr)
    return verdicts


def check(folder, options):
    verdicts = graded(folder, options.what)
    print("\n\n".join(map(board.coloured, verdicts)))
    return 0 if sum(verdict.passed for verdict in verdicts) == len(notebooks.chosen_tasks(options.what)) else 1


def hint(folder, options):
    print(Progress(folder).hint(options.what))
    return 0


def solution(folder, options):
    print(Progress(folder).solution(options.what))
    return 0


def reset_work(folder, options):
    chosen = notebooks.chosen_tasks(options.what)
    question = f"Lay out {', '.join(task.name for task in chosen)} anew? What is there now is kept. [y/N] "
    if not options.yes and not agreed(question):
        print("Nothing was changed.")
        return 1
    print(notebooks.reset(folder, chosen, TOP / "work" / "kept"))
    return 0


def agreed(question):
    """Whether the answer to a question is yes; where nobody can answer, it is not."""
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def watch(folder, _):
    print("Watching. Save a notebook or a source file, and its tasks are checked again. Stop with Ctrl-C.")
    seen, known = None, {}
    while True:
        now = notebooks.saved_at(folder)
        if now != seen:
            verdicts = graded(folder)
            for verdict in verdicts:
                now_known = verdict.state, verdict.answer, bool(verdict.message)  # a message has words drawn anew
                if known.get(verdict.task.name) != now_known:
                    known[verdict.task.name] = now_known
                    print(board.coloured(verdict), flush=True)
            print(board.bar(verdicts), flush=True)
            seen = now
        time.sleep(0.5)


def grade_class(_, options):
    from exercises.submissions import command
    return command.grade_class(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
