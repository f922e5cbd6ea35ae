"""The environment of the kit: `.venv`, made from requirements.txt by the first start, found ready by every later one.

Two files in `.venv` tell how far it is: `kit-made` says that this kit made it, so that it may be made anew, and
`kit-ready` holds the fingerprint of what was installed, or "unfinished". What was killed half-way is made anew by the
next start. An environment that the user made is added to, never emptied.
"""
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lessons import files
from lessons import MINIMUM

LOG = ".venv-setup.log"
LINKED = {"workbench": "lessons/workbench/__init__.py", "practice": "exercises/practice.py"}  # what notebooks import
LINK = '''"""Written by the course's set-up: loads the module with this name from the course's folder."""
import importlib.util
import os
import sys

place = os.path.join(os.path.dirname(__file__), "{place}")
if not os.path.exists(place):
    raise ImportError(f"the course isn't in {{os.path.normpath(place)}} any more. In its folder, type: python3 -m lessons")
spec = importlib.util.spec_from_file_location(__name__, place)
sys.modules[__name__] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[__name__])
'''
UNFINISHED = "unfinished"
MEGABYTES = 600  # what an environment takes, with its downloads
IS_USABLE = ("import os, sys, sysconfig; "
             f"sys.exit(sys.version_info < {MINIMUM} or not os.path.isdir(sysconfig.get_path('purelib')))")
STEP = r"\s*((?:Collecting|Downloading|Building|Resolved|Prepared|Installed) [\w.-]+|Installing(?= collected))"
KNOWN_PROBLEMS = (  # pattern in what a tool or the system said -> what it means and what to do; the first one counts
    (r"Errno (28|69|122)\b|os error (28|69|112|122)\b|WinError 112|No space left",
     f"a disk is full: the one of this folder, or of {tempfile.gettempdir()}. Make room (about {MEGABYTES} MB)"),
    (r"(certificate verify failed.*)", f"{{found}}. Ask who runs your network (details are in {LOG})"),
    (r"(?s)\A(?!.*peer certificate).*(NewConnectionError|NameResolutionError|Max retries exceeded|ProxyError|"
     r"Connect\w*(Error|Timeout)\b|Read\w*Timeout|error sending request)",
     f"there is no connection to where the packages come from (details are in {LOG}). Go online"),
    (r"\[(?:Errno (?:1|13|30)|WinError (?:5|19|32))\] (.*)",
     "{found}. Close what uses it, or move the course to a folder where you may write"),
    (r"No module named '?(?:venv|ensurepip)|ensurepip is not available",
     "this Python lacks its module venv or ensurepip. Type: sudo apt install python{}.{}-venv (without apt: install "
     "Python from python.org)".format(*sys.version_info)),
)


class SetupProblem(Exception):
    """One line that says what is missing or was found, and what to type."""


def is_ready(top):
    """Whether the environment in the folder `top` holds what requirements.txt asks for. Takes under a millisecond."""
    fingerprint = _fingerprint(top)
    return fingerprint is not None and fingerprint == _state(top)


def ready_python(top, say=print):
    """The interpreter of `top/.venv`, which is first made and filled if need be. Raises SetupProblem."""
    try:
        if not is_ready(top):
            with _alone(top, say):
                if not is_ready(top):  # another start may have done it meanwhile
                    _set_up(top, say)
    except OSError as problem:
        raise _problem(_known(str(problem)) or f"{problem}. Put that right") from None
    return _python(top)


def _set_up(top, say):
    """Install with uv where it is there, else with pip, into a new environment or on top of a finished one."""
    uv, ours, state = shutil.which("uv"), _is_ours(top / ".venv"), _state(top)
    usable = _is_usable(_python(top), needs_pip=not uv)
    if not ours and not usable:
        raise _problem(".venv was not made by the course, and it is broken, has no pip, or its Python is older than "
                       "{}.{}. Rename it, for example to venv-old".format(*MINIMUM))
    anew = ours and (state in ("", UNFINISHED) or not usable)
    again = state == UNFINISHED and not anew  # a package may be there in part
    free = shutil.disk_usage(top).free // 10**6
    if anew and free < MEGABYTES:
        raise _problem(f"the disk has {free} MB free, and about {MEGABYTES} are needed. Make room")
    say(f"Setting up the environment .venv, once; it takes a minute or two. Every detail goes to {LOG}.")
    if not ours:
        say(".venv was there before the course. It stays, and what the course needs is added to it.")
    with open(top / LOG, "w", encoding="utf-8") as log:
        for tool in [uv, "pip"] if uv else ["pip"]:
            with _progress(log, say) as show:
                failure = _install(top, tool, anew, again, show)
            if failure is None:
                break
            reason = _known(failure)
            if reason or tool == "pip":
                raise _problem(reason or f"pip failed: {_last_words(failure)}. See {LOG}")
            say(f"uv failed: {_last_words(failure)}. Going on with pip.")
            anew = ours
    link(_python(top), top)
    _ready_file(top).write_text(_fingerprint(top) or "", encoding="utf-8")
    say("The environment is ready.")


def link(python, top):
    """Let every notebook that runs with an interpreter import `workbench` and `practice`, wherever it is.

    A path in a .pth file would do more: it would also make the `__main__.py` of those folders importable.
    """
    packages = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True,
                              env=_tools_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    packages = Path(packages.stdout.strip())
    for name, place in LINKED.items():
        # A relative path, so that the course's folder can be moved.
        text = LINK.format(place=Path(os.path.relpath(top / place, packages)).as_posix())
        files.write(packages / f"{name}.py", text.encode("utf-8"))


def _install(top, tool, anew, again, show):
    """Carry out the set-up with a tool, "pip" or the path of uv; returns what it said when it failed, else None."""
    python, base = str(_python(top)), _base_python()
    if tool == "pip":
        make, install = [base, "-I", "-m", "venv", ".venv"], [python, "-I", "-m", "pip", "install"]
    else:
        make = [tool, "venv", "--allow-existing", "--python", base, ".venv"]
        install = [tool, "pip", "install", "--compile-bytecode", "--python", python]
    install += ["-r", "requirements.txt"] + ["--force-reinstall"] * again
    if anew:
        if tool == "pip":
            try:
                import ensurepip, venv  # noqa: E401, F401 (Debian keeps them in a package of their own)
            except ImportError as problem:
                return str(problem)
        _empty(top / ".venv")
    _ready_file(top).write_text(UNFINISHED, encoding="utf-8")
    return (_run(make, top, show) if anew else None) or _run(install, top, show)


def _run(command, top, show):
    """Run a command, and show each line that it says; returns the last ones when it failed, else None."""
    show(f"$ {subprocess.list2cmdline(command)}\n")
    process = subprocess.Popen(command, cwd=top, env=_tools_environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                               close_fds=False)  # so that it holds the lock, too, and nobody meets it if we are killed
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            show(line)
        return "".join(said[-20:]) or "it said nothing" if process.wait() else None
    except BaseException:  # Ctrl-C, or no room for the log: nothing may go on writing behind our back
        process.terminate() if os.name == "nt" else process.send_signal(signal.SIGINT)
        process.wait()
        raise


@contextlib.contextmanager
def _progress(log, say):
    """A function that logs a tool's line and tells its step: in one line on a terminal, now and then elsewhere."""
    on_terminal, width = say is print and sys.stdout.isatty(), shutil.get_terminal_size().columns - 1
    start, said = time.monotonic(), 0

    def show(line):
        nonlocal said
        log.write(line)
        log.flush()
        seconds, step = int(time.monotonic() - start), re.match(STEP, line)
        if not step:
            return
        last = step[1] == "Installing"
        text = f"{seconds:4} s  {step[1]}" + f" {line.count(',') + 1} packages, the longest step" * last
        if on_terminal:
            print(text[:width].ljust(width), end="\r", flush=True)
        elif last or seconds >= said + 10:
            said = seconds
            say(text)
            sys.stdout.flush()

    try:
        yield show
    finally:
        if on_terminal:
            print(" " * width, end="\r", flush=True)


@contextlib.contextmanager
def _alone(top, say):
    """Hold the lock of the set-up. The system frees it when we, and the tools that we started, have ended."""
    with open(top / ".venv.lock", "a") as lock:
        os.set_inheritable(lock.fileno(), True)
        if not files.lock(lock):
            say("Another start is setting up .venv; waiting for it.")
            while not files.lock(lock):
                time.sleep(0.2)
        yield


def _fingerprint(top):
    """A digest of what the environment stands on: requirements and interpreter. None when one of them is gone."""
    try:
        config = (top / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
        requirements = (top / "requirements.txt").read_text(encoding="utf-8")
        python = _python(top).resolve(strict=True)  # another one after an upgrade of the system's Python
    except OSError:
        return None
    home = re.search(r"(?m)^home *= *(.+)$", config)
    if not home or not os.path.isdir(home[1]):
        return None
    return hashlib.sha256(f"{requirements}\0{config}\0{python}\0{LINK}".encode("utf-8")).hexdigest()


def _ready_file(top):
    return top / ".venv" / "kit-ready"


def _state(top):
    """The fingerprint of what was installed, "unfinished", or "" when nothing was."""
    try:
        return _ready_file(top).read_text(encoding="utf-8")
    except OSError:
        return ""


def _python(top):
    return top / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _base_python():
    """The interpreter that runs this or, in a virtual environment, the one that it was made from."""
    base = Path(sys.base_prefix, "python.exe" if os.name == "nt" else "bin/python{}.{}".format(*sys.version_info))
    return str(base) if sys.prefix != sys.base_prefix and base.exists() else sys.executable


def _is_usable(python, needs_pip):
    """Whether an interpreter runs, is new enough, and has its folder of packages (and pip)."""
    try:
        return subprocess.run([python, "-I", "-c", "import pip; " * needs_pip + IS_USABLE], env=_tools_environment(),
                              stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def _is_ours(venv):
    """Whether the kit made this environment, or nobody did yet."""
    return (venv / "kit-made").exists() or not os.path.lexists(venv) or (venv.is_dir() and not any(venv.iterdir()))


def _empty(venv):
    """Remove all but the mark that the kit made it: a kill in here is repaired as any other."""
    venv.mkdir(exist_ok=True)
    (venv / "kit-made").touch()
    for path in venv.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "kit-made":
            path.unlink()


def _tools_environment():
    """The user's variables without those that lead pip and uv astray; where pip looks for packages, uv does, too."""
    astray = ("VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "FORCE_COLOR", "CLICOLOR_FORCE", "PIP_PYTHON", "PIP_TARGET",
              "PIP_PREFIX", "PIP_ROOT", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_VENV_CLEAR")
    variables = {name: value for name, value in os.environ.items() if name not in astray and name[:6] != "PYTHON"}
    for name, separator in (("INDEX_URL", " "), ("EXTRA_INDEX_URL", " "), ("FIND_LINKS", ",")):
        if variables.get(f"PIP_{name}"):
            variables.setdefault(f"UV_{name}", separator.join(variables[f"PIP_{name}"].split()))
    return {**variables, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1"}


def _known(said):
    """What a known problem in the words of a tool or of the system means and what to do about it, else None."""
    for pattern, meaning in KNOWN_PROBLEMS:
        found = re.search(pattern, said)
        if found:
            return meaning.replace("{found}", found[found.lastindex or 0].strip())
    return None


def _last_words(said):
    """The line of a tool's output that tells best why it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if line.lower().startswith("error")), lines[-1]).rstrip(".")


def _problem(text):
    return SetupProblem(f"{text}, then type: {subprocess.list2cmdline(sys.orig_argv)}")
