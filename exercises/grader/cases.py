"""Cases: what must hold of an answer, from the simplest to the oddest. Each one tries a rule of the task's text.

A check says, for example, in a task about a file that may import a module already:

    every(file="client.py", call='ensure_import(path, "spam")', vary="client spam")
    case(2, "no import yet", before="x = 1\n", after="import spam\nx = 1\n")
    case(1, "imported already, further down", before="x = 1\nimport spam\n", after=UNCHANGED)

The words in `vary` are other ones in each case and in each run, so that nothing hard-coded passes.
"""
import ast
import dataclasses
import functools
import itertools
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exercises.grader.evidence import (Evidence, first_difference, json_difference, json_problem, laid_out, literal,
                                       syntax_problem)
from exercises.grader.session import NotYet, Other, Session

UNCHANGED, ANYTHING = object(), object()  # what a file must contain after the call, if it isn't a certain text
NOUNS = ("acorn anchor anvil apron badge bagel barrel basil basket beacon beetle bonnet bottle bramble bucket "
         "butter button cactus candle carrot cellar cherry chisel clover cobalt copper coral cradle cricket daisy "
         "dragon ember falcon feather fennel ferret fiddle finch garlic geyser ginger goblet hammock harbor hazel "
         "helmet herring juniper kettle lantern lemon lentil lizard ladle magnet marble mitten muffin nutmeg oyster "
         "paddle parsley pebble pepper pigeon pillow poppy potter pumpkin quartz radish raven ribbon saddle "
         "salmon satchel sparrow spruce tangle teapot thistle thimble timber tulip turnip velvet violin walnut "
         "walrus willow zephyr").split()


@dataclass(frozen=True)
class Case:
    """One case: what's there, what's called, and what must hold afterwards. Only the first two have no default."""
    rule: int  # its number in the task's text
    title: str  # what it's about, in words
    call: str = ""  # an expression, with `path` for the file; its value is `result`
    file: str = "spam.py"  # the file that `path` names
    before: str | None = None  # its text; None: there's no such file
    files: dict[str, str] = field(default_factory=dict)  # other files, beside it
    given: str = ""  # statements that run before the call
    edit: dict[str, str] = field(default_factory=dict)  # files that are written after these, and before the call
    calls: int = 1
    raises: str = ""  # the built-in error that the call must raise; several names if systems differ
    after: Any = UNCHANGED  # what the file must contain then: a text, UNCHANGED, ANYTHING, or None if it must be gone
    left: dict[str, Any] = field(default_factory=dict)  # the same for other files, unless they must be unchanged
    # Whether the file must be replaced by another of its folder, and never be half written or gone. In words, it's also
    # what could find it half written: whole="a worker" instead of "a reload".
    whole: bool | str = False
    last: bool = False  # with `whole`, and in a single call: whether that must come after all other files are written
    as_json: bool = False  # whether `file` contains JSON, so that only its values matter if `after` is a text
    returns: Any = Ellipsis  # the value of the call, if it matters
    holds: dict[str, str] = field(default_factory=dict)  # expression that's true then -> a sentence for when it isn't
    then_edit: dict[str, str] = field(default_factory=dict)  # files that are written after the call
    then: str = ""  # statements that run after that
    prints: dict[str, str] = field(default_factory=dict)  # statement, or "" for the call -> what it must print
    values: dict[str, Any] = field(default_factory=dict)  # expression -> its value then
    vary: str = ""  # words that are others each time, wherever they stand
    ask: str = ""  # a question that leads someone on who fails here

    @property
    def varying(self) -> list[str]:
        """The words that vary and occur in the case, the longest first."""
        text = repr(dataclasses.replace(self, title="", ask="", vary=""))
        return sorted((word for word in self.vary.split() if word in text), key=len, reverse=True)

    def varied(self, words: dict[str, str]) -> "Case":
        """Return the case with other words."""
        def changed(value: Any) -> Any:
            match value:
                case str():
                    return re.sub("|".join(map(re.escape, words)) or "(?!)", lambda found: words[found[0]], value)
                case dict():
                    return {changed(key): changed(part) for key, part in value.items()}
                case list() | tuple():
                    return type(value)(map(changed, value))
            return value

        kept = {"title", "ask", "vary", "raises", "rule", "calls"}
        return dataclasses.replace(self, **{each.name: changed(getattr(self, each.name))
                                            for each in dataclasses.fields(self) if each.name not in kept})


class Cases:
    """The cases of one task, in their order."""

    def __init__(self) -> None:
        self.all: list[Case] = []
        self._defaults: dict[str, Any] = {}

    def every(self, **defaults: Any) -> None:
        """Set what holds for all cases that follow, unless they say otherwise."""
        self._defaults.update(defaults)

    def case(self, rule: int, title: str, **given: Any) -> None:
        """Add a case of a rule. A text that begins with a line break is indented like the code around it."""
        self.all.append(Case(rule, title, **_dedented({**self._defaults, **given})))

    def check(self, session: Session, rules: list[str]) -> None:
        """Try the cases, and end with NotYet at the first that fails: with its evidence."""
        nouns = _nouns(session)
        errors = {"ValueError", "Exception", *(name for case in self.all for name in case.raises.split())}
        for number, case in enumerate(self.all):
            words = {word: _like(word, next(nouns)) for word in case.varying}
            trial = Trial(session, case.varied(words), next(nouns), errors)
            try:
                trial.run()
            except Fault as fault:
                raise trial.failure(fault, number, len(self.all), rules) from None


class Fault(Exception):
    """What's wrong in a case, in a sentence. `ask` replaces the question of the case, `shown` is a file to compare, and
    `code` what ran afterwards."""

    def __init__(self, text: str, ask: str | None = None, shown: str = "", code: str = ""):
        super().__init__(text)
        self.ask, self.shown, self.code = ask, shown, code


class Trial:
    """One case, tried in a folder of its own."""

    def __init__(self, session: Session, case: Case, folder: str, errors: set[str]):
        """`errors` are those that the task asks for, in whichever case."""
        self._session, self._case, self._folder, self._errors = session, case, folder, errors
        self._start = {**case.files, **({} if case.before is None else {case.file: case.before})}
        self._before = {**self._start, **case.edit}  # when the call is made
        self._found: dict[str, str] = {}  # after it

    def run(self) -> None:
        """Raise Fault if something doesn't hold."""
        case = self._case
        self._write(self._start)
        self._session.new_case()
        self._do(f"import sys, importlib, pathlib\npath = pathlib.Path({self._folder!r}).resolve()\n"
                 "path.mkdir(exist_ok=True)\nsys.path[0] = str(path)\nimportlib.invalidate_caches()\n"
                 f"path = path / {case.file!r}\n{case.given}")
        self._write(case.edit)
        elsewhere = set(self._session.files()) - {f"{self._folder}/{name}" for name in self._before}
        if case.whole:
            self._session.written()  # from now on
        printed = self._call()
        if case.whole:
            self._expect_whole()
        self._compare_files(elsewhere)
        if case.returns is not Ellipsis:
            self._compare(f"{case.call} returned", "result", case.returns)
        if "" in case.prints and self._of_the_files(printed) != case.prints[""]:
            raise Fault(f"{case.call} printed {_printed(printed)}. Expected {_printed(case.prints[''])}.")
        for expression, sentence in case.holds.items():
            if self._afterwards(self._value, expression) is not True:
                raise Fault(sentence, "")
        self._write(case.then_edit)
        self._afterwards(self._do, case.then)
        for code, text in case.prints.items():
            if code and (found := self._afterwards(self._do, code).removesuffix("\n")) != text:
                raise Fault(f"Afterwards {code} printed {_printed(found)}. Expected {_printed(text)}.", code=code)
        for expression, value in case.values.items():
            self._compare(f"Afterwards {expression} is", expression, value, code=expression)

    def failure(self, fault: Fault, passed: int, total: int, rules: list[str]) -> NotYet:
        """Return what ends the check: a sentence on what's wrong, and the evidence."""
        case = self._case
        ask = case.ask if fault.ask is None else fault.ask
        if (not passed and fault.shown == case.file and isinstance(case.after, str)
                and self._found.get(case.file) == case.before
                and f"{self._folder}/{case.file}" not in self._session.written()):
            ask = "Does your function write the new text to the file?"
        rule = rules[case.rule - 1] if case.rule <= len(rules) else ""
        done = f"{passed} of {total} cases {'passes' if passed == 1 else 'pass'}. " if total > 1 else ""
        why = NotYet(f"{done}Rule {case.rule}, {case.title}: {fault} {ask}".rstrip())
        wanted = {name: text for name, text in self._wanted().items() if text is not ANYTHING}
        found, values = self._found, self._json_difference(case.file, wanted.get(case.file))
        if values or values == "" and case.after is not UNCHANGED:
            found, wanted = ({**texts, case.file: laid_out(texts[case.file])} for texts in (found, wanted))
        steps = [case.given, *_as_comments(case.edit), *[case.call] * case.calls,
                 *_as_comments(case.then_edit), case.then, fault.code]
        why.evidence = Evidence(
            rule=f"Rule {case.rule}. {rule}".strip(), title=case.title, steps=[step for step in steps if step],
            before=self._start,
            found=found,
            expected=wanted if fault.shown or any(found.get(name) != text for name, text in wanted.items()) else {},
            made={name: self._found[name] for name, text in self._wanted().items()
                  if text is ANYTHING and self._found.get(name) not in (None, self._before.get(name))})
        return why

    # What happens in the answer's process

    def _write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            self._session.put(f"{self._folder}/{name}", text)

    def _do(self, code: str) -> str:
        return self._session.run(code) if code else ""

    def _value(self, expression: str) -> Any:
        return self._session.value(expression)

    def _afterwards(self, do: Callable[[str], Any], code: str) -> Any:
        """Do something after the call. Raises Fault if it fails."""
        try:
            return do(code)
        except NotYet as problem:
            raise Fault(f"Afterwards {problem}", code=code if code != self._case.then else "") from None

    def _call(self) -> str:
        """Make the calls, and return what the last one printed. Raises Fault if one fails that shouldn't, or the other
        way round."""
        case, printed = self._case, ""
        error = " or ".join(case.raises.split())
        for _ in range(case.calls if case.call else 0):
            code = f"result = {case.call}" if _is_expression(case.call) else case.call
            attempt = self._session.attempt(code, case.raises.split())
            self._found = self._contents()
            printed = attempt.printed.removesuffix("\n")
            if case.raises and not attempt.error:
                raise Fault(f"{case.call} should raise {error}, and raised nothing.")
            if attempt.error and attempt.kind not in case.raises.split():
                self._expect_valid_files()
                expected = f" Expected {error}." if error else ""
                on_purpose = case.raises or attempt.kind in self._errors  # no slip, as a NameError is
                raise Fault(f"{case.call} raised {attempt.error}.{expected}", None if on_purpose else "")
        return printed

    def _of_the_files(self, printed: str) -> str:
        """Return the printed lines that the case's files contain as strings. Others are the learner's, who may want to
        see what happens."""
        case = self._case
        texts = [case.before or "", case.given, case.call, *case.files.values(), *case.edit.values()]
        strings = {string for quote in "'\"" for text in texts for string in re.findall(f"{quote}(.*?){quote}", text)}
        return "\n".join(line for line in printed.splitlines() if line in strings)

    def _expect_valid_files(self) -> None:
        """Raise Fault if a file isn't valid Python any more: then that's what the call failed on."""
        for name, text in self._wanted().items():
            if self._found.get(name, "") != self._before.get(name) and (problem := self._problem(name, text)):
                raise Fault(f"{name} {problem}.", shown=name)

    def _contents(self) -> dict[str, str]:
        """Return the files in the case's folder, name -> text."""
        # Windows' own line ends are all right there, unless the case is about line ends.
        start, all_right = f"{self._folder}/", sys.platform == "win32" and "\\r" not in repr(self._case)
        found = {name.removeprefix(start): self._session.read(name, exactly=True)
                 for name in self._session.files() if name.startswith(start)}
        return {name: text.replace("\r\n", "\n") if all_right else text for name, text in found.items()}

    # What must hold

    def _wanted(self) -> dict[str, Any]:
        """Return what the files in the folder must contain after the call: a text or ANYTHING."""
        changed = {name: text for name, text in {self._case.file: self._case.after, **self._case.left}.items()
                   if text is not UNCHANGED}
        return {name: text for name, text in {**self._before, **changed}.items() if text is not None}

    def _problem(self, name: str, text: Any) -> str:
        """Return why a file isn't what it should be, a program or JSON, whatever it should contain; "" if it is."""
        found = self._found.get(name, "")
        if self._case.as_json and name == self._case.file:
            problem = json_problem(found)
            return f"isn't valid JSON: {problem}" if problem else ""
        problem = syntax_problem(found, "" if text is ANYTHING else text)
        return f"no longer runs: {problem}" if problem else ""

    def _json_difference(self, name: str, text: Any) -> str | None:
        """Say how a file's values differ from those of a text; None if it isn't JSON, or if it doesn't matter."""
        found = self._found.get(name, "")
        if not self._case.as_json or name != self._case.file or not isinstance(text, str) or json_problem(found):
            return None
        return json_difference(json.loads(found), json.loads(text))

    def _expect_whole(self) -> None:
        """Raise Fault if a reload during the call could have found half a file, or none."""
        name = f"{self._folder}/{self._case.file}"
        written, reader = self._session.written(), "a reload" if self._case.whole is True else self._case.whole
        for sign, what in (("", "opened {} itself for writing, so {} at that moment finds an incomplete file"),
                           (" (deleted)", "deleted {}, so {} at that moment finds no file"),
                           (" (moved)", "moved {} away, so {} at that moment finds no file")):
            if name + sign in written:
                raise Fault(f"{self._case.call} {what.format(self._case.file, reader)}.")
        replaced = f"{name} (replaced)"  # and right before it, what by
        place = written.index(replaced) if replaced in written else len(written)
        away = [each for each in written if not each.startswith(f"{self._folder}/") and not each.endswith(" (deleted)")]
        if replaced in written and written[place - 1].rpartition("/")[0] != name.rpartition("/")[0]:
            away.append(written[place - 1])
        if away:
            raise Fault(f"{self._case.call} wrote the file {away[0].rpartition('/')[2].partition(' ')[0]} to another "
                        f"folder than {self._case.file}'s.")
        late = [each for each in written[place + 1:] if not each.endswith((" (deleted)", " (moved)"))]
        if self._case.last and late:
            what = late[0].removeprefix(f"{self._folder}/").removesuffix(" (replaced)")
            raise Fault(f"{self._case.call} wrote {what} after it had replaced {self._case.file}, so {reader} in "
                        "between doesn't find all of the new files.")

    def _compare_files(self, elsewhere: set[str]) -> None:
        wanted = self._wanted()
        for name, text in wanted.items():
            if name not in self._found:
                self._expect_nothing_elsewhere(elsewhere)
                raise Fault(f"{name} is gone." if name in self._before else f"There's no file {name}.", shown=name)
            found = self._found[name]
            if text is ANYTHING or found == text:
                continue
            if found == self._before.get(name):
                self._expect_nothing_elsewhere(elsewhere)
                raise Fault(f"{name} is unchanged.", shown=name)
            if problem := self._problem(name, text):
                raise Fault(f"{name} {problem}.", shown=name)
            stays, values = text == self._before.get(name), self._json_difference(name, text)
            if values == "" and not stays:
                continue
            change = "should be unchanged: " if stays else "isn't as it should be: "
            what = first_difference(found, text) if values is None else values or "its layout differs"
            raise Fault(f"{name} {change}{what}.", shown=name)
        if more := sorted(set(self._found) - set(wanted)):
            what = "wasn't there before" if more[0] not in self._before else "should be gone"
            raise Fault(f"{more[0]} is in the folder, and {what}.", shown=more[0])
        self._expect_nothing_elsewhere(elsewhere)

    def _expect_nothing_elsewhere(self, known: set[str]) -> None:
        start = f"{self._folder}/"
        if more := sorted(name for name in set(self._session.files()) - known if not name.startswith(start)):
            raise Fault(f"A file {more[0].rpartition('/')[2]} was written to another folder.",
                        "Which path does your function write to?")

    def _compare(self, what: str, expression: str, wanted: Any, code: str = "") -> None:
        found = self._afterwards(self._value, expression)
        if type(found) is not type(wanted) or found != wanted:
            said = repr(found) if isinstance(found, Other) else literal(found)
            raise Fault(f"{what} {said}. Expected {literal(wanted)}.", code=code)


def check_with(cases: Cases, rules: list[str]) -> Callable[[Session], None]:
    """Return the function that checks an answer by cases."""
    return functools.partial(cases.check, rules=rules)


def _nouns(session: Session) -> Iterator[str]:
    """Yield nouns that differ from all before, without end."""
    for number in itertools.count(1):
        for noun in session.shuffled(NOUNS):
            yield noun if number == 1 else f"{noun}{number}"


def _like(word: str, noun: str) -> str:
    """Return a noun with capitals where the word has them."""
    return noun.upper() if word.isupper() else noun.capitalize() if word[0].isupper() else noun


def _printed(text: str) -> str:
    return literal(text) if text else "nothing"


def _as_comments(files: dict[str, str]) -> list[str]:
    """Return what a learner reads between the statements of a case when files are edited."""
    return ["\n".join([f"# Now {name} contains:", *(f"#     {line}" for line in text.splitlines())])
            for name, text in files.items()]


def _dedented(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dedented(part) for key, part in value.items()}
    if isinstance(value, str) and value.startswith("\n"):
        if "\r" in value:
            return value[1:]  # it isn't indented, and since 3.14 `dedent` makes an empty line of one with only "\r"
        return textwrap.dedent(value[1:]).removesuffix("    ")
    return value


def _is_expression(code: str) -> bool:
    try:
        ast.parse(code, mode="eval")
    except SyntaxError:
        return False
    return True
