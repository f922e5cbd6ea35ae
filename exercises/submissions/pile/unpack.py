"""Reads archives in a process of its own, within limits, because a stranger made them.

It gets a request in a line of JSON: the path of an archive or the number of bytes that follow, and limits. It replies
with a line of JSON and the contents for each notebook, with a line for everything else that shows who's in the archive,
and with a last line. It imports only the standard library, so that it starts fast and knows nothing of the course.
"""
import bz2
import contextlib
import gzip
import io
import json
import lzma
import math
import os
import queue
import re
import signal
import stat
import struct
import sys
import tarfile
import threading
import time
import zipfile
import zlib

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz", ".tbz2")
NOTEBOOKS = (".ipynb", ".ipynb.json", ".ipynb.txt")  # some browsers add an ending
LARGEST = 20 * 2**20  # bytes of a notebook, of an archive in an archive, and of a header
MEMORY = 2**30  # bytes of this process
DEPTH = 3  # archives in archives
LONGEST = 1000  # characters of a name
SHOWN = 5  # files other than notebooks that are named, for each folder
OF_A_LEARNER = {"bytes": 500 * 2**20, "entries": 200_000, "seconds": 10}  # of a budget
OF_ONE_FOLDER = 20_000  # replies for one folder at the top of the archive
# Hidden folders and those that programs fill: a reply says that they exist, and no more.
PASSED = re.compile(r"^(.*?(?:^|/)(?:\.[^./][^/]*|__MACOSX|__pycache__|node_modules|site-packages))/")
STARTS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))


class Refused(Exception):
    """An archive or a file in it goes over a limit, or can't be read by this program; the text says why."""


class Budget:
    """What may be spent on one archive."""

    def __init__(self, bytes, entries, seconds):
        self.bytes, self.entries, self.seconds = bytes, entries, seconds
        self._spent, self._end = 0, time.monotonic() + seconds

    def spend(self, bytes):
        """Count bytes. Raises Refused when there are too many."""
        self._spent += bytes
        self.check(bytes=self._spent)

    def check(self, bytes=0, entries=0):
        """Raises Refused if an archive has more than these numbers, or took too long."""
        if bytes > self.bytes:
            raise Refused(f"it would unpack to more than {self.bytes // 2**20} MB")
        if entries > self.entries:
            raise Refused(f"it contains more than {self.entries} files")
        if time.monotonic() > self._end:
            raise Refused(f"it took longer than {self.seconds} seconds to read")


class Window:
    """What tarfile reads from: an unpacked stream in which nothing is read or skipped beyond the budget."""

    def __init__(self, file, budget):
        self._file, self._budget, self.last, self.tell = file, budget, b"", file.tell

    def read(self, size=-1):
        if not 0 <= size <= LARGEST:
            raise Refused(f"it's damaged: a header claims to be of {size} bytes")
        self._budget.check(bytes=self._file.tell() + size)
        self.last = self._file.read(size)
        return self.last

    def seek(self, position):
        if position < 0:  # an older tarfile goes there if there's nothing in the archive
            raise Refused("there's nothing in it")
        while position - self._file.tell() > 2**20:  # in steps, so that the time is checked
            self._budget.check(bytes=position)
            before = self._file.tell()
            if self._file.seek(before + 2**20) == before:
                return before
        self._budget.check(bytes=position)
        return self._file.seek(position)


def in_tar(file, budget):
    """Yield the path, the kind, the time, the size and a way to read it of each file in a tar archive."""
    start = file.read(6)
    file.seek(0)
    opened = next((opener(file) for magic, opener in STARTS if start.startswith(magic)), file)
    window = Window(opened, budget)
    archive = tarfile.TarFile(fileobj=window)
    end = 0
    while member := archive.next():
        archive.members.clear()  # otherwise it remembers all of them
        if member.size < 0 or archive.offset <= end:
            raise Refused("it's damaged: a header gives a negative size")
        end = archive.offset
        kind = "file" if member.isfile() else "folder" if member.isdir() else "link"
        yield member.name, kind, member.mtime, member.size, lambda member=member: archive.extractfile(member).read()
    if not window.last or window.last.strip(b"\0"):
        raise Refused("it's damaged or cut off, so files can be missing from here on")


def in_zip(file, budget):
    """Yield the path, the kind, the time, the size and a way to read it of each file in a zip archive."""
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        kind = "file"
        if member.filename.endswith("/"):
            kind = "folder"
        elif stat.S_ISLNK(member.external_attr >> 16):
            kind = "link"
        yield (zip_name(member), kind, zip_time(member), member.file_size,
               lambda member=member: from_zip(archive, file, member, budget))


def zip_name(member):
    """Return a name in a zip archive. Many programs write UTF-8 without saying so, or Windows' separator."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name if "/" in name else name.replace("\\", "/")


def zip_time(member):
    """Return the time of a file in a zip archive. The format has local time, and some programs add the real one."""
    extra = member.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and length >= 5 and len(extra) >= 9 and extra[4] & 1:
            return struct.unpack("<i", extra[5:9])[0]
        extra = extra[4 + length:]
    try:
        return time.mktime((*member.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0  # some programs write no date


def from_zip(archive, file, member, budget):
    """Return the contents of a file in a zip archive."""
    if member.flag_bits & 1:
        raise Refused("it's encrypted")
    if member.compress_type == zipfile.ZIP_BZIP2:
        return from_bzip2(file, member)
    parts = []
    with archive.open(member) as opened:
        while part := opened.read(2**14):  # in small parts, because a part of some kinds unpacks to megabytes
            budget.spend(len(part))
            parts.append(part)
    return b"".join(parts)


def from_bzip2(file, member):
    """Return the contents of a file. The module zipfile would unpack all of it at once, which can be gigabytes."""
    file.seek(member.header_offset)
    header = file.read(30)
    file.seek(member.header_offset + 30 + sum(struct.unpack("<HH", header[26:30])))
    data = bz2.BZ2Decompressor().decompress(file.read(min(member.compress_size, LARGEST)), member.file_size + 1)
    if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
        raise Refused("it's damaged")
    return data


class Finished(Exception):
    """Whoever asked has gone."""


class Unpacking:
    """One archive and those in it, and what the replies have said so far."""

    def __init__(self, reply, of_one):
        self._reply, self._of_one, self._sent, self._shown = reply, of_one, {}, {}

    def read(self, file, name, budget, prefix="", depth=1):
        """Reply with what's in an archive. Raises whatever the readers of archives raise."""
        start = file.read(262)
        file.seek(0)
        tar = start[257:] == b"ustar" or any(start.startswith(magic) for magic, _ in STARTS)
        is_zip = start.startswith(b"PK") or name.lower().endswith(".zip") and not tar
        number = 0
        for path, kind, when, size, read in (in_zip if is_zip else in_tar)(file, budget):
            number += 1
            budget.check(entries=number)
            self._take(prefix, path, kind, when, size, read, budget, depth)

    def _take(self, prefix, path, kind, when, size, read, budget, depth):
        label = tidy(path)
        if not label:
            return self._send(f"{prefix}no name", kind="file", problem="it has no name in its archive")
        hidden = PASSED.match(f"{label}/")
        path = prefix + (hidden[1] if hidden else label)
        when = when if isinstance(when, (int, float)) and math.isfinite(when) and 0 <= when < 2**40 else 0
        lower = label.lower()
        wanted = not hidden and lower.endswith((*NOTEBOOKS, *ARCHIVES))
        if len(path) > LONGEST:
            return self._send(path[:LONGEST], kind="file", problem="its name is too long")
        if kind != "file" or not wanted:
            return self._show(path, kind)
        if size > LARGEST:
            return self._send(path, kind="file", problem=f"it's larger than {LARGEST // 2**20} MB")
        try:
            data = read()
            if not lower.endswith(ARCHIVES):
                return self._send(path, kind="file", time=when, data=data)
            if depth > DEPTH:
                raise Refused(f"there are more than {DEPTH} archives in each other")
            # In the archive of a class each archive is somebody else's, so each gets a budget of its own.
            own = budget if self._of_one or depth > 1 else Budget(**OF_A_LEARNER)
            self._show(path, "file")
            self.read(io.BytesIO(data), label, own, f"{path}/", depth + 1)
        except Finished:
            raise
        except Exception as error:  # damaged archives fail in ways that no list of exceptions covers
            self._send(path, kind="file", problem=sentence(error))

    def _show(self, path, kind):
        folder = path.rpartition("/")[0]
        self._shown[folder] = self._shown.get(folder, 0) + 1
        if self._shown[folder] <= SHOWN or kind == "link" and self._shown[folder] <= 20 * SHOWN:
            self._send(path, kind=kind)

    def _send(self, path, **reply):
        top = path.partition("/")[0]
        self._sent[top] = self._sent.get(top, 0) + 1
        if self._sent[top] == OF_ONE_FOLDER:
            self._reply(path=path, kind="file", problem=f"there are more than {OF_ONE_FOLDER} files, too many to read")
        elif self._sent[top] < OF_ONE_FOLDER:
            self._reply(path=path, **reply)


def tidy(path):
    """Return a path without empty parts, dots and control characters."""
    parts = [re.sub(r"[\0-\x1f\x7f]", "?", part) for part in path[:2 * LONGEST].split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def sentence(error):
    """Return why an archive or a file in it can't be read."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, MemoryError):
        return f"unpacking it needs more than {MEMORY // 2**30} GB of memory"
    if isinstance(error, RecursionError):
        return "it's damaged: its headers contain each other"
    text = re.sub(r"[^ -~]+", "?", str(error))[:100]
    return f"it's damaged or cut off, or not an archive ({type(error).__name__}{': ' if text else ''}{text})"


def limit():
    """Limit this process. Windows and macOS have no such limit on memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C, the process that started this one ends it
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        import resource
        for what, most in (("RLIMIT_CORE", 0), ("RLIMIT_NOFILE", 64), ("RLIMIT_FSIZE", 0), ("RLIMIT_AS", MEMORY)):
            resource.setrlimit(getattr(resource, what), (most, most))


def requests(source):
    """Return a queue of requests: the request, and bytes of the archive or None.

    They're read in a thread. It sees at any time that whoever asks has gone, and then it ends this process.
    """
    waiting = queue.Queue()

    def follow():
        while line := source.readline():
            request = json.loads(line)
            waiting.put((request, source.read(request["bytes"]) if "bytes" in request else None))
        os._exit(0)

    threading.Thread(target=follow, daemon=True).start()
    return waiting


def main():
    replies = sys.stdout.buffer
    limit()

    def reply(data=b"", **fields):
        try:
            replies.write(json.dumps({**fields, "length": len(data)}).encode("ascii") + b"\n" + data)
        except OSError:
            raise Finished from None

    waiting = requests(sys.stdin.buffer)
    reply(ready=True)
    while True:
        replies.flush()
        request, data = waiting.get()
        problem = ""
        try:
            with open(request["path"], "rb") if data is None else io.BytesIO(data) as file:
                Unpacking(reply, request["of_one"]).read(file, request["name"], Budget(**request["limits"]))
        except Finished:
            os._exit(0)
        except Exception as error:  # as in Unpacking
            problem = sentence(error)
        reply(end=True, problem=problem)


if __name__ == "__main__":
    main()
