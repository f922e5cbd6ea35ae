"""The exercises: notebooks made from `solutions/`, and the code that checks and grades them.

    practice     what an exercise notebook imports: check, hint, solution, progress, drill, answer
    grader       the one grader, which the notebook, the shell and `pytest --nbval` all ask
    isolation    runs each answer in a process of its own, in a sandbox when a class is graded
    drills       small programs about reload, made from a seed, with questions
    training     which drill comes next, how it's shown and answered, and which facts are mastered
    progress     what a learner has passed, tried and been shown; the board; resets
    submissions  `python3 -m exercises grade`: grades a class
    exam         `python3 -m exercises exam`: a variant for each learner, and `grade --exam` of what they hand in
    exports      `python3 -m exercises export`: what other grading systems need, so that this grader decides there
"""
import lessons  # noqa: F401 (says so if this Python is too old)
