"""Grading a class: `python3 -m exercises grade FOLDER`.

    command   what the command does, step by step
    collect   finds out who submitted what, in the folders and archives that learning platforms give
    grade     grades one submission, with the one grader
    workers   grades many at once, keeps each result as it comes, and goes on where a run was killed
    cluster   lets a Dask cluster do that
    reports   writes grades.csv, results.json, grades.xml, and Gradescope's form
    pages     writes a page of feedback for each learner, and one for the teacher
"""
