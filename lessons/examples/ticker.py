# ticker.py
import threading, time

running = True
beats = []

def beat():
    while running:
        beats.append('old')
        time.sleep(0.01)

thread = threading.Thread(target=beat, daemon=True)
thread.start()
