# checkout.py

def price(amount):
    return amount * 10

def total():
    return price(2)
