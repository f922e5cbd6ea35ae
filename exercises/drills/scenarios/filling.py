"""What makes a drill longer, and different from others, without another question."""
from exercises.drills.scenarios.draft import Draft


def fill(d: Draft) -> None:
    """Add to the main module what its theme also has, and nothing changes: functions, constants, a list, a class."""
    most = 1 if d.level == 1 else 2
    for _ in range(d.random.randint(0, most)):
        kind = d.random.choice(_KINDS)
        source = kind(d)
        if source:
            blocks = d.blocks[d.module]
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
    form = d.random.choice(("return {}", "result = {}\n    return result", "return [{}]", "print({})"))
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
    """Add lines that don't ask anything, until the program has at least so many: they may matter, or not."""
