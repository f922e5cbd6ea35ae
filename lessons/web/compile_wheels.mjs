// Adds bytecode to the wheels of a folder, compiled by the Python that will load it. Without it, each tab compiles them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
const python = await loadPyodide();
const compiled = python.runPython(`
import importlib._bootstrap_external as files, io, zipfile
from importlib.util import cache_from_source, source_hash

def compiled(wheel):
    """Return a wheel's bytes, with unchecked bytecode beside each module, which Python loads without reading the source."""
    result = io.BytesIO(wheel.to_bytes())
    with zipfile.ZipFile(result, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in [name for name in archive.namelist() if name.endswith(".py")]:
            source = archive.read(name)
            try:
                code = compile(source, name, "exec", dont_inherit=True)
            except SyntaxError:
                continue  # a template, or a test for another Python
            archive.writestr(cache_from_source(name), files._code_to_hash_pyc(code, source_hash(source), False))
    return result.getvalue()

compiled`);
for (const name of readdirSync(folder).filter((name) => name.endsWith(".whl"))) {
  const path = join(folder, name);
  writeFileSync(path, compiled(new Uint8Array(readFileSync(path))).toJs());
}
