"""The part of Python that drills use, without what the course is about: that's in `model`."""
import ast
import operator
from typing import Any

from exercises.drills.interpreter import library
from exercises.drills.interpreter.objects import Class, Module, Raised, Returned, Scope, is_a

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
             ast.Lt: operator.lt, ast.Gt: operator.gt, ast.In: lambda part, whole: operator.contains(whole, part),
             ast.NotIn: lambda part, whole: not operator.contains(whole, part)}


class Interpreter:
    """Runs statements and finds the values of expressions. What a name or an import means is up to `Model`."""
    steps: int
    printed: list[str]
    modules: dict[str, Any]
    files: dict[str, str]
    library: dict[str, Any]
    load: Any
    bind: Any
    made: Any
    create: Any
    look_up: Any
    attribute: Any
    call: Any

    def execute(self, statements: list[Any], scope: Scope) -> None:
        """Run statements. Each is a step."""
        for statement in statements:
            self.steps += 1
            getattr(self, f"do_{type(statement).__name__}")(statement, scope)

    def value(self, node: Any, scope: Scope) -> Any:
        """Return the value of an expression. Each look-up and each call is a step."""
        return getattr(self, f"value_{type(node).__name__}")(node, scope)

    def assign(self, target: Any, value: Any, scope: Scope) -> None:
        """Assign a value to a name, an attribute or an item."""
        if isinstance(target, ast.Name):
            self.bind(scope.module.names if target.id in scope.declared else scope.names, target.id, value)
        elif isinstance(target, ast.Attribute):
            whole = self.value(target.value, scope)
            if target.attr == "__class__":
                whole.class_ = value
            else:
                self.bind(whole.names, target.attr, value)
        elif isinstance(target, ast.Subscript):
            self.value(target.value, scope)[self.value(target.slice, scope)] = value
        else:
            for each, part in zip(target.elts, value):
                self.assign(each, part, scope)

    # Statements.

    def do_Import(self, node: Any, scope: Scope) -> None:
        for each in node.names:
            module = self.library.get(each.name) or self.load(each.name)
            first = each.name.partition(".")[0]
            self.bind(scope.names, each.asname or first, module if each.asname else self.modules.get(first, module))

    def do_ImportFrom(self, node: Any, scope: Scope) -> None:
        name = ".".join(filter(None, [scope.module.package() if node.level else "", node.module]))
        module = self.library.get(name) or self.load(name)
        for each in node.names:
            if each.name == "*":
                for public in [public for public in module.names if not public.startswith("_")]:
                    self.bind(scope.names, public, module.names[public])
            else:
                self.bind(scope.names, each.asname or each.name, self.imported(module, each.name))

    def imported(self, module: Any, name: str) -> Any:
        """Return what `from module import name` finds: an attribute of the module, or else a submodule."""
        if isinstance(module, Module) and name not in module.names:
            if f"{module.name}/{name}.py" not in self.files:
                raise Raised(ImportError)
            self.load(f"{module.name}.{name}")
        return self.attribute(module, name)

    def do_FunctionDef(self, node: Any, scope: Scope) -> None:
        function: Any = self.create(node.name, node, scope)
        for decorator in reversed(node.decorator_list):
            function = self.call(self.value(decorator, scope), [function])
        self.bind(scope.names, node.name, function)

    def do_ClassDef(self, node: Any, scope: Scope) -> None:
        made: Any = self.made(Class(node.name, [self.value(base, scope) for base in node.bases], scope.module))
        self.execute(node.body, Scope(scope.module, made.names, scope, is_class=True))
        library.finish(self, made)
        for decorator in reversed(node.decorator_list):
            made = self.call(self.value(decorator, scope), [made])
        self.bind(scope.names, node.name, made)

    def do_Assign(self, node: Any, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def do_AnnAssign(self, node: Any, scope: Scope) -> None:
        scope.names.setdefault("__annotations__", {})[node.target.id] = None

    def do_AugAssign(self, node: Any, scope: Scope) -> None:
        old = self.value(node.target, scope)
        self.assign(node.target, OPERATORS[type(node.op)](old, self.value(node.value, scope)), scope)

    def do_Expr(self, node: Any, scope: Scope) -> None:
        self.value(node.value, scope)

    def do_Return(self, node: Any, scope: Scope) -> None:
        raise Returned(self.value(node.value, scope))

    def do_Global(self, node: Any, scope: Scope) -> None:
        scope.declared.update(node.names)

    def do_Pass(self, node: Any, scope: Scope) -> None:
        pass

    def do_If(self, node: Any, scope: Scope) -> None:
        self.execute(node.body if self.value(node.test, scope) else node.orelse, scope)

    def do_For(self, node: Any, scope: Scope) -> None:
        for item in list(self.value(node.iter, scope)):
            self.assign(node.target, item, scope)
            self.execute(node.body, scope)

    def do_Raise(self, node: Any, scope: Scope) -> None:
        raise Raised(self.value(node.exc, scope))

    def do_Delete(self, node: Any, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.value(target, scope)
                del scope.names[target.id]
            elif isinstance(target, ast.Attribute):
                self.attribute(self.value(target.value, scope), target.attr)
                del self.value(target.value, scope).names[target.attr]
            else:
                del self.value(target.value, scope)[self.value(target.slice, scope)]

    def do_Try(self, node: Any, scope: Scope) -> None:
        try:
            self.execute(node.body, scope)
        except Returned:
            raise
        except Exception as error:
            for handler in node.handlers:
                if is_a(library.kind_of_error(error), self.value(handler.type, scope)):
                    self.execute(handler.body, scope)
                    return
            raise

    # Expressions.

    def value_Constant(self, node: Any, scope: Scope) -> Any:
        return node.value

    def value_Name(self, node: Any, scope: Scope) -> Any:
        self.steps += 1
        return self.look_up(node.id, scope)

    def value_Attribute(self, node: Any, scope: Scope) -> Any:
        self.steps += 1
        return self.attribute(self.value(node.value, scope), node.attr)

    def value_Subscript(self, node: Any, scope: Scope) -> Any:
        return self.value(node.value, scope)[self.value(node.slice, scope)]

    def value_Call(self, node: Any, scope: Scope) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return library.Super(self, scope, [self.value(each, scope) for each in node.args])
        if isinstance(node.func, ast.Name) and node.func.id == "globals":
            return scope.module.names
        called = self.value(node.func, scope)
        arguments = [self.value(each, scope) for each in node.args]
        return self.call(called, arguments, {each.arg: self.value(each.value, scope) for each in node.keywords})

    def value_Lambda(self, node: Any, scope: Scope) -> Any:
        return self.create("<lambda>", node, scope)

    def value_List(self, node: Any, scope: Scope) -> Any:
        return self.made([self.value(each, scope) for each in node.elts])

    def value_Tuple(self, node: Any, scope: Scope) -> Any:
        return tuple(self.value(each, scope) for each in node.elts)

    def value_Dict(self, node: Any, scope: Scope) -> Any:
        return self.made({self.value(key, scope): self.value(each, scope) for key, each in zip(node.keys, node.values)})

    def value_BinOp(self, node: Any, scope: Scope) -> Any:
        return OPERATORS[type(node.op)](self.value(node.left, scope), self.value(node.right, scope))

    def value_Compare(self, node: Any, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.comparators[0], scope)
        return OPERATORS[type(node.ops[0])](left, right)

    def value_UnaryOp(self, node: Any, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        return not value if isinstance(node.op, ast.Not) else -value

    def value_IfExp(self, node: Any, scope: Scope) -> Any:
        return self.value(node.body if self.value(node.test, scope) else node.orelse, scope)
