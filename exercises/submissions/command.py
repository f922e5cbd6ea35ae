"""What `python3 -m exercises grade` does: grade a class, write every report, and sum up."""
import sys
from pathlib import Path
from typing import NamedTuple

from exercises.isolation.processes import GraderProblem
from exercises.submissions import reports, workers
from exercises.submissions.collect import Batch
from exercises.submissions.gradebooks import scale
from exercises.submissions.gradebooks.gradebook import Gradebook
from exercises.submissions.janitor import Janitor
from lessons import files
from lessons.launcher import rerun
from lessons.launcher.environment import SetupProblem
from lessons.notebooks import KIT
from lessons.outputs import OutputFolder

MOST_DOUBTS = 20  # sentences on the terminal


class Opened(NamedTuple):
    """A pile that can be graded, where the grades go, and the gradebook they are put into."""
    batch: Batch
    to: Path
    gradebook: Gradebook


def opened(options):
    """Return what the command line names. Raises GraderProblem, before any grading, if it can't be used."""
    try:
        rerun.need("jinja2", KIT)  # for the pages
    except SetupProblem as problem:
        raise GraderProblem(str(problem)) from None
    out_of = scale.most_points(options.out_of) if options.out_of is not None else None
    gradebook = Gradebook(options, out_of)  # before hours of grading
    source = Path(options.folder)
    beside = source if source.name not in ("", "..") else source.resolve()
    to = Path(options.into or options.to or f"{beside}-grades")
    if source.is_dir() and source.resolve() in (to.resolve(), *to.resolve().parents):
        raise GraderProblem(f"{to} is in the folder of the submissions, so the next run would grade it. Name a folder "
                            "outside it with --to")
    batch = Batch(source, options.layout, options.learner_pattern)
    if not len(batch):
        raise GraderProblem(f"{source} contains no submissions")
    return Opened(batch, to, gradebook)


def grade_class(options):
    """Grade what the command line names, and return the exit status: 0 all passed, 1 not all, 2 not all graded."""
    exercises = reports.exercises_of(options.lessons) if options.lessons is not None else ()
    batch, to, gradebook = opened(options)
    with Janitor(to) as janitor:
        return _grade_batch(batch, to, options, janitor, gradebook, exercises)


def taken_for(source, batch):
    """Yield what the pile was taken for and how many learners were found, in one line, and then what isn't sure."""
    name = reports.shown(source.name or source.resolve().name)
    yield f"{name}: {batch.taken_for}, {len(batch)} learner{'s' * (len(batch) != 1)}."
    doubts = batch.doubts
    if doubts:
        yield "Not sure about:"
        yield from (f"  {reports.shown(doubt)}." for doubt in doubts[:MOST_DOUBTS])
        if len(doubts) > MOST_DOUBTS:
            yield f"  and {len(doubts) - MOST_DOUBTS} more."
        yield "If that's wrong, say how the files are named with --layout or --learner-pattern."


def _grade_batch(batch, to, options, janitor, gradebook, exercises):
    folder = output_folder(to)
    history = _history(folder) if options.into else None
    print("\n".join(taken_for(Path(options.folder), batch)), flush=True)
    pool = new_pool(options, janitor)
    tally = workers.ProgressBar(len(batch))
    try:
        results, failed = workers.grade_all(batch, to, pool, options.seed, tally)
    except KeyboardInterrupt:
        print(f"\nStopped. The results so far are in {to / 'results'}. The same command continues from there.",
              file=sys.stderr)
        return 130
    finally:
        pool.close()
    paths = [result for result in results if isinstance(result, Path)]
    try:
        assignment = reports.Assignment(reports.loaded(paths), exercises, bool(options.into))
        reports.write_all(results, folder, assignment, gradebook.out_of)
        added, over_time = _add_to(history, folder, results, assignment, options) if history else ("", None)
        full = _write_pages(paths, failed, folder, options.gradescope, assignment, gradebook.out_of, over_time)
        gradebook.write(map(assignment.marked, reports.loaded(results)), folder)
        folder.finish()
    except OSError as problem:
        raise no_room(problem, to) from None
    again = f" ({tally.again} of them unchanged since the last run)" if tally.again else ""
    print(f"{len(paths)} graded{again}, {full} passed everything. {assignment} "
          f"Grades: {to / 'grades.csv'}. The class at a glance: {to / 'class.html'}.{added}")
    for sentence in over_time.changes() if over_time else ():
        print(reports.shown(sentence))
    gradebook.say(to)
    for learner, reason in sorted(failed.items()):
        print(f"NOT GRADED: {reports.shown(learner)}: {reason}. Run the same command again.", file=sys.stderr)
    return 2 if failed else int(full < len(paths))


def no_room(problem, to):
    """Return what an OSError means while the grades are written: itself, unless the disk is full."""
    if problem.errno not in files.FULL:
        return problem
    return GraderProblem(f"there's no room left for the grades in {to} ({problem.strerror}). Make room, and run the "
                         "same command again: it continues from there")


def output_folder(path):
    """Return the folder for the grades. Raises GraderProblem, before any grading, if they can't be written there."""
    try:
        return OutputFolder(path)
    except OSError as problem:
        if not problem.errno:  # it has other files
            raise GraderProblem(f"{problem} with --to") from None
        reason = "it's a file" if path.is_file() else problem.strerror
        raise GraderProblem(f"the grades can't be written to {path} ({reason}). Name another folder with --to"
                            ) from None


def new_pool(options, janitor):
    """Return what grades, after it has tried its sandbox. Raises GraderProblem without one, unless that was asked for.

    Every worker gets this decision, and refuses to grade with less.
    """
    sandboxed = not options.no_sandbox
    if options.dask:
        from exercises.submissions.cluster import Cluster
        pool = Cluster(options.dask, sandboxed)
    else:
        pool = workers.Pool(max(1, options.jobs), sandboxed, janitor)
    try:
        print(_announced(pool), file=sys.stderr)
    except GraderProblem:
        pool.close()
        raise
    return pool


def _announced(pool):
    """Return in one line what keeps answers in."""
    if not pool.sandboxed:
        return f"No sandbox, as you asked. {pool.without_sandbox()} So grade only people you trust this way."
    words, sandboxed = pool.containment()
    if not sandboxed:
        how = " exercises/README.md says what it needs." if sys.platform == "linux" else ""
        raise GraderProblem(f"there's no sandbox, because {words}.{how} To grade only people you trust without one, "
                            "add --no-sandbox")
    return f"Each answer runs in {words}."


def _history(folder):
    """Return what earlier runs of the class found. Raises GraderProblem, before any grading, if it isn't usable."""
    from exercises.submissions.pages.history import History  # not at the top, since a bare Python has no Jinja2
    return History(folder)


def _add_to(history, folder, results, assignment, options):
    """Add this run to the history of the class. Return in a sentence what was done, and all runs together."""
    from exercises.submissions.pages.history import SHEET, run_of
    added = history.add(run_of(results, assignment, Path(options.folder).resolve().name))
    over_time = history.over_time()
    folder.write(SHEET, over_time.sheet().encode("utf-8-sig"))  # with a mark that Excel needs
    return f" {added}", over_time


def _write_pages(paths, failed, folder, gradescope, assignment, out_of, over_time):
    """Write the pages of the learners and the teacher's. Return how many learners passed everything that counts."""
    from exercises.submissions import pages  # not at the top, since a bare Python has no Jinja2
    class_page = pages.ClassPage(str(assignment), out_of)
    for path, result in zip(paths, reports.loaded(paths)):
        link, counted = f"feedback/{path.stem}.html", assignment.of(result)
        class_page.add(counted, link)
        folder.write(link, pages.feedback(counted, out_of).encode("utf-8"))
        if gradescope:
            folder.write(f"gradescope/{path.name}", reports.as_json(reports.gradescope(counted)).encode("utf-8"))
    folder.write("class.html", class_page.render(failed, over_time).encode("utf-8"))
    return class_page.full
