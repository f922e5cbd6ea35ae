"""GitHub: a learner submits with one command, and a workflow grades the push and shows the points."""
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from exercises.grader import tasks
from exercises.submissions.collect import Batch
from lessons.notebooks import KIT
from tests.submissions.test_submissions import NAME, RIGHT, WRONG, notebook, put

OTHER = tasks.find("write")  # of another notebook
OTHER_NAME = f"{OTHER.notebook}.ipynb"
OTHER_RIGHT = notebook(write=f"{OTHER.answer}\n# my own\n")
needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")
# No settings of the person who runs the tests, and no questions.
PLAIN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


def git(folder, *words, status=0):
    run = subprocess.run(["git", *words], cwd=folder, capture_output=True, encoding="utf-8",
                         env={**os.environ, **PLAIN})
    assert run.returncode == status or status is None, run.stdout + run.stderr
    return run.stdout.strip()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course as a repository with one commit, which tests copy."""
    top = tmp_path_factory.mktemp("course") / "kit"
    for name in ("exercises", "lessons", "solutions"):
        shutil.copytree(KIT / name, top / name, ignore=shutil.ignore_patterns(
            "__pycache__", ".progress*", "web", "*.png", "README.md"))
    shutil.copy(KIT / ".gitignore", top)
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "add", "--all")
    git(top, "-c", "user.name=Teacher", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "The course")
    return top


@pytest.fixture
def kit(course, tmp_path):
    """A learner's clone, with a copy of the exercises in `work`, and a repository to push to: `remote`, beside it."""
    git(tmp_path, "clone", "--quiet", "--bare", str(course), "remote")
    top = clone(tmp_path, "kit")
    work = top / "work" / "exercises"
    work.mkdir(parents=True)
    for path in (top / "exercises").glob("[0-9]*.ipynb"):
        shutil.copy(path, work)
    return top


def clone(folder, name):
    git(folder, "clone", "--quiet", "remote", name)
    git(folder / name, "config", "user.name", "Ann")
    git(folder / name, "config", "user.email", "ann@example.org")
    return folder / name


def submit(kit, *options, status=0, **environment):
    """Run the command, and return what it printed: what it did, and an error."""
    run = subprocess.run([sys.executable, "-m", "exercises", "submit", *options], cwd=kit, capture_output=True,
                         encoding="utf-8", env={**os.environ, **PLAIN, **environment})
    assert run.returncode == status and "Traceback" not in run.stderr, run.stdout + run.stderr
    return run.stdout + run.stderr


def work(kit, name=NAME, data=RIGHT):
    (kit / "work" / "exercises" / name).write_bytes(data)


def pushed(kit):
    """Return what the remote has in the folder of the submission: name -> contents."""
    names = git(kit.parent / "remote", "ls-tree", "-r", "--name-only", "main", "submission").splitlines()
    return {name.removeprefix("submission/"): git(kit.parent / "remote", "show", f"main:{name}") for name in names}


def as_pushed(data):
    return data.decode("utf-8").strip()


@needs_git
def test_what_the_learner_worked_in_is_committed_and_pushed_and_nothing_else(kit):
    work(kit)
    work(kit, "my own copy.ipynb", WRONG)
    (kit / "exercises" / "README.md").write_text("staged", encoding="utf-8")
    git(kit, "add", "exercises/README.md")
    (kit / "notes.txt").write_text("not staged", encoding="utf-8")
    said = submit(kit)
    assert pushed(kit) == {NAME: as_pushed(RIGHT), "my own copy.ipynb": as_pushed(WRONG)}
    assert git(kit, "show", "--name-only", "--format=%s").splitlines() == [
        "Submit exercises 02, my own copy.ipynb", "", f"submission/{NAME}", "submission/my own copy.ipynb"]
    assert git(kit, "status", "--porcelain").splitlines() == ["A  exercises/README.md", "?? notes.txt"]
    assert f"submission/{NAME}" in said and "nothing else" in said and "Pushed main to origin: submitted." in said
    assert "Nothing is new since your last commit" in submit(kit)
    assert git(kit, "rev-list", "--count", "HEAD") == "2"


@needs_git
def test_a_learner_who_works_in_the_folder_of_exercises_submits_those(kit):
    shutil.rmtree(kit / "work")
    (kit / "exercises" / NAME).write_bytes(RIGHT)
    submit(kit)
    assert pushed(kit) == {NAME: as_pushed(RIGHT)}


@needs_git
def test_without_an_answer_there_is_nothing_to_submit(kit):
    assert "there's nothing to submit" in submit(kit, status=2)
    assert git(kit, "rev-list", "--count", "HEAD") == "1" and not (kit / "submission").exists()


@needs_git
def test_settings_that_ignore_notebooks_do_not_hide_them(kit):
    (kit / ".git" / "info" / "exclude").write_text("*.ipynb\n", encoding="utf-8")
    work(kit)
    submit(kit)
    assert pushed(kit) == {NAME: as_pushed(RIGHT)}


@needs_git
@pytest.mark.parametrize("before, said", [
    ([["checkout", "--quiet", "--detach"]], "git switch main"),
    ([["remote", "remove", "origin"]], "git remote add origin ADDRESS"),
    ([["remote", "rename", "origin", "one"], ["remote", "add", "two", "x"], ["branch", "--unset-upstream"]],
     "several remotes here: one, two"),
    ([["config", "--unset", "user.name"], ["config", "user.useConfigOnly", "true"]], "git config user.name"),
    ([["config", "--unset", "user.email"], ["config", "user.useConfigOnly", "true"]], "git config user.email"),
], ids=["a detached head", "no remote", "several remotes", "no name", "no email"])
def test_what_is_missing_is_named_with_what_to_type_before_anything_changes(kit, before, said):
    for words in before:
        git(kit, *words)
    work(kit)
    found = submit(kit, status=2)
    assert said in found and "Type:" in found and "submit again" in found
    assert not (kit / "submission").exists() and git(kit, "rev-list", "--count", "--all") == "1"


@needs_git
def test_a_remote_that_refuses_is_told_in_gits_words_and_the_same_command_tries_again(kit):
    shutil.move(kit.parent / "remote", kit.parent / "away")
    work(kit)
    found = submit(kit, status=2)
    assert "committed on main, but not submitted yet" in found and "does not" in found and "submit --zip" in found
    shutil.move(kit.parent / "away", kit.parent / "remote")
    assert "submitted" in submit(kit) and pushed(kit) == {NAME: as_pushed(RIGHT)}


@needs_git
def test_two_computers_lose_nothing_and_each_message_leads_to_the_next_step(kit):
    other = clone(kit.parent, "other")
    for top, data in ((other, WRONG), (kit, RIGHT)):
        (top / "work" / "exercises").mkdir(parents=True, exist_ok=True)
        work(top, NAME, data)
    work(other, OTHER_NAME, OTHER_RIGHT)
    submit(other)
    for count in range(2):
        typed = [line.split() for line in submit(kit, status=2).splitlines() if line.startswith("    git ")]
        assert typed == [["git", "pull", "--no-rebase", "--no-edit", "origin", "main"]] if not count else len(typed) == 3
        for words in typed:
            git(kit, *[word.strip('"') for word in words[1:]], status=None)
    submit(kit)
    assert pushed(kit) == {NAME: as_pushed(RIGHT), OTHER_NAME: as_pushed(OTHER_RIGHT)}
    assert (kit / "work" / "exercises" / NAME).read_bytes() == RIGHT
    git(other, "pull", "--quiet")
    work(other, NAME, notebook(refresh="other words"))
    said = submit(other)
    kept, = (other / "work" / "kept").glob(f"*/{NAME}")
    assert kept.read_bytes() == RIGHT and kept.relative_to(other).as_posix() in said


@needs_git
def test_an_unfinished_merge_elsewhere_is_named(kit):
    other = clone(kit.parent, "other")
    for top, text in ((other, "other"), (kit, "kit")):
        (top / "notes.txt").write_text(text, encoding="utf-8")
        git(top, "add", "notes.txt")
        git(top, "commit", "--quiet", "-m", "notes")
    git(other, "push", "--quiet")
    git(kit, "pull", "--quiet", "--no-rebase", status=None)
    work(kit)
    found = submit(kit, status=2)
    assert "a merge isn't finished here, with conflicts in notes.txt" in found and "git merge --abort" in found
    git(kit, "checkout", "--quiet", "--ours", "notes.txt")
    git(kit, "add", "notes.txt")
    assert "a merge isn't finished here." in submit(kit, status=2)


@needs_git
def test_a_copy_that_was_edited_by_hand_is_kept(kit):
    work(kit)
    submit(kit)
    (kit / "submission" / NAME).write_bytes(WRONG)
    submit(kit)
    kept, = (kit / "work" / "kept").glob(f"*/{NAME}")
    assert kept.read_bytes() == WRONG and pushed(kit) == {NAME: as_pushed(RIGHT)}


@pytest.mark.parametrize("how", ["--zip", "no clone", "no git"])
def test_without_git_there_is_a_new_zip_each_time_and_nothing_else(tmp_path, how):
    top = tmp_path / "kit"
    for name in ("exercises", "lessons", "solutions"):
        shutil.copytree(KIT / name, top / name, ignore=shutil.ignore_patterns("__pycache__", "web", "*.png"))
    (top / "exercises" / NAME).write_bytes(RIGHT)
    if how == "no git":
        (top / ".git").mkdir()
    for count in (1, 2):
        said = submit(top, *(["--zip"] if how == "--zip" else []), **({"PATH": ""} if how == "no git" else {}))
        archives = sorted(top.glob("submission-*.zip"))
        assert len(archives) == count and any(str(path) in said for path in archives) and NAME in said
    with zipfile.ZipFile(archives[0]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {NAME: RIGHT}
    assert not (top / "submission").exists()


@needs_git
def test_in_a_folder_of_another_repository_nothing_is_committed(course, tmp_path):
    git(tmp_path, "init", "--quiet")
    shutil.copytree(course, tmp_path / "kit", ignore=shutil.ignore_patterns(".git"))
    (tmp_path / "kit" / "exercises" / NAME).write_bytes(RIGHT)
    assert "This folder is no clone" in submit(tmp_path / "kit")
    assert git(tmp_path, "rev-list", "--count", "--all") == "0"


def test_a_clone_of_the_course_is_graded_by_what_was_submitted(tmp_path):
    ann = {"lessons/launcher/lab.py": b"", f"exercises/{NAME}": WRONG, f"submission/{NAME}": RIGHT}
    bob = {f"submission/{NAME}": RIGHT, f"exercises/{NAME}": WRONG}  # a folder of his own with that name
    batch = put(tmp_path / "batch", {f"{name}/{path}": data for name, files in (("ann", ann), ("bob", bob))
                                     for path, data in files.items()})
    assert {one.learner: one.notebooks[0][2] for one in Batch(batch)} == {"ann": RIGHT, "bob": WRONG}
