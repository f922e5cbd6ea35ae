"""The panel beside a lesson: what the kernel tells it after each cell, and that following changes nothing."""
import importlib
import importlib.util
import json
import os
import sys
import types
import weakref
import xml.etree.ElementTree as ElementTree

import pytest

from lessons.launcher import learner_copy
from lessons.notebooks import KIT, lessons
from tests.lessons import test_pictures
from tests.lessons.test_pictures import LESSONS, SVG, Hostile

SPAM = "def bar():\n    print('bar')\n\ndef grok():\n    print('grok')\n"
THIRD = lessons()[2]


@pytest.fixture(scope="module")
def panel():
    from workbench import picture_panel
    return picture_panel


@pytest.fixture
def examples(panel, tmp_path, monkeypatch):
    """The folder of the example modules, from which they can be imported."""
    monkeypatch.setattr(panel, "_folder", lambda: f"{tmp_path}{os.sep}")
    monkeypatch.setattr(panel.pictures, "named", {})
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("spam", "waiter", "soup", "pets"):
        sys.modules.pop(name, None)


class Notebook:
    """Runs cells as a kernel does, and lets the panel look after each."""

    def __init__(self, panel, names=()):
        self.namespace = {"__name__": "__main__"}
        self.follower, self.cell = panel.Follower(self.namespace, names), 0

    def run(self, source):
        """Run a cell, and return the last moment."""
        exec(source, self.namespace)
        self.cell += 1
        self.follower.look(self.cell, source)
        return self.follower.moments[-1] if self.follower.moments else None


@pytest.fixture
def notebook(panel, examples):
    (examples / "spam.py").write_text(SPAM)
    return Notebook(panel)


def reload_with(examples, old, new, name="spam"):
    path = examples / f"{name}.py"
    path.write_text(path.read_text().replace(old, new))
    importlib.invalidate_caches()
    importlib.reload(sys.modules[name])


def test_the_recipe_shows_how_grok_and_spam_grok_part_ways(notebook, examples):
    moment = notebook.run("import spam\nfrom spam import grok")
    assert moment["text"] == (
        "\N{BLACK DIAMOND} grok       ---->    #1 function grok: 'grok'\n"
        "\N{BLACK DIAMOND} spam.grok  ---->    #1\n"
        "\N{BLACK DIAMOND} spam       ---->    #2 module spam: bar 'bar', grok 'grok'")
    assert moment["changes"][:2] == ["grok refers to #1 function grok: 'grok'.", "spam.grok refers to #1."]
    reload_with(examples, "'grok'", "'New grok'")
    moment = notebook.run("")
    assert moment["text"] == (
        "  grok       - - >  \N{BLACK DIAMOND} #1 function grok, OLD: 'grok'\n"
        "\N{BLACK DIAMOND} spam.grok  ====>    #3 function grok, NEW: 'New grok'\n"
        "  spam       ---->  \N{BLACK DIAMOND} #2 module spam: bar 'bar', grok 'New grok'")
    assert moment["changes"] == ["spam.grok now refers to #3 function grok, NEW: 'New grok'.",
                                 "#1 function grok is OLD now.",
                                 "#2 module spam contains bar 'bar', grok 'New grok' now."]
    moment = notebook.run("del grok")
    assert moment["changes"] == ["grok refers to nothing now."]
    assert moment["text"].startswith("\N{BLACK DIAMOND} grok       refers to nothing\n  spam.grok ")  # in the same row
    assert "nothing" not in notebook.run("other = spam")["text"]  # gone for longer: the panel forgets it


def test_a_cell_that_changes_nothing_makes_no_moment(notebook):
    assert notebook.run("x = 1") is None
    first = notebook.run("import spam")
    again = notebook.run("spam.grok()")
    assert again is first and (again["number"], again["cell"], again["until"]) == (1, 2, 3)
    assert notebook.run("also = spam")["number"] == 2


def test_it_follows_the_names_in_the_lessons_pictures_and_those_given_to_picture(panel, examples, monkeypatch):
    cells = [cell for cell in json.loads(THIRD.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    known = {THIRD.stem: [{"source": "".join(cell["source"])} for cell in cells]}
    monkeypatch.setattr(panel.workspace, "explanations", lambda: known)
    monkeypatch.setattr(panel.workspace, "lesson", lambda: THIRD.stem)
    assert panel.names_of_lesson() == ["grok", "spam.grok", "spam.bar", "total", "checkout.total"]
    notebook = Notebook(panel, panel.names_of_lesson())
    (examples / "spam.py").write_text(SPAM)
    assert "spam.bar" in notebook.run("import spam")["text"]
    notebook.namespace["picture"] = panel.pictures.picture
    moment = notebook.run("menu = {'a': spam.grok, 'b': [1]}\npicture(\"menu['a']\", \"menu['b']\")")
    assert "menu['a'] refers to #1." in moment["changes"] and "list: [1]" in moment["text"]
    moment = notebook.run("menu['b'].append(2)")
    assert moment["changes"] == ["#4 list contains [1, 2] now."]
    [sentence] = notebook.run("menu['b'] = 'ham ' * 20")["changes"]
    assert sentence.endswith("ham ...")  # without a fourth full stop


def test_it_finds_what_one_example_module_imports_from_another(notebook, examples):
    (examples / "waiter.py").write_text("from spam import grok\ndef serve(): grok()\nclass Tip: pass\n")
    moment = notebook.run("import waiter, json, sys\ntip = waiter.Tip()\nnumber = 3\ndef own(): pass")
    names = [line.split()[1] for line in moment["text"].splitlines()]
    assert names == ["tip", "waiter.Tip", "waiter", "waiter.grok"]


@pytest.mark.parametrize("expression, expected", [
    ("robot.color", "red"), ("robot.slot", 7), ("Robot.level", 1), ("robot.level", 1), ("type(robot)", "Robot"),
    ("robot.greet", "greet"), ("Robot.stay", "stay"), ("robot.stay", "stay"), ("robot.come", "come"),
    ("robot.greet.__func__", "greet"), ("serve.__defaults__[0]", 5), ("button.__closure__[0].cell_contents", 6),
    ("Robot.__base__", "object"), ("table['a'][0]", 8), ("sys.modules['sys']", "sys"), ("len", "len")])
def test_it_finds_attributes_and_items(panel, expression, expected):
    found = panel.look_up(expression, ROBOTS)
    assert found == expected or getattr(found, "__name__", None) == expected
    assert found == eval(expression, ROBOTS)


@pytest.mark.parametrize("expression", [
    "robot.asked", "robot.missing", "make()", "robot + 1", "own[0]", "nowhere", "1 +", "lazy.anything",
    "[x for x in table]", "table[robot]", "robot.hostile.x"])
def test_it_runs_no_code_to_find_something(panel, expression):
    ran = ROBOTS["ran"]
    assert panel.look_up(expression, ROBOTS) is panel.NOTHING
    assert ran == []


ROBOTS = {}
exec("""import sys, types
ran = []
class Robot:
    __slots__ = "slot", "__dict__"
    level = 1
    def greet(self): ran.append("greet")
    @staticmethod
    def stay(): ran.append("stay")
    @classmethod
    def come(cls): ran.append("come")
    @property
    def asked(self): ran.append("asked")
    def __getattr__(self, name):
        ran.append(name)
        return 9
    def __add__(self, other): ran.append("+")
    def __hash__(self):
        ran.append("hash")
        return 1
robot, robot_type = Robot(), Robot
robot.color, robot.slot = "red", 7
class Own(list):
    def __getitem__(self, key): ran.append("item")
own, table = Own(), {"a": [8]}
def make(): ran.append("make")
def serve(action=5): ran.append("serve")
def make_button(action): return lambda: action
button = make_button(6)
lazy = types.ModuleType("lazy")
lazy.__getattr__ = lambda name: ran.append(name)
""", ROBOTS)


def test_it_runs_no_code_of_objects_and_loads_no_lazy_module(panel, examples):
    (examples / "soup.py").write_text("raise SystemExit('it was loaded')")
    (examples / "pets.py").write_text("class Pet:\n    def __getattribute__(self, name): raise SystemExit(name)\n"
                                      "    __repr__ = __eq__ = __hash__ = __bool__ = __getattribute__\n")
    spec = importlib.util.spec_from_file_location("soup", examples / "soup.py")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    soup = importlib.util.module_from_spec(spec)
    sys.modules["soup"] = soup
    spec.loader.exec_module(soup)
    notebook = Notebook(panel)
    notebook.namespace |= {"soup": soup, "hostile": Hostile()}
    panel.pictures.named.update({"hostile": None, "hostile.x": None, "soup": None})
    moment = notebook.run("import pets\npet, lot = pets.Pet(), [pets.Pet()] * 100")
    assert "pet " in moment["text"] and "hostile " in moment["text"] and "module soup" in moment["text"]
    notebook.run("")
    assert Hostile.ran == []


def test_it_keeps_nothing_alive(notebook, panel):
    panel.pictures.named.update({"items": None, "robot.greet": None})
    notebook.run("import spam\nfrom spam import grok\nclass Robot:\n    def greet(self): pass\n"
                 "robot = Robot()\nitems = [robot]")
    robot, grok = weakref.ref(notebook.namespace["robot"]), weakref.ref(notebook.namespace["grok"])
    notebook.run("del robot, items[:]\ndel grok, spam.grok")
    assert robot() is None and grok() is None


def test_numbers_stay_and_are_not_used_again(panel):
    numbers, kept = panel.Numbers(), {Hostile: Hostile(), list: [1]}
    first = {kind: numbers.number(value) for kind, value in kept.items()}
    for kind in (Hostile, list):
        seen = set()
        for _ in range(50):
            seen.add(numbers.number(kind()))  # the same ids again and again
            if kind is list:  # which has no weak references
                numbers.forget_all_but(kept.values())
        assert len(seen | {first[kind]}) == 51 and numbers.number(kept[kind]) == first[kind]
    assert numbers.number(40 + 2) == numbers.number(42)


def test_more_than_twelve_objects_show_the_newest_and_how_many_are_left_out(notebook, panel):
    panel.pictures.named.update({f"x{number}": None for number in range(30)})
    moment = notebook.run("; ".join(f"x{number} = [{number}]" for number in range(30)))
    assert moment["left_out"] == 18 and moment["text"].count("list") == 12
    assert moment["changes"][-1] == "And 26 more." and len(moment["changes"]) == 5
    moment = notebook.run("x29.append(1)")
    assert "x29" in moment["text"] and moment["changes"] == ["#30 list contains [29, 1] now."]
    assert moment["left_out"] == 18
    moment = notebook.run("; ".join(f"x{number} = x29" for number in range(29)))
    assert len(moment["text"].splitlines()) == 16  # names of one object, too


def test_only_the_last_moments_are_kept(notebook, panel):
    panel.pictures.named["x"] = None
    for number in range(panel.MOMENTS + 5):
        moment = notebook.run(f"x = {number}")
    assert moment["number"] == panel.MOMENTS + 5 and len(notebook.follower.moments) == panel.MOMENTS


def test_text_and_drawing_of_a_moment_show_the_same_and_nothing_overlaps(notebook, examples):
    (examples / "waiter.py").write_text("from spam import grok\n")
    moments = [notebook.run("import spam, waiter\nfrom spam import grok, bar")]
    reload_with(examples, "'grok'", "'<grok> & \"long\" ' * 1000000 + 'word'")
    moments += [notebook.run("again = spam"), notebook.run("del grok"), notebook.run("bar = 'text'")]
    for moment in moments:
        svg = ElementTree.fromstring(moment["svg"])
        test_pictures.nothing_overlaps_or_is_cut_off(svg)
        texts = [text.text for text in svg.findall(f"{SVG}text")]
        lines = [line.replace("\N{BLACK DIAMOND}", " ").split() for line in moment["text"].splitlines()]
        assert [text for text in texts if not text.startswith(("#", "refers"))] == [line[0] for line in lines]
        numbers = {word for line in lines for word in line if word.startswith("#")}
        assert {text.split()[0] for text in texts if text.startswith("#")} == numbers
        marks = [path for path in svg.findall(f"{SVG}path") if path.get("class") == "changed"]
        assert len(marks) == moment["text"].count("\N{BLACK DIAMOND}")


# In a kernel

def test_an_error_in_the_panel_never_reaches_the_learner(panel, examples, capsys):
    class Broken(dict):
        def items(self):
            raise RuntimeError("broken")

    reporter = panel.Reporter(Broken())
    info = types.SimpleNamespace(store_history=True, raw_cell="x")
    reporter.after(types.SimpleNamespace(execution_count=1, info=info))
    assert isinstance(reporter.problem, RuntimeError) and capsys.readouterr() == ("", "")


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """A function that starts a kernel in a learner's copy, as JupyterLab does; it returns its client."""
    manager = pytest.importorskip("jupyter_client.manager")
    top = tmp_path_factory.mktemp("learner")
    learner_copy.update(KIT, top / "work", [].append)
    started = []

    def start(**variables):
        folder = top / "work" / "lessons"
        env = {**os.environ, "PYTHONPATH": str(LESSONS), "JPY_SESSION_NAME": str(folder / THIRD.name), **variables}
        kernel, client = manager.start_new_kernel(cwd=str(folder), env=env)
        started.append((kernel, client))
        return client

    yield start
    for kernel, client in started:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def messages(client, code, **options):
    """Run a cell, and return the messages that it sent: (type, content)."""
    found = []
    client.execute_interactive(code, timeout=120, output_hook=lambda message: found.append(
        (message["msg_type"], message["content"])), **options)
    return found


def moments(found):
    return [moment for kind, content in found if kind in ("comm_open", "comm_msg")
            for moment in content["data"]["moments"]]


START = 'from workbench import fresh\nfresh("spam")\nimport spam'


def test_a_kernel_tells_the_panel_after_each_cell_and_all_of_it_when_asked(panel, kernels):
    client = kernels(**{panel.SWITCH: "on"})
    first = messages(client, START)
    [opened] = [content for kind, content in first if kind == "comm_open"]
    assert opened["target_name"] == panel.TARGET
    assert [moment["number"] for moment in moments(first)] == [1] and "module spam" in moments(first)[0]["text"]
    [second] = moments(messages(client, "from spam import grok"))
    assert second["number"] == 2 and second["source"] == "from spam import grok"
    assert moments(messages(client, "0", store_history=False)) == []  # code of a front end, not of the learner
    client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": opened["comm_id"], "data": {}}))
    asked = []
    while not asked:
        message = client.get_iopub_msg(timeout=120)
        asked = moments([(message["msg_type"], message["content"])])
    assert [moment["number"] for moment in asked] == [1, 2]
    client.shell_channel.send(client.session.msg("comm_close", {"comm_id": opened["comm_id"], "data": {}}))
    assert moments(messages(client, "again = spam")) == []  # that page has no panel


def test_without_the_switch_a_kernel_sends_nothing(kernels):
    client = kernels()
    assert not [kind for kind, _ in messages(client, START) if kind.startswith("comm")]
