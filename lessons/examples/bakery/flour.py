# bakery/flour.py
from fractions import Fraction

KIND = 'rye'
CUPS = Fraction(3, 2)
