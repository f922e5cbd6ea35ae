"""A learner's progress.

    memory     a hidden file beside the notebooks, which no process loses and no damage stops
    store      remembers each task's state, tries, hints and pass in one
    board      shows it as text
    boxes      shows it, and verdicts, hints and solutions, in a notebook
    predictions  reads what learners predicted in the lessons, and says which facts surprised them
    notebooks  finds the learner's notebooks, grades what changed, and resets them
    submit     commits and pushes the learner's notebooks, or writes them into a zip file
"""
