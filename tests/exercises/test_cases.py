"""Cases: each kind of fault gets a true sentence and its evidence, and nothing hard-coded passes."""
import html
import importlib.util
import keyword
import re
from dataclasses import replace

import pytest

from exercises.grader import tasks
from exercises.grader.cases import NOUNS, Case
from exercises.grader.evidence import difference, first_difference, json_difference, laid_out, numbered
from exercises.grader.grading import NOT_YET, grade

TASK = replace(tasks.find("ensure-import"), given=False, stub="", needs=(),
               text="## T\n\n1. The file gets a line.\n2. A line that's there\n   stays.\n")
EVERY = 'every(file="client.py", call="edit(path)", vary="client spam", ask="Why?")\n'
ADDS = 'case(1, "a file", before="x = 1\\n", after="import spam\\nx = 1\\n")\n'


def verdict(check, answer):
    return grade(replace(TASK, check=check), answer, worked_in=True)


def message(check, answer):
    found = verdict(check, answer)
    assert found.state == NOT_YET
    return found.message


@pytest.mark.parametrize("answer, said", [
    ("def edit(path): pass", "{} is unchanged. Does your function write the new text to the file?"),
    ("def edit(path): path.write_text('y = 1\\n')", "{} isn't as it should be: line 1 is 'y = 1' and should be 'i"),
    ("def edit(path): path.write_text('import (\\n')", "{} no longer runs: SyntaxError in line 1, 'import ('. Why?"),
    ("def edit(path): path.write_text('x = 1', encoding='utf-16')",
     "{} no longer runs: it contains null bytes, as a file in UTF-16 does. Why?"),
    ("def edit(path): path.unlink()", "{} is gone. Why?"),
    ("def edit(path): path.with_name('more').write_text('')", "{} is unchanged."),
    ("def edit(path): 1 / 0", "edit(path) raised ZeroDivisionError: division by zero (line 1 of your answer)."),
])
def test_each_fault_gets_its_sentence(answer, said):
    found = verdict(EVERY + ADDS, answer)
    name = next(iter(found.evidence.before))
    assert f"Rule 1, a file: {said.format(name)}" in found.message


def test_no_word_of_a_case_is_a_module_that_could_be_loaded_already():
    assert len(set(NOUNS)) == len(NOUNS)
    assert not [noun for noun in NOUNS if keyword.iskeyword(noun) or importlib.util.find_spec(noun)]


def test_the_cases_before_the_first_that_fails_are_counted():
    check = EVERY + 'case(1, "one", before="", after=ANYTHING)\n' + ADDS
    assert message(check, "def edit(path): pass").startswith("1 of 2 cases passes. Rule 1, a file: ")


def test_a_file_left_anywhere_is_a_fault():
    check = EVERY + 'case(1, "a file", before="x = 1\\n")'
    assert "more is in the folder, and wasn't there before" in message(
        check, "def edit(path): path.with_name('more').write_text('')")
    assert "A file more was written to another folder." in message(check, "def edit(path): open('more', 'w').close()")


@pytest.mark.parametrize("more, answer, said", [
    ('raises="ValueError"', "pass", "edit(path) should raise ValueError, and raised nothing. Why?"),
    ('raises="ValueError"', "raise KeyError(1)", "raised KeyError: 1 (line 1 of your answer). Expected ValueError."),
    ("returns=True", "return 1", "edit(path) returned 1. Expected True. Why?"),
    ('prints={"": "spam"}', "print('eggs')", "edit(path) printed 'eggs'. Expected "),
    ('values={"path.name": "spam"}', "pass", "Afterwards path.name is "),
    ('holds={"result is path": "It lost the path."}', "return 1", "It lost the path."),
    ('left={"state.py": "x"}', "pass", "There's no file state.py."),
    ('files={"state.py": "x"}, left={"state.py": None}', "pass", "state.py is in the folder, and should be gone."),
])
def test_what_must_hold_afterwards(more, answer, said):
    check = f'{EVERY}case(2, "a file", before="x = 1\\n", {more})'
    assert said in message(check, f"def edit(path): {answer}")


@pytest.mark.parametrize("answer, said", [
    ("path.write_text('')", "opened {} itself for writing, so a reload at that moment finds an incomplete file. Why?"),
    ("path.unlink()", "deleted {}, so a reload at that moment finds no file. Why?"),
    ("path.rename(path.with_name('old'))", "moved {} away, so a reload at that moment finds no file. Why?"),
    ("open('more', 'w').close(); pathlib.Path('more').replace(path)",
     "wrote the file more to another folder than {}'s"),
    ("inner = path.parent / 'inner'; inner.mkdir(); (inner / 'more').write_text(''); (inner / 'more').replace(path)",
     "wrote the file more to another folder than {}'s"),
])
def test_a_file_may_have_to_be_replaced_whole(answer, said):
    check = EVERY + 'case(1, "one", before="x", after="", whole=True)'
    found = verdict(check, f"import pathlib\ndef edit(path): {answer}")
    assert said.format(next(iter(found.evidence.before))) in found.message
    moves = "other = path.with_name('o'); other.write_text(''); other.replace(path)"
    assert verdict(check, f"def edit(path): {moves}").passed
    assert "so a worker at that moment finds no file" in message(check.replace("True", "'a worker'"),
                                                                 "def edit(path): path.unlink()")


def test_a_file_may_have_to_be_replaced_last():
    check = EVERY + 'case(1, "one", before="x", after="", left={"in/more": ""}, whole="a worker", last=True)'
    moves = "o = path.with_name('o'); o.write_text(''); o.replace(path)"
    writes = "more = path.parent / 'in' / 'more'; more.parent.mkdir(); more.write_text('')"
    renames = "(path.parent / 'n').mkdir(); (path.parent / 'n' / 'more').write_text(''); (path.parent / 'n').rename(" \
        "path.parent / 'in')"
    gone = "path.with_name('gone').unlink(missing_ok=True)"
    for answer in (f"{writes}; {moves}; {gone}", f"{renames}; {moves}"):
        assert verdict(check, f"def edit(path): {answer}").passed
    for answer, late in ((f"{moves}; {writes}", "in/more"), (f"{moves}; {renames}", "n/more")):
        found = verdict(check, f"def edit(path): {answer}")
        name = next(iter(found.evidence.before))
        assert (f"wrote {late} after it had replaced {name}, so a worker in between doesn't find all of the new files. "
                "Why?") in found.message
        assert verdict(check.replace("last=True", "last=False"), f"def edit(path): {answer}").passed


def test_what_fails_after_the_call_is_told_with_its_evidence():
    check = EVERY + 'case(1, "one", before="", then="x = result", values={"x()": 1})'
    found = verdict(check, "def edit(path): pass")
    assert "Afterwards x() raised TypeError: 'NoneType' object is not callable. Why?" in found.message
    assert "    x()" in str(found.evidence).splitlines()


def test_names_differ_from_case_to_case_and_from_run_to_run():
    check = EVERY + 'case(1, "one", before="")\ncase(1, "two", before="", prints={"": "spam"})'
    answer = "names = []\ndef edit(path):\n    names.append(path.stem)\n    print(names)"
    seen = {message(check, answer).split('printed "[')[1].split(']"')[0] for _ in range(5)}
    assert len(seen) > 1 and all(len(set(names.split(", "))) == 2 for names in seen)


def test_the_evidence_has_the_rule_the_file_before_what_ran_and_the_difference():
    check = EVERY + 'case(2, "one", before="x = 1\\n", edit={"spam.py": "y"}, after="x = 1\\nz = 2")'
    text = str(verdict(check, "def edit(path): path.write_text('x = 1\\nz = 3')").evidence)
    lines = text.splitlines()
    assert lines[0] == "Rule 2. A line that's there stays." and lines[1].endswith(".py before:")
    assert "    edit(path)" in lines and "    - z = 3" in lines and "    + z = 2" in lines
    assert "    # Now" in text and "    #     y" in lines


def test_the_evidence_shows_what_cannot_be_seen():
    assert numbered("a\r\n\x1b[31m\n") == ["a\\r", "\\x1b[31m"]
    assert numbered("a") == ["a", "(no line break at the end)"] and numbered("") == ["(empty)"]
    assert difference("a\n", "a") == ["  a", "+ (no line break at the end)"]
    assert difference(None, "a\n") == ["- (no such file)", "+ a"]
    assert first_difference("a\nb\n", "a\n") == "line 2, 'b', shouldn't be there"
    assert first_difference("a\n", "a\nb\n") == "after line 1, 'b' is missing"


def test_the_html_has_the_same_words_and_no_code_of_the_answers():
    found = verdict(EVERY + ADDS, "def edit(path): path.write_text('<script>\\n')")
    assert "&lt;script&gt;" in found.as_html() and "<script>" not in found.as_html()
    text = html.unescape(re.sub("</?(code|div|p|pre|span)[^>]*>", "", found.as_html()))
    for line in str(found).splitlines()[1:]:
        assert line.strip().replace("`", "") in text


def test_a_text_may_be_indented_like_the_code_around_it():
    check = EVERY + 'case(1, "one", before="""\n    def f():\n        x\n    """, after="def f():\\n    x\\n")'
    assert verdict(check, "def edit(path): pass").passed


def test_the_notebook_shows_the_evidence_once(monkeypatch):
    from exercises import practice
    shown = []

    class Shell:
        class display_pub:
            publish = staticmethod(shown.append)

    found = verdict(EVERY + ADDS, "def edit(path): pass")
    monkeypatch.setattr(practice, "_shell", lambda: Shell)
    monkeypatch.setattr(practice, "_ask", lambda *_: found)
    with pytest.raises(practice.Unfinished, match="^NOT YET: ensure-import, 0 of 2 points.$"):
        practice.check("ensure-import")
    [box] = shown
    assert box["text/plain"].startswith(f"{found}\n") and found.as_html() in box["text/html"]


@pytest.mark.parametrize("found, wanted, said", [
    ("", "x\n", "it's empty"), ("x\n", "", "it should be empty"),
    ("x", "x\n", "its last line doesn't end with a line break, and should"),
    ("x\n", "x", "its last line ends with a line break, and shouldn't"),
    ("x\n\n", "x", "line 2, '', shouldn't be there"), ("x\n", "x\ny\n", "after line 1, 'y' is missing"),
])
def test_the_end_of_a_file_is_told_in_words(found, wanted, said):
    assert first_difference(found, wanted) == said


def test_what_a_free_file_contains_is_shown():
    check = EVERY + 'case(1, "one", before="x = 1\\n", after=ANYTHING, values={"result": 1})'
    lines = str(verdict(check, "def edit(path): path.write_text('y = 2\\n')").evidence).splitlines()
    assert any(line.endswith(" afterwards:") for line in lines) and "    y = 2" in lines


def test_a_call_that_fails_on_the_file_that_it_broke_names_the_file():
    check = EVERY + 'case(1, "one", before="x = 1\\n", given="import client", after="x = 2\\n")'
    answer = "def edit(path):\n    path.write_text('x = (')\n    compile(path.read_text(), 'file', 'exec')"
    assert "no longer runs: SyntaxError in line 1, 'x = ('. Why?" in message(check, answer)


def test_an_answer_that_uses_a_name_of_the_check_fails():
    check = EVERY + 'case(1, "one", before="x = 1\\n", call="edit(1)")'
    assert "NameError: name 'path' is not defined" in message(check, "def edit(number): path.read_text()")


def test_an_error_raised_on_purpose_gets_the_question_and_a_slip_does_not():
    check = EVERY + ADDS
    assert message(check, "def edit(path): raise ValueError").endswith("ValueError (line 1 of your answer). Why?")
    assert message(check, "def edit(path): slip").endswith("(line 1 of your answer).")


def test_words_that_vary_are_replaced_all_at_once():
    case = Case(1, "one", call="spam(bar)", vary="spam bar")
    assert case.varied({"spam": "barrel", "bar": "spam"}).call == "barrel(spam)"
    assert case.varied({}).call == case.call and case.varying == ["spam", "bar"]


# A file that contains JSON

IS_JSON = EVERY + """case(1, "one", before='{"a": [1, 2], "b": "é"}\\n', after='{"a": [1], "b": "é"}', as_json=True)"""
STAYS = EVERY + """case(2, "one", before='{"a": [1, 2]}\\n', as_json=True)"""


@pytest.mark.parametrize("text", ['{"a": [1], "b": "é"}', '{"b": "\\u00e9",\n "a": [\n1]}\n'])
def test_the_layout_of_json_does_not_matter(text):
    assert verdict(IS_JSON, f"def edit(path): path.write_text({text!r}, encoding='utf-8')").passed


@pytest.mark.parametrize("check, text, said", [
    (IS_JSON, '{"a": [1, 3], "b": "é"}', "isn't as it should be: ['a'] contains 2 items and should contain 1. Why?"),
    (IS_JSON, "{'a': [1]}", "isn't valid JSON: Expecting property name enclosed in double quotes: line 1 column 2"),
    (IS_JSON, "", "isn't valid JSON: it's empty. Why?"),
    (IS_JSON, "[" * 100_000, "isn't valid JSON: it's nested too deeply. Why?"),
    (IS_JSON, '{"a": [1, 2], "b": "é"}\n', "is unchanged. Why?"),
    (STAYS, '{"a": [2, 1]}\n', "should be unchanged: ['a'][0] is 2 and should be 1. Why?"),
    (STAYS, '{"a": [1,2]}\n', "should be unchanged: its layout differs. Why?"),
])
def test_a_fault_in_json_is_told_by_its_place(check, text, said):
    assert said in message(check, f"def edit(path): path.write_text({text!r}, encoding='utf-8')")


def test_a_call_that_fails_on_the_json_that_it_broke_names_the_file():
    answer = "import json\ndef edit(path):\n    path.write_text('')\n    json.loads(path.read_text())"
    assert "isn't valid JSON: it's empty. Why?" in message(IS_JSON, answer)


def test_the_evidence_shows_only_what_differs_in_json_and_not_its_layout():
    text = str(verdict(IS_JSON, "def edit(path): path.write_text('{\"b\": 1,\\n\"a\": [1]}')").evidence)
    assert text.splitlines()[-2:] == ['    - {"a": [1], "b": 1}', '    + {"a": [1], "b": "é"}']
    wrong = IS_JSON.replace("as_json", "returns=1, as_json")
    right = """def edit(path): path.write_text('{"b":"\\\\u00e9","a":[1]}')"""
    assert "edit(path) returned None. Expected 1." in message(wrong, right)
    assert "is in your file" not in str(verdict(wrong, right).evidence)


@pytest.mark.parametrize("found, wanted, said", [
    ({"a": [{"b": 1}]}, {"a": [{"b": True}]}, "['a'][0]['b'] is 1 and should be True"),
    ({"a": 1}, {"a": 1, "b": 2}, "it lacks the key 'b'"),
    ({"a": 1, "b": 2}, {"a": 1}, "it has the key 'b', and shouldn't"),
    ([1], [], "it contains 1 item and should contain 0"), ([[2]], [[1]], "[0][0] is 2 and should be 1"),
    ([], {}, "it is [] and should be {}"), ({"a": [None]}, {"a": [None]}, ""),
])
def test_the_first_difference_in_json_is_told_with_its_place(found, wanted, said):
    assert json_difference(found, wanted) == said


def test_json_is_laid_out_with_one_line_for_what_fits():
    long = '["' + 30 * 'word", "' + '"]'
    lines = laid_out(f'{{"b": 1, "a": [], "c": {{"d": {long}}}}}').splitlines()
    assert lines[:5] == ["{", ' "a": [],', ' "b": 1,', ' "c": {', '  "d": ['] and len(lines) == 5 + 31 + 3
