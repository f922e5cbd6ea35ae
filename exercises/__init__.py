"""The exercises: notebooks made from `solutions/`, what they import, and the grader behind them."""
import lessons.start  # noqa: F401 (says so when this Python is too old)
