"""The browser edition: the course as a folder of files for any web server, with Python in the learner's own browser.

    builder  makes the browser edition
    server   shows it on this machine
    pages    makes pages for reading and printing
"""
