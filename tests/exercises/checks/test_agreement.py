"""The right answers of a task agree on 1,000 inputs, as far as the task's text goes.

The inputs are made from the task's own cases: their files, lines of these and other lines, and their calls. A check may
define `promises(text)`, which says whether the task's text covers a file, and `generate(choose)`, which makes an input
in another way. It returns what a case is given, such as `{"call": "f(2)"}`; `choose([1, 2])` returns one of the two.

Needs Hypothesis; in CI the tests fail without.
"""
import contextlib
import functools
import importlib
import io
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from exercises.grader import tasks
from exercises.grader.cases import ANYTHING, Case
from exercises.grader.evidence import laid_out
from exercises.grader.grading import definitions

hypothesis = (importlib.import_module("hypothesis") if os.environ.get("CI")
              else pytest.importorskip("hypothesis", reason="needs Hypothesis"))
SETTINGS = {"max_examples": 1000, "deadline": None, "database": None, "derandomize": bool(os.environ.get("CI")),
            "suppress_health_check": list(hypothesis.HealthCheck)}
ORDINARY = ["\n", "# a comment\n", "x = 1\n", "x = 1  # why\n", "name = 'a word'\n", "import os\n", "pass\n",
            "x = [\n    1,\n]\n", "text = '''\nline\n'''\n", "def other(word='x'):\n    return word\n",
            "class Other:\n    x = 1\n", "if True:\n    y = 2\n\n"]
PLAIN = (str, bytes, int, float, bool, type(None), list, tuple, dict, set, Path)


@dataclass(frozen=True)
class Outcome:
    """What an answer did."""
    error: str  # the name of its type
    returned: object
    files: dict  # afterwards


def is_about_a_file(case):
    """Return whether a case edits a file, and says what must be in it then."""
    free = any(text is ANYTHING for text in (case.after, *case.left.values()))
    return case.before is not None and "path" in case.call and not (case.edit or case.then_edit or free)


def generator(task):
    """Return what makes a case from choices, or None if the text doesn't cover it; None if a task isn't compared."""
    defined, cases = definitions(task)
    cases = [case for case in cases.all if is_about_a_file(case)]
    if not cases and "generate" not in defined:
        return None
    texts = [text for case in cases for text in (case.before, *case.files.values())]
    lines = list(dict.fromkeys(line.strip() for text in texts for line in text.splitlines()))
    promises = defined.get("promises", lambda text: True)

    def a_line(choose):
        line = choose(lines or [""])
        return choose([f"{line}\n", f"{line} \n", f"if True:\n    {line}\n", f"    {line}\n", f"# {line}\n",
                       f"{line}  # {line}\n", f"x = 1; {line}\n", f"x = {line!r}\n", f"{line}{line}\n"])

    def a_file(choose):
        parts = []
        for _ in range(choose(range(6))):
            what = choose([texts, ORDINARY, a_line])
            parts.append(what(choose) if what is a_line else choose(what))
        text = "".join(part if part.endswith("\n") or not part else f"{part}\n" for part in parts)
        return text.removesuffix("\n") if choose([False, False, True]) else text

    def generate(choose):
        case = choose(cases)
        return {"call": case.call, "given": case.given, "file": case.file, "files": case.files, "calls": case.calls,
                "before": a_file(choose)}

    def promised(choose):
        case = Case(0, "", **defined.get("generate", generate)(choose))
        return case if case.before is None or promises(case.before) else None

    return promised


def outcome(code, case, folder):
    """Run an answer on a case in a folder, and return what it did."""
    empty(folder)
    for name, text in {**case.files, **({} if case.before is None else {case.file: case.before})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8"))
    namespace, error, returned = {"__name__": "__main__"}, "", None
    with in_folder(folder), contextlib.redirect_stdout(io.StringIO()):
        exec(compiled(code), namespace)
        try:
            exec("import sys, importlib, pathlib", namespace)
            namespace["path"] = folder / case.file
            exec(case.given, namespace)
            for _ in range(case.calls):
                returned = eval(case.call, namespace)
        except (Exception, SystemExit) as problem:  # a case's file may end the program
            error = type(problem).__name__
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
             if path.is_file() and "__pycache__" not in path.parts}
    written = files.get(case.file)
    if case.as_json and written and written != (case.before or "").encode("utf-8"):  # then its layout doesn't matter
        files[case.file] = laid_out(written.decode("utf-8")).encode("utf-8")
    return Outcome(error, returned if isinstance(returned, PLAIN) else type(returned).__name__, files)


@functools.cache
def compiled(code):
    """Return the bytecode of an answer, which runs thousands of times."""
    return compile(code, "answer", "exec")


def empty(folder):
    """Make a folder, or delete what's in it. The folder itself stays, because making one takes long."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextlib.contextmanager
def in_folder(folder):
    """Import from a folder, and forget what was imported."""
    before, path, current = dict(sys.modules), sys.path[:], os.getcwd()
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(current)
        sys.path[:] = path
        for name in set(sys.modules) - set(before):
            if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
        sys.modules.update(before)


def differing(outcomes):
    """Return whether outcomes differ. If all answers fail, it doesn't matter how."""
    first, *others = outcomes
    return not all(each.error for each in outcomes) and any(each != first for each in others)


COMPARED = [task for task in tasks.all_tasks() if generator(task)]


@pytest.mark.parametrize("task", COMPARED, ids=[task.name for task in COMPARED])
def test_all_right_answers_agree(task, tmp_path):
    answers = {name: f"{task.given_code}\n{code}" for name, code in {"the solution": task.answer, **task.right}.items()}
    generate = generator(task)

    @hypothesis.settings(**SETTINGS)
    @hypothesis.given(hypothesis.strategies.data())
    def agree(data):
        def choose(options):
            options = list(options)
            return options[data.draw(hypothesis.strategies.integers(0, len(options) - 1))]

        case = generate(choose)
        hypothesis.assume(case)
        found = {name: outcome(code, case, tmp_path / "folder") for name, code in answers.items()}
        if differing(found.values()):
            what = [case.given, f"{case.call} with {case.file}: {case.before!r}"]
            raise AssertionError("\n".join([*what, *(f"{name}: {found[name]}" for name in found)]))

    agree()


def test_a_check_can_say_what_its_text_covers_and_make_its_inputs():
    check = 'case(1, "a file", call="f(path)", before="x = 1\\n")\ndef promises(text): return text != "x = 1\\n"'
    made = generator(replace(COMPARED[0], check=check))
    number = iter([0, 1, 0, 0, 0]).__next__  # the first case, one part, of the cases' files, the first one, unchanged
    assert made(lambda options: list(options)[number()]) is None
    assert made(lambda options: list(options)[0]).before == ""
    check = 'def generate(choose): return {"call": f"f({choose([1, 2])})"}'
    assert generator(replace(COMPARED[0], check=check))(max) == Case(0, "", call="f(2)")
    for case in ('call="f(1)", returns=2', 'call="f(path)", before="", after=ANYTHING'):
        assert generator(replace(COMPARED[0], check=f'case(1, "any", {case})')) is None


def test_answers_that_differ_in_anything_that_counts_are_found():
    same = Outcome("", 1, {"a": b"x"})
    assert not differing([same, Outcome("", 1, {"a": b"x"})])
    for other in (Outcome("", 2, {"a": b"x"}), Outcome("", 1, {"a": b"y"}), Outcome("ValueError", None, {"a": b"x"})):
        assert differing([same, other])
    assert not differing([Outcome("ValueError", None, {}), Outcome("KeyError", None, {})])


def test_an_outcome_has_the_error_the_value_and_the_files(tmp_path):
    case = Case(1, "", call="f(path)", file="client.py", before="x = 1", files={"more/a.py": "y"})
    found = outcome("def f(path):\n    path.write_text('z')\n    return path.name", case, tmp_path / "folder")
    assert found == Outcome("", "client.py", {"client.py": b"z", "more/a.py": b"y"})
    assert outcome("def f(path):\n    1 / 0", case, tmp_path / "folder").error == "ZeroDivisionError"


def test_json_that_an_answer_wrote_is_compared_by_its_values(tmp_path):
    case, both = Case(1, "", call="f(path)", file="a.json", before="[1]", as_json=True), []
    for text in ("[ 1]", "[\n1]", "[1]"):
        both.append(outcome(f"def f(path):\n    path.write_text({text!r})", case, tmp_path / "folder"))
    assert both[0] == both[1] != both[2]
