"""The lessons: notebooks, the example modules that they use, and the workbench."""
