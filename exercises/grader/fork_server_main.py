"""What runs in the fork server: it waits, and forks a process for each answer. Started together with `runner.py`.

To start a process, the grader sends a name and one end of a channel. To end it, the grader sends only the name, and
gets the exit status. To end means to kill, with all that the process may have started.
"""
import os
import signal
import socket


def serve_forks(descriptor, sandboxed):
    """Fork at each request over the socket `descriptor`. `sandboxed`: no other process runs here."""
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
            if sandboxed and not children:
                end_all()


def fork_answer(control, descriptor):
    """Start a process that serves one answer over a socket, and return its number."""
    number = os.fork()
    if number:
        os.close(descriptor)
        return number
    try:
        os.setsid()
        control.close()
        channel = socket.socket(fileno=descriptor)
        requests, replies = (channel.makefile(mode, encoding="utf-8") for mode in ("r", "w"))
        serve(requests, replies)  # type: ignore[name-defined]  # noqa: F821 (it's in runner.py)
    finally:
        os._exit(0)


def end(number):
    """Kill a process and its session, and return its exit status: its own, if it had ended before."""
    for kill, what in ((os.killpg, number), (os.kill, number)):
        try:
            kill(what, signal.SIGKILL)
        except OSError:
            pass  # it has ended, or hasn't made its session yet
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def end_all():
    """Kill all other processes in this PID namespace, and wait for them."""
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.waitpid(-1, 0)
    except OSError:
        pass  # none is left
