"""The browser edition: the course as a folder of files for any web server, with Python in the learner's own browser."""
