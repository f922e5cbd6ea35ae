"""Reads archives in a process of its own, within limits, because a stranger made them.

It gets a request in a line of JSON: the path of an archive or the number of bytes that follow, and limits. It replies
with a line of JSON and the contents for each notebook, with a line for everything else that shows who's in the archive,
and with a last line. In the archive of a class, each archive is somebody else's. It only replies with its contents, and
opens it as a request of its own, so that none takes time or memory from another. It imports only the standard library,
so that it starts fast and knows nothing of the course.
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
# What platforms say about the submissions: Gradescope, then Sakai and nbgrader, then Sakai, then Blackboard.
DOCUMENTS = re.compile(r"(^|/)(submission_metadata\.yml|timestamp\.txt|grades\.csv|"
                       r"[^/]+_attempt_\d{4}(-\d\d){5}\.txt)$", re.I)
LARGEST = 20 * 2**20  # bytes of a notebook, of an archive in an archive, and of a header
MEMORY = 2**30  # bytes of this process
DEPTH = 3  # archives in archives
LONGEST = 1000  # characters of a name
SHOWN = 5  # files other than notebooks that are named, for each of a learner's folders
SHOWN_OF_A_CLASS = 5000  # the same for the folders at the top of a class, where each file can be another learner's
OF_A_LEARNER = {"bytes": 500 * 2**20, "entries": 200_000, "seconds": 10}  # of a budget; the time is the processor's
MOST_REPLIES = 20_000  # for an archive of a learner
TOO_MUCH_MEMORY = 77  # exit status
# Hidden folders and those that programs fill: a reply says that they exist, and no more.
PASSED = re.compile(r"^(.*?(?:^|/)(?:\.[^./][^/]*|__MACOSX|__pycache__|node_modules|site-packages))/", re.S)
ZIP_STARTS = (b"PK\3\4", b"PK\5\6", b"PK\7\10")
CUT_OFF = "it's damaged or cut off, so files can be missing from here on"
STARTS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))


class Refused(Exception):
    """An archive or a file in it goes over a limit, or can't be read by this program; the text says why."""


class Budget:
    """What may be spent on one archive."""

    def __init__(self, bytes, entries, seconds):
        self.bytes, self.entries, self.seconds = bytes, entries, seconds
        # The processor's time, because a busy or stopped machine is no archive's fault.
        self._spent, self._end = 0, time.process_time() + seconds

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
        if time.process_time() > self._end:
            raise Refused(f"it took longer than {self.seconds} seconds to read")


class Window:
    """What tarfile reads from: an unpacked stream in which nothing is read or skipped beyond the budget."""

    def __init__(self, file, budget, end=math.inf):
        self._file, self._budget, self.last, self.tell = file, budget, b"", file.tell
        self._end, self._at_end = end, 0  # how long it is, if that's known; how many times there was nothing to read

    def read(self, size=-1):
        if not 0 <= size <= LARGEST:
            raise Refused(f"it's damaged: a header claims to be of {size} bytes")
        self._budget.check(bytes=self._file.tell() + size)
        self.last = self._file.read(size)
        self._at_end += not self.last and size > 0
        if self._at_end > 10:  # tarfile asks again without end for what some headers promise
            raise Refused(CUT_OFF)
        return self.last

    def seek(self, position):
        if position < 0:  # an older tarfile goes there if there's nothing in the archive
            raise Refused("there's nothing in it")
        if position > self._end:
            raise Refused(CUT_OFF)
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
    opener = next((opener for magic, opener in STARTS if start.startswith(magic)), None)
    window = Window(opener(file), budget) if opener else Window(file, budget, file.seek(0, io.SEEK_END))
    window.seek(0)
    archive = tarfile.TarFile(fileobj=window)
    end = 0
    while member := archive.next():
        archive.members.clear()  # otherwise it remembers all of them
        if member.size < 0 or archive.offset <= end:
            raise Refused("it's damaged: a header gives a negative size")
        end = archive.offset
        yield (member.name, tar_kind(member), member.mtime, member.size,
               lambda member=member: archive.extractfile(member).read())
    if not window.last or window.last.strip(b"\0"):
        raise Refused(CUT_OFF)


def tar_kind(member):
    """Return what's in a tar archive under a name."""
    if member.issparse():
        return "sparse"  # its map can make tarfile look for a place without end
    if member.isfile() or member.isdir():
        return "file" if member.isfile() else "folder"
    return "link" if member.issym() or member.islnk() else "other"


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
    """Return the time of a file in a zip archive.

    The format has the local time of whoever packed it, which is read as that of this machine. Some programs add the
    real one: Info-ZIP, and others with that of NTFS, in units of 100 ns since 1601. Source: Info-ZIP's extrafld.txt.
    """
    extra, ntfs = member.extra, 0
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and length >= 5 and len(extra) >= 9 and extra[4] & 1:
            return struct.unpack("<i", extra[5:9])[0]
        if kind == 0x000a and length >= 16 and len(extra) >= 20 and extra[8:12] == b"\1\0\x18\0":
            ntfs = struct.unpack("<Q", extra[12:20])[0] / 10**7 - 11_644_473_600
        extra = extra[4 + length:]
    if ntfs:
        return ntfs
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
    """One archive, with those in it if all is one learner's, and what the replies have said so far."""

    def __init__(self, reply, of_one):
        self._reply, self._of_one, self._sent, self._shown, self._hidden = reply, of_one, 0, {}, set()

    def read(self, file, name, budget, prefix="", depth=1):
        """Reply with what's in an archive. Raises whatever the readers of archives raise."""
        number = 0
        for path, kind, when, size, read in (in_zip if is_zip(file, name) else in_tar)(file, budget):
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
        if len(path) > LONGEST:
            return self._send(path[:LONGEST], kind="file", problem="its name is too long")
        document = not self._of_one and kind == "file" and size <= LARGEST and DOCUMENTS.search(label)
        if hidden or kind in ("folder", "link") or not (document or lower.endswith((*NOTEBOOKS, *ARCHIVES))):
            return self._show(path, kind if kind in ("folder", "link") else "file", hidden)
        if kind != "file":
            return self._send(path, kind="file", problem="it's a sparse file, which the grader can't read"
                              if kind == "sparse" else "it isn't a regular file")
        if size > LARGEST:
            return self._send(path, kind="file", problem=f"it's larger than {LARGEST // 2**20} MB")
        try:
            data = read()
            if not lower.endswith(ARCHIVES) or not self._of_one:
                return self._send(path, kind="file", time=when, data=data)
            if depth > DEPTH:
                raise Refused(f"there are more than {DEPTH} archives in each other")
            self._send(path, kind="file")
            self.read(io.BytesIO(data), label, budget, f"{path}/", depth + 1)
        except Finished:
            raise
        except Exception as error:  # damaged archives fail in ways that no list of exceptions covers
            self._send(path, kind="file", problem=sentence(error))

    def _show(self, path, kind, hidden):
        """Reply that there's something, but not with each of very many files that aren't read."""
        if hidden:
            if path not in self._hidden:
                self._hidden.add(path)
                self._send(path, kind=kind)
            return
        folder = path.rpartition("/")[0]
        self._shown[folder] = self._shown.get(folder, 0) + 1
        most = SHOWN if self._of_one or path.count("/") > 3 else SHOWN_OF_A_CLASS
        if self._shown[folder] <= (20 * most if kind == "link" else most):
            self._send(path, kind=kind)

    def _send(self, path, **reply):
        self._sent += 1
        if self._of_one and self._sent >= MOST_REPLIES:
            if self._sent == MOST_REPLIES:
                self._reply(path=path, kind="file", problem=f"there are more than {MOST_REPLIES} files in its archive, "
                                                            "so this one and the rest weren't read")
            return
        self._reply(path=path, **reply)


def is_zip(file, name):
    """Return whether an archive is a zip rather than a tar archive, by how it starts, or else by its name."""
    start = file.read(262)
    file.seek(0)
    if start.startswith(ZIP_STARTS):
        return True
    tar = start[257:] == b"ustar" or any(start.startswith(magic) for magic, _ in STARTS)
    return not tar and name.lower().endswith(".zip")


def tidy(path):
    """Return a path without empty parts and dots."""
    return "/".join(part for part in path[:2 * LONGEST].split("/") if part not in ("", ".", ".."))


def sentence(error):
    """Return why an archive or a file in it can't be read."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, MemoryError):
        return f"unpacking it needs more than {MEMORY // 2**30} GB of memory"
    if isinstance(error, RecursionError):
        return "it's damaged: its headers contain each other"
    text = re.sub(r"[^ -~]+", "?", str(error))[:100]
    if isinstance(error, NotImplementedError):
        return f"it's packed in a way that the grader can't read ({text})"
    return f"it's damaged or cut off, or not an archive ({type(error).__name__}{': ' if text else ''}{text})"


def limit():
    """Limit this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C, the process that started this one ends it
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        import resource
        for what, most in (("RLIMIT_CORE", 0), ("RLIMIT_NOFILE", 64), ("RLIMIT_FSIZE", 0), ("RLIMIT_AS", MEMORY)):
            resource.setrlimit(getattr(resource, what), (most, most))
    if sys.platform != "linux":
        threading.Thread(target=watch_memory, daemon=True).start()


def watch_memory():
    """End this process when it takes too much memory: Windows and macOS don't hold it to a limit."""
    most = memory() + MEMORY  # some systems count what the process that started this one took
    while memory() < most:
        time.sleep(0.05)
    os._exit(TOO_MUCH_MEMORY)


def memory():
    """Return how many bytes of memory this process takes, or took at most."""
    if os.name != "nt":
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    import ctypes

    class Counters(ctypes.Structure):
        _fields_ = [("size", ctypes.c_uint32), ("faults", ctypes.c_uint32), ("others", ctypes.c_size_t * 6),
                    ("asked_for", ctypes.c_size_t), ("peak", ctypes.c_size_t)]

    counters = Counters(size=ctypes.sizeof(Counters))
    kernel = ctypes.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.size)
    return counters.asked_for  # also what isn't in memory at the moment


def limit_time(seconds):
    """Let the system end this process after so many more seconds of the processor's time, where it can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + seconds + 2, hard))


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
        before = time.process_time()
        limit_time(request["limits"]["seconds"])
        try:
            problem = answer(request, data, reply)
            data = None  # it isn't needed while the next one is waited for
            reply(end=True, problem=problem, seconds=time.process_time() - before)
        except Finished:
            os._exit(0)


def answer(request, data, reply):
    """Reply with what's in an archive. Return why it can't be read to its end, or an empty text."""
    try:
        file = open(request["path"], "rb") if data is None else io.BytesIO(data)
    except OSError as error:
        return f"it can't be read ({error.strerror or error})"
    try:
        with file:
            Unpacking(reply, request["of_one"]).read(file, request["name"], Budget(**request["limits"]))
    except Finished:
        raise
    except Exception as error:  # as in Unpacking
        return sentence(error)
    return ""


if __name__ == "__main__":
    main()
