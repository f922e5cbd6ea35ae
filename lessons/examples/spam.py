# spam.py

def bar():
    print('bar')

def grok():
    print('grok')
