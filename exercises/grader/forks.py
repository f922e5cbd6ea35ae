"""What runs in a warm process: it waits, and forks a process for each answer. Started together with `runner.py`.

The grader sends a name and the end of a channel for a new process, or the name alone to end one; it is told the exit
status. Ended means: killed, with all that it may have started.
"""
import os
import signal
import socket


def serve_forks(descriptor, alone):
    """Fork at each request that comes over the socket `descriptor`. `alone`: nobody else lives in this namespace."""
    control, children = socket.socket(fileno=descriptor), {}
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 100, 1)
        if not message:
            return
        if descriptors:
            children[message] = fork_answer(control, descriptors[0])
            control.sendall(b"started\n")
        else:
            control.sendall(b"%d\n" % end(children.pop(message)))
            if alone and not children:
                end_all()


def fork_answer(control, descriptor):
    """Start a process that serves one answer over a socket; gives its number."""
    number = os.fork()
    if number:
        os.close(descriptor)
        return number
    try:
        os.setsid()
        control.close()
        channel = socket.socket(fileno=descriptor)
        serve(channel.makefile("r", encoding="utf-8"), channel.makefile("w", encoding="utf-8"))  # noqa: F821 (runner.py)
    finally:
        os._exit(0)


def end(number):
    """Kill a process and its session, and give the status with which it ended: its own, if it was first."""
    for kill, what in ((os.killpg, number), (os.kill, number)):
        try:
            kill(what, signal.SIGKILL)
        except OSError:
            pass  # it has ended, or has not made its session yet
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def end_all():
    """Kill whatever is left in this namespace of processes, and forget it."""
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.waitpid(-1, 0)
    except OSError:
        pass  # nobody is left
