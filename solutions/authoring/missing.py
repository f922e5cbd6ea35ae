"""What a notebook in `solutions/` lacks, in one line each; nbgrader's metadata is filled in instead."""
import json

from exercises.grader.grading import definitions, grade
from exercises.grader.tasks import Source, fits
from lessons import files
from lessons.notebooks import NotebookProblem, as_bytes
from solutions.authoring import mutants

RIGHT, WRONG = 2, 4  # so many other right answers and wrong answers a task has at least


def fill_in(path):
    """Write nbgrader's metadata into the answers and checks of a notebook. Return whether that changed it.

    The points of a task are `"points": 2` in the metadata of its check.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        kind = str(cell.get("id")).partition("-")[0]
        if kind in ("answer", "check"):
            is_check, metadata = kind == "check", cell.setdefault("metadata", {})
            marks = {"cell_type": "code", "grade": is_check, "grade_id": cell["id"], "locked": is_check,
                     "schema_version": 3, "solution": not is_check, "task": False}
            points = metadata.pop("points", metadata.get("nbgrader", {}).get("points"))
            metadata["nbgrader"] = {**marks, "points": points} if is_check and points is not None else marks
    if json.loads(path.read_text(encoding="utf-8")) == notebook:
        return False
    files.write(path, as_bytes(notebook))
    return True


def unreadable(path):
    """Return what keeps a notebook from being read, such as a mark that isn't closed: a line for each cell."""
    try:
        source = Source(path)
    except NotebookProblem as problem:
        return [str(problem)]
    found = []
    for name in source.names:
        try:
            source.task(name)
        except NotebookProblem as problem:
            found.append(str(problem))
    return found


def gaps(task):
    """Return what a task lacks: rules without a case, cases without a rule, answers."""
    try:
        cases = definitions(task)[1].all
    except Exception as error:
        return [f"{task.name}: its check can't be run: {type(error).__name__}: {error}"]
    tried = {case.rule for case in cases}
    found = [f"{task.name}: rule {number} has no case: {rule}" for number, rule in enumerate(task.rules, start=1)
             if cases and number not in tried]
    found += [f"{task.name}: the case {case.title!r} is of rule {case.rule}. The text has {len(task.rules)} numbered "
              "rules" for case in cases if not 1 <= case.rule <= len(task.rules)]
    for what, there, least in (("other right", task.right, RIGHT), ("wrong", task.wrong, WRONG)):
        if len(there) < least:
            found.append(f"{task.name}: it has {len(there)} {what} answers. Expected at least {least}")
    return found


def misjudged(task):
    """Return the answers that don't get what they should, and the mutants that pass and aren't listed."""
    found = []
    with mutants.launcher() as launcher:
        for name, code in {"the solution": task.answer, **task.right}.items():
            verdict = grade(task, code, worked_in=True, launcher=launcher)
            if not verdict.passed:
                found.append(f"{task.name}: {name} is right, and gets: {verdict.message}")
        for name, (message, code) in task.wrong.items():
            verdict = grade(task, code, worked_in=True, launcher=launcher)
            if verdict.passed or not fits(verdict.message, message):
                found.append(f"{task.name}: {name} is wrong, and gets: {verdict.message or verdict.state}")
    if mutants.covered(task) and not found:
        found += [f"{task.name}: a mutant passes, {json.dumps(mutant.key, ensure_ascii=False)}: {mutant.changed}"
                  for mutant in mutants.unlisted(task, mutants.survivors(task)[0])]
    return found
