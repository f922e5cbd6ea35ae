"""Grades for a platform's gradebook.

    scale      points on the scale that the teacher sets
"""
