"""What the tests need to know of the kit's notebooks."""
import re

from lessons.notebooks import KIT, lessons

LESSONS = lessons()
EXERCISES = sorted((KIT / "exercises").glob("[0-9]*.ipynb"))
# The facts that a first course is made of, and the rest of the course. The letters are groups: A the import cache,
# B what a reload does, C names that keep the old, D classes, E failures, F packages, G other kinds of module,
# H bytecode, I side effects, J threads and processes, K a second module, L autoreload and servers, M alternatives,
# N history, O lazy imports.
SPINE = """A-01 A-02 A-03 B-01 B-02 B-03 B-04 B-05 B-07 B-08 B-12 C-01 C-02 C-04 C-05 D-01 D-02 E-01 E-02 E-04 F-01 F-03
    H-01 H-06 K-01 M-01 N-02 N-03""".split()
COURSE = """B-06 B-09 B-11 B-13 B-20 C-03 C-06 C-07 C-09 C-10 C-11 C-12 C-14 C-15 C-16 C-17 D-03 D-04 D-05 D-06 D-07
    D-08 D-09 D-10 D-15 D-17 E-03 E-05 E-06 E-09 E-10 E-11 E-13 E-15 F-02 F-04 G-01 G-03 G-04 H-02 H-03 H-04
    H-05 H-10 H-12 H-14 I-02 I-03 I-05 I-06 I-07 J-01 J-02 J-04 J-05 J-07 K-02 K-03 K-04 K-05 L-01 L-02 L-03
    L-05 L-06 L-07 L-10 L-11 L-12 L-13 L-15 L-16 L-23 L-24 M-03 M-04 M-05 M-06 M-08 M-09 N-01 N-09 O-01 O-02
    O-03 O-04 O-05 O-06 O-07""".split()
# What an output must not have in it: addresses, paths, colours, versions, times.
OF_ONE_MACHINE = re.compile(r"0x[0-9a-f]{6,}|(?<![\w.])/(?!/)\w+/\w|\b[A-Z]:\\|File \"|\x1b\[|\bPython 3\.\d+\.\d|"
                            r"\b\d\d:\d\d:\d\d\b|site-packages")


def printed(cell):
    """All that a cell's stored outputs say, as text: streams, results and errors."""
    texts = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        texts.append("".join(output.get("text", [])) + "".join(data.get("text/plain", []))
                     + "\n".join(output.get("traceback", [])))
    return "\n".join(texts)
