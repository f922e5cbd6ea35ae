"""Builds the browser edition: JupyterLite, Pyodide, the learner's copy, and the course's code as one more wheel."""
import hashlib
import itertools
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from lessons import PYTHON, notebooks
from lessons.launcher import learner_copy, rerun
from lessons.launcher.environment import SetupProblem
from lessons.launcher.lab import SERVE, title
from lessons.notebooks import KIT
from lessons.outputs import OutputFolder

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
NEEDED = ("micropip", "packaging", "ipython", "jedi", "comm")  # what the kernel imports, besides its own wheels
PYODIDE = ("package.json", "pyodide-lock.json", "pyodide.js", "pyodide.mjs", "pyodide.asm.mjs",
           "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = "@jupyterlite/pyodide-kernel-extension"
WHEEL = "reload_kit"
IN_WHEEL = {  # folder -> what a notebook imports from there, or what that reads
    "lessons": ("workbench/*.py", "examples/**/*.py"),
    "exercises": ("practice.py",),
    ".": ("lessons/__init__.py", "lessons/drawings.py", "lessons/files.py", "lessons/notebooks.py",
          "lessons/predictions.py",
          "exercises/__init__.py", "exercises/grader/*.py", "exercises/isolation/*.py",
          "exercises/progress/*.py", "exercises/drills/**/*.py", "exercises/training/*.py", "lessons/[0-9]*.ipynb",
          "solutions/[0-9]*.ipynb")}
RECORDED = "%%recorded {}\n"
LAB = SERVE.parent  # the settings of JupyterLab and its extensions, which are the same in the browser edition
IN_A_TAB = ("calm-scroll", "file-sync", "safe-typing")  # the extensions that don't need a server's kernels
LAYOUT = {"layout-restorer:data": {"left": {"collapsed": True}}}


def build(folder, say=print):
    """Build the browser edition into `folder`: new, empty, or filled by an earlier build. Raises SetupProblem."""
    output = OutputFolder(folder.resolve())
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise SetupProblem(f"{program} is missing. Install Node.js, which contains it, then type the command again")
    rerun.need("jupyterlite_pyodide_kernel", HERE)
    with tempfile.TemporaryDirectory(prefix="browser-edition-") as temporary:
        # Always a new folder: if JupyterLite finds the files of an older build, it loads Pyodide from the network.
        lite = Path(temporary).resolve() / "lite"
        prepare(lite, say)
        say("Building the site.")
        run([sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", "site"], lite)
        site = lite / "site"
        early = [path.relative_to(site).as_posix() for path in sorted(site.glob("static/pyodide/*.[mwz]*"))]
        (site / "index.html").write_text(front_page(lite / "contents", early), encoding="utf-8")
        output.fill(site, say)
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    say(f"The browser edition is in {folder}, {size / 10**6:.0f} MB. To see it: {PYTHON} -m lessons.web serve {folder}")


def prepare(lite, say):
    """Put everything that JupyterLite needs for the site into the folder `lite`."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION
    pyodide = lite / "static" / "pyodide"
    pyodide.mkdir(parents=True)
    say(f"Fetching Pyodide {PYODIDE_VERSION} and the packages that it needs.")
    lock = fetch_pyodide(PYODIDE_VERSION, lite, pyodide)
    known = fetch_wheels(lock, pyodide)
    own = Path(sys.prefix, "share", "jupyter", "labextensions", KERNEL, "static", "pypi")
    for name in ("piplite", "pyodide_kernel", "ipykernel"):
        shutil.copy(next(own.glob(f"{name}-*.whl")), pyodide)
    add_course(lite, pyodide)
    run([shutil.which("node"), HERE / "compile_wheels.mjs", pyodide], lite)
    wheels = {}
    for wheel in sorted(pyodide.glob("*.whl")):
        wheels.update(entry(wheel, **known.get(_named(wheel.name.partition("-")[0]), {})))
    (pyodide / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": wheels}), encoding="utf-8")
    configure(lite, sorted(wheels))


def fetch_pyodide(version, lite, pyodide):
    """Unpack what a browser needs from Pyodide's npm package, and return its list of packages."""
    run([shutil.which("npm"), "pack", "--silent", f"pyodide@{version}"], lite)
    with tarfile.open(lite / f"pyodide-{version}.tgz") as archive:
        for name in PYODIDE:
            with archive.extractfile(f"package/{name}") as source, open(pyodide / name, "wb") as target:
                shutil.copyfileobj(source, target)
    return json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))


def fetch_wheels(lock, pyodide):
    """Download the packages that the kernel needs, in the versions that Pyodide lists, and return what it says of each.

    They come from PyPI. Their digests differ from those in Pyodide's list, so the site gets a list of its own.
    """
    needed, waiting = {}, list(NEEDED)
    while waiting:
        name = _named(waiting.pop())
        known = lock["packages"].get(name)
        if name not in needed:
            needed[name] = known
            waiting += known["depends"] if known else []
    wanted = [f"{name}=={known['version']}" if known else name for name, known in needed.items()]
    run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version",
         lock["info"]["python"], "--dest", str(pyodide), *wanted], pyodide)
    return {name: {"imports": known["imports"], "depends": [_named(other) for other in known["depends"]]}
            for name, known in needed.items() if known}


def entry(wheel, imports=(), depends=()):
    """Return what Pyodide's list says about a package: its name -> facts."""
    name, version = wheel.name.split("-")[:2]
    return {_named(name): {
        "name": _named(name), "version": version, "file_name": wheel.name, "imports": list(imports),
        "depends": list(depends), "install_dir": "site", "package_type": "package", "unvendored_tests": False,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}}


def _named(package):
    """Return a package's name as Pyodide writes it."""
    return package.lower().replace("_", "-")


def add_course(lite, pyodide):
    """Add the learner's copy: notebooks and workspaces as files of the site, everything else in a wheel."""
    work, contents = lite / "work", lite / "contents"
    learner_copy.update(KIT, work)
    recorded = record_what_cannot_run(work / "lessons")
    for path in [*work.glob("lessons/*.ipynb"), *work.glob("exercises/*.ipynb")]:
        # JupyterLite gives notebooks with the same name the same kernel, wherever they are, so exercises are renamed.
        target = contents / path.relative_to(work)
        target = exercises_of(target) if target.parent.name == "exercises" else target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"(\]\(\.\./exercises/\w+)(\.ipynb)", r"\1_exercises\2",
                                 path.read_text(encoding="utf-8")), encoding="utf-8")
        # A workspace without links stays in the tab's memory, which keeps modification times; its storage doesn't.
        workspace = learner_copy.WORKSPACES / path.stem
        if f"]({workspace.relative_to('lessons').as_posix()}/" in path.read_text(encoding="utf-8"):
            shutil.copytree(work / workspace, contents / workspace, ignore=shutil.ignore_patterns(".*"))
    explanations = work / learner_copy.EXPLANATIONS
    write_wheel(pyodide, {f"workbench/{explanations.name}": explanations.read_text(encoding="utf-8"),
                          "workbench/recorded.json": json.dumps(recorded)})


def write_wheel(folder, texts):
    """Write the course's code, and other files (name -> text), into a wheel in `folder`. Return the wheel's path."""
    about = f"{WHEEL}-1.dist-info"
    texts |= {f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {WHEEL}\nVersion: 1\n",
              f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", f"{about}/RECORD": ""}
    path = folder / f"{WHEEL}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for root, patterns in IN_WHEEL.items():
            for source in (source for pattern in patterns for source in sorted((KIT / root).glob(pattern))):
                wheel.write(source, source.relative_to(KIT / root).as_posix())
        for name, text in texts.items():
            wheel.writestr(name, text)
    return path


def exercises_of(lesson):
    """Return the path, in the site, of the exercises that belong to a lesson's notebook."""
    return lesson.parents[1] / "exercises" / f"{lesson.stem}_exercises.ipynb"


def what_cannot_run(path):
    """Return the cells of a lesson that can't run in a browser tab: id -> what they need, as their metadata says."""
    return {cell["id"]: cell["metadata"]["needs"] for cell in notebooks.cells(path) if "needs" in cell["metadata"]}


def record_what_cannot_run(lessons):
    """Mark the cells that can't run in a browser, and return what they show instead: their stored outputs."""
    recorded, store = {}, lessons / ".explanations.json"
    explained = json.loads(store.read_text(encoding="utf-8"))
    for stored in notebooks.lessons():
        needs, path = what_cannot_run(stored), lessons / stored.name
        outputs = {cell["id"]: cell["outputs"] for cell in notebooks.cells(stored, "code")}
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"] + explained[stored.stem]:
            if cell["id"] in needs:
                name = f"{stored.stem[:2]}-{cell['id']}"
                recorded[name] = {"needs": needs[cell["id"]], "outputs": outputs[cell["id"]]}
                cell["source"] = RECORDED.format(name) + "".join(cell["source"])
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")
    store.write_text(json.dumps(explained), encoding="utf-8")
    return recorded


def configure(lite, preloaded):
    """Write JupyterLite's settings: JupyterLab's, and a layout in which the list of files is closed."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": preloaded}}
    data = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {
        "appName": "Reloading Python modules", "exposeAppInBrowser": True,
        "litePluginSettings": {f"{KERNEL}:kernel": kernel}}}
    build = {"LiteBuildConfig": {
        "apps": ["lab"], "contents": ["contents"], "no_sourcemaps": True, "no_unused_shared_packages": True,
        "federated_extensions": [str(path) for path in [*(LAB / name for name in IN_A_TAB), HERE / "extension"]]}}
    files = {"jupyter-lite.json": data, "jupyter_lite_config.json": build,
             "overrides.json": json.loads((LAB / "overrides.json").read_text(encoding="utf-8")),
             "workspaces/default.jupyterlab-workspace": {"data": LAYOUT, "metadata": {"id": "default"}}}
    (lite / "workspaces").mkdir()
    for name, content in files.items():
        (lite / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def front_page(contents, early=()):
    """Return the first page of the site: the lessons and their exercises, and what to know about a browser tab.

    `contents` is the folder with the site's notebooks. `early` are files of the site that a lesson will load, so the
    browser may fetch them while the page is read.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    parts = [(part, list(map(entry_of, theirs))) for part, theirs in
             itertools.groupby(sorted(contents.glob("lessons/*.ipynb")), notebooks.part)]
    return templates.get_template("front_page.html").render(parts=parts, early=early)


def entry_of(lesson):
    """Return what the front page shows of a lesson's notebook."""
    exercises = exercises_of(lesson)
    checks = [cell["id"] for cell in notebooks.cells(exercises, "code")] if exercises.exists() else []
    return {"file": lesson.name, "title": title(lesson), "minutes": notebooks.minutes(lesson),
            "exercises": exercises.name if exercises.exists() else None,
            "tasks": [name.removeprefix("check-") for name in checks if name.startswith("check-")]}


def run(command, folder):
    """Run a command in a folder and return what it printed. Raises SetupProblem with the last error that it printed."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, encoding="utf-8", errors="replace")
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        lines = lines or ["it printed nothing"]
        error = next((line for line in reversed(lines) if re.search("error", line, re.I)), lines[-1])
        raise SetupProblem(f"{Path(command[0]).stem} failed: {error[:300]}")
    return done.stdout
