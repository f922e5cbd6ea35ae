"""What `python3 -m lessons` does.

    environment   sets up .venv from requirements.txt
    learner_copy  makes and updates the learner's copy of the course in work/
    lab           opens JupyterLab at the lesson where the learner left off
    rerun         runs a command again with the Python of an environment
    jupyterlab/   what runs inside JupyterLab: its start, its settings, an extension that keeps tab and file the same
"""
