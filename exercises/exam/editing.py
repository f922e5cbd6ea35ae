"""Editing tasks of an exam: everyone gets the same kinds, with other files, names and details of the rules.

Each kind is a template: the text with numbered rules, the check and a right answer. `$name` is a word that's drawn for
each learner, or a detail of a rule, so that a friend's answer usually breaks a rule of one's own task.
"""
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

from exercises.exam.record import Editing
from exercises.grader.cases import NOUNS
from lessons.notebooks import facts_shown

POINTS = 2  # as many as for a question
PATIENCE = 1000  # draws without a new text
# Details of rules. Cases use the NOUNS, so none of these words may be one.
WORDS = ("amber arrow aspen atlas bison bramley breeze bronze cedar cloud comet crane delta drift eagle fable flint "
         "frost glade globe grove haven heron iris ivory jade karst lagoon larch linen lotus lunar maple meadow merlin "
         "misty moss nectar oasis ocean onyx opal orbit otter panda pearl pine plaza polar prism quill rapid reef "
         "river robin rowan sable sage sierra slate solar spark stone storm swift tango teak tiger topaz tundra umber "
         "valley vista wharf willet wren zebra zinc").split()
Draw = random.Random
Details = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A template of editing tasks. `details` draws what its rules vary in, by the names in the other texts."""
    fact: str
    parameters: str  # of the function that the learner writes
    text: str
    check: str
    answer: str
    details: Callable[[Draw], Details]


def _number(draw: Draw) -> Details:
    sign, by, which = draw.choice("+*"), draw.randrange(2, 30), draw.choice(("old", "new"))
    details = {"sign": sign, "by": str(by), "which": which, "start": str(draw.randrange(2, 90))}
    for case, old in (("a", 12), ("b", 7), ("c", 0)):
        new = old + by if sign == "+" else old * by
        details |= {case: str(new), f"r{case}": str(new if which == "new" else old)}
    return details


def _reload_or_not(draw: Draw, it: str) -> Details:
    """Return a rule that asks for a reload, or one that forbids it, with what the file prints then."""
    if draw.random() < 0.5:
        return {"again": f"It then reloads the module, so {it} the value in the file again.",
                "reload": "    importlib.reload(module)\n", "printed": "running", "count": "1"}
    return {"again": "It doesn't run the file again, so a value that the program has set stays.", "reload": "",
            "printed": "", "count": "5"}


def _prefix(draw: Draw) -> Details:
    return {"prefix": draw.choice(WORDS) + "_", **_reload_or_not(draw, "every other variable has")}


def _alias(draw: Draw) -> Details:
    what, value, counts = draw.choice((("the number of calls that it changed", "count", "2 1"),
                                       ("the number of lines in the file", "len(source.splitlines())", "5 6")))
    return {"alias": draw.choice(WORDS), "what": what, "value": value, **dict(zip(("ra", "rb"), counts.split()))}


def _marker(draw: Draw) -> Details:
    return {"marker": draw.choice(WORDS), **_reload_or_not(draw, "a variable without this comment has")}


KINDS = {
    "number": Kind("B-01", "path", """\
A program imports a file such as `$file.py`, and calls its function through the module:

```text
def $name():
    return $start
```

Write `$call`, which changes the number in a running program. PATH is a `pathlib.Path` of a file like this one. The
program has imported the module already. Its name is `path.stem`, so `sys.modules[path.stem]` is the module.

1. The file contains one line `return N`, indented by four spaces, and N is a whole number without a sign. In the file,
   it changes N to the result of N $sign $by, and it changes nothing else.
2. It reloads the module, so that the running program calls the new code.
3. It returns the $which number.
""", """\
every(file="spam.py", call="$func(path)", vary="spam grok", given="sys.dont_write_bytecode = True\\nimport spam")
case(1, "a file with one function", before="def grok():\\n    return 12\\n", after="def grok():\\n    return $a\\n",
     ask="Which number does your function write?")
case(2, "the running program", before="def grok():\\n    return 12\\n", after=ANYTHING, values={"spam.grok()": $a},
     ask="What runs the new file?")
case(3, "what it returns", before="def grok():\\n    return 7\\n", after=ANYTHING, returns=$rb,
     ask="What does your function return?")
case(1, "other numbers in the file", before="x = 7\\n\\ndef grok():\\n    y = 7  # 7\\n    return 7\\n",
     after="x = 7\\n\\ndef grok():\\n    y = 7  # 7\\n    return $b\\n", ask="How does your function find the number?")
case(2, "zero", before="# 0\\ndef grok():\\n    return 0\\n", after="# 0\\ndef grok():\\n    return $c\\n", returns=$rc,
     values={"spam.grok()": $c}, ask="What does your function do if the number is 0?")
""", """\
import importlib
import re
import sys

def $call:
    source = path.read_text(encoding="utf-8")
    found = re.search(r"(?m)^    return (\\d+)$$", source)
    old = int(found[1])
    new = old $sign $by
    path.write_text(source[:found.start(1)] + str(new) + source[found.end(1):], encoding="utf-8")
    importlib.reload(sys.modules[path.stem])
    return $which
""", _number),
    "forget": Kind("B-04", "path", """\
A program imports a file such as `$file.py`. You don't need some of its variables any more:

```text
print('running')
count = 1
${prefix}$name = 2
```

Write `$call`, which deletes these variables from the file and from the running program. PATH is a `pathlib.Path` of
a file like this one. The program has imported the module already. Its name is `path.stem`, so `sys.modules[path.stem]`
is the module.

1. From the file, it deletes each unindented line that begins with `$prefix`, and it changes nothing else.
2. Afterwards the running module has no attribute whose name begins with `$prefix`.
3. $again
""", """\
every(file="spam.py", call="$func(path)", vary="spam grok bar", given="sys.dont_write_bytecode = True\\nimport spam")
case(1, "a file with one such variable", before="x = 1\\n${prefix}grok = 2\\n", after="x = 1\\n",
     ask="Which lines does your function delete from the file?")
case(2, "the running module", before="${prefix}grok = 2\\nbar = 3\\n${prefix}bar = 4\\n", after="bar = 3\\n",
     values={"hasattr(spam, '${prefix}grok')": False, "hasattr(spam, '${prefix}bar')": False, "spam.bar": 3},
     ask="What does your function do with the attributes of the module?")
case(1, "indented lines and names that contain it",
     before="def grok():\\n    ${prefix}bar = 1\\n    return ${prefix}bar\\nmy_${prefix}bar = 2\\n",
     after=UNCHANGED, values={"spam.grok()": 1, "spam.my_${prefix}bar": 2},
     ask="How does your function recognize a line?")
case(3, "a value that the program has set", before="print('running')\\ncount = 1\\n${prefix}grok = 2\\n",
     after="print('running')\\ncount = 1\\n", given="sys.dont_write_bytecode = True\\nimport spam\\nspam.count = 5",
     prints={"": "$printed"}, values={"spam.count": $count, "hasattr(spam, '${prefix}grok')": False},
     ask="Does your function run the file again, and should it?")
""", """\
import importlib
import sys

def $call:
    module = sys.modules[path.stem]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("$prefix")), encoding="utf-8")
$reload    for name in [name for name in vars(module) if name.startswith("$prefix")]:
        delattr(module, name)
""", _prefix),
    "through": Kind("C-01", "path, module, name", """\
A file such as `$file.py` imports a function by its name, so it keeps the old function when you reload the function's
module:

```text
from $module import $name

def serve():
    return $name()
```

Write `$call`, which changes such a file so that it calls the function through the module. PATH is a `pathlib.Path` of
the file, and MODULE and NAME are strings with the names in its first line. The program has imported the file
already, as `path.stem`.

1. The line `from MODULE import NAME` becomes `import MODULE as $alias`.
2. Each call `NAME(...)` becomes a call `$alias.NAME(...)`. Longer names stay. No string contains
   such a call.
3. It reloads the module of the file, and not MODULE. Afterwards a reload of MODULE is enough.
4. It returns $what.
""", """\
every(file="client.py", call='$func(path, "spam", "grok")', vary="spam grok client",
      files={"spam.py": "def grok():\\n    return 1\\n"}, given="sys.dont_write_bytecode = True\\nimport client, spam")
case(1, "a file with one import", before="from spam import grok\\n", after="import spam as $alias\\n",
     ask="What does the first line contain afterwards?")
case(2, "two calls", before="from spam import grok\\n\\ndef serve():\\n    x = grok()\\n    return x + grok()\\n",
     after="import spam as $alias\\n\\ndef serve():\\n    x = $alias.grok()\\n    return x + $alias.grok()\\n",
     returns=$ra, ask="Which calls does your function change, and what does it return?")
case(2, "a longer name", before="from spam import grok\\n\\ndef my_grok():\\n    return grok()\\n\\nx = my_grok()\\n",
     after="import spam as $alias\\n\\ndef my_grok():\\n    return $alias.grok()\\n\\nx = my_grok()\\n", returns=$rb,
     ask="How does your function recognize a call?")
case(3, "a reload of the function's module", before="from spam import grok\\n\\ndef serve():\\n    return grok()\\n",
     after=ANYTHING, then_edit={"spam.py": "def grok():\\n    return 22\\n"}, then="importlib.reload(spam)",
     values={"client.serve()": 22}, ask="Which module runs the changed file?")
case(3, "a module that must not run again", before="from spam import grok\\n\\ndef serve():\\n    return grok()\\n",
     after=ANYTHING, files={"spam.py": "print('ran')\\ndef grok():\\n    return 1\\n"}, prints={"": ""},
     ask="Which module does your function reload?")
""", """\
import importlib
import re
import sys

def $call:
    source = path.read_text(encoding="utf-8")
    source = source.replace(f"from {module} import {name}\\n", f"import {module} as $alias\\n")
    source, count = re.subn(rf"\\b{name}\\(", f"$alias.{name}(", source)
    path.write_text(source, encoding="utf-8")
    importlib.reload(sys.modules[path.stem])
    return $value
""", _alias),
    "keep": Kind("B-07", "path", """\
A reload of a file such as `$file.py` sets the counter back to the value in the file:

```text
print('running')
$name = 0  # $marker
count = 1
```

Write `$call`, which changes the file so that a reload keeps some variables. PATH is a `pathlib.Path` of a file like
this one. The program has imported the module already. Its name is `path.stem`, so `sys.modules[path.stem]` is the
module.

1. It changes the unindented lines `NAME = VALUE  # $marker`, and no others, so that a reload keeps the value that the
   running module has for NAME. You choose how.
2. If the module has no such attribute yet, the changed file still sets NAME to VALUE.
3. $again
""", """\
every(file="spam.py", call="$func(path)", vary="spam grok bar", after=ANYTHING, then="importlib.reload(spam)",
      given="sys.dont_write_bytecode = True\\nimport spam\\nspam.grok = 7")
case(1, "a file with one such variable", before="grok = 0  # $marker\\n", values={"spam.grok": 7},
     ask="What does the changed line assign in a reload?")
case(2, "the first import", before="grok = 3  # $marker\\n", then="del sys.modules['spam']\\nimport spam",
     values={"spam.grok": 3}, ask="What does the changed line assign if there's no old value?")
case(1, "two such variables", before="grok = 0  # $marker\\nbar = 'x'  # $marker\\n",
     given="sys.dont_write_bytecode = True\\nimport spam\\nspam.grok = 7\\nspam.bar = 'y'",
     values={"spam.grok": 7, "spam.bar": "y"}, ask="How many lines does your function change?")
case(1, "other lines", before="grok = 0\\nbar = 4  # ${marker}s\\n",
     given="sys.dont_write_bytecode = True\\nimport spam\\nspam.grok = 7\\nspam.bar = 8", after=UNCHANGED,
     values={"spam.grok": 0, "spam.bar": 4}, ask="How does your function recognize a line?")
case(3, "a value that the program has set", before="print('running')\\ngrok = 0  # $marker\\ncount = 1\\n",
     given="sys.dont_write_bytecode = True\\nimport spam\\nspam.grok = 7\\nspam.count = 5", then="",
     prints={"": "$printed"}, values={"spam.count": $count, "spam.grok": 7},
     ask="Does your function run the file again, and should it?")
""", """\
import importlib
import re
import sys

def $call:
    module = sys.modules[path.stem]
    source = path.read_text(encoding="utf-8")
    source = re.sub(r"(?m)^(\\w+) = (.+)  # $marker$$", r"\\1 = globals().get('\\1', \\2)  # $marker", source)
    path.write_text(source, encoding="utf-8")
$reload""", _marker)}


def drawn(people: int, count: int, draw: Draw) -> list[tuple[Editing, ...]]:
    """Return `count` editing tasks for each person: of the same kinds, in the same order, and no text twice."""
    names, taken = draw.sample(sorted(KINDS), count), set[str]()
    return [tuple(_new(KINDS[name], draw, taken) for name in names) for _ in range(people)]


def _new(kind: Kind, draw: Draw, taken: set[str]) -> Editing:
    """Return a task whose shown file isn't in `taken`, and add that file."""
    for _ in range(PATIENCE):
        task = made(kind, draw)
        file = task.text.split("```")[1]
        if file not in taken:
            break
    taken.add(file)
    return task


def made(kind: Kind, draw: Draw) -> Editing:
    """Return a task of a kind, with words and details that are drawn."""
    file, module, name, verb = draw.sample(NOUNS, 4)
    func = f"edit_{verb}"
    words = {"file": file, "module": module, "name": name, "func": func, "call": f"{func}({kind.parameters})",
             **kind.details(draw)}
    text, check, answer = (Template(each).substitute(words) for each in (kind.text, kind.check, kind.answer))
    _, path, cell = facts_shown()[kind.fact]
    stub = f"def {words['call']}:\n    ...  # your answer"
    return Editing(kind.fact, text, stub, check, answer, POINTS, path.name, cell)


def facts(tasks: Sequence[Editing]) -> dict[str, str]:
    """Return the facts that tasks are about, each with its sentence."""
    return {task.fact: facts_shown()[task.fact][0] for task in tasks}
