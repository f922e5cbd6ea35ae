# club.py
import enum

try:
    members
except NameError:
    members = []

class Level(enum.Enum):
    GOLD = 1

class Member:
    def __init__(self):
        super(Member, self).__init__()
    def greet(self):
        return 'old greeting'

def rules():
    return 'old rules'
