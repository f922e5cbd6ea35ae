"""Tools for authors; everything they make is committed.

    build        `python3 -m solutions`: records the solutions, and makes everything that follows from the notebooks
    missing      says what a notebook lacks, and fills in nbgrader's metadata
    changed      knows what changed since the last build
    record       runs a notebook and stores what it prints
    frames       writes each lesson's minutes, and the links between the notebooks
    indexes      questions, facts, terms, the teacher's tables, the README's picture
    mutants      tries every check on answers with one small fault each
    mutations    makes these mutants
    browser      starts a real JupyterLab and works in it as a learner does
    screenshots  takes the README's screenshots
"""
