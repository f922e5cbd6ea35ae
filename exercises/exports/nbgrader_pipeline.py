"""What nbgrader calls in a course folder, so that its grades are those of `python3 -m exercises grade`.

nbgrader runs a submitted notebook from top to bottom in one kernel, as the teacher, and a check that raises no error
has all its points. So a learner's code could define `check` again, end the kernel, or write into the gradebook. Here
no kernel runs what learners wrote. The exporter that reads a submitted notebook gets the verdicts from the kit's
grader, in its sandbox. It makes the graded notebook from the teacher's own one: with the learner's answers in its
answer cells, and the verdicts as the outputs of its checks. nbgrader's own scoring (`SaveAutoGrades`,
`utils.determine_grade`) reads those. What else learners wrote isn't in the graded notebook, so no teacher's browser
shows it.

Others grade in a container, which must still be able to write into the gradebook (jupyter/nbgrader, issue 483).
What's configured here is in nbgrader's documentation, "Configuration options" (nbgrader.readthedocs.io), and in its
package: `converters/autograde.py`, `converters/base.py` and `utils.py` of version 0.9.6.
"""
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import ClearSolutions, Execute
from traitlets import Bool, Unicode

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, Verdict, grade_id
from exercises.isolation import fork_server
from exercises.isolation.processes import GraderProblem
from exercises.submissions import grade, workers
from exercises.submissions.collect import Batch, Submission
from exercises.submissions.pile.names import spelled_out

ABOUT = "# What was found in the files that were handed in"


def configure(c: Any) -> None:
    """Let nbgrader use the classes below.

    A teacher's own notebooks in the same course are graded as ever, so what learners write in those isn't contained.
    """
    c.Autograde.exporter_class = CourseExporter
    c.Autograde.pre_convert_hook = add_missing
    c.Autograde.autograde_preprocessors = _with(Autograde.autograde_preprocessors.default(), ExecuteOthers)
    c.GenerateAssignment.preprocessors = _with(GenerateAssignment.preprocessors.default(), ClearOtherSolutions)


def _with(classes: list[type], other: type) -> list[type]:
    """Return a list of classes with `other` in the place of the one that it extends."""
    return [other if issubclass(other, each) else each for each in classes]


def is_ours(notebook: str) -> bool:
    """Return whether a notebook is one of the course's exercises, by the name that it has in the gradebook."""
    return notebook in {path.stem for path in tasks.sources()}


class ClearOtherSolutions(ClearSolutions):
    """Removes solutions, but leaves alone what the course's exercises have in their answer cells, which are none."""

    def preprocess(self, nb, resources):
        """Refuse cells for which the graded notebook would have no verdict, before anyone gets the notebook."""
        about = resources["nbgrader"]
        self._stubs = {f"answer-{task.name}": task.stub for task in _tasks_of(about["notebook"])}
        known = {*self._stubs, *(f"check-{task.name}" for task in _tasks_of(about["notebook"]))}
        for cell in nb.cells if self._stubs else ():
            if "nbgrader" in cell.metadata and grade_id(cell) not in known:
                raise NbGraderException(f"{about['notebook']}.ipynb, cell {grade_id(cell)}: the course can't grade "
                                        "this cell. Put graded cells of your own into another notebook beside it")
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, cell_index):
        """Remove a solution, also one that a teacher wrote into an answer cell."""
        if self._stubs.get(grade_id(cell)) == cell.source:
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


def _tasks_of(notebook: str) -> list[tasks.Task]:
    return [task for task in tasks.all_tasks() if task.notebook == notebook]


def add_missing(assignment: str, student: str, notebooks: list[str]) -> None:
    """Add what's missing in a submission to the notebooks that nbgrader is about to grade (its `pre_convert_hook`).

    So a learner who renamed a notebook, or submitted an archive with it, gets the same points as everywhere else, and
    whoever submitted only some notebooks reads so. The list is nbgrader's own, so that it sees what's added. But it
    passes over a learner whose folder has no notebook at all, before it calls anything.
    """
    submitted = Path(notebooks[0]).parent
    course, place = submitted.parents[2], submitted.relative_to(submitted.parents[1])  # nbgrader's usual folders
    for path in sorted(Path(course, "source", submitted.name).glob("*.ipynb")):
        # With `autograde --notebook`, the others are there already.
        if is_ours(path.stem) and not any(Path(course, step, place, path.name).exists()
                                          for step in ("submitted", "autograded")):
            notebooks.append(str(submitted / path.name))


class ExecuteOthers(Execute):
    """Runs only notebooks that aren't the course's."""

    def preprocess(self, nb, resources, *arguments, **options):
        """Run a notebook, unless its checks have their verdicts already. Without one, a check would have all points."""
        if is_ours(resources["nbgrader"]["notebook"]):
            if not all(cell.outputs for cell in nb.cells if utils.is_grade(cell)):
                raise NbGraderException("a check has no verdict, because the kit didn't grade this notebook")
            return nb, resources
        return super().preprocess(nb, resources, *arguments, **options)


class CourseExporter(NotebookExporter):
    """Reads a submitted exercise as a graded notebook. All other notebooks are read as ever.

    An exporter rather than a preprocessor, because nbgrader fails at notebooks that can't be read or whose metadata was
    changed before any preprocessor gets them, and then grades nothing of that learner's.
    """
    seed = Unicode("", help="Other made-up words, for example for an exam: as `grade --seed`.").tag(config=True)
    sandbox = Bool(True, help="Whether to refuse to grade without a sandbox: False is as `grade --no-sandbox`."
                   ).tag(config=True)

    def from_filename(self, filename, resources=None, **options):
        """Return a notebook's text and nbconvert's resources. Raises GraderProblem if it can't be graded now."""
        about, course = (resources or {}).get("nbgrader", {}), self.parent.coursedir
        learner, assignment, folder = about.get("student"), about.get("assignment"), Path(filename).parent
        # nbgrader reads a graded notebook, too, to save its scores.
        submitted = folder == Path(course.format_path(course.submitted_directory, learner, assignment))
        if not is_ours(about.get("notebook")) or not submitted:
            return super().from_filename(filename, resources, **options)
        source = Path(course.format_path(course.source_directory, ".", assignment), f"{about['notebook']}.ipynb")
        submission = submission_in(folder, learner)
        graded = self._graded(nbformat.read(source, as_version=4), about["notebook"], submission)
        return nbformat.writes(graded), {**resources, "output_extension": self.file_extension}

    def _graded(self, notebook, exercise: str, submission: Submission):
        """Return the teacher's notebook with the answers of a submission and the verdicts on them."""
        contents = grade.contents_of(submission)
        with self._launcher() as launcher:
            verdicts = grade.grade_exercise(contents, exercise, self.seed, launcher)
        for task in _tasks_of(exercise):
            verdicts.setdefault(task.name, Verdict(task, NOT_ATTEMPTED, contents.missing(submission)))
        fill(notebook, verdicts.values())
        if told := contents.notes + submission.problems + sorted(contents.unreadable):
            text = "\n".join(map(spelled_out, told))
            output = nbformat.v4.new_output("stream", name="stdout", text=text)
            notebook.cells.insert(0, nbformat.v4.new_code_cell(ABOUT, outputs=[output]))
        return notebook

    def _launcher(self):
        """Return what starts answers' processes, for a `with` statement. Raises GraderProblem without a sandbox."""
        words, sandboxed = fork_server.containment()
        if self.sandbox and not sandboxed:
            raise GraderProblem(f"there's no sandbox, because {words}. To grade only people you trust without one, "
                                "write c.CourseExporter.sandbox = False into nbgrader_config.py")
        self.log.info("Each answer runs in %s.", words if self.sandbox else
                      f"no sandbox, as you asked. {fork_server.without_sandbox()}")
        return workers.new_launcher(self.sandbox)


def submission_in(folder: Path, learner: str) -> Submission:
    """Return what a learner submitted: every notebook in a folder, however it's called, in archives, too.

    Raises GraderProblem if it can't be read now, through no fault of the learner's.
    """
    for submission in Batch(folder, layout="one"):
        if submission.broken:
            raise GraderProblem(submission.broken)
        return replace(submission, learner=learner)
    return Submission(learner)


def fill(notebook, verdicts: Collection[Verdict]) -> None:
    """Write verdicts into the checks of a notebook, as outputs that nbgrader counts, and what was graded above them.

    A task that the teacher deleted from the notebook is passed over.
    """
    cells = {grade_id(cell): cell for cell in notebook.cells}
    for verdict in verdicts:
        answer, check = (cells.get(f"{kind}-{verdict.task.name}") for kind in ("answer", "check"))
        if answer and verdict.answer:
            answer.source = _storable(verdict.answer)
        if check:
            check.outputs = [_output(verdict)]


def _output(verdict: Verdict):
    """Return a verdict as a cell's output: text for all points, an error for none."""
    text = _storable(str(verdict))
    if verdict.passed:
        return nbformat.v4.new_output("stream", name="stdout", text=text)
    return nbformat.v4.new_output("error", ename=verdict.state, evalue=_storable(verdict.message),
                                  traceback=text.splitlines())


def _storable(text: str) -> str:
    """Return a text without the halves of characters that JSON allows and no file in UTF-8 can have."""
    return text.encode("utf-8", "replace").decode("utf-8")
