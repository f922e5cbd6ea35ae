"""Grades what a class handed in: whose variant each notebook is, and which answers are right.

Points are given for answers to one's own variant only. What needs a decision, such as somebody else's variant, is said
and left to the teacher.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from exercises.exam import notebook, papers
from exercises.exam.papers import Paper, Place
from exercises.exam.record import Editing, Exam, Outcome, Variant
from exercises.exam.roster import Roster
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED
from exercises.submissions.collect import Submission, first
from exercises.submissions.grade import AGAIN, NOT_GRADED, NOT_READ, OneAnswer
from exercises.submissions.pile.names import spelled_out
from exercises.submissions.reports import listed, some
from lessons.notebooks import Damaged, NotebookProblem

WRONG = "WRONG"
NAMELESS = ("files", "one")  # layouts in which a file's name, which anybody can change, is all that says whose it is
MOST_SAID = 60  # characters of an answer that are shown where something is to be decided
NOTHING = "nothing was handed in"
Result = dict[str, Any]


class Said(NamedTuple):
    """What there is to decide, as it's said to the teacher and to the learner."""
    teacher: str
    learner: str


@dataclass
class Handed:
    """What one submission of the pile contains."""
    learner: str  # as the pile calls them
    id: str
    papers: list[Paper] = field(default_factory=list)  # the newest first
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    submitted: str = ""
    time: float = 0.0  # of its newest notebook
    broken: str = ""  # why the grader couldn't read it, through no fault of the learner's

    @property
    def label(self) -> str:
        """What the pile calls the learner."""
        return f"{self.learner} ({self.id})" if self.id else self.learner


def handed(submission: Submission) -> Handed:
    """Return what a submission contains, as far as it counts; nothing of it is run."""
    found = Handed(submission.learner, submission.id, problems=list(submission.problems), broken=submission.broken,
                   notes=["submitted late"] * submission.late, submitted=submission.submitted)
    found.time = max((time for _, time, _ in submission.notebooks), default=0.0)
    for label, _, data in submission.notebooks:  # the newest first
        try:
            paper = papers.read(label, data)
        except NotebookProblem as problem:
            found.problems.append(f"{problem}. {AGAIN}" if isinstance(problem, Damaged) else str(problem))
            continue
        if paper:
            found.papers.append(paper)
        else:
            found.problems.append(f"{label} isn't a notebook of this exam")
    return found


class Grades:
    """The results of a class: one for each learner on the list, and one for everybody else in the pile."""

    def __init__(self, exam: Exam, pile: Sequence[Handed], layout: str = ""):
        """`layout` is what the pile was taken for: whether it knows who handed something in."""
        self._exam, self._by_id = exam, {variant.id: variant for variant in exam.variants}
        self._roster = Roster([variant.person for variant in exam.variants])
        self._programs = _programs(exam)
        self.to_run: list[tuple[Result, OneAnswer]] = []  # answers to editing tasks, and the rows for their verdicts
        named = [self._roster.find(each.learner, each.id) for each in pile]
        self._trust = layout in NAMELESS or not any(named)
        self.doubts = [] if any(named) or not pile else [
            "nobody's name in this pile is on the exam's list, so the variants say whose is whose"]
        found: dict[str, list[Handed]] = {}
        self._others = list[Handed]()
        for each, places in zip(pile, named):
            variant = self._owner(each, places)
            if variant:
                found.setdefault(variant.id, []).append(each)
            else:
                self._others.append(each)
        self.missing = [exam.label(variant) for variant in exam.variants if variant.id not in found]
        self.results = [self._result(variant, found.get(variant.id, [])) for variant in exam.variants]
        self.results += [self._stranger(each) for each in self._others]

    def _owner(self, each: Handed, places: set[int]) -> Variant | None:
        """Return the variant of whoever handed something in, by the list. Where that isn't clear, the paper decides."""
        if len(places) == 1:
            return self._exam.variants[next(iter(places))]
        if not places and not self._trust:
            return None
        found = [variant for paper in each.papers for variant in self._owners(paper)
                 if not places or self._exam.variants.index(variant) in places]
        if found and not places:
            each.notes.append(f"known by the variant, because {each.label} isn't a name on the list")
        return found[0] if found else None

    def _owners(self, paper: Paper) -> list[Variant]:
        """Return the variants in a paper, that with the most questions first."""
        known = [self._by_id[id] for id in sorted(paper.variants) if id in self._by_id]
        return sorted(known, key=lambda variant: -len(paper.questions_of(variant.id)))

    def _whose(self, ids: Iterable[str]) -> str:
        """Return in words whose variants these are: "Ben Ito's". There must be at least one."""
        known = sorted({f"{self._exam.label(self._by_id[id])}'s" if id in self._by_id else "another exam's"
                        for id in ids})
        return listed(known)

    def _result(self, variant: Variant, theirs: list[Handed]) -> Result:
        """Return the result of somebody on the list."""
        every = [paper for each in sorted(theirs, key=lambda one: -one.time) for paper in each.papers]
        own = [paper for paper in every if variant.id in paper.variants
               and (paper.questions_of(variant.id) or paper.variants == {variant.id})
               and not self._disguised(paper, variant)]
        paper, others = self._newest(own, variant), [paper for paper in every if paper not in own]
        decide = [self._of_another(other, variant) for other in others]
        notes = [note for each in theirs for note in each.notes]
        if len(theirs) > 1:
            decide.append(_several(theirs))
        if paper and len(own) > 1:
            notes.append(f"{len(own)} notebooks of this variant; the newest with answers counts: {paper.label}")
        broken = next((each.broken for each in theirs if each.broken), "")
        if paper and not broken:
            numbers = range(1, len(variant.questions) + 1)
            tasks = [row for number in numbers for row in self._rows(variant, paper, number)]
            tasks += [self._edit_row(variant, paper, number) for number, _ in variant.numbered_edits]
            if all(row["state"] == NOT_ATTEMPTED for row in tasks):
                notes.append(f"{paper.label} contains no answers")
            decide += _not_understood(tasks)
            decide += [self._mixed(paper, variant)] if self._foreign(paper, variant) else []
        elif broken or others:
            notes += [f"{NOT_GRADED}: {broken}"] * bool(broken)
            tasks = self._blank(variant, NOT_GRADED, broken or "somebody else's variant")
        elif theirs:
            tasks = self._blank(variant, NOT_ATTEMPTED, NOT_READ)
        else:
            notes.append(NOTHING)
            tasks = self._blank(variant, NOT_GRADED, NOTHING)
        return _finished(variant.name, self._id(variant, theirs), variant.id, theirs, notes, decide, tasks)

    def _shown(self, paper: Paper) -> set[Place]:
        """Return the questions whose programs a paper shows, whatever its ids say."""
        return {self._programs[program] for program in paper.programs if program in self._programs}

    def _foreign(self, paper: Paper, variant: Variant) -> set[str]:
        """Return the other variants that are in a paper."""
        return (paper.variants | {*dict(self._shown(paper))}) - {variant.id}

    def _disguised(self, paper: Paper, variant: Variant) -> bool:
        """Return whether all programs in a paper are other people's, although the ids are the learner's own."""
        shown = dict(self._shown(paper))
        return variant.id in paper.variants and bool(shown) and variant.id not in shown

    def _of_another(self, paper: Paper, variant: Variant) -> Said:
        whose = self._whose(self._foreign(paper, variant))
        changed = ", and its ids were changed" if self._disguised(paper, variant) else ""
        return Said(f"{paper.label}: this is {whose} variant{changed}. Points aren't given; ask who wrote it.",
                    f"{paper.label} is {whose} variant{changed}, so it gives you no points. If it's the wrong file, "
                    "tell your teacher.")

    def _mixed(self, paper: Paper, variant: Variant) -> Said:
        foreign = self._foreign(paper, variant)
        numbers = sorted({number for owner in foreign for number in paper.questions_of(owner)}
                         | {number for owner, number in self._shown(paper) if owner != variant.id})
        questions = f"question{'s' * (len(numbers) > 1)} {listed(list(map(str, numbers)))}" if numbers else "marks"
        what = f"{paper.label} mixes variants: it contains {questions} of {self._whose(foreign)} variant."
        return Said(f"{what} Only answers to the learner's own questions give points; ask who wrote it.",
                    f"{what} Only answers to your own questions give points.")

    def _newest(self, own: list[Paper], variant: Variant) -> Paper | None:
        """Return the newest paper with answers, or else the newest, or None."""
        worked = (paper for paper in own if paper.worked_on(variant))
        return next(worked, next(iter(own), None))

    def _rows(self, variant: Variant, paper: Paper, number: int) -> Iterable[Result]:
        """Yield what the reports say about the outcomes of a question."""
        question, here = variant.questions[number - 1], number in paper.questions_of(variant.id)
        for place, (outcome, text) in enumerate(zip(question.outcomes, paper.answers(variant, number)), start=1):
            choice = papers.chosen(text, outcome) if text else ""
            state = PASSED if choice == outcome.answer and text else WRONG if text else NOT_ATTEMPTED
            missing = "" if here else "the question isn't in the notebook"
            yield {**_row(number, place, outcome, state), "said": spelled_out(text), "choice": choice,
                   "message": _message(outcome, state, text, choice) or missing}

    def _edit_row(self, variant: Variant, paper: Paper, number: int) -> Result:
        """Return what's known about an editing task before its answer runs. If there's one, it's put into `to_run`."""
        edit, code = dict(variant.numbered_edits)[number], paper.code(variant, number)
        row = {**_edit(number, edit, NOT_YET if code else NOT_ATTEMPTED), "said": code,
               "message": "" if number in paper.questions_of(variant.id) else "the question isn't in the notebook"}
        if code:
            self.to_run.append((row, OneAnswer(variant.name, edit.task(number), code)))
        return row

    def _blank(self, variant: Variant, state: str, message: str) -> list[Result]:
        """Return the rows of somebody without a paper that counts."""
        return [{**_row(number, place, outcome, state), "message": message}
                for number, question in enumerate(variant.questions, start=1)
                for place, outcome in enumerate(question.outcomes, start=1)] + [
            {**_edit(number, edit, state), "message": message} for number, edit in variant.numbered_edits]

    def _stranger(self, each: Handed) -> Result:
        """Return the result of somebody who isn't on the list."""
        ids = {id for paper in each.papers for id in paper.variants}
        about = f" It's {self._whose(ids)} variant." if ids else ""
        said = Said(f"{each.label} isn't on the exam's list.{about} If it's somebody on the list, write this name into "
                    "their \"known\" in exam.json, and grade again.",
                    "Your name isn't on the list of this exam, so there are no points yet. Tell your teacher.")
        tasks = self._blank(self._exam.variants[0], NOT_GRADED, "not on the list")
        return _finished(each.learner, each.id, "", [each], each.notes, [said], tasks)

    def _id(self, variant: Variant, theirs: list[Handed]) -> str:
        """Return what a platform can know a learner by: its own number, a user name in the pile, or the list's id."""
        known = {each.casefold(): each for each in variant.known}
        found = [each.id or known.get(each.learner.casefold(), "") for each in theirs]
        same = self._exam.label(variant) != variant.name
        return next(filter(None, found), variant.known[0] if same else "")


def _programs(exam: Exam) -> dict[str, Place]:
    """Return whose question each program is, and its number. One that two people got says nothing."""
    found: dict[str, set[Place]] = {}
    for variant in exam.variants:
        for number in range(1, len(variant.questions) + 1):
            for program in papers.programs(notebook.question_text(variant, number)):
                found.setdefault(program, set()).add((variant.id, number))
        for number, edit in variant.numbered_edits:
            for program in papers.programs(edit.text):
                found.setdefault(program, set()).add((variant.id, number))
    return {program: next(iter(places)) for program, places in found.items() if len(places) == 1}


def _not_understood(tasks: Sequence[Result]) -> list[Said]:
    """Return what to say if answers are none of the choices, because a reader may know better what they mean."""
    rows = [row for row in tasks if row["state"] == WRONG and not row["choice"]]
    if not rows:
        return []
    names = some([row["task"] for row in rows])
    what = f"{names} {'name' if len(rows) > 1 else 'names'} none of the choices, or several, and so counted as wrong"
    return [Said(f"{what}, such as {rows[0]['said'][:MOST_SAID]!r}.", f"{what}.")]


def _several(theirs: Sequence[Handed]) -> Said:
    what = f"{len(theirs)} submissions in the pile: {listed([each.label for each in theirs])}"
    return Said(f"{what}. If one of them is somebody else's, ask who wrote it.",
                f"{what}. If one of them isn't yours, tell your teacher.")


def _finished(name: str, id: str, variant: str, theirs: list[Handed], notes: list[str], decide: list[Said],
              tasks: list[Result]) -> Result:
    """Return a result. Its `notes` are the teacher's, with what there is to decide; `told` is for the learner."""
    teachers = [said.teacher for said in decide]
    return {"learner": name, "id": id, "variant": variant, "handed": bool(theirs), "notes": [*notes, *teachers],
            "submitted": max((each.submitted for each in theirs), default=""),
            "problems": first([problem for each in theirs for problem in each.problems]), "decide": teachers,
            "told": [*notes, *(said.learner for said in decide)], "tasks": tasks}


def _row(number: int, place: int, outcome: Outcome, state: str) -> Result:
    return {"task": f"{number}.{place}", "notebook": "exam", "state": state, "points": int(state == PASSED), "of": 1,
            "note": "", "evidence": "", "misconception": "", "fact": outcome.fact, "said": "", "choice": ""}


def _edit(number: int, edit: Editing, state: str) -> Result:
    return {"task": str(number), "notebook": "exam", "state": state, "points": 0, "of": edit.points, "note": "",
            "evidence": "", "misconception": "", "fact": edit.fact, "said": "", "choice": "", "message": ""}


def _message(outcome: Outcome, state: str, text: str, choice: str) -> str:
    """Return why an answer gives no point."""
    if state == PASSED:
        return ""
    said = f"The answer is {outcome.answer!r}" + (f", not {text!r}" if state == WRONG else "")
    return f"{said}. {outcome.why}"
