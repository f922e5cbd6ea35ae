"""The ordinary part of Python that the model needs.

    statements  runs statements and finds the values of expressions
    objects     the objects of the model, and scopes
    library     stand-ins for Python's library and its built-in functions
"""
