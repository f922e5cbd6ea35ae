"""Questions of a check in a form that the answer's own names can't change.

A check asks for `id(spam)` in the answer's namespace, where an answer may call something of its own `id`. So each
question names Python's own functions and errors by an object that's made before the answer runs. Its name can't be
known, and what comes back is plain. An answer that searches its process for that object can still find it.
"""
import ast
import builtins
import re
import secrets
from functools import lru_cache

OWN = f"_{secrets.token_hex(8)}"  # the name of the object
OF_SITE = {"copyright", "credits", "exit", "help", "license", "quit"}  # an answer's process hasn't these
NAMES = {name for name in dir(builtins) if not name.startswith("_")} - OF_SITE | {"__import__"}
ANY = re.compile(rf"\b(?:{'|'.join(sorted(NAMES))})\b")
PREPARE = f'''
def {OWN}():
    import builtins, types
    names, mro = (type.__dict__[name].__get__ for name in ("__name__", "__mro__"))
    is_instance, kind, own, noted = isinstance, type, dict(vars(builtins)), []
    errors = {{id(value): name for name, value in own.items() if is_instance(value, type)
              and issubclass(value, BaseException)}}
    known = {{names(one): one for module in (types, builtins) for one in vars(module).values() if kind(one) is kind}}
    number = id

    def name_of_kind(value):
        name = names(kind(value))
        return name if known.get(name, kind(value)) is kind(value) else name + " of its own"

    def strictly(value, what):
        if kind(what) is not kind:
            return is_instance(value, what)
        for base in mro(kind(value)):
            if base is what:
                return True
        return False

    def note(error):
        noted.clear()
        for base in mro(kind(error)):
            if number(base) in errors:
                noted.append(names(base))
                return

    return kind("", (), {{**own, "isinstance": strictly, "kind_of": name_of_kind, "note": note,
                         "noted": lambda: noted[0]}})
{OWN} = {OWN}()
'''


class _Own(ast.NodeTransformer):
    """Replaces Python's own names in a question, except those that it sets itself."""

    def __init__(self, tree):
        self._set = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
                     and not isinstance(node.ctx, ast.Load)} | {
            node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}

    def visit_Name(self, node):
        return _own(node.id) if node.id in NAMES and node.id not in self._set else node

    def visit_Attribute(self, node):
        match node:
            case ast.Attribute(ast.Call(ast.Name("type"), [value]), "__name__"):  # a class may lie about its name
                return ast.Call(_own("kind_of"), [self.visit(value)], [])
        return self.generic_visit(node)


def _own(name):
    return ast.Attribute(ast.Name(OWN, ast.Load()), name, ast.Load())


@lru_cache(1000)  # most questions are the same for all learners
def safe(code: str) -> str:
    """Return a question in which Python's own names mean what they say."""
    if not ANY.search(code):
        return code
    try:
        tree = ast.parse(code)
        return ast.unparse(_Own(tree).visit(tree))
    except (SyntaxError, ValueError):
        return code


def noting_errors(code: str) -> str:
    """Return statements that also note which built-in error they raise; `NOTED` asks for that."""
    caught = ast.parse(f"try:\n    pass\nexcept {OWN}.BaseException as {OWN}_error:\n"
                       f"    {OWN}.note({OWN}_error)\n    raise")
    caught.body[0].body = ast.parse(code).body or caught.body[0].body  # type: ignore[attr-defined]
    return ast.unparse(caught)


NOTED = f"{OWN}.noted()"
