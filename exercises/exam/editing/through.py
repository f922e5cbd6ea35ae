"""Let a file call a function through its module, instead of by a name that stays old."""
from exercises.exam.editing.kind import WORDS, Details, Draw, Kind


def _details(draw: Draw) -> Details:
    what, value, counts = draw.choice((("the number of calls that it changed", "count", "2 2"),
                                       ("the number of lines in the file", "len(source.splitlines())", "5 9")))
    return {"alias": draw.choice(WORDS), "what": what, "value": value, **dict(zip(("ra", "rb"), counts.split()))}


TEXT = """\
A file such as `$file.py` imports a function by its name, so it keeps the old function when you reload the function's
module:

```text
from $module import $name

def serve():
    return $name()
```

Write `$call`, which changes such a file so that it calls the function through the module. PATH is the `pathlib.Path` of
the file. MODULE and NAME are strings: in this file, `"$module"` and `"$name"`. The program has imported the file
already, and `sys.modules[path.stem]` is its module.

1. The line `from MODULE import NAME` becomes `import MODULE as $alias`.
2. Each call `NAME(...)` becomes a call `$alias.NAME(...)`, and nothing else in the file changes. Functions with longer
   names stay as they are. No string, comment or method call contains `NAME(`.
3. It reloads the file's own module, but not MODULE. Afterwards a reload of MODULE is enough.
4. It returns $what.
"""
CHECK = r"""
every(file="client.py", call='$func(path, "spam", "grok")', vary="spam grok client",
      files={"spam.py": "def grok():\n    return 1\n"}, given="sys.dont_write_bytecode = True\nimport client, spam")
case(1, "a file with one import", before="from spam import grok\n", after="import spam as $alias\n",
     ask="What does the first line contain afterwards?")
case(2, "two calls", before="from spam import grok\n\ndef serve():\n    x = grok()\n    return x + grok()\n",
     after="import spam as $alias\n\ndef serve():\n    x = $alias.grok()\n    return x + $alias.grok()\n",
     ask="Which calls does your function change?")
case(2, "longer names",
     before="from spam import grok\n\ndef my_grok():\n    return grok()\n\ndef grok_2():\n    return grok()\n\n"
            "x = my_grok() + grok_2()  # grok\n",
     after="import spam as $alias\n\ndef my_grok():\n    return $alias.grok()\n\ndef grok_2():\n"
           "    return $alias.grok()\n\nx = my_grok() + grok_2()  # grok\n",
     ask="How does your function recognize a call?")
case(3, "a reload of the function's module", before="from spam import grok\n\ndef serve():\n    return grok()\n",
     after=ANYTHING, then_edit={"spam.py": "def grok():\n    return 22\n"}, then="importlib.reload(spam)",
     values={"client.serve()": 22}, ask="Which module runs the changed file?")
case(3, "a module that must not run again", before="from spam import grok\n\ndef serve():\n    return grok()\n",
     after=ANYTHING, files={"spam.py": "print('ran')\ndef grok():\n    return 1\n"}, prints={"": ""},
     ask="Which module does your function reload?")
case(4, "two calls", before="from spam import grok\n\ndef serve():\n    x = grok()\n    return x + grok()\n",
     after=ANYTHING, returns=$ra, ask="What does your function return?")
case(4, "longer names",
     before="from spam import grok\n\ndef my_grok():\n    return grok()\n\ndef grok_2():\n    return grok()\n\n"
            "x = my_grok() + grok_2()  # grok\n", after=ANYTHING, returns=$rb, ask="What does your function count?")
"""
ANSWER = r"""
import importlib
import re
import sys

def $call:
    source = path.read_text(encoding="utf-8")
    source = source.replace(f"from {module} import {name}\n", f"import {module} as $alias\n")
    source, count = re.subn(rf"\b{name}\(", f"$alias.{name}(", source)
    path.write_text(source, encoding="utf-8")
    importlib.reload(sys.modules[path.stem])
    return $value
"""
THROUGH = Kind("C-01", "path, module, name", TEXT, CHECK, ANSWER, _details)
