# restaurant.py: never reloaded
import threading

closing = threading.Event()
cooks = []
log = []

lock = threading.Lock()
runs = 0
fetching = threading.Event()
go_on = threading.Event()
go_on.set()

def hold():
    fetching.clear()
    go_on.clear()

def fetch(price):
    fetching.set()
    go_on.wait()
    return price
