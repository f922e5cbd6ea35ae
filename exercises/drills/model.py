"""What an import, an edit and a reload do to names and objects: a model that runs a drill's own text.

It interprets the small part of Python that drills use (`interpreter` has the ordinary rest). These rules are the
subject of the course:

    load      an import runs a file only if sys.modules doesn't contain the module
    reload    a reload runs the file as it is now in the same module, whose dictionary keeps all that it contains
    run_file  a file runs from its first line to its last, or to the first error; cached bytecode may run in its place
    bind      an assignment, a def, a class or an import makes one name refer to an object, and changes no other name
    create    a def creates a function, which keeps its code, its defaults, and the dictionary that it finds names in
    look_up   a name in a function is looked up when the function runs, not when it was created
"""
import ast
from typing import Any

from exercises.drills.interpreter import library
from exercises.drills.interpreter.objects import (Class, Function, Instance, Method, Module, Origin, Raised, Returned,
                                                  Scope)
from exercises.drills.interpreter.statements import Interpreter


class Model(Interpreter):
    """A Python process and its files: `names` are those of the program, `modules` is its sys.modules."""

    def __init__(self, files: dict[str, str]):
        self.files, self.changed = dict(files), dict.fromkeys(files, 0)  # the line that changed a file last
        self.times = dict.fromkeys(files, 0)
        self.cache = dict[str, tuple[Any, Any, int]]()  # file -> time and size of the source, bytecode, its edit
        self.main = Module("__main__", "")
        self.names, self.modules = self.main.names, {"__main__": self.main}
        self.library, self.builtins = library.modules(self), library.builtin_functions(self)
        self.names.update(library.given(self))
        self.line, self.steps, self.printed = 0, 0, list[str]()
        self.running, self.runs, self.version = "", dict[str, int](), dict[str, int]()  # version: the edit that ran
        self.origins, self.since = dict[int, tuple[Any, Origin]](), dict[tuple[int, str], int]()

    def run(self, line: int, source: str) -> str:
        """Run a line of the program. Return what it prints, and the name of the error if it raises one."""
        self.line, self.printed = line, []
        try:
            self.execute(ast.parse(source).body, Scope(self.main, self.names))
        except Exception as error:
            self.printed.append(library.error_name(error))
        return "\n".join(self.printed)

    def edit(self, line: int, file: str, source: str | None, quick: bool = False) -> None:
        """Change, create or, with None, delete a file. Only the file changes: no module, no name, no object."""
        if source is None:
            del self.files[file]
            return
        self.files[file], self.changed[file] = source, line
        self.times[file] = self.times.get(file, 0) if quick else line  # a quick edit is within the same second

    def load(self, name: str) -> Module:
        """Import a module: run its file, unless sys.modules contains the module already."""
        package, _, last = name.rpartition(".")
        if package:
            self.load(package)
        if name not in self.modules:
            module: Module = self.made(Module(name, self.find(name)))
            self.modules[name] = module
            try:
                self.run_file(module)
            except Exception:
                del self.modules[name]  # a failed first import leaves nothing
                raise
            if package:
                self.bind(self.modules[package].names, last, module)
        return self.modules[name]

    def reload(self, module: Any) -> Module:
        """Run a module's file again, as it is now, in the same module. Nothing is deleted from its dictionary."""
        if not isinstance(module, Module):
            raise Raised(ImportError if isinstance(module, (Function, Class)) else TypeError)
        if module.name not in self.modules or self.modules[module.name] is not module:
            raise Raised(ImportError)
        package = module.name.rpartition(".")[0]
        if package and package not in self.modules:
            raise Raised(ImportError)
        module.file = self.find(module.name)
        self.run_file(module)
        return self.modules[module.name]

    def find(self, name: str) -> str:
        """Return the file of a module, or of a package."""
        path = name.replace(".", "/")
        for file in (f"{path}/__init__.py", f"{path}.py"):
            if file in self.files:
                return file
        raise Raised(ModuleNotFoundError)

    def run_file(self, module: Module) -> None:
        """Run a module's file in the module's dictionary. An error ends the run, and undoes nothing.

        Python compiles the whole file first, unless its time and size are those of the source whose bytecode is cached.
        """
        file, outer = module.file, self.running
        stamp = self.times[file], len(self.files[file])
        cached = self.cache.get(file)
        if not cached or cached[0] != stamp:
            cached = stamp, ast.parse(self.files[file]), self.changed[file]
            if not self.names["sys"].names["dont_write_bytecode"]:
                self.cache[file] = cached
        self.running, self.runs[file], self.version[file] = file, self.runs.get(file, 0) + 1, cached[2]
        try:
            self.execute(cached[1].body, Scope(module, module.names))
        finally:
            self.running = outer

    def bind(self, names: dict[str, Any], name: str, value: Any) -> None:
        """Make a name refer to an object. Other references to the name's old object don't change."""
        names[name] = value
        self.since[id(names), name] = self.line

    def made(self, value: Any) -> Any:
        """Remember where an object is created: in which line of the program, by which run of which file and edit."""
        run, edit = self.runs.get(self.running, 0), self.version.get(self.running, 0)
        self.origins[id(value)] = value, Origin(self.line, self.running, run, edit)
        return value

    def create(self, name: str, node: Any, scope: Scope) -> Function:
        """Create a function. Its defaults are evaluated now, once; its body is evaluated at each call."""
        defaults = [self.value(default, scope) for default in node.args.defaults]
        return self.made(Function(name, node, scope, defaults))

    def look_up(self, name: str, scope: Scope) -> Any:
        """Find a name now: in the function, in those around it, in the module in which they were created."""
        for names in (*scope.around(), scope.module.names, self.builtins):
            if name in names:
                return names[name]
        raise Raised(NameError)

    def attribute(self, value: Any, name: str) -> Any:
        """Find an attribute now: in a module, or in an object and then in the class that it refers to."""
        if isinstance(value, (Module, Instance)) and name in value.names:
            return value.names[name]
        if isinstance(value, (Class, Instance)):
            for each in (value.class_ if isinstance(value, Instance) else value).mro():
                if isinstance(each, Class) and name in each.names:
                    found, binds = each.names[name], isinstance(value, Instance)
                    return Method(found, value) if binds and isinstance(found, Function) else found
        return library.attribute(value, name)

    def call(self, called: Any, arguments: list[Any], named: dict[str, Any] | None = None) -> Any:
        """Call something. A function runs the code that it was created with, old or new."""
        self.steps += 1
        if isinstance(called, Method):
            return self.call(called.function, [called.instance, *arguments], named)
        if isinstance(called, Class):
            return library.instance(self, called, arguments, named or {})
        if not isinstance(called, Function):
            return called(*arguments, **(named or {}))
        scope = called.new_scope(arguments, named or {})
        if isinstance(called.node, ast.Lambda):
            return self.value(called.node.body, scope)
        if called.is_generator():
            return library.Generator(self, called.node.body, scope)
        try:
            self.execute(called.node.body, scope)
        except Returned as returned:
            return returned.value

    def origin(self, expression: str) -> Origin:
        """Return where the object was created that an expression of the program refers to now."""
        return self.origins[id(self.evaluate(expression))][1]

    def referred_since(self, expression: str) -> int:
        """Return since which line a name such as `delay`, or an attribute such as `buses.delay`, has its object."""
        whole, _, name = expression.rpartition(".")
        names = self.evaluate(whole).names if whole else self.names
        return self.since[id(names), name]

    def kind(self, value: Any) -> str:
        """Return what to call an object, such as "function"."""
        kinds = {Function: "function", Class: "class", Module: "module", list: "list", dict: "dictionary"}
        return kinds.get(type(value), "object")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression now. It counts no steps, because it isn't a part of the program."""
        steps = self.steps
        value = self.value(ast.parse(expression, mode="eval").body, Scope(self.main, self.names))
        self.steps = steps
        return value
