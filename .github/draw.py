"""Draw the README's picture anew, from what lesson 3 shows after its reload: `python3 .github/draw.py`."""
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(KIT))

from tests.notebooks import stored_drawing  # noqa: E402

if __name__ == "__main__":
    Path(__file__).with_name("two-groks.svg").write_text(stored_drawing(3, "picture-after"), encoding="utf-8")
