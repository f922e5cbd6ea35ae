# stage.py

MOOD = 'old mood'

class Robot:
    def greet(self):
        return 'old greeting'

def chant():
    while True:
        yield 'old line, ' + MOOD

def shout(function):
    def loud():
        return 'old shout: ' + function()
    return loud
