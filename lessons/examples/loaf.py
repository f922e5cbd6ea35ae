# loaf.py
from dough import knead

def bake():
    return 'loaf from ' + knead()
