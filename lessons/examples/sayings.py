# sayings.py
import functools

def loud(function):
    def wrapper():
        return function().upper()
    return wrapper

@loud
def motto():
    return 'old motto'

@functools.cache
def fee():
    return 'old fee'
