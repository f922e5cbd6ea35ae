"""The solutions: the one source of each exercise, with its check, hints, other right answers and wrong ones."""
import lessons.start  # noqa: F401 (says so when this Python is too old)
