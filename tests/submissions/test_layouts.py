"""How platforms name submissions: a sample of each layout, and names that look like two at once."""
import os
import struct
import time
import unicodedata
import zipfile

import pytest

from exercises.isolation.processes import GraderProblem
from exercises.submissions import collect
from exercises.submissions.pile import dates, layouts, others, unpack
from tests.submissions.test_submissions import NAME, RIGHT, WRONG, grade, put, zipped

N, STEM = NAME, NAME.removesuffix(".ipynb")
YML = """submission_9001:
  :submitters:
  - :name: Ann "Annie" Smith
    :sid: "12345"
    :email: ann@example.org
  - :name: 'Jörg O''Neill'
    :sid: 0077
  :created_at: 2024-03-05 10:11:12.123456000 Z
  :history:
  - :id: 8000
    :created_at: 2024-03-01 09:00:00.000000000 Z
"""
SAKAI = """"Lab 3","Points"

"Display ID","ID","Last Name","First Name","grade","Submission date","Late submission"
"as1","as1","Smith","Ann","","2024-03-05T10:11:12Z","Late"
"jm7","jm7","Müller","Jörg","","2024-03-05T10:11:12Z","On time"
"""

# The layout, the paths in the pile (and contents, if they aren't a notebook), and the learners with their ids. An
# exclamation mark follows those who are late.
SAMPLES = {
    "Moodle's folders": ("moodle", [f"Ann Smith_4711_assignsubmission_file/{N}",
                                    f"Jörg Müller_4712_assignsubmission_file_/{N}"],
                         ["Ann Smith 4711", "Jörg Müller 4712"]),
    "Moodle's files": ("moodle", [f"Ann Smith_4711_assignsubmission_file_{N}",
                                  "Bo Ek_4712_assignsubmission_onlinetext_onlinetext.html"],
                       ["Ann Smith 4711", "Bo Ek 4712"]),
    "Moodle's hidden names": ("moodle", [f"Participant_12_assignsubmission_file/{N}",
                                         f"Participant_13_assignsubmission_file/{N}"],
                              ["Participant 12 12", "Participant 13 13"]),
    "Moodle's hidden names in German": ("moodle", [f"Teilnehmerin_12_assignsubmission_file/{N}",
                                                   f"Teilnehmerin_13_assignsubmission_file/{N}"],
                                        ["Teilnehmerin 12 12", "Teilnehmerin 13 13"]),
    "Moodle's groups": ("moodle", [f"Group A_31_assignsubmission_file/{N}",
                                   f"Default group_assignsubmission_file/{N}"], ["Default group", "Group A 31"]),
    "Moodle, one folder deeper": ("moodle", [f"CS101-Lab-55/Ann_1_assignsubmission_file/{N}",
                                             f"CS101-Lab-55/Bo_2_assignsubmission_file/work/exercises/{N}"],
                                  ["Ann 1", "Bo 2"]),
    "Canvas": ("canvas", [f"smithann_LATE_4711_9001_{N}", f"müllerjörg_4712_9002_{N}",
                          "ekbo_4713_text.html", "wulilei_LATE_4714_link.html"],
               ["ekbo 4713", "müllerjörg 4712", "smithann 4711 !", "wulilei 4714 !"]),
    "Canvas with hidden names": ("canvas-anonymous", [f"LATE_anon_Zz9Xy_9003_{N}", f"anon_Ab1Cd_9001_{N}",
                                                      "anon_Ab1Cd_9002_01_import_runs_once.ipynb",
                                                      "LATE_anon_Tx7Qq_text.html"],
                                 ["anon_Ab1Cd", "anon_Tx7Qq !", "anon_Zz9Xy !"]),
    "Blackboard": ("blackboard", [f"Lab203_jmuller7_attempt_2024-03-05-10-11-12_{N}",
                                  "Lab203_jmuller7_attempt_2024-03-05-10-11-12.txt",
                                  f"Lab203_ann_smith_attempt_2024-03-05-12-00-00_{N}",
                                  "Lab203_ann_smyth_attempt_2024-03-05-12-00-00.txt"],
                   ["ann_smith", "ann_smyth", "jmuller7"]),
    "Blackboard's names": ("blackboard", [
        f"Lab_203_jmuller7_attempt_2024-03-05-10-11-12_{N}", f"Lab_203_as1_attempt_2024-03-05-10-11-12_{N}",
        ("Lab_203_jmuller7_attempt_2024-03-05-10-11-12.txt", "Name: Jörg Müller (jmuller7)\r\nAssignment: ".encode()),
        ("Lab_203_be_2_attempt_2024-03-05-10-11-12.txt", b"Nom : Bo (Bobby) Ek (be_2)\n"),
        ("Lab_203_as1_attempt_2024-03-05-10-11-12.txt", b"Name: Eve\n")],
        ["Bo (Bobby) Ek be_2", "Jörg Müller jmuller7", "as1"]),
    "Brightspace": ("brightspace", [f"24601-33001 - Ann Smith - Mar 5, 2024 1011 AM/{N}",
                                    f"24601-33001 - Ann Smith - Mar 6, 2024 900 AM/{N}",
                                    f"24602-33001 - Jörg von der Höh - 5 mars 2024 10 11/{N}", "index.html"],
                    ["Ann Smith 24601", "Jörg von der Höh 24602"]),
    "Brightspace with org-defined ids": ("brightspace", [
        f"24601-33001 - N0123456 - Ann-Marie Smith - Mar 5, 2024 1011 AM - {N}",
        f"24602-33001 - N0123457 - Bo Ek - Mar 5, 2024 1011 AM - {N}"], ["Ann-Marie Smith N0123456", "Bo Ek N0123457"]),
    "Brightspace whose number isn't the learner's": ("brightspace", [
        f"397063-2557369 - Ann Smith - Sep 24, 2024 926 PM/{N}", f"397063-2557369 - Bo Ek - Sep 24, 2024 926 PM/{N}"],
        ["Ann Smith", "Bo Ek"]),
    "Sakai": ("sakai", [f"Lab 3/Smith, Ann(as1)/Submission attachment(s)/{N}",
                        ("Lab 3/Smith, Ann(as1)/timestamp.txt", b"20240305101112345"),
                        f"Lab 3/Müller, Jörg(jm7)/Submission attachment(s)/{N}", ("Lab 3/grades.csv", SAKAI.encode())],
              ["Müller, Jörg jm7", "Smith, Ann as1 !"]),
    "Sakai's groups, without folders": ("sakai", [
        f"Lab 3/Smith, Ann(as1); Ek, Bo(be2)_Submission attachment(s)_{N}",
        f"Lab 3/Lee, Kim (Kimmy)(kl3)_Submission attachment(s)_{N}"],
        ["Ek, Bo be2", "Lee, Kim (Kimmy) kl3", "Smith, Ann as1"]),
    "Sakai's own files, without folders": ("sakai", [
        f"Lab 3/Smith, Ann(as1)_Submission attachment(s)_{N}", "Lab 3/Smith, Ann(as1)_timestamp.txt",
        "Lab 3/Ek, Bo(be2)_timestamp.txt"], ["Ek, Bo be2", "Smith, Ann as1"]),
    "Sakai's hidden names": ("sakai", [f"Lab 3/5f1c anonymous/Submission attachment(s)/{N}",
                                       f"Lab 3/77ab anonymous/Submission attachment(s)/{N}"],
                             ["5f1c anonymous", "77ab anonymous"]),
    "ILIAS": ("ilias", [f"Abgaben/Mueller_Joerg_jm7_4711/{N}",
                        f"Abgaben/Smith_Ann Marie_as1_4712/Late Submission - {N}", "status.xlsx"],
              ["Mueller, Joerg 4711", "Smith, Ann Marie 4712 !"]),
    "ILIAS's logins with underscores": ("ilias", [f"Mueller_Joerg_joerg_m_4711/{N}", f"von der Ek_Bo_b_v_ek_4713/{N}"],
                                        ["Mueller, Joerg 4711", "von der Ek, Bo 4713"]),
    "ILIAS in a folder that looks like a learner's": ("ilias", [
        f"multi_feedback_Lab_3_55/Smith_Ann_as1_4712/{N}", f"multi_feedback_Lab_3_55/Ek_Bo_be2_4713/{N}"],
        ["Ek, Bo 4713", "Smith, Ann 4712"]),
    "ILIAS's teams": ("ilias", [f"Team 12/Mueller_Joerg_jm7_4711/{N}", f"Team 12/Smith_Ann_as1_4712/{N}",
                                f"Team 13/Ek_Bo_be2_4713/Verspaetete Abgabe - {N}"],
                      ["Ek, Bo 4713 !", "Mueller, Joerg 4711", "Smith, Ann 4712"]),
    "Open edX": ("openedx", [f"[1]Week, [1]Labs, [3]Lab/[1] - jörg_m - {N}",
                             f"[1]Week, [1]Labs, [3]Lab/[1] - as1 - {N}",
                             "[1]Week, [2]Labs, [1]Lab/[1] - as1 - 01_import_runs_once.ipynb",
                             "[1]Week, [2]Labs, [1]Lab/[1] - be2 - prompt_0.txt"], ["as1", "be2", "jörg_m"]),
    "Open edX, staff graded": ("openedx-staff", [f"ann_smith_{'da' * 20}.ipynb", f"be2_{'0b' * 20}.ipynb"],
                               ["ann_smith", "be2"]),
    "nbgrader": ("nbgrader", [f"submitted/ann/ps1/{N}", ("submitted/ann/ps1/timestamp.txt", b"2024-03-05 10:11:12 UTC"),
                              "submitted/ann/ps2/01_import_runs_once.ipynb", f"submitted/bo/ps1/{N}",
                              f"source/ps1/{N}", f"release/ps1/{N}", f"autograded/ann/ps1/{N}", "gradebook.db",
                              "nbgrader_config.py"], ["ann", "bo"]),
    "nbgrader's exchange": ("nbgrader-inbound", [f"ann+ps1+2024-03-05 10:11:12.123 UTC/{N}",
                                                 f"ann+ps1+2024-03-06 10:11:12.123 UTC/{N}",
                                                 f"bo+ps1+2024-03-05 10:11:12.123 UTC+x9/{N}"], ["ann", "bo"]),
    "GitHub Classroom": ("github", [f"lab3-submissions/lab3-ann-s/work/exercises/{N}",
                                    "lab3-submissions/lab3-bo/README.md"],
                         ["ann-s", "bo"]),
    "Gradescope": ("gradescope", [f"assignment_1_export/submission_9001/{N}",
                                  f"assignment_1_export/submission_9002/{N}",
                                  ("assignment_1_export/submission_metadata.yml", YML.encode())],
                   ['Ann "Annie" Smith 12345', "Jörg O'Neill 0077", "submission_9002"]),
    "Teams": ("teams", [f"Submitted files/Ann Smith/Lab 3/Version 1/{N}",
                        f"Submitted files/Ann Smith/Lab 3/Version 2/{N}",
                        f"Submitted files/Jörg Müller/Lab 3/{N}", f"Working files/Ann Smith/Lab 3/{N}"],
              ["Ann Smith", "Jörg Müller"]),
    "Teams in French": ("teams", [f"Fichiers envoyés/Ann Smith/Lab 3/Version 1/{N}",
                                  f"Fichiers envoyés/Bo Ek/Lab 3/Version 12/{N}"], ["Ann Smith", "Bo Ek"]),
    "Teams in Polish": ("teams", [f"Przesłane pliki/Jan Nowak/Lab 3/Wersja 1/{N}",
                                  f"Przesłane pliki/Jan Nowak/Lab 3/Wersja 2/{N}",
                                  f"Przesłane pliki/Bo Ek/Lab 3/Wersja 1/{N}"], ["Bo Ek", "Jan Nowak"]),
    "Teams in German, with working files": ("teams", [
        f"Eingereichte Dateien/Jörg Müller/Lab 3/Version 1/{N}", f"Arbeitsdateien/Jörg Müller/Lab 3/{N}",
        f"Arbeitsdateien/Bo Ek/Lab 3/{N}"], ["Bo Ek", "Jörg Müller"]),
    "Google Classroom": ("drive", [f"Lab 3/Ann Smith - {N}", f"Lab 3/Jörg Müller - Copy of {N}"],
                         ["Ann Smith", "Jörg Müller"]),
    "Google Takeout": ("drive", [f"Takeout/Drive/Lab 3/Ann Smith - {N}", f"Takeout/Drive/Lab 3/Copy of Bo Ek - {N}",
                                 "Takeout/archive_browser.html"], ["Ann Smith", "Bo Ek"]),
    "OneDrive": ("folders", [f"Lab 3/Ann Smith/{N}", f"Lab 3/Jörg Müller/{N}"], ["Ann Smith", "Jörg Müller"]),
    "JupyterHub's homes": ("folders", [f"ann/reload-course/work/exercises/{N}", f"ann/reload-course/exercises/{N}",
                                       f"bo/reload-course/work/exercises/{N}"], ["ann", "bo"]),
    "a disk of homes": ("folders", [f"home/ann/{N}", f"home/bo/{N}", "home/lost+found/x"], ["ann", "bo"]),
    "Google Forms": ("files", [f"Lab 3 (File responses)/Notebook (File responses)/{STEM} - Ann Smith.ipynb",
                               f"Lab 3 (File responses)/Notebook (File responses)/{STEM} - Jörg Müller.ipynb"],
                     ["Ann Smith", "Jörg Müller"]),
    "Microsoft Forms": ("files", [f"Question 1/{STEM}_Ann Smith.ipynb", f"Question 1/{STEM}_Jörg Müller.ipynb"],
                        ["Ann Smith", "Jörg Müller"]),
    "numbers": ("files", ["1234567_lab3.ipynb", "1234589_lab3.ipynb", "1234589_lab3 (1).ipynb"],
                ["1234567", "1234589"]),
    "seats": ("files", ["07_smith.ipynb", "12_jones.ipynb", "13_smith.ipynb"], ["07_smith", "12_jones", "13_smith"]),
    "the assignment first": ("files", ["lab3-ann.ipynb", "lab3-bo.ipynb"], ["ann", "bo"]),
    "mail": ("files", [f"ann@example.org - {STEM}.IPYNB", f"Jörg Müller_{N}", "lab3 from Kim.ipynb.zip", "zoe.eml"],
             ["Jörg Müller", "ann@example.org", "lab3 from Kim", "zoe"]),
    "one learner": ("one", [NAME, f"{STEM} (1).ipynb", "01_import_runs_once.ipynb"], ["batch"]),
}


def built(tmp_path, paths):
    """Write a pile: its paths, each with a notebook, or what's given with the path. All have the same time."""
    files = {}
    for path in paths:
        path, data = path if isinstance(path, tuple) else (path, RIGHT if path.lower().endswith(".ipynb") else b"")
        path = path.replace(":", ".") if os.name == "nt" else path  # Windows has no such names
        files[path] = zipped({N: data or RIGHT}) if path.endswith(".zip") else data
    source = put(tmp_path / "batch", files)
    for path in source.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return source


def learners(batch):
    return sorted(f"{one.learner} {one.id}".strip() + " !" * one.late for one in batch)


@pytest.mark.parametrize("packed", [False, True], ids=["unpacked", "in its archive"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_each_platforms_layout_is_recognized(tmp_path, sample, packed):
    layout, paths, expected = SAMPLES[sample]
    source = built(tmp_path, paths)
    if packed:
        files = {path.relative_to(source).as_posix(): path.read_bytes() for path in source.rglob("*") if path.is_file()}
        source = put(tmp_path / "packed", {"batch.zip": zipped(files)}) / "batch.zip"
    batch = collect.Batch(source)
    assert (batch.layout, learners(batch)) == (layout, expected)


def test_each_layout_has_a_sample_and_fits_its_own_example():
    assert {layout for layout, _, _ in SAMPLES.values()} == {layout.name for layout in layouts.LAYOUTS}
    for layout in layouts.LAYOUTS:
        if layout.pattern:
            assert layouts.find(layout, layout.example, "batch"), layout.name


BLACKBOARD = "Lab_ann_attempt_2024-03-0{}-10-11-12_"
# Where the right answer is the newest, although another file has a later name
NEWEST = {
    "Canvas's uploads": [(f"ann_1_100_{N}", RIGHT), (f"ann_1_99_{STEM}-1.ipynb", WRONG)],
    "Blackboard's attempts": [(BLACKBOARD.format(6) + N, RIGHT), (f"{BLACKBOARD.format(5)}{STEM} (2).ipynb", WRONG)],
    "an archive in Blackboard's newest attempt": [(f"{BLACKBOARD.format(6)}work.zip", RIGHT),
                                                  (f"{BLACKBOARD.format(5)}{N}", WRONG)],
    "Brightspace's attempts": [(f"1-2 - Ann - Mar 10, 2024 1205 AM/{N}", RIGHT),
                               (f"1-2 - Ann - Mar 9, 2024 1155 PM/{STEM} (1).ipynb", WRONG)],
    "a teacher's feedback in Sakai": [(f"Smith, Ann(a)/Submission attachment(s)/{N}", RIGHT),
                                      (f"Smith, Ann(a)/Feedback Attachment(s)/{STEM} (1).ipynb", WRONG)],
    "feedback where Sakai hides the names": [
        (f"5f1c anonymous/Submission attachment(s)/{N}", RIGHT),
        (f"5f1c anonymous/Feedback Attachment(s)/{STEM} (1).ipynb", WRONG)],
    "Teams' versions in Polish": [(f"Pliki/Ann/Lab/Wersja 10/{N}", RIGHT), (f"Pliki/Ann/Lab/Wersja 9/{N}", WRONG)],
    "Teams' versions": [(f"Submitted files/Ann/Lab/Version 10/{N}", RIGHT),
                        (f"Submitted files/Ann/Lab/Version 9/{N}", WRONG)],
    "Teams' working files": [(f"Submitted files/Ann/Lab/{N}", RIGHT),
                             (f"Working files/Ann/Lab/{STEM} (9).ipynb", WRONG)],
    "nbgrader's timestamps": [(f"ann+ps1+2024-03-05 23:30:00 UTC/{N}", RIGHT),
                              (f"ann+ps1+2024-03-05 23:00:00 UTC/{STEM} (3).ipynb", WRONG)],
    "copies": [(f"ann/{STEM} (10).ipynb", RIGHT), (f"ann/{STEM} (9).ipynb", WRONG), (f"ann/{N}", WRONG)],
    "versions": [(f"ann/{STEM}_v2.ipynb", RIGHT), (f"ann/{N}", WRONG)],
    "days": [(f"ann/{STEM}-2024-03-01.ipynb", RIGHT), (f"ann/{STEM}-2024-02-28.ipynb", WRONG)],
    "a conflicted copy": [(f"ann/{N}", RIGHT), (f"ann/{STEM} (Ann's conflicted copy 2023-03-05).ipynb", WRONG)],
    "the platform's attempts rather than days": [(f"ann_1_8_{STEM}-2024-02-28.ipynb", RIGHT),
                                                 (f"ann_1_7_{STEM}-2024-03-01.ipynb", WRONG)],
}


@pytest.mark.parametrize("sample", NEWEST)
def test_the_newest_counts(tmp_path, sample):
    for order in (1, -1):
        [ann] = collect.Batch(built(tmp_path / str(order), NEWEST[sample][::order]))
        assert ann.notebooks[0][2] == RIGHT


def test_a_file_that_was_changed_later_is_newer_than_a_copy_with_a_number(tmp_path):
    source = built(tmp_path, [(f"ann/{N}", RIGHT), (f"ann/{STEM} (1).ipynb", WRONG)])
    os.utime(source / "ann" / N, (1_700_000_100, 1_700_000_100))
    [ann] = collect.Batch(source)
    assert ann.notebooks[0][2] == RIGHT


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system's time zone can't be changed")
@pytest.mark.parametrize("text, seconds", [
    ("2024-03-05-10-11-12", 1709601072), ("Mar 5, 2024 1011 AM", 1709601060), ("5 March, 2024 1011 PM", 1709644260),
    ("12. März 2024 10 11", 1710205860), ("5 juil. 2024 905", 1720137900), ("Mar 5, 2024 1205 AM", 1709564700),
    ("2024-03-05T10:11:12Z", 1709633472), ("2024-03-05 10:11:12.5 UTC", 1709633472),
    ("2024-03-05 10:11:12.000000000 +01:00", 1709629872), ("20240305101112345", 1709633472),
    ("2024-13-05 10:11:12", 0), ("Smarch 5, 2024 1011 AM", 0), ("", 0)])
def test_dates_are_read_in_their_time_zone(monkeypatch, text, seconds):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert dates.submitted(text) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


def test_results_say_when_it_was_submitted(tmp_path):
    ann, bo = collect.Batch(built(tmp_path, [f"{BLACKBOARD.format(5)}{N}", f"{BLACKBOARD.format(6)}lab.pdf",
                                             f"Lab_bo_attempt_2024-03-05-09-00-00_{N}"]))
    assert (ann.submitted, bo.submitted) == ("2024-03-06 10:11", "2024-03-05 09:00")
    [cy] = collect.Batch(built(tmp_path / "other", [f"cy/{N}"]))
    assert cy.submitted == ""  # the times of files change when they're copied


def test_a_zip_archives_real_times_are_read():
    member = zipfile.ZipInfo(N, (2024, 3, 5, 10, 11, 12))
    ntfs = struct.pack("<HHIHHQQQ", 10, 32, 0, 1, 24, *[(1_700_000_000 + 11_644_473_600) * 10**7] * 3)
    member.extra = struct.pack("<HHH", 7, 2, 0) + ntfs
    assert unpack.zip_time(member) == 1_700_000_000
    member.extra = ntfs + struct.pack("<HHBi", 0x5455, 5, 1, 1_600_000_000)
    assert unpack.zip_time(member) == 1_600_000_000


def test_two_spellings_of_a_name_are_one_learner(tmp_path):
    paths = [unicodedata.normalize(form, path) for form, path in (
        ("NFC", f"Jörg_1_assignsubmission_file/{N}"),
        ("NFD", "Jörg_1_assignsubmission_file/01_import_runs_once.ipynb"))]
    source = put(tmp_path, {"batch.zip": zipped(dict.fromkeys(paths, RIGHT))}) / "batch.zip"
    [joerg] = collect.Batch(source)
    assert joerg.learner == unicodedata.normalize("NFC", "Jörg") and len(joerg.notebooks) == 2


# Names that look like two layouts at once, or like one by accident
DOUBTFUL = {
    "dates that aren't Canvas's numbers": ([f"ann_2024_12_05_{N}", f"bo_2025_01_05_{N}"], "files"),
    "days that aren't Canvas's numbers": ([f"ann_5_3_{N}", f"bo_5_3_{N}"], "files"),
    "folders that aren't ILIAS's": ([f"lab_3_ann_12/{N}", f"bo/{N}", f"cy/{N}"], "folders"),
    "a learner's folder that's called submitted": ([f"ann/submitted/lab/{N}", f"bo/submitted/lab/{N}"], "folders"),
    "a learner's folders that are called versions": ([f"ann/{N}", f"bo/lab/Version 1/{N}", f"cy/{N}"], "folders"),
    "a name in each learner's folder": ([f"ann/Ann Smith - {N}", f"bo/Bo Ek - {N}"], "folders"),
    "Moodle's archives that learners named as Canvas does": (
        ["Ann_1_assignsubmission_file/ann_4_5_work.zip", "Bo_2_assignsubmission_file/bo_6_7_work.zip"], "moodle"),
    "Canvas's files that learners named as Blackboard does": (
        [f"ann_1_11_Lab_x_attempt_{N}", f"bo_2_12_Lab_x_attempt_{N}"], "canvas"),
    "a course whose name looks like Canvas's": ([f"CS_101_2024_lab/ann/{N}", f"CS_101_2024_lab/bo/{N}"], "folders"),
    "people with the same family name": (["ann_smith.ipynb", "bo_smith.ipynb"], "files"),
}


@pytest.mark.parametrize("sample", DOUBTFUL)
def test_names_that_look_like_two_layouts_merge_and_split_nobody(tmp_path, sample):
    paths, layout = DOUBTFUL[sample]
    batch = collect.Batch(built(tmp_path, paths))
    found = [*batch]
    assert (batch.layout, len(found)) == (layout, len(paths)) and all(len(one.notebooks) == 1 for one in found)
    assert all(len(one.learner) > 1 for one in found)


# Two learners, and what the first can write to get the other's row: what people choose comes last in platforms' names
SPOOFS = [
    ["Ann 1", "Bo 2", f"Ann_1_assignsubmission_file_Bo_2_assignsubmission_file_{N}", f"Bo_2_assignsubmission_file_{N}"],
    ["ann 1", "bo 2", f"ann_1_11_bo_2_12_{N}", f"bo_2_12_{N}"],
    ["anon_Aa1", "anon_Bb2", f"anon_Aa1_11_anon_Bb2_12_{N}", f"anon_Bb2_12_{N}"],
    ["ann", "bo", f"Lab_ann_attempt_2024-03-05-10-11-12_Lab_bo_attempt_2024-03-06-10-11-12_{N}",
     f"Lab_bo_attempt_2024-03-05-10-11-12_{N}"],
    ["ann", "bo", f"Lab_ann_attempt_2024-03-05-10-11-12_{N}", f"Lab_bo_attempt_2024-03-05-10-11-12_{N}",
     ("Lab_ann_attempt_2024-03-05-10-11-12_Lab_bo_attempt_2024-03-05-10-11-12.txt", b"Name: Ann (bo)\n")],
    ["Ann 1", "Bo 2", f"1-2 - Ann - Mar 5, 2024 1011 AM - 2-2 - Bo - Mar 6, 2024 1011 AM - {N}",
     f"2-2 - Bo - Mar 5, 2024 1011 AM - {N}"],
    ["Ek, Bo b", "Smith, Ann a", f"Smith, Ann(a)_Submission attachment(s)_Ek, Bo(b)_Submission attachment(s)_{N}",
     f"Ek, Bo(b)_Submission attachment(s)_{N}"],
    ["ann", "bo", f"[1]/[1] - ann - [1] - bo - {N}", f"[1]/[1] - bo - {N}"],
    ["Ann", "Bo", f"Submitted files/Ann/Lab/Version 1/Submitted files/Bo/Lab/Version 2/{N}",
     f"Submitted files/Bo/Lab/Version 1/{N}"],
    ["submission_1", "submission_2", f"submission_1/submission_2/{N}", f"submission_2/{N}",
     ("submission_1/submission_metadata.yml", b"submission_2:\n  :submitters:\n  - :name: Ann\n    :sid: a\n")],
]


@pytest.mark.parametrize("spoof", SPOOFS, ids=range(len(SPOOFS)))
def test_no_learner_can_write_into_anothers_row(tmp_path, spoof):
    one, other, *paths = spoof
    batch = collect.Batch(built(tmp_path, paths))
    assert learners(batch) == [one, other] and [len(each.notebooks) for each in batch] == [1, 1]


def test_what_does_not_fit_has_a_row_and_is_doubtful(tmp_path):
    batch = collect.Batch(built(tmp_path, [f"CS1/Ann_1_assignsubmission_file/{N}",
                                           f"CS1/Bo_2_assignsubmission_file/{N}", f"CS1/kim/{N}",
                                           "CS1/lee_smith.ipynb", "CS1/notes.txt", f"zoe_7_8_{N}"]))
    assert learners(batch) == ["Ann 1", "Bo 2", "kim", "lee_smith", "zoe 7"]
    assert batch.doubts == ["other files are taken for a download from Canvas",
                            f"2 files (CS1/kim/{N}, CS1/lee_smith.ipynb) are named in another way, so the learner "
                            "can be wrong", "1 file (CS1/notes.txt) is nobody's"]


def test_what_can_be_several_learners_is_doubtful(tmp_path):
    doubtful = [
        ([N, f"{STEM} (1).ipynb"], "taken as copies that one learner made"),
        ([f"Ann - {N}", f"Ann - {STEM} (1).ipynb"], "although others can have the same name"),
        ([f"Ann_{N}", f"Ann_{STEM} (1).ipynb", f"Bo_{N}"], "Ann: 2 files"),
        (["1_lab3.ipynb", "1_lab3 (1).ipynb", "2_lab3.ipynb"], "taken as this learner's"),
        ([f"1-2 - Ann - 5 Foo 2024 1011/{N}"], "dates that can't be read"),
        ([f"ann/{N}", "ann.zip", f"bo/{N}"], "in 2 places, taken as one learner's: ann, ann.zip"),
        ([f"ann smith/{N}", f"Ann_Smith/{N}"], "taken as 2 learners, although the names are alike"),
        ([f"a/red/kim/{N}", f"a/red/lee/{N}", f"b/{N}"], "can be several learners'"),
        ([f"{section}/{name}/{N}" for section in ("red", "blue") for name in ("kim", "lee")],
         "in several folders: blue, red")]
    for number, (paths, doubt) in enumerate(doubtful):
        batch = collect.Batch(built(tmp_path / str(number), paths))
        assert any(doubt in one for one in batch.doubts), (paths, batch.doubts)
    assert collect.Batch(built(tmp_path / "sure", [f"ann/{N}", f"bo/{N}"])).doubts == []


def test_what_was_not_turned_in_says_so(tmp_path):
    for number, (drafts, submitted) in enumerate([("Working files/Ann/Lab", "Submitted files/Bo/Lab"), (
            "Class/Arbeitsdateien/Ann/Lab", "Class/Eingereichte Dateien/Bo/Lab/Version 1")]):
        batch = collect.Batch(built(tmp_path / str(number), [f"{drafts}/{N}", f"{submitted}/{N}"]))
        ann, bo = batch
        assert len(ann.notebooks) == 1 and ann.problems == [collect.DRAFTS] and not (bo.problems or batch.doubts)


def test_what_a_platform_puts_beside_the_work_is_nobodys_work(tmp_path):
    batch = collect.Batch(built(tmp_path, [
        f"Lab 3/Ek, Bo(be2)/Submission attachment(s)/{N}", "Lab 3/Ek, Bo(be2)/feedbackText.html",
        f"Lab 3/Ek, Bo(be2)/Feedback Attachment(s)/{N}", "Lab 3/Smith, Ann(as1)/comments.txt",
        "Lab 3/Smith, Ann(as1)/Feedback Attachment(s)/work.zip"]))
    bo, ann = batch
    assert (len(bo.notebooks), bo.problems, ann.problems) == (1, [], ["no notebook was submitted"])
    assert batch.doubts == []


def test_a_learners_versions_in_teams_are_no_reason_for_doubt(tmp_path):
    paths = [f"Submitted files/Ann/Lab/Version {number}/{N}" for number in (1, 2)]
    assert collect.Batch(built(tmp_path, [*paths, f"Submitted files/Bo/Lab/Version 1/{N}"])).doubts == []


@pytest.mark.parametrize("path, way", [
    ("work.7z", others.UNPACK), ("work.rar", others.UNPACK), (f".{N}.icloud", others.PLACEHOLDER),
    (f"{N}.crdownload", others.PLACEHOLDER), (f"{STEM}.pdf", others.NOTEBOOK), (f"{STEM}.py", others.NOTEBOOK),
    ("answer.docx", others.NOTEBOOK), ("lab.url", others.LINK), ("mail.eml", others.ATTACHMENT)])
def test_what_cannot_be_graded_is_named_with_what_to_do(tmp_path, path, way):
    batch = collect.Batch(built(tmp_path, [f"ann/{path}", f"bo/{N}", "cy/01_import_runs_once.ipynb", f"cy/{path}"]))
    ann, _, cy = batch
    assert ann.problems == [f"no notebook was submitted, only {path}: {way}"]
    named = way in (others.UNPACK, others.PLACEHOLDER) or path.startswith(STEM)
    assert cy.problems == [f"{path}: {way}"] * named and len(cy.notebooks) == 1


@pytest.mark.parametrize("paths", [
    ["ann/work.zip"], [f"ann/{STEM}.IPYNB"], [f"ann/{N}.txt"], [f"ann/{N}.json"], [f"ann/{N}.zip"],
    [f"ann/lessons/{N}", "ann/notes.ipynb"], [f"ann/solutions/{N}"], [f"ann/tests/deep/{N}"], [f"ann/kept/{N}"]])
def test_notebooks_are_found_with_any_ending_and_in_any_folder(tmp_path, paths):
    [ann] = collect.Batch(built(tmp_path, [(path, RIGHT) for path in paths]))
    assert len(ann.notebooks) == len(paths) and NAME in [label for label, _, _ in ann.notebooks]


def test_options_decide_how_the_files_are_named(tmp_path):
    source = built(tmp_path, [f"red/1234567_ann_{N}", f"red/1234568_bo_{N}", "red/notes.ipynb"])
    chosen = {"one": ["batch"], "folders": ["red"], "files": ["1234567_ann", "1234568_bo", "notes"]}
    for layout, expected in chosen.items():
        batch = collect.Batch(source, layout)
        assert (batch.layout, learners(batch)) == (layout, expected)
    batch = collect.Batch(source, learner_pattern=r"(?P<id>\d{7})_(?P<learner>[a-z]+)_")
    assert learners(batch) == ["ann 1234567", "bo 1234568", "notes"] and "notes.ipynb" in batch.doubts[0]
    batch = collect.Batch(source, learner_pattern=r"red/(?P<id>\d+)_")
    assert learners(batch) == ["1234567 1234567", "1234568 1234568", "red"]


def test_a_teachers_pattern_can_tell_attempts_times_and_lateness(tmp_path):
    source = built(tmp_path, [(f"late-ann-2-{N}", RIGHT), (f"ann-1-{N}", WRONG), f"bo-2024-03-05 101112Z-{N}"])
    pattern = r"(?P<late>late-)?(?P<learner>[a-z]+)-((?P<when>\d{4}-.*Z)|(?P<attempt>\d+))-(?P<rest>.*)"
    ann, bo = collect.Batch(source, learner_pattern=pattern)
    assert ann.late and not bo.late and ann.notebooks[0][2] == RIGHT and bo.notebooks[0][1] == 1709633472


@pytest.mark.parametrize("layout, pattern, said", [
    ("moodel", "", "--layout takes one of: moodle, canvas-anonymous"),
    ("moodle", "", "fits --layout moodle, such as Ann Smith_4711_assignsubmission_file/lab.ipynb. The first is"),
    ("", "(", "isn't a valid regular expression: missing )"),
    ("", r"(?P<who>.*)", "has a group 'who'. Its groups can be:"), ("", r"\d+", "needs a group that says who it is"),
    ("", r"(?P<id>\d{9})", "no file here fits --learner-pattern. The first"),
    ("files", r"(?P<id>\d+)", "Leave one of them out")])
def test_options_that_are_wrong_say_what_to_type(tmp_path, layout, pattern, said):
    with pytest.raises(GraderProblem) as problem:
        collect.Batch(built(tmp_path, [f"ann/{N}"]), layout, pattern)
    assert said in str(problem.value)


def test_the_grader_says_first_what_it_took_the_pile_for(tmp_path):
    source = built(tmp_path, [f"Ann_1_assignsubmission_file/{N}", f"kim/{N}"])
    run, rows = grade(source)
    first, second, *_ = run.stdout.splitlines()
    assert (first, second) == ("batch: a download from Moodle, 2 learners.", "Not sure about:") and len(rows) == 2
    run, rows = grade(source, "--learner-pattern", "(?P<id>Ann)_1")
    assert run.stdout.startswith("batch: named as your pattern says, 2 learners.\n") and rows["Ann"]["id"] == "Ann"
    run, _ = grade(source, "--layout", "moodel")
    assert run.returncode == 2 and "there's no layout 'moodel'" in run.stderr


def test_several_downloads_in_a_folder_are_opened(tmp_path):
    parts = {f"Lab 3-20240307T080000Z-00{part}.zip": zipped({f"Lab 3/{name} - {N}": RIGHT})
             for part, name in enumerate(("Ann", "Bo", "Cy"), start=1)}
    assert learners(collect.Batch(put(tmp_path / "batch", parts))) == ["Ann", "Bo", "Cy"]
    put(tmp_path / "batch", {"bo.zip": zipped({N: RIGHT})})  # now each archive can be somebody's
    assert len(collect.Batch(tmp_path / "batch")) == 4
