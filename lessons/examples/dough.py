# dough.py
from flour import KIND

def knead():
    return 'dough of ' + KIND
