"""What `python3 -m lessons` does.

    environment   sets up .venv from requirements.txt, and checks that it works
    learner_copy  makes, updates and resets the learner's copy of the course in work/
    locks         tells a reset which lessons and JupyterLabs are running
    lab           opens JupyterLab at the lesson where the learner left off
    rerun         runs a command again with the Python of an environment
    jupyterlab/   what runs inside JupyterLab: its start, its settings, an extension that keeps tab and file the same
"""
