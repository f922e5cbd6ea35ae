# rates.py

rate = 10
old_rate = 10
# end of the rates

def bill(price):
    return price * rate
