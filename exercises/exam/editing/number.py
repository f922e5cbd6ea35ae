"""Change a number in a function, and reload."""
from exercises.exam.editing.kind import Details, Draw, Kind


def _details(draw: Draw) -> Details:
    sign, by, which = draw.choice("+*"), draw.randrange(2, 30), draw.choice(("old", "new"))
    details = {"sign": sign, "by": str(by), "which": which, "start": str(draw.randrange(2, 90))}
    for case, old in (("a", 12), ("b", 7), ("c", 0)):
        new = old + by if sign == "+" else old * by
        details |= {case: str(new), f"r{case}": str(new if which == "new" else old)}
    return details


TEXT = """\
A program imports a file such as `$file.py`, and calls its function through the module:

```text
def $name():
    return $start
```

Write `$call`, which changes the number while the program runs. PATH is the `pathlib.Path` of such a file. The program
has imported it already, and `sys.modules[path.stem]` is its module.

1. In the file there's one line `return N`, indented by four spaces, where N is a whole number without a sign. The
   function changes N to N $sign $by, and nothing else in the file.
2. It reloads the module, so that the running program calls the new code.
3. It returns the $which number, as an `int`.
"""
CHECK = r"""
every(file="spam.py", call="$func(path)", vary="spam grok", given="sys.dont_write_bytecode = True\nimport spam")
case(1, "a file with one function", before="def grok():\n    return 12\n", after="def grok():\n    return $a\n",
     ask="Which number does your function write?")
case(2, "the running program", before="print('ran')\ndef grok():\n    return 12\n", after=ANYTHING,
     prints={"": "ran"}, values={"spam.grok()": $a}, ask="What runs the new file?")
case(3, "what it returns", before="def grok():\n    return 7\n", after=ANYTHING, returns=$rb,
     ask="What does your function return?")
case(1, "other numbers in the file", before="x = 7\n# return 7\n\ndef grok():\n    y = 7  # 7\n    return 7\n",
     after="x = 7\n# return 7\n\ndef grok():\n    y = 7  # 7\n    return $b\n",
     ask="How does your function find the number?")
case(2, "zero", before="# 0\ndef grok():\n    return 0\n", after="# 0\ndef grok():\n    return $c\n", returns=$rc,
     values={"spam.grok()": $c}, ask="What does your function do if the number is 0?")
"""
ANSWER = r"""
import importlib
import re
import sys

def $call:
    source = path.read_text(encoding="utf-8")
    found = re.search(r"(?m)^    return (\d+)$$", source)
    old = int(found[1])
    new = old $sign $by
    path.write_text(source[:found.start(1)] + str(new) + source[found.end(1):], encoding="utf-8")
    importlib.reload(sys.modules[path.stem])
    return $which
"""
NUMBER = Kind("B-01", "path", TEXT, CHECK, ANSWER, _details)
