"""What `python3 -m lessons` does.

    environment   sets up .venv from requirements.txt, and checks that it works
    learner_copy  makes, updates and resets the learner's copy of the course in work/
    locks         tells a reset which lessons and JupyterLabs are running
    lab           opens JupyterLab at the lesson where the learner left off
    rerun         runs a command again with the Python of an environment
    first_cell_hint  what kernels load: it says what to do when a cell needs the first cell of its notebook
    jupyterlab/   what runs inside JupyterLab: its start, its settings, and extensions. file-sync keeps tab and file the
                  same and shows the file that a step edits, restart-notice says that Python was restarted,
                  safe-typing puts letters where they belong, calm-scroll keeps the next cell in sight, and
                  course-home shows all lessons and what's done
"""
