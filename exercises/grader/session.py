"""A session: one answer in its own process, and the questions that a check asks it."""
import os
import random
import stat
from dataclasses import dataclass

from exercises.grader import processes
from exercises.grader.processes import LIMITS, Ended, Forged, OutOfTime

SPAM = "# spam.py\n\ndef bar():\n    print({bar!r})\n\ndef grok():\n    print({grok!r})\n"


class NotYet(Exception):
    """The answer is not right yet; the text says what was called, expected and found, and where to look."""


@dataclass(frozen=True)
class Other:
    """A value that is not plain, known by the name of its type alone."""
    type: str

    def __repr__(self):
        return f"something of the type {self.type}"


class Session:
    """A process that runs `answer`, which is the text of a cell, in an empty folder; use it in a `with` statement."""

    def __init__(self, answer="", launcher=None, draw=random, given=""):
        """`launcher` gives folders and starts processes in them; `draw` draws the made-up words; `given` runs first."""
        self.answer, self.given, self.stopped = answer, given, None
        self._launcher, self._draw = launcher or processes.SubprocessLauncher(), draw

    def __enter__(self):
        self.folder = self._launcher.new_folder()
        try:
            self.process = self._launcher.start(self.folder)
            self.spam()
            self._ask("run", self.given, "Your answer")
            self.stopped = self._ask("answer", self.answer).get("error")  # try-out lines of the learner's may fail
            self._ask("forget")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if hasattr(self, "process"):
            self.process.kill()
        processes.remove(self.folder)

    # What a check is written with

    def word(self):
        """A made-up word that no answer can know: five syllables."""
        return "".join(self._draw.choice("bdfgklmnprstvz") + self._draw.choice("aeiou") for _ in range(5))

    def spam(self, bar="bar", grok="grok"):
        """Write the recipe's `spam.py`, whose two functions print these words; gives its path."""
        return self.write("spam.py", SPAM.format(bar=bar, grok=grok))

    def write(self, name, text):
        """Write a file in the folder of the session; the answer's process knows its path by a name such as `spam_py`."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb", opener=self._own) as file:
                file.write(text.encode("utf-8"))
        except OSError:
            raise NotYet(f"The check cannot write {name} any more. What has your answer put in its place?") from None
        self._ask("run", f"{path.stem}_py = __import__('pathlib').Path({str(path)!r})", "Your answer")
        return path

    def read(self, name):
        """The text of a file, with line ends as Python sees them; "" when there is none, or when it is not UTF-8."""
        try:
            with open(self.folder / name, "rb", opener=self._own) as file:
                return file.read().decode("utf-8").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            return ""

    def files(self):
        """The names of the files in the folder of the session, in order; cached bytecode does not count."""
        paths = [path for path in self.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return sorted(path.relative_to(self.folder).as_posix() for path in paths)

    def written(self):
        """The names of the files that the answer's process opened for writing since the last call."""
        return self._ask("written")["value"]

    def run(self, code):
        """Run statements after the answer and give what they print. Raises NotYet when they fail."""
        return self._succeed("run", code)["printed"]

    def value(self, expression):
        """The value of an expression, by its exact type, or an Other. Raises NotYet when it fails."""
        return self._succeed("value", expression)["value"]

    def error(self, code):
        """The name of the error that statements raise, or None; for an answer's own error, that of its base in Python."""
        error = self._ask("run", code).get("error")
        self._explain_limits(code, error)
        return error and error["kind"]

    # How it works

    def _own(self, path, flags):
        """Open an ordinary file of the session's folder: an answer may have put a link or a pipe there."""
        if os.path.realpath(os.path.dirname(path)) != os.path.dirname(path):
            raise OSError
        file = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError
        return file

    def _succeed(self, action, code):
        reply = self._ask(action, code)
        if "error" in reply:
            self._explain_limits(code, reply["error"])
            raise NotYet(self._story(code, reply["error"]))
        if reply["cut"]:
            raise NotYet(f"{code} printed more than {LIMITS['output'] // 1024} KB; the rest was cut off. Does a loop not "
                         "end, or does the output not belong to the task?")
        return reply

    def _story(self, code, error):
        """What failed, in a sentence; an answer cell that stopped early comes first, since the rest follows from it."""
        if self.stopped:
            return f"Your answer cell, run alone, stops: {_named(self.stopped)}. It has to bring all that it needs."
        alone = " Your answer cell runs alone: what other cells define or import is not there."
        return f"{code} raised {_named(error)}.{alone if error['type'] == 'NameError' and error['line'] else ''}"

    def _explain_limits(self, code, error):
        for found, who in ((self.stopped, "Your answer"), (error, code)):
            if found and found["refused"]:
                raise NotYet(f"{who} was stopped: {found['text']} is not part of any task. Work in the folder of the "
                             "file that you are given.")
            if found and found["type"] == "MemoryError":
                raise NotYet(f"{who} went over the {LIMITS['memory'] // 2**30} GB limit of memory. Does something grow "
                             "without end?")

    def _ask(self, action, code="", what=""):
        """The reply to a request. Raises NotYet, with what was asked, when the process ends or does not come back."""
        what = what or ("Your answer cell" if action == "answer" else code or "Your answer")
        try:
            reply = self.process.ask(action, code)
            if "value" in reply:
                reply["value"] = restored(reply["value"])
            elif action in ("value", "written") and "error" not in reply:
                raise Forged
        except OutOfTime as late:
            raise NotYet(f"{what} did not come back within {late}. Does a loop not end?") from None
        except Ended as how:
            raise NotYet(f"{what} ended Python itself ({how}). A function returns or raises; it does not leave the "
                         "program.") from None
        except Forged:
            raise NotYet(f"{what} wrote on the line between the runner and the grader, so that nothing it says can "
                         "count.") from None
        if "error" in reply:
            reply["error"]["text"] = reply["error"]["text"].replace(f"{self.folder}{os.sep}", "")
        return reply


def expect(condition, message):
    """Go on when `condition` holds, else end the check with NotYet(message)."""
    if not condition:
        raise NotYet(message)


def compare_predictions(session, name, truth, questions):
    """End the check unless the list that the answer calls `name` holds what came out, `truth`, in its order.

    `questions` has one for each: what someone who got it wrong should ask themselves.
    """
    said = session.value(name)
    expect(isinstance(said, (list, tuple)) and len(said) == len(truth),
           f"{name} is to be a list of {len(truth)}, one for each question in its order. It is {said!r}.")
    texts = [told for told in said if isinstance(told, str)]
    expect(not texts or any(isinstance(came, str) for came in truth),
           f"{name} holds the text {texts[0] if texts else ''!r}. Write these answers without quotes.")
    wrong = [question for told, came, question in zip(said, truth, questions) if told != came]
    right = len(truth) - len(wrong)
    expect(not wrong, f"{right} of {len(truth)} {'is' if right == 1 else 'are'} right. {wrong[0] if wrong else ''}")


def _named(error):
    """An error in words: its type, its text, and its line where it came from the answer cell."""
    text = f"{error['type']}: {error['text']}" if error["text"] else error["type"]
    return text + (f" (line {error['line']} of your answer)" if error["line"] else "")


def restored(told):
    """The value that `runner.plain` told. Raises Forged when it cannot have told that."""
    try:
        return _restored(told)
    except (TypeError, ValueError, AttributeError, LookupError, RecursionError):
        raise Forged from None


def _restored(told):
    kind, value = told
    if kind in ("list", "tuple", "set", "frozenset"):
        parts = [_restored(part) for part in value]
        return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](parts)
    if kind == "dict":
        return {_restored(key): _restored(part) for key, part in value}
    if kind == "bytes":
        return value.encode("latin-1")
    return Other(value) if kind == "other" else value
