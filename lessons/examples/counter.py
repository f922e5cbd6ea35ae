# counter.py

count = 0

class Till:
    sum = 0

till = Till()

def hit():
    global count
    count += 1
    return count
