"""What an exercise notebook imports: `check` an answer, get a `hint`, see the `solution`, do a `drill`, and so on."""
import re
import sys
import textwrap
from functools import cache
from pathlib import Path
from types import SimpleNamespace

KIT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(folder) for folder in (KIT, KIT / "lessons") if str(folder) not in sys.path]

from exercises.drills.making import DrillProblem  # noqa: E402
from exercises.grader import grading, tasks  # noqa: E402
from exercises.isolation.processes import GraderProblem  # noqa: E402
from exercises.progress import boxes  # noqa: E402
from exercises.progress.store import Progress  # noqa: E402
from exercises.training import trainer  # noqa: E402
from exercises.training.sitting import Sitting  # noqa: E402
from workbench import fresh  # noqa: E402

__all__ = ["answer", "check", "drill", "fresh", "hint", "progress", "solution"]

ANSWERS = re.compile(r"((?:[ \t]*(?:#.*)?\n)*)answer\(.*?\)(\s*(?:#.*)?)")  # a cell that does nothing else
WIDTH = 70  # characters in a line of an error: a notebook would break longer ones within a word
_runs = {}  # the id of a cell, or a name that it defines -> its source at the last run; the latest run is the last


class Unfinished(Exception):
    """Ends a cell whose task isn't passed, in one line without a traceback."""

    def _render_traceback_(self):
        return textwrap.wrap(str(self), WIDTH)


def check(name):
    """Say whether the answer to a task is right, and why not if it isn't. What counts is the last run of its cell.

    Raises Unfinished unless it's PASSED.
    """
    verdict = _ask(lambda: _progress.check(name, _last_answer(tasks.find(name))))
    following = _following(verdict.task) if verdict.passed else None
    _show(boxes.of_verdict(verdict, _progress.help(verdict.task), following))
    if not verdict.passed:
        raise Unfinished(str(verdict).splitlines()[0])


def hint(name):
    """Show the next hint for a task. There are three."""
    _show(boxes.of_hints(_ask(_progress.hint, name)))


def solution(name):
    """Show the solution of a task, once you pass it or after three different tries."""
    _show(boxes.of_solution(_ask(_progress.solution, name)))


def progress():
    """Show how far you are in the course, by the last check of each task."""
    _show(boxes.of_progress(_progress.verdicts(), trainer.summary(_sitting().trainer.mastery)))


def drill(about=None, *, lesson=None, facts=(), seed=None, level=None):
    """Show a small program, and ask what it prints. `answer` answers.

    `about` is a topic, such as "from-import", or a fact, such as "C-01". `lesson` is a lesson's number, and `facts` are
    several facts. Without them, it's about what you missed, and what's next. With a `level`, from 1 to 10, you go on
    from there. With a `seed`, any word, everyone gets the same program of that level.
    """
    _show_drill(lambda: _sitting().drill(about, lesson, facts, seed, level))


def answer(*said):
    """Answer the drill: with a letter for each question, such as "ab", or with words, a string for each question.

    Without an answer it says what to write. After a result, the quotes in its cell are empty again.
    """
    if _show_drill(lambda: _sitting().answer(*said)):
        _empty_the_quotes()


def _show_drill(box):
    """Show a box, or a line on what's wrong with the call. It's no error, so that the cells below still run.

    Return whether it's the box.
    """
    try:
        _show(box())
    except (DrillProblem, GraderProblem) as problem:
        _show(boxes.of_hints(problem.args[0]))
        return False
    return True


def _empty_the_quotes():
    """Empty the quotes in the cell that runs, because someone who runs it again would give old letters to a new drill.

    Front ends that don't support this leave the cell unchanged.
    """
    shell = _shell()
    cell = ANSWERS.fullmatch(shell.history_manager.input_hist_raw[-1]) if shell else None
    if cell:
        # Not with the shell's `set_next_input`, which asks the front end for this in fewer kernels.
        shell.payload_manager.write_payload({"source": "set_next_input", "replace": True,
                                             "text": f'{cell[1]}answer(""){cell[2]}'})


@cache
def _sitting():
    return Sitting(Path.cwd())


def _ask(question, *arguments):
    """Return an answer of `Progress`. An unknown task, or a process that doesn't start, gets one line of text."""
    try:
        return question(*arguments)
    except (KeyError, GraderProblem) as problem:
        raise Unfinished(problem.args[0]) from None


def _following(task):
    """Return what to do after a task that passed, as words and an address; None at the end of the course."""
    other, lesson = _progress.following(task)
    return (other.title, boxes.address_of(other)) if other else lesson


def _show(box):
    """Show a box in a notebook, or print its text."""
    shell = _shell()
    if shell:
        shell.display_pub.publish({"text/plain": box.text, "text/html": box.html})
    else:
        print(box.text)


def _last_answer(task):
    """The source of the task's answer when it last ran, or None."""
    own = f"answer-{task.name}"
    candidates = [grading.Candidate(source, key == own, number) for number, (key, source) in enumerate(_runs.items(), 1)
                  if key == own or key in task.defines]
    return next(iter(grading.best_first(task, candidates)), None)


def _note(info):
    """Remember the source of a cell before it runs: by its id if the front end sends it, else by its names."""
    cell_id = getattr(info, "cell_id", None) or ""
    for name in [cell_id] if cell_id.startswith("answer-") else tasks.defined_names(info.raw_cell):
        _runs.pop(name, None)  # so that it's added at the end
        _runs[name] = info.raw_cell


def _shell():
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def _follow_the_runs():
    """From now on, note each cell before it runs. Those that ran before this import count, too."""
    shell = _shell()
    if shell:
        for source in shell.history_manager.input_hist_raw:
            _note(SimpleNamespace(raw_cell=source))
        shell.events.register("pre_run_cell", _note)


_progress = Progress(Path.cwd())
_follow_the_runs()
