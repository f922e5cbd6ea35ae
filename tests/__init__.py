"""The kit's own tests: `python3 -m tests`, or `pytest --nbval` in an environment of yours."""
import lessons  # noqa: F401 (says so if this Python is too old)
