"""Grading a class: `python3 -m exercises grade FOLDER`.

    command   what the command does, step by step
    collect   finds the submissions in the folders and archives that learning platforms give
    pile/     whose file it is, and what's in the archives
    grade     grades one submission, with the one grader
    workers   grades many at once, keeps each result as soon as it is there, and continues after a killed run
    worker    is what runs in each of them: it ends when the grader does
    janitor   outlives the grader, however that ends, and removes what's left behind
    cluster   does the same on a Dask cluster
    reports   writes grades.csv, results.json, grades.xml, and files in Gradescope's format
    pages/    makes a page of feedback for each learner, and one for the teacher, from its templates
"""
