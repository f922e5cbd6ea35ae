"""The panel beside a lesson in JupyterLab: after each cell, a picture of which names refer to which objects now.

It follows the names in the lesson's pictures, and those that a learner gives to `picture`. It also finds names by
itself: those of the notebook that refer to an example module or to something from it, the module's own names for these
things, and what example modules import from each other. A *moment* is what the panel shows after a cell; a cell that
changes nothing makes no new one.

Following runs none of the learner's code and keeps no reference to any object, so no lesson prints anything else with
it. The launcher switches it on, because only its JupyterLab has the panel (lessons/launcher/jupyterlab/picture-panel).
"""
import ast
import builtins
import inspect
import os
import sys
import types
import weakref
from collections import deque

from workbench import pictures, workspace
from lessons.drawings import Drawing, shorten
from workbench.pictures import is_a

SWITCH = "RELOAD_COURSE_PICTURE_PANEL"  # the environment variable that the launcher sets
TARGET = "picture-panel"  # of the messages between the kernel and the panel
OBJECTS, NAMES, CHANGES, MOMENTS = 12, 16, 4, 200  # at most, in a picture, in its list of changes, and kept
LOOKED_THROUGH = 5000  # names of a notebook or a module: more would take too long
DESCRIPTORS = types.GetSetDescriptorType, types.MemberDescriptorType  # written in C: they run no Python code
NOTHING = object()  # what a name refers to that doesn't exist


def follow_the_runs():
    """From now on, tell the panel after each cell what the names refer to. Does nothing if there's no panel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not shell or not os.environ.get(SWITCH):
        return
    for old in list(shell.events.callbacks["post_run_cell"]):  # left by an earlier load of this file
        if type(getattr(old, "__self__", None)).__name__ == Reporter.__name__:
            shell.events.unregister("post_run_cell", old)
    shell.events.register("post_run_cell", Reporter(shell.user_ns).after)


class Reporter:
    """Sends the moments to the panel. A page that's loaded again asks for all of them."""

    def __init__(self, namespace):
        self.follower, self._comm, self._is_refused = Follower(namespace, names_of_lesson()), None, False

    def after(self, result):
        """Send what the cell of `result`, IPython's ExecutionResult, changed. It never raises an error."""
        try:
            number = result.info.store_history and result.execution_count  # front ends run code of their own, too
            if number and not self._is_refused and self.follower.look(number, result.info.raw_cell):
                self._send([self.follower.moments[-1]])
        except Exception as problem:  # a picture less: nothing that a learner should have to think about
            self.problem = problem.with_traceback(None)  # the traceback would keep the learner's objects

    def _send(self, moments):
        if self._comm:
            self._comm.send({"moments": moments})
            return
        from comm import create_comm
        self._comm = create_comm(target_name=TARGET, data={"moments": moments})
        self._comm.on_msg(lambda message: self._send(list(self.follower.moments)))
        self._comm.on_close(self._refuse)

    def _refuse(self, message):
        self._is_refused = True  # this page has no panel


def names_of_lesson():
    """Return the names in the pictures of the lesson that runs."""
    names = []
    for cell in workspace.explanations().get(workspace.lesson(), []):
        try:
            calls = [node for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, ast.Call)]
        except SyntaxError:
            continue  # a cell magic, or a line that should fail
        names += [argument.value for call in calls if getattr(call.func, "id", None) == "picture"
                  for argument in call.args if isinstance(argument, ast.Constant)]
    return list(dict.fromkeys(names))


class Follower:
    """Looks after each cell what the names in a namespace refer to, and notes what has changed since the last cell."""

    def __init__(self, namespace, names=()):
        self.namespace, self.names = namespace, names
        self.moments = deque(maxlen=MOMENTS)
        self._numbers, self._versions = Numbers(), pictures.Versions()
        self._shown, self._boxes, self._changed_in = {}, {}, {}  # name -> box, number -> box, name -> moment

    def look(self, cell, source=""):
        """Note a moment after the cell with this number; return whether the panel has something to show.

        A moment is a dict of plain values. If nothing has changed, the last one only gets the number of the cell.
        """
        shown = self._look_up()
        boxes = {box.number: box for box in shown.values() if box}
        changed, sentences = self._changes(shown, boxes)
        if not changed:
            if self.moments:
                self.moments[-1]["until"] = cell
            return bool(self.moments)
        number = self.moments[-1]["number"] + 1 if self.moments else 1
        shown = {name: box for name, box in shown.items() if box or name in changed}  # forget what's gone for longer
        self._changed_in = {name: number if name in changed or box and box.number in changed
                            else self._changed_in.get(name, 0) for name, box in shown.items()}
        self._shown, self._boxes = shown, boxes
        visible = self._newest(shown)
        left_out = len(boxes) - len({box.number for _, box in visible if box})
        drawing = Drawing(visible, compact=True, changed=changed)
        more = [f"And {len(sentences) - CHANGES} more."] * (len(sentences) > CHANGES)
        self.moments.append({"number": number, "cell": cell, "until": cell, "source": _first_line(source),
                             "svg": drawing.svg(), "text": drawing.text(), "changes": sentences[:CHANGES] + more,
                             "left_out": left_out})
        return True

    def _look_up(self):
        """Return the box of each name that's followed now, or None for a name that refers to nothing any more."""
        declared = dict.fromkeys([*self.names, *pictures.named])
        # What was shown stays in its row; what's new comes below.
        names = declared | dict.fromkeys(self._shown) | dict.fromkeys(_names_of_examples(self.namespace))
        values = {name: look_up(name, self.namespace) for name in names}
        for value in values.values():
            if value is not NOTHING:
                self._versions.remember(value)
        shown = {}
        for name, value in values.items():
            if value is not NOTHING:
                shown[name] = pictures.box(self._numbers.number(value), value, self._versions)
            elif name in self._shown:  # otherwise it doesn't exist yet
                shown[name] = None
        self._numbers.forget_all_but(value for value in values.values() if value is not NOTHING)
        return shown

    def _changes(self, shown, boxes):
        """Return the names and the numbers of boxes that have changed, and the sentences that say so."""
        changed, sentences, described = set(), [], set()

        def described_once(box):
            seen = box.number in described or box == self._boxes.get(box.number)
            described.add(box.number)
            return f"#{box.number}" if seen else str(box)

        for name, box in shown.items():
            before = self._shown.get(name)
            if (box and box.number) != (before and before.number):
                changed.add(name)
                verb = "now refers to" if before else "refers to"
                sentences.append(f"{name} {verb} {described_once(box)}" if box else f"{name} refers to nothing now")
        for number, box in boxes.items():
            before = self._boxes.get(number)
            if before and before != box:
                changed.add(number)
                if box.state != before.state:
                    what = f"is {box.state} now" if box.state else f"isn't {before.state} any more"
                else:
                    what = f"contains {box.content} now" if box.content else "is empty now"
                sentences.append(f"#{number} {box.title} {what}")
        return changed, [text if text.endswith("...") else f"{text}." for text in sentences]

    def _newest(self, shown):
        """Return the names to show, with their boxes: all of them, or those that changed last if they're too many."""
        chosen, numbers = set(), set()
        for name in sorted(shown, key=lambda name: -self._changed_in[name]):
            box = shown[name]
            if len(chosen) < NAMES and (not box or box.number in numbers or len(numbers) < OBJECTS):
                chosen.add(name)
                numbers |= {box.number} if box else set()
        return [(name, box) for name, box in shown.items() if name in chosen]


class Numbers:
    """Numbers objects by first sight. It keeps no reference to them, so it must notice when an id is used again."""

    def __init__(self):
        self._known, self._last = {}, 0  # identity -> (number, weak reference)

    def number(self, value):
        """Return the number of an object."""
        key = pictures.identity(value)
        number, same = self._known.get(key, (0, None))
        if not number or same and same() is None:
            self._last = number = self._last + 1
            self._known[key] = number, _weak(value)
        return number

    def forget_all_but(self, values):
        """Forget lists and other objects without weak references, unless they're among `values`."""
        seen = set(map(pictures.identity, values))
        self._known = {key: (number, weak) for key, (number, weak) in self._known.items()
                       if key in seen or (weak() is not None if weak else key[0] == "plain")}


def _weak(value):
    """Return a weak reference to what makes a box, or None if there can be none."""
    try:
        return weakref.ref(value.__func__ if is_a(value, types.MethodType) else value)
    except TypeError:  # a list, a number
        return None


def look_up(expression, namespace):
    """Return what names, attributes, items and `type()` refer to, such as `type(pet)`, without running their code.

    Returns NOTHING if there's no such thing, or if finding it would run code, such as a property's.
    """
    try:
        return _value(ast.parse(expression, mode="eval").body, namespace)
    except (SyntaxError, LookupError, AttributeError, TypeError, ValueError):
        return NOTHING


def _value(node, namespace):
    if isinstance(node, ast.Name):
        return namespace[node.id] if node.id in namespace else vars(builtins)[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute):
        return _attribute(_value(node.value, namespace), node.attr)
    if isinstance(node, ast.Subscript):
        items, key = _value(node.value, namespace), _value(node.slice, namespace)
        if type(items) in (dict, list, tuple) and type(key) in (str, int):
            return items[key]
    if isinstance(node, ast.Call) and _value(node.func, namespace) is type and len(node.args) == 1:
        return type(_value(node.args[0], namespace))
    raise LookupError(f"{type(node).__name__} may run code")


def _attribute(value, name):
    """Return an attribute as `getattr` does, but never by running Python code."""
    found = inspect.getattr_static(value, name)
    if is_a(found, *DESCRIPTORS):
        return (type if is_a(value, type) else object).__getattribute__(value, name)
    owner = value if is_a(value, type) else type(value)
    is_of_class = is_a(value, type) or found is inspect.getattr_static(owner, name, NOTHING)
    if is_a(found, staticmethod) and is_of_class:
        return found.__func__
    if is_a(found, classmethod) and is_of_class:
        return types.MethodType(found.__func__, owner)
    if is_a(found, property) and is_of_class:
        raise LookupError(name)
    if is_a(found, types.FunctionType) and is_of_class and owner is not value:
        return types.MethodType(found, value)
    return found


def _names_of_examples(namespace):
    """Yield the names, most telling first, that lead to an example module or to what's defined in one."""
    folder = _folder()
    if not folder:
        return
    mine = [(name, value) for name, value in list(namespace.items())[:LOOKED_THROUGH]
            if not name.startswith("_") and _home(value, folder)]
    modules = {name: value for name, value in mine if is_a(value, types.ModuleType)}
    holders = {name: value for name, value in modules.items()
               if next(first for first, other in modules.items() if other is value) == name}  # one name of each
    things = {name: value for name, value in mine if name not in modules}
    for name, value in things.items():
        yield name
        version = pictures.version_of(value)
        for module, holder in holders.items():
            if pictures.module_name(holder) == version.__module__:
                yield f"{module}.{version.__qualname__}"
    yield from modules
    for module, holder in holders.items():
        contents = object.__getattribute__(holder, "__dict__")
        for name, value in list(contents.items())[:LOOKED_THROUGH]:
            if not name.startswith("_") and _home(value, folder) not in (None, pictures.module_name(holder)):
                yield f"{module}.{name}"


def _folder():
    """Return how the paths of the example modules begin; None as long as no lesson has asked for one."""
    return f"{workspace.folder()}{os.sep}" if workspace.folder.cache_info().currsize else None


def _home(value, folder):
    """Return the name of the example module that a value is, or is defined in; None if it's none of these."""
    if is_a(value, types.ModuleType):
        module = value
    else:
        version = pictures.version_of(value)
        module = version and sys.modules[version.__module__]
    path = module and object.__getattribute__(module, "__dict__").get("__file__")
    return pictures.module_name(module) if is_a(path, str) and path.startswith(folder) else None


def _first_line(source):
    """Return the first line of a cell that says what it does, shortened."""
    lines = [line for line in map(str.strip, source.splitlines()) if line and not line.startswith("#")]
    return shorten(lines[0], 44) if lines else ""
