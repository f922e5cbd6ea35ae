"""Lets the notebooks here import what the exercises import: the grader finds the same names."""
import builtins
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from exercises.grader.cases import ANYTHING, UNCHANGED, Cases  # noqa: E402
from exercises.practice import check, fresh, hint, solution  # noqa: E402, F401

# The check cells here say their cases when they run. The grader reads them from the notebook, so these go nowhere.
vars(builtins).update(every=Cases().every, case=Cases().case, UNCHANGED=UNCHANGED, ANYTHING=ANYTHING)
