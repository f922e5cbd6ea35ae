# stock.py
from dataclasses import dataclass
from enum import Enum, IntEnum

class SoldOut(Exception):
    pass

class Size(Enum):
    SMALL = 1

class Grade(IntEnum):
    BEST = 1

@dataclass
class Item:
    name: str
    price: int
    def describe(self):
        return self.name + ': ' + str(self.price)

def buy():
    raise SoldOut('no tea left')

MISSING = object()
def label(price=MISSING):
    return 'no price' if price is MISSING else 'has a price'
