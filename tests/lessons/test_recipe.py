"""The experiment of the Python Cookbook's recipe "Reloading Modules", as printed, in a plain interpreter."""
import subprocess
import sys

import pytest

SPAM = "# spam.py\n\ndef bar():\n    print('bar')\n\ndef grok():\n    print('grok')\n"


@pytest.fixture
def python(tmp_path):
    """An interactive Python beside a spam.py: `say` types lines, and gives back what they print."""
    (tmp_path / "spam.py").write_text(SPAM, encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-q", "-i", "-W", "ignore"], cwd=tmp_path, text=True, bufsize=1,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def say(*lines):
        process.stdin.write("\n".join([*lines, "print('that is all')"]) + "\n")
        return list(iter(lambda: process.stdout.readline().rstrip("\n"), "that is all"))

    process.say = say
    yield process
    process.communicate("exit()\n", timeout=120)


@pytest.mark.parametrize("module", [
    "importlib", pytest.param("imp", marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="3.12 has no imp"))])
def test_the_recipe_gives_what_it_prints(python, tmp_path, module):
    assert python.say("import spam", "from spam import grok", "spam.bar()", "grok()") == ["bar", "grok"]
    (tmp_path / "spam.py").write_text(SPAM.replace("'grok'", "'New grok'"), encoding="utf-8")
    said = python.say(f"import {module}", f"m = {module}.reload(spam)", "spam.bar()", "grok()", "spam.grok()")
    assert said == ["bar", "grok", "New grok"]
    assert python.say("m is spam") == ["True"]


def test_the_sentence_on_wiping_out_the_dictionary_is_wrong(python, tmp_path):
    python.say("import importlib, spam")
    (tmp_path / "spam.py").write_text("def grok():\n    print('New grok')\n", encoding="utf-8")
    assert python.say("spam = importlib.reload(spam)", "spam.bar()", "spam.grok()") == ["bar", "New grok"]
