"""Lets the notebooks here import what the exercises import: the grader finds the same names."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from exercises.practice import check, fresh, hint, solution  # noqa: E402, F401
