"""A learner's progress.

    store      remembers what was passed, tried and shown, in a hidden file beside the notebooks
    board      shows it as text
    notebooks  finds the learner's notebooks, and resets them
"""
