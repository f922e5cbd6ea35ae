"""What runs in the fork server: it waits, and forks a process for each answer. Started together with `runner.py`.

To start a process, the grader sends a name and one end of a channel. To end it, the grader sends only the name, and
gets the exit status. To end means to kill, with all that the process may have started. With a question mark after the
name, the process has ended by itself, or soon will.

In a sandbox (`sandbox.py`) each answer has a first process, which can't be stopped from in there, and takes all others
with it when it ends. It ends when the answer does, when it's killed, and when the fork server is gone.
"""
import json
import os
import select
import signal
import socket

SOON = 1  # seconds in which a process that closed its channel has to end


def serve_forks(descriptor, view, folder):
    """Fork at each request over the socket `descriptor`; an answer reads only what's in the `view` given.

    In a sandbox, each answer has its own folder at the path `folder`. Without a sandbox that's None.
    """
    control = socket.socket(fileno=descriptor)
    children: dict = {}  # name -> number, and the line to the first process in its sandbox
    try:
        start = in_sandbox(view, folder) if folder else plainly(view)
    except OSError as problem:
        control.sendall(f"{in_words(problem)}\n".encode())  # type: ignore[name-defined]  # noqa: F821
        return
    control.sendall(b"ready\n")
    try:
        while serve_request(control, children, start):
            pass
    finally:
        for number, line in children.values():  # the grader is gone, perhaps in the middle of a request
            end(number, line, False)


def serve_request(control, children, start):
    """Carry out one request, and return whether there was any."""
    message, descriptors, _, _ = socket.recv_fds(control, 100, 1)
    if descriptors:
        children[message] = start(control, descriptors[0])
        os.close(descriptors[0])
        control.sendall(b"started\n")
    elif message:
        name = message.rstrip(b"?")
        number, line = children.pop(name)
        control.sendall(b"%d\n" % end(number, line, message != name))
    return bool(message)


def in_sandbox(view, folder):
    """Return a function that starts an answer in a sandbox of its own."""
    proc, root = make_view(folder, **view)  # type: ignore[name-defined]  # noqa: F821 (it's in sandbox.py)

    def start(_, channel):
        line, theirs = socket.socketpair()
        number = os.fork()
        if number == 0:
            run(first_process, channel, theirs.fileno(), proc, root)
        theirs.close()
        os.waitpid(number, 0)  # what it forked is now a child of this process
        first = line.recv(20)
        if first:
            line.sendall(b"go")
        return int(first or 0), line

    return start


def run(function, *arguments):
    """Call a function in a new process, and end."""
    try:
        function(*arguments)
    finally:
        os._exit(1)


def first_process(channel, line, proc, root):
    """Fork the first process in new namespaces, and tell its number."""
    close_all_but(channel, line, proc)
    channel, line = socket.socket(fileno=channel), socket.socket(fileno=line)
    requests = channel.makefile("r", encoding="utf-8", newline="\n")
    settings = json.loads(requests.readline())
    try:
        start_namespaces(proc, root)  # type: ignore[name-defined]  # noqa: F821
        number = os.fork()
    except Exception as problem:
        refuse(channel, problem)
        return
    if number:
        line.sendall(b"%d" % number)
        return
    if not line.recv(2):
        return  # the fork server is gone
    os.setsid()
    try:
        folder = isolate(proc, root, settings)  # type: ignore[name-defined]  # noqa: F821
        number = os.fork()
    except Exception as problem:
        refuse(channel, problem)
        return
    if number == 0:
        run(answer_in_sandbox, channel, line, requests, settings, folder)
    channel.close()
    requests.close()
    os.close(folder)
    ended = descriptor_of(number)  # type: ignore[name-defined]  # noqa: F821
    select.select([ended, line], [], [])
    os.kill(number, signal.SIGKILL)
    line.sendall(b"%d" % os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]))  # only who waits is told what it used


def close_all_but(*kept):
    """Close all descriptors but these and the first three: no other answer's may be in here."""
    before = 2
    for descriptor in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        os.closerange(before + 1, descriptor)
        before = descriptor


def refuse(channel, problem):
    """Tell the grader why there's no sandbox."""
    channel.sendall(f"{in_words(problem)}\n".encode())  # type: ignore[name-defined]  # noqa: F821


def answer_in_sandbox(channel, line, requests, settings, folder):
    """Serve one answer, with no descriptor but its channel."""
    line.close()
    socket.send_fds(channel, [b"folder\n"], [folder])
    os.close(folder)
    try:
        forbid()  # type: ignore[name-defined]  # noqa: F821
    except OSError as problem:
        refuse(channel, problem)
        return
    channel.sendall(b"ready\n")
    serve(requests, channel.makefile("w", encoding="utf-8"), settings)  # type: ignore[name-defined]  # noqa: F821
    os._exit(0)


def plainly(view):
    """Return a function that starts an answer without a sandbox."""
    try:
        rules = rules_for_reading(**view)  # type: ignore[name-defined]  # noqa: F821
        call("prctl", DUMPABLE, 0, 0, 0, 0)  # type: ignore[name-defined]  # noqa: F821 (no process looks into this one)
    except (NameError, OSError):
        rules = []  # another system than Linux

    def start(control, descriptor):
        number = os.fork()
        if number == 0:
            run(answer_plainly, control, descriptor, rules)
        return number, None

    return start


def answer_plainly(control, descriptor, rules):
    """Serve one answer without a sandbox."""
    os.setsid()
    control.close()
    channel = socket.socket(fileno=descriptor)
    requests, replies = (channel.makefile(mode, encoding="utf-8") for mode in ("r", "w"))
    settings = json.loads(requests.readline())
    try:
        keep_apart(settings, rules)  # type: ignore[name-defined]  # noqa: F821
        close_all_but(channel.fileno())
    except NameError:
        pass  # another system than Linux
    replies.write("ready\n")
    replies.flush()
    serve(requests, replies, settings)  # type: ignore[name-defined]  # noqa: F821
    os._exit(0)


def end(number, line, soon):
    """Kill a process and its session or sandbox, and return its exit status: its own, if it had ended before."""
    if line:
        return end_sandbox(number, line, soon)
    for kill, what in ((os.killpg, number), (os.kill, number)):
        try:
            kill(what, signal.SIGKILL)
        except OSError:
            pass  # it has ended, or hasn't made its session yet
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def end_sandbox(number, line, soon):
    """End the first process in a sandbox, and return when none is left in there."""
    if not soon:
        line.shutdown(socket.SHUT_WR)  # so it kills the answer
    select.select([line], [], [], SOON)
    if number:
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
    line.settimeout(0)
    try:
        status = line.recv(20)
    except OSError:
        status = b""
    line.close()
    return int(status or -signal.SIGKILL)
