"""Output folders: what the course writes for a teacher, such as grades or a web site, without losing anyone's files."""
import hashlib
from functools import partial

from lessons import files

MARKER = ".made-by-the-reload-course"  # a line "digest  path" for each file that the course wrote into the folder


class OutputFolder:
    """A folder that the course fills: a new one, an empty one, or one that it filled before.

    Raises FileExistsError if the folder contains anything else, and names a file in it.
    """

    def __init__(self, path):
        self.path, self.kept, self._names = path, [], set()
        if not (path / MARKER).is_file():
            if path.is_dir() and (others := sorted(set(path.iterdir()) - set(path.glob(".*.part")))):
                raise FileExistsError(f"{path} contains other files, for example {others[0].name}. Name a new folder")
            files.write(path / MARKER, b"")
        self._ours = set((path / MARKER).read_text(encoding="utf-8").splitlines())

    def write(self, name, data):
        """Write a file, whole or not at all. If someone changed the old one, keep a copy, and list it in `kept`.

        `data` is bytes, or an iterable of bytes if all of them would take too much memory.
        """
        files.write(self.path / name, data, ready=partial(self._note, name))

    def _note(self, name, new):
        """Note the contents of a file that's written, and keep a copy of the one that it replaces if that's needed."""
        path, line = self.path / name, _line(name, new)
        if path.exists() and (old := _line(name, path)) != line and old not in self._ours:
            self.kept.append(files.keep(path))
        if line not in self._ours:  # noted first, so that after a kill the next run knows the file
            with open(self.path / MARKER, "a", encoding="utf-8", newline="\n") as marker:
                marker.write(f"\n{line}\n")  # a line of its own, even after half a one
        self._ours.add(line)
        self._names.add(name)

    def fill(self, source, say=print):
        """Write every file of the folder `source`, and remove what only an earlier run wrote."""
        for path in sorted(source.rglob("*")):
            if path.is_file():
                self.write(path.relative_to(source).as_posix(), path.read_bytes())
        for name in self._unchanged().keys() - self._names:
            (self.path / name).unlink()
        self.finish(say)

    def finish(self, say=print):
        """Write the marker of a run that wasn't stopped, the same for the same files, and say what was kept."""
        lines = sorted(self._unchanged().values())
        files.write(self.path / MARKER, "".join(f"{line}\n" for line in lines).encode("utf-8"))
        for path in self.kept:
            say(f"Someone changed a file that this command writes. That version is in {path}.")

    def _unchanged(self):
        """Return the files that are still as the course wrote them: name -> line in the marker."""
        names = {line.partition("  ")[2] for line in self._ours}
        lines = {name: _line(name, self.path / name) for name in names if (self.path / name).is_file()}
        return {name: line for name, line in lines.items() if line in self._ours}


def _line(name, path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(2**16):
            digest.update(part)
    return f"{digest.hexdigest()}  {name}"
