"""Grades exercises under `pytest --nbval`: each task is one test, by its name; `.pytest.ini` loads this.

nbval would compare a notebook with the outputs saved in it, which proves nothing about an answer. So this replaces
nbval's tests of the exercises' notebooks by the grader's.
"""
import pytest

from exercises.grader import tasks
from exercises.grader.grading import NOT_ATTEMPTED, answers_in, grade_notebook
from lessons.notebooks import NotebookProblem


class NotPassed(Exception):
    """A task that isn't passed; the report shows only its text."""


@pytest.hookimpl(hookwrapper=True)
def pytest_collect_file(file_path, parent):
    outcome = yield
    options = parent.config.option
    ours = file_path.suffix == ".ipynb" and file_path.parent.name == "exercises"
    if ours and (getattr(options, "nbval", False) or getattr(options, "nbval_lax", False)):
        others = [collector for collector in outcome.get_result() if type(collector).__module__ != "nbval.plugin"]
        outcome.force_result([*others, ExerciseFile.from_parent(parent, path=file_path)])


class ExerciseFile(pytest.File):
    """A learner's notebook."""

    def collect(self):
        try:
            return [TaskItem.from_parent(self, name=task.name) for task in answers_in(self.path)[0]]
        except NotebookProblem as problem:
            return [ProblemItem.from_parent(self, name="notebook", problem=str(problem))]


class ProblemItem(pytest.Item):
    """A notebook that can't be graded; its test fails and says why."""

    def __init__(self, *, problem, **options):
        super().__init__(**options)
        self.problem = problem

    def runtest(self):
        raise NotPassed(self.problem)

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: {self.name}"


class TaskItem(pytest.Item):
    """One task of a learner's notebook."""

    def runtest(self):
        verdict = grade_notebook(self.path, {tasks.find(self.name)})[0]
        self.user_properties += [("state", verdict.state), ("points", verdict.points), ("of", verdict.task.points)]
        if verdict.state == NOT_ATTEMPTED:
            pytest.skip(f"not attempted: {self.name}. {verdict.message}".strip())
        if verdict.note:
            self.add_report_section("call", "note", verdict.note)
        if not verdict.passed:
            raise NotPassed(str(verdict))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: {self.name}"
