"""What runs in the process of an answer: it executes the code that the grader sends, and tells what came of it.

No expected value ever comes here. Started by `trial.py` as text, with no path of the kit in sight: what an answer may
do is bounded by the system's limits and by an audit hook.

What remains possible: the hook lives in the answer's own process. It stops mistakes and the usual tricks, not whoever
takes this file apart: code that reaches the runner's functions through its frames, replaces the insides of Python's own
functions such as `os.path.realpath`, or makes a built-in module anew, can undo it. On such code only the sandbox holds,
in which a class is graded where bubblewrap is there; without one it might read the kit, or end the grader. Any code can
ask whether a file exists, of which no audit event tells, and fill the disk, 16 MB a file, until its folder is removed.
No code can learn an expected value: to forge what an experiment asks, an answer has to do what the task asks.
"""
import builtins
import importlib
import io
import json
import os
import pathlib
import sys
import types

__builtins__ = dict(vars(builtins))  # what follows keeps these, also when an answer changes Python's own
name_of = type.__dict__["__name__"].__get__  # a class may say otherwise

ANSWER = "<your answer>"  # the file name that its code goes by
PLAIN = (str, int, float, bool, type(None))  # types whose values travel as they are; others are told by their name
PROCESSES = ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn",
             "os.startfile", "os.startfile/2", "pty.spawn", "_winapi.CreateProcess")
NETWORK = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
           "socket.gethostbyname", "urllib.Request")
CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown",
           "os.truncate", "os.utime", "os.setxattr", "os.removexattr", "shutil.rmtree", "shutil.move",
           "shutil.copyfile", "shutil.copytree")
TAKES_AWAY = ("os.rmdir", "os.rename", "os.chmod", "shutil.rmtree", "shutil.move")
NEVER = {"os.kill": "ending processes", "os.killpg": "ending processes", "signal.pthread_kill": "ending processes",
         "ctypes.dlopen": "calling C code", "ctypes.dlsym": "calling C code", "resource.setrlimit": "changing limits",
         "resource.prlimit": "changing limits", "fcntl.fcntl": "controlling open files",
         "fcntl.ioctl": "controlling open files",
         "gc.get_objects": "searching the memory", "gc.get_referrers": "searching the memory",
         "gc.get_referents": "searching the memory", "sys._current_frames": "searching the memory",
         "sqlite3.connect": "opening a database", "sqlite3.connect/handle": "opening a database"}
IMPORTS = {"_posixsubprocess": "starting another process", "_sqlite3": "opening a database",
           "_dbm": "opening a database", "_gdbm": "opening a database", "readline": "using the terminal"}  # C code that works on files unseen
UNSEEN = {("posix", "mkfifo"): "making a pipe", ("posix", "mknod"): "making a device",
          ("_signal", "pidfd_send_signal"): "ending processes",
          ("_posixsubprocess", "fork_exec"): "starting another process",
          ("_posixsubprocess", "cloexec_pipe"): "starting another process"}  # of these no audit event tells
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(PermissionError):
    """Something that no task asks for."""


class Printed(io.TextIOBase):
    """Standard output that keeps what was printed, up to a limit."""

    def __init__(self, limit):
        self.parts, self.room, self.cut = [], limit, False

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.cut = self.cut or len(text) > self.room
        self.parts.append(str.__str__(text)[:self.room])
        self.room = max(0, self.room - len(text))
        return len(text)


def main():
    """Serve one answer over standard input and output."""
    serve(*private_channel())


def serve(requests, replies):
    """Serve one answer over a channel of text: the first line is the settings, each other one a request."""
    settings = json.loads(requests.readline())
    folder = settings["folder"]
    os.chdir(folder)
    limit_resources(settings)
    library = [os.path.realpath(entry) for entry in sys.path if entry]
    sys.path.insert(0, folder)
    take_away_the_unseen()
    namespace, opened_for_writing = answer_namespace(folder), []
    sys.addaudithook(guard(os.path.realpath(folder), library, opened_for_writing))
    answer_requests(requests, replies, namespace, settings, opened_for_writing)


def private_channel():
    """Take the pipes to the grader away from standard input and output, which then lead nowhere."""
    requests, replies = os.fdopen(os.dup(0), "r", encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return requests, replies


def limit_resources(settings):
    """Let the system keep the limits: bytes of memory and of a file, seconds of CPU."""
    try:
        import resource
    except ImportError:
        return  # Windows: the grader's own deadline is what remains
    for name, value in (("RLIMIT_AS", settings["memory"]), ("RLIMIT_FSIZE", settings["file"]), ("RLIMIT_CORE", 0),
                        ("RLIMIT_CPU", settings["cpu"]), ("RLIMIT_NOFILE", 64)):
        hard = value + (name == "RLIMIT_CPU")  # a second later, so that the signal tells the reason
        try:
            resource.setrlimit(getattr(resource, name), (value, hard))
        except (AttributeError, ValueError, OSError):
            pass  # macOS knows no limit on memory


def answer_namespace(folder):
    """The namespace in which answers run, with the names that the notebook's first cell gives."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    nothing = types.FunctionType((lambda *_, **__: None).__code__, {})
    path_of_spam = pathlib.Path(folder, "spam.py")
    vars(module).update(check=nothing, hint=nothing, solution=nothing, fresh=lambda name="spam": path_of_spam)
    return vars(module)


def take_away_the_unseen():
    """Put a refusal in the place of what no audit event tells of; subprocess can be imported still."""
    def refusing(what):
        def refuse(*_, **__):
            raise Refused(what)
        return refuse

    sys.modules["_posixsubprocess"] = types.ModuleType("_posixsubprocess")
    for (name, function), what in UNSEEN.items():
        for module in (name, {"posix": "os", "_signal": "signal"}.get(name)):
            if module in sys.modules:
                setattr(sys.modules[module], function, refusing(what))


def guard(folder, library, opened_for_writing):
    """An audit hook that keeps code to its folder: it reads Python's library besides, and starts and sends nothing."""
    real, where, decode, absolute, is_folder = os.path.realpath, os.fspath, os.fsdecode, os.path.isabs, os.path.isdir
    null, separator = real(os.devnull), os.sep

    def within(path, roots):
        if type(path) is int:
            return True  # an open file
        path = decode(where(path))
        if ".." in path.split(separator) and not absolute(path):
            return False  # it may be meant from another folder than the current one
        path = real(path)
        return path == null or any(path == root or path.startswith(root + separator) for root in roots)

    def hook(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            writes = bool(set(mode or "") & set("wax+") or (flags or 0) & WRITING)
            roots = [folder] if writes or path is not None and is_folder(path) else [folder, *library]
            if path is not None and not (type(path) in (str, bytes, int) and within(path, roots)):
                raise Refused(f"{'writing' if writes else 'reading'} outside its own folder")
            if writes and type(path) in (str, bytes):
                opened_for_writing.append(os.path.basename(decode(path)))
        elif event in PROCESSES:
            raise Refused("starting another process")
        elif event == "import":
            name, file = arguments[:2]  # only a module in C tells its file
            if name in IMPORTS or file and not within(file, library):
                raise Refused(IMPORTS.get(name, "calling C code"))
        elif event in NETWORK:
            raise Refused("using the network")
        elif event in NEVER:
            raise Refused(NEVER[event])
        elif event in ("os.listdir", "os.scandir") and not within(arguments[0] or ".", [folder, *library]):
            raise Refused("looking outside its own folder")
        elif event in CHANGES:
            paths = [argument for argument in arguments if isinstance(argument, (str, bytes, os.PathLike))]
            if not all(within(path, [folder]) for path in paths):
                raise Refused("changing something outside its own folder")
            if any(len(real(decode(where(path)))) > len(folder) + 500 for path in paths):
                raise Refused("making folders without end")
            if event in TAKES_AWAY and any(real(decode(where(path))) == folder for path in paths):
                raise Refused("taking its own folder away")

    return hook


def answer_requests(requests, replies, namespace, settings, opened_for_writing):
    """Carry out request after request until there are no more. Local names, so that no answer can replace them."""
    loads, dumps = json.loads, json.dumps
    for line in iter(requests.readline, ""):
        request = loads(line)
        reply = perform(request["do"], request["code"], namespace, settings, opened_for_writing)
        replies.write(dumps({**reply, "token": request["token"]}) + "\n")
        replies.flush()


def perform(action, code, namespace, settings, opened_for_writing):
    """The outcome of one request: what was printed, the value of an expression, the error that ended it."""
    printed, reply = Printed(settings["output"]), {}
    sys.stdout, sys.stderr = printed, Printed(settings["output"])
    try:
        if action in ("answer", "run"):
            exec(compile(code, ANSWER if action == "answer" else "<the check>", "exec"), namespace)
        elif action == "value":
            reply["value"] = short(plain(eval(code, namespace)))
        elif action == "forget":
            forget_modules(settings["folder"])
        elif action == "written":
            reply["value"] = short(plain(list(opened_for_writing)))
            opened_for_writing.clear()
    except BaseException as error:  # whatever an answer raises is told, SystemExit and KeyboardInterrupt included
        reply["error"] = about(error)
    sys.settrace(None)
    os.chdir(settings["folder"])  # an answer may go elsewhere; the experiment stays
    return {**reply, "printed": "".join(printed.parts), "cut": printed.cut}


def plain(value, depth=4):
    """A value in a form that can travel: [name of its exact type, what it holds]."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset) and depth:
        parts = [plain(part, depth - 1) for part in list(value)[:200]]
        return [name_of(kind), sorted(parts, key=repr) if kind in (set, frozenset) else parts]
    if kind is dict and depth:
        return ["dict", [[plain(key, depth - 1), plain(part, depth - 1)] for key, part in list(value.items())[:200]]]
    if kind is bytes:
        return ["bytes", value[:10_000].decode("latin-1")]
    if kind is int and value.bit_length() > 4000:
        return ["other", "int of more than 1000 digits"]
    if kind in PLAIN:
        return [name_of(kind), value[:10_000] if kind is str else value]
    return ["other", name_of(kind)]


def short(told, limit=2**20):
    """What `plain` told, or that it is too long."""
    return told if len(json.dumps(told)) < limit else ["other", f"{told[0]} that is too long to be told"]


def about(error):
    """The type of an error, the one of Python's that it is derived from, its text, its line in the answer, and whether the
    guard raised it."""
    lines, text, kind = [], "", name_of(type(error))
    try:
        kind = next(name_of(kind) for kind in type(error).mro() if kind.__module__ == "builtins")
        step = error.__traceback__
        while step:
            lines += [step.tb_lineno] * (step.tb_frame.f_code.co_filename == ANSWER)
            step = step.tb_next
        text = str.__str__(error.msg if isinstance(error, SyntaxError) else str(error))
        if isinstance(error, SyntaxError) and error.filename == ANSWER:
            lines = [int(error.lineno)]
    except BaseException:
        pass  # an error of the answer's own making, which cannot even be told
    return {"type": name_of(type(error)), "kind": kind, "text": text[:300], "line": lines[-1] if lines else None,
            "refused": isinstance(error, Refused)}


def forget_modules(folder):
    """Unload the modules that came from the answer's own folder."""
    for name, module in list(sys.modules.items()):
        origin = getattr(module, "__file__", None)
        if name != "__main__" and isinstance(origin, str) and origin.startswith(folder + os.sep):
            del sys.modules[name]
    importlib.invalidate_caches()
