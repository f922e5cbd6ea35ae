"""The one grader: the notebook, the shell and `pytest --nbval` all ask it.

    tasks         reads the tasks from their source, the notebooks in `solutions/`, and makes the exercises
    markers       reads the markers around what an exercise must not contain, and refuses a misspelt one
    grading       reaches the verdict on an answer, outside the answer's process
    cases         tries the cases of a check, each with a rule of the task's text
    evidence      shows what a case found beside what it expected
    session       what a check uses: one answer in its own process, and requests to it
    questions     puts these so that the answer's own names can't change what they mean
    nbval_plugin  shows each task as a test under `pytest --nbval`
"""
