"""The red team: attacks and odd right answers in one class, graded from end to end with the real command.

Each attack gets NOT YET and a true sentence, the honest learners before and after it get PASSED, and nothing is left.
`COVERED` says which test covers which kind of attack, here or in the other files.

An attack must be harmless even if it works, and on root's machine: it changes and ends only what this file made (its
canaries, the grader under test, its own processes), or only asks whether it could, and says so with `out`. Those in
`SANDBOXED_ONLY` would reach that far without a sandbox, so they don't run there.
"""
import csv
import importlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.__main__ import main
from exercises.grader import grading, tasks
from exercises.isolation import fork_server
from exercises.submissions import workers
from tests.exercises.test_grader import ODD_BUT_RIGHT, OWN_NAMES
from tests.notebooks import KIT
from tests.submissions import test_pile
from tests.submissions.test_isolation import SEND
from tests.submissions.test_submissions import NAME, RIGHT, WRONG, content, grade, notebook, put, start_grading
from tests.submissions.test_submissions import nothing_is_left  # noqa: F401 (a fixture)

SANDBOXED = fork_server.containment()[1]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the parts that these attacks reach for")
MODES = [pytest.param([], id="sandbox", marks=pytest.mark.skipif(not SANDBOXED, reason=fork_server.containment()[0])),
         pytest.param(["--no-sandbox"], id="no sandbox")]

# The kinds of failure that the first edition's grader and other graders had -> the tests for each.
# "file.test", or "file.DICTIONARY[key]" for one case of several; without a file, it's in this one.
COVERED = {
    "1 the system is writable from the sandbox, as root": [
        "ATTACKS[makes Python's library writable]", "test_isolation.test_it_writes_nowhere_but_in_its_folder",
        "test_isolation.test_it_has_no_rights_and_gets_none"],
    "2 the grader deletes files outside": [
        "ATTACKS[swaps its folders for links to the end]",
        "test_isolation.test_no_link_is_followed_when_a_folder_is_emptied",
        "test_isolation.test_a_folder_that_turns_into_a_link_at_any_moment_is_not_followed"],
    "3 neighbors' grades forged through the memory of the process that starts them": [
        "ATTACKS[opens the memory of its parent]", "ATTACKS[looks into its parent]",
        "test_isolation.test_it_sees_no_process_but_its_own_and_signals_none"],
    "4 an archive ends the run: a damaged .tgz or .tar.xz, an entry without a name, a header in a header": [
        "test_bad_archives_cost_only_their_own_rows", "test_pile.ATTACKS[a damaged tgz]",
        "test_pile.ATTACKS[a damaged xz]", "test_pile.ATTACKS[a header in a header]",
        "test_pile.test_an_entry_without_a_name_costs_only_itself"],
    "4 archives damaged at random": ["test_pile.test_archives_damaged_at_random_are_problems_and_never_errors"],
    "5 what starts answers is stopped, and then neither the class nor Ctrl-C ends": [
        "ATTACKS[stops its parent]", "test_ctrl_c_ends_a_grader_whose_fork_server_is_stopped",
        "test_isolation.test_a_fork_server_that_does_not_answer_is_given_up"],
    "6 the folder of all answers is made unusable": ["ATTACKS[makes the folder above unusable]"],
    "7 a full disk is a verdict, and it's kept": [
        "test_a_full_disk_is_no_verdict_and_is_not_kept", "ATTACKS[fills its folder]",
        "test_grader.test_a_disk_that_is_full_is_the_graders_problem_and_no_verdict",
        "test_isolation.test_a_full_folder_is_its_own_problem"],
    "8 an archive fills the memory of the grader: a small zip, a tar": [
        "test_pile.ATTACKS[a bomb of bzip2]", "test_pile.ATTACKS[a header of gigabytes]",
        "test_pile.test_reading_takes_no_memory_of_the_grader"],
    "8 a tar with a negative size loops forever": ["test_pile.ATTACKS[a negative size]"],
    "9 no limit on processes": [
        "ATTACKS[starts processes]", "ATTACKS[starts threads without end]",
        "test_under_a_limit_on_processes_threads_without_end_cost_nobody_else",
        "test_isolation.test_it_starts_no_process"],
    "10 the trial that finds out the truth is tampered with": ["ATTACKS[tampers with the truth]"],
    "11 a killed grader leaves processes and folders, Ctrl-C takes long": [
        "test_submissions.test_a_grader_killed_at_any_moment_leaves_nothing",
        "test_submissions.test_a_killed_run_continues_and_ends_with_the_same_files"],
    "12 the sandbox fails open": [
        "test_a_sandbox_that_is_there_only_when_it_is_announced_grades_nothing",
        "test_isolation.test_a_sandbox_from_which_an_escape_works_is_refused",
        "test_isolation.test_without_a_sandbox_nothing_is_graded_unless_asked_for",
        "test_isolation.test_a_worker_without_a_sandbox_refuses_what_was_decided"],
    "13 an attacker is NOT GRADED rather than NOT YET: kills what started it, or makes its folder unsearchable": [
        "ATTACKS[kills its parent]", "ATTACKS[makes its folder unsearchable]", "ATTACKS[kills all there is]"],
    "14 an answer's own type(), id() or ValueError passes": [
        "ATTACKS[has its own id and type]", "ATTACKS[has its own ValueError]",
        "test_grader.test_names_of_the_answers_own_do_not_make_it_pass"],
    "15 no row for a folder with only hidden files, or for a link": ["test_pile.test_everyone_in_the_pile_has_a_row"],
    "15 two learners share a key": ["test_pile.test_keys_do_not_collide"],
    "16 a name of 100 wide characters": ["test_submissions.test_a_name_of_100_wide_characters_is_graded"],
    "16 120,000 cells": ["test_grader.test_a_notebook_of_120000_marked_cells_takes_seconds"],
    "16 a tar.gz of a class": ["test_pile.test_a_compressed_class_is_read_in_one_pass"],
    "17 escape bytes in names": [
        "test_submissions.test_nothing_invisible_acts_in_any_report_and_json_still_says_the_same",
        "ATTACKS[paints in the terminal]"],
    "17 a formula begins in a cell of the grades": ["test_submissions.test_no_cell_of_the_grades_begins_a_formula"],
    "18 files get the wrong mode": ["test_submissions.test_new_files_have_the_mode_that_the_umask_allows"],

    "peers: equal to everything": ["ATTACKS[is equal to everything]"],
    "peers: patches the grader's helpers in a shared process": ["ATTACKS[patches what the grader uses]"],
    "peers: writes the result file and leaves": ["ATTACKS[writes a result and leaves]"],
    "peers: a conftest.py in the submission": ["test_files_beside_the_notebook_change_nothing"],
    "peers: reads the expected value off the caller's frame": ["ATTACKS[searches its callers for the expected value]"],
    "peers: reads the solution": ["ATTACKS[reads the solution]", "ATTACKS[reads the solution past the guard]"],
    "peers: loops forever and swallows the interrupt": ["ATTACKS[loops and swallows every interrupt]"],
    "peers: os._exit": ["ATTACKS[leaves Python]"],
    "peers: kills itself or its parent": ["ATTACKS[kills itself]", "ATTACKS[kills its parent]"],
    "peers: KeyboardInterrupt": ["ATTACKS[raises KeyboardInterrupt]"],
    "peers: not UTF-8": ["ATTACKS[leaves a file that isn't UTF-8]", "ATTACKS[has half a character]",
                         "test_grader.test_what_is_no_notebook_of_the_course_is_reported_by_name"],
    "peers: 4 GB of memory": ["ATTACKS[takes 4 GB of memory]"],
    "peers: a module named like one of the standard library": [
        "ATTACKS[leaves a module named like one of Python's]",
        "test_grader.ODD_BUT_RIGHT[has a file that is called like a module of Python's]"],
    "peers: changes a neighbor's grade in the grader's files": ["ATTACKS[writes its neighbors' grades]"],
    "peers: a wrong answer after one who changed the tests": ["ATTACKS[tampers for the next one]",
                                                              "ATTACKS[trusts the one before]"],
    "peers: a pickle that the grader loads": ["ATTACKS[returns a pickle with a charge]"],
    "peers: a wrong output that was run and saved, tags, a cell that never ran": [
        "test_grader.test_nothing_but_the_answer_cells_counts"],
    "peers: right, and warns or prints": ["test_grader.ODD_BUT_RIGHT[prints and warns]"],
    "peers: right, and changes the directory": ["test_grader.ODD_BUT_RIGHT[goes to another folder]"],
    "peers: right, with a byte order mark": [
        "test_grader.ODD_BUT_RIGHT[has a byte order mark and other line ends]"],
    "peers: right, with an edit of the same length within the second": ["test_the_honest_ones_pass"],
    "peers: the learner's own spam.py is overwritten": ["test_files_beside_the_notebook_change_nothing"],
}

C = """import ctypes, os
C = ctypes.CDLL(None, use_errno=True)
parent = C.getppid()
def out(worked):
    if worked: raise SystemError("IT GOT OUT")
"""
ALONE = C + "assert (os.getpid(), parent) == (2, 1)\n"  # in its own namespace of processes, it ends only its own
GUESS = "\ndef refresh(module): pass\n"
NOT_MORE = "The file changed; did the module?"  # the check's sentence for an answer that changes nothing else
LIBRARY = os.path.dirname(os.__file__)

# name -> (task -> answer, what the sentence must say). OUTSIDE is a folder of canaries, GRADES that of the grades.
ATTACKS = {
    "makes Python's library writable": (
        ALONE + f"for path in (b'/', b'/usr/lib', {os.fsencode(LIBRARY)!r}):\n"
        "    out(C.mount(None, path, None, 32 | 4096, None) == 0 or C.access(path, 2) == 0)" + GUESS, NOT_MORE),
    "swaps its folders for links to the end": (
        C + "import threading\nfor number in range(30):\n    os.makedirs(f'{number}/deep')\n"
        "def swap():\n    while True:\n        for number in range(30):\n            name = b'%d' % number\n"
        "            C.rename(name, name + b'x')\n            C.symlink(b'OUTSIDE', name)\n"
        "threading.Thread(target=swap).start()" + GUESS, NOT_MORE),
    "opens the memory of its parent": (
        C + "out(C.open(b'/proc/%d/mem' % parent, os.O_RDWR) >= 0)" + GUESS, NOT_MORE),
    "looks into its parent": (
        C + "parts = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.c_char(0)), 1)\n"
        "C.process_vm_writev(parent, parts, 1, parts, 1, 0)\nout(ctypes.get_errno() != 1)\n"
        "out(C.ptrace(16, parent, 0, 0) == 0)" + GUESS, NOT_MORE),
    "stops its parent": (C + "C.kill(parent, 19)" + GUESS, NOT_MORE),
    "makes the folder above unusable": (
        C + "place = os.path.dirname(os.getcwd())\n"
        "assert os.getcwd() == '/tmp/answer-folder' or os.path.basename(place).startswith('grading-')\n"
        "C.chmod(b'..', 0)" + GUESS, ""),  # root gets in all the same
    "fills its folder": (
        C + "try:\n    for number in range(40): open(str(number), 'wb').write(bytes(2**20))\n"
        "    out(True)\nexcept OSError: pass" + GUESS, "Did your answer fill its folder?"),
    "starts processes": (
        C + "for _ in range(5):\n    number = C.fork()\n"
        "    if number == 0: C.execlp(b'sleep', b'sleep', b'77', None)\n    out(number >= 0)" + GUESS, NOT_MORE),
    "starts threads without end": (
        "import threading, time\ndef refresh(module):\n    for _ in range(9000):\n"
        "        threading.Thread(target=time.sleep, args=[77], daemon=True).start()", "can't start new thread"),
    "tampers with the truth": (
        {"when-read": C + "import threading\nprinted = ['runs', 'nothing', 'nothing', 'soup', 'soup', 'soup']\n"
         "text = b'print(\"runs\")\\ndef dish(): print(\"soup\")\\n'\n"
         "mine = os.path.basename(os.getcwd())\n"
         "def tamper():\n    while True:\n        for name in os.listdir('..'):\n            if name != mine:\n"
         "                file = C.open(b'../%s/menu.py' % name.encode(), os.O_WRONLY | os.O_TRUNC)\n"
         "                if file >= 0: C.write(file, text, len(text)), C.close(file)\n"
         "threading.Thread(target=tamper, daemon=True).start()"}, "5 of 6 are right. Step 6: is menu in sys.modules"),
    "kills its parent": (C + "C.kill(parent, 9)" + GUESS, NOT_MORE),
    "kills all there is": (ALONE + "C.kill(-1, 9)\nC.kill(1, 9)" + GUESS, NOT_MORE),
    "makes its folder unsearchable": (C + "C.chmod(b'.', 0)" + GUESS, ""),  # root gets in all the same
    "kills itself": (C + "C.kill(os.getpid(), 9)" + GUESS, "ended Python itself (signal 9)"),
    "sends descriptors without end": (SEND + GUESS, NOT_MORE),
    "has its own id and type": (OWN_NAMES["refresh"][0], ""),
    "has its own ValueError": (
        {"replace": OWN_NAMES["replace"][0] + "\n" + tasks.find("replace").answer}, "ValueError"),
    "paints in the terminal": (
        "def refresh(module): raise ValueError('\\x1b[2J\\nPASSED: refresh')", r"raised ValueError: \x1b[2J\nPASSED"),
    "is equal to everything": (
        "class Equal:\n    def __eq__(self, other): return True\ndef refresh(module): return Equal()", NOT_MORE),
    "patches what the grader uses": (
        "import builtins, importlib, json\njson.loads = json.dumps = builtins.print = lambda *a, **k: None\n"
        "importlib.reload = builtins.compile = lambda *a, **k: a[0]" + GUESS, ""),
    "writes a result and leaves": (
        "import os\nopen('results.json', 'w').write('{\"score\": 100}')\nos._exit(0)" + GUESS, "exit status 0"),
    "searches its callers for the expected value": (
        "import re, sys\ndef refresh(module):\n    frame, found = sys._getframe(), ''\n    while frame:\n"
        "        found += str(frame.f_locals)\n        frame = frame.f_back\n"
        "    words = re.findall('(?:[bdfgklmnprstvz][aeiou]){5}', found)\n"
        "    module.grok = lambda: print(*words[:1])\n    return module", NOT_MORE),
    "reads the solution": (f"SOLUTION = open('{KIT}/solutions/{NAME}').read()" + GUESS,
                           "no task needs reading outside its own folder"),
    "reads the solution past the guard": (
        C + f"out(C.open({os.fsencode(KIT / 'solutions' / NAME)!r}, 0) >= 0)" + GUESS, NOT_MORE),
    "loops and swallows every interrupt": (
        "def refresh(module):\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass", "didn't return within"),
    "leaves Python": ("import os\ndef refresh(module): os._exit(0)", "ended Python itself (exit status 0)"),
    "raises KeyboardInterrupt": ("def refresh(module): raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "leaves a file that isn't UTF-8": (
        "def refresh(module): open(module.__file__, 'wb').write(b'\\xff\\xfe\\x00')", ""),
    "has half a character": ("text = '\ud800'" + GUESS, "surrogates not allowed"),
    "takes 4 GB of memory": ("def refresh(module): return bytearray(4 * 10**9)", "more than 1 GB of memory"),
    "leaves a module named like one of Python's": ("open('importlib.py', 'w').write('1 / 0')" + GUESS, NOT_MORE),
    "writes its neighbors' grades": (
        C + "for place in (b'GRADES', b'GRADES/results', b'OUTSIDE'):\n"
        "    out(C.open(place + b'/00 honest.json', os.O_WRONLY | os.O_CREAT, 0o666) >= 0)" + GUESS, NOT_MORE),
    "tampers for the next one": (
        C + "import importlib, sys\nimportlib.reload = lambda module: module\n"
        "place = os.path.dirname(os.getcwd())\n"
        "for name in ('sitecustomize.py', 'importlib.py', 'spam.py'):\n"
        "    C.close(C.open(f'../{name}'.encode(), os.O_WRONLY | os.O_CREAT, 0o666))" + GUESS, NOT_MORE),
    "trusts the one before": ("import importlib\ndef refresh(module): return module", NOT_MORE),
    "returns a pickle with a charge": (
        "import os, pickle\nclass Charge:\n    def __reduce__(self): return os.mkdir, ('OUTSIDE/charge',)\n"
        "open('result.pickle', 'wb').write(pickle.dumps(Charge()))\ndef refresh(module): return Charge()", NOT_MORE),
    "stops itself": (C + "C.kill(os.getpid(), 19)" + GUESS, "didn't return within"),
    "floods the channel": (
        C + "while True: [C.write(number, bytes(10**6), 10**6) for number in range(3, 20)]" + GUESS,
        "wrote into the channel"),
}
# What only the sandbox stops, and where trying it without one would harm others, or the machine that runs the tests
SANDBOXED_ONLY = {"makes Python's library writable", "fills its folder", "kills all there is"}

# Runs a command, prints what it left running, as JSON, five seconds after its end at the latest, and ends that.
WATCH = """
import ctypes, json, os, signal, subprocess, sys, time
from pathlib import Path
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # processes that lose their parent come to this one
run = subprocess.run(sys.argv[1:], capture_output=True, encoding="utf-8")
def left():
    while True:
        try:
            if not os.waitpid(-1, os.WNOHANG)[0]: break
        except ChildProcessError:
            break
    return [int(number) for number in Path("/proc/thread-self/children").read_text().split()]
end = time.monotonic() + 5
while left() and time.monotonic() < end: time.sleep(0.05)
print(json.dumps({"status": run.returncode, "out": run.stdout, "err": run.stderr,
                  "left": [Path(f"/proc/{number}/cmdline").read_text() for number in left()]}))
for number in left(): os.kill(number, signal.SIGKILL)
"""


class Class:
    """A class in which each attack is between two honest learners, graded once; and what came of it."""

    def __init__(self, folder, options):
        self.attacks = [name for name in ATTACKS if not options or name not in SANDBOXED_ONLY]
        self.honest = dict(zip((f"{2 * number:03} is honest" for number in range(len(self.attacks) + 1)),
                               itertools.cycle(ODD_BUT_RIGHT)))
        self.learners = {name: f"{2 * number + 1:03} {name}" for number, name in enumerate(self.attacks)}
        self.outside, grades = folder / "outside", folder / "batch-grades"
        put(self.outside, {f"canary{number}": b"mine" for number in range(20)})
        self.before = seen(self.outside)
        for name, learner in self.learners.items():
            answers = ATTACKS[name][0] if isinstance(ATTACKS[name][0], dict) else {"refresh": ATTACKS[name][0]}
            answers = {task.replace("-", "_"): code.replace("OUTSIDE", str(self.outside)).replace("GRADES", str(grades))
                       for task, code in answers.items()}
            put(folder / "batch", {f"{learner}/work.ipynb": notebook(**answers)})
        for learner, name in self.honest.items():
            put(folder / "batch", {f"{learner}/{NAME}": notebook(refresh=ODD_BUT_RIGHT[name])})
        (folder / "temporary").mkdir()
        run = subprocess.run([sys.executable, "-c", WATCH, sys.executable, "-m", "exercises", "grade",
                              str(folder / "batch"), "--jobs", "2", *options], cwd=KIT, capture_output=True, text=True,
                             env={**os.environ, "TMPDIR": str(folder / "temporary")})
        assert run.returncode == 0, run.stderr
        self.run = json.loads(run.stdout)
        assert (grades / "results.json").exists(), self.run["err"]
        results = json.loads((grades / "results.json").read_text(encoding="utf-8"))
        self.tasks = {result["learner"]: {row["task"]: row for row in result["tasks"]} for result in results}
        self.temporary = list((folder / "temporary").iterdir())
        self.strange = [path.name for path in grades.rglob("*") if path.name == "00 honest.json"]


def seen(folder):
    """Return what can be seen of a folder and the files in it: names, contents, modes."""
    return {path.name: (path.stat().st_mode, path.read_bytes()) for path in folder.iterdir()}, folder.stat().st_mode


@pytest.fixture(scope="module", params=MODES)
def graded(request, tmp_path_factory):
    return Class(tmp_path_factory.mktemp("red-team"), request.param)


@linux
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_not_yet_and_a_true_sentence(graded, name):
    if name not in graded.attacks:
        pytest.skip("only the sandbox stops this")
    given = ATTACKS[name][0]
    row = graded.tasks[graded.learners[name]][next(iter(given)) if isinstance(given, dict) else "refresh"]
    assert row["state"] == "NOT YET", row
    print(row["message"])
    assert row["message"] and ATTACKS[name][1] in row["message"] and row["message"].isprintable()
    for word in ("IT GOT OUT", "AssertionError", "Traceback", str(KIT), "grading-", "canary"):
        assert word not in row["message"]


@linux
def test_the_honest_ones_pass(graded):
    states = {learner: graded.tasks[learner]["refresh"]["state"] for learner in graded.honest}
    assert set(states.values()) == {"PASSED"}, (states, graded.run["err"])


@linux
def test_the_class_finishes_and_nothing_is_left_or_changed_outside(graded):
    assert (graded.run["status"], graded.run["left"], graded.temporary) == (1, [], []), graded.run
    assert len(graded.tasks) == len(graded.attacks) + len(graded.honest)
    assert seen(graded.outside) == graded.before and graded.strange == []
    assert "NOT GRADED" not in graded.run["err"] and "Traceback" not in graded.run["err"]


def test_bad_archives_cost_only_their_own_rows(tmp_path):
    bad = {f"{2 * number + 1:03}-{build[0]}": (build[1](), build[2])
           for number, build in enumerate(test_pile.ATTACKS.values())}
    batch = put(tmp_path / "batch", {name: data for name, (data, _) in bad.items()})
    put(batch, {f"{2 * number:03}-honest/{NAME}": RIGHT for number in range(len(bad) + 1)})
    run, rows = grade(batch)
    assert run.returncode == 1 and "Traceback" not in run.stderr, run.stderr
    assert len(rows) == 2 * len(bad) + 1
    for name, (_, words) in bad.items():
        row = rows[name.partition(".")[0]]
        assert words.replace("bob", name.partition(".")[0]) in row["notes"] and row["points"] == "0", row
    assert {row["refresh state"] for name, row in rows.items() if "honest" in name} == {"PASSED"}


def test_files_beside_the_notebook_change_nothing(tmp_path):
    names = ("conftest.py", "sitecustomize.py", "json.py", "spam.py", "exercises/__init__.py", "pytest.ini",
             "grades.csv", "results.json", "pyvenv.cfg", ".env")
    files = dict.fromkeys(names, b"import os; os._exit(0)")
    batch = put(tmp_path / "batch", {f"{who}/{name}": data for who in ("ann", "bob") for name, data in files.items()})
    _, rows = grade(put(batch, {f"ann/{NAME}": WRONG, f"bob/{NAME}": RIGHT}))
    assert {name: row["refresh state"] for name, row in rows.items()} == {"ann": "NOT YET", "bob": "PASSED"}
    assert (batch / "bob" / "spam.py").read_bytes() == files["spam.py"]


@linux
def test_ctrl_c_ends_a_grader_whose_fork_server_is_stopped(tmp_path, nothing_is_left):  # noqa: F811 (a fixture)
    batch = put(tmp_path / "batch", {f"learner{number:03}/{NAME}": RIGHT for number in range(400)})
    run = start_grading(batch)
    stopped = []
    while run.poll() is None and not stopped:
        time.sleep(0.05)
        graders = children(run.pid, b"worker.main")
        stopped = [server for grader in graders for server in children(grader, b"serve_forks")]
    for number in stopped:
        os.kill(number, signal.SIGSTOP)
    time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=19) == 130  # the grader's patience with the fork server is longer
    assert stopped
    nothing_is_left()


def children(number, words):
    """Return the numbers of the processes that one started with these words in their command."""
    found = b" ".join(content(path) for path in Path(f"/proc/{number}/task").glob("*/children"))
    return [child for child in map(int, found.split()) if words in content(Path(f"/proc/{child}/cmdline"))]


@linux
@pytest.mark.parametrize("options", MODES)
def test_a_full_disk_is_no_verdict_and_is_not_kept(tmp_path, options):
    (tmp_path / "temporary").mkdir()
    batch = put(tmp_path / "batch", {f"{name}/{NAME}": RIGHT for name in ("ann", "bob")})
    script = ('mount -t tmpfs -o size=2m none "$TMPDIR" && cat /dev/zero >"$TMPDIR/big" 2>/dev/null\n'
              '"$@"; cp "$GRADES" "$GRADES-full"; rm "$TMPDIR/big"; "$@"')
    inside = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount", "sh", "-c"]
    if subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("this system allows no namespaces, so no small disk")
    grades = tmp_path / "batch-grades" / "grades.csv"
    run = subprocess.run([*inside, script, "sh", *command(batch), *options], cwd=KIT, capture_output=True, text=True,
                         env={**os.environ, "TMPDIR": str(tmp_path / "temporary"), "GRADES": str(grades)})
    if "no sandbox" in run.stderr:
        pytest.skip("within a namespace, this system has no sandbox")
    assert set(states(grades.with_name("grades.csv-full"))) <= {"PASSED", "NOT GRADED"}, run
    assert states(grades) == ["PASSED"] * 2, run


def command(batch):
    return [sys.executable, "-m", "exercises", "grade", str(batch), "--jobs", "1"]


def states(grades):
    """Return what the learners got for the task, in the order of their names."""
    return [row["refresh state"] for row in csv.DictReader(io.StringIO(grades.read_text(encoding="utf-8-sig")))]


@linux
def test_under_a_limit_on_processes_threads_without_end_cost_nobody_else(tmp_path):
    own = sum(b"Uid:\t%d\t" % os.geteuid() in content(path) for path in Path("/proc").glob("[0-9]*/task/*/status"))
    if os.geteuid() == 0 or own > 150 or not SANDBOXED:
        pytest.skip("no limit on processes binds root, an ordinary user's own may be too many, or there's no sandbox")
    many = notebook(refresh=ATTACKS["starts threads without end"][0])
    batch = put(tmp_path / "batch", {f"{number:02}/{NAME}": many if number % 4 == 1 else RIGHT for number in range(20)})
    run = subprocess.run(["sh", "-c", 'ulimit -u 300; exec "$@"', "sh", *command(batch)], cwd=KIT, capture_output=True,
                         text=True)
    assert states(tmp_path / "batch-grades" / "grades.csv") == ["PASSED", "NOT YET", "PASSED", "PASSED"] * 5, run


def test_what_the_guide_says_remains_possible_is_true():
    """If this fails, `exercises/README.md` promises too little."""
    forged = ("import importlib, sys\nframe = sys._getframe()\n"
              "while frame.f_code.co_name != 'perform': frame = frame.f_back\nown = frame.f_globals['perform']\n"
              "def perform(action, code, *others):\n    reply = own(action, code, *others)\n"
              "    return {**reply, 'value': ['bool', True]} if ' is ' in code and 'None' not in code else reply\n"
              "frame.f_globals['perform'] = perform\n"
              "def refresh(module):\n    importlib.reload(module)\n    return 5\n")
    verdict = grading.grade(tasks.find("refresh"), forged, True)
    assert verdict.passed, verdict.message
    assert "works out what\n  this grader asks" in (KIT / "exercises" / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not SANDBOXED, reason=fork_server.containment()[0])
def test_a_sandbox_that_is_there_only_when_it_is_announced_grades_nothing(tmp_path, monkeypatch, capsys):
    batch = put(tmp_path / "batch", {f"{name}/{NAME}": RIGHT for name in ("ann", "bob")})
    weaker = ("from exercises.isolation import fork_server\nfork_server.SANDBOX = fork_server.SANDBOX.replace("
              "'def forbid(only=None):', 'def forbid(only=None):\\n    return')\n")
    monkeypatch.setattr(workers, "START", workers.START.replace("from ", f"{weaker}from ", 1))
    assert main(["grade", str(batch), "--jobs", "1"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Each answer runs in a sandbox")
    assert "in the sandbox an answer can " in said and "start a process" in said
    assert states(tmp_path / "batch-grades" / "grades.csv") == ["NOT GRADED"] * 2


def test_every_kind_has_a_test_that_exists():
    for kind, names in COVERED.items():
        assert names, kind
        for name in names:
            file, _, test = name.partition(".") if name.startswith("test_") and "." in name else ("", "", name)
            place = "exercises" if file == "test_grader" else "submissions"
            module = importlib.import_module(f"tests.{place}.{file}") if file else sys.modules[__name__]
            test, _, case = test.partition("[")
            assert hasattr(module, test), name
            assert not case or case.removesuffix("]") in getattr(module, test), name
    assert {kind.partition(" ")[0] for kind in COVERED} == {*map(str, range(1, 19)), "peers:"}
    assert set(ATTACKS) >= SANDBOXED_ONLY
