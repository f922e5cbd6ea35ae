"""What runs in the process of an answer: it executes the code that the grader sends, and sends back the result.

No expected value ever gets here: to forge what a check asks, an answer has to do what the task asks. `processes.py` and
`fork_server.py` start this file as source, without the kit on its path.

The guard in here is for honest mistakes. It stops an answer that writes, moves or deletes something outside its own
folder, starts a process or uses the network, before that does harm, and the learner reads why. It isn't a boundary:
it runs in the answer's own process, so code that wants to get round it can. The boundary is the sandbox that each
answer has when `fork_server.py` grades a class. A check in a notebook runs without it, because there learners run
only their own code.
"""
import importlib.util  # a notebook has loaded it, so answers may use it without an import
import io
import json
import os
import pathlib
import sys
import types

name_of = type.__dict__["__name__"].__get__  # a class may override its name

ANSWER = "<your answer>"  # the file name that its code goes by
PLAIN = (str, int, float, bool, type(None))  # types whose values are sent unchanged; of others only the name is sent
REFUSED = {  # audit event -> what the learner reads
    **dict.fromkeys(("os.kill", "os.killpg"), "ending processes"),
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn",
                     "os.startfile", "os.startfile/2", "pty.spawn", "_winapi.CreateProcess"),
                    "starting another process"),
    **dict.fromkeys(("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                     "socket.gethostbyname", "urllib.Request"), "using the network")}
CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown",
           "os.truncate", "os.utime", "shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.copytree")
REMOVES = ("os.rmdir", "os.rename", "os.chmod", "shutil.rmtree", "shutil.move")
LOSES = {"os.remove": " (deleted)", "os.rename": " (moved)", "os.truncate": ""}  # event -> its sign in `written`
REPLACED = " (replaced)"  # the sign in `written` of what another file was moved to, right after the one that's moved
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(PermissionError):
    """The guard stopped something that no task asks for; the text says what."""


class Printed(io.TextIOBase):
    """Standard output that keeps what's printed, up to a limit."""

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
    requests, replies = private_channel()
    serve(requests, replies, json.loads(requests.readline()))


def serve(requests, replies, settings):
    """Serve one answer over a channel of text, in which each line is a request."""
    folder = settings["folder"]
    os.chdir(folder)
    limit_resources(settings)
    library = [os.path.realpath(entry) for entry in sys.path if entry]
    sys.path.insert(0, folder)
    namespace = answer_namespace(folder)
    opened_for_writing: list[str] = []
    sys.addaudithook(guard(os.path.realpath(folder), library, opened_for_writing))
    answer_requests(requests, replies, namespace, settings, opened_for_writing)


def private_channel():
    """Return the pipes to the grader, and connect standard input and output to nothing instead."""
    requests, replies = os.fdopen(os.dup(0), "r", encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return requests, replies


def limit_resources(settings):
    """Set the system's limits: bytes of memory and of a file, seconds of CPU."""
    try:
        import resource
    except ImportError:
        return  # Windows: only the grader's own deadline is left
    for name, value in (("RLIMIT_AS", settings["memory"]), ("RLIMIT_FSIZE", settings["file"]), ("RLIMIT_CORE", 0),
                        ("RLIMIT_CPU", settings["cpu"]), ("RLIMIT_NOFILE", 64)):
        hard = value + (name == "RLIMIT_CPU")  # a second later, so that the signal shows the reason
        try:
            resource.setrlimit(getattr(resource, name), (value, hard))
        except (AttributeError, ValueError, OSError):
            pass  # macOS has no limit on memory


def answer_namespace(folder):
    """Return the namespace in which answers run, with the names that the notebook's first cell imports."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    nothing = types.FunctionType((lambda *_, **__: None).__code__, {})
    path_of_spam = pathlib.Path(folder, "spam.py")
    vars(module).update(check=nothing, hint=nothing, solution=nothing, fresh=lambda name="spam": path_of_spam)
    return vars(module)


def guard(folder, library, opened_for_writing):
    """Return an audit hook that keeps an answer's mistakes in its `folder`, and notes what it opens for writing,
    deletes, moves or replaces.

    Besides its folder an answer reads Python's `library`, a list of folders.
    """
    allowed_everywhere = os.path.realpath(os.devnull)

    def within(path, roots):
        path = os.path.realpath(path)
        return path == allowed_everywhere or any(path == root or path.startswith(root + os.sep) for root in roots)

    def name_of(path):
        return os.path.realpath(path).removeprefix(folder + os.sep).replace(os.sep, "/")

    def hook(event, arguments):
        if event in REFUSED:
            raise Refused(REFUSED[event])
        if event == "open" and not isinstance(arguments[0], (int, type(None))):  # a number is an open file
            path, (_, mode, flags) = os.fsdecode(arguments[0]), arguments
            writes = bool(set(mode or "") & set("wax+") or (flags or 0) & WRITING)
            if not within(path, [folder] if writes else [folder, *library]):
                raise Refused(f"{'writing' if writes else 'reading'} outside its own folder")
            if writes and not os.path.isdir(path):  # which `tempfile` opens in words only
                opened_for_writing.append(name_of(path))
        elif event in CHANGES:
            paths = [os.fsdecode(path) for path in arguments if isinstance(path, (str, bytes, os.PathLike))]
            if event == "os.symlink":
                paths = paths[1:]  # where a link leads may be any text, even a path relative to the link
            if not all(within(path, [folder]) for path in paths):
                raise Refused("changing something outside its own folder")
            if any(len(os.path.realpath(path)) > len(folder) + 500 for path in paths):
                raise Refused("making folders without end")
            if event in REMOVES and any(os.path.realpath(path) == folder for path in paths):
                raise Refused("removing its own folder")
            if event in LOSES and paths:
                opened_for_writing.append(name_of(paths[0]) + LOSES[event])
                if event == "os.rename" and len(paths) > 1:
                    opened_for_writing.append(name_of(paths[1]) + REPLACED)

    return hook


def answer_requests(requests, replies, namespace, settings, opened_for_writing):
    """Carry out requests until there are no more. An answer that replaces json's functions changes nothing here."""
    loads, dumps = json.loads, json.dumps
    for line in iter(requests.readline, ""):
        request = loads(line)
        reply = perform(request["do"], request["code"], namespace, settings, opened_for_writing)
        replies.write(dumps({**reply, "token": request["token"]}) + "\n")
        replies.flush()


def perform(action, code, namespace, settings, opened_for_writing):
    """Return the result of one request: what it printed, the value of an expression, the error that ended it."""
    printed, reply = Printed(settings["output"]), {}
    sys.stdout, sys.stderr = printed, Printed(settings["output"])
    try:
        if action == "answer":
            exec(compile(code, ANSWER, "exec"), namespace)
        elif action == "run":
            exec(compile(code, "<the check>", "exec"), settings.get("names", namespace))
        elif action == "value":
            reply["value"] = short(plain(eval(code, settings.get("names", namespace))))
        elif action == "case":  # from now on, what a check defines or imports is nothing that an answer could use
            settings["names"] = dict(namespace)
        elif action == "forget":
            forget_modules(settings["folder"])
        elif action == "written":
            reply["value"] = short(plain(list(opened_for_writing)))
            opened_for_writing.clear()
    except BaseException as error:  # an answer may raise SystemExit and KeyboardInterrupt, too
        reply["error"] = about(error)
    sys.settrace(None)
    try:
        os.chdir(settings["folder"])  # the answer may have changed it
    except OSError:
        reply["error"] = about(Refused("making its own folder unusable"))
    return {**reply, "printed": "".join(printed.parts), "cut": printed.cut}


def plain(value, depth=4):
    """Return a value in a form that can be sent: [name of its exact type, what it contains]."""
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


def short(value, limit=2**20, dumps=json.dumps):
    """Return what `plain` returned, or that it's too long. An answer that replaces json's functions changes nothing."""
    return value if len(dumps(value)) < limit else ["other", f"{value[0]} that is too long to show"]


def about(error):
    """Return an error's type, the built-in type it's derived from, its text, its line in the answer, and whether it's
    the guard's."""
    lines, text, kind = [], "", name_of(type(error))
    try:
        kind = next(name_of(kind) for kind in type(error).mro() if kind.__module__ == "builtins")
        step = error.__traceback__
        while step:
            lines += [step.tb_lineno] * (step.tb_frame.f_code.co_filename == ANSWER)
            step = step.tb_next
        text = str.__str__(error.msg if isinstance(error, SyntaxError) else str(error))
        if isinstance(error, SyntaxError) and error.filename == ANSWER:
            lines = [int(error.lineno or 0)]
    except BaseException:
        pass  # an error class of the answer's own, which fails when it's asked
    return {"type": name_of(type(error)), "kind": kind, "text": text[:300], "line": lines[-1] if lines else None,
            "refused": isinstance(error, Refused)}


def forget_modules(folder):
    """Unload the modules that came from the answer's own folder."""
    for name, module in list(sys.modules.items()):
        origin = getattr(module, "__file__", None)
        if name != "__main__" and isinstance(origin, str) and origin.startswith(folder + os.sep):
            del sys.modules[name]
    importlib.invalidate_caches()
