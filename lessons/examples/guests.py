# guests.py

LIMIT = 2
names = []

class Guest:
    def greet(self):
        return 'old greeting'

def arrive(name):
    names.append(name)
    return 'old: ' + name

def leave(name):
    names.remove(name)
