"""The solutions: the one source of each exercise, with its check, hints, other right answers and wrong ones.

    authoring  the tools for authors
    practice   lets the notebooks here import what the exercises import
"""
import lessons  # noqa: F401 (says so if this Python is too old)
