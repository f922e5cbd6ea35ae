"""Scenarios: recipes for the programs of drills.

    words        themes with names and values
    draft        what a scenario writes into
    kinds        the lists of scenarios
    filling      what makes a program longer
    references   parts: names, aliases and holders that keep an old object
    classes      parts: objects, subclasses and errors of an old class and a new one
    state        parts: what a reload sets again, keeps, repeats or leaves over
    imports      stories: imports that run nothing, and sys.modules
    failures     stories: imports and reloads that fail
    packages     stories: packages, and modules that import from each other
    quick_edits  stories: edits within one second
"""
from exercises.drills.scenarios import classes, failures, imports, packages, quick_edits, references, state  # noqa: F401
from exercises.drills.scenarios.kinds import PARTS, WHOLE, Scenario

__all__ = ["PARTS", "WHOLE", "Scenario"]
