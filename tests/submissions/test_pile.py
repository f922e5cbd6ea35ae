"""The pile of submissions under attack: no archive ends a run, fills the memory, or costs anyone else a row."""
import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import random
import struct
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from exercises.grader import grading
from exercises.submissions import collect
from exercises.submissions.pile import archives, unpack
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


def bomb_of_bzip2():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_BZIP2) as archive, archive.open(NAME, "w") as file:
        for _ in range(200):
            file.write(bytes(2**20))
    whole = bytearray(data.getvalue())
    at = whole.rindex(b"PK\1\2")
    whole[at + 24:at + 28] = struct.pack("<I", 1000)  # it claims to be small
    return bytes(whole)


def encrypted():
    whole = bytearray(zipped({NAME: RIGHT}))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        whole[whole.index(mark) + offset] |= 1
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
    "encryption": ("bob.zip", encrypted, "encrypted"),
    "archives in archives": ("bob.zip", lambda: nested(9), "in each other"),
    "a damaged header in the middle": ("bob.tar", lambda: tarred({"x": b""})[:512] + b"\xff" * 5120, "damaged"),
    "only links": ("bob.tar", lambda: tarred({NAME: b""}, change=a_link), "a link"),
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
    print('{"end": 1, "problem": "", "length": 0}', flush=True)
"""}) / "slow.py"))
    start = time.monotonic()
    bob, zoe = collect.Batch(put(tmp_path / "batch", {"bob.tgz": slow, "zoe.tgz": slow}))
    assert "longer than 1 seconds" in bob.problems[0] and "no notebook" in zoe.problems[0]
    assert time.monotonic() - start < 10


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
                for _ in reader.read(path, unpack.OF_A_LEARNER, of_one=True):
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
    assert found["bo"] == found["cy"] == (0, ["no notebook was submitted, only hidden files"])
    assert found["di"] == (0, ["no notebook was submitted, only essay.pdf"])
    assert found["ida"] == (0, ["no notebook was submitted, only work.7z"])
    assert [found[name][0] for name in ("fay", "gus", "hal")] == [1, 1, 1]
    if (batch / "eve").is_symlink():
        assert found["eve"] == (0, [f"eve: {collect.NO_LINKS}"])


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
    {"CS101/ann.zip": zipped({NAME: RIGHT}), "CS101/bob.zip": zipped({NAME: RIGHT})},
    {f"red/ann/{NAME}": RIGHT, f"red/bob/{NAME}": RIGHT},
    {"download.zip": zipped({f"Lab 3/ann/{NAME}": RIGHT, f"Lab 3/bob/{NAME}": RIGHT})},
], ids=["numbers", "seats", "Blackboard", "Canvas anonymous", "Moodle one deeper", "one deeper", "Teams", "Drive",
        "archives one deeper", "a section", "an archive in a folder"])
def test_two_learners_are_two_rows(tmp_path, files):
    assert [len(one.notebooks) for one in collect.Batch(put(tmp_path / "batch", files))] == [1, 1]


def test_learners_of_the_same_name_in_two_sections_are_two(tmp_path):
    files = {f"{section}/{name}/{NAME}": RIGHT for section in ("red", "blue") for name in ("ann", "bob")}
    names = [one.learner for one in collect.Batch(put(tmp_path / "batch", files))]
    assert names == ["ann (blue)", "ann (red)", "bob (blue)", "bob (red)"]


def test_one_learner_with_versions_is_one_row(tmp_path):
    files = {f"ann/{NAME}": RIGHT, f"ann/old/{NAME}": WRONG, f"bob/v1/{NAME}": WRONG, f"bob/v2/{NAME}": RIGHT}
    assert [(one.learner, one.problems) for one in collect.Batch(put(tmp_path / "batch", files))] == [
        ("ann", []), ("bob", [])]


def test_what_may_be_two_learners_is_never_merged_in_silence(tmp_path):
    files = {**INPUTS, "ann.zip": zipped({NAME: WRONG}), f"red/kim/{NAME}": RIGHT, f"red/lee/{NAME}": WRONG}
    ann, red, _ = collect.Batch(put(tmp_path / "batch", files))
    assert "in 2 places, taken as one learner's: ann, ann.zip" in ann.problems[0]
    assert red.problems == [collect.SEVERAL]


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
    assert run.returncode == 1 and list(rows) == ["class"] and "Learners can be missing" in run.stderr
