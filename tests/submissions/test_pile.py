"""The pile of submissions under attack: no archive ends a run, fills the memory, or costs anyone else a row."""
import bz2
import concurrent.futures
import contextlib
import gzip
import io
import json
import lzma
import os
import random
import signal
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from exercises.grader import grading
from exercises.submissions import collect, reports, workers
from exercises.submissions.pile import archives, files, layouts, names, others, unpack
from tests.notebooks import KIT
from tests.submissions.test_submissions import NAME, RIGHT, WRONG, grade, put, zipped

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, and needs a limit on memory")
INPUTS = {f"ann/{NAME}": RIGHT, f"zoe/{NAME}": RIGHT}  # honest submissions, before and after a bad one


def tarred(files, mode="w", change=lambda member: None):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1_700_000_000
            change(member)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def header(name, size, kind=b"0"):
    """Return a header of a tar archive in which the size is a number of any kind."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = (size & (2**96 - 1)).to_bytes(12, "big") if size < 0 else b"%011o\0" % size
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def sparse(extended):
    """Return a tar archive with a sparse file, in GNU's format, which begins at its byte 5."""
    block = bytearray(header(NAME, 512, b"S"))
    for at, number in ((386, 5), (398, 1), (483, 1000)):
        block[at:at + 12] = b"%011o\0" % number
    block[482] = extended
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + bytes(1536) if not extended else bytes(block) + b"\xff" * 512


def bomb_of_bzip2():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_BZIP2) as archive, archive.open(NAME, "w") as file:
        for _ in range(200):
            file.write(bytes(2**20))
    whole = bytearray(data.getvalue())
    at = whole.rindex(b"PK\1\2")
    whole[at + 24:at + 28] = struct.pack("<I", 1000)  # it claims to be small
    return bytes(whole)


def patched(at, value):
    """Return a zip archive with another byte at a place in both headers of its file."""
    whole = bytearray(zipped({NAME: RIGHT}))
    whole[at] = whole[whole.index(b"PK\1\2") + at + 2] = value
    return bytes(whole)


def nested(depth):
    data = zipped({NAME: RIGHT})
    for _ in range(depth):
        data = zipped({"inner.zip": data})
    return data


ATTACKS = {
    "a damaged tgz": ("bob.tgz", lambda: gzip.compress(tarred({NAME: os.urandom(5000)}))[:-3000], "damaged"),
    "a damaged xz": ("bob.tar.xz", lambda: lzma.compress(tarred({NAME: RIGHT}))[:300], "damaged"),
    "a file of zeros": ("bob.tgz", lambda: bytes(999), "bob.tgz"),
    "an empty file": ("bob.zip", lambda: b"", "damaged"),
    "a header in a header": ("bob.tar", lambda: b"".join(header("x", 0, b"L") for _ in range(5000)), "damaged"),
    "a negative size": ("bob.tar", lambda: header("x", -1024) + bytes(1024), "damaged"),
    "a header of gigabytes": ("bob.tgz", lambda: gzip.compress(header("x", 3 * 2**30, b"x") + bytes(2**22)), "damaged"),
    "a size beyond the end": ("bob.tgz", lambda: gzip.compress(header("x", 8**11 - 1) + b"-"), "more than 500 MB"),
    "a file of gigabytes": ("bob.tgz", lambda: gzip.compress(header("x", 2**30) + bytes(2**20)), "more than 500 MB"),
    "a bomb of bzip2": ("bob.zip", bomb_of_bzip2, "damaged"),
    "a bomb of zeros": ("bob.zip", lambda: zipped_small({NAME: bytes(30 * 2**20)}), "larger than 20 MB"),
    "encryption": ("bob.zip", lambda: patched(6, 1), "encrypted"),
    "archives in archives": ("bob.zip", lambda: nested(9), "in each other"),
    "a damaged header in the middle": ("bob.tar", lambda: tarred({"x": b""})[:512] + b"\xff" * 5120, "damaged"),
    "only links": ("bob.tar", lambda: tarred({NAME: b""}, change=a_link), "a link"),
    "a sparse file whose map has no place for its start": ("bob.tar", lambda: sparse(0), "sparse"),
    "a sparse file whose map never ends": ("bob.tar", lambda: sparse(1), "damaged"),
    "a device": ("bob.tar", lambda: header(NAME, 0, b"3") + bytes(1024), "isn't a regular file"),
    "an unknown compression": ("bob.zip", lambda: patched(8, 98), "packed in a way that the grader can't read"),
    "a size beyond the end of a tar": ("bob.tar", lambda: header("x", 8**11 - 1) + bytes(600), "cut off"),
    "a wrong compression": ("bob.tar.bz2", lambda: bz2.compress(bytes(10))[:20], "damaged"),
}


def zipped_small(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def a_link(member):
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"


@pytest.mark.parametrize("where", ["in a folder", "in the archive of the class", "in a tar of the class"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_bad_archive_costs_only_itself(tmp_path, attack, where):
    name, build, words = ATTACKS[attack]
    files = {**INPUTS, name: build()}
    if where == "in a folder":
        batch = put(tmp_path / "batch", files)
    else:
        batch = tmp_path / ("batch.zip" if "archive" in where else "batch.tar.xz")
        batch.write_bytes(zipped(files) if "archive" in where else tarred(files, "w:xz"))
    start = time.monotonic()
    ann, bob, zoe = collect.Batch(batch)
    assert [len(ann.notebooks), len(bob.notebooks), len(zoe.notebooks)] == [1, 0, 1]
    assert (ann.learner, bob.learner, zoe.learner) == ("ann", "bob", "zoe") and ann.problems == zoe.problems == []
    assert any(words in problem for problem in bob.problems), bob.problems
    assert time.monotonic() - start < 30


def test_an_entry_without_a_name_costs_only_itself(tmp_path):
    data = bytearray(zipped({"x": b"1", NAME: RIGHT}))
    for mark, length, name in ((b"PK\3\4", 26, 30), (b"PK\1\2", 28, 46)):
        at = data.index(mark)
        data[at + length] = 0  # the name's length; its letter becomes what's added to the header
        data[at + length + 2] = 1
        assert data[at + name:at + name + 1] == b"x"
    [bob] = collect.Batch(put(tmp_path / "batch", {"bob.zip": bytes(data)}))
    assert len(bob.notebooks) == 1 and "no name" in bob.problems[0]


def test_very_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(unpack.OF_A_LEARNER, "entries", 1000)
    files = {**INPUTS, "bob.tgz": tarred({f"{number}.txt": b"" for number in range(3000)}, "w:gz")}
    ann, bob, zoe = collect.Batch(put(tmp_path / "batch", files))
    assert "more than 1000 files" in bob.problems[0] and len(ann.notebooks) == len(zoe.notebooks) == 1


def test_an_archive_that_takes_too_long_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "GRACE", 0)
    monkeypatch.setitem(unpack.OF_A_LEARNER, "seconds", 1)
    slow = gzip.compress(header("x", 400 * 2**20) + bytes(2**20), 1)
    monkeypatch.setattr(archives.unpack, "__file__", str(put(tmp_path, {"slow.py": b"""
import json, sys, time
print('{"ready": 1, "length": 0}', flush=True)
for line in sys.stdin:
    if "bob" in line: time.sleep(99)
    print('{"end": 1, "problem": "", "seconds": 0, "length": 0}', flush=True)
"""}) / "slow.py"))
    start = time.monotonic()
    bob, zoe = collect.Batch(put(tmp_path / "batch", {"bob.tgz": slow, "zoe.tgz": slow}))
    assert "longer than 1 seconds" in bob.problems[0] and "no notebook" in zoe.problems[0]
    assert time.monotonic() - start < 10


FAKE = b"""
import json, os, sys, time
print('{"ready": 1, "length": 0}', flush=True)
for line in sys.stdin:
    DO
    print('{"end": 1, "problem": "", "seconds": 0, "length": 0}', flush=True)
"""


@pytest.fixture
def instead(tmp_path, monkeypatch):
    """Return a function that puts a program in place of the one that reads archives; it does this to each request."""
    def put_instead(code):
        program = put(tmp_path, {"instead.py": FAKE.replace(b"DO", code)}) / "instead.py"
        monkeypatch.setattr(archives.unpack, "__file__", str(program))
    return put_instead


def test_a_process_that_was_killed_by_accident_is_no_archives_fault(tmp_path, instead):
    batch = put(tmp_path / "batch", {"bob.zip": zipped({NAME: RIGHT}), f"zoe/{NAME}": RIGHT})
    instead(b"""if not os.path.exists(first := __file__ + ".first"):
        open(first, "x")
        os.abort()""")
    bob, _ = collect.Batch(batch)
    assert bob.problems == ["no notebook was submitted: there's none in bob.zip"]  # the second process said so
    instead(b"os.abort()")
    bob, _ = collect.Batch(batch)
    assert bob.problems == ["bob.zip: the process that reads it broke off"]


@pytest.mark.parametrize("reply", [b"1", b"[", b"{}", b'{"length": -1}', b'{"length": "x"}',
                                   b'{"length": 0, "path": 1}', b"["* 60_000, b'{"length": 0, "end": 1}'])
def test_no_reply_of_that_process_ends_the_grader(tmp_path, instead, reply):
    instead(b"print(" + repr(reply.decode()).encode() + b", flush=True)")
    bob, zoe = collect.Batch(put(tmp_path / "batch", {"bob.zip": b"", f"zoe/{NAME}": RIGHT}))
    assert "broke off" in bob.problems[0] and len(zoe.notebooks) == 1


@pytest.mark.parametrize("missing", ["processes", "threads"])
def test_without_a_process_slot_only_who_submitted_an_archive_is_not_graded(tmp_path, monkeypatch, missing):
    def fails(*_, **__):
        raise {"processes": BlockingIOError, "threads": RuntimeError}[missing]("none left")

    monkeypatch.setattr(archives, "PAUSES", (0, 0))
    monkeypatch.setattr(archives.subprocess if missing == "processes" else archives.threading.Timer,
                        "Popen" if missing == "processes" else "start", fails)
    batch = collect.Batch(put(tmp_path / "batch", {**INPUTS, "bob.zip": zipped({NAME: RIGHT})}))

    class Pool:
        width = 1

        def submit(self, submission, *_):
            future = concurrent.futures.Future()
            future.set_result({"learner": submission.learner})
            return future

        def first_done(self, futures):
            return futures

    results, failed = workers.grade_all(batch, tmp_path / "grades", Pool(), "", lambda *_: None)
    assert len(results) == 3 and list(failed) == ["bob"] and "none left" in failed["bob"]
    assert results[1]["notes"] == [f"NOT GRADED: {failed['bob']}"] and "bob" not in str(results[0]) + str(results[2])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_the_system_ends_a_process_that_takes_too_much_time():
    code = "from exercises.submissions.pile import unpack\nunpack.limit_time(0)\nwhile True: pass"
    run = subprocess.run([sys.executable, "-c", code], cwd=KIT, timeout=300)
    assert run.returncode == -signal.SIGXCPU


def test_a_process_that_takes_too_much_memory_ends_where_the_system_has_no_limit():
    code = ("from exercises.submissions.pile import unpack\nimport threading, time\nunpack.MEMORY = 2**26\n"
            "threading.Thread(target=unpack.watch_memory, daemon=True).start()\ntime.sleep(0.5)\nkept = []\n"
            "for _ in range(50):\n    kept.append(bytearray(b'x') * 2**24)\n    time.sleep(0.05)")
    run = subprocess.run([sys.executable, "-c", code], cwd=KIT, timeout=200)
    assert run.returncode == unpack.TOO_MUCH_MEMORY


def damaged(seed):
    """Return an archive of a kind, damaged at random."""
    draw = random.Random(seed)
    files = {f"{folder}/{NAME}": RIGHT[:2000] for folder in ("", "work/exercises", "a" * 120)}
    kind = draw.choice(["zip", "tar", "tgz", "tar.xz", "tar.bz2"])
    data = bytearray(zipped(files) if kind == "zip" else
                     tarred(files, {"tar": "w", "tgz": "w:gz", "tar.xz": "w:xz", "tar.bz2": "w:bz2"}[kind]))
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(data))
        change = draw.randrange(5)
        if change == 0:
            del data[at:]
        elif change == 1:
            data[at:at + draw.randrange(600)] = draw.randbytes(draw.randrange(600))
        elif change == 2:
            data[at:at] = data[:at][-512:]
        elif kind.startswith("t") and change == 3:
            field = 512 * (at // 512) + draw.choice([0, 100, 124, 148, 156, 257, 345])
            data[field:field + 8] = draw.choice([b"\xff" * 8, b"\x80" + b"\xff" * 7, b"L" * 8, b"x" * 8, bytes(8)])
        else:
            data[at] = draw.randrange(256)
        if not data:
            data = bytearray(b"x")
    return kind, bytes(data)


def resident(number):
    """Return the bytes that a process has in memory."""
    return int(Path(f"/proc/{number}/statm").read_text().split()[1]) * 4096


def read_damaged(folder, seeds):
    """Read damaged archives one after another, as a batch does. Return how many couldn't be read to their end."""
    reader, bad = archives.Reader(), 0
    try:
        for seed in seeds:
            kind, data = damaged(seed)
            path = folder / f"damaged.{kind}"
            path.write_bytes(data)
            try:
                for _ in reader.read(path, path.name, unpack.OF_A_LEARNER, of_one=True):
                    pass
            except archives.Unreadable as problem:
                bad += 1
                assert str(problem).startswith(("it ", "it's ", "there's ", "unpacking it ")), (seed, problem)
        return bad, reader._process and sys.platform.startswith("linux") and resident(reader._process.pid)
    finally:
        reader.close()


def test_archives_damaged_at_random_are_problems_and_never_errors(tmp_path):
    bad, memory = read_damaged(tmp_path, range(300))
    assert bad > 100 and (memory or 0) < 200 * 2**20


@linux
def test_reading_takes_no_memory_of_the_grader(tmp_path):
    files = {f"learner{number}.zip": zipped_small({NAME: bytes(15 * 2**20)}) for number in range(20)}
    peak = []
    for batch in (put(tmp_path / "batch", files), put(tmp_path, {"class.zip": zipped(files)}) / "class.zip"):
        before = resident("self")
        peak += [resident("self") - before for _ in collect.Batch(batch)]
    assert len(peak) == 40 and max(peak) < 80 * 2**20


def cpu_of(action):
    """Return the seconds of CPU of an action and of the processes that it ended: a busy machine changes them little."""
    before = os.times()
    action()
    return sum(os.times()[:4]) - sum(before[:4])


def assert_linear(steps, action):
    """Four times as much takes about four times as long; what's quadratic would take 16 times."""
    action(steps // 10)  # so that all is loaded
    assert min(cpu_of(lambda: action(4 * steps)) for _ in range(2)) < 8 * cpu_of(lambda: action(steps)) + 0.5


def test_very_many_cells_take_time_in_proportion():
    def read(cells):
        book = json.loads(RIGHT)
        for kind in ("answer-refresh", "x"):  # marked, and known by the name that it defines
            book["cells"] += [{"cell_type": "code", "id": kind, "metadata": {}, "outputs": [], "execution_count": 3,
                               "source": f"def refresh(): {number}"} for number in range(cells // 2)]
        answers, _ = grading.answers_in(Path(NAME), json.dumps(book).encode())
        assert max(map(len, answers.values())) > cells // 2

    assert_linear(15_000, read)


def test_a_folder_with_very_many_learners_is_read_in_proportion(tmp_path):
    def read(learners):
        batch = tmp_path / str(learners)
        if not batch.exists():
            put(batch, {f"learner{number}/{NAME}": b"{}" for number in range(learners)})
        assert len([*collect.Batch(batch)]) == learners

    read(2000)
    assert_linear(500, read)


def test_a_compressed_class_is_read_in_one_pass(tmp_path):
    def read(learners):
        data = tarred({f"learner{number:03}/{NAME}": random.Random(number).randbytes(2**15)
                       for number in reversed(range(learners))}, "w:gz")
        path = put(tmp_path, {f"{learners}.tar.gz": data}) / f"{learners}.tar.gz"
        assert len([*collect.Batch(path)]) == learners

    assert_linear(100, read)


def test_everyone_in_the_pile_has_a_row(tmp_path):
    batch = put(tmp_path / "batch", {**INPUTS, f"bo/.ipynb_checkpoints/{NAME}": RIGHT, "cy/.x.ipynb.icloud": b"",
                                     "di/essay.pdf": b"", f"fay/lessons/{NAME}": RIGHT, f"gus/{NAME}.json": RIGHT,
                                     f"hal/{NAME.upper()}": RIGHT, "ida/work.7z": b""})
    with contextlib.suppress(OSError):
        (batch / "eve").symlink_to(batch / "ann")
    found = {one.learner: (len(one.notebooks), one.problems) for one in collect.Batch(batch)}
    only = "no notebook was submitted, only"
    assert found["bo"] == (0, [f"{only} copies that Jupyter made (.ipynb_checkpoints): {others.NOTEBOOK}"])
    assert found["cy"] == (0, [f"{only} .x.ipynb.icloud: {others.PLACEHOLDER}"])
    assert found["di"] == (0, [f"{only} essay.pdf: {others.NOTEBOOK}"])
    assert found["ida"] == (0, [f"{only} work.7z: {others.UNPACK}"])
    assert [found[name][0] for name in ("fay", "gus", "hal")] == [1, 1, 1]
    if (batch / "eve").is_symlink():
        assert found["eve"] == (0, [f"eve: {files.NO_LINKS}"])


@pytest.mark.parametrize("where", ["", "CS101/"])
def test_everyone_in_the_archive_of_a_class_has_a_row(tmp_path, where):
    files = {f"{where}ann{number}_1{number}_2_essay.pdf": b"" for number in range(30)}
    files |= {f"{where}bob{number}/": b"" for number in range(30)} | {f"{where}cy_1_2_{NAME}": RIGHT}
    files |= {f"{where}di_3_4_{NAME}": RIGHT}
    found = [*collect.Batch(put(tmp_path, {"class.zip": zipped(files)}) / "class.zip")]
    assert len(found) == 62 and sum(len(one.notebooks) for one in found) == 2


def test_a_learner_with_very_many_files_takes_no_row_from_the_rest_of_the_class(tmp_path):
    files = {f"CS101/ann/{NAME}": RIGHT, **{f"CS101/bob/{number}.ipynb": b"" for number in range(21_000)},
             f"CS101/zoe/{NAME}": RIGHT}
    _, _, zoe = collect.Batch(put(tmp_path, {"class.tar": tarred(files)}) / "class.tar")
    assert (zoe.learner, len(zoe.notebooks), zoe.problems) == ("zoe", 1, [])


def test_a_learners_archives_are_opened_one_learner_after_another(tmp_path):
    """Otherwise the time that one of them takes would be missing for the rest of the class."""
    read = []
    for reply, _ in archives.Reader().read(zipped({"bob.zip": zipped({NAME: RIGHT})}), "class.zip", archives.OF_A_CLASS,
                                           of_one=False):
        read.append(reply["path"])
    assert read == ["bob.zip"]


@linux
def test_a_learners_many_archives_take_no_more_memory_than_one(tmp_path):
    bomb = zipped_small({f"{number}.ipynb": bytes(15 * 2**20) for number in range(5)})
    files = {f"ann/{NAME}": RIGHT, **{f"bob/{number}.zip": bomb for number in range(8)}}
    before = resident("self")
    _, bob = collect.Batch(put(tmp_path / "batch", files))
    assert resident("self") - before < 200 * 2**20
    assert len(bob.notebooks) == 5 and "larger than 80 MB together" in bob.problems[0]


@pytest.mark.parametrize("alike", [["Kim\x01", "Kim\x02", "Kim\\x01"],
                                   ["\U0001d160" * 60 + "a", "\U0001d160" * 60 + "b"],
                                   ["x" * 200 + "a", "x" * 200 + "b"], ["Ann\u200b", "Ann"], ["Kim\n", "Kim"]],
                         ids=["controls", "longer in their normal form", "long", "invisible", "a new line"])
def test_names_that_look_the_same_are_different_learners(tmp_path, alike):
    path = put(tmp_path, {"class.tar": tarred({f"{name}/{NAME}": RIGHT for name in alike})}) / "class.tar"
    found = [*collect.Batch(path)]
    assert len({one.key for one in found}) == len({reports.shown(one.learner) for one in found}) == len(alike)


@pytest.mark.parametrize("part", ["_", " ", "-_ .", "v_", "_1", "_a_attempt_", "old "])
def test_names_of_very_many_parts_cost_in_proportion(part):
    def seconds(length):
        paths = [(part * length)[:length] + ending for ending in (".ipynb", ".zip", "/x.ipynb")]
        start = time.process_time()
        for _ in range(3):
            names.is_class(paths)
            [names.owner(path) for path in paths]
            [layouts.find(layout, path, "batch") for path in paths for layout in layouts.LAYOUTS if layout.pattern]
        return time.process_time() - start

    seconds(10)
    step = 0.2 if os.name == "nt" else 0.02  # Windows' clock of computing time has steps of 16 ms
    assert min(seconds(16_000) for _ in range(3)) < 40 * min(seconds(1000) for _ in range(3)) + step


def test_a_learner_called_like_a_platforms_file_has_a_row(tmp_path):
    files = {**INPUTS, "readme.ipynb": RIGHT, "Grades.zip": zipped({NAME: RIGHT}), "readme.txt": b"", "grades.csv": b""}
    deeper = {f"CS101/{name}": data for name, data in files.items()}
    for batch in (put(tmp_path / "batch", files), put(tmp_path / "deeper", deeper)):
        assert [one.learner for one in collect.Batch(batch)] == ["ann", "Grades", "readme", "zoe"]


def test_what_is_beside_hidden_files_in_an_archive_is_named(tmp_path):
    files = {**{f".git/{number}": b"" for number in range(9)}, "essay.pdf": b""}
    _, bob, _ = collect.Batch(put(tmp_path / "batch", {**INPUTS, "bob.zip": zipped(files)}))
    assert bob.problems == [f"no notebook was submitted, only essay.pdf: {others.NOTEBOOK}"]


def test_a_tar_archive_whose_first_name_begins_like_a_zip_is_read(tmp_path):
    [bob] = collect.Batch(put(tmp_path / "batch", {"bob.tar": tarred({f"PKnotes/{NAME}": RIGHT})}))
    assert len(bob.notebooks) == 1 and not bob.problems


def test_a_class_in_an_archive_in_an_archive_is_found(tmp_path):
    inner = zipped({f"Lab 3/ann/{NAME}": RIGHT, f"Lab 3/bob/{NAME}": RIGHT})
    for name, data in (("one.zip", zipped({"a.zip": inner})), ("two.tar", tarred({"a.zip": zipped({"b.zip": inner})}))):
        batch = put(tmp_path / name.replace(".", "-"), {name: data})
        for source in (batch, batch / name):
            assert [(one.learner, len(one.notebooks)) for one in collect.Batch(source)] == [("ann", 1), ("bob", 1)]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_has_a_row(tmp_path):
    batch = put(tmp_path / "batch", {**INPUTS, f"bob/{NAME}": RIGHT})
    (batch / "bob").chmod(0)
    try:
        _, bob, _ = collect.Batch(batch)
    finally:
        (batch / "bob").chmod(0o700)
    assert "can't be read" in bob.problems[0]


def test_keys_do_not_collide(tmp_path):
    batch = put(tmp_path / "batch", {f"Kim_7_assignsubmission_file_/{NAME}": RIGHT, f"Kim 7/{NAME}": WRONG})
    _, rows = grade(batch)
    assert {name: row["refresh state"] for name, row in rows.items()} == {"Kim": "PASSED", "Kim 7": "NOT YET"}


@pytest.mark.parametrize("files", [
    {"1234567_lab3.ipynb": RIGHT, "1234589_lab3.ipynb": WRONG},
    {"07_smith.ipynb": RIGHT, "12_jones.ipynb": WRONG},
    {f"Lab203_ann_attempt_2024-03-05-10-11-12_{NAME}": RIGHT, f"Lab203_bob_attempt_2024-03-05-10-11-12_{NAME}": RIGHT},
    {f"anon_a1_9001_{NAME}": RIGHT, f"anon_b2_9002_{NAME}": RIGHT},
    {f"CS101/Ann_1_assignsubmission_file/{NAME}": RIGHT, f"CS101/Bo_2_assignsubmission_file/{NAME}": RIGHT},
    {f"CS101/ann/{NAME}": RIGHT, f"CS101/bob/{NAME}": RIGHT},
    {f"a/b/ann/Lab 3/Version 1/{NAME}": RIGHT, f"a/b/bob/Lab 3/Version 1/{NAME}": RIGHT, "grades.csv": b""},
    {f"Lab 3/Ann - {NAME}": RIGHT, f"Lab 3/Bob - {NAME}": RIGHT},
    {f"{NAME[:-6]}_ann.ipynb": RIGHT, f"{NAME[:-6]} - Bob.ipynb": RIGHT},
    {"CS101/ann.zip": zipped({NAME: RIGHT}), "CS101/bob.zip": zipped({NAME: RIGHT})},
    {f"red/ann/{NAME}": RIGHT, f"red/bob/{NAME}": RIGHT},
    {"download.zip": zipped({f"Lab 3/ann/{NAME}": RIGHT, f"Lab 3/bob/{NAME}": RIGHT})},
], ids=["numbers", "seats", "Blackboard", "Canvas anonymous", "Moodle one deeper", "one deeper", "Teams", "Drive",
        "names at the end", "archives one deeper", "a section", "an archive in a folder"])
def test_two_learners_are_two_rows(tmp_path, files):
    assert [len(one.notebooks) for one in collect.Batch(put(tmp_path / "batch", files))] == [1, 1]


def test_copies_of_an_exercise_are_nobody_elses(tmp_path):
    stem = NAME.removesuffix(".ipynb")
    ways = ("", " (1)", "-Copy1", "_final", "-2024-03-05", " (Ann's conflicted copy 2024-03-05)", " v2")
    assert len([*collect.Batch(put(tmp_path / "batch", {f"{stem}{way}.ipynb": RIGHT for way in ways}))]) == 1


def test_learners_of_the_same_name_in_two_sections_are_two(tmp_path):
    files = {f"{section}/{name}/{NAME}": RIGHT for section in ("red", "blue") for name in ("ann", "bob")}
    found = [one.learner for one in collect.Batch(put(tmp_path / "batch", files))]
    assert found == ["ann (blue)", "ann (red)", "bob (blue)", "bob (red)"]


def test_one_learner_with_versions_is_one_row(tmp_path):
    files = {f"ann/{NAME}": RIGHT, f"ann/old/{NAME}": WRONG, f"bob/v1/{NAME}": WRONG, f"bob/v2/{NAME}": RIGHT}
    assert [(one.learner, one.problems) for one in collect.Batch(put(tmp_path / "batch", files))] == [
        ("ann", []), ("bob", [])]


def test_what_may_be_two_learners_is_never_merged_in_silence(tmp_path):
    files = {**INPUTS, "ann.zip": zipped({NAME: WRONG}), f"red/kim/{NAME}": RIGHT, f"red/lee/{NAME}": WRONG}
    ann, red, _ = collect.Batch(put(tmp_path / "batch", files))
    assert "in 2 places, taken as one learner's: ann, ann.zip" in ann.problems[0]
    assert red.problems == [collect.SEVERAL]
    other = {**INPUTS, f"red/kim/{NAME}": RIGHT, "red/lee/01_import_runs_once.ipynb": RIGHT,
             "tim/a.zip": zipped({NAME: RIGHT}), "tim/b/01_import_runs_once.ipynb": RIGHT}
    _, red, tim, _ = collect.Batch(put(tmp_path / "other", other))
    assert red.problems == ["these notebooks are in 2 folders, taken as one learner's: kim, lee"]
    assert tim.problems == ["these notebooks are in 2 folders, taken as one learner's: a.zip, b"]


def test_names_of_any_length_and_script_are_graded(tmp_path):
    names = {"widest": "\N{GRINNING FACE}" * 60, "wide": "陈" * 70, "joined": "Jo\u0308rg"}
    batch = put(tmp_path / "batch", {f"{name}/{name}.ipynb": RIGHT for name in names.values()})
    put(batch, {"bob.zip": zipped({f"{'名' * 300}.ipynb": RIGHT})})
    run, rows = grade(batch)
    assert run.returncode == 1 and "NOT GRADED" not in run.stderr
    assert [row["refresh state"] for row in rows.values()] == ["PASSED"] * 4 and "Jörg" in rows


def test_a_date_in_a_name_is_no_copys_number(tmp_path):
    stem = NAME.removesuffix(".ipynb")
    batch = put(tmp_path / "batch", {f"ann/{stem}-2024-02-28.ipynb": WRONG, f"ann/{stem}-2024-03-01.ipynb": RIGHT,
                                     f"bob/{stem} (conflicted copy 2024-03-05).ipynb": WRONG, f"bob/{NAME}": RIGHT})
    for name in (f"ann/{stem}-2024-02-28.ipynb", f"bob/{stem} (conflicted copy 2024-03-05).ipynb"):
        os.utime(batch / name, (1, 1))
    _, rows = grade(batch)
    assert [row["refresh state"] for row in rows.values()] == ["PASSED", "PASSED"]


def test_of_blackboards_attempts_the_last_counts(tmp_path):
    batch = put(tmp_path / "batch", {f"Lab_ann_attempt_2024-03-06-09-00-00_{NAME}": RIGHT,
                                     f"Lab_ann_attempt_2024-03-05-10-11-12_{NAME}": WRONG})
    _, rows = grade(batch)
    assert rows["ann"]["refresh state"] == "PASSED"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system's time zone can't be changed")
def test_the_time_in_a_zip_is_local_time(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr(zipfile.ZipInfo(NAME, (2024, 3, 5, 10, 0, 0)), WRONG)
        [ann] = collect.Batch(put(tmp_path / "batch", {"ann.zip": data.getvalue()}))
        assert ann.notebooks[0][1] == time.mktime((2024, 3, 5, 10, 0, 0, 0, 0, -1)) == 1709600400
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_archive_of_a_class_that_is_cut_off_is_said_aloud(tmp_path):
    whole = tarred({f"learner{number}/{NAME}": RIGHT for number in range(9)})
    put(tmp_path, {"class.tar": whole[:len(whole) // 2], "class.zip": zipped(INPUTS)[:-30]})
    run, rows = grade(tmp_path / "class.tar")
    assert len(rows) > 3 and "class.tar: it's damaged" in rows["class"]["notes"]
    assert "Learners can be missing" in run.stderr and "Traceback" not in run.stderr
    run, rows = grade(tmp_path / "class.zip")
    assert run.returncode == 2 and not rows and "class.zip can't be read" in run.stderr and "graded" not in run.stdout


def test_notes_fit_into_a_cell_of_a_spreadsheet(tmp_path):
    names = [f"{number:03}{'x' * 200}.ipynb" for number in range(199)]
    _, rows = grade(put(tmp_path / "batch", {f"ann/{NAME}": RIGHT, **{f"ann/{name}": b"{}" for name in names}}))
    assert len(rows["ann"]["notes"]) < 10_000  # from 32768 characters on, Excel puts the rest into another row
    assert rows["ann"]["refresh state"] == "PASSED" and "more" in rows["ann"]["notes"]
