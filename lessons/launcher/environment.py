"""Sets up the course's environment: the first start makes `.venv` from requirements.txt, and every later one uses it.

It's ready once its own interpreter has imported everything that a learner needs. Two files in `.venv` record the state:
`kit-made` says that the course made it and may make it again, and `kit-ready` contains the fingerprint of what was
installed, or "unfinished". If a set-up is killed, the next start repeats it. An environment that the user made is added
to, never emptied.
"""
import ast
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
from lessons import MINIMUM, PYTHON

LOG = ".venv-setup.log"
LINKED = {"workbench": "lessons/workbench/__init__.py", "practice": "exercises/practice.py",  # what notebooks import
          "first_cell_hint": "lessons/launcher/first_cell_hint.py"}  # what kernels load, because of KERNEL_CONFIG
EXTENSIONS = tuple(f"lessons/launcher/jupyterlab/{name}" for name in (
    "safe-typing", "restart-notice", "calm-scroll"))  # of JupyterLab and Notebook 7, however they're started
KERNEL_CONFIG = """# Written by the course: its kernels say what to do if a cell needs the first cell of its notebook.
c.InteractiveShellApp.extensions.append("first_cell_hint")
"""
LINK = '''"""Written by the course's set-up: loads the module with this name from the course's folder."""
import importlib.util
import os
import sys

folder = os.path.dirname(os.path.abspath(__file__))
places = [os.path.normpath(os.path.join(folder, place)) for place in {places}]  # the second is for a linked folder
place = next(filter(os.path.exists, places), None)
if not place:
    raise ImportError(f"the course has moved away from {{places[0]}}. In its new folder, type: {python} -m lessons")
spec = importlib.util.spec_from_file_location(__name__, place)
sys.modules[__name__] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[__name__])
'''
IMPORTS = ("import jupyterlab.labapp, ipykernel.kernelapp, nbval.plugin, pytest, workbench, practice, "
           "first_cell_hint")  # all must work
UNFINISHED = "unfinished"
MEGABYTES = 600  # what an environment takes, with its downloads
IS_USABLE = ("import os, sys, sysconfig; "
             f"sys.exit(sys.version_info < {MINIMUM} or not os.path.isdir(sysconfig.get_path('purelib')))")
STEP = r"\s*((?:Collecting|Downloading|Building|Resolved|Prepared|Installed) [\w.-]+|Installing(?= collected))"
FULL = r"Errno (28|69|122)\b|os error (28|69|112|122)\b|WinError 112|No space left|No usable temporary directory"
KNOWN_PROBLEMS = (  # pattern in what a tool or the system said -> what it means and what to do; the first one counts
    (r"(certificate verify failed.*)", f"{{found}}. Ask who runs your network (details are in {LOG})"),
    (r"\b((?:401|403) Client Error: [\w ]+?) for url|(407 Proxy Authentication Required)",
     f"the package index or a proxy refused access: {{found}} (details are in {LOG}). Check the address, user name and "
     "password in pip's settings (PIP_INDEX_URL or pip.conf) and in those of the proxy (HTTPS_PROXY)"),
    (r"too many (5\d\d) error responses|\b(5\d\d) Server Error:",
     f"the package index doesn't work at the moment: error {{found}} (details are in {LOG}). Wait a few minutes"),
    (r"(?s)\A(?!.*peer certificate).*(NewConnectionError|NameResolutionError|Max retries exceeded|ProxyError|"
     r"Connect\w*(Error|Timeout)\b|Read\w*Timeout|error sending request)",
     f"there's no connection to the package index (details are in {LOG}). Go online"),
    (r"\[(?:Errno (?:1|13|30)|WinError (?:5|19|32))\] (.*)",
     "{found}. Close the program that uses it, or move the course to a folder where you may write"),
    (r"No module named '?(?:venv|ensurepip)|ensurepip is not available",
     "this Python lacks its module venv or ensurepip. Type: sudo apt install python{}.{}-venv (without apt: install "
     "Python from python.org)".format(*sys.version_info)),
)


class SetupProblem(Exception):
    """One line that says what's wrong and what to type."""


def is_ready(top):
    """Return whether the environment in the folder `top` has what requirements.txt asks for. Starts no process."""
    fingerprint = _fingerprint(top)
    return fingerprint is not None and fingerprint == _state(top)


def ready_python(top, say=print):
    """Return the interpreter of `top/.venv`, after setting it up if it isn't ready. Raises SetupProblem."""
    if hasattr(sys.stdout, "reconfigure"):
        # A tool's words may have characters that the terminal lacks; and a pipe should show each line at once.
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    try:
        if not is_ready(top):
            with _setup_lock(top, say):
                if not is_ready(top):  # another start may have done it meanwhile
                    _set_up(top, say)
    except OSError as error:
        raise explained(error, top) from None
    return _python(top)


def explained(error, top, megabytes=MEGABYTES):
    """Return the SetupProblem that says what an OSError means and what to do about it.

    `megabytes` is how much room is needed.
    """
    said = _in_words(error)
    if isinstance(error, (FileExistsError, NotADirectoryError)) and error.filename:
        path = Path(error.filename)
        what = f"a link to {os.readlink(path)}, which doesn't exist" if path.is_symlink() else "a file"
        return _problem(f"{path} should be a folder, but it's {what}. Rename it or delete it")
    return _problem(_known(said, top, megabytes) or f"{said.partition('] ')[2] or said}. Fix that")


def _set_up(top, say):
    """Install with uv if it's there, else with pip, into a new environment or on top of a finished one."""
    uv, ours, state = shutil.which("uv"), _is_ours(top / ".venv"), _state(top)
    usable = _is_usable(_python(top), needs_pip=not uv)
    if not ours and not usable:
        raise _problem(".venv wasn't made by the course, and it can't be used: it's broken, it has no pip, or its "
                       "Python is older than {}.{}. Rename it, for example to venv-old".format(*MINIMUM))
    new = ours and (state in ("", UNFINISHED) or not usable)
    again = state == UNFINISHED and not new  # a part of a package may be missing
    if new and _free_megabytes(top) < MEGABYTES:
        raise _problem(_full_disk(top, MEGABYTES))
    say(f"Setting up the environment .venv, once; it takes a minute or two. The details go to {LOG}.")
    if not ours:
        say("You already have an environment .venv, so the course adds what it needs and deletes nothing.")
    with open(top / LOG, "w", encoding="utf-8", errors="backslashreplace") as log:
        for tool in [uv, "pip"] if uv else ["pip"]:
            with _progress(log, say) as show:
                failure = _install(top, tool, new, again, show) or _try_imports(top, show)
            if not failure:
                break
            reason = _known(failure, top)
            if reason or tool == "pip":
                raise _problem(reason or f"pip failed: {_last_words(failure)}. Fix that (details are in {LOG})")
            say(f"uv failed: {_last_words(failure)}. Trying pip instead.")
            new = ours
    _ready_file(top).write_text(_fingerprint(top) or "", encoding="utf-8")
    say("The environment is ready.")


def link(python, top):
    """Add to an interpreter's environment what notebooks need, wherever they are and whatever opens them.

    That is the modules LINKED, the extensions EXTENSIONS, and what lets kernels load one of the modules. A path in a
    .pth file would do more: it would also make the `__main__.py` of the course's folders importable.
    """
    code = "import sysconfig; print(*map(sysconfig.get_path, ('purelib', 'data')), sep='\\n')"
    said = subprocess.run([python, "-X", "utf8", "-c", code], check=True, env=_tools_environment(),
                          stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8").stdout
    packages, data = map(Path, said.splitlines())
    added = {packages / f"{name}.py": LINK.format(places=_ways(packages, top / place), python=PYTHON).encode()
             for name, place in LINKED.items()}
    extensions = data / "share" / "jupyter" / "labextensions"
    added |= {extensions / path: contents for path, contents in _extensions(top).items()}
    config = data / "etc" / "ipython" / "ipython_kernel_config.py"
    ours = KERNEL_CONFIG.encode().splitlines()[0]
    if not config.exists() or config.read_bytes().startswith(ours):  # otherwise it's the user's own
        added[config] = KERNEL_CONFIG.encode()
    try:
        for path, contents in added.items():
            files.write(path, contents)
    except OSError as error:
        raise _problem(_known(_in_words(error), top) if re.search(FULL, str(error)) else
                       f"the course must add {path.name} to {path.parent}, but it can't: {error.strerror}. Rename "
                       ".venv or use an environment where you may write") from None


def _extensions(top):
    """Return the files of the extensions: relative path -> contents. An environment for something else has none."""
    parent = top / Path(EXTENSIONS[0]).parent
    return {path.relative_to(parent): path.read_bytes() for name in EXTENSIONS
            for path in sorted((top / name).rglob("*")) if path.is_file()}


def _ways(packages, path):
    """Return the path from a folder of packages to a file: relative, so that the course can be moved, and absolute."""
    absolute = str(path.absolute())
    try:
        return [os.path.relpath(absolute, packages), absolute]
    except ValueError:  # on another drive of Windows
        return [absolute]


def _install(top, tool, new, again, show):
    """Set up the environment with a tool, "pip" or the path of uv; return what it said if it failed, else None."""
    python, base = str(_python(top)), _base_python()
    if tool == "pip":
        make, install = [base, "-I", "-m", "venv", ".venv"], [python, "-I", "-m", "pip", "install"]
    else:
        make = [tool, "venv", "--allow-existing", "--python", base, ".venv"]
        install = [tool, "pip", "install", "--compile-bytecode", "--python", python]
    install += ["-r", "requirements.txt"] + ["--force-reinstall"] * again
    if new:
        if tool == "pip":
            try:
                import ensurepip, venv  # noqa: E401, F401 (Debian has them in a separate package)
            except ImportError as problem:
                return str(problem)
        _empty(top / ".venv")
    _ready_file(top).write_text(UNFINISHED, encoding="utf-8")
    failure = new and _run(make, top, show)
    if failure:
        return failure
    settings = _pip_settings(python)
    failure = _run(install, top, show, settings)
    if tool == "pip" and "No matching distribution" in (failure or ""):
        failure = _run([*install, "-vv"], top, show, settings)  # only this way pip says what the package index answered
    return failure


def _try_imports(top, show):
    """Import what a learner needs with the environment's interpreter; return what went wrong, or None.

    An environment for something else says in its requirements.txt what it needs: `# to try: import ...`.
    """
    others = re.search(r"(?m)^# to try: (import .+)$", (top / "requirements.txt").read_text(encoding="utf-8"))
    if not others:
        link(_python(top), top)
    failure = _run([str(_python(top)), "-I", "-c", others[1] if others else IMPORTS], top, show)
    return failure and (f"{failure}\nerror: it reported success, but an import in .venv ended with "
                        f"{_last_words(failure)}. Maybe a setting of pip sends packages elsewhere; to see the "
                        f"settings, type: {PYTHON} -m pip config list")


def _run(command, top, show, pip_settings=()):
    """Run a command and show each line that it prints; return the last ones if it failed, else None."""
    show(f"$ {subprocess.list2cmdline(command)}\n")
    process = subprocess.Popen(command, cwd=top, env=_tools_environment(pip_settings), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                               close_fds=False)  # so it holds the lock, too, and the next start waits for it
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            show(line)
        return "".join(said[-200:]) or "it printed nothing" if process.wait() else None
    except BaseException:  # Ctrl-C, or no room for the log: don't leave the tool running
        process.terminate() if os.name == "nt" else process.send_signal(signal.SIGINT)
        process.wait()
        raise


@contextlib.contextmanager
def _progress(log, say):
    """Provide a function that logs a tool's line and shows its step, in one line on a terminal, else now and then."""
    on_terminal = say is print and sys.stdout and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns - 1
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
            if sys.stdout:
                sys.stdout.flush()

    try:
        yield show
    finally:
        if on_terminal:
            print(" " * width, end="\r", flush=True)


@contextlib.contextmanager
def _setup_lock(top, say):
    """Hold the lock of the set-up. The system frees it once this process and the tools that it started have ended."""
    with open(top / ".venv.lock", "a") as lock:
        os.set_inheritable(lock.fileno(), True)
        if not files.lock(lock):
            say("Another start of the course is setting up .venv. Waiting for it to finish.")
            while not files.lock(lock):
                time.sleep(0.2)
        yield


def _fingerprint(top):
    """Return a digest of what the environment depends on; None without requirements.txt or a working interpreter."""
    try:
        config = (top / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
        requirements = (top / "requirements.txt").read_text(encoding="utf-8")
        python = _python(top).resolve(strict=True)  # an upgrade of the system's Python changes it
    except OSError:
        return None
    home = re.search(r"(?m)^home *= *(.+)$", config)
    if not home or not os.path.isdir(home[1]):
        return None
    depends_on = [requirements, config, str(python), LINK, IMPORTS, repr(LINKED), KERNEL_CONFIG, repr(_extensions(top))]
    return hashlib.sha256("\0".join(depends_on).encode()).hexdigest()


def _ready_file(top):
    return top / ".venv" / "kit-ready"


def _state(top):
    """Return the fingerprint of what was installed, "unfinished", or "" if nothing was."""
    try:
        return _ready_file(top).read_text(encoding="utf-8")
    except OSError:
        return ""


def _python(top):
    return top / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _base_python():
    """Return the interpreter that runs this or, in a virtual environment, the one that made the environment."""
    base = Path(sys.base_prefix, "python.exe" if os.name == "nt" else "bin/python{}.{}".format(*sys.version_info))
    return str(base) if sys.prefix != sys.base_prefix and base.exists() else sys.executable


def _is_usable(python, needs_pip):
    """Return whether an interpreter runs, is new enough, and has its folder of packages (and pip)."""
    try:
        return subprocess.run([python, "-I", "-c", "import pip; " * needs_pip + IS_USABLE], env=_tools_environment(),
                              stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def _is_ours(venv):
    """Return whether the course made this environment, or there is none yet."""
    return (venv / "kit-made").exists() or not os.path.lexists(venv) or (
        venv.is_dir() and not venv.is_symlink() and not any(venv.iterdir()))


def _empty(venv):
    """Delete everything in the environment except `kit-made`, which lets the next start repair a kill in here."""
    venv.mkdir(exist_ok=True)
    (venv / "kit-made").touch()
    for path in venv.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "kit-made":
            path.unlink()


def _pip_settings(python):
    """Return what pip's configuration files set, as the environment variables that have the same effect."""
    for interpreter in (python, _base_python()):  # an environment that uv made has no pip
        listed = subprocess.run([interpreter, "-I", "-X", "utf8", "-m", "pip", "config", "list"], capture_output=True,
                                env=_tools_environment(), stdin=subprocess.DEVNULL, encoding="utf-8", errors="replace")
        if listed.returncode == 0:
            break
    found = re.findall(r"""(?m)^(?:global|install)\.([\w-]+)=(['"].*['"])$""", listed.stdout)  # install's go last
    return {f"PIP_{name.upper().replace('-', '_')}": ast.literal_eval(value) for name, value in found}


def _tools_environment(pip_settings=()):
    """Return the user's variables without those that lead pip and uv astray. uv gets the package sources of pip."""
    astray = ("VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "FORCE_COLOR", "CLICOLOR_FORCE", "PIP_PYTHON", "PIP_TARGET",
              "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_NO_DEPS", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_VENV_CLEAR")
    variables = {name: value for name, value in {**dict(pip_settings), **os.environ}.items()
                 if name not in astray and name[:6] != "PYTHON"}
    for name, separator in (("INDEX_URL", " "), ("EXTRA_INDEX_URL", " "), ("FIND_LINKS", ",")):
        if variables.get(f"PIP_{name}"):
            variables.setdefault(f"UV_{name}", separator.join(variables[f"PIP_{name}"].split()))
    if pip_settings:
        variables["PIP_CONFIG_FILE"] = os.devnull  # pip can't switch off a single setting of a file, such as `target`
    return {**variables, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1"}


def _known(said, top, megabytes=MEGABYTES):
    """Return what a known problem in the words of a tool or of the system means and what to do, else None."""
    if re.search(FULL, said):
        return _full_disk(top, megabytes)
    for pattern, meaning in KNOWN_PROBLEMS:
        found = re.search(pattern, said)
        if found:
            return meaning.replace("{found}", found[found.lastindex or 0].strip())
    return None


def _full_disk(top, megabytes):
    """Say which disk is full, the course's or the one for temporary files, and how much room is needed."""
    with contextlib.suppress(OSError):  # there may be no room for a temporary file either
        top = min(top, Path(tempfile.gettempdir()), key=_free_megabytes)
    return (f"the disk with {top} is full, or your quota on it is: {_free_megabytes(top)} MB are free, and about "
            f"{megabytes} MB are needed. Make room")


def _free_megabytes(folder):
    return shutil.disk_usage(folder).free // 10**6


def _in_words(error):
    """Return what str() does, without doubling the backslashes of a path on Windows."""
    return str(error).replace(repr(error.filename), error.filename) if isinstance(error.filename, str) else str(error)


def _last_words(said):
    """Return the line of a tool's output that explains best why it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    line = next((line for line in reversed(lines) if line.lower().startswith("error: ")), lines[-1])
    return re.sub("(?i)^error: ", "", line).rstrip(".")


def _problem(text):
    python = PYTHON if PYTHON == "py" else sys.orig_argv[0]  # which on Windows is the path of what py started
    return SetupProblem(f"{text}, then type: {subprocess.list2cmdline([python, *sys.orig_argv[1:]])}")
