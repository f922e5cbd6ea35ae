"""What an exercise notebook imports: `check` an answer, take a `hint`, see the `solution`, and so on."""
import sys
import textwrap
from pathlib import Path

KIT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(folder) for folder in (KIT, KIT / "lessons") if str(folder) not in sys.path]

from exercises.grader import tasks  # noqa: E402
from exercises.grader.processes import GraderProblem  # noqa: E402
from exercises.progress import board  # noqa: E402
from exercises.progress.store import Progress  # noqa: E402
from workbench import fresh  # noqa: E402

__all__ = ["check", "fresh", "hint", "progress", "solution"]

WIDTH = 90  # characters in a line of a verdict: a notebook would break longer ones within a word
_runs = {}  # what was run last: the id of a cell, or a name that it defines -> its source


class Unfinished(Exception):
    """Ends a cell whose task is not passed; a notebook shows the verdict alone, without a traceback."""

    def _render_traceback_(self):
        return [part for line in str(self).splitlines() for part in textwrap.wrap(line, WIDTH) or [""]]


def check(name):
    """Say whether the answer to the task is right, and why not when it is not. The last run of its cell counts.

    Raises Unfinished unless it is PASSED.
    """
    verdict = _ask(lambda: _progress.check(name, _last_answer(tasks.find(name))))
    if not verdict.passed:
        raise Unfinished(str(verdict))
    print(verdict)


def hint(name):
    """Show the next hint on a task. There are three."""
    print(_ask(_progress.hint, name))


def solution(name):
    """Show the solution of a task, once it is passed or after three different tries."""
    print(_ask(_progress.solution, name))


def _ask(question, *arguments):
    """What the progress says; that there is no such task, or that no process could be started, in a line of its own."""
    try:
        return question(*arguments)
    except (KeyError, GraderProblem) as problem:
        raise Unfinished(problem.args[0]) from None


def progress():
    """Show how far the checks say that you are in the course."""
    print(board.overview(_progress.verdicts()))


def _last_answer(task):
    """The source of the answer cell as it was run last, or None."""
    by_name = [_runs[name] for name in task.defines if name in _runs]
    return _runs.get(f"answer-{task.name}") or (by_name[0] if by_name else None)


def _note(info):
    """Remember the source of a cell before it runs: by its id where the front end tells it, else by its names."""
    cell_id = getattr(info, "cell_id", None) or ""
    for name in [cell_id] if cell_id.startswith("answer-") else tasks.defined_names(info.raw_cell):
        _runs[name] = info.raw_cell


def _follow_the_runs():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell:
        shell.events.register("pre_run_cell", _note)


_progress = Progress(Path.cwd())
_follow_the_runs()
