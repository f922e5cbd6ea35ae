# prefork.py: a main process that forks its workers, as gunicorn does
import multiprocessing
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # lesson 13 shows why

def version():
    import app
    return app.VERSION

def new_worker():
    with multiprocessing.get_context('fork').Pool(1) as workers:
        return workers.apply(version)

with tempfile.TemporaryDirectory() as folder:
    sys.path.insert(0, folder)
    for preload in [False, True]:
        Path(folder, 'app.py').write_text("VERSION = 'version 1'")
        if preload:
            import app
        before = new_worker()
        Path(folder, 'app.py').write_text("VERSION = 'version 2'")
        print(f'preload {preload}: {before}, then {new_worker()}')
