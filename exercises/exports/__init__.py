"""The exercises for other grading systems: `python3 -m exercises export SYSTEM ...`.

    gradescope  writes an archive with which Gradescope grades
    autograder  is what runs there: it grades one submission
"""
