"""Grading a class: `python3 -m exercises grade FOLDER`.

    handins   finds out who handed in what, in the folders and archives that learning platforms give
    marking   grades one hand-in, by the one grader, and says how far its result can be used again
    run       grades many at once, keeps each result as it comes, and goes on where a run was killed
    cluster   has a Dask cluster do the marking
    reports   writes grades.csv, results.json, grades.xml, and Gradescope's form
    pages     writes a page of feedback for each learner, and one for the teacher
"""
