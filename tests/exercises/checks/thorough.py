"""Marks tests that take minutes of computing, and try the checks of exercises rather than the system."""
import os

import pytest

thorough = pytest.mark.skipif("KIT_THOROUGH" not in os.environ,
                              reason="takes minutes of computing; CI runs it, and so can you, with KIT_THOROUGH=1")
