"""The kit's own tests: `python3 -m tests`, or `pytest --nbval` in an environment of your own.

    lessons       what lessons show, and what they import
    exercises     the tasks, the grader, the commands; in `checks` what tries the tasks' checks with many answers
    submissions   grading a class
    launcher      the environment, the learner's copy, JupyterLab
    project       the structure, the documents, and the tests' own plug-in
    browsers      JupyterLab, the browser edition and the pages, each in a real browser
    benchmark     how long the kit takes, compared with other tools
    beginner      the ways in which a beginner types a prediction
    notebooks     what the tests need to know about notebooks
    nbval_plugin  makes `pytest --nbval` dependable
"""
import lessons  # noqa: F401 (says so if this Python is too old)
