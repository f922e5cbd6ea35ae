"""A session: one answer in its own process, and the questions that a check asks it."""
import os
import random
import re
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Protocol

from exercises.grader import questions
from exercises.grader.evidence import Evidence
from exercises.isolation import processes
from exercises.isolation.processes import (LIMITS, AnswerProcess, Ended, Folder, Forged, GraderProblem, Launcher,
                                           OutOfTime)
from lessons import files

MOST_PARTS = 200  # of a value, as many as `runner.plain` sends
IN_ALL = 20  # seconds for all requests of a session; a check takes less than one, or a few if it waits
FORGED = "{} wrote into the channel between the runner and the grader, so its result doesn't count."
SPAM = "# spam.py\n\ndef bar():\n    print({bar!r})\n\ndef grok():\n    print({grok!r})\n"


class Draw(Protocol):
    """What makes up words: the module `random`, or a `random.Random` of one's own."""

    def choice(self, seq: str, /) -> str:
        """Return one character of a string."""
        ...


class NotYet(Exception):
    """The answer isn't right yet; the text says what was called, expected and found, and where to look."""

    evidence: Evidence | None = None  # of the case that failed


@dataclass(frozen=True)
class Attempt:
    """What came of statements that may fail."""
    printed: str
    error: str  # in words, with its line in the answer; "" if there was none
    kind: str  # the built-in error that it is, or is derived from


@dataclass(frozen=True)
class Other:
    """A value that isn't plain, known only by the name of its type."""
    type: str

    def __repr__(self) -> str:
        return f"something of the type {self.type}"

    def __bool__(self) -> bool:
        return False  # so that no check takes it for a plain yes


class Session:
    """A process that runs `answer`, the source of a cell, in an empty folder; use it in a `with` statement."""

    folder: Path
    process: AnswerProcess

    def __init__(self, answer: str = "", launcher: Launcher | None = None, draw: Draw = random, given: str = ""):
        """`launcher` makes folders and starts processes in them; `draw` makes up words; the code `given` runs first."""
        self.answer, self.given = answer, given
        self.stopped: dict[str, Any] | None = None  # the error that ended the answer cell
        self.programs: list[str] = []  # those in the task's text
        self._launcher: Launcher = launcher or processes.SubprocessLauncher()
        self._draw = draw
        self._left = float(IN_ALL)
        self._guarded = False  # whether questions mean Python's own names, whatever the answer calls so

    def __enter__(self) -> "Session":
        try:
            self.folder = self._launcher.new_folder()
        except OSError as problem:
            raise GraderProblem(f"No folder for the answer could be made: {problem.strerror}") from None
        try:
            self._start()
            self.stopped = self._ask("answer", self.answer).get("error")  # try-out lines of the learner's may fail
            self._ask("forget")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        """Start the process and prepare it. What goes wrong before the answer runs isn't its fault."""
        try:
            self.process = self._launcher.start(self.folder)
            self._files = Folder(self.folder, self.process.descriptor)
            self.spam()
            self._ask("run", f"{questions.PREPARE if self.answer else ''}{self.given}", "Your answer")
            self._guarded = bool(self.answer)
        except (NotYet, OSError) as problem:
            raise GraderProblem(f"No process for the answer could be prepared: {problem}") from None

    def __exit__(self, *_: object) -> None:
        try:
            if hasattr(self, "process"):
                self.process.kill()
        finally:
            if hasattr(self, "_files"):
                self._files.close()
            self._launcher.remove(self.folder)

    # What a check is written with

    def word(self) -> str:
        """Return a made-up word that no answer can know: five syllables."""
        return "".join(self._draw.choice("bdfgklmnprstvz") + self._draw.choice("aeiou") for _ in range(5))

    def spam(self, bar: str = "bar", grok: str = "grok") -> Path:
        """Write the recipe's `spam.py`, whose two functions print these words, and return its path."""
        return self.write("spam.py", SPAM.format(bar=bar, grok=grok))

    def write(self, name: str, text: str) -> Path:
        """Write a file in the session's folder, and return its path; for `spam.py` an answer calls that `spam_py`."""
        path = self.folder / name
        self.put(name, text)
        self._ask("run", f"{path.stem}_py = __import__('pathlib').Path({str(path)!r})", "Your answer")
        return path

    def put(self, name: str, text: str) -> None:
        """Write a file in the session's folder."""
        try:
            self._files.write(name, text.encode("utf-8"))
        except OSError as problem:
            self._explain_limits("Your answer", None)
            full = problem.errno in files.FULL
            # Outside of a sandbox it may be the machine's disk, which `grading` finds out from the system's words.
            words = f" {problem.strerror}." if full and self.process.descriptor is None else ""
            raise NotYet(f"The check can't write {name} any more.{words} "
                         + ("Did your answer fill its folder?" if full else "What did your answer put in its place?")
                         ) from None

    def read(self, name: str, exactly: bool = False) -> str:
        """Return a file's contents, with `\\n` as line ends; "" if there's no such file, or if it isn't UTF-8.

        With `exactly`, the line ends are as they are, and bytes that aren't UTF-8 are shown as such.
        """
        try:
            contents = self._files.read(name)
            if exactly:
                return contents.decode("utf-8", "backslashreplace")
            return contents.decode("utf-8").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            return ""

    def files(self) -> list[str]:
        """Return the sorted names of the files in the session's folder; cached bytecode doesn't count."""
        return self._files.names()

    def written(self) -> list[str]:
        """Return the names of the files that the answer's process opened for writing since the last call, in order, and
        of those that it deleted or moved away, with " (deleted)" or " (moved)". Right after one that it moved comes the
        name that this one has then, with " (replaced)"."""
        names = self._ask("written")["value"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise NotYet(FORGED.format("Your answer"))
        return names

    def run(self, code: str) -> str:
        """Run statements after the answer and return what they print. Raises NotYet if they fail."""
        return self._succeed("run", code)["printed"]

    def value(self, expression: str) -> Any:
        """Return the value of an expression, with its exact type, or an Other. Raises NotYet if it fails."""
        return self._succeed("value", expression)["value"]

    def error(self, code: str) -> str | None:
        """Return the name of the built-in error that statements raise, or that theirs is derived from, or None."""
        return self.attempt(code).kind or None

    def new_case(self) -> None:
        """From now on, let what the check defines or imports be nothing that the answer could use."""
        self._ask("case")

    def attempt(self, code: str, expected: Collection[str] = ()) -> Attempt:
        """Run statements that may fail after the answer, and return what came of them.

        An answer cell that stopped early is the cause of any error whose name isn't `expected`: then it raises NotYet.
        """
        reply = self._ask("run", questions.noting_errors(code) if self._guarded else code, code)
        error = reply.get("error")
        self._explain_limits(code, error)
        if not error:
            return Attempt(reply["printed"], "", "")
        kind = error["kind"]
        if self._guarded:  # asked of the error itself, because a class may lie about what it's derived from
            kind = str(self._ask("value", questions.NOTED, code).get("value", kind))
        if self.stopped and kind not in expected:
            raise NotYet(self._story(code, error))
        return Attempt(reply["printed"], _named(error), kind)

    def shuffled(self, words: Sequence[str]) -> list[str]:
        """Return words in an order that no answer can know."""
        return sorted(words, key=lambda _: [self._draw.choice("0123456789") for _ in range(6)])

    # How it works

    def _succeed(self, action: str, code: str) -> dict[str, Any]:
        reply = self._ask(action, code)
        if "error" in reply:
            self._explain_limits(code, reply["error"])
            raise NotYet(self._story(code, reply["error"]))
        if reply["cut"]:
            raise NotYet(f"{code} printed more than {LIMITS['output'] // 1024} KB; the rest was cut off. Does a loop "
                         "never end?")
        return reply

    def _story(self, code: str, error: dict[str, Any]) -> str:
        """Return what failed, in a sentence: if the answer cell stopped early, then that, because it's the cause."""
        if self.stopped:
            apart = " It can't use what other cells define or import." if self.stopped["type"] == "NameError" else ""
            return f"Your answer cell stops when it runs by itself: {_named(self.stopped)}.{apart}"
        alone = " Your answer cell runs by itself, without what other cells define or import."
        return f"{code} raised {_named(error)}.{alone if error['type'] == 'NameError' and error['line'] else ''}"

    def _explain_limits(self, code: str, error: dict[str, Any] | None) -> None:
        for found, what in ((self.stopped, "Your answer"), (error, code)):
            if found and found["refused"]:
                raise NotYet(f"{what} was stopped: no task needs {found['text']}. Work only in the folder of the file "
                             "you're given.")
            if found and found["type"] == "MemoryError":
                raise NotYet(f"{what} used more than {LIMITS['memory'] // 2**30} GB of memory. Does something grow "
                             "without end?")

    def _ask(self, action: str, code: str = "", what: str = "") -> dict[str, Any]:
        """Return the reply to a request. Raises NotYet, which says what was asked, if the process ends or is late."""
        what = what or ("Your answer cell" if action == "answer" else code or "Your answer")
        if self._left <= 0:
            raise NotYet(f"Your answer took {IN_ALL} seconds, although each single call returned in time. What does it "
                         "wait for?")
        started = time.monotonic()
        try:
            reply = self.process.ask(action, questions.safe(code) if self._guarded and action != "answer" else code)
            if "value" in reply:
                reply["value"] = restored(reply["value"])
            elif action in ("value", "written") and "error" not in reply:
                raise Forged
        except OutOfTime as late:
            raise NotYet(f"{what} didn't return within {late}. Does a loop never end?") from None
        except Ended as how:
            raise NotYet(f"{what} ended Python itself ({how}). A function should return or raise, and never end the "
                         "program.") from None
        except Forged:
            raise NotYet(FORGED.format(what)) from None
        finally:
            self._left -= time.monotonic() - started
        if "error" in reply:
            reply["error"]["text"] = without_folder(reply["error"]["text"], self.folder)
        return reply


def expect(condition: object, message: str) -> None:
    """End the check with NotYet(message) unless `condition` is true."""
    if not condition:
        raise NotYet(message)


def compare_predictions(session: Session, name: str, truth: Sequence[Any], questions: Sequence[str]) -> None:
    """End the check unless the list that the answer calls `name` is equal to what happened, `truth`.

    `questions` has one for each item: what those who got it wrong should ask themselves.
    """
    said = session.value(name)
    expect(isinstance(said, (list, tuple)) and len(said) == len(truth),
           f"{name} should be a list of {len(truth)} answers, in the order in which the task asks for them. "
           f"It's {said!r}.")
    strings = [guess for guess in said if isinstance(guess, str)]
    expect(not strings or any(isinstance(came, str) for came in truth),
           f"{name} contains the string {strings[0] if strings else ''!r}. Write these answers without quotes.")
    quoted = [guess for guess, came in zip(said, truth) if isinstance(came, bool) and guess in ("True", "False")]
    expect(not quoted,
           f"{name} contains the string {quoted[0] if quoted else ''!r}. Write True and False without quotes.")
    wrong = [question for guess, came, question in zip(said, truth, questions) if guess != came]
    right = len(truth) - len(wrong)
    expect(not wrong, f"{right} of {len(truth)} {'is' if right == 1 else 'are'} right. {wrong[0] if wrong else ''}")


def without_folder(text: str, folder: PurePath) -> str:
    """Return a message without the path of an answer's folder, however it's spelled: it means nothing to a learner."""
    parents = {str(folder.parent), os.path.realpath(folder.parent), _short(folder.parent), folder.parent.as_uri()}
    spelled = {form for parent in parents for form in (parent, parent.replace("\\", "\\\\"), parent.replace("\\", "/"))}
    parent = "|".join(re.escape(form) for form in sorted(spelled, key=len, reverse=True))
    name = rf"{re.escape(folder.name)}|{re.escape(PurePath(_short(folder)).name)}|{processes.PREFIX}\w+"
    path = rf"(?:\\{{2,4}}[?.]\\+)?(?:{parent})[\\/]+(?:{name})(?![\w~-])([\\/]+(?=\w))?"  # \\?\ begins long paths
    return re.sub(path, lambda found: "" if found[1] else ".", text, flags=re.I)


def _short(path: PurePath) -> str:
    r"""Return a path in Windows' short form, such as C:\Users\RUNNER~1; unchanged if there's none."""
    if sys.platform != "win32":
        return str(path)
    import ctypes
    buffer = ctypes.create_unicode_buffer(1000)
    return buffer.value if ctypes.windll.kernel32.GetShortPathNameW(str(path), buffer, len(buffer)) else str(path)


def _named(error: dict[str, Any]) -> str:
    """Return an error in words: its type, its text, and its line if it came from the answer cell."""
    text = f"{error['type']}: {error['text']}" if error["text"] else error["type"]
    return text + (f" (line {error['line']} of your answer)" if error["line"] else "")


def restored(told: Any) -> Any:
    """Return the value that `runner.plain` sent. Raises Forged if it can't have sent that."""
    try:
        return _restored(told)
    except (TypeError, ValueError, AttributeError, LookupError, RecursionError):
        raise Forged from None


def _restored(told: Any) -> Any:
    kind, value = told
    if isinstance(value, list) and len(value) > MOST_PARTS:
        raise ValueError  # numbers chosen for it would take hours to get into a set
    if kind in ("list", "tuple", "set", "frozenset"):
        parts = [_restored(part) for part in value]
        return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](parts)
    if kind == "dict":
        return {_restored(key): _restored(part) for key, part in value}
    if kind == "bytes":
        return value.encode("latin-1")
    wanted: type[Any] = {"other": str, "str": str, "int": int, "float": float, "bool": bool,
                         "NoneType": type(None)}[kind]
    if type(value) is not wanted:
        raise ValueError
    return Other(str(value)) if kind == "other" else value
