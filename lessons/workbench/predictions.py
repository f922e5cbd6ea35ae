"""The cell magic `%%predict`, in which a learner writes a prediction."""
import sys


def predict(line, cell):
    """Keep what the learner predicts."""


def register():
    """Make `%%predict` known to IPython."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        sys.modules["IPython"].get_ipython().register_magic_function(predict, "cell")
