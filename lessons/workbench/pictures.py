"""Pictures of names and objects: which name refers to which object, old or new, at this moment."""
import base64
import inspect
import reprlib
import sys
import types
import weakref
from html import escape
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

ARROWS = {"OLD": "- - >", "NEW": "====>", "": "---->"}
LINES = {"OLD": 'stroke="#8a4b08" stroke-width="2" stroke-dasharray="7 4"', "NEW": 'stroke="#0b5cad" stroke-width="4"',
         "": 'stroke="#444" stroke-width="2"'}
INK = {"OLD": "#8a4b08", "NEW": "#0b5cad", "": "#222"}
LETTER, ROW, BOX, MARGIN, GAP = 8.6, 62, 46, 14, 110  # pixels: width of a letter, heights, distances
NOTHING = "refers to nothing"
_drawn = weakref.WeakKeyDictionary()  # module object -> {qualified name: weak reference to a version drawn before}


def picture(*names):
    """Draw which object each name refers to now: names at the left, objects at the right, an arrow for each reference.

    Each name is a string that Python can evaluate where you call `picture`: `"grok"`, `"spam.grok"`, `"table['g']"`.
    A function or class is OLD if its name in its module now refers to another object, or to none. It's NEW if an
    earlier version of it was drawn. An instance is as old as its class, a method as its function. A module is OLD if
    `sys.modules` contains another one with its name, or none. The picture keeps no reference to what it shows.
    Raises TypeError if a name isn't a string.
    """
    if not all(isinstance(name, str) for name in names):
        raise TypeError('picture takes names in quotes, for example picture("grok", "spam.grok")')
    caller = sys._getframe(1)
    found = [(name, _look_up(name, caller)) for name in names]
    for _, values in found:
        for value in values:
            _remember(value)
    boxes, arrows = {}, []
    for name, values in found:
        for value in values:
            boxes.setdefault(_identity(value), Box(len(boxes) + 1, _title(value), _content(value), _state(value)))
        arrows.append((name, boxes[_identity(values[0])] if values else None))
    return Picture(arrows)


def _look_up(name, frame):
    """Return a list with the value of an expression in a frame; an empty list if a name in it refers to nothing."""
    try:
        return [eval(name, frame.f_globals, frame.f_locals)]
    except (NameError, AttributeError, LookupError):
        return []


class Box(NamedTuple):
    """An object as the picture shows it. `state` is "OLD", "NEW" or ""."""
    number: int
    title: str
    content: str
    state: str


class Picture:
    """The text and the drawing of some (name, box) pairs. The box is None if a name refers to nothing."""

    def __init__(self, arrows):
        self.text = _text(arrows)
        self.svg = _svg(arrows)

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        source = base64.b64encode(self.svg.encode("utf-8")).decode("ascii")
        alt = quoteattr("; ".join(line.strip() for line in self.text.splitlines()))
        return f'<img alt={alt} src="data:image/svg+xml;base64,{source}">'


def _identity(value):
    """Return what is equal for two values exactly if the picture shows them as one box."""
    if isinstance(value, types.MethodType):  # Python makes a new bound method at every look-up
        return "method", id(value.__self__), id(value.__func__)
    if isinstance(value, (str, bytes, int, float, complex)):  # equal ones may or may not be one object
        return "plain", type(value), repr(value)
    return "object", id(value)


def _is_plain(value):
    return isinstance(value, (str, bytes, int, float, complex, type(None), tuple, list, dict, set, frozenset))


def _title(value):
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, type):
        return f"class {value.__name__}"
    if isinstance(value, types.MethodType):
        return f"method {value.__name__} of a {type(value.__self__).__name__}"
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        return f"function {value.__name__}"
    return type(value).__name__ if _is_plain(value) else f"instance of {type(value).__name__}"


def _content(value):
    """Return what distinguishes two versions of a value: a function's strings, a class's contents, or a repr."""
    if isinstance(value, (types.ModuleType, type)):
        parts = [f"{name} {part.__name__ if isinstance(part, type) else _content(part)}".strip()
                 for name, part in vars(value).items()
                 if not name.startswith("_") and isinstance(part, (types.FunctionType, type, str, int))]
        return _shorten(", ".join(parts))
    function = getattr(value, "__func__", value)
    if isinstance(function, types.FunctionType):
        texts = ", ".join(_texts(function.__code__, function.__doc__))
        parameters = ", ".join(inspect.signature(function).parameters)
        return _shorten(texts or (f"({parameters})" if parameters else ""))
    return _shorten(_Repr().repr(value)) if _is_plain(value) else ""


class _Repr(reprlib.Repr):
    """Makes the repr of a plain value: short, without addresses and paths, a set always in the same order."""

    def __init__(self):
        super().__init__()
        self.maxstring = self.maxother = 100

    def repr_instance(self, value, level):
        return repr(value) if type(value) in (bool, float, complex, bytes, type(None)) else f"<{_title(value)}>"


def _texts(code, docstring=None):
    """Yield the strings in a function's code, and in the functions inside it, without its docstring."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _texts(constant)
        # Python 3.10 keeps the names of inner functions among the constants.
        elif isinstance(constant, str) and constant != docstring and "<locals>" not in constant:
            yield repr(constant)


def _shorten(text, width=44):
    return text if len(text) <= width else text[:width - 3] + "..."


def _state(value):
    """Return "OLD" if the value's module has another version, "NEW" if an earlier one was drawn, otherwise ""."""
    if isinstance(value, types.ModuleType):
        return "" if sys.modules.get(value.__name__) is value else "OLD"
    version = _version(value)
    if version is None:
        return ""
    if _is_old(version):
        return "OLD"
    drawn = _drawn.get(sys.modules[version.__module__], {}).get(version.__qualname__)
    return "" if drawn is None or drawn() is version else "NEW"


def _remember(value):
    """Remember the version that's drawn, so that a later one is NEW. An old version counts even if it's drawn later."""
    version = _version(value)
    if version is not None:
        known = _drawn.setdefault(sys.modules[version.__module__], {})
        if version.__qualname__ not in known or _is_old(version):
            known[version.__qualname__] = weakref.ref(version)


def _version(value):
    """Return the function or class that makes a value old or new, or None if there is none."""
    if isinstance(value, types.MethodType):
        value = value.__func__
    elif not isinstance(value, (types.FunctionType, type)):
        value = type(value)
    # Python's built-in modules can't be reloaded, and some of their classes aren't in them by name.
    known = value.__module__ in sys.modules and value.__module__ not in sys.builtin_module_names
    return value if known and "<" not in value.__qualname__ else None


def _is_old(version):
    """Return whether the name of `version` in its module is gone, or refers to something else."""
    current = sys.modules[version.__module__]
    for part in version.__qualname__.split("."):
        current = inspect.getattr_static(current, part, None)
    return current is not version and getattr(current, "__wrapped__", None) is not version


def _text(arrows):
    width = max((len(name) for name, _ in arrows), default=0)
    lines, described = [], set()
    for name, box in arrows:
        if box is None:
            lines.append(f"{name:{width}}  {NOTHING}")
            continue
        number, title, content, state = box
        line = f"{name:{width}}  {ARROWS[state]}  #{number}"
        if number not in described:
            line += f" {title}" + f", {state}" * bool(state) + f": {content}" * bool(content)
        described.add(number)
        lines.append(line)
    return "\n".join(lines)


def _svg(arrows):
    """Return the drawing: names at the left, boxes at the right, in rows as high as a box needs."""
    targets = [box or name for name, box in arrows]  # what the column at the right shows: a box, or nothing
    heights = _heights(targets)
    left = MARGIN + _width(name for name, _ in arrows)
    right = left + GAP
    boxes_width = _width(text for _, box in arrows for text in (_lines(box) if box else [NOTHING])) + 20
    width, height = right + boxes_width + MARGIN, max([len(arrows) - 0.5, *heights.values()]) * ROW + ROW / 2 + MARGIN
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
             f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
             f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#fff"/>']
    for row, ((name, box), target) in enumerate(zip(arrows, targets)):
        start, end = MARGIN / 2 + (row + 0.5) * ROW, MARGIN / 2 + heights[target] * ROW
        parts.append(_words(left, start + 5, name, 'text-anchor="end" fill="#222"'))
        parts.append(_arrow(left + 8, start, right, end, box) if box else _loose_end(left + 8, start, right, end))
    for target, row in heights.items():
        y = MARGIN / 2 + row * ROW
        parts += _box(right, y, boxes_width, target) if isinstance(target, Box) else [
            _words(right, y + 5, NOTHING, 'fill="#222" font-style="italic"')]
    return "\n".join(parts + ["</svg>"])


def _heights(targets):
    """Return how far down each target is, in rows: level with the middle of its names, and clear of the one above."""
    heights, above = {}, -0.5
    for target in dict.fromkeys(targets):
        rows = [row for row, other in enumerate(targets) if other == target]
        above = heights[target] = max(above + 1, sum(rows) / len(rows) + 0.5)
    return heights


def _width(texts):
    return max(map(len, texts), default=0) * LETTER


def _lines(box):
    """Return the lines of text inside a box."""
    return [line for line in (f"#{box.number} {box.title}  {box.state}".rstrip(), box.content) if line]


def _box(x, y, width, box):
    parts = [f'<rect x="{x:.0f}" y="{y - BOX / 2:.0f}" width="{width:.0f}" height="{BOX}" rx="6" fill="#fff" '
             f'{LINES[box.state]}/>']
    title, *content = _lines(box)
    ink = f'fill="{INK[box.state]}"'
    parts.append(_words(x + 10, y - 4 if content else y + 5, title, ink + ' font-weight="bold"' * bool(box.state)))
    return parts + [_words(x + 10, y + 15, line, ink) for line in content]


def _words(x, y, text, style):
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(text)}</text>'


def _curve(x1, y1, x2, y2, line):
    return (f'<path d="M{x1:.0f} {y1:.0f} C{x1 + 50:.0f} {y1:.0f} {x2 - 52:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" '
            f'fill="none" {line}/>')


def _arrow(x1, y1, x2, y2, box):
    tip = x2 - 4
    return (_curve(x1, y1, tip - 8, y2, LINES[box.state])
            + f'<path d="M{tip:.0f} {y2:.0f} l-12 -6 v12 z" fill="{INK[box.state]}"/>')


def _loose_end(x1, y1, x2, y2):
    return _curve(x1, y1, x2 - 8, y2, 'stroke="#444" stroke-width="2" stroke-dasharray="1 5"')
