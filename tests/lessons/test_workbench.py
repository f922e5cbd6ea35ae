"""The workbench: what it does to source files, kernels and processes, and what it never does."""
import errno
import importlib
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from unittest import mock

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME

from lessons import PYTHON, files
from lessons.launcher import environment as setup, learner_copy
from lessons.notebooks import KIT, cells
from tests.nbval_plugin import start_kernel

LESSONS = KIT / "lessons"
EXAMPLES = LESSONS / "examples"
SPAM = (EXAMPLES / "spam.py").read_bytes()
START = f"import sys; sys.path.insert(0, {str(LESSONS)!r})\nfrom workbench import *\n"
THOUSAND = """
import importlib, io, contextlib
spam_py = fresh("spam")
edit_file(spam_py, "print('grok')", "return 1000")
import spam
seen = []
with contextlib.redirect_stdout(io.StringIO()):
    for number in range(1001, 2001):
        edit_file(spam_py, f"return {number - 1}", f"return {number}")
        seen.append(importlib.reload(spam).grok() == number)
print(seen.count(True), (spam_py.parent / "__pycache__").exists())
"""
WAITS = """
spam_py = fresh("spam")
edit_file(spam_py, "'grok'", "'New grok'")
print("PATH", spam_py, flush=True)
sys.stdin.read()
"""

# Two ways to switch autoreload on for every kernel: a file in the user's profile -> its text.
SWITCHED_ON = [
    {"ipython_config.py": "c.InteractiveShellApp.extensions = ['autoreload']\n"
                          "c.InteractiveShellApp.exec_lines = ['%autoreload 2']\n"},
    {"startup/00-mine.ipy": "%load_ext autoreload\n%autoreload 2\n"}]
NOTICE = "autoreload is switched on in your IPython profile"

# Prints the names of IPython's magics, and the public names of what notebooks import.
MAGICS = """
import json
from IPython.core.interactiveshell import InteractiveShell
from ipykernel.zmqshell import KernelMagics
shell = InteractiveShell.instance()
shell.register_magics(KernelMagics)
for extension in ("autoreload", "storemagic"):
    shell.run_line_magic("load_ext", extension)
import practice, workbench
magics = shell.magics_manager.lsmagic()
print(json.dumps([[*magics["line"], *magics["cell"]], workbench.__all__, practice.__all__]))
"""
# Prints the names of each module that was loaded twice from the same file.
TWICE = """
import os, sys
loaded = {}
for name, module in list(sys.modules.items()):
    if getattr(module, "__file__", None):
        loaded.setdefault(os.path.realpath(module.__file__), {})[id(module)] = name
print("twice:", *[sorted(names.values()) for names in loaded.values() if len(names) > 1])
"""

posix = pytest.mark.skipif(os.name == "nt", reason="file modes and signals are POSIX")
not_root = pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root may write everywhere")


@pytest.fixture(scope="module")
def bench():
    """The workbench, imported by its only name."""
    import workbench
    return workbench


@pytest.fixture
def folder(bench, tmp_path, monkeypatch):
    """This test's own workspace; no example module is loaded before or after."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.setattr(bench.workspace, "folder", lambda: folder)
    monkeypatch.setattr(sys, "path", sys.path[:])
    forget_examples()
    yield folder
    forget_examples()


def forget_examples():
    for name in [name for name in sys.modules if name.split(".")[0] in ("spam", "shop", "waiter", "stage")]:
        del sys.modules[name]


def source_of(tmp_path, data):
    path = tmp_path / "spam.py"
    path.write_bytes(data)
    return path


def environment(tmp_path, **variables):
    """The variables of a process that makes its temporary files in `tmp_path`. A variable that's None is unset."""
    places = {name: str(tmp_path) for name in ("TMPDIR", "TEMP", "TMP")}
    return {name: value for name, value in {**os.environ, **places, **variables}.items() if value is not None}


def waiting_run(tmp_path):
    """A run that has edited its spam.py and waits, and the path of that file."""
    run = subprocess.Popen([sys.executable, "-c", START + WAITS], cwd=tmp_path, env=environment(tmp_path), text=True,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return run, Path(next(line for line in run.stdout if line.startswith("PATH "))[5:].strip())


@pytest.fixture
def kernel(tmp_path):
    """Starts real kernels in a folder, with a user's own settings of IPython, and ends them after the test."""
    started = []

    def start(settings, folder=LESSONS, **variables):
        for name, text in settings.items():
            path = tmp_path / "ipython" / "profile_default" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        variables = environment(tmp_path, IPYTHONDIR=str(tmp_path / "ipython"), JPY_SESSION_NAME=None, **variables)
        started.append(Kernel(cwd=str(folder), env=variables))
        return started[-1]

    yield start
    for one in started:
        one.shut_down()


class Kernel:
    """A real kernel. Call it with the source of a cell: it returns what the cell prints, errors included."""

    def __init__(self, **options):
        self.manager, self.client = start_kernel(kernel_name=CURRENT_ENV_KERNEL_NAME, **options)

    def __call__(self, code, **options):
        seen = []
        options["output_hook"] = lambda message: seen.append(message["content"])
        self.client.execute_interactive(code, timeout=120, **options)
        return "".join(content.get("text", "") + content.get("evalue", "") for content in seen)

    def shut_down(self):
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()


def tracked_files():
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in EXAMPLES.rglob("*.py")}


def test_fresh_makes_an_untouched_copy_that_import_finds(bench, folder):
    spam_py = bench.fresh("spam")
    import spam
    assert Path(spam.__file__) == spam_py == folder / "spam.py"
    assert spam_py.read_bytes() == SPAM


def test_fresh_forgets_the_loaded_module(bench, folder):
    bench.edit_file(bench.fresh("spam"), "print('grok')", "return 'New grok'")
    import spam
    bench.fresh("spam")
    import spam as again
    assert again is not spam
    assert again.grok() is None


def test_sys_path_does_not_grow_with_each_fresh(bench, folder):
    bench.fresh("spam")
    before = sys.path[:]
    for name in ("spam", "waiter", "spam"):
        bench.fresh(name)
    assert sys.path == before
    assert sys.path[0] == str(folder)


def test_fresh_copies_a_package_and_forgets_its_submodules(bench, folder):
    shop = bench.fresh("shop")
    from shop import checkout
    bench.edit_file(shop / "checkout.py", "amount * 10", "amount * 12")
    bench.fresh("shop")
    from shop import checkout as again
    assert again is not checkout
    assert again.total() == 20


def test_fresh_keeps_what_was_written_by_hand(bench, folder, capsys):
    spam_py = bench.fresh("spam")
    for text in ("mine = 1\n", "mine = 2\n"):
        spam_py.write_bytes(text.encode("utf-8"))
        bench.fresh("spam")
        assert spam_py.read_bytes() == SPAM
    assert (folder / "spam-kept-1.py").read_bytes() == b"mine = 1\n"
    assert (folder / "spam-kept-2.py").read_bytes() == b"mine = 2\n"
    assert "Your spam.py is kept in spam-kept-2.py." in capsys.readouterr().out


def test_line_endings_alone_do_not_make_a_file_handmade(bench, folder, capsys):
    spam_py = bench.fresh("spam")
    spam_py.write_bytes(SPAM.replace(b"\n", b"\r\n"))  # what write_text writes on Windows
    bench.fresh("spam")
    assert spam_py.read_bytes() == SPAM
    assert capsys.readouterr().out == ""


def test_an_edit_of_handmade_work_leaves_it_handmade(bench, folder):
    spam_py = bench.fresh("spam")
    spam_py.write_bytes(b"mine = 1\n")
    bench.edit_file(spam_py, "1", "2")
    bench.fresh("spam")
    assert (folder / "spam-kept-1.py").read_bytes() == b"mine = 2\n"


def test_fresh_keeps_nothing_that_the_kit_wrote(bench, folder, capsys):
    bench.edit_file(bench.fresh("spam"), "'grok'", "'New grok'")
    capsys.readouterr()
    bench.fresh("spam")
    assert capsys.readouterr().out == ""
    assert [path.name for path in folder.glob("*.py")] == ["spam.py"]


def test_an_edit_that_was_stopped_after_writing_does_not_count_as_handmade(bench, folder, monkeypatch):
    def write_and_stop(*arguments, write=files.write):
        write(*arguments)
        raise KeyboardInterrupt

    spam_py = bench.fresh("spam")
    monkeypatch.setattr(files, "write", write_and_stop)
    with pytest.raises(KeyboardInterrupt):
        bench.edit_file(spam_py, "'grok'", "'New grok'")
    assert b"New grok" in spam_py.read_bytes()
    assert not files.is_handmade(spam_py)


@pytest.mark.parametrize("name", ["egg", "", ".", "spam.py", "../workbench", "shop.checkout", "__pycache__"])
def test_fresh_of_an_unknown_example_lists_the_examples(bench, folder, name):
    with pytest.raises(ModuleNotFoundError, match="there's no example .*; there are: .*shop, .*spam, .*waiter"):
        bench.fresh(name)
    assert list(folder.iterdir()) == []


def test_two_runs_at_once_never_meet(tmp_path):
    runs, paths = zip(*[waiting_run(tmp_path) for _ in range(2)])
    assert paths[0].parent != paths[1].parent
    assert all(b"New grok" in path.read_bytes() for path in paths)
    for run in runs:
        run.communicate("")


def test_a_run_that_was_killed_leaves_nothing_behind_once_another_has_begun(tmp_path):
    killed, killed_path = waiting_run(tmp_path)
    alive, alive_path = waiting_run(tmp_path)
    killed.kill()
    killed.communicate()
    assert killed_path.is_file()
    following, following_path = waiting_run(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([alive_path.parent, following_path.parent])
    for run in (alive, following):
        run.communicate("")
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_that_is_shut_down_deletes_its_folder_itself(kernel, tmp_path):
    run = kernel({})
    run("from workbench import fresh\nfresh('spam')")
    assert len(list(tmp_path.glob("reload-*"))) == 1
    run.shut_down()
    assert list(tmp_path.glob("reload-*")) == []


@pytest.mark.parametrize("name", ["reload-workspace-mine", "my-project"])
def test_no_folder_is_swept_away_unless_the_kit_made_it(tmp_path, monkeypatch, name):
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    theirs = tmp_path / name
    theirs.mkdir()
    (theirs / "thesis.txt").touch()
    if not name.startswith(files.TEMPORARY):
        (theirs / files.OWNER).touch()
    files.sweep()
    assert (theirs / "thesis.txt").exists()


@posix
def test_no_folder_is_swept_away_through_a_link(tmp_path, monkeypatch):
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    theirs = tmp_path / "my-project"
    theirs.mkdir()
    (theirs / files.OWNER).touch()
    (tmp_path / f"{files.TEMPORARY}link").symlink_to(theirs)
    files.sweep()
    assert (theirs / files.OWNER).exists()


def test_no_folder_is_swept_away_where_the_file_system_has_no_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"{files.TEMPORARY}x").mkdir()
    (tmp_path / f"{files.TEMPORARY}x" / files.OWNER).touch()
    with monkeypatch.context() as patched:
        locks_fail_with(patched, errno.ENOLCK)
        files.sweep()
        assert len(list(tmp_path.iterdir())) == 1
    files.sweep()
    assert list(tmp_path.iterdir()) == []


NO_LOCKS = [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL]


def locks_fail_with(monkeypatch, number):
    """Make the system's function that locks files fail with this error."""
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(*(("msvcrt.locking", fail) if os.name == "nt" else ("fcntl.flock", fail)))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EAGAIN, errno.EDEADLK, 0], ids=errno.errorcode.get)
def test_a_lock_that_another_process_holds_is_refused(tmp_path, monkeypatch, number):
    locks_fail_with(monkeypatch, number)
    with open(tmp_path / "lock", "a") as file:
        assert not files.lock(file)
        assert not files.lock(file, if_impossible=False)


@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
def test_where_files_cannot_be_locked_the_caller_decides_what_that_means(tmp_path, monkeypatch, number):
    locks_fail_with(monkeypatch, number)
    with open(tmp_path / "lock", "a") as file:
        assert files.lock(file)
        assert not files.lock(file, if_impossible=False)


def test_a_folder_that_a_sweep_found_too_early_is_replaced_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(files.atexit, "register", lambda *_: None)

    def sweep_first(file, lock=files.lock):
        monkeypatch.setattr(files, "lock", lock)
        file.close()
        files.sweep()
        return True

    monkeypatch.setattr(files, "lock", sweep_first)
    folder = files.temporary_folder("workspace")
    assert folder.is_dir() and list(tmp_path.iterdir()) == [folder]


def test_a_run_that_ended_leaves_nothing_behind(tmp_path):
    run, path = waiting_run(tmp_path)
    assert path.is_file()
    run.communicate("")
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_killed_run_can_be_run_again_and_changed_no_tracked_file(tmp_path):
    before = tracked_files()
    for _ in range(2):
        run, path = waiting_run(tmp_path)
        run.kill()
        run.communicate()
        assert b"New grok" in path.read_bytes()
    assert tracked_files() == before


@pytest.mark.parametrize("no_bytecode", [None, "1"], ids=["bytecode cached", "bytecode not cached"])
def test_a_thousand_quick_edits_of_equal_length_are_a_thousand_new_modules(tmp_path, no_bytecode):
    run = subprocess.run([sys.executable, "-c", START + THOUSAND], cwd=tmp_path, capture_output=True, text=True,
                         env=environment(tmp_path, PYTHONDONTWRITEBYTECODE=no_bytecode), check=True,
                         timeout=900)  # ends a hang
    assert run.stdout.split()[-2:] == ["1000", str(no_bytecode is None)]


def test_edit_shows_the_change_as_a_diff(bench, tmp_path, capsys):
    bench.edit_file(source_of(tmp_path, SPAM), "print('grok')", "print('New grok')")
    assert capsys.readouterr().out == "spam.py:\n def grok():\n-    print('grok')\n+    print('New grok')\n"


def test_a_diff_shows_lines_that_look_like_its_own_signs(bench, tmp_path, capsys):
    bench.edit_file(source_of(tmp_path, b"x = 1\n--x\n"), "--x", "++x")
    assert capsys.readouterr().out == "spam.py:\n x = 1\n---x\n+++x\n"


def test_edit_takes_a_path_as_text(bench, tmp_path):
    path = source_of(tmp_path, b"x = 1\n")
    bench.edit_file(str(path), "1", "2")
    assert path.read_bytes() == b"x = 2\n"


@pytest.mark.parametrize("data, old, new, after", [
    (b"x = 1\r\ny = 2\r\n", "x = 1\ny", "x = 3\ny", b"x = 3\r\ny = 2\r\n"),
    (b"x = 1\r\n", "x = 1\r\n", "x = 1\r\nz = 0\r\n", b"x = 1\r\nz = 0\r\n"),
    (b"x = 1\ny = 2\n", "x = 1\r\ny", "x = 3\r\ny", b"x = 3\ny = 2\n"),
    (b"x = 1\r\ny = 2\n", "x = 1", "x = 3", b"x = 3\r\ny = 2\n"),
    (b"x = 1", "x = 1", "x = 3", b"x = 3"),
], ids=["CRLF", "CRLF asked for", "LF", "both", "no last line end"])
def test_an_edit_keeps_the_line_endings(bench, tmp_path, data, old, new, after):
    path = source_of(tmp_path, data)
    bench.edit_file(path, old, new)
    assert path.read_bytes() == after


def test_a_byte_order_mark_and_letters_of_every_kind_stay(bench, tmp_path):
    path = source_of(tmp_path, "\ufeffword = 'grüße'\n".encode("utf-8"))
    bench.edit_file(path, "'grüße'", "'你好 🐍'")
    assert path.read_bytes() == "\ufeffword = '你好 🐍'\n".encode("utf-8")


def test_a_file_that_is_not_utf8_stays_unchanged_and_the_error_says_so(bench, tmp_path):
    path = source_of(tmp_path, b"word = '\xfc'\n")
    with pytest.raises(ValueError, match=r"spam.py is unchanged: it isn't UTF-8 text \(byte 8\)"):
        bench.edit_file(path, "word", "name")
    assert path.read_bytes() == b"word = '\xfc'\n"


@pytest.mark.parametrize("old, count", [("'egg'", 0), ("print", 2), ("", 0)])
def test_an_edit_that_does_not_fit_says_what_it_looked_for_and_how_many_it_found(bench, tmp_path, old, count):
    path = source_of(tmp_path, SPAM)
    with pytest.raises(ValueError) as caught:
        bench.edit_file(path, old, "ham")
    assert f"spam.py is unchanged: expected exactly one match for {old!r}, found {count}." in str(caught.value)
    assert "fresh(...)" in str(caught.value)
    assert path.read_bytes() == SPAM


@pytest.mark.parametrize("by_hand", [
    "def grok():\n    print('New grok')\n", 'def grok():\n    print("New grok")\n',
    "def grok( ):\n  print( 'New grok' )\n", "def grok():\r\n\tprint('New grok')  # mine\r\n",
    "def grok():\n\n    print('New grok')\n    return 1\n",
], ids=["the same", "other quotes", "other spaces", "tab and comment", "more lines"])
def test_an_edit_made_by_hand_is_no_error_and_stays_unchanged(bench, tmp_path, capsys, by_hand):
    path = source_of(tmp_path, by_hand.encode("utf-8"))
    bench.edit_file(path, "def grok():\n    print('grok')", "def grok():\n    print('New grok')")
    bench.edit_file(path, "'grok'", "'New grok'")
    assert path.read_bytes() == by_hand.encode("utf-8")
    assert capsys.readouterr().out.count("spam.py contains this already:") == 2


def test_a_deletion_made_by_hand_is_no_error(bench, tmp_path, capsys):
    path = source_of(tmp_path, b"def grok():\n    pass\n")
    bench.edit_file(path, "def bar():\n    print('bar')\n\n", "")
    assert path.read_bytes() == b"def grok():\n    pass\n"
    assert capsys.readouterr().out.startswith("spam.py doesn't contain this any more:\n  def bar():")


def test_a_later_edit_finds_what_was_written_by_hand_in_another_way(bench, tmp_path):
    path = source_of(tmp_path, b'def grok():\n  print( "New grok" )\n\nx = 1\n')
    bench.edit_file(path, "'New grok'", "'Newer grok'")
    assert path.read_bytes() == b"def grok():\n  print( 'Newer grok' )\n\nx = 1\n"
    bench.edit_file(path, "    print('Newer grok')\n", "    print('Newest grok')\n")
    assert path.read_bytes() == b"def grok():\n  print('Newest grok')\n\nx = 1\n"


def test_spaces_inside_a_text_matter(bench, tmp_path):
    path = source_of(tmp_path, b"print('Newgrok')\n")
    with pytest.raises(ValueError, match="found 0"):
        bench.edit_file(path, "'New grok'", "'Newer grok'")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_edit_whose_new_text_contains_the_old_is_made_once(bench, tmp_path, quote):
    path = source_of(tmp_path, SPAM)
    by_hand = SPAM.replace(b"# spam.py", f"# spam.py\nprint({quote}spam.py runs{quote})".encode())
    for data in (SPAM, by_hand):
        path.write_bytes(data)
        for _ in range(3):
            bench.edit_file(path, "# spam.py", "# spam.py\nprint('spam.py runs')")
        assert path.read_bytes().count(b"spam.py runs") == 1


def test_an_edit_is_made_although_the_file_contains_its_new_text_elsewhere(bench, tmp_path):
    path = source_of(tmp_path, b"a = 'ham'\nb = 'egg'\n")
    bench.edit_file(path, "'egg'", "'ham'")
    assert path.read_bytes() == b"a = 'ham'\nb = 'ham'\n"


def test_old_and_new_are_strings_not_patterns(bench, tmp_path):
    path = source_of(tmp_path, b"x = (1.5)\ny = 145\n")
    bench.edit_file(path, "(1.5)", r"'\1 \n'")
    assert path.read_bytes() == b"x = '\\1 \\n'\ny = 145\n"


@pytest.mark.parametrize("name", ["spam.py", "spam", "folder"], ids=["deleted", "a module's name", "a folder"])
def test_an_edit_of_no_file_says_what_to_type(bench, tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileNotFoundError, match=f'no file {name}. .*spam_py = fresh\\("spam"\\)') as caught:
        bench.edit_file(tmp_path / name, "x", "y")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("original", sorted(EXAMPLES.rglob("*.py")), ids=lambda path: path.stem)
def test_an_example_itself_is_never_edited(bench, original):
    before = original.read_bytes()
    with pytest.raises(PermissionError, match='spam_py = fresh\\("spam"\\)'):
        bench.edit_file(original, "no such text", "")
    assert original.read_bytes() == before


def test_a_file_that_is_not_writable_is_never_edited(bench, tmp_path, monkeypatch):
    path = source_of(tmp_path, SPAM)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError, match="spam.py is unchanged"):
        bench.edit_file(path, "'grok'", "'New grok'")
    assert path.read_bytes() == SPAM


@posix
@not_root
def test_a_folder_that_is_not_writable_keeps_the_old_file_whole(bench, tmp_path):
    path = source_of(tmp_path, SPAM)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            bench.edit_file(path, "'grok'", "'New grok'")
    finally:
        tmp_path.chmod(0o755)
    assert path.read_bytes() == SPAM


@pytest.mark.parametrize("step", ["chmod", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()], ids=["full", "stopped"])
def test_a_write_that_fails_leaves_the_old_file_whole_and_no_other(bench, tmp_path, monkeypatch, step, error):
    def fail(*_):
        raise error

    path = source_of(tmp_path, SPAM)
    with monkeypatch.context() as patched:
        patched.setattr(os, step, fail)
        with pytest.raises(type(error)):
            bench.edit_file(path, "'grok'", "'New grok'")
    assert path.read_bytes() == SPAM
    assert os.listdir(tmp_path) == ["spam.py"]


@posix
def test_a_file_keeps_its_mode(bench, tmp_path):
    path = source_of(tmp_path, SPAM)
    path.chmod(0o750)
    bench.edit_file(path, "'grok'", "'New grok'")
    assert path.stat().st_mode & 0o777 == 0o750


@posix
def test_an_edit_through_a_link_does_not_change_the_file_it_points_to(bench, tmp_path):
    target = source_of(tmp_path, SPAM)
    link = tmp_path / "link.py"
    link.symlink_to(target)
    bench.edit_file(link, "'grok'", "'New grok'")
    assert target.read_bytes() == SPAM
    assert b"New grok" in link.read_bytes()


def test_a_run_in_new_process_finds_the_modules_as_they_are_now(bench, folder):
    bench.edit_file(bench.fresh("spam"), "'grok'", "'New grok'")
    assert bench.run_in_new_process("import spam; spam.bar(); spam.grok()") == "bar\nNew grok"


def test_a_file_in_a_package_run_as_a_program_finds_them_too(bench, folder):
    bench.fresh("spam")
    checkout_py = bench.fresh("shop") / "checkout.py"
    bench.edit_file(checkout_py, "# checkout.py", "import spam\nspam.bar()")
    assert bench.run_in_new_process(checkout_py) == "bar"


@pytest.mark.parametrize("name, value", [("FORCE_COLOR", "1"), ("PYTHONSAFEPATH", "1"), ("PYTHONIOENCODING", "ascii")])
def test_the_users_settings_do_not_change_what_a_new_process_prints(bench, folder, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    bench.fresh("spam")
    code = "import spam; print('grüße'); import egg"
    assert bench.run_in_new_process(code) == "grüße\nModuleNotFoundError: No module named 'egg'"


def test_output_that_is_not_text_does_no_harm(bench, folder):
    assert bench.run_in_new_process(r"import sys; sys.stdout.buffer.write(b'\xff')") == "\ufffd"


def test_a_run_in_new_process_waits_for_no_input(bench, folder):
    assert bench.run_in_new_process("input()") == "EOFError: EOF when reading a line"


@pytest.mark.parametrize("settings", SWITCHED_ON, ids=["configured", "started"])
def test_autoreload_in_the_users_profile_is_noticed_in_one_line_that_tells_how_to_switch_it_off(kernel, settings):
    run = kernel(settings)
    line, = run("from workbench import edit_file, fresh\nspam_py = fresh('spam')\nimport spam").splitlines()
    assert NOTICE in line
    run(line.rpartition("type: ")[2])
    run("""edit_file(spam_py, "'grok'", "'New grok'")""")
    assert run("spam.grok()") == "grok\n"


@pytest.mark.parametrize("history", [True, False], ids=["in JupyterLab", "in nbval"])
@pytest.mark.parametrize("settings", [{}, SWITCHED_ON[0]], ids=["not in the profile", "in the profile"])
def test_the_lesson_that_switches_autoreload_on_itself_is_not_warned(kernel, settings, history):
    [start, *_] = cells(next(LESSONS.glob("14_*.ipynb")), "code")
    stored = "".join(text for output in start["outputs"] for text in output["text"])
    printed = kernel(settings)(start["source"], store_history=history)
    assert printed.endswith(stored) and NOTICE not in printed


def test_a_learner_who_has_switched_autoreload_on_by_hand_is_not_warned(kernel):
    run = kernel({})
    run("%load_ext autoreload\n%autoreload 2")
    assert run("import workbench") == ""


def test_a_fresh_copy_is_as_new_to_autoreload_as_in_a_new_kernel(kernel):
    run = kernel({})
    run("%load_ext autoreload\n%autoreload 2 --print\nfrom workbench import edit_file, fresh")
    for _ in range(2):
        run("spam_py = fresh('spam')\nimport spam")
        assert run("spam.grok()") == "grok\n"
        run("edit_file(spam_py, \"'grok'\", \"'New grok'\")")
        assert run("spam.grok()") == "Reloading 'spam'.\nNew grok\n"


@pytest.mark.parametrize("mode", ["0", "1"])
def test_an_autoreload_that_reloads_nothing_is_no_reason_to_warn(kernel, mode):
    settings = {name: text.replace("%autoreload 2", f"%autoreload {mode}") for name, text in SWITCHED_ON[0].items()}
    assert kernel(settings)("import workbench") == ""


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with a spam.py that isn't the example."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "spam.py").write_text("def grok():\n    print('another grok')\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("safe", [None, "1"], ids=["", "PYTHONSAFEPATH"])
def test_another_module_on_pythonpath_is_found_neither_by_lesson_seven_nor_by_its_new_processes(
        kernel, elsewhere, safe):
    run = kernel({}, PYTHONSAFEPATH=safe, PYTHONPATH=os.pathsep.join(map(str, [elsewhere, LESSONS])))
    for cell in cells(next(LESSONS.glob("07_*.ipynb")), "code"):
        printed = run(cell["source"])
        for output in cell["outputs"]:
            assert "".join(output.get("text", "")) + output.get("evalue", "") in printed, cell["id"]


def test_another_module_in_the_current_folder_is_not_found_when_the_example_is_gone(
        bench, folder, elsewhere, monkeypatch):
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    spam_py = bench.fresh("spam")
    import spam
    spam_py.unlink()
    with pytest.raises(ModuleNotFoundError, match="spec not found for the module 'spam'"):
        importlib.reload(spam)


def test_pythons_own_folders_stay_on_sys_path_whatever_is_in_them(bench, folder, monkeypatch):
    packages = sysconfig.get_path("purelib")
    monkeypatch.setattr(sys, "path", [packages, *sys.path])
    monkeypatch.setattr(bench.source_files, "PathFinder", mock.Mock(find_spec=lambda name, path: path))
    bench.fresh("spam")
    assert packages in sys.path and sysconfig.get_path("stdlib") in sys.path


def test_no_public_name_is_one_of_ipythons_magics(tmp_path):
    path = os.pathsep.join(map(str, [LESSONS, KIT / "exercises"]))
    run = subprocess.run([sys.executable, "-c", MAGICS], cwd=tmp_path, capture_output=True, text=True, check=True,
                         env=environment(tmp_path, PYTHONPATH=path, IPYTHONDIR=str(tmp_path / "ipython")))
    magics, *public = json.loads(run.stdout.splitlines()[-1])
    assert {"edit", "store", "load", "autoreload", "aimport", "timeit", "bash", "less"} <= set(magics)
    for names in public:
        assert len(names) > 3 and set(names) & set(magics) == set()


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The folders with notebooks: the kit's own, and a learner's copy."""
    work = tmp_path_factory.mktemp("learner") / "work"
    learner_copy.update(KIT, work, lambda text: None)
    return {"lessons": LESSONS, "exercises": KIT / "exercises", "solutions": KIT / "solutions",
            "work/lessons": work / "lessons", "work/exercises": work / "exercises"}


@pytest.mark.parametrize("place", ["lessons", "exercises", "solutions", "work/lessons", "work/exercises"])
def test_a_kernel_loads_no_module_under_two_names(kernel, tmp_path, places, place):
    for name, path in setup.LINKED.items():  # what the set-up puts into .venv; only the learner's copy needs it
        text = setup.LINK.format(places=[str(KIT / path)], python=PYTHON)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    run = kernel({}, folder=places[place], PYTHONPATH=str(tmp_path))
    [start, *_] = cells(min(places[place].glob("01_*.ipynb")), "code")
    run(start["source"])
    run("import workbench, lessons.files, lessons.notebooks")
    assert run(TWICE) == "twice:\n"
    run("from importlib.util import module_from_spec, spec_from_file_location\nimport sys\n"
        "sys.modules['other'] = module_from_spec(spec_from_file_location('other', workbench.pictures.__file__))")
    assert run(TWICE) == "twice: ['other', 'workbench.pictures']\n"


def test_the_workbench_cannot_be_imported_by_another_name():
    run = subprocess.run([sys.executable, "-c", "import lessons.workbench.pictures"], cwd=KIT, capture_output=True,
                         text=True)
    assert run.stderr.splitlines()[-1] == "ImportError: import this package as workbench, not as lessons.workbench"
