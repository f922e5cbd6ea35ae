"""The lessons and exercises as pages to read or print, which need no Python, no script and no network."""
import re
import shutil
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
# What nbconvert's own page lacks: contrast of 4.5 to 1 in prompts and some code, links told by more than colour.
STYLE = """<style>
.jp-InputPrompt, .jp-OutputPrompt { color: #595959 !important; opacity: 1 !important; }
.highlight .c, .highlight .c1 { color: #2f6b6b !important; }
.highlight .m, .highlight .mi, .highlight .mf { color: #00691f !important; }
.highlight .ow { color: #7a12b5 !important; }
main a { text-decoration: underline !important; }
</style>
"""


def export(folder):
    """Write a page for each notebook of the lessons and of the exercises; gives their paths."""
    written = []
    for path in sorted([*TOP.glob("lessons/[0-9]*.ipynb"), *TOP.glob("exercises/[0-9]*.ipynb")]):
        target = folder / path.parent.name / f"{path.stem}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(path), encoding="utf-8")
        written.append(target)
    shutil.copytree(TOP / "lessons" / "examples", folder / "lessons" / "examples", dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    return written


def page(path):
    """A notebook as the text of a page. Raises ImportError where nbconvert is not installed."""
    import nbformat
    from nbconvert import HTMLExporter
    notebook = nbformat.read(path, as_version=4)
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ").replace("`", "")
    text, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": title}})
    text = re.sub(r"(?s)<script.*?</script>", "", text)  # for formulas and diagrams, of which there are none
    text = re.sub(r'(<a href="[^":]+)\.ipynb"', r'\1.html"', text)
    return text.replace("</head>", f"{STYLE}</head>", 1)
