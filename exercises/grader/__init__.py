"""The one grader: the notebook, the shell and `pytest --nbval` all ask it.

    tasks     reads a task out of its one source, a notebook in `solutions/`, and makes the exercise from that
    runner    runs in the learner's process: an answer, and what an experiment asks of it
    trial     starts such a process, keeps its limits, and asks it
    grading   reaches the verdict, outside that process
"""
