"""What `python3 -m lessons.web` does: the course for a web browser, as a folder of files for any web server.

    builder  builds the browser edition, with JupyterLab and Python in the learner's own browser
    server   serves it to the browsers of this machine
    pages    writes the lessons and exercises as pages, for reading and printing

The folder `templates` contains what its front page and the pages look like, and `extension` what JupyterLab does
differently in the browser edition.
"""
