"""`python3 -m exercises drill`: keys or lines, until the learner stops; and what the board says about it."""
import io
import json
import os
import re
import select
import signal
import subprocess
import sys

import pytest

from exercises import __main__ as command
from exercises.drills.making import make
from exercises.progress import memory
from exercises.training import answers, text
from exercises.training.mastery import MEMORY, Mastery
from lessons.notebooks import KIT

LESSON = "3"
COMMAND = """
import sys
from pathlib import Path
from exercises import __main__ as command
command.TOP = Path(sys.argv[1])
sys.exit(command.main(sys.argv[2:]))"""
QUESTION = r"^\d\. .*\[[abcd]+\] "


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A learner's folder of exercises, which the command uses."""
    folder = tmp_path / "work" / "exercises"
    folder.mkdir(parents=True)
    monkeypatch.setattr(command, "TOP", tmp_path)
    return folder


def type_in(folder, *words, stdin="", **variables):
    """Run the command in a process of its own, with lines of input, in this learner's folder."""
    run = subprocess.run([sys.executable, "-c", COMMAND, str(folder.parents[1]), *words], cwd=KIT, input=stdin,
                         capture_output=True, encoding="utf-8",
                         env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80", **variables})
    assert "Traceback" not in run.stderr, run.stderr
    return run


def test_a_drill_is_answered_with_lines_and_ends_with_the_input(folder):
    run = type_in(folder, "drill", "--lesson", LESSON, stdin="a\nb\na\n")
    assert run.returncode == 0 and run.stderr == ""
    assert "Drill 1 on lesson 3, level 1" in run.stdout and "\n 1  " in run.stdout
    assert "type the letter of your answer, or the words" in run.stdout
    assert len(re.findall(r"^   (?:RIGHT|WRONG): you predicted ", run.stdout, re.M)) == 2
    assert "   See lesson " in run.stdout and "In all, 1 drill done, 0 of " in run.stdout
    assert Mastery(folder).record().done == 1 and "\x1b" not in run.stdout


def test_what_is_no_choice_is_asked_again_and_words_are_answers(folder):
    drill = make("monday", 2)
    right = [each.answer for each in drill.questions]
    lines = ["", "z", right[0], *right[1:]]
    run = type_in(folder, "drill", "--seed", "monday", "--level", "2", stdin="\n".join(lines) + "\n")
    letters = " and ".join(letter for letter, _ in answers.lettered(drill.questions[0]))
    assert f"Question 1 has the choices {letters}, and not 'z'." in run.stdout
    assert f"{len(right)} of {len(right)} right." in run.stdout and run.stdout.count("WRONG") == 0
    assert run.stdout.count("Drill 1") == 1 and "Enter for the next" not in run.stdout  # one for the whole room


def test_q_stops_at_any_time_and_an_unfinished_drill_does_not_count(folder):
    run = type_in(folder, "drill", "--lesson", LESSON, stdin="a\nq\n")
    assert run.returncode == 0 and "In all, 0 drills done" in run.stdout and "RIGHT" not in run.stdout
    run = type_in(folder, "drill", "--lesson", LESSON, stdin="a\na\n\na\na\nQ\n")
    assert " of 4 answers right. In all, 2 drills done" in run.stdout and run.stdout.count("level") >= 2


def test_no_input_at_all_is_the_end(folder):
    run = type_in(folder, "drill")
    assert run.returncode == 0 and "In all, 0 drills done" in run.stdout


def test_after_three_drills_on_a_lesson_a_line_says_so(folder):
    run = type_in(folder, "drill", "--lesson", LESSON, stdin="a\na\n\n" * 4)
    assert run.stdout.count("That was the third drill on lesson 3, so you can stop here.") == 1


@pytest.mark.parametrize("words, said", [
    (["nonsense"], "error: There is no topic 'nonsense'. The topics are "),
    (["--lesson", "17"], "error: There are no drills on lesson 17."),
    (["--facts", "X-99"], "error: There is no fact X-99."),
    (["from"], "There is no topic 'from'. Did you mean from-import?"),
    (["from-import", "--lesson", "4"], "error: Name a topic, a lesson or facts, but only one of these."),
    (["--level", "11"], "invalid choice"), (["--level", "x"], "invalid int value")])
def test_what_cannot_be_asked_is_told_in_a_line(folder, words, said):
    run = type_in(folder, "drill", *words)
    assert run.returncode == 2 and said in run.stderr and not run.stdout


def test_the_list_shows_topics_and_how_much_is_mastered(folder):
    for _ in range(3):
        Mastery(folder).note([("C-01", True)])
    run = type_in(folder, "drill", "--list")
    assert re.search(r"^from-import +1 of +\d+ mastered   names that from imported$", run.stdout, re.M)
    assert "3 drills done, 1 of " in run.stdout and run.stdout.endswith("-m exercises drill from-import\n")


def test_the_board_has_a_line_on_drills(folder, capsys):
    Mastery(folder).note([("C-01", True)])
    assert command.main([]) == 0
    line = r"^Drills: 1 drill done, 0 of \d+ facts mastered\. For one more, type: .*exercises drill$"
    assert re.search(line, capsys.readouterr().out, re.M)


def test_a_damaged_memory_is_named_and_the_drill_goes_on(folder):
    (folder / MEMORY).write_bytes(b"{")
    run = type_in(folder, "drill", "--lesson", LESSON, stdin="a\na\n")
    assert run.returncode == 0 and ".progress-drills-damaged-1.json" in run.stderr and "In all, 1 drill" in run.stdout


@pytest.mark.parametrize("is_writable", [True, False])
def test_where_nothing_can_be_written_the_end_says_so(folder, monkeypatch, capsys, is_writable):
    if not is_writable:
        def refuse(*_):
            raise PermissionError
        monkeypatch.setattr(memory.files, "write", refuse)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\na\n"))
    assert command.main(["drill", "--lesson", LESSON]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "In all, 1 drill done" in shown and ("These drills can't be saved" in shown) == (not is_writable)


@pytest.mark.parametrize("words, about", [
    (["lesson 3"], "lesson 3"), (["lesson", "3"], "lesson 3"), (["3"], "lesson 3"), (["--lesson=lesson 3"], "lesson 3"),
    (["from", "import"], "from-import"), (["C-01, c-02"], "C-01, C-02"), (["C-01", "C-02"], "C-01, C-02"),
    (["--facts=C-01 C-02"], "C-01, C-02"), (["--facts", "C-01", "C-02"], "C-01, C-02")])
def test_what_is_asked_for_may_be_written_in_several_ways(folder, words, about):
    run = type_in(folder, "drill", *words)
    assert f"Drill 1 on {about}, level 1\n" in run.stdout


def test_a_level_without_a_seed_is_where_the_drills_go_on(folder):
    run = type_in(folder, "drill", "--level", "4", stdin="a\na\na\n\n" * 2)
    first, second = re.findall(r"^Drill [12], level (\d+)$", run.stdout, re.M)[:2]
    assert first == "4" and f"The next drill is level {second}." in run.stdout and int(second) >= 4


def test_a_long_line_of_code_goes_on_further_right_so_that_it_is_not_taken_for_two(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    code = " 3  # edit radio.py: return 'blues' -> return 'tango'\n    playlist = ['waltz', 'blues', 'tango', 'samba']"
    assert [line[:9] for line in text.filled(code).splitlines()] == [" 3  # edi", "        r", "    playl", "        '"]
    assert text.filled("1 of 2 right. " + "word " * 9).splitlines()[1].startswith("word")


@pytest.mark.parametrize("columns", [40, 390])
def test_long_lines_are_broken_between_words_and_keep_their_indentation(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    filled = text.filled("short\n   " + "word " * 60).splitlines()
    assert max(map(len, filled)) <= min(columns, 100) and all(line.startswith("   word") for line in filled[1:])


# In a terminal

class Terminal:
    """The command in a pseudo-terminal, for a `with` statement."""

    def __init__(self, folder, *words, **variables):
        import pty
        self.shown = ""
        self.pid, self.descriptor = pty.fork()
        if not self.pid:
            os.chdir(KIT)
            os.environ.update({"TERM": "xterm", "PYTHONUTF8": "1", **variables})
            os.execv(sys.executable, [sys.executable, "-c", COMMAND, str(folder.parents[1]), *words])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def wait_for(self, pattern):
        """Read until what's new matches a pattern, and return that."""
        while not (found := re.search(pattern, self.shown, re.M)):
            assert self._read(), f"it ended: {self.shown}"
        before, self.shown = self.shown[:found.end()], self.shown[found.end():]
        return before

    def _read(self):
        assert select.select([self.descriptor], [], [], 120)[0], f"it hangs: {self.shown}"
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # Linux, at the end
            data = b""
        self.shown += data.decode("utf-8", "replace")
        return data

    def press(self, keys):
        os.write(self.descriptor, keys.encode())

    def end(self):
        """Read to the end, and return what was left and the exit status."""
        while self._read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        return self.shown, os.waitstatus_to_exitcode(status)


terminals = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


@terminals
def test_one_key_is_an_answer_and_arrows_are_none(folder):
    with Terminal(folder, "drill", "--lesson", LESSON) as terminal:
        assert "press the letter of your answer" in terminal.wait_for(QUESTION)
        terminal.press("\x1b[A")  # an arrow, whose last letter is an A
        terminal.press("7\0")
        terminal.wait_for(r"Press one of the letters a, b")
        terminal.wait_for(QUESTION)
        terminal.press("a")
        terminal.wait_for(r"a\r\n2\. .*\[[abcd]+\] ")
        terminal.press("b")
        shown = terminal.wait_for(r"Press Enter for the next drill, or press q to stop: ")
        assert re.search(r"\x1b\[3[23]m(RIGHT|WRONG)\x1b\[0m: you predicted", shown)
        terminal.press("\r")
        terminal.wait_for(QUESTION)
        terminal.press("q")
        shown, status = terminal.end()
    assert status == 0 and "In all, 1 drill done" in shown and "Traceback" not in shown


@terminals
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_ctrl_c_and_ctrl_d_end_with_the_summary(folder, key):
    with Terminal(folder, "drill", "--lesson", LESSON) as terminal:
        terminal.wait_for(QUESTION)
        terminal.press(key)
        shown, status = terminal.end()
    assert status == 0 and "In all, 0 drills done" in shown and "Traceback" not in shown


@terminals
def test_no_color_is_honored_and_keys_typed_ahead_count(folder):
    with Terminal(folder, "drill", "--lesson", LESSON, NO_COLOR="1") as terminal:
        terminal.wait_for(QUESTION)
        terminal.press("ab\nq")
        shown, status = terminal.end()
    assert status == 0 and re.search("(RIGHT|WRONG): you predicted", shown) and "\x1b" not in shown
    assert Mastery(folder).record().done == 1


def test_the_memory_is_json_that_other_programs_can_read(folder):
    type_in(folder, "drill", "--lesson", LESSON, stdin="a\na\n")
    known = json.loads((folder / MEMORY).read_text(encoding="utf-8"))
    assert known["drills"]["done"] == 1 and all("mastered" in known[fact] for fact in known if fact != "drills")
