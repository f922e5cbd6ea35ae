# bakery/bread.py

def bake():
    return 'old bread'
