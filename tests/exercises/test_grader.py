"""The grader under answers that loop, crash, cheat or are merely odd: each gets the grade that it deserves, and why."""
import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from exercises.grader import grading, session, tasks
from exercises.isolation import fork_server, processes
from exercises.grader.grading import NOT_ATTEMPTED, NOT_YET, PASSED, answers_in, grade, grade_notebook
from exercises.grader.session import NotYet, Session, restored, without_folder
from tests.notebooks import KIT

TASK = tasks.find("refresh")
RIGHT = "import importlib\ndef refresh(module):\n    return importlib.reload(module)\n"
DOES_NOTHING = "The file changed; did the module?"
POSIX = os.name == "posix"
NEEDS_LINKS = ("the solution, through a link", "a file elsewhere, through a link")  # on Windows a right that few have

# Answers that do not make the module new, however hard they try: name -> (code, what the message must say)
CHEATS = {
    "an object that is equal to everything": (
        "class Equal:\n    def __eq__(self, other): return True\ndef refresh(module): return Equal()", DOES_NOTHING),
    "a reload that does nothing": (
        "import importlib\nimportlib.reload = lambda module: module\ndef refresh(module): return module", DOES_NOTHING),
    "json that says what it likes": (
        "import json\njson.dumps = lambda *a, **k: '{}'\njson.loads = None\ndef refresh(module): return module",
        DOES_NOTHING),
    "a print of one's own": (
        "import builtins\nbuiltins.print = lambda *a: None\ndef refresh(module): return module", DOES_NOTHING),
    "replies written to every file": (
        "import os\ndef refresh(module):\n    for number in range(3, 64):\n        try:\n"
        "            os.write(number, b'{\"token\": \"x\", \"printed\": \"\", \"cut\": false}\\n')\n"
        "        except OSError: pass\n    return module", "into the channel between the runner and the grader"),
    "a result file": ("open('results.json', 'w').write('{\"score\": 100}')\ndef refresh(module): return module",
                      DOES_NOTHING),
    "a conftest": ("open('conftest.py', 'w').write('import os; os._exit(0)')\ndef refresh(module): return module",
                   DOES_NOTHING),
    "leaving with status 0": ("import os\ndef refresh(module): os._exit(0)", "ended Python itself (exit status 0)"),
    "leaving before the check": ("import os\nos._exit(0)\ndef refresh(module): pass",
                                 "Your answer cell ended Python itself"),
    "sys.exit": ("import sys\ndef refresh(module): sys.exit(0)", "raised SystemExit"),
    "a signal to itself": ("import signal\ndef refresh(module): signal.raise_signal(9)",
                           "ended Python itself (signal 9)" if POSIX else "raised OSError"),
    "a signal to the grader": ("import os\ndef refresh(module): os.kill(os.getppid(), 9)", "ending processes"),
    "a stop": ("import signal\ndef refresh(module): signal.raise_signal(getattr(signal, 'SIGSTOP', 9))",
               "didn't return" if POSIX else "raised OSError"),
    "KeyboardInterrupt": ("def refresh(module): raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "exit()": ("def refresh(module): exit()", "name 'exit' is not defined"),
    "a fork bomb": ("import os\ndef refresh(module):\n    while True: os.fork()",
                    "starting another process" if POSIX else "has no attribute 'fork'"),
    "a subprocess": ("import subprocess\ndef refresh(module): subprocess.run(['ls'])", "starting another process"),
    "the network": (
        "import socket\ndef refresh(module): socket.create_connection(('127.0.0.1', 9))", "using the network"),
    "the solution, found by the interpreter": (
        "import os, sys\ndef refresh(module):\n"
        "    top = os.path.dirname(os.path.dirname(os.path.dirname(sys.executable)))\n"
        f"    exec(open(os.path.join(top, 'solutions', '{TASK.notebook}.ipynb')).read())",
        "reading outside its own folder"),
    "the solution, by its path": (
        f"def refresh(module): return open({str(KIT / 'solutions' / TASK.notebook)!r} + '.ipynb').read()",
        "reading outside"),
    "the solution, through a link": (
        f"import os\ndef refresh(module):\n    os.symlink({str(KIT)!r}, 'kit')\n    return "
        f"open('kit/README.md').read()",
        "reading outside"),
    "a file elsewhere, through a link": (
        "import os\ndef refresh(module):\n    os.symlink('..', 'up')\n    open('up/mine', 'w')",
        "writing outside its own folder"),
    "replies to all that is asked": (
        "import json, sys\ndef refresh(module):\n    frame = sys._getframe()\n"
        "    while frame.f_code.co_name != 'answer_requests': frame = frame.f_back\n"
        "    token = frame.f_locals['request']['token']\n"
        "    while True:\n        reply = {'token': token, 'printed': '', 'cut': False, 'value': 5}\n"
        "        frame.f_locals['replies'].write(json.dumps(reply) + '\\n')\n"
        "        frame.f_locals['replies'].flush()\n"
        "        token = json.loads(frame.f_locals['requests'].readline())['token']",
        "into the channel between the runner"),
    "a pipe in the place of a file": (
        "import os\ndef refresh(module):\n    os.remove('spam.py')\n    os.mkfifo('spam.py')",
        "" if POSIX else "has no attribute"),
    "a folder in the place of a file": (
        "import os\ndef refresh(module):\n    os.remove(module.__file__)\n    os.mkdir(module.__file__)\n"
        "    return module", "is gone"),
    "folders without end": (
        "import os\ndef refresh(module):\n    while True:\n        os.mkdir('d')\n        os.chdir('d')",
        "folders without end" if POSIX else ""),  # Windows has its own limit on paths, and Wine a lower one
    "a file elsewhere": ("import tempfile\ndef refresh(module): open('../mine', 'w')",
                         "writing outside its own folder"),
    "an endless loop that swallows everything": (
        "def refresh(module):\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass",
        "didn't return within"),
    "a lock that is never freed": (
        "import threading\ndef refresh(module):\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()",
        "didn't return within"),
    "50 MB of text": (
        "def refresh(module):\n    for _ in range(500): print('x' * 100_000)\n    return module", DOES_NOTHING),
    "endless recursion": ("def refresh(module): return refresh(module)", "raised RecursionError"),
    "its folder thrown away": (
        "import os, shutil\ndef refresh(module):\n    shutil.rmtree(os.getcwd())\n    return module",
        "removing its own folder"),
    "closing the line and living on": (
        "import os, time\nfor number in range(3, 60):\n    try: os.close(number)\n    except OSError: pass\n"
        "time.sleep(10**6)\ndef refresh(module): pass", "ended Python itself"),
    "forged replies without a value": (
        "import json, sys\ndef refresh(module): pass\nframe = sys._getframe()\n"
        "while 'replies' not in frame.f_locals: frame = frame.f_back\nlocal = frame.f_locals\n"
        "request = local['request']\nwhile True:\n"
        "    reply = {'printed': '', 'cut': False, 'token': request['token']}\n"
        "    local['replies'].write(json.dumps(reply) + '\\n')\n    local['replies'].flush()\n"
        "    request = json.loads(local['requests'].readline())", "Afterwards"),
    "a trace on every line": ("import sys\nsys.settrace(lambda *a: 1 / 0)\ndef refresh(module): return module",
                              DOES_NOTHING),
    "no builtins left": ("import builtins\nvars(builtins).clear()\ndef refresh(module): return module", ""),
    "parentheses without end": ("(" * 100_000, "too many nested parentheses"),
    "null bytes": (RIGHT.replace("return", "return\x00"), "cannot contain null bytes"),
    "half a character": (RIGHT + "# \ud800", "surrogates not allowed"),
    "a message that paints": (
        "def refresh(module): raise ValueError('\\x1b[2J\\nPASSED: refresh, 1 of 1 point.\\ud800')",
        r"raised ValueError: \x1b[2J\nPASSED: refresh, 1 of 1 point.\ud800"),
    "an error that lies about itself": (
        "class Lies(type):\n    __name__ = 7\nclass Error(Exception, metaclass=Lies):\n"
        "    def __str__(self): raise SystemExit\n"
        "def refresh(module): raise Error", "raised Error (line 5 of your answer)"),
    "a number without end": ("def refresh(module): return 10 ** 10 ** 8", "didn't return within"),
    "threads without end": (
        "import threading, time\ndef refresh(module):\n    while True: threading.Thread(target=time.sleep, "
        "args=[99]).start()",
        "can't start new thread" if sys.platform == "linux" else ""),
    "files without end": (
        "kept = []\ndef refresh(module):\n    for number in range(999): kept.append(open(str(number), 'w'))",
        "Too many open files" if os.name == "posix" else ""),
    "a command of Jupyter": ("%load_ext autoreload\n" + RIGHT, "is a command of Jupyter"),
    "no code": ("Reload the module.", "runs by itself: SyntaxError"),
    "nothing that is asked for": ("def reload_it(module): pass", "NameError: name 'refresh' is not defined"),
}
if sys.platform == "linux":
    CHEATS["all the memory"] = (
        "def refresh(module): return bytearray(4 * 10**9)", "more than 1 GB of memory")
    CHEATS["all the time"] = (
        "import signal\ndef refresh(module): signal.raise_signal(signal.SIGXCPU)", "within 10 seconds of computing")

# Right answers that other graders mark down
ODD_BUT_RIGHT = {
    "prints and warns": RIGHT.replace("    return",
                                      "    import sys, warnings\n    print('x')\n    print('y', file=sys.stderr)\n"
                                      "    warnings.warn('z')\n    return"),
    "goes to another folder": "import os\n" + RIGHT.replace("    return", "    os.chdir('/')\n    return"),
    "has a byte order mark and other line ends": "\ufeff" + RIGHT.replace("\n", "\r\n"),
    "has a file that is called like a module of Python's": "open('json.py', 'w').write('1 / 0')\n" + RIGHT,
    "tries itself out": RIGHT + "import spam\nspam_py = fresh('spam')\nrefresh(spam).grok()\ncheck('refresh')\n"
    "hint('refresh')",
    "fails in its own try-out": RIGHT + "print(refresh(spam_that_is_not_there))",
    "leaves a thread running": RIGHT + "import threading, time\nthreading.Thread(target=time.sleep, args=[99]).start()",
    "imports subprocess": "import subprocess\n" + RIGHT,
    "has other letters": RIGHT + "größe = 'ß'\n",
    "closes its output": "import sys\nsys.stdout = None\n" + RIGHT,
    "has tabs": RIGHT.replace("    ", "\t"),
    "has many empty lines": RIGHT + "\n" * 300_000,
    "prints deep into its folder": "import os\nos.makedirs('/'.join('d' * 40))\nopen('d/note.txt', 'w').write('x')\n"
    "" + RIGHT,
    "makes its folder unreadable": RIGHT + "import os\nos.mkdir('d')\nos.chmod('d', 0)",
    "is long": RIGHT + "# " + "x" * 10**6,
}


@pytest.mark.parametrize("name", CHEATS)
def test_what_does_not_answer_the_task_does_not_pass_and_is_told_why(name):
    if name in NEEDS_LINKS and not POSIX:
        pytest.skip("links need a right that a user of Windows doesn't have")
    code, wanted = CHEATS[name]
    verdict = grade(TASK, code, worked_in=True)
    assert verdict.state == NOT_YET
    assert wanted in verdict.message
    assert str(KIT) not in verdict.message and "Traceback" not in verdict.message


@pytest.mark.parametrize("name", ODD_BUT_RIGHT)
def test_an_odd_answer_that_is_right_passes(name):
    verdict = grade(TASK, ODD_BUT_RIGHT[name], worked_in=True)
    assert verdict.state == PASSED, verdict.message


# Answers that get round the guard on purpose: only the sandbox stops these. They try to write OUTSIDE, or to leave a
# process called MARK behind.
HOSTILE = {
    "C code that removes a file": "import ctypes\nctypes.CDLL(None).unlink(b'OUTSIDE/precious')",
    "C code that starts a process": "import ctypes\nctypes.CDLL(None).system(b'sleep MARK &')",
    "C code that forks and leaves the session":
        "import ctypes, os\nC = ctypes.CDLL(None)\nif not C.fork():\n    os.setsid()\n    C.execlp(b'sleep', "
        "b'sleep', b'MARK', None)",
    "a database": "import sqlite3\nsqlite3.connect('OUTSIDE/precious').execute('create table a (b)')",
    "another realpath": "import os\nos.path.realpath = lambda path: os.getcwd()\n"
    "open('OUTSIDE/precious', 'w').write('x')",
    "a path that changes":
        "import io\nclass Path:\n    asked = 0\n    def __fspath__(self):\n        self.asked += 1\n"
        "        return 'OUTSIDE/precious' if self.asked == 1 else 'spam.py'\nio.FileIO(Path(), 'w').write(b'x')",
    "a pipe elsewhere": "import os\nos.mkfifo('OUTSIDE/pipe')",
    "a signal to everything": "import ctypes, os\nassert os.getppid() == 1  # else it ends the tests\n"
    "ctypes.CDLL(None).kill(-1, 9)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_in_the_sandbox_a_hostile_answer_changes_nothing_outside_and_leaves_no_process(tmp_path, name):
    if not fork_server.containment()[1]:
        pytest.skip(fork_server.containment()[0])
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    number = f"9{time.monotonic_ns() % 10**9}{os.getpid()}"
    code = HOSTILE[name].replace("OUTSIDE", str(tmp_path)).replace("MARK", number)
    with fork_server.ForkServer() as launcher:
        try:
            verdict = grade(TASK, f"{code}\ndef refresh(module): pass", worked_in=True, launcher=launcher)
            assert verdict.state == NOT_YET
        except processes.GraderProblem:
            pass  # it ended its own fork server
        assert [path.name for path in tmp_path.iterdir()] == ["precious"]
        assert (tmp_path / "precious").read_text(encoding="utf-8") == "mine"
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if number.encode() in _contents(path)]
    assert left == []


def _contents(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended


# Mistakes that an honest learner makes: refused before they do harm, and explained

MISTAKES = {
    "writes to another folder": ("open(other, 'w')", "writing outside its own folder"),
    "reads another file": ("open(other)", "reading outside its own folder"),
    "removes another file": ("import os; os.remove(other)", "changing something outside its own folder"),
    "moves a file away": ("import os; os.rename('spam.py', other)", "changing something outside its own folder"),
    "makes a folder elsewhere": ("import os; os.mkdir(other + '2')", "changing something outside its own folder"),
    "removes another folder": ("import pathlib, shutil; shutil.rmtree(pathlib.Path(other).parent)",
                               "changing something outside its own folder"),
    "runs a program": ("import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
                       "starting another process"),
    "runs a command": ("import os; os.system('exit')", "starting another process"),
    "asks the network": ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')", "using the network"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_an_honest_mistake_is_stopped_and_explained(tmp_path, name):
    other, (code, what) = tmp_path / "other.py", MISTAKES[name]
    other.write_text("mine", encoding="utf-8")
    verdict = grade(TASK, f"other = {str(other)!r}\ndef refresh(module):\n    {code}", worked_in=True)
    assert f"was stopped: no task needs {what}. Work only in the folder" in verdict.message
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("other.py", "mine")]


@pytest.mark.skipif(os.name == "nt", reason="Windows gives the right to make links only to some")
def test_a_relative_link_within_the_folder_is_allowed():
    link = "import os\nos.makedirs('a')\nos.symlink('../spam.py', 'a/spam.py')\nopen('a/spam.py').close()\n"
    verdict = grade(TASK, link + RIGHT, worked_in=True)
    assert verdict.passed, verdict.message


# Messages

WINDOWS = PureWindowsPath(r"C:\Users\Ann Lee\AppData\Local\Temp\answer-abc_1234")


@pytest.mark.parametrize("folder, spelling, shown", [
    (WINDOWS, r"[Errno 2] No such file: 'C:\\Users\\Ann Lee\\AppData\\Local\\Temp\\answer-abc_1234\\shop\\soup.py'",
     r"[Errno 2] No such file: 'shop\\soup.py'"),
    (WINDOWS, r"C:\Users\Ann Lee\AppData\Local\Temp\answer-abc_1234\spam.py", "spam.py"),
    (WINDOWS, r"c:\users\ann lee\appdata\local\temp\answer-abc_1234\spam.py", "spam.py"),
    (WINDOWS, "C:/Users/Ann Lee/AppData/Local/Temp/answer-abc_1234/spam.py", "spam.py"),
    (WINDOWS, "file:///C:/Users/Ann%20Lee/AppData/Local/Temp/answer-abc_1234/spam.py", "spam.py"),
    (WINDOWS, r"\\?\C:\Users\Ann Lee\AppData\Local\Temp\answer-abc_1234\spam.py", "spam.py"),
    (WINDOWS, r"'C:\\Users\\Ann Lee\\AppData\\Local\\Temp\\answer-abc_1234'", "'.'"),
    (PurePosixPath("/tmp/answer-abc_1234"), "open('/tmp/answer-abc_1234/.hidden')", "open('./.hidden')"),
    (PurePosixPath("/tmp/answer-abc_1234"), "/tmp/answer-xyz_9876/spam.py", "spam.py"),
    # another session of the same check
    (PurePosixPath("/tmp/answer-abc_1234"), "/tmp/answering/machine.py", "/tmp/answering/machine.py"),
])
def test_a_message_has_no_path_of_the_answers_folder_in_any_spelling(folder, spelling, shown):
    assert without_folder(spelling, folder) == shown


@pytest.mark.parametrize("code", [
    "open('missing.txt')", "import os; os.listdir(os.path.abspath('missing'))",
    "import os; raise ValueError(os.getcwd())",
    "raise ValueError(fresh().as_uri())", "raise ValueError(repr(str(fresh())))", "print(fresh())"])
def test_no_verdict_shows_the_folder_in_which_it_was_graded(code):
    verdict = grade(TASK, f"def refresh(module):\n    {code}", worked_in=True)
    assert verdict.state == NOT_YET and "answer-" not in verdict.message and "file:" not in verdict.message


def test_nothing_is_left_behind_by_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    deep = "import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')\n"
    shut = "import os\nos.makedirs('d/e')\nos.symlink('e', 'd/link')\nos.chmod('d', 0)\n"
    left = [CHEATS[name][0] for name in ("leaving with status 0", "an endless loop that swallows everything",
                                         "a fork bomb",
                                         "a result file", "its folder thrown away")]
    for code in [*left, deep + RIGHT, shut + RIGHT]:
        grade(TASK, code, worked_in=True)
        assert list(tmp_path.iterdir()) == []
    assert grade(TASK, RIGHT, worked_in=True).passed


@pytest.mark.skipif(os.name == "nt", reason="Windows has shorter paths and other permissions")
def test_a_folder_is_removed_whatever_is_in_it(tmp_path):
    folder, outside = tmp_path / "answer", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "link").symlink_to(outside)
    here = os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        os.mkfifo("pipe")
    finally:
        os.chdir(here)
    (folder / "shut" / "shut" / "shut").mkdir(parents=True)
    for shut in ("shut/shut/shut", "shut/shut", "shut", ""):  # which stops an ordinary user, but not root
        (folder / shut).chmod(0)
    processes.remove(folder)
    assert list(tmp_path.iterdir()) == [outside]


@pytest.mark.skipif(os.name == "nt", reason="links and pipes are POSIX's")
def test_the_grader_itself_follows_no_link_and_waits_at_no_pipe(tmp_path):
    precious = tmp_path / "precious.py"
    precious.write_text("mine", encoding="utf-8")
    with Session() as session:
        for put in (lambda path: path.symlink_to(precious), os.mkfifo, os.mkdir):
            (session.folder / "spam.py").unlink()
            put(session.folder / "spam.py")
            assert session.read("spam.py") == ""
            with pytest.raises(NotYet, match="can't write spam.py"):
                session.spam()
            processes.remove(session.folder / "spam.py")
            (session.folder / "spam.py").touch()
        (session.folder / "shop").symlink_to(tmp_path)
        assert session.read("shop/precious.py") == ""
        with pytest.raises(NotYet):
            session.write("shop/precious.py", "theirs")
    assert precious.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_no_process_is_left_running():
    mark = f"mark_{os.getpid()}_{time.monotonic_ns()}"
    with Session(f"{mark} = 1\nimport threading, time\nthreading.Thread(target=time.sleep, "
                 f"args=[99]).start()") as session:
        number = session.value("__import__('os').getpid()")
    assert not Path(f"/proc/{number}").exists()


def test_a_value_travels_by_its_exact_type():
    with Session("class Text(str): pass\nclass Yes(int): pass") as session:
        assert session.value("[1, 2.5, 'a', None, True, (b'x',), {'k': {1}}]") == [1, 2.5, "a", None, True, (b"x",),
            {"k": {1}}]
        assert [repr(session.value(code)) for code in ("Text('a')", "Yes(1)", "len")] == [
            f"something of the type {kind}" for kind in ("Text", "Yes", "builtin_function_or_method")]


def test_an_error_of_the_answers_own_counts_as_what_it_is_derived_from():
    with Session("class Odd(KeyError): pass") as session:
        assert [session.error(code) for code in ("raise Odd", "raise KeyError", "pass")] == ["KeyError", "KeyError",
            None]


RELOADS = "import importlib\ndef refresh(module):\n    importlib.reload(module)\n    return "
MODULE = "class Lies(type):\n    __name__ = 'module'\nclass module(metaclass=Lies): pass\n"
BUILT_IN = "    __module__ = 'builtins'\n"
OWN_NAMES = {  # task -> answers that would pass if a check's words meant what the answer calls so
    "refresh": [
        "def id(value): return 7\ndef type(value): return importlib.__class__\n" + RELOADS + "5",
        "import builtins, types\nbuiltins.id = lambda value: 7\n"
        "builtins.type = lambda value: types.SimpleNamespace(__name__='module')\n" + RELOADS + "5",
        "id = lambda value: 7\nclass module: pass\n" + RELOADS.replace("module", "spam") + "module()",
        "id = lambda value: 7\n" + MODULE + RELOADS.replace("(module)", "(spam)") + "module()"],
    "replace": [
        "class ValueError(Exception):\n" + BUILT_IN,
        "class Mine(Exception): pass\nMine.__name__, Mine.__module__ = 'ValueError', 'builtins'\nValueError = Mine\n"],
    "roll-back": ["class ValueError(Exception):\n" + BUILT_IN,
                  "import builtins\nclass Own(Exception):\n" + BUILT_IN + "builtins.ValueError = Own\n"
                  "def isinstance(*_): return True\n"],
}


@pytest.mark.parametrize("name, code", [(name, code) for name, codes in OWN_NAMES.items() for code in codes])
def test_names_of_the_answers_own_do_not_make_it_pass(name, code):
    task = tasks.find(name)
    verdict = grade(task, code if name == "refresh" else f"{code}\n{task.answer}", worked_in=True)
    assert verdict.state == NOT_YET, verdict


def test_a_right_answer_may_call_its_own_things_as_python_does():
    names = "def id(value): return 7\ntype = len = print = isinstance = hasattr = sorted = None\n"
    assert grade(TASK, names + RIGHT, worked_in=True).passed


@pytest.mark.parametrize("told", [["str", 1], ["bool", 1], ["int", True], ["int", "1"], ["odd", 1], ["NoneType", 0],
                                  ["other", [1]], ["list", {"a": 1}], "ab", ["float", 1], ["dict", [["str", "a"]]]])
def test_only_values_of_the_exact_type_that_was_told_are_compared(told):
    with pytest.raises(processes.Forged):
        restored(told)


@pytest.mark.parametrize("kind", ["set", "list", "dict"])
def test_a_value_has_no_more_parts_than_are_sent_because_numbers_can_be_chosen_that_take_hours(kind):
    parts = [["int", number * (2**61 - 1)] for number in range(201)]  # with the same hash
    with pytest.raises(processes.Forged):
        restored([kind, [[part, part] for part in parts] if kind == "dict" else parts])
    assert len(restored([kind, [[part, part] for part in parts[1:]] if kind == "dict" else parts[1:]])) == 200


FORGING = """
import sys
frame = sys._getframe()
while frame.f_code.co_name != "perform": frame = frame.f_back
own = frame.f_globals["perform"]
def perform(action, *others):
    reply = own(action, *others)
    return {**reply, "value": ["int", 5]} if action == "ASKED" else reply
frame.f_globals["perform"] = perform
"""


@pytest.mark.parametrize("name, asked", [("write-safely", "written"), ("into-package", "value"),
                                         ("edit-later", "value")])
def test_a_value_that_a_check_cannot_use_is_not_the_graders_problem(name, asked):
    task = tasks.find(name)
    code = task.answer + FORGING.replace("ASKED", asked)
    if name != "write-safely":
        code = code.replace('reply, "value": ["int", 5]', 'reply, "value": ["other", "x"]')
    verdict = grade(task, code, worked_in=True)
    assert verdict.state == NOT_YET and verdict.message


def test_an_error_in_the_grader_is_no_verdict(monkeypatch):
    monkeypatch.setattr(Session, "value", lambda *_: {}[1])
    with pytest.raises(KeyError):
        grade(TASK, RIGHT, worked_in=True)


def test_an_answer_that_is_slow_at_each_call_is_stopped(monkeypatch):
    monkeypatch.setattr(session, "IN_ALL", 0.5)
    slow = ("import sys, time\ndef wait(event, arguments):\n    if event == 'compile': time.sleep(0.3)\n"
            f"sys.addaudithook(wait)\n{RIGHT}")
    assert "although each single call returned" in grade(TASK, slow, worked_in=True).message


def test_an_answer_that_is_slow_and_says_that_the_machine_is_short_gets_no_other_try(monkeypatch):
    monkeypatch.setattr(grading, "LATEST", 0)
    tries, verdict_of = [], grading._verdict
    monkeypatch.setattr(grading, "_verdict", lambda *arguments: tries.append(1) or verdict_of(*arguments))
    says = "def refresh(module): raise OSError('No space left on device')"
    assert "No space left on device" in grade(TASK, says, worked_in=True).message and len(tries) == 1


def test_a_value_that_is_too_long_is_told_as_such():
    with Session("value = ['\u00e4' * 10_000] * 200") as session:
        assert repr(session.value("value")) == "something of the type list that is too long to show"


def test_a_message_is_short_whatever_an_answer_prints():
    verdict = grade(TASK, "def refresh(module): module.grok = lambda: print('x' * 60_000)", worked_in=True)
    assert len(verdict.message) < 1100 and "did the module?" in verdict.message


def test_a_process_that_does_not_start_is_the_graders_problem(monkeypatch):
    monkeypatch.setattr(processes, "RUNNER", "def main(): raise SystemExit")
    with pytest.raises(processes.GraderProblem, match="could be started"):
        grade(TASK, RIGHT, worked_in=True)


def test_a_disk_that_is_full_is_the_graders_problem_and_no_verdict(monkeypatch):
    monkeypatch.setattr(grading, "PAUSES", (0, 0))
    monkeypatch.setattr(grading.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**30, 2**30, 0))
    with pytest.raises(processes.GraderProblem, match="disk for temporary files is full"):
        grade(TASK, CHEATS["a reload that does nothing"][0], worked_in=True)
    assert grade(TASK, RIGHT, worked_in=True).passed


@pytest.mark.skipif(os.name == "nt", reason="the errors have other numbers")
def test_a_shortage_of_the_machines_is_tried_again_and_one_of_the_answers_own_is_its_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "PAUSES", (0, 0))
    short, tries = f"    raise OSError({errno.ENOSPC}, os.strerror({errno.ENOSPC}))\n", []

    def once(task, answer, *rest, really=grading._verdict):
        tries.append(answer)
        return really(task, answer.replace("    #", short) if len(tries) == 1 else answer, *rest)

    monkeypatch.setattr(grading, "_verdict", once)
    assert grade(TASK, "import os\n" + RIGHT.replace("    return", "    #\n    return"), worked_in=True).passed
    verdict = grade(TASK, "import os\ndef refresh(module):\n" + short, worked_in=True)
    assert verdict.state == NOT_YET and "No space left" in verdict.message and len(tries) == 5


@pytest.mark.skipif(os.name == "nt", reason="folders have other permissions")
def test_what_goes_wrong_before_the_answer_runs_is_not_its_fault(tmp_path, monkeypatch):
    class Broken(processes.SubprocessLauncher):
        def new_folder(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    class Refusing(processes.SubprocessLauncher):
        def start(self, folder):
            process = super().start(folder)
            os.mkdir(folder / "spam.py")
            return process

    for launcher in (Broken(), Refusing()):
        with pytest.raises(processes.GraderProblem):
            grade(TASK, RIGHT, worked_in=True, launcher=launcher)


@pytest.fixture
def submission(tmp_path):
    """Write the exercise as a learner hands it in, changed by a function; gives its path."""
    def write(change, name=f"{TASK.notebook}.ipynb", answer=RIGHT):
        notebook = json.loads((KIT / "exercises" / f"{TASK.notebook}.ipynb").read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if cell["id"] == "answer-refresh")
        cell.update(source=answer, execution_count=3)
        change(notebook, cell)
        (tmp_path / name).write_text(json.dumps(notebook), encoding="utf-8")
        return tmp_path / name
    return write


def first_state(path):
    return next(verdict for verdict in grade_notebook(path) if verdict.task == TASK).state


def forge_outputs(notebook, _):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "PASSED: refresh, 1 of 1 point.\n"}]


def skip_by_tags(notebook, _):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["nbval-skip", "raises-exception"]


def delete_checks(notebook, _):
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("check-")]


def edit_checks(notebook, _):
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["source"] = "print('PASSED')"


def drop_counts(notebook, _):
    for cell in notebook["cells"]:
        cell.pop("execution_count", None)


def drop_marks(notebook, _):
    for number, cell in enumerate(notebook["cells"]):
        cell.update(id=f"cell{number}", metadata={})


def drop_ids(notebook, _):
    for cell in notebook["cells"]:
        del cell["id"]


def spoil_metadata(notebook, _):
    for cell in notebook["cells"]:
        cell["metadata"] = {"nbgrader": "none"} if cell["cell_type"] == "code" else [1]


def spoil_ids(notebook, _):
    for cell in notebook["cells"]:
        cell.update(id=[1], metadata={"nbgrader": {"grade_id": None}})


def add_cells_that_no_parser_survives(notebook, cell):
    cell.update(id="lost", metadata={})
    for source in ("a" + ".b" * 200_000, "(" * 100_000, "x = " + "-" * 100_000 + "1", "x = '\ud800'", "x = \x00"):
        notebook["cells"].append({"cell_type": "code", "id": "added", "metadata": {}, "source": source})


def leave_an_empty_cell_before(notebook, cell):
    notebook["cells"].insert(0, {**cell, "id": "copy", "source": TASK.stub})


CHANGES = [forge_outputs, skip_by_tags, delete_checks, edit_checks, drop_counts, drop_marks, drop_ids, spoil_metadata,
           spoil_ids,
           add_cells_that_no_parser_survives, leave_an_empty_cell_before]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("answer, state", [(RIGHT, PASSED), (CHEATS["an object that is equal to everything"][0],
    NOT_YET)],
                         ids=["right", "wrong"])
def test_nothing_but_the_answer_cells_counts(submission, change, answer, state):
    assert first_state(submission(change, answer=answer)) == state


def test_a_renamed_notebook_is_known_by_its_cells(submission):
    assert first_state(submission(lambda *_: None, name="my homework (2).ipynb")) == PASSED


def test_of_two_answer_cells_the_first_counts_and_that_is_said(submission):
    def copy(notebook, cell):
        notebook["cells"].append({**cell, "source": "def refresh(module): pass", "id": "copy"})

    verdict = grade_notebook(submission(copy), {TASK})[0]
    assert verdict.passed and "2 answer cells" in str(verdict)


WRONG = "def refresh(module):\n    pass\n"


def run_as(*runs):
    """Return a change that makes these cells of the notebook: (mark or None, source, number of the run, output)."""
    def change(notebook, _):
        notebook["cells"] = [{"cell_type": "code", "id": mark or f"new{number}", "metadata": {}, "source": source,
                              "execution_count": count, "outputs": [{"output_type": "stream", "text": output}]}
                             for number, (mark, source, count, output) in enumerate(runs)]
    return change


SAID = "PASSED: refresh, 1 of 1 point.\n"


@pytest.mark.parametrize("runs, state", [
    ([("answer-refresh", TASK.stub, 1, ""), (None, RIGHT, 2, "")], PASSED),
    ([("answer-refresh", TASK.stub, 1, ""), (None, WRONG, 3, ""), (None, RIGHT, 4, "")], PASSED),
    ([("answer-refresh", TASK.stub, 1, ""), (None, RIGHT, 3, ""), (None, WRONG, 4, "")], NOT_YET),
    ([("answer-refresh", "# an idea", 1, ""), ("check-refresh", f"{RIGHT}\ncheck('refresh')", 2, SAID)], PASSED),
    ([("answer-refresh", WRONG, None, ""), (None, RIGHT, 2, ""), ("check-refresh", "", 3, SAID)], PASSED),
    ([("answer-refresh", WRONG, 57, ""), (None, RIGHT, 2, ""), ("check-refresh", "", 3, SAID)], PASSED),
    ([("answer-refresh", WRONG, 1, ""), (None, RIGHT, 2, ""), ("check-refresh", "", 3, SAID)], PASSED),
    ([("answer-refresh", RIGHT, 1, ""), (None, WRONG, 2, ""), ("check-refresh", "", 3, "")], PASSED),
    ([("answer-refresh", WRONG, 1, ""), (None, WRONG + "# 2", 2, ""), ("check-refresh", "", 3, SAID)], NOT_YET),
    ([("answer-refresh", RIGHT, "1", ""), ("answer-refresh", WRONG, -1, "")], PASSED),
], ids=["a new cell", "the second new cell", "the last run is wrong", "in the check's cell", "a draft that never ran",
        "a draft that ran before a restart", "a draft that ran in VS Code", "a cell that uses the name",
        "a forged output", "odd counts"])
def test_what_the_notebook_called_passed_is_the_answer_for_every_grader(submission, runs, state):
    assert first_state(submission(run_as(*runs))) == state


def test_a_notebook_of_120000_marked_cells_takes_seconds(tmp_path):
    cells = [{"cell_type": "code", "id": f"cell{number}", "metadata": {"nbgrader": {"grade_id": "answer-refresh"}},
              "source": WRONG, "execution_count": number} for number in range(120_000)]
    start = time.process_time()
    answers, _ = answers_in(tmp_path / "many.ipynb", json.dumps({"cells": cells}).encode("ascii"))
    assert len(answers[TASK]) == 120_000 and time.process_time() - start < 10


def test_a_deleted_answer_cell_is_not_attempted_and_how_to_get_it_back_is_said(submission):
    def delete(notebook, cell):
        notebook["cells"].remove(cell)

    verdict = grade_notebook(submission(delete), {TASK})[0]
    assert verdict.state == NOT_ATTEMPTED and "exercises reset refresh" in verdict.message


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"cells": 1}', b'{"cells": [1]}', b"[" * 10**5,
                                  b'{"cells": []}', b'{"worksheets": [{"cells": []}]}'],
                         ids=["empty", "cut", "a list", "not UTF-8", "no cells", "odd cells", "deep", "nothing in it",
                              "old"])
def test_what_is_no_notebook_of_the_course_is_reported_by_name(tmp_path, data):
    path = tmp_path / "homework.ipynb"
    path.write_bytes(data)
    with pytest.raises(tasks.NotebookProblem, match="homework.ipynb"):
        grade_notebook(path)
    with pytest.raises(tasks.NotebookProblem, match=tmp_path.name):
        grade_notebook(tmp_path)


def test_a_notebook_in_the_format_of_old_is_graded(submission, tmp_path):
    notebook = json.loads(submission(lambda *_: None).read_text(encoding="utf-8"))
    cells = [{**{key: cell[key] for key in ("cell_type", "metadata")}, "input" if cell["cell_type"] == "code"
              else "source":
              cell["source"]} for cell in notebook["cells"]]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3, "metadata": {}}), encoding="utf-8")
    assert first_state(path) == PASSED


def test_the_grader_needs_nothing_but_the_standard_library():
    code = ("import sys; sys.path.insert(0, '.')\n"
            "import exercises.__main__, exercises.submissions.command; print('fine')")
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=KIT, capture_output=True, text=True)
    assert run.stdout == "fine\n", run.stderr


def test_the_process_that_the_grader_ends_is_the_one_that_runs_the_answer():
    with Session("import os") as session:
        assert session.value("os.getpid()") == session.process._process.pid
