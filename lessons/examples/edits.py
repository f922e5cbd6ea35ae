# edits.py
import atexit
from pathlib import Path

file = Path('soup.py')
atexit.register(file.write_text, file.read_text())  # at the end of the program

def change(old, new):
    file.write_text(file.read_text().replace(old, new))
