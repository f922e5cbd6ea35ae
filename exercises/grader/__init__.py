"""The one grader: the notebook, the shell and `pytest --nbval` all ask it.

    tasks     reads a task out of its one source, a notebook in `solutions/`, and makes the exercise from that
    runner    runs in the learner's process: an answer, and what an experiment asks of it
    processes start, ask and end the process in which the runner runs, and keep its limits
    trial     is what an experiment is written with: one answer, in such a process
    grading   reaches the verdict, outside that process
"""
