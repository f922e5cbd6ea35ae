"""The structure of the kit: what may import what, how much is in a folder, and what a package says is in it."""
import ast
import re
import shutil
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from lessons.notebooks import KIT

LAYERS = ["lessons", "exercises", "solutions", "tests"]  # each imports only from itself and those before it
VISIBLE = {"README.md", "requirements.txt", *LAYERS}
MOST = 12  # entries in a folder, besides notebooks
WORKBENCH, EXAMPLES = "lessons.workbench", "lessons.examples"
WRITTEN_BY_AN_EXAMPLE = "app"  # prefork.py writes this module into a folder of its own
WORKBENCH_IMPORTS = {"IPython", "comm", "lessons.drawings", "lessons.files", "lessons.notebooks", "lessons.predictions"}


@pytest.fixture(scope="module")
def tracked():
    """The paths of all files that git tracks."""
    if not shutil.which("git") or not (KIT / ".git").exists():
        pytest.skip("needs git, and a clone rather than a copy")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=KIT, capture_output=True, check=True, encoding="utf-8")
    return [path for path in listed.stdout.split("\0") if path and (KIT / path).exists()]


@pytest.fixture(scope="module")
def sources(tracked):
    """The kit's modules, by their names -> their source."""
    return {module_name(path): (KIT / path).read_text(encoding="utf-8") for path in tracked
            if path.endswith(".py") and path.partition("/")[0] in LAYERS}


def module_name(path):
    """Return the full name of the module in a file: "lessons.workbench" for lessons/workbench/__init__.py."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source, package):
    """Return what a source file in a package imports anywhere, in functions, too: dotted names."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package.rsplit(".", node.level - 1)[0] if node.level else ""
            found |= {".".join(filter(None, [start, node.module, each.name])) for each in node.names}
    return found


def dependencies(sources):
    """Return what each module imports: its name -> names of the kit's modules, and top-level names of all others."""
    packages = {module: module if module in folders_of(sources) else module.rpartition(".")[0] for module in sources}
    return {module: {found_module(module, name, sources) for name in imports(source, packages[module])} - {module}
            for module, source in sources.items()}


def folders_of(sources):
    """Return the names that contain modules, packages or not."""
    parts = [name.split(".") for name in sources]
    return {".".join(each[:length]) for each in parts for length in range(1, len(each))}


def found_module(importer, name, sources):
    """Return the kit's module that an imported name leads to, or the first part of the name."""
    first, _, rest = name.partition(".")
    if is_in(importer, EXAMPLES) and any(is_in(module, f"{EXAMPLES}.{first}") for module in sources):
        first = f"{EXAMPLES}.{first}"
    first = {"workbench": WORKBENCH, "practice": "exercises.practice"}.get(first, first)
    parts = f"{first}.{rest}".split(".")
    whole = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((module for module in whole if module in sources), first)


def wrong_imports(sources):
    """Return the imports that go against the direction, as sentences."""
    return sorted(f"{module} imports {target}" for module, targets in dependencies(sources).items()
                  for target in targets if not may_import(module, target))


def may_import(module, target):
    first, layer = target.partition(".")[0], module.partition(".")[0]
    if is_in(module, WORKBENCH):
        return is_in(target, WORKBENCH) or target in WORKBENCH_IMPORTS or first in sys.stdlib_module_names
    if is_in(module, EXAMPLES):
        return is_in(target, EXAMPLES) or first in sys.stdlib_module_names or first == WRITTEN_BY_AN_EXAMPLE
    return first not in LAYERS or LAYERS.index(first) <= LAYERS.index(layer)


def is_in(module, package):
    return f"{module}.".startswith(f"{package}.")


def circles(sources):
    """Return the circles among the modules' imports, each as a list of names that starts with the smallest one."""
    graph, found = dependencies(sources), set()

    def follow(module, path):
        if module in path:
            circle = path[path.index(module):]
            start = circle.index(min(circle))
            found.add((*circle[start:], *circle[:start]))
        elif module not in finished:
            for target in graph.get(module, ()):
                follow(target, [*path, module])
            finished.add(module)

    finished = set()
    for module in graph:
        follow(module, [])
    return sorted(map(list, found))


def entries(paths):
    """Return what each folder contains, without notebooks and hidden files: folder -> names; "." is the top."""
    folders = {}
    for path in map(PurePosixPath, paths):
        if path.suffix != ".ipynb":
            for entry in (path, *path.parents[:-1]):
                folders.setdefault(str(entry.parent), set()).add(entry.name)
    return {folder: {name for name in names if not name.startswith(".")} for folder, names in folders.items()}


def crowded(paths):
    """Return the folders with too many entries, without those of examples."""
    return {folder: len(names) for folder, names in entries(paths).items()
            if len(names) > MOST and folder != "lessons/examples"}


def wrong_tables(sources):
    """Return the packages whose docstring doesn't list each of their modules, and nothing else -> the difference."""
    wrong = {}
    for package in folders_of(sources) & set(sources):
        if not is_in(package, EXAMPLES):
            inside = {module.removeprefix(f"{package}.").split(".")[0] for module in sources
                      if module.startswith(f"{package}.")}
            inside -= {name for name in inside if name == "__main__" or name.startswith("test_")}
            docstring = ast.get_docstring(ast.parse(sources[package]), clean=False) or ""
            listed = re.findall(r"^    (\w+)/?(?: |$)", docstring, re.M)
            if inside != set(listed) or len(listed) > len(inside):
                wrong[package] = sorted(inside.symmetric_difference(listed))
    return wrong


def test_dependencies_go_one_way(sources):
    assert wrong_imports(sources) == []


@pytest.mark.parametrize("module, source, found", [
    ("lessons.launcher", "import exercises.grader", ["exercises.grader"]),
    ("lessons.launcher", "def later():\n    from practice import check", ["exercises.practice"]),
    ("exercises.practice", "from solutions import practice", ["solutions"]),
    ("lessons.workbench.pictures", "import numpy.linalg, os.path", ["numpy"]),
    ("lessons.workbench.pictures", "from lessons import launcher", ["lessons.launcher"]),
    ("lessons.examples.spam", "from lessons import files", ["lessons.files"]),
    ("lessons.examples.shop.checkout", "import workbench", ["lessons.workbench"]),
    ("solutions", "from exercises.grader import check\nimport practice, workbench.pictures, nbformat", []),
    ("lessons.workbench.pictures", "from IPython import display\nfrom lessons import files\nimport workbench", []),
    ("lessons.examples.spam", "import sys, shop.checkout", []),
    ("lessons.examples.shop.checkout", "from . import checkout, waiter\nimport shop", []),
])
def test_an_import_against_the_direction_is_found(module, source, found):
    others = ["lessons", "lessons.files", "lessons.launcher", "lessons.workbench", "lessons.workbench.pictures",
              "lessons.examples.shop", "lessons.examples.shop.checkout", "exercises", "exercises.grader",
              "exercises.practice", "solutions"]
    sources = {**dict.fromkeys(others, ""), module: source}
    assert wrong_imports(sources) == [f"{module} imports {name}" for name in found]


def test_no_imports_go_in_a_circle(sources):
    assert circles(sources) == []


@pytest.mark.parametrize("imported, found", [
    ({"a": "import b", "b": "def later():\n    from c import x", "c": "from a import y"}, [["a", "b", "c"]]),
    ({"a": "import b", "b": "import a, c", "c": "import b"}, [["a", "b"], ["b", "c"]]),
    ({"a": "from . import b", "a.b": "from . import c", "a.c": "from .b import x"}, [["a.b", "a.c"]]),
    ({"a": "from a import b", "a.b": "from a import c", "a.c": ""}, []),
    ({"a": "import b, c", "b": "import c", "c": "import os"}, []),
])
def test_a_circle_is_found(imported, found):
    assert circles(imported) == found


def test_no_folder_is_crowded(tracked):
    assert crowded(tracked) == {}


def test_the_top_has_six_visible_entries(tracked):
    assert entries(tracked)["."] - {"submission"} == VISIBLE  # which a learner's repository has, too


def test_a_crowded_folder_is_found():
    paths = [f"lessons/{number}.{suffix}" for number in range(MOST) for suffix in ("py", "ipynb")]
    assert crowded([*paths, "lessons/.hidden", ".ci/run", "README.md"]) == {}
    assert crowded([*paths, "lessons/web/pages.py", "lessons/web/server.py"]) == {"lessons": MOST + 1}
    assert entries([*paths, "lessons/web/pages.py"])["lessons/web"] == {"pages.py"}
    assert entries([*paths, ".ci/run", "README.md"])["."] == {"lessons", "README.md"}


def test_a_packages_docstring_is_its_table_of_contents(sources):
    assert wrong_tables(sources) == {}


@pytest.mark.parametrize("docstring, wrong", [
    ("A package.\n\n    one  does this\n    two  does that", []),
    ("A package.\n\n    one  does this", ["two"]),
    ("A package.\n\n    one  does this\n    two  does that\n    six  is gone", ["six"]),
    ("A package.", ["one", "two"]),
    ("", ["one", "two"]),
])
def test_a_docstring_with_a_module_too_many_or_too_few_is_found(docstring, wrong):
    package = {"kit": f'"""{docstring}"""', "kit.one": "", "kit.two.three": "", "kit.__main__": "", "kit.test_four": ""}
    assert wrong_tables(package) == ({"kit": wrong} if wrong else {})
