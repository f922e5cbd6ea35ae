"""Pictures: at any moment the drawing and its text both show which name refers to which object."""
import base64
import gc
import os
import re
import subprocess
import sys
import types
import weakref
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from lessons.notebooks import KIT

LESSONS = KIT / "lessons"
OLD_GROK = """
def bar():
    return 'bar'

def grok():
    return 'grok'

class Robot:
    def greet(self):
        return 'hello'
"""
NEW_GROK = OLD_GROK.replace("'grok'", "'New grok'")
SVG = "{http://www.w3.org/2000/svg}"
LOOK = {"OLD": ("- - >", "#8a4b08", "2", "7 4"), "NEW": ("====>", "#0b5cad", "4", None),
        "": ("---->", "#444", "2", None)}  # the arrow in words; colour, width and dashes of the lines
LINE = re.compile(r"(\S+) +(?:refers to nothing|(- - >|====>|---->)  #(\d+)(?: (.+?)(?:, (OLD|NEW))?(?:: (.*))?)?)")


@pytest.fixture(scope="module")
def pictures():
    from workbench import pictures
    return pictures


@pytest.fixture
def picture(pictures):
    return pictures.picture


@pytest.fixture
def eggs(monkeypatch):
    """A module `eggs`, run from a string; `run(eggs, source)` does to it what a reload does."""
    module = types.ModuleType("eggs")
    monkeypatch.setitem(sys.modules, "eggs", module)
    run(module, OLD_GROK)
    return module


def run(module, source):
    exec(compile(source, "eggs.py", "exec"), vars(module))


def drawing(shown):
    """Return the SVG inside the HTML, parsed, and the alternative text."""
    class Image(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "img":
                self.found = dict(attributes)

    image = Image()
    image.feed(shown._repr_html_())
    kind, data = image.found["src"].split(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(data).decode("utf-8")), image.found["alt"]


def drawn(shown):
    """Return what the drawing shows: {name: (box number, look) or None}, and {box number: (texts, look)}."""
    svg, _ = drawing(shown)
    texts, boxes = svg.findall(f"{SVG}text"), {}
    for box in svg.findall(f"{SVG}rect")[1:]:
        left, top, width, height = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        inside = [text.text for text in texts if left < float(text.get("x")) < left + width
                  and top < float(text.get("y")) < top + height and text.get("text-anchor") is None]
        boxes[int(re.match(r"#(\d+) ", inside[0])[1])] = (inside, look(box), top + height / 2)
    lines = [path for path in svg.findall(f"{SVG}path") if path.get("fill") == "none"]
    names = [text for text in texts if text.get("text-anchor") == "end"]
    arrows = {}
    for name, line in zip(names, lines):
        assert abs(float(re.match(r"M\S+ (\d+)", line.get("d"))[1]) + 5 - float(name.get("y"))) <= 1
        end = float(line.get("d").split()[-1])
        to = next((number for number, (_, _, middle) in boxes.items() if abs(middle - end) <= 1), None)
        arrows[name.text] = (to, look(line)) if to else None
    assert len(names) == len(lines)
    return arrows, {number: box[:2] for number, box in boxes.items()}


def look(element):
    return element.get("stroke"), element.get("stroke-width"), element.get("stroke-dasharray")


def written(shown):
    """Return what the text says, in the form of `drawn`."""
    arrows, boxes = {}, {}
    for line in repr(shown).splitlines():
        name, arrow, number, title, state, content = LINE.fullmatch(line).groups()
        style = next((look[1:] for look in LOOK.values() if look[0] == arrow), None)
        arrows[name] = (int(number), style) if number else None
        if title:
            assert LOOK[state or ""][0] == arrow
            boxes[int(number)] = ([f"#{number} {title}" + f"  {state}" * bool(state), *filter(None, [content])], style)
    return arrows, boxes


def states(shown):
    """Return the state of each object, in the order of their numbers."""
    return [re.search("(OLD|NEW)?$", texts[0])[0] for texts, _ in written(shown)[1].values()]


def test_before_a_reload_two_names_for_one_function_share_a_box(picture, eggs):
    grok = eggs.grok
    assert repr(picture("grok", "eggs.grok", "eggs.bar")) == (
        "grok       ---->  #1 function grok: 'grok'\n"
        "eggs.grok  ---->  #1\n"
        "eggs.bar   ---->  #2 function bar: 'bar'")


def test_after_a_reload_words_lines_and_colours_distinguish_them(picture, eggs):
    grok = eggs.grok
    picture("grok", "eggs.grok", "eggs.bar")
    run(eggs, NEW_GROK)
    shown = picture("grok", "eggs.grok", "eggs.bar")
    assert repr(shown) == (
        "grok       - - >  #1 function grok, OLD: 'grok'\n"
        "eggs.grok  ====>  #2 function grok, NEW: 'New grok'\n"
        "eggs.bar   ====>  #3 function bar, NEW: 'bar'")
    arrows, boxes = drawn(shown)
    assert arrows["grok"] == (1, LOOK["OLD"][1:]) and arrows["eggs.grok"] == (2, LOOK["NEW"][1:])
    assert boxes[1] == (["#1 function grok  OLD", "'grok'"], LOOK["OLD"][1:])
    assert boxes[2] == (["#2 function grok  NEW", "'New grok'"], LOOK["NEW"][1:])


def test_a_first_picture_after_the_reload_shows_old_and_new(picture, eggs):
    grok = eggs.grok
    run(eggs, NEW_GROK)
    assert states(picture("eggs.grok", "grok")) == ["NEW", "OLD"]


def test_after_two_reloads_both_earlier_versions_are_old(picture, eggs):
    first = eggs.grok
    picture("first")
    run(eggs, NEW_GROK)
    second = eggs.grok
    assert states(picture("first", "second")) == ["OLD", "NEW"]
    run(eggs, NEW_GROK)
    assert states(picture("first", "second", "eggs.grok")) == ["OLD", "OLD", "NEW"]


def test_nothing_is_new_in_a_module_that_was_loaded_from_a_fresh_copy(picture, eggs, monkeypatch):
    grok, module = eggs.grok, eggs
    picture("grok")
    eggs = types.ModuleType("eggs")
    monkeypatch.setitem(sys.modules, "eggs", eggs)
    run(eggs, OLD_GROK)
    assert states(picture("eggs.grok")) == [""]
    assert states(picture("grok")) == ["OLD"]
    assert states(picture("module", "eggs")) == ["OLD", ""]


def test_a_function_that_the_file_no_longer_has_is_old(picture, eggs):
    bar = eggs.bar
    del eggs.bar
    assert states(picture("bar")) == ["OLD"]


def test_instances_and_methods_are_as_old_as_their_class(picture, eggs):
    Robot, robot = eggs.Robot, eggs.Robot()
    greet = robot.greet
    names = ("Robot", "robot", "greet", "robot.greet", "eggs.Robot")
    assert repr(picture(*names)) == (
        "Robot        ---->  #1 class Robot: greet 'hello'\n"
        "robot        ---->  #2 instance of Robot\n"
        "greet        ---->  #3 method greet of a Robot: 'hello'\n"
        "robot.greet  ---->  #3\n"
        "eggs.Robot   ---->  #1")
    run(eggs, NEW_GROK)
    assert states(picture(*names)) == ["OLD", "OLD", "OLD", "NEW"]
    robot.__class__ = eggs.Robot
    assert states(picture("robot", "robot.greet", "greet")) == ["NEW", "NEW", "OLD"]


def test_static_and_class_methods_and_decorated_functions_are_not_old(picture, eggs):
    run(eggs, "import functools\nclass Robot:\n    @staticmethod\n    def stay(): pass\n    @classmethod\n"
              "    def come(cls): pass\n@functools.lru_cache\ndef cached(): pass\n")
    inner = eggs.cached.__wrapped__
    assert states(picture("eggs.Robot.stay", "eggs.Robot.come", "inner", "eggs.cached")) == [""] * 4


def test_objects_that_cannot_be_reloaded_are_neither_old_nor_new(picture, eggs):
    nothing, generator, lock = None, (x for x in ()), __import__("threading").Lock()
    inner = (lambda: (lambda: 1))()
    names = ["nothing", "generator", "lock", "inner", "len", "int", "eggs", "sys", "os.path", "re.compile", "..."]
    assert states(picture(*names)) == [""] * len(names)


def test_text_and_drawing_show_names_that_refer_to_nothing(picture, eggs):
    shown = picture("nowhere", "eggs.nowhere", "vars(eggs)['nowhere']", "eggs.grok")
    assert repr(shown).count("refers to nothing") == 3
    assert drawn(shown)[0] == {"nowhere": None, "eggs.nowhere": None, "vars(eggs)['nowhere']": None,
                               "eggs.grok": (1, LOOK[""][1:])}


def test_plain_values_show_what_they_are_and_equal_lists_are_two_objects(picture):
    number, text, again, none, first, second = 42, "ham", "".join(["h", "am"]), None, [1, 2], [1, 2]
    assert repr(picture("number", "text", "again", "none", "first", "second")) == (
        "number  ---->  #1 int: 42\n"
        "text    ---->  #2 str: 'ham'\n"
        "again   ---->  #2\n"
        "none    ---->  #3 NoneType: None\n"
        "first   ---->  #4 list: [1, 2]\n"
        "second  ---->  #5 list: [1, 2]")


def test_no_picture_contains_an_address_a_path_or_anything_random(picture, eggs):
    def default(function=eggs.grok):
        function()

    table, several = {"g": eggs.grok, "m": eggs, "r": eggs.Robot()}, {"c", "a", "b"}
    circle = [table]
    circle.append(circle)
    assert repr(picture("default", "table", "several", "circle")) == (
        "default  ---->  #1 function default: (function)\n"
        "table    ---->  #2 dict: {'g': <function grok>, 'm': <module eggs>...\n"
        "several  ---->  #3 set: {'a', 'b', 'c'}\n"
        "circle   ---->  #4 list: [{'g': <function grok>, 'm': <module eggs...")


def test_a_class_that_refers_to_itself_can_be_drawn(picture, eggs):
    eggs.Robot.friend = eggs.Robot
    assert repr(picture("eggs.Robot")) == "eggs.Robot  ---->  #1 class Robot: greet 'hello', friend Robot"


def test_a_docstring_is_not_among_the_strings_of_a_function(picture, eggs):
    run(eggs, "def grok():\n    'Explain.'\n    def inner(): return '<li>'\n    return [inner for x in 'ab']\n")
    assert repr(picture("eggs.grok")) == "eggs.grok  ---->  #1 function grok: '<li>', 'ab'"


def everything(picture, eggs):
    """Pictures of all kinds, for claims about every picture."""
    grok, old_module, text, long = eggs.grok, types.ModuleType("eggs"), "<&\"'>", "ham " * 100
    table = {"<&\"'>": eggs.grok, "a": {"long": {"way": {"to": {"go": grok}}}}}
    names = ["grok", "eggs.grok", "eggs.bar", "table['<&\"\\'>']", "text", "long", "nowhere", "eggs", "old_module",
             "table['a']['long']['way']['to']['go']", "eggs.Robot", "eggs.Robot().greet"]
    before = picture(*names)
    run(eggs, NEW_GROK)
    return [before, picture(*names), picture(*reversed(names)), picture("grok"), picture("nowhere"), picture(),
            picture("grok", "eggs.grok", "grok", "eggs.bar", "text"), picture("eggs.bar", *names)]


def test_text_and_drawing_show_the_same_in_every_picture(picture, eggs):
    for shown in everything(picture, eggs):
        assert drawn(shown) == written(shown)


def test_the_alternative_text_is_the_text_of_the_picture(picture, eggs):
    for shown in everything(picture, eggs):
        assert drawing(shown)[1].split("; ") == [line.strip() for line in repr(shown).splitlines()] or not repr(shown)


def test_nothing_in_a_picture_overlaps_or_is_cut_off(picture, eggs):
    for shown in everything(picture, eggs):
        nothing_overlaps_or_is_cut_off(drawing(shown)[0])


def nothing_overlaps_or_is_cut_off(svg):
    canvas, *boxes = svg.findall(f"{SVG}rect")
    areas = [tuple(float(box.get(key)) for key in ("x", "y", "width", "height")) for box in boxes]
    letters = [(float(text.get("x")) - (len(text.text) * 8.43 if text.get("text-anchor") else 0),
                float(text.get("y")) - 12, len(text.text) * 8.43, 14) for text in svg.findall(f"{SVG}text")]
    marks = [(*map(float, re.match(r"M(\d+) (\d+)", path.get("d")).groups()), 10, 1)
             for path in svg.findall(f"{SVG}path") if path.get("class") == "changed"]
    for x, y, width, height in areas + letters + marks:
        assert 0 <= x and x + width <= float(canvas.get("width"))
        assert 0 <= y and y + height <= float(canvas.get("height"))
    for things in (areas, letters + marks):
        assert not [1 for one in things for other in things if one != other and overlap(one, other)]
    lines_from = [float(re.match(r"M(\d+)", line.get("d"))[1]) for line in svg.findall(f"{SVG}path")
                  if line.get("class") != "changed"]
    assert all(x >= max(float(text.get("x")) for text in svg.findall(f"{SVG}text") if text.get("text-anchor"))
               for x in lines_from)


def overlap(one, other):
    (x1, y1, width1, height1), (x2, y2, width2, height2) = one, other
    return x1 < x2 + width2 and x2 < x1 + width1 and y1 < y2 + height2 and y2 < y1 + height1


def test_in_dark_mode_every_part_has_another_color(picture, eggs):
    for shown in everything(picture, eggs):
        svg, _ = drawing(shown)
        style = svg.find(f"{SVG}style").text
        assert style.startswith("@media (prefers-color-scheme: dark)")
        for element in svg.iter():
            for attribute in ("fill", "stroke"):
                names = [f".{name} {{{attribute}: #" for name in element.get("class", "").split()]
                assert element.get(attribute) in (None, "none") or any(name in style for name in names)


def test_a_picture_runs_no_code_of_what_it_shows(picture, eggs):
    hostile = Hostile()
    assert repr(picture("hostile", "Hostile")).splitlines()[0] == "hostile  ---->  #1 instance of Hostile"
    assert Hostile.ran == []


class Hostile:
    """An object that notes each method of it that runs."""
    ran = []

    def __getattribute__(self, name):
        Hostile.ran.append(name)
        return object.__getattribute__(self, name)

    __repr__ = __str__ = __hash__ = __bool__ = __len__ = __iter__ = lambda self: Hostile.ran.append("called")
    __eq__ = lambda self, other: Hostile.ran.append("==")  # noqa: E731


def test_a_huge_object_is_not_looked_through(picture):
    class Table(dict):
        def __iter__(self):
            raise AssertionError("it was looked through")

        items = keys = values = __iter__

    table, text, number = Table.fromkeys(range(10**5)), "x" * 10**7, 7**10**5
    inside = [table, list(range(10**5)), {3: set(range(10**5))}]
    assert repr(picture("table", "text", "number", "inside")) == (
        "table   ---->  #1 Table: too long to be shown\n"
        "text    ---->  #2 str: too long to be shown\n"
        "number  ---->  #3 int: too long to be shown\n"
        "inside  ---->  #4 list: [..., ..., {3: ...}]")


def test_a_picture_keeps_no_reference_to_what_it_shows(picture, eggs):
    notebook = {"picture": picture, "eggs": eggs, "grok": eggs.grok, "Robot": eggs.Robot}
    versions = weakref.ref(eggs.grok), weakref.ref(eggs.Robot)
    exec("before = picture('grok', 'Robot', 'eggs.grok')", notebook)
    run(eggs, NEW_GROK)
    exec("after = picture('grok', 'Robot', 'eggs.grok')\ndel grok, Robot", notebook)
    gc.collect()
    assert [version() for version in versions] == [None, None]
    assert "OLD" in repr(notebook["after"]) and "OLD" not in repr(notebook["before"])
    assert states(picture("eggs.grok")) == ["NEW"]


def test_a_name_without_quotes_raises_an_error_that_shows_how_to_write_it(picture, eggs):
    with pytest.raises(TypeError, match='picture\\("grok", "spam.grok"\\)'):
        picture(eggs.grok)


def test_the_same_names_make_the_same_picture_in_every_process():
    code = f"""if True:
        import importlib, sys; sys.path.insert(0, {str(LESSONS)!r})
        from workbench import edit_file, fresh, picture
        spam_py = fresh("spam"); import spam; from spam import *
        edit_file(spam_py, "'grok'", "'New grok'"); importlib.reload(spam)
        several = {{"a", "b", "c", "d"}}
        print(picture("grok", "spam.grok", "bar", "several", "spam")._repr_html_())"""
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")]
    assert "<img" in runs[0] and runs[0] == runs[1]
