"""Keys: one key from a terminal that allows it, on Windows, too; elsewhere a line of input."""
import os
import re
import sys
from collections import deque
from collections.abc import Callable

END_OF_INPUT, INTERRUPT = "\x04", "\x03"
ARROWS = re.compile("\x1b+(?:\\[[0-9;]*.?|O.?|.?)")  # what a terminal sends for these, with letters at the end
MEANT = f"\r\n{END_OF_INPUT}{INTERRUPT}"  # what may be pressed, besides characters
MOST = 256  # bytes that are read at once


class Keys:
    """Reads what someone types."""

    def __init__(self) -> None:
        self._typed: deque[str] = deque()  # keys that came together with an earlier one
        self._reader = _reader() if _is_terminal() else None

    @property
    def are_single(self) -> bool:
        """Whether one key is enough; otherwise it takes a line."""
        return self._reader is not None

    def read(self, prompt: str) -> str:
        """Show a prompt, and return the next key, or a line without its end.

        Raises EOFError at the end of the input, and KeyboardInterrupt for Ctrl-C.
        """
        if self._reader is None:
            return _line(prompt)
        if self._typed:
            print(prompt, end="", flush=True)
        while not self._typed:
            typed = ARROWS.sub("", self._reader(prompt))
            self._typed.extend(key for key in typed if key.isprintable() or key in MEANT)
            prompt = ""
        key = self._typed.popleft()
        print(key if key.isprintable() else "", flush=True)
        if key == INTERRUPT:
            raise KeyboardInterrupt
        if key == END_OF_INPUT:
            raise EOFError
        return key


def _line(prompt: str) -> str:
    if sys.stdin is None:
        raise EOFError
    return input(prompt)


def _is_terminal() -> bool:
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):  # there's no input, or it's closed
        return False


def _reader() -> Callable[[str], str] | None:
    """Return the function that shows a prompt, waits for keys and returns them; None if keys can't be read here."""
    if os.name == "nt":
        return _from_console
    try:
        import termios
    except ImportError:
        return None
    try:
        termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError):
        return None
    return _from_terminal


def _from_terminal(prompt: str) -> str:
    import termios
    import tty
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number, termios.TCSADRAIN)  # Ctrl-C still interrupts; what's typed already stays
        print(prompt, end="", flush=True)  # only now, so that a key is never taken as the terminal takes a line
        typed = os.read(number, MOST)
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
    if not typed:
        raise EOFError
    return typed.decode("utf-8", "ignore")


def _from_console(prompt: str) -> str:
    import msvcrt
    print(prompt, end="", flush=True)
    getwch: Callable[[], str] = getattr(msvcrt, "getwch")  # noqa: B009, which mypy doesn't know on Linux
    key = getwch()
    if key in ("\0", "\xe0"):  # an arrow or a function key, whose second half follows
        getwch()
        return ""
    return key
