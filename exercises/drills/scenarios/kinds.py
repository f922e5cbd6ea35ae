"""The kinds of scenarios: parts, which share one edit and one reload, and whole programs."""
from collections.abc import Callable
from dataclasses import dataclass

from exercises.drills.scenarios.draft import Draft


@dataclass(frozen=True)
class Scenario:
    """A recipe for a part of a program, or for a whole one. `facts` are those that it may ask."""
    name: str
    facts: tuple[str, ...]
    write: Callable[[Draft], None]
    first: int = 1  # the levels for which it's meant
    last: int = 10


PARTS: list[Scenario] = []
WHOLE: list[Scenario] = []


def _into(scenarios: list[Scenario], facts: str, first: int, last: int) -> Callable[..., Callable[[Draft], None]]:
    def add(write: Callable[[Draft], None]) -> Callable[[Draft], None]:
        scenarios.append(Scenario(write.__name__, tuple(facts.split()), write, first, last))
        return write
    return add


def part(facts: str, first: int = 1, last: int = 10) -> Callable[..., Callable[[Draft], None]]:
    """Make a function a scenario that can share a program with others: they have the same edit and reload."""
    return _into(PARTS, facts, first, last)


def whole(facts: str, first: int = 1, last: int = 10) -> Callable[..., Callable[[Draft], None]]:
    """Make a function a scenario that has its program for itself."""
    return _into(WHOLE, facts, first, last)
