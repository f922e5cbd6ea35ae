# registry.py

in_order = []
by_name = {}

def command(function):
    in_order.append(function)
    by_name[function.__name__] = function
    return function
