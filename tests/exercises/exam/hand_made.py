"""A small exam made by hand, what learners hand in, and the commands, for the tests of exams."""
import json

from exercises import __main__ as commands
from exercises.exam import notebook
from exercises.exam.record import Exam, Outcome, Question, Variant

BELIEF = "A reload updates every name that refers to something in the module."
NAMES = ["Ann Lee", "Ben Ito", "Özlem Ünal"]


def outcome(ask="Line 5 prints:", answer="old", choices=("new", "old", "NameError"), fact="C-01", accept=()):
    return Outcome(ask, answer, accept, choices, fact, "Line 2 made `f` refer to the first function.",
                   {choices[0]: BELIEF}, "03_from_import_keeps_the_old_function.ipynb", "two-groks")


def question(number, name):
    return Question(f"{name} {number}", 20, "C-01", {"spam.py": f"def f():\n    return '{name} {number}'\n"},
                    "import spam\nfrom spam import f\n# edit spam.py: old -> new\nimportlib.reload(spam)\nprint(f())\n"
                    "print(spam.f())", (outcome(), outcome("Line 6 prints:", "new", ("old", "new"), "B-01")))


def exam_of(*names, questions=3, known=()):
    """Return an exam for learners, each with other questions. `known` are their ids, if there are any."""
    known = known or [()] * len(names)
    return Exam("secret", 3, {"C-01": "A copy of a reference stays old.", "B-01": "A reload runs the file."}, tuple(
        Variant(f"{number:06x}", name, tuple(ids), f"reload_exam_{number:06x}_{name.replace(' ', '_')}.ipynb", tuple(
            question(each, f"{name} {ids}") for each in range(questions)))
        for number, (name, ids) in enumerate(zip(names, known), start=0xa1)))


def handed_in(variant, write=None):
    """Return a notebook of a variant, as a dict, in which `write(line, outcome)` changed each line for an answer."""
    content = json.loads(notebook.written(variant))
    for number, each in enumerate(variant.questions, start=1):
        cell = cell_of(content, f"answer-{number}")
        lines = "".join(cell["source"]).split("\n")
        for place, one in enumerate(each.outcomes, start=-len(each.outcomes)):
            lines[place] = write(lines[place], one) if write else lines[place]
        cell["source"] = "\n".join(lines)
    return content


def cell_of(content, id):
    return next(cell for cell in content["cells"] if cell["id"] == id)


def right(line, one):
    return line + one.answer


def wrong(line, one):
    return line + one.choices[one.choices[0] == one.answer]


def as_bytes(content):
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def put(folder, files):
    """Write files into a folder: path -> notebook or bytes."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(as_bytes(content))
    return folder


def run(capsys, *arguments):
    """Run a command of the course, and return its exit status, its output and its errors."""
    status = commands.main(list(map(str, arguments)))
    said = capsys.readouterr()
    return status, said.out, said.err
