"""The objects of the model, and the scopes in which its code looks up names."""
import ast
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Origin:
    """Where an object was created: in which line of the program, by which run of which file, after which edit."""
    line: int
    file: str  # "" for the program itself
    run: int
    edit: int  # the line of the edit, 0 if the file was as at the start


class Raised(Exception):
    """An error of the program: an Instance of one of its classes, or one of Python's own classes."""

    def __init__(self, error: Any):
        super().__init__(error)
        self.error = error


class Returned(Exception):
    """A return statement ran."""

    def __init__(self, value: Any):
        super().__init__()
        self.value = value


@dataclass(eq=False)
class Module:
    """A module: a name, and the dictionary that all its code shares."""
    name: str
    file: str
    names: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names["__name__"] = self.name

    def package(self) -> str:
        """Return the name of the package that `from .` means in this module."""
        return self.name if self.file.endswith("__init__.py") else self.name.rpartition(".")[0]


@dataclass(eq=False)
class Class:
    """A class: its own dictionary, and the base classes that it was created from."""
    name: str
    bases: list[Any]
    module: Module
    names: dict[str, Any] = field(default_factory=dict)
    fields: list[str] | None = None  # of a dataclass

    def mro(self) -> list[Any]:
        """Return the classes in which an attribute is looked up, in order."""
        inherited = [each for base in self.bases for each in (base.mro() if isinstance(base, Class) else [base])]
        return [self, *inherited]


@dataclass(eq=False)
class Instance:
    """An object of a class. It refers to that class, not to the class's name."""
    class_: Class
    names: dict[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Instance) and self.class_ is other.class_ and self.class_.fields is not None:
            return self.names == other.names
        return self is other

    def __hash__(self) -> int:
        return id(self)


@dataclass(eq=False)
class Scope:
    """Where code runs: a dictionary for the names that it assigns, and where else it looks names up."""
    module: Module
    names: dict[str, Any]
    outer: "Scope | None" = None
    is_class: bool = False
    declared: set[str] = field(default_factory=set)  # by a global statement
    function: Any = None
    first: Any = None  # the first argument, which super() uses

    def around(self) -> list[dict[str, Any]]:
        """Return the dictionaries of this scope and of the functions around it."""
        outer = self.outer
        while outer and outer.is_class:
            outer = outer.outer
        return [self.names, *(outer.around() if outer else [])]


@dataclass(eq=False)
class Function:
    """A function: its code, its defaults, and the scope that it was created in."""
    name: str
    node: Any
    scope: Scope
    defaults: list[Any]
    owner: Class | None = None  # the class in which it was created

    def new_scope(self, arguments: list[Any], named: dict[str, Any]) -> Scope:
        """Return the scope of a call. Raises TypeError, as Python does, if the arguments don't fit."""
        parameters = [each.arg for each in self.node.args.args]
        names = dict(zip(parameters[len(parameters) - len(self.defaults):], self.defaults))
        names.update(zip(parameters, arguments))
        names.update(named)
        if len(arguments) > len(parameters) or set(names) != set(parameters):
            raise Raised(TypeError)
        return Scope(self.scope.module, names, self.scope, function=self, first=arguments[0] if arguments else None)

    def is_generator(self) -> bool:
        """Return whether a call starts a generator."""
        return any(isinstance(node, ast.Yield) for node in ast.walk(self.node))


@dataclass(eq=False)
class Method:
    """A function of a class, bound to an instance."""
    function: Function
    instance: Any


def is_a(kind: Any, other: Any) -> bool:
    """Return whether a class is another one, or is derived from it. Two classes with one name are two classes."""
    if isinstance(kind, Class):
        return kind is other or any(is_a(base, other) for base in kind.bases)
    return isinstance(kind, type) and isinstance(other, type) and issubclass(kind, other)


def kind_of(value: Any) -> Any:
    """Return the class of an object."""
    return value.class_ if isinstance(value, Instance) else type(value)
