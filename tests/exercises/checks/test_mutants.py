"""Mutants of the right answers fail, unless they're listed as equivalent with the reason."""
from dataclasses import replace

import pytest

from exercises.grader import tasks
from exercises.isolation import fork_server
from solutions.authoring import mutants
from solutions.authoring.mutations import mutants_of
from tests.exercises.checks.thorough import thorough

COVERED = [task for task in tasks.all_tasks() if mutants.covered(task)]
LISTED = mutants.equivalent()


@thorough
@pytest.mark.skipif(not fork_server.can_fork(), reason="without forks it takes too long")
@pytest.mark.parametrize("task", COVERED, ids=[task.name for task in COVERED])
def test_every_mutant_fails_or_is_listed_as_equivalent(task):
    passed, listed = {mutant.key: mutant.changed for mutant in mutants.survivors(task)[0]}, LISTED.get(task.name, {})
    assert {key: changed for key, changed in passed.items() if key not in listed} == {}, "they pass, and aren't listed"
    assert sorted(set(listed) - set(passed)) == [], "they're listed, and don't pass or don't exist any more"


def test_the_list_of_equivalent_mutants_gives_reasons():
    assert set(LISTED) <= {task.name for task in COVERED}
    short = [key for listed in LISTED.values() for key, reason in listed.items() if len(reason.split()) < 3]
    assert short == [], "each needs a reason"
    assert mutants.LIST.read_text(encoding="utf-8") == mutants.as_text(LISTED), "it isn't in order"


@pytest.mark.parametrize("source, what, changed", [
    ("x = a in b", "== for in", "x = a == b"),
    ("x = a in b", "not in for in", "x = a not in b"),
    ("x = a in b", ".strip() added", "x = a.strip() in b"),
    ("x = a < 2", "<= for <", "x = a <= 2"),
    ("x = a < 2", "3 for 2", "x = a < 3"),
    ("x = a < 2", ">= for <", "x = a >= 2"),
    ("x = 'ab'", "'' for 'ab'", "x = ''"),
    ("x = True", "False for True", "x = False"),
    ("x = f'a{b}'", "{b} dropped", "x = f'a'"),
    ("x = f'a{b}'", "'a' dropped", "x = f'{b}'"),
    ("x = re.sub(a, b, c, flags=re.M)", "flags dropped", "x = re.sub(a, b, c)"),
    ("x = re.search('^a$', c)", "'^a' for '^a$'", "x = re.search('^a', c)"),
    ("x = re.escape(a)", "re.escape() dropped", "x = a"),
    ("x = a.replace(b, c)", "arguments 1 and 2 swapped", "x = a.replace(c, b)"),
    ("x = a.replace(b, c, 1)", "the last argument dropped", "x = a.replace(b, c)"),
    ("x = a.replace(b, c)", "only the first one", "x = a.replace(b, c, 1)"),
    ("x = a.rstrip()", ".rstrip() dropped", "x = a"),
    ("x = a.find(b)", "rfind for find", "x = a.rfind(b)"),
    ("x = a[0]", "-1 for 0", "x = a[-1]"),
    ("x = a[:b]", "upper bound + 1", "x = a[:b + 1]"),
    ("x = a and b", "or for and", "x = a or b"),
    ("x = not a", "not dropped", "x = a"),
    ("for a in b:\n    c()\n    break", "continue for break", "continue"),
    ("for a in b:\n    c()\n    break", "dropped", "for a in b:\n    c()"),
    ("try:\n    a()\nexcept ValueError:\n    b()", "except Exception", "except Exception:"),
    ("try:\n    a()\nexcept (A, B):\n    b()", "A dropped", "except (B,):"),
    ("def f(name):\n    a(name)\n    b()\n    c()", "name = 'spam'", "def f(name):\n    name = 'spam'\n    a(name)"),
    ("def f(name):\n    a(name)\n    b()\n    c()", "an early return", "    a(name)\n    return\n    b()"),
])
def test_a_source_has_these_mutants(source, what, changed):
    found = mutants_of(source, examples=[("f", "name", "'spam'")])
    assert any(changed in mutant.source and mutant.what.startswith(what) for mutant in found), \
        [(mutant.what, mutant.source) for mutant in found]


def test_a_mutant_is_known_by_its_answer_its_fault_and_the_line_in_the_answer():
    found = {mutant.key: mutant for mutant in mutants_of("x = [1,\n     1]  # ones\n", "the solution")}
    mutant = found["the solution: 2 for 1: 1]  # ones"]
    assert (mutant.line, mutant.changed) == (2, "x = [1, 2]") and "the solution: item 1 dropped: x = [1," in found
    assert "the solution: 2 for 1 (2): x = [1, 1]" in {each.key for each in mutants_of("x = [1, 1]", "the solution")}


def test_what_changes_nothing_makes_no_mutant():
    assert mutants_of('def f():\n    """Doc."""\n    import re\n') == []
    assert not [mutant for mutant in mutants_of("x = p.read_bytes(encoding='utf-8')\nraise E('text')")
                if "utf" in mutant.what or "text" in mutant.what]


def test_what_an_answer_may_be_made_for_only_comes_from_the_text_and_the_check():
    check = 'every(file="client.py")\ncase(1, "", call="add(path, \'spam\')")'
    task, code = replace(tasks.find("ensure-import"), check=check), "def add(path, name):\n    return name"
    assert mutants.examples(task, code) == [("add", "path", "path.with_name('client.py')"), ("add", "name", "'spam'")]


def test_what_does_not_pass_any_more_is_deleted_from_the_list(tmp_path, monkeypatch):
    mutant, other = mutants_of("x = 1", "the solution")[:2]
    monkeypatch.setattr(mutants, "LIST", tmp_path / "list.json")
    mutants.LIST.write_text(mutants.as_text({"f": {mutant.key: "why", other.key: "why"}, "g": {"x": "why"}}))
    mutants.keep_only(replace(tasks.find("ensure-import"), name="f"), [mutant])
    assert mutants.equivalent() == {"f": {mutant.key: "why"}, "g": {"x": "why"}}
    mutants.keep_only(replace(tasks.find("ensure-import"), name="f"), [])
    assert mutants.equivalent() == {"g": {"x": "why"}}


def test_mutants_of_a_prediction_predict_something_else():
    task = replace(tasks.find("who-is-new"), answer="numbers = 'old new'.split()", right={})
    keys = {mutant.key for mutant in mutants.mutants(task)}
    assert "the solution: '' for 'old new': numbers = 'old new'.split()" in keys
    assert not [key for key in keys if ".strip()" in key]
