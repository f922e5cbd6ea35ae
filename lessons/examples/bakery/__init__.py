# bakery/__init__.py
from .bread import bake

def greet():
    return 'old greeting'
