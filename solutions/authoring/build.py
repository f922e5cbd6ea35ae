"""Makes everything that's made from the notebooks: the exercises, the indexes, the README's picture."""
from exercises.grader.tasks import exercise_from, sources, tasks_of
from lessons import files
from lessons.notebooks import KIT
from solutions.authoring import indexes
from solutions.authoring.record import record


def build():
    """Record every notebook in `solutions/`, and write what's made from them and from the lessons."""
    for path in sources():
        print(f"{path.name}: {', '.join(task.name for task in tasks_of(path))}", flush=True)
        record(path)
        files.write(KIT / "exercises" / path.name, exercise_from(path))
    teachers = KIT / "solutions" / "README.md"
    for path, text in ((KIT / "lessons" / "README.md", indexes.index_of_facts()),
                       (teachers, indexes.teachers_page(teachers.read_text(encoding="utf-8"))),
                       (indexes.PICTURE, indexes.picture())):
        files.write(path, text.encode("utf-8"))
