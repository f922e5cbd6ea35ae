# A small HTTP service: answers.py is the code that changes, server.py answers requests with it,
# processes.py runs it in a process of its own, and clients.py asks it without pause.
