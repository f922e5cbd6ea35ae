"""Pictures of names and objects: which name refers to which object, old or new, at this moment."""
import base64
import inspect
import sys
import types
import weakref
from html import escape
from xml.sax.saxutils import quoteattr

ARROWS = {"OLD": "- - >", "NEW": "====>", "": "---->"}
LINES = {"OLD": 'stroke="#8a4b08" stroke-width="2" stroke-dasharray="7 4"', "NEW": 'stroke="#0b5cad" stroke-width="4"',
         "": 'stroke="#444" stroke-width="2"'}
INK = {"OLD": "#8a4b08", "NEW": "#0b5cad", "": "#222"}
LETTER, ROW, BOX, MARGIN, GAP = 8.6, 62, 46, 14, 110  # pixels: width of a letter, heights, distances
_drawn = weakref.WeakKeyDictionary()  # module object -> {qualified name: weak reference to a version drawn before}


def picture(*names):
    """Draw which object each name refers to now: names at the left, objects at the right, an arrow for each reference.

    A name is text that Python can look up where the picture is asked for: `"grok"`, `"spam.grok"`, `"table['g']"`.
    A function or class is OLD when its module now has another object (or none) under its name, and NEW when an
    earlier version of it was drawn. The picture keeps no reference to what it shows.
    Raises TypeError when something other than text is given.
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
            boxes.setdefault(_identity(value), (len(boxes) + 1, _title(value), _content(value), _state(value)))
        arrows.append((name, boxes[_identity(values[0])] if values else None))
    return Picture(arrows)


def _look_up(name, frame):
    """The value of an expression in a frame, in a list; an empty list when some name in it refers to nothing."""
    try:
        return [eval(name, frame.f_globals, frame.f_locals)]
    except (NameError, AttributeError, LookupError):
        return []


class Picture:
    """The text and the drawing of some (name, box) pairs; a box is (number, title, content, state)."""

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
    """Equal for two values exactly when the picture shows them as one box."""
    if isinstance(value, types.MethodType):  # Python makes a new bound method at every look-up
        return "method", id(value.__self__), id(value.__func__)
    if _is_plain(value):
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
    """What tells two versions of a value apart: a function's texts, the contents of a class or a module, a repr."""
    if isinstance(value, (types.ModuleType, type)):
        parts = [f"{name} {_content(part)}" for name, part in vars(value).items()
                 if not name.startswith("_") and isinstance(part, (types.FunctionType, type, str, int))]
        return _shorten(", ".join(parts))
    function = getattr(value, "__func__", value)
    if isinstance(function, types.FunctionType):
        return _shorten(", ".join(_texts(function.__code__, function.__doc__)) or str(inspect.signature(function)))
    return _shorten(repr(value)) if _is_plain(value) else ""


def _texts(code, docstring=None):
    """The texts that a function's code, or that of a function inside it, contains, without its docstring."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _texts(constant)
        # Python 3.10 keeps the names of inner functions among the constants.
        elif isinstance(constant, str) and constant != docstring and "<l" not in constant:
            yield repr(constant)


def _shorten(text, width=44):
    return text if len(text) <= width else text[:width - 3] + "..."


def _state(value):
    """"OLD" when the value's module has moved on, "NEW" when an earlier version was drawn, otherwise ""."""
    version = _version(value)
    if version is None:
        return ""
    if _is_old(version):
        return "OLD"
    drawn = _drawn.get(sys.modules[version.__module__], {}).get(version.__qualname__)
    return "" if drawn is None or drawn() is version else "NEW"


def _remember(value):
    """Note the version that is drawn, so that a later one is told as NEW; an old version counts in any order."""
    version = _version(value)
    if version is not None:
        known = _drawn.setdefault(sys.modules[version.__module__], {})
        if version.__qualname__ not in known or _is_old(version):
            known[version.__qualname__] = weakref.ref(version)


def _version(value):
    """The function or class that makes a value old or new, or None when nothing does."""
    if isinstance(value, types.MethodType):
        value = value.__func__
    elif not isinstance(value, (types.FunctionType, types.ModuleType, type)):
        value = type(value)
    known = isinstance(value, (types.FunctionType, type)) and value.__module__ in sys.modules
    return value if known and "<" not in value.__qualname__ else None


def _is_old(version):
    """Whether the name under which its module defined `version` is gone from it, or refers to something else."""
    current = sys.modules[version.__module__]
    for part in version.__qualname__.split("."):
        current = inspect.getattr_static(current, part, None)
    return current is not version and getattr(current, "__wrapped__", None) is not version


def _text(arrows):
    width = max((len(name) for name, _ in arrows), default=0)
    lines, told = [], set()
    for name, box in arrows:
        if box is None:
            lines.append(f"{name:{width}}  refers to nothing")
            continue
        number, title, content, state = box
        line = f"{name:{width}}  {ARROWS[state]}  #{number}"
        if number not in told:
            line += f" {title}" + f", {state}" * bool(state) + f": {content}" * bool(content)
        told.add(number)
        lines.append(line)
    return "\n".join(lines)


def _svg(arrows):
    boxes = list(dict.fromkeys(box for _, box in arrows if box))
    names_width = max((len(name) for name, _ in arrows), default=0) * LETTER + 16
    texts = [(f"#{number} {title}" + f"  {state}" * bool(state), content) for number, title, content, state in boxes]
    boxes_width = max((len(text) for pair in texts for text in pair), default=0) * LETTER + 20
    gap = GAP if len(boxes) and all(box for _, box in arrows) else 1.5 * GAP
    width, height = 2 * MARGIN + names_width + gap + boxes_width, max(len(arrows), len(boxes), 1) * ROW + MARGIN
    left, right = MARGIN + names_width, MARGIN + names_width + gap
    name_at = [MARGIN / 2 + (row + 0.5) * (height - MARGIN) / len(arrows) for row in range(len(arrows))]
    box_at = [MARGIN / 2 + (row + 0.5) * (height - MARGIN) / len(boxes) for row in range(len(boxes))]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
             f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
             f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#fff"/>']
    for (name, box), y in zip(arrows, name_at):
        parts.append(f'<text x="{left - 8:.0f}" y="{y + 5:.0f}" text-anchor="end" fill="#222">{escape(name)}</text>')
        if box is None:
            parts.append(f'<text x="{left + 8:.0f}" y="{y + 5:.0f}" font-style="italic">refers to nothing</text>')
        else:
            parts.append(_arrow(left, y, right, box_at[boxes.index(box)], box[3]))
    for box, (title, content), y in zip(boxes, texts, box_at):
        weight = ' font-weight="bold"' if box[3] else ""
        parts.append(f'<rect x="{right:.0f}" y="{y - BOX / 2:.0f}" width="{boxes_width:.0f}" height="{BOX}" rx="6" '
                     f'fill="#fff" {LINES[box[3]]}/>')
        rows = [(title, y - 4, weight), (content, y + 15, "")] if content else [(title, y + 5, weight)]
        parts += [f'<text x="{right + 10:.0f}" y="{row:.0f}" fill="{INK[box[3]]}"{bold}>{escape(text)}</text>'
                  for text, row, bold in rows]
    return "\n".join(parts + ["</svg>"])


def _arrow(x1, y1, x2, y2, state):
    tip = x2 - 4
    return (f'<path d="M{x1:.0f} {y1:.0f} C{x1 + 50:.0f} {y1:.0f} {tip - 60:.0f} {y2:.0f} {tip - 8:.0f} {y2:.0f}" '
            f'fill="none" {LINES[state]}/>'
            f'<path d="M{tip:.0f} {y2:.0f} l-12 -6 v12 z" fill="{INK[state]}"/>')
