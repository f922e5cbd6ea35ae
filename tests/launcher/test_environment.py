"""The environment `.venv`: made, found, repaired, and each obstacle explained in one line. Nothing uses the network."""
import contextlib
import errno
import http.server
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import textwrap
import threading
import time
import zipfile
from pathlib import Path

import pytest

from lessons.launcher import environment
from lessons.launcher.environment import SetupProblem, is_ready, ready_python

KIT = Path(environment.__file__).resolve().parents[2]
REAL_UV = shutil.which("uv")
OLD_PYTHONS = ["python3.9", "python3.8", "python3.7", "python3.6", "python2.7", *map(str, sorted(
    Path.home().glob(".pyenv/versions/[23].[6789].*/bin/python")))]
IMPORTS = "import workbench, practice"  # what the small kits here have
START = f"""
import sys, pathlib
from lessons.launcher import environment
environment.IMPORTS = "{IMPORTS}"
print(environment.ready_python(pathlib.Path(sys.argv[1])))
"""
DEADLINE = 120  # seconds; only something that hangs takes that long
MAKES = """
import subprocess, sys
print("Resolved 7 packages", flush=True)
if sys.argv[1] == "venv":
    sys.exit(subprocess.call([sys.argv[sys.argv.index("--python") + 1], "-m", "venv", "--without-pip", sys.argv[-1]]))
"""
HOLDS = """
import pathlib, time
pathlib.Path("holding").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.02)
"""
OFFLINE_UV = "error: Request failed after 3 retries\\n  cause: error sending request for url\\n  cause: dns error"
UNKNOWN_UV = "error: The moon is in the wrong place"

posix = pytest.mark.skipif(os.name == "nt", reason="process groups and their signals are POSIX")


@pytest.fixture
def top(tmp_path, monkeypatch):
    """A small kit with empty requirements; no uv on the PATH, and no pip settings of the user who runs the tests."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PYTHONPATH", str(KIT))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(environment, "IMPORTS", IMPORTS)
    top = tmp_path / "the kït"
    for module in environment.LINKED.values():
        (top / module).parent.mkdir(parents=True)
        (top / module).touch()
    put_extension(top, "first")
    (top / "requirements.txt").touch()
    return top


def put_extension(top, text):
    """Give the kit an extension of JupyterLab, with this text in its one file."""
    script = top / environment.EXTENSIONS[0] / "static" / "remoteEntry.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text, encoding="utf-8")


def put_uv(top, code):
    """Put a program `uv`, which runs this Python code in the kit's folder, on the PATH."""
    folder = top.parent / "bin"
    folder.mkdir(exist_ok=True)
    script = folder / ("uv.py" if os.name == "nt" else "uv")
    script.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    script.chmod(0o755)
    if os.name == "nt":
        (folder / "uv.bat").write_text(f'@"{sys.executable}" "{script}" %*\n', encoding="utf-8")


def put_failing_uv(top, words):
    put_uv(top, f'{MAKES}\nprint("""{words}""")\nsys.exit(2)')


def put_package(top, name, version="1.0"):
    """Offer a package, one module with its version, to pip and uv without an index; returns its requirements line."""
    (top / "packages").mkdir(exist_ok=True)
    about = f"{name}-{version}.dist-info"
    files = {f"{name}.py": f"version = {version!r}\n",
             f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: kit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    files[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(top / "packages" / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return f"{name}=={version}\n"


def require(top, *lines):
    text = "--no-index\n--find-links packages\n" + "".join(lines)
    (top / "requirements.txt").write_text(text, encoding="utf-8")


def version_of(python, name):
    return subprocess.run([python, "-I", "-c", f"import {name}; print({name}.version)"], capture_output=True, text=True,
                          check=True).stdout.strip()


def start(top):
    """A start in a process, and a process group, of its own."""
    return subprocess.Popen([sys.executable, "-c", START, str(top)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, start_new_session=True)


def wait_for(path):
    end = time.monotonic() + DEADLINE
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.02)


def problem_of(top, says=None):
    """The one line of the problem that a start meets."""
    with pytest.raises(SetupProblem) as caught:
        ready_python(top, (says if says is not None else []).append)
    text = str(caught.value)
    assert "\n" not in text and "then type: " in text
    return text


def no_process(*_, **__):
    raise AssertionError("a process was started")


def test_a_first_start_installs_the_requirements_with_pip(top):
    says = []
    require(top, put_package(top, "alpha"))
    assert not is_ready(top)
    python = ready_python(top, says.append)
    assert is_ready(top)
    assert python.parent.parent == top / ".venv"
    assert version_of(python, "alpha") == "1.0"
    assert "once" in says[0] and environment.LOG in says[0]
    assert "alpha" in (top / environment.LOG).read_text(encoding="utf-8")


def test_a_second_start_starts_no_process_and_says_nothing(top, monkeypatch):
    put_uv(top, MAKES)
    python = ready_python(top, [].append)
    monkeypatch.setattr(subprocess, "Popen", no_process)
    says = []
    assert ready_python(top, says.append) == python
    assert says == []


def test_changed_requirements_are_installed_and_other_packages_stay(top):
    require(top, put_package(top, "alpha"))
    ready_python(top, [].append)
    require(top, put_package(top, "beta"))
    assert not is_ready(top)
    python = ready_python(top, [].append)
    assert (version_of(python, "alpha"), version_of(python, "beta")) == ("1.0", "1.0")


def test_settings_that_lead_pip_astray_do_no_harm(top, monkeypatch):
    require(top, put_package(top, "alpha"))
    config = top.parent / "pip.conf"
    config.write_text("[install]\nuser = true\nno-deps = true\n[global]\nrequire-virtualenv = true\n"
                      "prefix = elsewhere\nroot = elsewhere\n", encoding="utf-8")
    astray = {"PIP_CONFIG_FILE": str(config), "PIP_REQUIRE_VIRTUALENV": "1", "PIP_USER": "1",
              "PIP_TARGET": str(top / "target"), "PYTHONHOME": "elsewhere", "VIRTUAL_ENV": "elsewhere"}
    for name, value in astray.items():
        monkeypatch.setenv(name, value)
    python = ready_python(top, [].append)
    monkeypatch.delenv("PYTHONHOME")
    assert version_of(python, "alpha") == "1.0"


def test_a_set_up_ignores_where_pip_is_told_to_install_and_keeps_where_packages_come_from(top, monkeypatch):
    (top / "requirements.txt").write_text(put_package(top, "alpha"), encoding="utf-8")
    config = top.parent / "pip.conf"
    config.write_text("[install]\ntarget = target\nno-index = yes\n[global]\nfind_links = packages\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    assert version_of(ready_python(top, [].append), "alpha") == "1.0"
    assert not (top / "target").exists()


def test_a_set_up_whose_tool_installed_nothing_is_not_ready_and_says_what_is_missing(top, monkeypatch):
    monkeypatch.setattr(environment, "IMPORTS", "import workbench, alpha")
    put_uv(top, MAKES)
    says = []
    text = problem_of(top, says)
    assert not is_ready(top)
    assert "reported success" in text and "No module named 'alpha'" in text and "pip config list" in text
    assert [line for line in says if "uv failed" in line and "No module named 'alpha'" in line]
    require(top, put_package(top, "alpha"))
    assert version_of(ready_python(top, says.append), "alpha") == "1.0" and is_ready(top)


def test_an_environment_for_another_purpose_imports_what_its_requirements_say(top, monkeypatch):
    monkeypatch.setattr(environment, "IMPORTS", "import workbench, missing")
    require(top, put_package(top, "alpha"), "# to try: import alpha\n")
    assert version_of(ready_python(top, [].append), "alpha") == "1.0" and is_ready(top)
    assert not list((top / ".venv").rglob("workbench.py"))
    require(top, put_package(top, "alpha"), "# to try: import alpha, beta\n")
    assert "No module named 'beta'" in problem_of(top, [])


def test_every_requirement_of_a_learner_is_imported_before_the_set_up_is_ready():
    real = subprocess.run([sys.executable, "-c", "from lessons.launcher.environment import IMPORTS; print(IMPORTS)"],
                          cwd=KIT, capture_output=True, text=True, check=True).stdout
    for name in ("jupyterlab", "ipykernel", "nbval", "pytest", *environment.LINKED):
        assert name in real


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_no_character_that_a_tool_prints_ends_the_set_up(top, monkeypatch, encoding):
    put_failing_uv(top, "error: \u2570\u2500\u25b6 The moon is in the wrong place")
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", output)
    assert ready_python(top).exists()
    output.flush()
    assert b"??? The moon is in the wrong place. Trying pip instead." in output.buffer.getvalue()


def test_a_set_up_needs_no_output_at_all(top, monkeypatch):
    put_uv(top, MAKES)
    monkeypatch.setattr(sys, "stdout", None)  # pythonw
    assert ready_python(top).exists()


def test_uv_gets_the_package_sources_of_pip(top, monkeypatch):
    put_uv(top, MAKES + "import os; open('seen', 'w').write(os.environ['UV_INDEX_URL'] + os.environ['UV_FIND_LINKS'])")
    monkeypatch.setenv("PIP_INDEX_URL", "http://localhost:9/mirror ")
    monkeypatch.setenv("PIP_FIND_LINKS", "one two")
    ready_python(top, [].append)
    assert (top / "seen").read_text(encoding="utf-8") == "http://localhost:9/mirrorone,two"


def test_uv_gets_the_package_sources_from_pips_configuration_file(top, monkeypatch):
    if subprocess.run([environment._base_python(), "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("the Python that runs the tests comes without pip")
    put_uv(top, MAKES + "import os; open('seen', 'w').write(os.environ.get('UV_INDEX_URL', ''))")
    config = top.parent / "pip.conf"
    config.write_text("[global]\nindex-url = http://localhost:8/all\n[install]\nindex-url = http://localhost:9/mirror\n",
                      encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    ready_python(top, [].append)
    assert (top / "seen").read_text(encoding="utf-8") == "http://localhost:9/mirror"


def test_uv_needs_no_ensurepip(top, monkeypatch):
    put_uv(top, MAKES)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    ready_python(top, [].append)
    assert is_ready(top)


@pytest.mark.skipif(not REAL_UV, reason="uv is not on the PATH")
def test_the_real_uv_installs_the_requirements(top, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(REAL_UV).parent))
    require(top, put_package(top, "alpha"))
    ready_python(top, [].append)
    require(top, put_package(top, "beta"))
    python = ready_python(top, [].append)
    assert (version_of(python, "alpha"), version_of(python, "beta")) == ("1.0", "1.0")
    assert "uv pip install" in (top / environment.LOG).read_text(encoding="utf-8")


def test_pip_takes_over_when_uv_fails(top):
    put_failing_uv(top, UNKNOWN_UV)
    require(top, put_package(top, "alpha"))
    says = []
    assert version_of(ready_python(top, says.append), "alpha") == "1.0"
    assert [line for line in says if "The moon is in the wrong place" in line and "pip" in line]


@posix
@pytest.mark.parametrize("step", ["venv", "pip"])
def test_a_set_up_killed_half_way_is_made_anew_by_the_next(top, step):
    hold = f"    open('.venv/half', 'w').close()\n{textwrap.indent(HOLDS, '    ')}"
    put_uv(top, f"import sys\nif sys.argv[1] == {step!r}:\n{hold}{MAKES}")
    killed = start(top)
    wait_for(top / "holding")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not is_ready(top)
    put_uv(top, MAKES)
    python = ready_python(top, [].append)
    assert is_ready(top)
    assert subprocess.call([python, "-c", ""]) == 0
    assert not (top / ".venv" / "half").exists()


@posix
def test_a_tool_that_outlives_a_killed_start_keeps_the_next_one_waiting(top):
    put_uv(top, HOLDS + MAKES)
    killed = start(top)
    wait_for(top / "holding")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    following = start(top)
    assert "Waiting" in following.stdout.readline()
    (top / "go").touch()
    assert following.communicate()[0].splitlines()[-1] == str(environment._python(top))
    assert is_ready(top)
    killed.communicate()


@posix
def test_ctrl_c_ends_the_tool_and_the_next_start_repairs(top):
    put_uv(top, "import os; open('pid', 'w').write(str(os.getpid()))" + HOLDS)
    stopped = start(top)
    wait_for(top / "holding")
    os.kill(stopped.pid, signal.SIGINT)
    assert "KeyboardInterrupt" in stopped.communicate(timeout=DEADLINE)[1]
    with pytest.raises(ProcessLookupError):
        os.kill(int((top / "pid").read_text(encoding="utf-8")), 0)
    put_uv(top, MAKES)
    ready_python(top, [].append)
    assert is_ready(top)


def test_of_two_starts_at_once_one_waits_and_finds_everything_done(top):
    put_uv(top, "open('calls', 'a').write('call ')\n" + HOLDS + MAKES)
    first = start(top)
    wait_for(top / "holding")
    second = start(top)
    assert "Waiting" in second.stdout.readline()
    (top / "go").touch()
    ends = [process.communicate(timeout=DEADLINE)[0].splitlines()[-1] for process in (first, second)]
    assert ends == [str(environment._python(top))] * 2
    assert (top / "calls").read_text(encoding="utf-8") == "call call "  # the first one's `venv` and `pip install`


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_module_is_told_with_the_package_to_install(top, monkeypatch, module):
    class Missing:
        def find_spec(self, name, *_):
            if name == module:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    assert "sudo apt install python{}.{}-venv".format(*sys.version_info) in problem_of(top)
    assert not (top / ".venv").exists()


def test_no_network_is_told_in_one_line_by_pip(top, monkeypatch):
    (top / "requirements.txt").write_text("alpha==1.0\n", encoding="utf-8")
    for name, value in {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1", "NO_PROXY": "*"}.items():
        monkeypatch.setenv(name, value)
    text = problem_of(top)
    assert "no connection" in text and environment.LOG in text


@contextlib.contextmanager
def package_index(status):
    """The address of a package index that answers every request with a status."""
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.mark.parametrize("status, words", [(401, "refused access: 401 Client Error: Unauthorized"),
                                           (403, "refused access: 403 Client Error: Forbidden"),
                                           (500, "at the moment: error 500"), (503, "at the moment: error 503")])
def test_a_package_index_that_refuses_is_the_cause_that_is_given(top, monkeypatch, status, words):
    (top / "requirements.txt").write_text("alpha==1.0\n", encoding="utf-8")
    with package_index(status) as address:
        for name, value in {"PIP_INDEX_URL": address, "PIP_RETRIES": "0", "NO_PROXY": "*"}.items():
            monkeypatch.setenv(name, value)
        text = problem_of(top)
    assert words in text and environment.LOG in text and "No matching distribution" not in text


def test_no_network_with_uv_does_not_try_pip_as_well(top):
    put_failing_uv(top, OFFLINE_UV)
    says = []
    assert "no connection" in problem_of(top, says)
    assert len(says) == 1


@pytest.mark.parametrize("words", ["ERROR: Could not install packages due to an OSError: [Errno 28] No space left",
                                   "error: failed to write to file: No space left on device (os error 28)"])
def test_a_disk_that_runs_full_under_a_tool_is_told(top, words):
    put_failing_uv(top, words)
    assert "is full" in problem_of(top) and f"{environment.MEGABYTES} MB are needed" in problem_of(top)


@pytest.mark.parametrize("number, words", [(errno.ENOSPC, "MB are needed"), (errno.EACCES, "where you may write"),
                                           (errno.EROFS, "where you may write")])
def test_a_folder_that_takes_no_file_is_told(top, monkeypatch, number, words):
    def refuse(path, *_, **__):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(environment, "open", refuse, raising=False)
    assert words in problem_of(top)


def test_a_full_disk_is_named_the_one_for_temporary_files_too(top, monkeypatch):
    free = {top: 900, Path(environment.tempfile.gettempdir()): 2}
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**12, 0, free[folder] * 10**6))
    put_failing_uv(top, "error: No space left on device (os error 28)")
    assert f"the disk with {environment.tempfile.gettempdir()} is full" in problem_of(top)
    free[top] = 1
    assert f"the disk with {top} is full" in problem_of(top)


def test_no_room_even_for_a_temporary_file_is_a_full_disk(top, monkeypatch):
    def refuse():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    put_failing_uv(top, "error: No space left on device (os error 28)")
    monkeypatch.setattr(environment.tempfile, "gettempdir", refuse)
    assert f"the disk with {top} is full" in problem_of(top)
    with pytest.raises(FileNotFoundError) as caught:
        refuse()
    assert f"the disk with {top} is full" in str(environment.explained(caught.value, top))


def test_too_little_room_is_told_before_anything_is_made(top, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 5 * 10**6))
    assert "5 MB are free" in problem_of(top)
    assert not (top / ".venv").exists()


def test_any_other_failure_is_told_by_the_last_words_of_pip(top):
    require(top, "alpha==1.0\n")
    (top / "packages").mkdir()
    text = problem_of(top)
    assert "No matching distribution found for alpha==1.0" in text and environment.LOG in text


def test_the_users_own_environment_is_added_to_and_never_emptied(top):
    subprocess.run([sys.executable, "-m", "venv", top / ".venv"], check=True)
    (top / ".venv" / "mine").touch()
    require(top, put_package(top, "alpha"))
    python = ready_python(top, [].append)
    assert version_of(python, "alpha") == "1.0" and is_ready(top)
    next(python.parents[1].rglob("alpha.py")).write_text("", encoding="utf-8")  # as a kill while installing leaves it
    environment._ready_file(top).write_text(environment.UNFINISHED, encoding="utf-8")
    assert version_of(ready_python(top, [].append), "alpha") == "1.0"
    assert (top / ".venv" / "mine").exists()


def test_the_users_own_environment_that_does_not_work_is_left_to_them(top):
    put_uv(top, MAKES)
    (top / ".venv").mkdir()
    (top / ".venv" / "mine").touch()
    assert "Rename it" in problem_of(top)
    assert os.listdir(top / ".venv") == ["mine"]


def told_to_link(python, top, code="import workbench, practice; print(workbench.__file__)"):
    """What an interpreter that is linked to the course prints, somewhere else."""
    run = subprocess.run([python, "-I", "-X", "utf8", "-c", code], cwd=top.parent, capture_output=True,
                         encoding="utf-8")
    return run.stdout.strip() or run.stderr.strip().splitlines()[-1]


def test_notebooks_find_the_course_also_after_its_folder_was_moved(top):
    put_uv(top, MAKES)
    ready_python(top, [].append)
    moved = top.rename(top.parent / "möved \"'{x}" if os.name != "nt" else top.parent / "möved {x}")
    assert is_ready(moved)
    assert told_to_link(environment._python(moved), moved) == str(moved / environment.LINKED["workbench"])


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right there")
def test_notebooks_find_the_course_also_if_the_environment_is_a_link_to_another_disk(top):
    put_uv(top, MAKES)
    elsewhere = top.parent / "else" / "where"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", elsewhere], check=True)
    (top / ".venv").symlink_to(elsewhere)
    for path in (ready_python(top, [].append), elsewhere / "bin" / "python"):
        assert told_to_link(path, top) == str(top / environment.LINKED["workbench"])


def test_a_notebook_is_told_in_one_line_if_the_course_is_gone(top):
    put_uv(top, MAKES)
    python = ready_python(top, [].append)
    (top / environment.LINKED["workbench"]).unlink()
    assert told_to_link(python, top).startswith(f"ImportError: the course has moved away from {top}")


def test_an_environment_that_takes_no_file_is_told_with_its_folder(top, monkeypatch):
    def refuse(path, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    put_uv(top, MAKES)
    monkeypatch.setattr(environment.files, "write", refuse)
    text = problem_of(top)
    assert "add workbench.py to " in text and "site-packages" in text and "Permission denied" in text
    assert not is_ready(top)


def test_every_jupyterlab_and_notebook_7_of_the_environment_finds_the_extension_and_its_updates(top):
    put_uv(top, MAKES)
    for text in ("first", "second"):
        put_extension(top, text)
        assert not is_ready(top)
        ready_python(top, [].append)
        assert is_ready(top)
        found = (top / ".venv").glob("share/jupyter/labextensions/safe-typing/**/*.js")
        assert [(path.name, path.read_text(encoding="utf-8")) for path in found] == [("remoteEntry.js", text)]


def test_kernels_of_the_environment_load_the_hint_unless_the_user_has_a_configuration_there(top):
    put_uv(top, MAKES)
    ready_python(top, [].append)
    config = top / ".venv" / "etc" / "ipython" / "ipython_kernel_config.py"
    assert config.read_text(encoding="utf-8") == environment.KERNEL_CONFIG
    for text in ("c.TerminalInteractiveShell.colors = 'NoColor'\n", environment.KERNEL_CONFIG.replace("hint", "old")):
        config.write_text(text, encoding="utf-8")
        environment.link(environment._python(top), top)
        assert (config.read_text(encoding="utf-8") == text) == text.startswith("c.")


def test_the_place_of_the_configuration_is_one_where_kernels_look(tmp_path):
    application = pytest.importorskip("IPython.core.application")
    data = sysconfig.get_path("data")
    assert os.path.join(data, "etc", "ipython") in application.ENV_CONFIG_DIRS + application.SYSTEM_CONFIG_DIRS


def test_the_place_of_extensions_is_one_where_jupyter_looks(tmp_path):
    paths = pytest.importorskip("jupyter_core.paths")
    code = "import sysconfig; print(sysconfig.get_path('data'))"
    data = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert os.path.join(data, "share", "jupyter", "labextensions") in paths.jupyter_path("labextensions")


def test_a_file_called_venv_is_left_alone(top):
    (top / ".venv").write_text("mine", encoding="utf-8")
    assert "Rename it" in problem_of(top)
    assert (top / ".venv").read_text(encoding="utf-8") == "mine"


def test_an_environment_whose_python_vanished_is_made_anew(top):
    put_uv(top, MAKES)
    python = ready_python(top, [].append)
    python.unlink()
    assert not is_ready(top)
    assert ready_python(top, [].append).exists() and is_ready(top)


def test_an_environment_whose_base_vanished_is_not_ready(top):
    put_uv(top, MAKES)
    ready_python(top, [].append)
    config = top / ".venv" / "pyvenv.cfg"
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text("\n".join("home = gone" if line.startswith("home") else line for line in lines), encoding="utf-8")
    assert not is_ready(top)


def test_a_terminal_sees_one_line_that_renews_itself(top, monkeypatch, capsys):
    put_uv(top, MAKES)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    ready_python(top)
    renewed = capsys.readouterr().out.split("\r")
    assert [text for text in renewed if re.fullmatch(r"\d+ s  Resolved 7", text.strip())]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_log_file_and_a_dumb_terminal_see_no_line_that_renews_itself(top, capsys, monkeypatch, is_terminal):
    put_uv(top, MAKES)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)
    ready_python(top)
    assert "\r" not in capsys.readouterr().out


@pytest.mark.parametrize("command", ["lessons", "tests", "exercises", "solutions", "lessons.web"])
def test_a_python_that_is_too_old_is_told_in_one_line(command):
    old = next(filter(runs, OLD_PYTHONS), None)
    if not old:
        pytest.skip("no Python older than 3.10 is on this machine")
    run = subprocess.run([old, "-m", command], cwd=KIT, capture_output=True, text=True,
                         env={**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"})
    assert run.returncode == 1 and run.stderr.count("\n") == 1
    assert run.stderr.startswith("error: this is Python ") and "needs 3.10 or later" in run.stderr


def runs(python):
    try:
        return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False
