"""Composes drafts from scenarios, and writes them out as programs."""
import ast
import builtins
import hashlib
import keyword
import re
from collections import Counter
from dataclasses import dataclass
from random import Random

from exercises.drills.scenarios import PARTS, WHOLE, Scenario
from exercises.drills.scenarios.draft import PHASES, Ask, ClassItem, Draft, NoWords
from exercises.drills.scenarios.filling import fill, stretch

LINES = {1: (4, 5), 2: (5, 6), 3: (5, 7), 4: (6, 8), 5: (7, 9), 6: (8, 10), 7: (8, 11), 8: (9, 11), 9: (10, 12),
         10: (11, 12)}  # level -> at least and at most so many lines
ASSIGNED = re.compile(r"^(?:(?:def|class) (?=\w+[(:])|(?=\w+ = )|import .* as |from \S+ import (?:\w+ as )?)(\w+)")
SIZES = (4, 12)  # of any program
QUESTIONS = (2, 3)
OF_EDITS = "edit quick of in the same second delete restore save again a later saved without py"
OF_PYTHON = ("importlib reload invalidate_caches sys modules dont_write_bytecode self __name__ __init__ __class__ "
             "__dict__ functools partial enum Enum dataclasses dataclass pickle dumps loads append update")
KEPT = {*keyword.kwlist, *vars(builtins), *OF_EDITS.split(), *OF_PYTHON.split()}  # the words that no program chooses


@dataclass(frozen=True)
class Written:
    """A draft as a program. `lines` has the number of each line, by its key; `asks` the questions, in order."""
    scenario: str
    files: dict[str, str]
    program: str
    lines: dict[int, int]
    asks: tuple[Ask, ...]
    versions: tuple[tuple[str, ...], ...]  # of what a line may print
    signature: str


def compose(random: Random, level: int, facts: frozenset[str], strict: bool = True,
            beside: frozenset[str] | None = None) -> Written | None:
    """Return a program that asks one of the facts, or None if these random choices lead to none that fits the level.

    If it isn't `strict`, the program may be somewhat longer or shorter than others of its level. What else it asks is
    one of the facts `beside`, if that's possible and if they're given.
    """
    try:
        return _compose(random, level, facts, strict, beside)
    except NoWords:
        return None


def _compose(random: Random, level: int, facts: frozenset[str], strict: bool,
             beside: frozenset[str] | None) -> Written | None:
    fact = random.choice(sorted(facts))
    able = [each for each in PARTS + WHOLE if fact in each.facts and (each.first <= level <= each.last or not strict)]
    if not able:
        return None
    first = random.choice(_near(able, fact, beside) or able)
    rounds = 2 if level > 5 and random.random() < level / 12 else 1
    draft = Draft(random, level, 1 if first in WHOLE else rounds)  # a story has its own edits and reloads
    scenarios, parts = [first], [each for each in PARTS if each is not first and each.first <= level <= each.last]
    draft.writer = first.name
    first.write(draft)
    if first in WHOLE and level > 3:
        fill(draft)
        draft.next_theme()
        draft.rounds = rounds
    count = (level > 3) + (level > 7) if first in WHOLE else max(1 + (level > 7), 2 - len(draft.asks))
    contrast = "new_object" if any(isinstance(item, ClassItem) for item in draft.items) else "through_the_module"
    if level == 1 and count == 1 and first.name != contrast:  # old and new, in as few lines as possible
        parts = [each for each in parts if each.name == contrast]
    near = _near(parts, fact, beside)
    for scenario in random.sample(near if len(near) >= count else parts, count):
        draft.writer = scenario.name
        scenario.write(draft)
        scenarios.append(scenario)
    wanted = [ask for ask in draft.asks if ask.fact == fact]
    if not wanted:
        return None
    fill(draft)
    _choose_questions(draft, wanted)
    _drop_unneeded(draft)
    stretch(draft, LINES[level][0])
    least, most = (LINES[level][0], LINES[level][1]) if strict else SIZES
    return _write(draft, scenarios, least, most)


def _near(scenarios: list[Scenario], fact: str, beside: frozenset[str] | None) -> list[Scenario]:
    """Return the scenarios that ask only a fact and those `beside` it; all if none are given."""
    return [each for each in scenarios if beside is None or beside.issuperset(set(each.facts) - {fact})]


def _choose_questions(draft: Draft, wanted: list[Ask]) -> None:
    """Keep at most three questions, and delete the lines of the others."""
    most = QUESTIONS[1] if draft.level > 2 else QUESTIONS[0]
    rest = [ask for ask in draft.asks if ask not in wanted]
    chosen = [*wanted[:most], *draft.random.sample(rest, max(0, min(len(rest), most - len(wanted))))]
    dropped = {ask.line for ask in draft.asks} - {ask.line for ask in chosen}
    for phase in PHASES:
        draft.lines[phase] = [line for line in draft.lines[phase]
                              if line not in dropped or not line.code.startswith("print(")]
    draft.asks = [ask for ask in draft.asks if ask in chosen]
    asked = {ask.line for ask in draft.asks}
    for phase in reversed(PHASES):  # nothing comes after the last question
        lines = draft.lines[phase]
        while lines and lines[-1] not in asked:
            lines.pop()
        if lines:
            return


def _drop_unneeded(draft: Draft) -> None:
    """Delete the lines that were only for questions that aren't asked: no line is there just to confuse."""
    asking = {ask.writer for ask in draft.asks}
    for phase in PHASES:
        draft.lines[phase] = [line for line in draft.lines[phase] if line.writers & asking]


def _write(draft: Draft, scenarios: list[Scenario], least: int, most: int) -> Written | None:
    draft.random.shuffle(draft.lines["ask"])
    if draft.level <= 2:
        _merge(draft)
    if _assigns_twice(draft) or _reloads_twice(draft):
        return None
    code, numbers = list[str](), dict[int, int]()
    for line in (line for phase in PHASES for line in draft.lines[phase]):
        numbers[line.key] = len(code) + 1
        code += line.code.splitlines()
    if not least <= len(code) <= most or not QUESTIONS[0] <= len(draft.asks) <= QUESTIONS[1]:
        return None
    asks = sorted(draft.asks, key=lambda ask: (numbers[ask.line.key], ask.part or 0))
    program = "\n".join(code)
    if _unused_names(program):
        return None  # two questions of one scenario share a line, and the one that needs it isn't asked
    files = _imported(draft.files(), program)
    return Written("+".join(each.name for each in scenarios), files, program, numbers, tuple(asks),
                   tuple(draft.versions_of), signature(files, program))


def _unused_names(program: str) -> set[str]:
    """Return the names that a program assigns, defines or imports, and never uses.

    A module that's imported twice is used, because a drill may be about the second import.
    """
    nodes = list(ast.walk(ast.parse(program)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    given = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    given |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    given |= {alias.asname or alias.name.partition(".")[0] for node in nodes
              if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    imported = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    imported += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    twice = {name for name, times in Counter(imported).items() if times > 1}
    return given - {name.id for name in names if not isinstance(name.ctx, ast.Store)} - twice - {"*"}


def _imported(files: dict[str, str], program: str) -> dict[str, str]:
    """Return the files that the program, or another one of these files, imports."""
    found, code = dict[str, str](), program
    while new := {name: source for name, source in files.items() if name not in found and re.search(
            rf"^ *(?:import|from) .*\b{name.removesuffix('.py').removesuffix('/__init__').rpartition('/')[2]}\b", code,
            re.M)}:
        found |= new
        code = "\n".join([program, *found.values()])
    return {name: source for name, source in files.items() if name in found}


def _assigns_twice(draft: Draft) -> bool:
    """Return whether two lines of the program assign the same name, because two scenarios chose it.

    The same import may be there twice.
    """
    codes = [line.code for lines in draft.lines.values() for line in lines]
    imports = {code for code in codes if "import " in code.partition("\n")[0]}
    assigned = [name for code in [*imports, *(code for code in codes if code not in imports)]
                for name in ASSIGNED.findall(code)]
    return len(assigned) != len(set(assigned))


def _reloads_twice(draft: Draft) -> bool:
    """Return whether a line reloads what the line before reloaded, as nobody would do without an edit between."""
    codes = [line.code for phase in PHASES for line in draft.lines[phase]]
    return any(code == after and code.startswith("importlib.reload(") for code, after in zip(codes, codes[1:]))


def _merge(draft: Draft) -> None:
    """Print two values in one line, so that the program is short."""
    lines = draft.lines["ask"]
    asked = {ask.line: ask for ask in draft.asks}
    if len(lines) != 2 or not all(line in asked and _is_a_word(asked[line]) for line in lines):
        return
    first, second = lines
    merged = draft.line("ask", f"print({first.code[6:-1]}, {second.code[6:-1]})")
    draft.lines["ask"] = [merged]
    draft.asks = [ask if ask.line not in lines else ask.moved(merged, lines.index(ask.line)) for ask in draft.asks]


def _is_a_word(ask: Ask) -> bool:
    """Return whether a question's line prints one word, and isn't expected to raise an error."""
    return ask.line.code.startswith("print(") and not any(" " in each or each.endswith("Error") for each in ask.wrong)


def signature(files: dict[str, str], program: str) -> str:
    """Return a digest of the shape of a program and its files: without names, and without the values of strings and
    numbers."""
    known: dict[str, str] = {}

    def plain(match: re.Match[str]) -> str:
        text = match[0]
        if text in KEPT:
            return text
        return known.setdefault(text, f"n{len(known)}") if text[0].isalpha() or text[0] == "_" else "0"

    text = "\n".join([*(f"{name}:\n{source}" for name, source in files.items()), program])
    text = re.sub(r"'([^']*)'", lambda match: match[0] if match[1] in known else "''", text)
    shape = re.sub(r"[A-Za-z_]\w*|\d+", plain, text)
    return hashlib.sha256(shape.encode("utf-8")).hexdigest()[:16]
