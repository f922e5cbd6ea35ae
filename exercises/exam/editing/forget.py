"""Delete variables from a file and from the running program."""
from exercises.exam.editing.kind import WORDS, Details, Draw, Kind, reload_or_not


def _details(draw: Draw) -> Details:
    return {"word": draw.choice(WORDS), **reload_or_not(draw, "every other variable")}


TEXT = """\
A program imports a file such as `$file.py`. You don't need some of its variables any more:

```text
print('running')
count = 1
${word}_$name = 2
```

Write `$call`, which deletes them from the file and from the running program. PATH is the `pathlib.Path` of such a file.
The program has imported it already, and `sys.modules[path.stem]` is its module.

1. From the file, the function deletes each unindented line that begins with `${word}_`. It changes nothing else there.
2. Afterwards the module has no attribute whose name begins with `${word}_`, not even one that isn't from the file.
3. $again
"""
CHECK = r"""
every(file="spam.py", call="$func(path)", vary="spam grok bar", given="sys.dont_write_bytecode = True\nimport spam")
case(1, "a file with one such variable", before="x = 1\n${word}_grok = 2\n", after="x = 1\n",
     ask="Which lines does your function delete from the file?")
case(2, "the running module", before="${word}_grok = 2\nbar = 3\n${word}_bar = 4\n", after="bar = 3\n",
     values={"hasattr(spam, '${word}_grok')": False, "hasattr(spam, '${word}_bar')": False, "spam.bar": 3},
     ask="What does your function do with the attributes of the module?")
case(1, "indented lines and names that contain it",
     before="def grok():\n    ${word}_bar = 1\n    return ${word}_bar\n\n\nmy_${word}_bar = 2\n${word}s = 3\n",
     after=UNCHANGED, values={"spam.grok()": 1, "spam.my_${word}_bar": 2, "spam.${word}s": 3},
     ask="How does your function recognize a line?")
case(2, "an attribute that isn't from the file", before="bar = 1\n",
     given="sys.dont_write_bytecode = True\nimport spam\nspam.${word}_grok = 2",
     values={"hasattr(spam, '${word}_grok')": False}, ask="Where does your function find the names of the attributes?")
case(3, "a value that the program has set", before="print('running')\ncount = 1\n${word}_grok = 2\n",
     after="print('running')\ncount = 1\n", given="sys.dont_write_bytecode = True\nimport spam\nspam.count = 5",
     prints={"": "$printed"}, values={"spam.count": $count, "hasattr(spam, '${word}_grok')": False},
     ask="Does your function run the file again, and should it?")
"""
ANSWER = r"""
import importlib
import sys

def $call:
    module = sys.modules[path.stem]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("${word}_")), encoding="utf-8")
$reload    for name in [name for name in vars(module) if name.startswith("${word}_")]:
        delattr(module, name)
"""
FORGET = Kind("B-04", "path", TEXT, CHECK, ANSWER, _details)
