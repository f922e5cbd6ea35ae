"""Scenarios: recipes for the programs of drills.

    words       themes with names and values
    draft       what a scenario writes into
    kinds       the lists of scenarios
    filling     what makes a program longer
    references  names, aliases and holders that keep an old object
"""
from exercises.drills.scenarios import references  # noqa: F401 (it fills the lists)
from exercises.drills.scenarios.kinds import PARTS, WHOLE, Scenario

__all__ = ["PARTS", "WHOLE", "Scenario"]
