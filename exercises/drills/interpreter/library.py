"""Stand-ins of the model for what drills use of Python's library and its built-in functions."""
import ast
import builtins
from pickle import PicklingError
from typing import Any

from exercises.drills.interpreter.objects import Class, Function, Instance, Method, Module, Raised, Scope, is_a, kind_of


class Library:
    """A module of Python's library. Drills never edit or reload those."""

    def __init__(self, **names: Any):
        self.names = names


class Enum:
    """Stands for enum.Enum: the values in a class derived from it become its members."""


def dataclass(made: Class) -> Class:
    """Stands for dataclasses.dataclass: the objects of the class have its fields, and are compared by them."""
    made.fields = list(made.names.get("__annotations__", {}))
    return made


class Generator:
    """A generator whose body has simple statements, and `yield` as a statement."""

    def __init__(self, model: Any, body: list[Any], scope: Scope):
        self.model, self.rest, self.scope = model, list(body), scope

    def step(self) -> Any:
        """Run to the next `yield`, and return its value."""
        while self.rest:
            statement = self.rest.pop(0)
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
                return self.model.value(statement.value.value, self.scope)
            self.model.execute([statement], self.scope)
        raise Raised(StopIteration)


class Super:
    """What `super()` and `super(Class, self)` return."""

    def __init__(self, model: Any, scope: Scope, arguments: list[Any]):
        cls = arguments[0] if arguments else scope.function.owner
        instance = arguments[1] if arguments else scope.first
        if not is_a(instance.class_, cls):
            raise Raised(TypeError)
        self.instance, self.bases = instance, cls.mro()[1:]


def given(model: Any) -> dict[str, Any]:
    """Return the names that every program begins with, and set what depends on the model."""
    return {"importlib": Library(reload=model.reload, invalidate_caches=lambda: None),
            "sys": Library(modules=model.modules, dont_write_bytecode=False)}


def builtin_functions(model: Any) -> dict[str, Any]:
    """Return Python's built-in names, with stand-ins for the functions that look into an object."""
    return {**vars(builtins), "print": lambda *values: model.printed.append(" ".join(map(str, values))),
            "isinstance": lambda value, cls: is_a(kind_of(value), cls), "issubclass": is_a, "type": kind_of,
            "next": lambda generator: generator.step(), "object": object,
            "getattr": model.attribute, "hasattr": lambda value, name: has_attribute(model, value, name)}


def modules(model: Any) -> dict[str, Library]:
    """Return the modules of Python's library that drills import."""
    def partial(function: Any, *first: Any) -> Any:
        return lambda *rest: model.call(function, [*first, *rest])

    def dumps(value: Any) -> Any:
        cls = kind_of(value)
        if cls.module.names.get(cls.name) is not cls:
            raise Raised(PicklingError)
        return cls.module.name, cls.name, dict(value.names)

    def loads(data: Any) -> Any:
        module, name, names = data
        return model.made(Instance(model.load(module).names[name], dict(names)))

    def spec(name: str, file: str) -> Library:
        return Library(name=name, file=file, loader=Library(exec_module=model.run_file))

    def module_from_spec(made: Library) -> Any:
        return model.made(Module(made.names["name"], made.names["file"]))

    loggers = dict[str, Library]()

    def get_logger(name: str) -> Library:
        handlers = list[Any]()
        return loggers.setdefault(name, Library(handlers=handlers, addHandler=handlers.append))

    return {"functools": Library(partial=partial), "enum": Library(Enum=Enum),
            "dataclasses": Library(dataclass=dataclass), "pickle": Library(dumps=dumps, loads=loads),
            "importlib.util": Library(spec_from_file_location=spec, module_from_spec=module_from_spec),
            "logging": Library(getLogger=get_logger, StreamHandler=object)}


def finish(model: Any, made: Class) -> None:
    """Do what Python does at the end of a class statement."""
    for value in made.names.values():
        if isinstance(value, Function):
            value.owner = made
    if Enum in made.bases:
        for name, value in made.names.items():
            if not name.startswith("_"):
                made.names[name] = model.made(Instance(made, {"name": name, "value": value}))


def instance(model: Any, cls: Class, arguments: list[Any], named: dict[str, Any]) -> Instance:
    """Create an object of a class."""
    made = model.made(Instance(cls))
    if cls.fields is not None:
        made.names.update(zip(cls.fields, arguments), **named)
    start = next((each.names["__init__"] for each in cls.mro() if isinstance(each, Class) and "__init__" in each.names),
                 None)
    if start:
        model.call(Method(start, made), arguments, named)
    elif arguments and cls.fields is None and not is_a(cls, Exception):
        raise Raised(TypeError)
    return made


def attribute(value: Any, name: str) -> Any:
    """Find what the model itself doesn't know: an attribute of something from Python's library."""
    if isinstance(value, Library):
        return value.names[name]
    if isinstance(value, Super):
        for each in value.bases:
            if isinstance(each, Class) and name in each.names:
                return Method(each.names[name], value.instance)
        raise Raised(AttributeError)
    if name == "__name__" and isinstance(value, (Class, Function)):
        return value.name
    if name == "__class__":
        return kind_of(value)
    if name == "__file__" and isinstance(value, Module):
        return value.file
    if name == "__dict__" and isinstance(value, (Module, Instance)):
        return value.names
    if isinstance(value, (Module, Class, Instance, Function, Method)):
        raise Raised(AttributeError)
    return getattr(value, name)


def has_attribute(model: Any, value: Any, name: str) -> bool:
    """Do what hasattr does."""
    try:
        model.attribute(value, name)
        return True
    except (Raised, AttributeError):
        return False


def kind_of_error(error: Exception) -> Any:
    """Return the class of an error, which the program raised or Python did."""
    if not isinstance(error, Raised):
        return type(error)
    return error.error if isinstance(error.error, (type, Class)) else kind_of(error.error)


def error_name(error: Exception) -> str:
    """Return the name of an error's class."""
    kind = kind_of_error(error)
    return kind.name if isinstance(kind, Class) else kind.__name__
