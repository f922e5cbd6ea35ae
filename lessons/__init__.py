"""The lessons: notebooks, the example modules that they edit, and the code that runs them.

    examples   the modules that lessons edit
    workbench  what a lesson's kernel imports: fresh, edit_file, run_in_new_process, picture
    launcher   `python3 -m lessons`: the environment, the learner's copy, JupyterLab
    web        the browser edition, and the lessons as pages
    drawings   draws names and objects, as SVG and as text
    files      writes files whole or not at all, and locks them
    notebooks  reads notebooks
    predictions  reads what learners predict, and compares it with what happens
    outputs    writes a folder for a teacher, such as grades, without losing anything in it
"""
import sys

MINIMUM = (3, 10)
PYTHON = "py" if sys.platform == "win32" else "python3"  # what a learner types before -m

if sys.version_info < MINIMUM:  # in words that even Python 2 can read, before newer syntax stops it
    sys.exit("error: this is Python {}.{}, and the course needs {}.{} or later. Install it from python.org, then type "
             "for example: python3.13 -m lessons".format(*(tuple(sys.version_info[:2]) + MINIMUM)))
