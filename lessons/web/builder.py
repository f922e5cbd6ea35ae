"""Builds the browser edition: JupyterLite, Pyodide, the learner's copy of the course, and the kit as one more wheel."""
import hashlib
import html
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

from lessons.launcher import learner_copy
from lessons.launcher.environment import SetupProblem, ready_python
from lessons.launcher.lab import title

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
CANNOT = HERE / "cannot.json"  # lesson -> cells that cannot run in a browser tab -> what they need and a tab has not
NEEDED = ("micropip", "packaging", "ipython", "jedi", "comm")  # what the kernel asks for, besides its own wheels
PYODIDE = ("package.json", "pyodide-lock.json", "pyodide.js", "pyodide.mjs", "pyodide.asm.mjs",
           "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = "@jupyterlite/pyodide-kernel-extension"
KIT = "reload_kit"
IN_WHEEL = {  # folder -> what a notebook can import from there, or needs
    "lessons": ("workbench/*.py", "examples/**/*.py"), "exercises": ("practice.py",),
    ".": ("lessons/*.py", "lessons/launcher/*.py", "exercises/__init__.py", "exercises/*/*.py", "solutions/[0-9]*.ipynb")}
RECORDED = "%%recorded {}\n"


def build(folder, say=print):
    """Make the browser edition in `folder`, which is new, empty, or holds an older one. Raises SetupProblem."""
    folder = folder.resolve()
    leave_others_alone(folder, folder / "jupyter-lite.json")
    python = ready_python(HERE, say)
    with tempfile.TemporaryDirectory(prefix="browser-edition-") as temporary:
        # Always a new place to build in: with what an older build left, JupyterLite takes Pyodide from the network.
        lite = Path(temporary).resolve() / "lite"
        lay_out(lite, python, say)
        say("Building the site.")
        run([python, "-m", "jupyterlite_core", "build", "--output-dir", "site"], lite)
        site = lite / "site"
        (site / "index.html").write_text(front_page(lite / "contents"), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(site, folder, dirs_exist_ok=True)  # what could not be removed, a mount for example, is filled
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say(f"The browser edition is in {folder}, {size / 10**6:.0f} MB. To see it: python3 -m lessons.web serve {folder}")


def leave_others_alone(folder, ours):
    """Raise SetupProblem unless the folder is new, empty, or holds `ours`, a file that an earlier run has made."""
    if folder.exists() and any(folder.iterdir()) and not ours.exists():
        raise SetupProblem(f"{folder} has other files in it. Name a new folder")


def lay_out(lite, python, say):
    """Put everything that JupyterLite builds from into the folder `lite`."""
    pyodide = lite / "static" / "pyodide"
    pyodide.mkdir(parents=True)
    facts = json.loads(run([python, "-c", "import json; from jupyterlite_pyodide_kernel import constants; import sys; "
                            "print(json.dumps([constants.PYODIDE_VERSION, sys.prefix]))"], lite))
    say(f"Fetching Pyodide {facts[0]} and the packages that it needs.")
    lock = fetch_pyodide(facts[0], lite, pyodide)
    known = fetch_wheels(lock, python, pyodide)
    own = Path(facts[1], "share", "jupyter", "labextensions", KERNEL, "static", "pypi")
    for name in ("piplite", "pyodide_kernel", "ipykernel"):
        shutil.copy(next(own.glob(f"{name}-*.whl")), pyodide)
    lay_out_course(lite, pyodide)
    run([shutil.which("node"), HERE / "compile_wheels.mjs", pyodide], lite)
    wheels = {}
    for wheel in sorted(pyodide.glob("*.whl")):
        wheels.update(entry(wheel, **known.get(_named(wheel.name.partition("-")[0]), {})))
    (pyodide / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": wheels}), encoding="utf-8")
    configure(lite, sorted(wheels))


def fetch_pyodide(version, lite, pyodide):
    """Unpack the parts of Pyodide that a browser needs from its npm package; gives its list of packages."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        raise SetupProblem("Node.js with its npm is missing, which fetches Pyodide. Install it, and start again")
    run([npm, "pack", "--silent", f"pyodide@{version}"], lite)
    with tarfile.open(lite / f"pyodide-{version}.tgz") as archive:
        for name in PYODIDE:
            with archive.extractfile(f"package/{name}") as source, open(pyodide / name, "wb") as target:
                shutil.copyfileobj(source, target)
    return json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))


def fetch_wheels(lock, python, pyodide):
    """Download the needed packages in the versions of Pyodide's list; gives what that says of each.

    Pyodide packs its wheels anew, so that those of PyPI have other digests, and it gets a list of ours.
    """
    needed, waiting = {}, list(NEEDED)
    while waiting:
        name = _named(waiting.pop())
        known = lock["packages"].get(name)
        if name not in needed:
            needed[name] = known
            waiting += known["depends"] if known else []
    wanted = [f"{name}=={known['version']}" if known else name for name, known in needed.items()]
    run([python, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version",
         lock["info"]["python"], "--dest", str(pyodide), *wanted], pyodide)
    return {name: {"imports": known["imports"], "depends": [_named(other) for other in known["depends"]]}
            for name, known in needed.items() if known}


def entry(wheel, imports=(), depends=()):
    """What Pyodide's list says about a package: its name -> facts."""
    name, version = wheel.name.split("-")[:2]
    return {_named(name): {
        "name": _named(name), "version": version, "file_name": wheel.name, "imports": list(imports),
        "depends": list(depends), "install_dir": "site", "package_type": "package", "unvendored_tests": False,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}}


def _named(package):
    """A package's name in the one form that Pyodide compares."""
    return package.lower().replace("_", "-")


def lay_out_course(lite, pyodide):
    """Put the learner's copy in place: its notebooks and workspaces as files of the site, all else in a wheel."""
    work, contents = lite / "work", lite / "contents"
    learner_copy.update(TOP, work)
    recorded = record_what_cannot_run(work / "lessons")
    for path in [*work.glob("lessons/*.ipynb"), *work.glob("exercises/*.ipynb")]:
        # JupyterLite gives notebooks of one name one kernel, wherever they are: so exercises get a name of their own.
        target = contents / path.relative_to(work)
        target = exercises_of(target) if target.parent.name == "exercises" else target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"(\]\(\.\./exercises/\w+)(\.ipynb)", r"\1_exercises\2",
                                 path.read_text(encoding="utf-8")), encoding="utf-8")
        # A workspace without links stays in the tab's memory, which keeps modification times; its storage doesn't.
        workspace = learner_copy.WORKSPACES / path.stem
        if f"]({workspace.relative_to('lessons').as_posix()}/" in path.read_text(encoding="utf-8"):
            shutil.copytree(work / workspace, contents / workspace, ignore=shutil.ignore_patterns(".*"))
    with zipfile.ZipFile(pyodide / f"{KIT}-1-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for root, patterns in IN_WHEEL.items():
            for path in (path for pattern in patterns for path in (TOP / root).glob(pattern)):
                wheel.write(path, path.relative_to(TOP / root).as_posix())
        wheel.write(work / learner_copy.EXPLANATIONS, f"workbench/{Path(learner_copy.EXPLANATIONS).name}")
        wheel.writestr("workbench/recorded.json", json.dumps(recorded))
        about = f"{KIT}-1.dist-info"
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {KIT}\nVersion: 1\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")


def exercises_of(lesson):
    """The path in the site of the exercises that belong to the notebook of a lesson."""
    return lesson.parents[1] / "exercises" / f"{lesson.stem}_exercises.ipynb"


def record_what_cannot_run(lessons):
    """Mark the cells that cannot run in a browser; gives what they show instead: the outputs that are stored."""
    recorded, store = {}, lessons / ".explanations.json"
    explained = json.loads(store.read_text(encoding="utf-8"))
    for stem, cells in json.loads(CANNOT.read_text(encoding="utf-8")).items():
        path = lessons / f"{stem}.ipynb"
        notebook, stored = (json.loads(place.read_text(encoding="utf-8"))
                            for place in (path, TOP / "lessons" / path.name))
        outputs = {cell["id"]: cell.get("outputs") for cell in stored["cells"]}
        for cell in notebook["cells"] + explained[stem]:
            if cell["id"] in cells:
                name = f"{stem[:2]}-{cell['id']}"
                recorded[name] = {"needs": cells[cell["id"]], "outputs": outputs[cell["id"]]}
                cell["source"] = RECORDED.format(name) + "".join(cell["source"])
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")
    store.write_text(json.dumps(explained), encoding="utf-8")
    return recorded


def configure(lite, preloaded):
    """Write JupyterLite's own settings."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": preloaded}}
    data = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {
        "appName": "Reloading Python modules", "exposeAppInBrowser": True,
        "litePluginSettings": {f"{KERNEL}:kernel": kernel}}}
    build = {"LiteBuildConfig": {"apps": ["lab"], "contents": ["contents"], "no_sourcemaps": True,
                                 "no_unused_shared_packages": True}}
    overrides = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    files = {"jupyter-lite.json": data, "jupyter_lite_config.json": build, "overrides.json": overrides}
    for name, content in files.items():
        (lite / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def front_page(contents):
    """The first page of the site: a list of the lessons and their exercises, and what to know about a browser tab."""
    rows = []
    for path in sorted((contents / "lessons").glob("*.ipynb")):
        links = f'<a href="lab/index.html?path=lessons/{path.name}">{html.escape(title(path))}</a>'
        if exercises_of(path).exists():
            links += f', <a href="lab/index.html?path=exercises/{exercises_of(path).name}">its exercises</a>'
        rows.append(f"<li>{links}</li>")
    return (HERE / "front_page.html").read_text(encoding="utf-8").replace("LESSONS", "\n".join(rows))


def run(command, folder):
    """Run a command in a folder and give what it printed. Raises SetupProblem with its last words when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, encoding="utf-8", errors="replace")
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()] or ["it said nothing"]
        words = next((line for line in reversed(lines) if re.search("error", line, re.I)), lines[-1])
        raise SetupProblem(f"{Path(command[0]).stem} failed: {words[:300]}")
    return done.stdout
