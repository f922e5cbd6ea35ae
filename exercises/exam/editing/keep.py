"""Change a file so that a reload keeps some of its variables."""
from exercises.exam.editing.kind import WORDS, Details, Draw, Kind, reload_or_not


def _details(draw: Draw) -> Details:
    return {"marker": draw.choice(WORDS), **reload_or_not(draw, "every variable without this comment")}


TEXT = """\
A reload of a file such as `$file.py` sets `$name` back to 0, although the program has changed it:

```text
print('running')
$name = 0  # $marker
count = 1
```

Write `$call`, which changes the file so that a reload keeps such variables. PATH is the `pathlib.Path` of such a file.
The program has imported it already, and `sys.modules[path.stem]` is its module.

1. The function changes each unindented line of the form `NAME = VALUE  # $marker` so that a reload keeps the value that
   the module has for NAME by then. You choose how. No other line changes.
2. If the module has no attribute NAME yet, as in a new process, the changed file still sets NAME to VALUE.
3. $again
"""
CHECK = r"""
every(file="spam.py", call="$func(path)", vary="spam grok bar", after=ANYTHING, then="importlib.reload(spam)",
      given="sys.dont_write_bytecode = True\nimport spam\nspam.grok = 7")
case(1, "a file with one such variable", before="grok = 0  # $marker\n", values={"spam.grok": 7},
     ask="What does the changed line assign in a reload?")
case(2, "the first import", before="grok = 3  # $marker\n", then="del sys.modules['spam']\nimport spam",
     values={"spam.grok": 3}, ask="What does the changed line assign if there's no old value?")
case(1, "a value that's set after the call", before="grok = 0  # $marker\n",
     then="spam.grok = 9\nimportlib.reload(spam)", values={"spam.grok": 9},
     ask="When does the changed file look for the old value?")
case(1, "two such variables", before="grok = 0  # $marker\nbar = 'x = 1'  # $marker\n",
     given="sys.dont_write_bytecode = True\nimport spam\nspam.grok = 7\nspam.bar = 'y'",
     values={"spam.grok": 7, "spam.bar": "y"}, ask="How many lines does your function change?")
case(1, "other lines",
     before="grok = 0\nbar = 4  # ${marker}s\n\ndef value():\n    grok = 1  # $marker\n    return grok\n",
     given="sys.dont_write_bytecode = True\nimport spam\nspam.grok = 7\nspam.bar = 8", after=UNCHANGED,
     values={"spam.grok": 0, "spam.bar": 4, "spam.value()": 1}, ask="How does your function recognize a line?")
case(3, "a value that the program has set", before="print('running')\ngrok = 0  # $marker\ncount = 1\n",
     given="sys.dont_write_bytecode = True\nimport spam\nspam.grok = 7\nspam.count = 5", then="",
     prints={"": "$printed"}, values={"spam.count": $count, "spam.grok": 7},
     ask="Does your function run the file again, and should it?")
"""
ANSWER = r"""
import importlib
import re
import sys

def $call:
    module = sys.modules[path.stem]
    source = path.read_text(encoding="utf-8")
    source = re.sub(r"(?m)^(\w+) = (.+)  # $marker$$", r"\1 = globals().get('\1', \2)  # $marker", source)
    path.write_text(source, encoding="utf-8")
$reload"""
KEEP = Kind("B-07", "path", TEXT, CHECK, ANSWER, _details)
