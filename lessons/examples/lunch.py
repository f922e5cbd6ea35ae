# lunch.py
import restaurant

restaurant.runs += 1
SOUP = 'old soup'
PRICE = restaurant.fetch('old price')

def order():
    return SOUP + ', ' + PRICE
