"""Tools for authors; everything they make is committed.

    build        `python3 -m solutions`: records the solutions, and makes everything that follows from the notebooks
    record       runs a notebook and stores what it prints
    frames       writes each lesson's minutes, and the links between the notebooks
    indexes      questions, facts, terms, the teacher's tables, the README's picture
    browser      starts a real JupyterLab and works in it as a learner does
    screenshots  takes the README's screenshots
"""
