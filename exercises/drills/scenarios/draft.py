"""A draft of a drill: scenarios add source to its modules, lines to its program, and questions."""
import itertools
import re
from dataclasses import dataclass, replace
from random import Random
from typing import Any, SupportsIndex

from exercises.drills.scenarios.words import THEMES

PHASES = ("import", "setup", "story", "edit", "between", "reload", "after", "edit 2", "reload 2", "at last", "ask")
RELOADS = ("reload", "reload 2")
ONCE = ("import", "edit", "reload", "edit 2", "reload 2")  # the phases in which no line is twice


def subject(reloads: str) -> str:
    """Return what `Draft.reload` returned, as the subject at the beginning of a sentence."""
    return reloads.replace("the reloads", "Each of the reloads").replace("the reload ", "The reload ")


@dataclass(eq=False)
class Line:
    """A line of the program. In an explanation it stands for its number, which isn't known before all lines are."""
    key: int
    code: str
    writers: set[str]  # the scenarios that need it

    def __str__(self) -> str:
        return f"\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}{self.key}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"


@dataclass(frozen=True)
class Ask:
    """A question about what a line prints. `wrong` has the wrong answers: what a wrong belief predicts comes first."""
    line: Line
    fact: str
    why: str
    wrong: dict[str, str]
    shows: tuple[str, ...]  # the names that a picture shows
    writer: str  # the scenario that asks
    part: int | None = None  # which of two values that the line prints

    def moved(self, line: Line, part: int) -> "Ask":
        """Return the same question about one of two values that another line prints."""
        return replace(self, line=line, part=part)


@dataclass
class Item:
    """Something in a module that edits change: its name, and its value in each version."""
    module: str
    name: str
    sources: list[str]  # of the value in each version
    values: list[str]  # as `print` shows them
    edits: list[str]

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass
class ClassItem(Item):
    """A class with a method, whose value edits change."""
    variable: str = ""
    method: str = ""


class NoWords(Exception):
    """A theme has no more functions or constants for a draft."""


class Words(list[Any]):
    """The functions or constants of a theme that a draft hasn't used yet."""

    def pop(self, index: SupportsIndex = -1) -> Any:
        if not self:
            raise NoWords
        return super().pop(index)


@dataclass(eq=False)
class Draft:
    """What scenarios write into. `random` decides everything that varies."""
    random: Random
    level: int
    rounds: int = 1  # of an edit and a reload
    writer: str = ""  # the scenario that's writing

    def __post_init__(self) -> None:
        self.blocks = dict[str, list[str]]()
        self.used = set[str]()
        self.versions_of: list[tuple[str, ...]] = []  # what each item prints, in each version
        self.lines: dict[str, list[Line]] = {phase: [] for phase in PHASES}
        self.asks: list[Ask] = []
        self.keys = itertools.count()
        self.next_theme()

    def next_theme(self) -> None:
        """Turn to a module that isn't there yet. What's added from now on is about it."""
        self.theme = self.random.choice([theme for theme in THEMES if theme.module not in self.used])
        self.module = self.theme.module
        self.used |= {self.module, self.theme.client[0], self.theme.base[0], self.theme.package}
        self.home = self.module  # the file of the module, without `.py`
        self.blocks[self.home] = []
        self.items: list[Item] = []
        self.fixed = 0  # so many blocks of the module stay first
        self.free = Words(self.random.sample(self.theme.functions, len(self.theme.functions)))
        self.constants = Words(self.random.sample(self.theme.constants, len(self.theme.constants)))

    def package(self) -> str:
        """Move the module into a package of the theme, and return the package's name."""
        package = self.theme.package
        del self.blocks[self.home]
        self.home, self.module = f"{package}/{self.theme.module}", f"{package}.{self.theme.module}"
        self.blocks[f"{package}/__init__"], self.blocks[self.home] = [], []
        return package

    # The modules.

    def block(self, source: str, module: str = "") -> None:
        """Add lines to a module's file."""
        self.blocks.setdefault(module or self.home, []).append(source)

    def function(self, new: bool = False) -> Item:
        """Return a function of the main module that the edits change: one that a scenario uses already, or another."""
        known = [item for item in self.items if type(item) is Item]
        if known and not new and (not self.free or self.random.random() < 0.8):
            return self.random.choice(known)
        name, values = self.free.pop()
        form, rest = self.random.choice((("return {}", ""), ("return {}", ""), ("result = {}", "\n    return result")))
        item = self.versions(name, values, form)
        self.block(f"def {name}():\n    {item.sources[0]}{rest}")
        self.items.append(item)
        return item

    def versions(self, name: str, values: Any, form: str) -> Item:
        """Return an item with a value for each version, in one of the forms that such a value has in a source."""
        chosen = self.random.sample(values, self.rounds + 1)
        if isinstance(chosen[0], str):
            sources, shown = [repr(value) for value in chosen], list(chosen)
        else:
            factor = self.random.choice((1, 1, 2)) if form.startswith("return") and min(chosen) > 4 else 1
            sources = [f"{factor} * {value}" if factor > 1 else str(value) for value in chosen]
            shown = [str(value * factor) for value in chosen]
        sources = [form.format(source) for source in sources]
        edits = [f"{old} -> {new}" for old, new in zip(sources, sources[1:])]
        self.versions_of.append(tuple(shown))
        return Item(self.module, name, sources, shown, edits)

    def cls(self) -> ClassItem:
        """Return the class of the main module, with a method that the edits change."""
        for item in self.items:
            if isinstance(item, ClassItem):
                return item
        name, variable, method, values = self.theme.cls
        item = self.versions(name, values, "return {}")
        made = ClassItem(item.module, name, item.sources, item.values, item.edits, variable, method)
        self.block(f"class {name}:\n    def {method}(self):\n        {item.sources[0]}")
        self.items.append(made)
        return made

    # The program.

    def line(self, phase: str, code: str) -> Line:
        """Add a line to a phase of the program, and return it; an import or an assignment isn't added twice."""
        for line in self.lines[phase]:
            if line.code == code and (phase in ONCE or re.match(r"[\w.]+ = ", code)):
                line.writers.add(self.writer)
                return line
        line = self.new_line(code)
        self.lines[phase].append(line)
        return line

    def new_line(self, code: str) -> Line:
        """Return a line that's in no phase yet."""
        return Line(next(self.keys), code, {self.writer})

    def length(self) -> int:
        """Return how many lines the program has so far."""
        return sum(len(line.code.splitlines()) for lines in self.lines.values() for line in lines)

    def imported(self) -> Line:
        """Import the main module, if that isn't done yet, and return the line."""
        return self.line("import", f"import {self.module}")

    def comment(self, phase: str, change: str, module: str = "") -> Line:
        """Edit a file of the program, and return the line."""
        return self.line(phase, f"# edit {module or self.home}.py: {change}")

    def edit(self, *items: Item) -> list[Line]:
        """Edit items, once in each round."""
        phases = ("edit", "edit 2")[:self.rounds]
        return [self.comment(phase, item.edits[number]) for number, phase in enumerate(phases) for item in items]

    def start(self) -> str:
        """Return a phase in which a scenario may make its references: before the edit, before or after the reload."""
        late = ["between"] * (self.level > 2) + ["after"] * 2 * (self.rounds == 2)
        return self.random.choice(["setup"] * 3 + late)

    def reload(self, start: str = "setup") -> str:
        """Reload the module, once in each round. Return how to say that, from a phase on: "the reload in line 4"."""
        self.imported()
        lines = [self.reload_line(phase) for phase in RELOADS[:self.rounds]]
        lines = lines[1:] if start == "after" else lines
        if len(lines) == 1:
            return f"the reload in line {lines[0]}"
        return f"the reloads in lines {lines[0]} and {lines[1]}"

    def reload_line(self, phase: str) -> Line:
        """Return the line of a phase that reloads the module: one that's there already, or a new one."""
        code = f"importlib.reload({self.module})"
        named = (line.code for line in self.lines[phase] if line.code.endswith(f" = {code}"))
        return self.line(phase, next(named, code))

    def ask(self, code: str, fact: str, why: str, wrong: dict[str, str], shows: tuple[str, ...] = (),
            phase: str = "ask") -> Line:
        """Add a line that prints, and a question about it. If a part asks that already, it isn't asked twice."""
        for line in self.lines[phase]:
            if phase == "ask" and line.code == f"print({code})":
                return line
        line = self.line(phase, f"print({code})")
        self.question(line, fact, why, wrong, shows)
        return line

    def same(self, left: str, right: str, words: tuple[str, str] = ("is", "is not")) -> tuple[str, str]:
        """Return code that asks whether two things are the same, or whether they aren't, and its value if they are.

        Level 1 only asks whether they are.
        """
        negated = self.level > 1 and self.random.random() < 0.5
        return f"{left} {words[negated]} {right}", str(not negated)

    def tell(self, code: str) -> Line:
        """Add a line to a story: a scenario that has its lines for itself, in this order."""
        return self.line("story", code)

    def tell_ask(self, code: str, fact: str, why: str, wrong: dict[str, str], shows: tuple[str, ...] = ()) -> Line:
        """Add a line to a story that prints, and a question about it."""
        return self.ask(code, fact, why, wrong, shows, "story")

    def question(self, line: Line, fact: str, why: str, wrong: dict[str, str], shows: tuple[str, ...] = ()) -> None:
        """Add a question about a line that's there already."""
        line.writers.add(self.writer)
        self.asks.append(Ask(line, fact, why, wrong, shows, self.writer))

    def files(self) -> dict[str, str]:
        """Return the files as they are at the start."""
        return {f"{name}.py": "\n\n".join(blocks) + "\n" * bool(blocks) for name, blocks in self.blocks.items()}
