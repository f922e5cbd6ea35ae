"""Writes the lessons and exercises as pages for reading and printing: nbconvert's, with a template for every reader."""
import re
import shutil
import sys
import tempfile
from pathlib import Path

from lessons.launcher import rerun
from lessons.notebooks import KIT, lessons
from lessons.outputs import OutputFolder
from lessons.web.builder import TEMPLATES, run

OPTIONS = ("--to", "html", "--template", "notebook_page", f"--TemplateExporter.extra_template_basedirs={TEMPLATES}",
           "--TemplateExporter.exclude_input_prompt=True", "--TemplateExporter.exclude_output_prompt=True")


def export(folder, say=print):
    """Write a page for each notebook into `folder`: new, empty, or filled by an earlier run. Raises SetupProblem."""
    output = OutputFolder(folder.resolve())
    rerun.need("nbconvert", KIT)
    with tempfile.TemporaryDirectory(prefix="pages-") as temporary:
        for part in ("lessons", "exercises"):
            say(f"Writing the pages of the {part}.")
            notebooks = sorted((KIT / part).glob("[0-9]*.ipynb"))
            run([sys.executable, "-m", "nbconvert", *OPTIONS, "--output-dir", Path(temporary, part), *notebooks], KIT)
            for page in Path(temporary, part).glob("*.html"):
                text = page.read_text(encoding="utf-8")
                page.write_text(re.sub(r'(href="[^":]+)\.ipynb"', r'\1.html"', text), encoding="utf-8")
        shutil.copytree(KIT / "lessons" / "examples", Path(temporary, "lessons", "examples"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        output.fill(Path(temporary), say)
    say(f"The pages are in {folder}. Start with {folder / 'lessons' / lessons()[0].stem}.html")
