"""Drills: small programs about reload, made from a seed, and questions about what they print.

    making       make, make_many: the drills for seeds, levels, facts and lessons
    drill        what a drill and a question consist of
    facts        which facts no drill asks, and why
    composing    puts scenarios together, and writes the program
    scenarios    recipes for programs
    program      a program as steps: statements and edits
    model        what an import, an edit and a reload do to names and objects
    interpreter  the ordinary part of Python that the model needs
    pictures     which name refers to which object, old or new, as the model knows
    truth        runs programs in a process of their own
    running      what runs in that process
"""
