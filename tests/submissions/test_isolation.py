"""Answers that attack: each one gets NOT YET, harms nobody else, and nothing of it is left. They get round the guard.

Each attack must be harmless even if the sandbox fails, and on root's machine: it changes and ends only what its test
made, or only asks whether it could. `ALONE` makes sure that it runs in a PID namespace of its own. Most run without a
sandbox as well, where Linux' other means keep answers apart.
"""
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from exercises.grader import tasks
from exercises.isolation import fork_server, processes
from exercises.grader.grading import NOT_YET, PASSED, grade
from exercises.isolation.processes import GraderProblem
from exercises.grader.session import NotYet, Session
from tests.notebooks import KIT
from tests.submissions.test_submissions import NAME, RIGHT, adopt_orphans, assert_ended, descendants, put

TASK = tasks.find("refresh")
GUESS = "\ndef refresh(module): pass\n"
C = "import ctypes, os\nC = ctypes.CDLL(None, use_errno=True)\n"
ALONE = C + "assert (os.getpid(), os.getppid()) == (2, 1)\n"
SANDBOXED = fork_server.containment()[1]
sandbox = pytest.mark.skipif(not SANDBOXED, reason=fork_server.containment()[0])
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps answers apart")
forks = pytest.mark.skipif(not fork_server.can_fork(), reason="this system has no fork server")


@pytest.fixture(params=[pytest.param(True, id="sandbox", marks=sandbox), pytest.param(False, id="no sandbox")])
def server(request):
    if not fork_server.can_fork():
        pytest.skip("this system has no fork server")
    with fork_server.ForkServer(request.param) as server:
        yield server


@pytest.fixture
def apart(request, server):
    """A fork server in whose processes answers are kept apart, at least by Linux' other means."""
    if not server._sandboxed and fork_server.without_sandbox() != fork_server.KEPT_APART:
        pytest.skip("this system can't keep answers apart")
    return server


@pytest.fixture
def plain():
    if fork_server.without_sandbox() != fork_server.KEPT_APART:
        pytest.skip("this system can't keep answers apart")
    with fork_server.ForkServer(False) as server:
        yield server


@pytest.fixture
def sandboxed():
    with fork_server.ForkServer() as server:
        yield server


@contextlib.contextmanager
def answer(server, code=""):
    """Run an answer for as long as the `with` statement, and give its session."""
    with Session(code, launcher=server) as session:
        assert session.stopped is None, session.stopped
        yield session


# What an answer sees, and what it may do

@sandbox
def test_it_sees_no_process_but_its_own_and_signals_none(sandboxed):
    with answer(sandboxed, ALONE) as session, answer(sandboxed) as neighbor:
        numbers = [os.getpid(), sandboxed._server.pid, *descendants(sandboxed._server.pid)]
        assert session.value("os.path.exists('/proc/self')") is False
        assert session.value("os.getppid()") == 1
        assert session.value(f"[n for n in {numbers} if n > 2 and C.kill(n, 0) == 0]") == []
        session.run("C.kill(-1, 9); C.kill(1, 9); C.kill(1, 19)")  # ALONE has made sure that these are its own
        assert neighbor.value("1") == 1


@sandbox
def test_it_sees_no_folder_but_its_own(sandboxed, tmp_path):
    (tmp_path / "canary").write_text("mine", encoding="utf-8")
    with answer(sandboxed, C) as session, answer(sandboxed) as neighbor:
        neighbor.write("secret.py", "word = 'x'")
        assert session.value("os.listdir('/tmp')") == ["answer-folder"]
        assert "secret.py" not in session.value("os.listdir('.')")
        for path in (tmp_path, KIT, Path(tempfile.gettempdir(), "x").parent.parent / "home", "/etc/passwd", "/sys"):
            assert session.value(f"C.access({os.fsencode(path)!r}, 0)") == -1, path


@linux
def test_it_reads_nothing_but_its_folder_and_pythons_library(apart, tmp_path):
    (tmp_path / "canary").write_text("mine", encoding="utf-8")
    with answer(apart, C) as session, answer(apart) as neighbor:
        places = [tmp_path, tmp_path / "canary", KIT, KIT / "solutions", "/etc/passwd", "/", "/proc", "/proc/self/maps",
                  "/sys", "/dev", f"/proc/{os.getpid()}/mem", f"/proc/{apart._server.pid}/environ"]
        if not apart._sandboxed:
            places += [apart.base, neighbor.folder, neighbor.folder / "spam.py"]
        for path in places:
            if not apart._sandboxed or path not in ("/", "/dev"):  # there only what an answer may see is in these
                assert session.value(f"C.open({os.fsencode(path)!r}, 0)") == -1, path
        assert session.value("C.open(b'spam.py', 0) > 0 and C.open(b'/dev/urandom', 0) > 0")
        session.run("import ssl, sqlite3, decimal, curses, encodings.cp1250")


@linux
def test_it_changes_nothing_that_is_not_its_own(apart, tmp_path):
    canary, folder = os.fsencode(tmp_path / "canary"), os.fsencode(tmp_path / "folder")
    Path(os.fsdecode(canary)).write_text("mine", encoding="utf-8")
    os.mkdir(folder)
    with answer(apart, C) as session:
        for change in (f"C.open({canary!r}, 1)", f"C.open({canary!r}, 512)", f"C.truncate({canary!r}, 0)",
                       f"C.unlink({canary!r})", f"C.rename({canary!r}, b'mine')", f"C.link({canary!r}, b'mine')",
                       "C.link(os.fsencode(os.__file__), b'mine')", f"C.rename(b'spam.py', {canary!r})",
                       f"C.link(b'spam.py', {canary + b'2'!r})", f"C.mkdir({folder + b'/new'!r}, 511)",
                       f"C.rmdir({folder!r})",
                       f"C.symlink(b'spam.py', {folder + b'/link'!r})", f"C.mkfifo({folder + b'/pipe'!r}, 511)",
                       f"C.open({folder + b'/new'!r}, 65, 511)", f"C.setxattr({canary!r}, b'user.mine', b'x', 1, 0)",
                       f"C.rename(b'.', {folder + b'/mine'!r})"):
            assert session.value(change) == -1, change
        session.run(f"C.chmod({canary!r}, 0); C.chmod({folder!r}, 0); C.lchown({canary!r}, 7, 7)")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["canary", "folder"]
    assert Path(os.fsdecode(canary)).read_text(encoding="utf-8") == "mine" and os.listdir(folder) == []
    found = os.stat(canary)
    assert (found.st_mode & 0o777, found.st_uid) == (0o644, os.geteuid())


@linux
def test_it_changes_what_it_likes_in_its_folder(apart):
    with answer(apart, "import os, shutil, pathlib, tempfile, asyncio") as session:
        session.run("os.makedirs('a/b')\nshutil.copy('spam.py', 'a')\nshutil.copy2('spam.py', 'a/b')\n"
                    "os.rename('a/spam.py', 'c.py')\npathlib.Path('new').touch()\nos.symlink('c.py', 'link')\n"
                    "os.truncate('new', 3) if os.access('new', os.W_OK) else 1/0\nshutil.rmtree('a')\n"
                    "tempfile.TemporaryFile().close()\nasyncio.run(asyncio.sleep(0))")
        assert session.files() == ["c.py", "new", "spam.py"]


@forks
def test_every_right_answer_passes_and_no_wrong_one(server):
    """What keeps answers in takes nothing from them that a task needs, such as setting the date of a file."""
    for task in tasks.all_tasks():
        assert grade(task, task.answer, True, launcher=server).state == PASSED, task.name
        for code in [code for _, code in task.wrong.values()][:2]:
            assert grade(task, code, True, launcher=server).state == NOT_YET, (task.name, code)


@linux
def test_the_kit_cannot_be_read_even_in_the_folder_of_pythons_library(plain, tmp_path, monkeypatch):
    put(tmp_path, {"lib/kit/solutions/x.py": b"", "lib/kit/lib/y.py": b"", "lib/json/z.py": b"", "lib/a.py": b""})
    (tmp_path / "lib/link").symlink_to(tmp_path / "lib/kit")
    shown = [*fork_server._shown(), str(tmp_path / "lib"), str(tmp_path / "lib/kit/lib")]
    monkeypatch.setattr(fork_server, "_shown", lambda: shown)
    monkeypatch.setattr(fork_server, "KIT", tmp_path / "lib/kit")
    with fork_server.ForkServer(False) as server, answer(server, C) as session:
        found = [session.value(f"C.open({os.fsencode(tmp_path / 'lib' / name)!r}, 0) > 0") for name in
                 ("kit/solutions/x.py", "link/solutions/x.py", "kit/lib/y.py", "json/z.py", "a.py", ".")]
    assert found == [False, False, True, True, True, True]


@linux
@pytest.mark.parametrize("version", range(1, 6))
def test_an_older_landlock_keeps_answers_apart_as_well(plain, monkeypatch, version):
    now = 'return call("syscall", NEW_RULES, None, 0, 1)'
    assert now in fork_server.SANDBOX
    monkeypatch.setattr(fork_server, "SANDBOX", fork_server.SANDBOX.replace(now, f"return {version}"))
    with fork_server.ForkServer(False) as server:
        assert server.reached() == []
        attack(server, C + "C.chmod(b'spam.py', 0)")


@linux
@pytest.mark.parametrize("broken, found", [("allow_only(rules)", "read files of yours"), ("give_up_rights()", ""),
                                           ("forbid(only=None)", "start processes")])
def test_what_an_answer_can_do_without_a_sandbox_is_said(plain, monkeypatch, broken, found):
    weaker = fork_server.SANDBOX.replace(f"def {broken}:", f"def {broken}:\n    return")
    assert weaker != fork_server.SANDBOX
    monkeypatch.setattr(fork_server, "SANDBOX", weaker)
    fork_server.without_sandbox.cache_clear()
    said = fork_server.without_sandbox()
    fork_server.without_sandbox.cache_clear()
    assert said.startswith("On this system an answer can ") and found in said


@sandbox
def test_it_writes_nowhere_but_in_its_folder(sandboxed):
    with answer(sandboxed, C) as session:
        places = ["/", "/tmp", "/dev", "/usr/lib", os.path.dirname(os.__file__)]
        assert session.value(f"[C.access(os.fsencode(path), 2) for path in {places}]") == [-1] * 5
        remount = "C.mount(b'none', os.fsencode(os.getcwd()), None, 32 | 4096, None)"
        assert session.value(remount) == -1


@linux
def test_it_has_no_rights_and_gets_none(apart):
    with answer(apart, C) as session:
        session.run("rights = (ctypes.c_uint32 * 6)()\n"
                    "C.capget((ctypes.c_uint32 * 2)(0x20080522, 0), rights)")
        assert session.value("list(rights)") == [0] * 6
        if apart._sandboxed or os.geteuid() == 0:  # those that exec might give
            assert session.value("[n for n in range(41) if C.prctl(23, n, 0, 0, 0)]") == []
        assert session.value("C.prctl(39, 0, 0, 0, 0)") == 1  # no new ones
        assert session.value("[C.unshare(n) for n in (0x10000000, 0x20000, 0x20000000, 0x40000000)]") == [-1] * 4
        assert session.value("C.setuid(0) == 0 and os.getuid() == 0 and C.chroot(b'.') == 0") is False


@linux
def test_it_has_no_network(apart):
    with socket.create_server(("127.0.0.1", 0)) as listening, answer(apart, C + "import socket") as session:
        address = listening.getsockname()[1].to_bytes(2, "big") + bytes([127, 0, 0, 1])
        if apart._sandboxed:
            assert session.value("socket.if_nameindex()") in ([(1, "lo")], [])
            assert session.value("[C.socket(kind, 1, 0) for kind in (38, 40)]") == [-1, -1]  # no namespace has these
        assert session.value(f"C.connect(C.socket(2, 1, 0), (2).to_bytes(2, 'little') + {address!r} + bytes(8), 16)"
                             ) == -1


@linux
def test_it_talks_to_no_program_through_a_socket_of_its(apart, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of such a socket must be short
    tmp_path.chmod(0o777)
    with (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_UNIX) as two,
          answer(apart, C + "import socket") as session):
        one.bind("one")
        two.bind(f"\0{os.getpid()}-canary")
        two.listen()
        one.settimeout(0)
        path, name = (b"\1\0" + each for each in (os.fsencode(tmp_path / "one"), f"\0{os.getpid()}-canary".encode()))
        for address, kind in ((path, 2), (name, 1)):
            assert session.value(f"C.connect(C.socket(1, {kind}, 0), {address!r}, {len(address)})") == -1
        session.run("pair = (ctypes.c_int * 2)()\nC.socketpair(1, 2, 0, pair)\n"
                    f"C.sendto(pair[0], b'x', 1, 0, {path!r}, {len(path)})")
        with pytest.raises(BlockingIOError):
            one.recv(10)


@linux
def test_it_gets_no_descriptor_but_its_channel(apart):
    with answer(apart), answer(apart, "import fcntl, os, stat") as session:
        session.run("kinds = []\nfor number in range(64):\n    try:\n"
                    "        kinds.append(stat.S_IFMT(os.fstat(number).st_mode))\n"
                    "    except OSError: pass")
        assert session.value("sorted(kinds)") == sorted([0o020000] * 3 + [0o140000])  # /dev/null, and a socket


@forks
def test_it_starts_no_process(server):
    if sys.platform != "linux":
        pytest.skip("only Linux can forbid it")
    with answer(server, C) as session:
        assert session.value("[C.fork(), C.vfork(), C.system(b'sleep 77 &')][:2]") == [-1, -1]
        shared = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
        assert session.value(f"C.syscall({shared}, 17, 0, 0, 0, 0)") == -1
        assert session.value("C.syscall(435, bytes(88), 88)") == -1
        session.run("import threading\nthread = threading.Thread(target=print)\nthread.start()\nthread.join()")


@linux
def test_it_asks_nothing_of_another_process(plain):
    """With the limits of another process, or its place among those that wait for a core, it could end or starve it."""
    with answer(plain, C) as session, answer(plain) as neighbor:
        for number in (os.getpid(), plain._server.pid, neighbor.value("__import__('os').getpid()")):
            for call in ("ptrace(0x4206, {}, None, None)", "process_vm_readv({}, None, 0, None, 0, 0)",
                         "prlimit({}, 7, None, None)", "sched_setscheduler({}, 0, bytes(8))", "fcntl(0, 8, {})",
                         "sigqueue({}, 0, None)", "syscall(424, C.syscall(434, {}, 0), 0, None, 0)",
                         "syscall(438, C.syscall(434, {}, 0), 0, 0)"):
                assert session.value(f"C.{call.format(number)}") == -1, call


@forks
def test_it_cannot_stop_what_grades_it(server):
    if sys.platform != "linux":
        pytest.skip("only Linux can forbid it")
    with answer(server, C) as session, answer(server) as neighbor:
        for number in (os.getpid(), server._server.pid, *descendants(server._server.pid)):
            mine = session.value("os.getpid()")
            session.value(f"{number} != {mine} and C.kill({number}, 0)")
            assert number == mine or session.value(f"C.kill({number}, 0)") == -1 or server._sandboxed
        assert neighbor.value("1") == 1


# What it may use

@sandbox
def test_a_full_folder_is_its_own_problem(sandboxed):
    fill = ("number = 0\ntry:\n    while True:\n        open(f'{number}', 'wb').write(bytes(2**20))\n"
            "        number += 1\nexcept OSError as error: reason = error.errno")
    with answer(sandboxed, fill) as session, answer(sandboxed) as neighbor:
        assert session.value("reason") == 28 and session.value("number") < 40
        neighbor.write("big.txt", "x" * 2**20)
        with pytest.raises(NotYet, match="Did your answer fill its folder?"):
            session.write("big.txt", "x" * 2**20)
    assert grade(TASK, fill + GUESS, True, launcher=sandboxed).state == NOT_YET


@sandbox
def test_files_and_threads_without_end_are_its_own_problem(sandboxed):
    many = ("import threading, time\ntry:\n    for number in range(10**5): open(str(number), 'w').close()\n"
            "except OSError as error: pass\nthreading.stack_size(2**16)\ntry:\n    for threads in range(10**4):\n"
            "        threading.Thread(target=time.sleep, args=[99]).start()\nexcept RuntimeError: pass")
    with answer(sandboxed, many) as session, answer(sandboxed, many) as neighbor:
        assert session.value("number") < 6000
        assert 20 < session.value("threads") < 50 and 20 < neighbor.value("threads") < 50  # each has all of its share


@linux
def test_threads_without_end_are_its_own_problem_without_a_sandbox_too(plain):
    """For root by a number for each answer, for others by leaving a quarter of the user's processes to the rest."""
    with answer(plain, "import os, resource") as session:
        most, all_of_them = session.value("resource.getrlimit(resource.RLIMIT_NPROC)[0]"), fork_server.LIMITS["threads"]
        if session.value("os.getuid() == os.geteuid()"):  # not root, or one who can't change its number
            assert 0 < most <= 2**14 * 3 / 4
            return
        assert most == all_of_them
        session.run("import threading, time\nthreading.stack_size(2**16)\ntry:\n    for threads in range(10**3):\n"
                    "        threading.Thread(target=time.sleep, args=[99], daemon=True).start()\n"
                    "except RuntimeError: pass")
        assert 20 < session.value("threads") < 50


@linux
def test_memory_that_no_limit_counts_is_not_to_be_had(apart):
    with answer(apart, C) as session:
        assert session.value("[C.shmget(0, 4096, 0o1600), C.memfd_create(b'x', 0), C.mq_open(b'/x', 64, 384, None)]"
                             ) == [-1] * 3


@linux
def test_asynchronous_input_is_not_to_be_had_because_it_counts_for_the_whole_machine(apart):
    number = {"x86_64": 206, "aarch64": 0}[os.uname().machine]
    with answer(apart, C) as session:
        assert session.value(f"C.syscall({number}, 1, ctypes.byref(ctypes.c_ulong(0)))") == -1


SEND = C + """
import socket, struct
kept = []
def send(count):
    about = struct.pack(f"=Qii{count}i", 16 + 4 * count, 1, 1, *[0] * count)
    parts = [ctypes.create_string_buffer(about), ctypes.create_string_buffer(b"x")]
    parts.append(ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(parts[1]), 1)))
    header = struct.pack("QQQQQQQ", 0, 0, ctypes.addressof(parts[2]), 1, ctypes.addressof(parts[0]), len(about), 0)
    kept.append((parts, socket.socketpair()))
    return C.sendmsg(kept[-1][1][0].fileno(), ctypes.create_string_buffer(header), 0)
sent = [send(60), send(250)]
"""


@sandbox
def test_descriptors_on_their_way_are_not_to_be_had_because_they_count_for_all_answers_together(sandboxed):
    with answer(sandboxed, SEND) as session:
        assert session.value("sent") == [-1, -1]
        assert grade(TASK, TASK.answer, True, launcher=sandboxed).state == PASSED


# What becomes of the others, and of the grader

ATTACKS = {
    "it kills itself": C + "C.kill(os.getpid(), 9)",
    "it stops itself": C + "C.kill(os.getpid(), 19)",
    "it breaks its own process": C + "C.memset(id(os), 255, 10**6)",
    "it closes all descriptors": C + "[C.close(number) for number in range(99)]\nwhile True: pass",
    "it makes its folder unusable": C + "C.chmod(b'.', 0)",
    "it floods the channel": C + "while True: [C.write(number, bytes(10**6), 10**6) for number in range(3, 20)]",
    "it puts links everywhere": C + "C.unlink(b'spam.py')\nC.symlink(b'/etc/passwd', b'spam.py')",
}
IN_THE_SANDBOX = {  # elsewhere these would harm the machine on which the tests run
    "it kills all": ALONE + "C.kill(-1, 9)\nC.kill(1, 9)",
    "it makes the folder above unusable": ALONE + "assert os.getcwd() == '/tmp/answer-folder'\nC.chmod(b'..', 0)",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_not_yet_and_the_next_learner_what_they_deserve(server, name):
    attack(server, ATTACKS[name])


@sandbox
@pytest.mark.parametrize("name", IN_THE_SANDBOX)
def test_so_does_an_attack_on_all_there_is(sandboxed, name):
    attack(sandboxed, IN_THE_SANDBOX[name])


IN_ITS_BASE = C + "assert os.path.dirname(os.getcwd()) == {!r}, 'not the folder of this test'\n"
WITHOUT_A_SANDBOX = {  # on processes and folders that the test has made, and nothing else
    "it stops the fork server": "C.kill(os.getppid(), 19); C.sigqueue(os.getppid(), 19, None)",
    "it kills the fork server": "C.kill(os.getppid(), 9); C.sigqueue(os.getppid(), 9, None)",
    "it limits the fork server": "C.prlimit(os.getppid(), 7, bytes(16), None)",
    "it writes to the fork server's memory": "assert C.open(f'/proc/{os.getppid()}/mem'.encode(), 2) == -1",
    "it makes the folder of all answers unusable": "C.chmod(b'..', 0)",
    "it renames and removes its folder": "C.rename(os.getcwd().encode(), b'../other'); C.rmdir(os.getcwd().encode())",
    "it renames the folder of all answers": "C.rename(os.path.dirname(os.getcwd()).encode(), b'../../other')",
    "it becomes another program": "C.execv(b'/bin/sh', (ctypes.c_char_p * 4)(b'sh', b'-c', b'sleep 77', None))",
}


@linux
@pytest.mark.parametrize("name", WITHOUT_A_SANDBOX)
def test_without_a_sandbox_an_attack_on_what_grades_it_fails_too(plain, name):
    with answer(plain) as neighbor:
        attack(plain, IN_ITS_BASE.format(str(plain.base)) + WITHOUT_A_SANDBOX[name])
        assert neighbor.read("spam.py") and neighbor.value("1") == 1
    assert descendants(plain._server.pid) == [] and list(plain.base.iterdir()) == []


def attack(server, code):
    verdict = grade(TASK, code + GUESS, True, launcher=server)
    assert verdict.state == NOT_YET and verdict.message
    assert "AssertionError" not in verdict.message
    assert grade(TASK, TASK.answer, True, launcher=server).state == PASSED
    assert not server._sandboxed or descendants(server._server.pid) == []


@sandbox
def test_all_that_an_answer_made_goes_with_it(sandboxed, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with answer(sandboxed, "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x' * 10**6)\nos.chmod('a', 0)"):
        assert descendants(sandboxed._server.pid)
    assert descendants(sandboxed._server.pid) == []
    assert list(tmp_path.iterdir()) == []


@linux
def test_if_the_fork_server_is_killed_an_answer_that_wants_to_stay_ends(apart):
    with contextlib.suppress(GraderProblem), answer(apart, C + "C.prctl(1, 0, 0, 0, 0)"):
        running = descendants(apart._server.pid)
        adopt_orphans(True)
        try:
            apart._server.kill()
            apart._server.wait()
            assert running
            assert_ended(running)
        finally:
            adopt_orphans(False)


@linux
@pytest.mark.parametrize("how", ["it's killed", "its grader is"])
def test_if_the_fork_server_is_gone_its_answers_end(server, how):
    sleeping = server.start(server.new_folder())
    sleeping._send({"do": "run", "code": "import time\nwhile True: time.sleep(9)", "token": ""})
    running = [server._server.pid, *descendants(server._server.pid)]
    adopt_orphans(True)  # so that it sees when they have ended, rather than when somebody else looks after them
    try:
        if how == "it's killed":
            server._server.kill()
        else:
            server._control.close()
        server._server.wait(60)
        assert len(running) > 1
        assert_ended(running)
    finally:
        adopt_orphans(False)


@forks
def test_a_fork_server_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(fork_server, "PATIENCE", 1)
    with fork_server.ForkServer(SANDBOXED) as server:
        os.kill(server._server.pid, 19)
        with pytest.raises(GraderProblem, match="has ended"):
            grade(TASK, TASK.answer, True, launcher=server)


# The decision

@sandbox
@pytest.mark.parametrize("broken", ["shown", "forbid", "network", "rights"])
def test_a_sandbox_from_which_an_escape_works_is_refused(monkeypatch, tmp_path, broken):
    tmp_path.chmod(0o755)  # what only root may read, an answer can't see anyway
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    weaker = {"shown": [("for path in (*shown, *DEVICES):", f"for path in (*shown, *DEVICES, {str(tmp_path)!r}):")],
              "forbid": [("def forbid(only=None):", "def forbid(only=None):\n    return")],
              "network": [("0x40000000 | 0x4000000", "0x4000000")],
              "rights": [('call("capset"', '(lambda *_: None)("capset"'), ("become(user)\n", "pass\n")]}[broken]
    for part in weaker:
        assert part[0] in fork_server.SANDBOX
        monkeypatch.setattr(fork_server, "SANDBOX", fork_server.SANDBOX.replace(*part))
    with pytest.raises(GraderProblem, match="in the sandbox an answer can"), fork_server.ForkServer():
        pass


@sandbox
@pytest.mark.parametrize("problem, words", [
    ("1, 'unshare: Operation not permitted'", "doesn't let a program make one (unshare: Operation not permitted)"),
    ("13, 'mount: Permission denied'", "doesn't let a program make one (mount: Permission denied)"),
    ("28, 'unshare: No space left on device'", "this system's limit on namespaces is reached"),
    ("38, 'mount_setattr: Function not implemented'", "it needs Linux 5.14 or newer, on x86-64 or ARM64"),
    ("11, 'Resource temporarily unavailable'", "Resource temporarily unavailable"),
], ids=["Docker", "Ubuntu", "namespaces are off", "an old kernel", "another problem"])
@pytest.mark.parametrize("where", ["def make_view(folder, shown, hidden):", "def start_namespaces(proc, root):",
                                   "def isolate(proc, root, settings):", "def forbid(only=None):"])
def test_a_missing_sandbox_is_explained_in_words(monkeypatch, where, problem, words):
    broken = fork_server.SANDBOX.replace(where, f"{where}\n    raise OSError({problem})\n")
    assert broken != fork_server.SANDBOX
    monkeypatch.setattr(fork_server, "SANDBOX", broken)
    found, sandboxed = fork_server.containment.__wrapped__()
    assert words in found and found.startswith(("this system", "it needs", "Resource")) and not sandboxed


IN_NAMESPACE = """if True:
    # Start a namespace of users, in which root has a number of users and groups, and start a command there.
    import ctypes, os, sys
    size, namespaces, *command = sys.argv[1:]
    (ready, started), (mapped, done) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        assert ctypes.CDLL(None).unshare(0x10000000) == 0
        os.write(started, b"x")
        os.read(mapped, 1)
        with open("/proc/sys/user/max_user_namespaces", "w") as file: file.write(namespaces)
        os.execvp(command[0], command)
    os.close(started)
    if not os.read(ready, 1): sys.exit("no namespace")
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{child}/{name}", "w") as file: file.write(f"0 0 {size}")
    os.write(done, b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make namespaces")
CONTAINMENT = [sys.executable, "-c", "from exercises.isolation import fork_server; print(*fork_server.containment())"]


@sandbox
@as_root
@pytest.mark.parametrize("users, namespaces", [(2**32 - 1, 0), (65536, 1000), (1, 1000)],
                         ids=["no user namespaces", "65536 users", "one user"])
def test_root_has_a_sandbox_also_where_it_has_few_users_or_no_namespaces_of_them(users, namespaces):
    """Root in a chroot, on Ubuntu 24.04 or in a rootless container has to do without one or the other."""
    command = [sys.executable, "-c", IN_NAMESPACE, str(users), str(namespaces), *CONTAINMENT]
    found = subprocess.run(command, cwd=KIT, capture_output=True, text=True)
    if found.stderr.endswith("no namespace\n"):
        pytest.skip("this system, for example in a chroot, makes none")
    assert found.stdout.endswith(" True\n"), found.stdout + found.stderr


@sandbox
@as_root
def test_a_grader_that_is_the_first_process_of_a_container_has_a_sandbox():
    """There it has the number that an answer's own first process has, too."""
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    found = subprocess.run([*alone, *CONTAINMENT], cwd=KIT, capture_output=True, text=True)
    assert found.stdout.endswith(" True\n"), found.stdout + found.stderr


NO_NAMESPACES = ["unshare", "--user", "--map-root-user", "sh", "-c",
                 "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "
                 "--securebits=+noroot \"$@\"", "sh"]


def test_without_a_sandbox_nothing_is_graded_unless_asked_for(tmp_path):
    batch = put(tmp_path / "batch", {f"ann/{NAME}": RIGHT})
    command = [sys.executable, "-m", "exercises", "grade", str(batch), "--jobs", "1"]
    without = NO_NAMESPACES if SANDBOXED else []
    if without and os.geteuid() == 0 and KIT.stat().st_uid != 0:
        pytest.skip("root without its rights can't read this clone")
    if without and subprocess.run([*without, "true"], capture_output=True).returncode:
        pytest.skip("this system can't turn its sandbox off")
    refused = subprocess.run([*without, *command], cwd=KIT, capture_output=True, text=True)
    assert refused.returncode == 2 and refused.stderr.startswith("error: there's no sandbox, because ")
    assert refused.stderr.endswith("To grade only people you trust without one, add --no-sandbox\n")
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    graded = subprocess.run([*without, *command, "--no-sandbox"], cwd=KIT, capture_output=True, text=True)
    assert "1 graded" in graded.stdout, graded.stderr
    assert graded.stderr.startswith(f"No sandbox, as you asked. {fork_server.without_sandbox()} So grade only people")


@sandbox
def test_a_worker_without_a_sandbox_refuses_what_was_decided(monkeypatch):
    from exercises.submissions import workers
    monkeypatch.setattr(fork_server, "SANDBOX", fork_server.SANDBOX.replace("def forbid(only=None):",
                                                                          "def forbid(only=None):\n    return"))
    with pytest.raises(GraderProblem):
        workers.grade_here(None, "", True)


# The grader's own hands

@pytest.mark.skipif(not processes.BY_DESCRIPTOR, reason="this system opens files by their paths")
def test_no_link_is_followed_when_a_folder_is_emptied(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "answer"
    put(outside, {"canary": b"mine"})
    outside.chmod(0o755)
    (folder / "deep").mkdir(parents=True)
    for place in (folder, folder / "deep"):
        (place / "link").symlink_to(outside)
        (place / "file").symlink_to(outside / "canary")
    processes.remove(folder)
    assert not folder.exists() and (outside / "canary").read_bytes() == b"mine"
    assert outside.stat().st_mode & 0o777 == 0o755
    (tmp_path / "swapped").symlink_to(outside)
    processes.remove(tmp_path / "swapped")  # a link where the folder was
    assert (outside / "canary").read_bytes() == b"mine" and not (tmp_path / "swapped").is_symlink()


@pytest.mark.skipif(not processes.BY_DESCRIPTOR, reason="this system opens files by their paths")
def test_a_folder_that_turns_into_a_link_at_any_moment_is_not_followed(tmp_path):
    """While the grader empties a folder, something swaps folders in it for links."""
    outside, folder = tmp_path / "outside", tmp_path / "answer"
    put(outside, {f"canary{number}": b"mine" for number in range(20)})
    swap = ("import os, sys\nfolder, outside = sys.argv[1:]\nprint('started', flush=True)\nwhile True:\n"
            "    for number in range(30):\n        name = f'{folder}/{number}'\n        try:\n"
            "            os.rename(name, name + 'x'); os.symlink(outside, name)\n        except OSError: pass\n")
    for _ in range(10):
        put(folder, {f"{number}/file{each}": b"" for number in range(30) for each in range(5)})
        with subprocess.Popen([sys.executable, "-c", swap, folder, outside], stdout=subprocess.PIPE) as swapping:
            swapping.stdout.readline()
            processes.remove(folder)
            swapping.kill()
        processes.remove(folder)
        assert len(list(outside.iterdir())) == 20


@sandbox
def test_the_grader_reads_and_writes_an_ordinary_file_or_none(sandboxed):
    with answer(sandboxed, "import os") as session:
        session.write("shop/soup.py", "x = 1\n")
        session.run("open('shop/soup.py', 'a').write('y = 2\\n')")
        assert session.read("shop/soup.py") == "x = 1\ny = 2\n"
        session.run("os.symlink('/etc/passwd', 'one')\nos.symlink('shop', 'two')\nos.mkfifo('three')")
        assert [session.read(name) for name in ("one", "two/soup.py", "three")] == [""] * 3
        assert session.files() == ["shop/soup.py", "spam.py"]
