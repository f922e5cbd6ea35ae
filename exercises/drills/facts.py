"""The facts of lessons 1 to 12 that no drill asks, each with the reason."""

PROCESS = "it's about another process, and a drill's program runs in one"
TRACEBACK = "it's about the text of a traceback, not about what a line prints"
VERSION = "the answer depends on the version of Python"
LIBRARY = "it changes Python's own modules, which other programs in the same process use"

NOT_ASKED = {
    "A-03": PROCESS,
    "C-15": "importing `unittest.mock` takes longer than everything else in a drill",
    "C-16": "what `gc.get_referrers` returns depends on how the program is run",
    "E-15": "a browser tab and the programs in one process share the current directory",
    "G-03": LIBRARY,
    "G-04": LIBRARY,
    "H-14": TRACEBACK,
    "L-15": "it needs IPython",
    "M-08": "it's about a reload at the same time as a write, so it depends on time",
    "N-02": VERSION,
    "N-03": VERSION,
    "N-09": VERSION,
}
