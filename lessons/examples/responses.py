# responses.py

VERSION = '1'
DISCOUNT = 10

def greeting():
    return 'greeting ' + VERSION

def price():
    return 'price ' + VERSION
