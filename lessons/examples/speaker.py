# speaker.py

class Speaker:
    pass
