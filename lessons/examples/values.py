# values.py
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum, IntEnum

@dataclass
class Point:
    x: int
    y: int

Pair = namedtuple('Pair', 'x y')
Color = Enum('Color', 'RED')
Level = IntEnum('Level', 'LOW')
MISSING = object()

class Gone(Exception):
    pass

def fetch():
    raise Gone('nothing is there')
