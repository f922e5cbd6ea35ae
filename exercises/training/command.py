"""`python3 -m exercises drill`: drills in a terminal, until the learner stops."""
from pathlib import Path
from typing import Any

from exercises.drills.drill import Drill, Question
from exercises.drills.making import DrillProblem
from exercises.progress import board
from exercises.training import answers, text, topics
from exercises.training.answers import Answered
from exercises.training.keys import Keys
from exercises.training.trainer import Result, Trainer, summary
from lessons import PYTHON

STOP = "q"


class Stopped(Exception):
    """The learner stops."""


def drill(folder: Path, options: Any) -> int:
    """Show drills and read answers until the learner stops, then sum up. Return the exit status, which is 0.

    Raises DrillProblem if drills ask nothing about what the command line names.
    """
    trainer = Trainer(folder)
    if options.list:
        print(listed(trainer))
        return 0
    request = topics.requested(" ".join(options.word), options.lesson, options.facts)
    session = _Session(trainer, Keys())
    try:
        if options.seed:
            session.ask(trainer.given(options.seed, options.level or 1, request.facts), request.title)
        else:
            session.go_on(request, options.level)
    except (Stopped, EOFError, KeyboardInterrupt):
        print()
    print(text.filled(session.summed_up()))
    return 0


def listed(trainer: Trainer) -> str:
    """Return the topics, each with how many of its facts are mastered."""
    known = trainer.mastery.facts()
    lines = []
    for topic in topics.topics():
        facts = topics.facts_of(topic)
        mastered = sum(fact in known and known[fact].is_mastered for fact in facts)
        lines.append(f"{topic:14} {mastered:2} of {len(facts):2} mastered   {text.plain(topics.TOPICS[topic][0])}")
    return "\n".join([*lines, "", summary(trainer.mastery),
                      f"To practice a topic, type for example: {PYTHON} -m exercises drill from-import"])


class _Session:
    """The drills of one call."""

    def __init__(self, trainer: Trainer, keys: Keys):
        self._trainer, self._keys = trainer, keys
        self._results: list[Result] = []

    def go_on(self, request: topics.Request, level: int | None) -> None:
        """Ask one drill after the other, the first one of this level if it's given."""
        while True:
            self.ask(self._trainer.next(request.facts, None if self._results else level), request.title)
            if done := text.lesson_done(len(self._results), request):
                print(done)
            self._wait(f"{text.filled(f'Press Enter for the next drill, or {self._press} {STOP} to stop:')} ")

    def ask(self, drill: Drill, about: str) -> None:
        """Show a drill, read its answers, and show how they came out."""
        number = self._trainer.mastery.record().done + 1
        print(f"\n{text.filled(text.of_drill(text.heading(number, drill, about), drill, self._how()))}\n")
        said = [self._answer(question) for question in drill.questions]
        result = self._trainer.note(said)
        self._results.append(result)
        print(f"\n{self._colored(result)}")

    @property
    def _press(self) -> str:
        return "press" if self._keys.are_single else "type"

    def _how(self) -> str:
        words = "" if self._keys.are_single else ", or the words"
        return f"For each question, {self._press} the letter of your answer{words}. To stop, {self._press} {STOP}."

    def _answer(self, question: Question) -> Answered:
        letters = "".join(letter for letter, _ in answers.lettered(question))
        while True:
            typed = self._keys.read(f"{question.number}. {question.ask} [{letters}] ").strip()
            if typed.lower() == STOP:
                raise Stopped
            if not typed:
                continue
            try:
                if self._keys.are_single and typed.lower() not in letters:
                    raise DrillProblem(f"Press one of the letters {', '.join(letters)}, or {STOP} to stop.")
                return answers.read_one(question, typed)
            except DrillProblem as problem:
                print(text.filled(str(problem)))

    def _wait(self, prompt: str) -> None:
        while typed := self._keys.read(prompt).strip():
            if typed.lower() == STOP:
                raise Stopped

    def _colored(self, result: Result) -> str:
        shown = text.filled(text.of_result(result, ""))
        for word, state in ((text.RIGHT, board.PASSED), (text.WRONG, board.NOT_YET)):
            shown = shown.replace(f"   {word}:", f"   {board.painted(word, state)}:")
        return shown

    def summed_up(self) -> str:
        """Return a sentence on these drills, and one on all; and a last one if they can't be saved."""
        right = sum(result.right for result in self._results)
        asked = sum(len(result.answered) for result in self._results)
        here = f"{right} of {asked} answers right. " if asked else ""
        lost = f" {text.LOST}" if asked and self._trainer.mastery.is_unwritable else ""
        return f"{here}In all, {summary(self._trainer.mastery)}{lost}"
