"""The exercises for other grading systems: `python3 -m exercises export SYSTEM ...`.

    github  grades what's submitted in a repository at GitHub, and shows it in the job summary
"""
