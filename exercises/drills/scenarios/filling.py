"""What makes a drill longer, and different from others, without another question."""
from exercises.drills.scenarios.draft import ClassItem, Draft


def fill(d: Draft) -> None:
    """Add to the main module what its theme also has, and nothing changes: functions, constants, a list, a class."""
    for _ in range(d.random.choice((1, 2, 2, 3, 3) if d.level < 3 else (0, 1, 2))):
        kind = d.random.choice(_KINDS)
        source = kind(d)
        if source:
            blocks = d.blocks[d.home]
            blocks.insert(d.random.randint(d.fixed, len(blocks)), source)


def _constant(d: Draft) -> str:
    if not d.constants:
        return ""
    name, values = d.constants.pop()
    return f"{name} = {d.random.choice(values)!r}"


def _list(d: Draft) -> str:
    name, values = d.theme.items
    if name in d.used:
        return ""
    d.used.add(name)
    return f"{name} = {list(d.random.sample(values, d.random.randint(1, 3)))!r}"


def _function(d: Draft) -> str:
    if not d.free:
        return ""
    name, values = d.free.pop()
    value = d.random.choice(values)
    changed = "return str({})" if isinstance(value, int) else "return {}.upper()"
    form = d.random.choice(("return {}", "result = {}\n    return result", "return [{}]", "print({})",
                            changed, "result = [{}]\n    return result", "result = {}\n    print(result)"))
    return f"def {name}():\n    {form.format(repr(value))}"


def _with_a_parameter(d: Draft) -> str:
    if not d.free:
        return ""
    name, values = d.free.pop()
    value = d.random.choice(values)
    if isinstance(value, int):
        form = d.random.choice(("extra):\n    return {} + extra", "extra=1):\n    return {} + extra",
                                "times):\n    return {} * times", "times=2):\n    return times * {}"))
    else:
        form = d.random.choice(("end):\n    return {} + end", "end='!'):\n    return {} + end",
                                "start):\n    return start + {}", "start='the '):\n    return start + {}"))
    return f"def {name}({form.format(repr(value))}"


_KINDS = (_constant, _constant, _list, _function, _function, _with_a_parameter)


def stretch(d: Draft, least: int) -> None:
    """Add lines that a program may well have, until it has at least so many: they print, or import again."""
    if f"import {d.module}" not in {line.code for line in d.lines["import"]}:
        return
    phases = ["setup"] if d.lines["story"] else ["setup", "between"]
    choices: list[tuple[tuple[str, str], ...]] = [((phase, f"import {d.module}"),) for phase in phases[1:]]
    for phase in phases if d.lines["edit"] else phases[:1]:
        for item in d.items:
            call = f"{item.name}().{item.method}()" if isinstance(item, ClassItem) else f"{item.name}()"
            alias = ("import", f"import {d.module} as {d.theme.short}")
            choices += [((phase, f"print({d.module}.{call})"),), (alias, (phase, f"print({d.theme.short}.{call})"))]
    d.random.shuffle(choices)
    while choices and d.length() < least:
        for phase, code in choices.pop():
            d.line(phase, code)
