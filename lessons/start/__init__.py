"""What stands behind `python3 -m lessons`: an environment, the learner's copy, JupyterLab."""
import sys

MINIMUM = (3, 10)

if sys.version_info < MINIMUM:  # said in words that even Python 2 can read, before a newer syntax stops it
    sys.exit("error: this is Python {}.{}, and the course needs {}.{} or later. Install it from python.org, then type "
             "for example: python3.13 -m lessons".format(*(tuple(sys.version_info[:2]) + MINIMUM)))
