"""The lessons and exercises as pages for reading and printing: nbconvert's, with a template that serves every reader."""
import re
import shutil

from lessons.launcher.environment import ready_python
from lessons.web.builder import HERE, TOP, leave_others_alone, run

OPTIONS = ("--to", "html", "--template", "pages", f"--TemplateExporter.extra_template_basedirs={HERE}",
           "--TemplateExporter.exclude_input_prompt=True", "--TemplateExporter.exclude_output_prompt=True")


def export(folder, say=print):
    """Write a page for each notebook into `folder`, which is new, empty, or holds older ones. Raises SetupProblem."""
    folder = folder.resolve()
    first = folder / "lessons" / f"{min((TOP / 'lessons').glob('[0-9]*.ipynb')).stem}.html"
    leave_others_alone(folder, first)
    python = ready_python(TOP, say)
    for part in ("lessons", "exercises"):
        say(f"Writing the pages of the {part}.")
        notebooks = sorted((TOP / part).glob("[0-9]*.ipynb"))
        run([python, "-m", "nbconvert", *OPTIONS, "--output-dir", folder / part, *notebooks], TOP)
        for page in (folder / part).glob("*.html"):
            text = page.read_text(encoding="utf-8")
            page.write_text(re.sub(r'(href="[^":]+)\.ipynb"', r'\1.html"', text), encoding="utf-8")
    shutil.copytree(TOP / "lessons" / "examples", folder / "lessons" / "examples", dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    say(f"The pages are in {folder}. They begin with {first}")
