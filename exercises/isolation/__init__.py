"""Each answer in a process of its own, which can harm nothing else, and whatever it does, the grader goes on.

    processes         starts, asks and ends such a process, and keeps its limits
    fork_server       starts them faster, each in a sandbox of its own: for grading a class
    runner            runs in the answer's process: executes the answer, and what a check asks of it
    fork_server_main  runs in the fork server
    sandbox           runs there, too: makes the sandbox of one answer, and tries to escape from it
    browser_tab       replaces processes in a browser tab
"""
