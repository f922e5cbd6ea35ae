"""Pictures of names and objects: which name refers to which object, old or new, at this moment.

What's drawn is found without running any code of the objects: no `__repr__`, no property, no `__getattr__`.
"""
import inspect
import reprlib
import sys
import types
import weakref
from itertools import islice

from lessons.drawings import Box, Drawing, image, shorten

PLAIN = (str, bytes, int, float, complex)
WIDTH = 44  # letters of an object's contents
MOST = 1000  # letters or items: nothing longer is looked into, because a picture takes milliseconds
named = {}  # the names that pictures were asked for in the notebook -> None; the panel beside it follows them


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
    if caller.f_locals is caller.f_globals:
        named.update(dict.fromkeys(names))
    found = [(name, _look_up(name, caller)) for name in names]
    for _, values in found:
        for value in values:
            _versions.remember(value)
    boxes, arrows = {}, []
    for name, values in found:
        for value in values:
            boxes.setdefault(identity(value), box(len(boxes) + 1, value, _versions))
        arrows.append((name, boxes[identity(values[0])] if values else None))
    return Picture(arrows)


def _look_up(name, frame):
    """Return a list with the value of an expression in a frame; an empty list if a name in it refers to nothing."""
    try:
        return [eval(name, frame.f_globals, frame.f_locals)]
    except (NameError, AttributeError, LookupError):
        return []


class Picture:
    """What `picture` returns: a notebook shows it as a drawing, a terminal as text."""

    def __init__(self, arrows):
        drawing = Drawing(arrows)
        self.text, self.svg = drawing.text(), drawing.svg()

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        return image(self.svg, self.text)


def box(number, value, versions):
    """Return the box of a value; `versions` decides whether it's old or new."""
    return Box(number, _title(value), _content(value), versions.state(value))


def identity(value):
    """Return what is equal for two values exactly if a picture shows them as one box."""
    kind = type(value)
    if kind is types.MethodType:  # Python makes a new bound method at every look-up
        return "method", id(value.__self__), id(value.__func__)
    if kind in PLAIN and not _is_huge(value):  # equal ones may or may not be one object
        return "plain", kind, repr(value)
    return "object", id(value)


def is_a(value, *kinds):
    """Return what `isinstance` does, which would ask some values for their `__class__` and so run their code."""
    return issubclass(type(value), kinds)


def module_name(module):
    """Return a module's name. Unlike `__name__`, this doesn't load a module that waits for its first use."""
    return str(object.__getattribute__(module, "__dict__").get("__name__"))


def _is_plain(value):
    return is_a(value, *PLAIN, type(None), tuple, list, dict, set, frozenset)


def _is_huge(value):
    if is_a(value, int):
        return int.bit_length(value) > MOST
    kind = next((kind for kind in (str, bytes, tuple, list, dict, set, frozenset) if is_a(value, kind)), None)
    return kind is not None and kind.__len__(value) > MOST


def _title(value):
    if is_a(value, types.ModuleType):
        return f"module {module_name(value)}"
    if is_a(value, type):
        return f"class {value.__name__}"
    if is_a(value, types.MethodType):
        return f"method {value.__name__} of a {type(value.__self__).__name__}"
    if is_a(value, types.FunctionType, types.BuiltinFunctionType):
        return f"function {value.__name__}"
    return type(value).__name__ if _is_plain(value) else f"instance of {type(value).__name__}"


def _content(value):
    """Return what distinguishes two versions of a value: a function's strings, a class's contents, or a repr."""
    if is_a(value, types.ModuleType, type):
        contents = (type if is_a(value, type) else object).__getattribute__(value, "__dict__")
        parts = (f"{name} {part.__name__ if is_a(part, type) else _content(part)}".strip()
                 for name, part in list(contents.items())
                 if not name.startswith("_") and is_a(part, types.FunctionType, type, str, int))
        return shorten(", ".join(islice(parts, 30)), WIDTH)  # no more of them fit into a line
    function = value.__func__ if is_a(value, types.MethodType) else value
    if is_a(function, types.FunctionType):
        texts = ", ".join(islice(_texts(function.__code__, function.__doc__), 30))
        parameters = ", ".join(inspect.signature(function).parameters)
        return shorten(texts or (f"({parameters})" if parameters else ""), WIDTH)
    if not _is_plain(value):
        return ""
    return "too long to be shown" if _is_huge(value) else shorten(_Repr().repr(value), WIDTH)


class _Repr(reprlib.Repr):
    """Makes the repr of a plain value: short, without addresses and paths, a set always in the same order."""

    def __init__(self):
        super().__init__()
        self.maxstring = self.maxother = 100

    def repr1(self, value, level):
        if _is_huge(value):
            return "..."
        return super().repr1(value, level)

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


class Versions:
    """Remembers which versions of functions and classes were drawn. It keeps no reference to them."""

    def __init__(self):
        self._drawn = weakref.WeakKeyDictionary()  # module object -> {qualified name: weak reference to a version}

    def state(self, value):
        """Return "OLD" if the value's module has another version, "NEW" if an earlier one was drawn, otherwise ""."""
        if is_a(value, types.ModuleType):
            return "" if sys.modules.get(module_name(value)) is value else "OLD"
        version = version_of(value)
        if version is None:
            return ""
        if _is_old(version):
            return "OLD"
        drawn = self._drawn.get(sys.modules[version.__module__], {}).get(version.__qualname__)
        return "" if drawn is None or drawn() is version else "NEW"

    def remember(self, value):
        """Remember the version that's drawn, so that a later one is NEW. An old one counts even if it's drawn later."""
        version = version_of(value)
        if version is not None:
            known = self._drawn.setdefault(sys.modules[version.__module__], {})
            if version.__qualname__ not in known or _is_old(version):
                known[version.__qualname__] = weakref.ref(version)


_versions = Versions()  # of what `picture` drew


def version_of(value):
    """Return the function or class that makes a value old or new, or None if there is none."""
    if is_a(value, types.MethodType):
        value = value.__func__
    elif not is_a(value, types.FunctionType, type):
        value = type(value)
    # Python's built-in modules can't be reloaded, and some of their classes aren't in them by name.
    name, known = value.__module__, value.__module__ not in sys.builtin_module_names
    return value if known and is_a(sys.modules.get(name), types.ModuleType) and "<" not in value.__qualname__ else None


def _is_old(version):
    """Return whether the name of `version` in its module is gone, or refers to something else."""
    current = sys.modules[version.__module__]
    for part in version.__qualname__.split("."):
        current = inspect.getattr_static(current, part, None)
    wrapped = (current.__func__ if is_a(current, staticmethod, classmethod)
               else inspect.getattr_static(current, "__wrapped__", None))
    return version is not current and version is not wrapped
