"""The kit's own tests: `python3 -m tests`, or `pytest --nbval` in an environment of yours."""
