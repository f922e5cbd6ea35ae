"""What `python3 -m exercises grade` does: grade a pile, write every report, and sum up."""
import sys
from pathlib import Path

from exercises.classroom import pages, reports, run
from exercises.classroom.handins import Pile
from exercises.grader import warm
from lessons import desks


def grade_class(options):
    """Grade as the options of the command line say; gives the exit status: 0 all passed, 1 not all, 2 not all graded."""
    source = Path(options.folder)
    beside = source if source.name not in ("", "..") else source.resolve()
    pile, to = Pile(source), Path(options.to or f"{beside}-grades")
    if not len(pile):
        print(f"error: there is no hand-in in {source}", file=sys.stderr)
        return 2
    to.mkdir(parents=True, exist_ok=True)  # an hour of grading needs a place
    workers = _workers(options)
    tally = run.Progress(len(pile))
    try:
        paths, failed = run.grade_all(pile, to, workers, options.seed, tally)
    except KeyboardInterrupt:
        print(f"\nStopped. What is graded is kept in {to}; the same command goes on from there.", file=sys.stderr)
        return 130
    finally:
        workers.close()
    reports.write_all(paths, to)
    everyone, full = _write_pages(paths, failed, to, options.gradescope)
    print(f"{everyone} graded ({tally.again} of them unchanged since the last run), {full} passed everything. "
          f"Grades: {to / 'grades.csv'}. The class at a glance: {to / 'class.html'}.")
    for learner, reason in sorted(failed.items()):
        print(f"NOT GRADED: {learner}: {reason}. Run the same command again.", file=sys.stderr)
    return 2 if failed else int(full < everyone)


def _workers(options):
    if options.dask:
        from exercises.classroom.cluster import Cluster
        return Cluster(options.dask)
    print(f"Answers are kept in by {warm.containment()[0]}.", file=sys.stderr)
    return run.Pool(max(1, options.jobs))


def _write_pages(paths, failed, to, gradescope):
    """Write the pages of the learners and of the teacher; give how many learners there are, and passed everything."""
    overview, full = pages.ClassPage(), 0
    for path, result in zip(paths, reports.loaded(paths)):
        link = f"feedback/{path.stem}.html"
        overview.add(result, link)
        desks.write(to / link, pages.feedback(result).encode("utf-8"))
        if gradescope:
            desks.write(to / "gradescope" / path.name, reports.as_json(reports.gradescope(result)).encode("utf-8"))
        reached, total = reports.points(result)
        full += reached == total
    desks.write(to / "class.html", overview.drawn(failed).encode("utf-8"))
    return len(paths), full
