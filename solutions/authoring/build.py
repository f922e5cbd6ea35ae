"""Makes everything that's made from the notebooks: exercises, minutes, links, indexes, the README's picture."""
from nbclient.exceptions import CellExecutionError

from exercises.grader.tasks import exercise_from, sources, tasks_of
from lessons import files
from lessons.notebooks import KIT
from solutions.authoring import frames, indexes, missing
from solutions.authoring.changed import Built
from solutions.authoring.record import record


def build():
    """Say what's missing, record every notebook in `solutions/` that changed, and write what's made from them and from
    the lessons. Return 1 if something is missing."""
    for path in sources():
        if missing.fill_in(path):
            say(f"{path.name}: new nbgrader metadata")
    for path in frames.update_frames():
        say(f"{path.parent.name}/{path.name}: new minutes or links")
    if unreadable := [line for path in sources() for line in missing.unreadable(path)]:
        say(*unreadable, "Nothing was made.")
        return 1
    built, complete = Built(), True
    for task in (task for path in sources() for task in tasks_of(path)):
        lacks = missing.gaps(task) or ([] if built.has_task(task) else missing.misjudged(task))
        say(*lacks)
        complete = complete and not lacks
        if not lacks and not built.has_task(task):
            built.note_task(task)
    for path in sources():
        if not built.has_notebook(path):
            say(f"{path.name}: {', '.join(task.name for task in tasks_of(path))}")
            try:
                record(path)
                built.note_notebook(path)
            except CellExecutionError as error:
                say(f"{path.name}: it isn't recorded, because a cell raised {error.ename}: {error.evalue}")
                complete = False
        files.write(KIT / "exercises" / path.name, exercise_from(path))
    teachers, readme = KIT / "solutions" / "README.md", KIT / "README.md"
    for path, text in ((KIT / "lessons" / "README.md", indexes.lessons_page()),
                       (teachers, indexes.teachers_page(teachers.read_text(encoding="utf-8"))),
                       (readme, indexes.readme_page(readme.read_text(encoding="utf-8"))),
                       (indexes.PICTURE, indexes.picture())):
        files.write(path, text.encode("utf-8"))
    return 0 if complete else 1


def say(*lines):
    """Print lines, each as soon as it's known."""
    for line in lines:
        print(line, flush=True)
