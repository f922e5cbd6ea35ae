"""What was submitted and can't be graded, and what the teacher can do about it."""
from collections.abc import Sequence

from exercises.submissions.pile import names

FIRST = 3  # files that a sentence names
NOTEBOOK = "the notebook, which ends in .ipynb, must be submitted"
UNPACK = "it must be unpacked, or submitted as a .zip"
PLACEHOLDER = "it's only a placeholder, so download the file itself, and make the archive again"
ATTACHMENT = "what's attached to it must be saved, or the notebook submitted"
LINK = "open it, download the notebook, and put it into this learner's folder"
WAYS = {
    UNPACK: (".7z", ".rar", ".gz", ".xz", ".bz2", ".zst", ".lzh", ".sit", ".sitx", ".cab", ".iso", ".dmg", ".zipx"),
    PLACEHOLDER: (".icloud", ".gdoc", ".gsheet", ".gcolab", ".gdrive", ".cloud", ".cloudf", ".crdownload", ".part",
                  ".partial", ".download", ".opdownload", ".odownload"),
    LINK: (".url", ".webloc", ".desktop", ".lnk", "link.html"),
    ATTACHMENT: (".eml", ".msg", ".mbox", ".emlx"),
}
CHECKPOINTS = ".ipynb_checkpoints"


def sentences(files: Sequence[tuple[str, bool]], has_notebooks: bool) -> list[str]:
    """Return a sentence for each way to go on with files that can't be graded.

    `files` are paths within a submission, and whether each is hidden. Beside notebooks, only what must be work is
    named: an archive that the grader can't open, a placeholder, and an exercise in another format.
    """
    by_way: dict[str, list[str]] = {}
    for path, hidden in files:
        way = next((way for way, endings in WAYS.items() if path.lower().endswith(endings)), "")
        work = way in (UNPACK, PLACEHOLDER) or names.of_an_exercise(path) and names.place(path) != names.OF_THE_COURSE
        if hidden and way != PLACEHOLDER or has_notebooks and not work:
            continue
        by_way.setdefault(way or NOTEBOOK, []).append(path.rstrip("/").rpartition("/")[2])
    return [f"{'' if has_notebooks else 'no notebook was submitted, only '}{_named(found)}: {way}"
            for way, found in by_way.items()]


def nothing(archives: Sequence[str], hidden: Sequence[str]) -> str:
    """Say that there's nothing but archives without a notebook, or hidden files, and what those are if that helps."""
    if archives:
        return f"no notebook was submitted: there's none in {_named([*archives])}"
    if any(CHECKPOINTS in path for path in hidden):
        return f"no notebook was submitted, only copies that Jupyter made ({CHECKPOINTS}): {NOTEBOOK}"
    return "no notebook was submitted" + (", only hidden files" if hidden else "") + f": {NOTEBOOK}" * bool(hidden)


def _named(found: list[str]) -> str:
    more = " and others" if len(found) > FIRST else ""  # not all of them are known
    return ", ".join(map(names.spelled_out, found[:FIRST])) + more
