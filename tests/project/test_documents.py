"""Documents: short enough, and what they name is there."""
import importlib.util
import re

import pytest

from exercises.__main__ import parser
from lessons.notebooks import KIT

DOCUMENTS = [KIT / "README.md", KIT / "exercises" / "README.md", KIT / "solutions" / "README.md",
             KIT / "lessons" / "README.md", KIT / ".github" / "CONTRIBUTING.md"]

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(KIT).as_posix())


def text_of(path):
    return path.read_text(encoding="utf-8")


def anchors(text):
    """Return the anchors that GitHub gives to the headings of a Markdown text, and those that it sets itself."""
    headings = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
                for heading in re.findall(r"(?m)^#+ (.+)$", text)]
    return {*headings, *re.findall(r'<a id="([^"]+)">', text)}


def dead_links(path, text):
    """Return the relative links in a Markdown text that lead nowhere."""
    dead = []
    targets = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    for target in targets:
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if "://" in target:
            continue
        if not found.exists() or anchor and not (found.suffix == ".ipynb" or anchor in anchors(text_of(found))):
            dead.append(target)
    return dead


def test_the_readme_has_at_most_a_hundred_lines():
    assert len(text_of(KIT / "README.md").splitlines()) <= 100


@every_document
def test_every_relative_link_leads_somewhere(path):
    assert dead_links(path, text_of(path)) == []


@pytest.mark.parametrize("link", ["[a](missing.md)", "[a](README.md#no-such-heading)", "[a](#no-such-heading)",
                                  '<img src="missing.png">'])
def test_a_link_that_leads_nowhere_is_found(link):
    assert len(dead_links(KIT / "README.md", link)) == 1


@every_document
def test_every_module_that_a_command_names_is_there(path):
    for name in re.findall(r"-m\s+((?:lessons|exercises|solutions|tests)[\w.]*)", text_of(path)):
        found = importlib.util.find_spec(name.rstrip("."))
        assert found, name
        if found.submodule_search_locations:  # `-m` runs the package's __main__
            assert importlib.util.find_spec(f"{name}.__main__"), name


@every_document
def test_every_command_for_the_exercises_is_there(path):
    commands = parser()._subparsers._group_actions[0].choices
    named = re.findall(r"python3 -m exercises +(\w+)", re.sub(r"(?m) +#.*$", "", text_of(path)))
    assert set(named) <= set(commands)


@every_document
def test_every_test_file_that_is_named_is_there(path):
    for name in re.findall(r"\btests/[\w/]+\.py\b", text_of(path)):
        assert (KIT / name).exists(), name
