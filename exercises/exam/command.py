"""What `python3 -m exercises exam` and `python3 -m exercises grade PILE --exam exam.json` do."""
import secrets
import sys
from pathlib import Path

from exercises.drills.making import asked_facts
from exercises.exam import answer_key, editing, notebook, record, roster, variants
from exercises.exam.grading import Grades, Result, handed
from exercises.exam.record import Exam
from exercises.isolation.processes import GraderProblem
from exercises.submissions import command, reports
from exercises.submissions.grade import NOT_GRADED
from exercises.submissions.gradebooks.gradebook import Gradebook
from exercises.submissions.janitor import Janitor
from exercises.submissions.workers import ProgressBar, grade_answers
from lessons import PYTHON
from lessons.notebooks import facts_shown
from lessons.outputs import OutputFolder

RECORD = "exam.json"
KEY = "key.html"  # the answers, to print
HAND_OUT = "hand-out"  # the folder of the notebooks
MOST_QUESTIONS, MOST_LEVEL = 50, 10
SAFE_SEED = 12  # characters: a learner can try shorter ones until the id in the notebook comes out
NOT_FOR_EXAMS = ("lessons", "into", "dask")  # options of `grade`


def write_exam(options) -> int:
    """Write an exam, and return the exit status 0. Raises GraderProblem if it can't be written as asked."""
    questions = _number(options.questions, "--questions", MOST_QUESTIONS)
    level = _number(options.level, "--level", MOST_LEVEL)
    edits = _number(options.edit_tasks, "--edit-tasks", len(editing.KINDS), least=0)
    if options.seed is not None and not options.seed.strip():
        raise GraderProblem("--seed expects some text, which you keep secret. Without --seed, the exam gets a new one")
    people = roster.read(Path(options.learners))
    facts = _facts(options.facts, options.lessons)
    to = Path(options.to)
    earlier = record.load(to / RECORD) if (to / RECORD).exists() else None
    if earlier and options.seed is None:
        raise _in_the_way(to, earlier)
    folder = command.output_folder(to)
    exam = variants.made(people, facts, questions, level, options.seed or secrets.token_hex(8),
                         ProgressBar(questions * len(people)), edits)
    if earlier and earlier != exam:
        raise _in_the_way(to, earlier)
    try:
        for variant in exam.variants:
            folder.write(f"{HAND_OUT}/{variant.file}", notebook.written(variant))
        folder.write(RECORD, exam.as_bytes())
        folder.write(KEY, answer_key.written(exam))
        folder.finish()
    except OSError as problem:
        raise command.no_room(problem, to) from None
    print("\n".join(_summary(exam, to, facts)))
    if len(exam.seed) < SAFE_SEED:
        print(f"A seed of {len(exam.seed)} characters can be guessed, and then the answers can be computed. If the "
              f"exam counts, write it again without --seed, or with at least {SAFE_SEED} characters that aren't words.",
              file=sys.stderr)
    return 0


def _number(text: str, option: str, most: int, least: int = 1) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise GraderProblem(f"{option} expects a number from {least} to {most}, not {text!r}. "
                            f"For example, type: {option} 3")
    return int(text)


def _facts(ids: str | None, lessons: str | None) -> list[str]:
    """Return the facts that are named, and those of the lessons that are, or else all that drills can ask."""
    known, chosen = asked_facts(), set[str]()
    if ids is None and lessons is None:
        return [*known]
    for id in (part.strip().upper() for part in ids.split(",")) if ids is not None else ():
        if id not in known:
            raise GraderProblem(f"--facts expects facts that drills can ask, and {id!r} isn't one. They can ask: "
                                f"{', '.join(known)}")
        chosen.add(id)
    if lessons is not None:
        stems, shown = reports.exercises_of(lessons), facts_shown()
        found = {fact for fact in known if shown[fact][1].stem in stems}
        if not found:
            raise GraderProblem(f"no drill asks a fact of --lessons {lessons}. There are drills on lessons "
                                f"{_lessons(known, shown)}")
        chosen |= found
    return sorted(chosen)


def _lessons(known, shown) -> str:
    return reports.listed(sorted({shown[fact][1].stem[:2] for fact in known}))


def _in_the_way(to: Path, earlier: Exam) -> GraderProblem:
    return GraderProblem(f"{to} contains another exam, for {len(earlier.variants)} learners, and to grade it you need "
                         "its answers. Name a new folder with --to")


def _summary(exam: Exam, to: Path, facts: list[str]) -> list[str]:
    """Return what was written, in sentences."""
    count, questions = len(exam.variants), len(exam.variants[0].questions)
    points = sum(len(question.outcomes) for question in exam.variants[0].questions)
    edits = exam.variants[0].edits
    points += sum(edit.points for edit in edits)
    written = f" and {len(edits)} editing task{'s' * (len(edits) > 1)}" if edits else ""
    steps = sorted(variant.steps / questions for variant in exam.variants)
    about = {question.fact for question in exam.variants[0].questions}
    asked = "Question by question, they're about the same facts" + (
        f", {len(about)} of the {len(facts)} you allow." if len(about) < len(facts) else ".")
    alone = (f"No two share a question. Their mean difficulty is from {steps[0]:.1f} to {steps[-1]:.1f} steps, "
             f"{variants.spread(exam):.1%} apart.")
    uneven = variants.spread(exam) >= variants.APART
    return [f"Wrote {count} notebook{'s' * (count != 1)} with {questions} question{'s' * (questions != 1)}"
            f"{written} for {points} points to {to / HAND_OUT}. {asked}",
            *([alone] if count > 1 else []),
            *([f"That's more than {variants.APART:.0%}. More --questions make it more even."] if uneven else []),
            f"Keep {to / RECORD}, because it contains the answers, and who has which variant. To "
            f"print the answers, open {to / KEY}. To grade, type: "
            f"{PYTHON} -m exercises grade SUBMISSIONS --exam {to / RECORD}"]


def grade_exam(options) -> int:
    """Grade what a class handed in, and return the exit status: 0 if everyone has all points, 1 if not."""
    for option in NOT_FOR_EXAMS:
        if getattr(options, option) is not None:
            raise GraderProblem(f"--{option} doesn't go with --exam, because the exam says what counts. Leave it out")
    exam = record.load(Path(options.exam))
    batch, to, gradebook = command.opened(options)
    folder = command.output_folder(to)
    print("\n".join(command.taken_for(Path(options.folder), batch)), flush=True)
    show, pile = ProgressBar(len(batch)), []
    for submission in batch:
        pile.append(handed(submission))
        show(len(pile), 0)
    grades = Grades(exam, pile, batch.layout)
    if grades.to_run and not _run(grades, to, options):
        return 130
    try:
        _write(exam, grades.results, folder, gradebook, options.gradescope)
    except OSError as problem:
        raise command.no_room(problem, to) from None
    return _said(exam, grades, to, gradebook)


def _run(grades: Grades, to: Path, options) -> bool:
    """Grade the answers to editing tasks in sandboxed workers. Return False if that was interrupted."""
    rows, answers = zip(*grades.to_run)
    print(f"Answers to editing tasks: {len(answers)}.", file=sys.stderr)
    failed = 0
    with Janitor(to) as janitor:
        pool = command.new_pool(options, janitor)
        try:
            for place, verdict in grade_answers(answers, pool, options.seed, ProgressBar(len(answers))):
                rows[place].update(verdict)
                failed += verdict["state"] == NOT_GRADED
        except KeyboardInterrupt:
            print("\nStopped. To grade again, type the same command.", file=sys.stderr)
            return False
        finally:
            pool.close()
    if failed:
        print(f"{NOT_GRADED}: {failed} of these answers. Run the same command again.", file=sys.stderr)
    return True


def _write(exam: Exam, results: list[Result], folder: OutputFolder, gradebook: Gradebook, gradescope: bool) -> None:
    """Write every report into the folder."""
    from exercises.exam import report  # not at the top, since a bare Python has no Jinja2
    names = [row["task"] for row in results[0]["tasks"]]
    reports.write_files(lambda: iter(results), folder, names, gradebook.out_of)
    for result in results:
        place = report.link(result)
        folder.write(place, report.feedback(exam, result, gradebook.out_of).encode("utf-8"))
        if gradescope:
            text = reports.as_json(reports.gradescope({**result, "notes": result["told"]}))
            folder.write(f"gradescope/{Path(place).stem}.json", text.encode("utf-8"))
    folder.write("class.html", report.class_page(exam, results, gradebook.out_of).encode("utf-8"))
    gradebook.write(({**result, "tasks": [{**row, "counts": True} for row in result["tasks"]]} for result in results
                     if result["handed"]), folder)
    folder.finish()


def _said(exam: Exam, grades: Grades, to: Path, gradebook: Gradebook) -> int:
    """Sum up on the terminal, and return the exit status."""
    graded = [result for result in grades.results if reports.graded(result)]
    full = sum(len({*reports.points(result)}) == 1 for result in graded)
    print(f"{len(graded)} graded, {full} with all points. Grades: {to / 'grades.csv'}. The exam at a glance: "
          f"{to / 'class.html'}.")
    if grades.missing:
        print(f"Nothing was handed in by {reports.shown(reports.some(grades.missing))}.")
    gradebook.say(to)
    for doubt in grades.doubts:
        print(f"Not sure: {reports.shown(doubt)}.", file=sys.stderr)
    decide = [(exam.called(result), sentence) for result in grades.results for sentence in result["decide"]]
    for name, sentence in decide[:command.MOST_DOUBTS]:
        print(f"TO DECIDE: {reports.shown(name)}: {reports.shown(sentence)}", file=sys.stderr)
    if len(decide) > command.MOST_DOUBTS:
        print(f"and {len(decide) - command.MOST_DOUBTS} more in class.html.", file=sys.stderr)
    return int(full < len(grades.results))
