# menu.py

SOUP = 'old soup'
PRICE = 'old price'

def order():
    return SOUP + ', ' + PRICE
