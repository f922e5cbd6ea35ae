"""The one grader: the notebook, the shell and `pytest --nbval` all ask it.

    tasks             reads the tasks from their source, the notebooks in `solutions/`, and makes the exercises
    markers           reads the markers around what an exercise must not contain, and refuses a misspelt one
    grading           reaches the verdict on an answer, outside the answer's process
    session           what a check uses: one answer in its own process, and requests to it
    questions         puts these so that the answer's own names can't change what they mean
    processes         starts, asks and ends such a process, and keeps its limits
    fork_server       starts them faster, each in a sandbox of its own: for grading a class
    runner            runs in the answer's process: executes the answer, and what a check asks of it
    fork_server_main  runs in the fork server
    sandbox           runs there, too: makes the sandbox of one answer, and tries to escape from it
    browser_tab       replaces processes in a browser tab
    nbval_plugin      shows each task as a test under `pytest --nbval`
"""
