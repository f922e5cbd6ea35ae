"""Tools for authors; everything they make is committed.

    build        `python3 -m solutions`: records the solutions, makes the exercises, indexes and the README's picture
    record       runs a notebook and stores what it prints
    indexes      the index of facts, the teacher's tables, the README's picture
    browser      starts a real JupyterLab and works in it as a learner does
    screenshots  takes the README's screenshots
"""
