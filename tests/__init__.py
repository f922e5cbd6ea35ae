"""The kit's own tests: `python3 -m tests`, or `pytest --nbval` in an environment of yours."""
import lessons.start  # noqa: F401 (says so when this Python is too old)
