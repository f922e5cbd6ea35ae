# bakery/bread.py
from .flour import KIND

def bake():
    return 'old bread of ' + KIND
