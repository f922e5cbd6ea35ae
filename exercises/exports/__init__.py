"""The exercises for other grading systems: `python3 -m exercises export SYSTEM ...`.

    nbgrader           writes a course folder for nbgrader
    nbgrader_pipeline  what nbgrader calls in it, so that the kit's own grader decides
    find_practice      goes with its notebooks, and finds the course on the learner's machine
    gradescope         writes an archive with which Gradescope grades
    autograder         is what runs there: it grades one submission
    github             grades what's submitted in a repository at GitHub, and shows it in the job summary
    chosen             grades only the lessons that were set, for the last two
"""
