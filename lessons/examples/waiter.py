# waiter.py
from spam import grok

def serve():
    grok()

def serve_fresh():
    from spam import grok
    grok()
