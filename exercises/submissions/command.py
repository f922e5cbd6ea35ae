"""What `python3 -m exercises grade` does: grade a batch, write every report, and sum up."""
import sys
from pathlib import Path

from exercises.submissions import pages, reports, workers
from exercises.submissions.collect import Batch
from exercises.grader import fork_server
from lessons import files


def grade_class(options):
    """Grade as the options of the command line say; gives the exit status: 0 all passed, 1 not all, 2 not all graded."""
    source = Path(options.folder)
    beside = source if source.name not in ("", "..") else source.resolve()
    batch, to = Batch(source), Path(options.to or f"{beside}-grades")
    if not len(batch):
        print(f"error: there is no submission in {source}", file=sys.stderr)
        return 2
    to.mkdir(parents=True, exist_ok=True)  # an hour of grading needs a place
    pool = _pool(options)
    tally = workers.Progress(len(batch))
    try:
        paths, failed = workers.grade_all(batch, to, pool, options.seed, tally)
    except KeyboardInterrupt:
        print(f"\nStopped. What is graded is kept in {to}; the same command goes on from there.", file=sys.stderr)
        return 130
    finally:
        pool.close()
    reports.write_all(paths, to)
    everyone, full = _write_pages(paths, failed, to, options.gradescope)
    print(f"{everyone} graded ({tally.again} of them unchanged since the last run), {full} passed everything. "
          f"Grades: {to / 'grades.csv'}. The class at a glance: {to / 'class.html'}.")
    for learner, reason in sorted(failed.items()):
        print(f"NOT GRADED: {learner}: {reason}. Run the same command again.", file=sys.stderr)
    return 2 if failed else int(full < everyone)


def _pool(options):
    if options.dask:
        from exercises.submissions.cluster import Cluster
        return Cluster(options.dask)
    print(f"Answers are kept in by {fork_server.containment()[0]}.", file=sys.stderr)
    return workers.Pool(max(1, options.jobs))


def _write_pages(paths, failed, to, gradescope):
    """Write the pages of the learners and of the teacher; give how many learners there are, and passed everything."""
    class_page, full = pages.ClassPage(), 0
    for path, result in zip(paths, reports.loaded(paths)):
        link = f"feedback/{path.stem}.html"
        class_page.add(result, link)
        files.write(to / link, pages.feedback(result).encode("utf-8"))
        if gradescope:
            files.write(to / "gradescope" / path.name, reports.as_json(reports.gradescope(result)).encode("utf-8"))
        reached, total = reports.points(result)
        full += reached == total
    files.write(to / "class.html", class_page.drawn(failed).encode("utf-8"))
    return len(paths), full
