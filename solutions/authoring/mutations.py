"""Mutants of an answer: copies of its source, each with one small fault such as people make."""
import ast
import contextlib
import re
import warnings
from dataclasses import dataclass

OPPOSITES = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
             ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
NEIGHBORS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,  # boundaries
             ast.In: ast.Eq, ast.Eq: ast.In, ast.NotIn: ast.NotEq, ast.NotEq: ast.NotIn}
SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
         ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.And: "and", ast.Or: "or", ast.Add: "+",
         ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.BitOr: "|", ast.BitAnd: "&", ast.FloorDiv: "//", ast.Mod: "%"}
PAIRS = [("find", "rfind"), ("index", "rindex"), ("split", "rsplit"), ("partition", "rpartition"), ("min", "max"),
         ("any", "all"), ("startswith", "endswith"), ("lstrip", "rstrip"), ("append", "extend")]
OTHERS = {**dict(PAIRS), **{second: first for first, second in PAIRS}, "match": "search", "fullmatch": "match",
          "search": "match", "strip": "rstrip", "removeprefix": "lstrip", "removesuffix": "rstrip"}
DROPPED = {"strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "replace", "splitlines", "lower", "upper",
           "casefold", "resolve", "absolute", "copy"}  # methods whose result is like what they're called on
PATTERN_PARTS = re.compile(r"\\b|\(\?[a-z]+\)|\^|(?<!\\)\$")
SAME = {"encoding"}  # keywords without which nothing changes: an answer's Python reads and writes UTF-8 anyway


@dataclass(frozen=True)
class Mutant:
    """One mutant."""
    answer: str  # the name of the answer that it's made from
    what: str  # its fault, in words: "== for in"
    line: int
    original: str  # that line
    changed: str  # what the mutant has instead
    source: str

    @property
    def key(self):
        """What it's called in the list of equivalent mutants. That's the same in every version of Python."""
        return f"{self.answer}: {self.what}: {self.original}"


@dataclass(frozen=True)
class Place:
    """A node, and where it is."""
    node: ast.AST
    parents: tuple  # from the module on
    field: str  # of the last parent
    index: int | None  # in that field, if it's a list
    line: int

    @contextlib.contextmanager
    def holding(self, new):
        """Put a node, or a list of them if the place is in a list, in place of this one for a while."""
        parent = self.parents[-1]
        old = getattr(parent, self.field)
        if self.index is None:
            setattr(parent, self.field, new)
        else:
            new = new if isinstance(new, list) else [new]
            setattr(parent, self.field, old[:self.index] + new + old[self.index + 1:])
        try:
            yield
        finally:
            setattr(parent, self.field, old)


def mutants_of(source, answer="", examples=()):
    """Return the mutants of a source, an answer's. In `examples` are triples: function, parameter, a fixed value."""
    tree = ast.parse(source)
    known, found, lines, before = {ast.unparse(tree)}, [], source.splitlines(), ast.unparse(tree).splitlines()
    keys = set()
    for place in places(tree, (), 0):
        for what, new in changes(place, examples):
            with place.holding(new):
                text = ast.unparse(ast.fix_missing_locations(tree))
            if text in known or not compiles(text):
                continue
            known.add(text)
            changed = next((line for line, old in zip(text.splitlines(), before) if line != old), "")
            mutant, number = Mutant(answer, what, place.line, lines[place.line - 1].strip(), changed.strip(), text), 1
            while mutant.key in keys:
                number += 1
                mutant = Mutant(answer, f"{what} ({number})", place.line, mutant.original, mutant.changed, text)
            keys.add(mutant.key)
            found.append(mutant)
    return found


def compiles(text):
    """Return whether a source is valid Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "mutant", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def places(node, parents, line):
    """Yield the places in a tree that may be changed. Parts of an f-string count as being in its line."""
    inside_string = any(isinstance(parent, ast.JoinedStr) for parent in parents)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "format_spec", "type_params", "pattern", "ctx", "type_comment"):
            continue
        for index, each in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(each, ast.AST) or isinstance(each, (ast.Import, ast.ImportFrom)):
                continue
            if isinstance(each, ast.keyword) and each.arg in SAME:
                continue
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):  # a docstring
                continue
            where = line if inside_string or isinstance(node, ast.JoinedStr) else getattr(each, "lineno", line)
            place = Place(each, (*parents, node), field, index, where)
            if not (isinstance(node, ast.JoinedStr) and isinstance(each, ast.Constant)):
                yield place
            if isinstance(each, ast.Raise):
                continue  # an error's text is for people
            yield from places(each, place.parents, where)


def changes(place, examples=()):
    """Yield what can replace the node in a place: what that is in words, and the new node."""
    if isinstance(place.node, ast.stmt):
        yield from changed_statement(place, examples)
    elif isinstance(place.node, ast.expr) and isinstance(getattr(place.node, "ctx", ast.Load()), ast.Load):
        yield from changed_expression(place)
    match place.node:
        case ast.ExceptHandler():
            yield from changed_handler(place)
        case ast.comprehension(target, iterable, conditions):
            for condition in conditions:
                rest = [other for other in conditions if other is not condition]
                yield "the condition dropped", ast.comprehension(target, iterable, rest, 0)
            yield "only the first one", ast.comprehension(target, first_of(iterable), conditions, 0)


def changed_statement(place, examples):
    node, block = place.node, getattr(place.parents[-1], place.field)
    in_function = any(isinstance(parent, ast.FunctionDef) for parent in place.parents)
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Pass, ast.AsyncFunctionDef)):
        yield "dropped", [ast.Pass()] if len(block) == 1 else []
    if in_function and 0 < place.index < len(block) - 1:
        yield "an early return", [ast.Return(None), node]
    match node:
        case ast.If(test, body, orelse):
            yield "always", ast.If(ast.Constant(True), body, orelse)
            if orelse:
                yield "else dropped", ast.If(test, body, [])
            if not is_comparison(test):
                yield "not added", ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.While(test, body, orelse):
            yield "if for while", ast.If(test, body, orelse)
        case ast.For(target, iterable, body, orelse):
            yield "only the first one", ast.For(target, first_of(iterable), body, orelse)
            yield "an early return at the end of the loop", ast.For(target, iterable, [*body, ast.Return(None)], orelse)
        case ast.Break():
            yield "continue for break", ast.Continue()
        case ast.Continue():
            yield "break for continue", ast.Break()
        case ast.Try(body, handlers, orelse, finalbody):
            if handlers:
                yield "try dropped", [*body, *orelse, *finalbody]
            if handlers and finalbody:
                yield "finally dropped", ast.Try(body, handlers, orelse, [])
            elif finalbody:
                yield "finally dropped", [*body, *orelse]
            if orelse:
                yield "else dropped", ast.Try(body, handlers, [], finalbody)
            if len(handlers) > 1:
                for handler in handlers:
                    rest = [other for other in handlers if other is not handler]
                    yield "except dropped", ast.Try(body, rest, orelse, finalbody)
        case ast.AugAssign(target, operator, value):
            yield f"= for {SIGNS.get(type(operator), '')}=", ast.Assign([target], value)
        case ast.Raise(ast.Call(ast.Name(name), arguments, keywords), cause) if name != "Exception":
            wide = ast.Call(ast.Name("Exception", ast.Load()), arguments, keywords)
            yield f"Exception for {name}", ast.Raise(wide, cause)
        case ast.FunctionDef(name, decorator_list=decorators) if not in_function:
            if decorators:
                yield "decorator dropped", ast.FunctionDef(**{**vars(node), "decorator_list": decorators[1:]})
            for function, parameter, value in examples:
                if function == name:
                    fixed = ast.parse(f"{parameter} = {value}").body
                    yield f"{parameter} = {value}", ast.FunctionDef(**{**vars(node), "body": [*fixed, *node.body]})


def changed_handler(place):
    handled, name, body = place.node.type, place.node.name, place.node.body
    caught = handled.id if isinstance(handled, ast.Name) else ""
    if isinstance(handled, ast.Tuple):
        for part in handled.elts:
            rest = ast.Tuple([other for other in handled.elts if other is not part], ast.Load())
            yield f"{ast.unparse(part)} dropped", ast.ExceptHandler(rest, name, body)
    for other in ("BaseException", "Exception", "OSError"):
        narrower = caught in ("BaseException", "Exception") or handled is None
        if other != caught and (other != "OSError" or narrower) and not (other == "BaseException" and not narrower):
            yield f"except {other}", ast.ExceptHandler(ast.Name(other, ast.Load()), name, body)


def changed_expression(place):
    node, parent = place.node, place.parents[-1]
    match node:
        case ast.Compare(left, [operator], [right]):
            for table in (OPPOSITES, NEIGHBORS):
                if type(operator) in table:
                    other = table[type(operator)]
                    yield f"{SIGNS[other]} for {SIGNS[type(operator)]}", ast.Compare(left, [other()], [right])
            if isinstance(operator, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) and not is_clean(left):
                for method in ("strip", "rstrip"):
                    yield f".{method}() added", ast.Compare(called(left, method), [operator], [right])
        case ast.BoolOp(operator, values):
            other = ast.Or if isinstance(operator, ast.And) else ast.And
            yield f"{SIGNS[other]} for {SIGNS[type(operator)]}", ast.BoolOp(other(), values)
            for value in values:
                rest = [part for part in values if part is not value]
                yield f"{ast.unparse(value)} dropped", rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.UnaryOp(ast.Not(), value):
            yield "not dropped", value
        case ast.IfExp(body=body, orelse=orelse):
            yield "always", body
            yield "never", orelse
        case ast.BinOp(left, operator, right):
            yield from changed_operation(left, operator, right)
        case ast.Constant():
            yield from changed_constant(place)
        case ast.JoinedStr(values):
            yield from changed_string(place, values)
        case ast.Call():
            yield from changed_call(place)
        case ast.Subscript(value, ast.Slice(lower, upper, step)):
            yield from changed_slice(value, lower, upper, step)
        case ast.List(values) | ast.Tuple(values) | ast.Set(values) if values and not isinstance(parent, ast.Delete):
            if len(values) > 1 or not isinstance(node, ast.Set):
                for number, _ in enumerate(values, start=1):
                    rest = values[:number - 1] + values[number:]
                    yield f"item {number} dropped", type(node)(**{**vars(node), "elts": rest})
        case ast.Dict(keys, values):
            for number, _ in enumerate(values, start=1):
                yield f"item {number} dropped", ast.Dict(keys[:number - 1] + keys[number:],
                                                         values[:number - 1] + values[number:])
        case ast.Name(name) if name in OTHERS and isinstance(parent, ast.Call) and parent.func is node:
            yield f"{OTHERS[name]} for {name}", ast.Name(OTHERS[name], ast.Load())


def changed_operation(left, operator, right):
    sign = SIGNS.get(type(operator), "")
    match operator:
        case ast.Add():
            yield f"only left of {sign}", left
            yield f"only right of {sign}", right
            if any(is_text(side) or isinstance(side, ast.JoinedStr) for side in (left, right)):
                yield f"sides of {sign} swapped", ast.BinOp(right, operator, left)
            if not any(isinstance(side, (ast.JoinedStr, ast.BinOp)) or is_text(side) for side in (left, right)):
                yield "- for +", ast.BinOp(left, ast.Sub(), right)
        case ast.Sub():
            yield "+ for -", ast.BinOp(left, ast.Add(), right)
            yield f"only left of {sign}", left
        case ast.Div():
            yield f"only left of {sign}", left
            if isinstance(left, ast.Attribute) and left.attr == "parent":
                yield "the current folder", kind_of(left.value, [right])
        case _:
            yield f"only left of {sign}", left
            yield f"only right of {sign}", right


def changed_constant(place):
    value, parent = place.node.value, place.parents[-1]
    if isinstance(value, bool):
        yield f"{not value} for {value}", ast.Constant(not value)
    elif isinstance(value, (int, float)):
        for other in (value + 1, value - 1):
            if other >= 0:
                yield f"{other} for {value}", ast.Constant(other)
            else:
                yield f"{other} for {value}", ast.UnaryOp(ast.USub(), ast.Constant(-other))
    elif isinstance(value, (str, bytes)):
        more = "x" if isinstance(value, str) else b"x"
        for other in ([] if not value else [value[:0]]) + [value + more]:
            yield f"{other!r} for {value!r}", ast.Constant(other)
        if isinstance(value, str):
            for other in shortened(value, is_pattern(place)):
                yield f"{other!r} for {value!r}", ast.Constant(other)
            if value in ("w", "a") and isinstance(parent, (ast.Call, ast.keyword)):
                other = "a" if value == "w" else "w"
                yield f"{other!r} for {value!r}", ast.Constant(other)


def changed_string(place, values):
    for number, value in enumerate(values):
        rest = values[:number] + values[number + 1:]
        if isinstance(value, ast.Constant):
            yield f"{value.value!r} dropped", ast.JoinedStr(rest)
            for text in shortened(value.value, is_pattern(place)):
                new = [*values[:number], ast.Constant(text), *values[number + 1:]]
                yield f"{text!r} for {value.value!r}", ast.JoinedStr(new)
        else:
            yield f"{{{ast.unparse(value.value)}}} dropped", ast.JoinedStr(rest)


def shortened(text, is_pattern):
    """Return a text without one of its line breaks, and a pattern without one of its conditions."""
    parts = [found.span() for found in re.finditer(PATTERN_PARTS, text)] if is_pattern else []
    parts += [found.span() for found in re.finditer("\n", text)] if len(text) > 1 else []
    return [text[:start] + text[end:] for start, end in parts]


def changed_call(place):
    node = place.node
    function, arguments, keywords = node.func, node.args, node.keywords
    for keyword in keywords:
        if keyword.arg and keyword.arg not in SAME:
            rest = [other for other in keywords if other is not keyword]
            yield f"{keyword.arg} dropped", ast.Call(function, arguments, rest)
    starred = any(isinstance(argument, ast.Starred) for argument in arguments)
    if len(arguments) > 1 and not starred:
        for number in range(len(arguments) - 1):
            swapped = [*arguments]
            swapped[number:number + 2] = swapped[number + 1], swapped[number]
            yield f"arguments {number + 1} and {number + 2} swapped", ast.Call(function, swapped, keywords)
        yield "the last argument dropped", ast.Call(function, arguments[:-1], keywords)
    if isinstance(place.parents[-1], ast.Expr):
        return  # as a statement it's dropped
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    of_module = isinstance(function, ast.Attribute) and ast.unparse(function.value) in ("re", "os.path", "importlib")
    if (isinstance(function, ast.Name) or of_module) and len(arguments) == 1 and not starred:
        yield f"{ast.unparse(function)}() dropped", arguments[0]
    if not isinstance(function, ast.Attribute):
        return
    if name in OTHERS and not (name in ("split", "rsplit") and len(arguments) + len(keywords) < 2):
        yield f"{OTHERS[name]} for {name}", ast.Call(ast.Attribute(function.value, OTHERS[name]), arguments, keywords)
    if name in DROPPED and not of_module:
        yield f".{name}() dropped", function.value
    if name in ("read_text", "read", "getvalue"):
        yield ".strip() added", called(node, "strip")
        yield ".rstrip() added", called(node, "rstrip")
    if name in ("startswith", "endswith"):
        stripped = ast.Attribute(called(function.value, "strip"), name)
        yield ".strip() added", ast.Call(stripped, arguments, keywords)
    if name == "splitlines" or name == "split" and arguments:
        line = ast.Name("line", ast.Load())
        each = ast.comprehension(ast.Name("line", ast.Store()), node, [], 0)
        yield ".strip() added to each", ast.ListComp(called(line, "strip"), [each])
    if name == "replace" and len(arguments) == 2:
        yield "only the first one", ast.Call(function, [*arguments, ast.Constant(1)], keywords)
    if name in ("sub", "subn") and not any(keyword.arg == "count" for keyword in keywords) and len(arguments) < 4:
        yield "only the first one", ast.Call(function, arguments, [*keywords, ast.keyword("count", ast.Constant(1))])
    if name == "with_name":
        yield "the current folder", kind_of(function.value, arguments)


def changed_slice(value, lower, upper, step):
    def sliced(*bounds):
        return ast.Subscript(value, ast.Slice(*bounds), ast.Load())

    if lower:
        yield "lower bound dropped", sliced(None, upper, step)
    if upper:
        yield "upper bound dropped", sliced(lower, None, step)
    if step:
        yield "step dropped", sliced(lower, upper, None)
    if lower and not is_number(lower):
        yield "lower bound + 1", sliced(ast.BinOp(lower, ast.Add(), ast.Constant(1)), upper, step)
    if upper and not is_number(upper):
        yield "upper bound + 1", sliced(lower, ast.BinOp(upper, ast.Add(), ast.Constant(1)), step)


def is_comparison(test):
    return isinstance(test, ast.Compare) or isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)


def is_number(node):
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))


def is_clean(node):
    """Return whether there's no blank at the ends of a text that an expression makes, as far as one can see."""
    match node:
        case ast.Call(ast.Attribute(_, "strip" | "rstrip")) | ast.Constant():
            return True
        case ast.JoinedStr([first, *_, last]):
            return not (is_text(first) and first.value[:1].isspace() or is_text(last) and last.value[-1:].isspace())
    return False


def is_pattern(place):
    """Return whether a string is in a call of a function of `re`."""
    return any(isinstance(parent, ast.Call) and ast.unparse(parent.func).startswith("re.") for parent in place.parents)


def called(value, method):
    return ast.Call(ast.Attribute(value, method), [], [])


def kind_of(path, arguments):
    """Return a path of the same kind, in the current folder."""
    return ast.Call(ast.Call(ast.Name("type", ast.Load()), [path], []), arguments, [])


def first_of(iterable):
    first = ast.Slice(None, ast.Constant(1), None)
    return ast.Subscript(ast.Call(ast.Name("list", ast.Load()), [iterable], []), first, ast.Load())
