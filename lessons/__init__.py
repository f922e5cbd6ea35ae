"""The lessons: notebooks, the example modules that they use, and the workbench."""
import lessons.start  # noqa: F401 (says so when this Python is too old)
