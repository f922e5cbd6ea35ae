"""Makes everything that's made from the notebooks: exercises, minutes, links, indexes, the README's picture."""
from exercises.grader.tasks import exercise_from, sources, tasks_of
from lessons import files
from lessons.notebooks import KIT
from solutions.authoring import frames, indexes
from solutions.authoring.record import record


def build():
    """Record every notebook in `solutions/`, and write what's made from them and from the lessons."""
    for path in frames.update_frames():
        print(f"{path.parent.name}/{path.name}: new minutes or links", flush=True)
    for path in sources():
        print(f"{path.name}: {', '.join(task.name for task in tasks_of(path))}", flush=True)
        record(path)
        files.write(KIT / "exercises" / path.name, exercise_from(path))
    teachers, readme = KIT / "solutions" / "README.md", KIT / "README.md"
    for path, text in ((KIT / "lessons" / "README.md", indexes.lessons_page()),
                       (teachers, indexes.teachers_page(teachers.read_text(encoding="utf-8"))),
                       (readme, indexes.readme_page(readme.read_text(encoding="utf-8"))),
                       (indexes.PICTURE, indexes.picture())):
        files.write(path, text.encode("utf-8"))
