"""Grades for a platform's gradebook: `python3 -m exercises grade FOLDER --grades-for moodle`.

    gradebook  what the options of the command line do
    platforms  which platform imports which columns: one small table
    scale      points on the scale that the teacher sets
    grades     the grades of a class, and a file for a platform from the pile alone
    template   puts the grades into the file that the platform's gradebook exported
    people     whose row of that file it is
    cells      changes single cells of a text with separated values, and no other byte
"""
