"""What a learner sees when a case fails: the files before, what was called, and what came out beside what was expected.

It's the same in two forms: plain text for a terminal, and HTML for a notebook, where colors add to the signs.
"""
import difflib
import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

LONGEST = 40  # lines of a file that are shown
WIDEST = 160  # characters of a line
LAID_OUT = 120  # characters of a line of JSON
LEGEND = "- is in your file, + is expected"
STYLES = {"-": "background:rgba(211,47,47,.35)", "+": "background:rgba(46,125,50,.35)"}  # in a light and a dark theme
TEXT = "white-space:pre-wrap;word-break:normal;overflow-wrap:normal"  # shows all spaces, and breaks no word
LINE, PRE = "margin:0 0 0.4em", f"{TEXT};overflow-x:auto;margin:0.2em 0 0.6em 1em"


@dataclass(frozen=True)
class Evidence:
    """The evidence of one case."""
    rule: str
    title: str
    steps: list[str]  # code that ran, in its order
    before: dict[str, str]  # the files before the call, name -> text
    found: dict[str, str]  # afterwards
    expected: dict[str, str]  # what they should contain; empty if the files aren't what's wrong
    made: dict[str, str] = field(default_factory=dict)  # files that may contain anything, and what they contain then

    def parts(self) -> list[tuple[str, list[str]]]:
        """Return what's shown, as headings, each with its lines."""
        parts = [(f"{name} before:", numbered(text)) for name, text in self.before.items()]
        parts.append(("What ran:", [printable(line) for step in self.steps for line in step.rstrip().splitlines()]))
        parts += [(f"{name} afterwards:", numbered(text)) for name, text in self.made.items()]
        for name, text in self.expected.items():
            if self.found.get(name) != text:
                parts.append((f"{name} afterwards ({LEGEND}):", difference(self.found.get(name), text)))
        if self.expected:
            parts += [(f"{name} is there, too:", numbered(text)) for name, text in self.found.items()
                      if name not in {**self.expected, **self.made}]
        return [(heading, lines[:LONGEST] + ["..."] * (len(lines) > LONGEST)) for heading, lines in parts if lines]

    def __str__(self) -> str:
        blocks = ["\n".join([heading, *(f"    {line}".rstrip() for line in lines)]) for heading, lines in self.parts()]
        return "\n".join([self.rule, *blocks])

    def as_html(self) -> str:
        """Return the evidence as HTML."""
        blocks = [f'<p style="{LINE};font-weight:600">{marked_up(self.rule)}</p>']
        for heading, lines in self.parts():
            styles = STYLES if LEGEND in heading else {}
            shown = [f'<span style="{styles.get(line[:1], "")}">{html.escape(line)}</span>' for line in lines]
            blocks.append(f'<div>{html.escape(heading)}</div><pre style="{PRE}">'
                          + "\n".join(shown) + "</pre>")
        return f"<div>{''.join(blocks)}</div>"


def marked_up(text: str) -> str:
    """Return a line as HTML, with the code in its backticks marked."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(text))


def numbered(text: str) -> list[str]:
    """Return the lines of a file as they're shown, with a word on what can't be seen."""
    lines = [printable(line) for line in text.split("\n")]
    if lines[-1] == "":
        return lines[:-1] or ["(empty)"]
    return [*lines, "(no line break at the end)"]


def difference(found: str | None, wanted: str) -> list[str]:
    """Return the lines of both texts: with - those that are only in the first, with + those only in the second. The
    first is None if there's no file."""
    lines = difflib.ndiff(["(no such file)"] if found is None else numbered(found), numbered(wanted))
    return [line for line in lines if not line.startswith("?")]


def first_difference(found: str, wanted: str) -> str:
    """Say how the first line that differs differs."""
    if not found or not wanted:
        return "it's empty" if not found else "it should be empty"
    here, there = (text.removesuffix("\n").split("\n") for text in (found, wanted))
    number = next((place for place, (one, other) in enumerate(zip(here, there)) if one != other),
                  min(len(here), len(there)))
    if number < min(len(here), len(there)):
        return f"line {number + 1} is {literal(here[number])} and should be {literal(there[number])}"
    if number < len(there):
        return f"after line {number}, {literal(there[number])} is missing"
    if number < len(here):
        return f"line {number + 1}, {literal(here[number])}, shouldn't be there"
    return "its last line " + ("ends with a line break, and shouldn't" if found.endswith("\n") else
                               "doesn't end with a line break, and should")


def json_difference(found: Any, wanted: Any, where: str = "") -> str:
    """Say how the first value that differs differs, of two that JSON contains; "" if none does. `where` is its place,
    as Python writes it."""
    name, otherwise = where or "it", ""
    if isinstance(found, dict) and isinstance(wanted, dict):
        pairs = [(key, found[key], wanted[key]) for key in sorted(found.keys() & wanted)]
        if missing := sorted(wanted.keys() - found):
            otherwise = f"{name} lacks the key {literal(missing[0])}"
        elif more := sorted(found.keys() - wanted):
            otherwise = f"{name} has the key {literal(more[0])}, and shouldn't"
    elif isinstance(found, list) and isinstance(wanted, list):
        if len(found) != len(wanted):
            items = f"{len(found)} item{'s' * (len(found) != 1)}"
            return f"{name} contains {items} and should contain {len(wanted)}"
        pairs = list(zip(range(len(found)), found, wanted))
    elif type(found) is type(wanted) and found == wanted:
        return ""
    else:
        return f"{name} is {literal(found)} and should be {literal(wanted)}"
    inside = (json_difference(one, other, f"{where}[{key!r}]") for key, one, other in pairs)
    return next(filter(None, inside), otherwise)


def json_problem(text: str) -> str:
    """Return why a text isn't JSON; "" if it is."""
    try:
        laid_out(text)
    except ValueError as error:
        return str(error) if text else "it's empty"
    return ""


def laid_out(text: str) -> str:
    """Return JSON in one layout: keys in order, and what fits into a line in one line. Raises ValueError."""
    try:
        return _laid_out(json.loads(text), "") + "\n"
    except RecursionError:
        raise ValueError("it's nested too deeply") from None


def _laid_out(value: Any, indent: str) -> str:
    inner = f"{indent} "
    if isinstance(value, dict):
        start, end = "{}"
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(value[key], inner)}" for key in sorted(value)]
    elif isinstance(value, list):
        start, end = "[]"
        parts = [_laid_out(part, inner) for part in value]
    else:
        return json.dumps(value, ensure_ascii=False)
    line = f"{start}{', '.join(parts)}{end}"
    if "\n" not in line and len(indent + line) <= LAID_OUT:
        return line
    return f"{start}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{end}"


def syntax_problem(found: str, wanted: str) -> str:
    """Return why a file doesn't run, with its first wrong line; "" if it does, or if it isn't supposed to."""
    try:
        compile(wanted, "file", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return ""
    if "\0" in found:
        return "it contains null bytes, as a file in UTF-16 does"
    try:
        compile(found, "file", "exec", dont_inherit=True)
    except SyntaxError as error:
        lines = found.splitlines()
        number = error.lineno or 1
        line = lines[number - 1] if number <= len(lines) else ""
        return f"{type(error).__name__} in line {number}, {literal(line)}"
    except ValueError as error:
        return str(error)
    return ""


def printable(line: str) -> str:
    """Return a line with signs in place of what can't be seen, shortened if it's too long to read."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
    return shown if len(shown) <= WIDEST else f"{shown[:WIDEST]} [...]"


def literal(value: Any) -> str:
    """Return a value as code, shortened if it's too long to read."""
    return printable(repr(value))
