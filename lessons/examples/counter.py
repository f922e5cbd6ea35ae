# counter.py

count = 0

class Wallet:
    money = 0

wallet = Wallet()

def hit():
    global count
    count += 1
    return count
