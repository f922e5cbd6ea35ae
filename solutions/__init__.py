"""The solutions: the one source of each exercise, with its check, hints, other right answers and wrong ones."""
