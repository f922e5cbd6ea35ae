"""Pictures of a drill's names and objects after one of its lines: which name refers to which object, old or new."""
import ast
from typing import Any

from exercises.drills.interpreter.objects import Class, Function, Instance, Module, Raised
from exercises.drills.model import Model
from lessons.drawings import Box, shorten

WIDTH = 44  # letters of an object's contents


def references(model: Model, names: tuple[str, ...]) -> tuple[tuple[str, Box | None], ...]:
    """Return what each name refers to now: the same box for the same object, None for nothing."""
    boxes, found = dict[int, Box](), list[tuple[str, Box | None]]()
    for name in names:
        try:
            value = model.evaluate(name)
        except (Raised, LookupError):
            found.append((name, None))
            continue
        boxes.setdefault(id(value), Box(len(boxes) + 1, _title(model, value), _content(value), _state(model, value)))
        found.append((name, boxes[id(value)]))
    return tuple(found)


def _title(model: Model, value: Any) -> str:
    if isinstance(value, Instance):
        return f"instance of {value.class_.name}"
    name = getattr(value, "name", "")
    return f"{model.kind(value)} {name}".strip() if id(value) in model.origins else type(value).__name__


def _content(value: Any) -> str:
    """Return what distinguishes two versions of an object: the values in its code, or the value itself."""
    if isinstance(value, Function):
        values = (repr(node.value) for node in ast.walk(value.node) if isinstance(node, ast.Constant))
        return shorten(", ".join(values), WIDTH)
    if isinstance(value, Class):
        return shorten(", ".join(f"{name} {_content(part)}".strip() for name, part in value.names.items()
                                 if not name.startswith("_")), WIDTH)
    return "" if isinstance(value, (Instance, Module)) else shorten(repr(value), WIDTH)


def _state(model: Model, value: Any) -> str:
    """Return "OLD" if the object's name in its module refers to another one now, "NEW" if it did earlier."""
    version: Any = value.class_ if isinstance(value, Instance) else value
    if isinstance(version, Module):
        return "OLD" if _is_replaced(model, version) else ""
    if not isinstance(version, (Function, Class)):
        return ""
    module = _module(version)
    is_current = version.name in module.names and module.names[version.name] is version
    if not is_current or _is_replaced(model, module):
        return "OLD" if module is not model.main else ""
    others: list[Any] = [other for other, _ in model.origins.values() if isinstance(other, type(version))]
    earlier = any(other is not version and other.name == version.name and _module(other).name == module.name
                  for other in others)
    return "NEW" if earlier else ""


def _module(version: Any) -> Module:
    """Return the module in which a function or a class was created."""
    return version.scope.module if isinstance(version, Function) else version.module


def _is_replaced(model: Model, module: Module) -> bool:
    """Return whether another module has its name now. A private copy that's in no `sys.modules` isn't replaced."""
    return model.modules.get(module.name, module) is not module
