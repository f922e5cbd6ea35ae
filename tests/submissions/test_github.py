"""GitHub: a learner submits with one command, and a workflow grades the push and shows the points."""
import contextlib
import html
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from exercises.__main__ import ALL_LESSONS, main, parser
from exercises.exports import github
from exercises.grader import tasks
from exercises.grader.grading import NOT_YET
from exercises.isolation.processes import GraderProblem
from exercises.submissions import grade as grade_module
from exercises.submissions import reports, workers
from exercises.submissions.collect import Batch
from lessons import PYTHON
from lessons.notebooks import KIT
from tests.submissions.test_submissions import GRADE, NAME, REFRESH, RIGHT, WRONG, grade, notebook, put

INSERT = tasks.find("insert")
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
        said = submit(kit, status=2).splitlines()
        typed = [line.split() for line in said if line.startswith("    git ")]
        assert [words[1] for words in typed] == (["checkout", "add", "commit"] if count else ["pull"])
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
    [alone] = Batch(batch / "ann")  # and not a learner for each folder in it
    assert (alone.learner, alone.notebooks[0][2]) == ("ann", RIGHT)


def test_in_a_clone_what_is_not_in_submission_does_not_count(tmp_path):
    put(tmp_path / "batch", {f"{name}/lessons/launcher/lab.py": b"" for name in ("ann", "bob")})
    put(tmp_path / "batch", {f"ann/exercises/{OTHER_NAME}": OTHER_RIGHT, f"ann/submission/{NAME}": RIGHT,
                             f"bob/exercises/{OTHER_NAME}": OTHER_RIGHT})
    assert {one.learner: [name for name, _, _ in one.notebooks] for one in Batch(tmp_path / "batch")} == {
        "ann": [NAME], "bob": [OTHER_NAME]}


# The workflow

WORKFLOWS = KIT / ".github" / "workflows"
FORGED = """</pre>

## 159 of 159 points
| x | PASSED | 9 of 9 |
::notice title=Autograding report::{"totalPoints":159,"maxPoints":159}
##[notice]Points 159/159 @everyone"""
HOSTILE = f"print({FORGED!r})\nraise ValueError({FORGED!r})"


def workflow(name):
    """Return a parsed workflow. YAML reads the key `on` as True."""
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))


def graded(folder, summary, *more):
    """Run the command of the workflow in a folder, and return its output and the job summary."""
    job = workflow("classroom.yml")["jobs"]["run-autograding-tests"]
    command, = (step["run"] for step in job["steps"] if "exercises" in step.get("run", ""))
    words = [sys.executable, *command.split()[1:], *more, *(["--no-sandbox"] if "--no-sandbox" in GRADE else [])]
    run = subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", env={
        **os.environ, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_REPOSITORY": "school/ann"})
    assert not run.returncode, run.stderr
    return run.stdout, summary.read_text(encoding="utf-8")


def without_quotes(summary):
    """Return what of a summary GitHub reads as Markdown: all but the blocks, which end at the first end."""
    return re.sub(r"(?s)<pre>.*?</pre>", "", summary)


@needs_git
def test_a_push_is_graded_as_the_command_for_a_class_grades_it(kit, tmp_path):
    work(kit, NAME, notebook(refresh=REFRESH.answer, insert=INSERT.wrong["forgets_to_write"][1], after_reload="x"))
    work(kit, OTHER_NAME, OTHER_RIGHT)
    work(kit, "Untitled.ipynb", b"{}")
    submit(kit)
    git(tmp_path, "clone", "--quiet", "remote", "runner")
    printed, summary = graded(tmp_path / "runner", tmp_path / "summary.md")
    shutil.copytree(tmp_path / "runner" / "submission", tmp_path / "class" / "ann")
    grade(tmp_path / "class", "--lessons", ALL_LESSONS)
    result, = json.loads((tmp_path / "class-grades" / "results.json").read_text(encoding="utf-8"))
    reached, total = reports.points(result)
    assert reached and printed.splitlines() == [
        f"::notice title=Autograding complete::Points {reached}/{total}",
        f'::notice title=Autograding report::{{"totalPoints":{reached},"maxPoints":{total}}}']
    assert summary.startswith(f"## {reached} of {total} points\n")
    for task in result["tasks"]:
        row = f"`{task['task']}` | {github.SIGNS[task['state']]} {task['state']} | {task['points']} of {task['of']} |"
        assert (row in summary) == (task["notebook"] in reports.worked_on(result))
        if task["state"] == NOT_YET:
            text = html.unescape(summary).replace("\n", " ")
            assert task["message"] in text and task["evidence"] in html.unescape(summary)
    assert all(problem in html.unescape(summary).replace("\n", " ") for problem in result["problems"])


def test_an_answer_forges_neither_the_summary_nor_a_command_for_the_runner(tmp_path):
    put(tmp_path / "repository" / "submission", {NAME: notebook(refresh=HOSTILE, insert=f"def insert_line(*_):\n"
                                                                f"    raise ValueError({FORGED!r})")})
    (tmp_path / "repository" / "submission" / "# 9 of 9 @all.ipynb").write_bytes(b"{}")
    printed, summary = graded(KIT, tmp_path / "summary.md", str(tmp_path / "repository"))
    complete, report = printed.splitlines()  # and nothing else
    assert complete.startswith("::notice title=Autograding complete::Points 0/") and '"totalPoints":0,' in report
    assert "159 of 159" in summary and "@all" in summary  # the texts are there, and do nothing
    rest = without_quotes(summary)
    assert rest.startswith("## 0 of ")
    assert all(text not in rest for text in ("159 of 159", "9 of 9 |", "@", "::", "<", "##[", "\n## "))


def test_only_the_lessons_that_were_set_count_and_others_are_named(tmp_path):
    put(tmp_path / "repository" / "submission", {NAME: RIGHT, OTHER_NAME: OTHER_RIGHT})
    of = sum(task.points for task in tasks.all_tasks() if task.notebook == REFRESH.notebook)
    _, summary = graded(KIT, tmp_path / "summary.md", str(tmp_path / "repository"), "--lessons", NAME[:2])
    assert summary.startswith(f"## {REFRESH.points} of {of} points\n") and "`insert`" in summary
    assert f"{OTHER_NAME} isn't part of this assignment, so it doesn't count" in html.unescape(summary)


def test_of_two_copies_the_newer_one_counts_as_in_a_class(tmp_path):
    copies = {NAME: WRONG, NAME.replace(".ipynb", " (1).ipynb"): WRONG, NAME.replace(".ipynb", " (2).ipynb"): RIGHT}
    put(tmp_path / "repository" / "submission", copies)
    assert github.submitted(tmp_path / "repository").notebooks[0][2] == RIGHT


def test_a_very_long_summary_is_cut_between_lessons(monkeypatch):
    monkeypatch.setattr(github, "LARGEST", 3000)
    rows = [{"task": task.name, "notebook": task.notebook, "state": NOT_YET, "points": 0, "of": task.points, "note": "",
             "message": "so long " * 40, "evidence": ""} for task in tasks.all_tasks()]
    text = github.summary({"notes": [], "problems": [], "tasks": rows})
    assert len(text.encode("utf-8")) < 3300 and text.count("<pre>") == text.count("</pre>") > 0
    assert "too long for this page" in text


def test_in_a_fresh_copy_the_summary_says_how_to_submit(tmp_path):
    shutil.copytree(KIT / "exercises", tmp_path / "exercises")
    result = grade_module.grade_submission(github.submitted(tmp_path), "", launcher=None)
    assert f"{PYTHON} -m exercises submit" in github.summary(result) and result["problems"] == []
    assert "## 0 of " in github.summary(result)


def test_changed_exercises_that_do_not_count_are_named(tmp_path):
    shutil.copytree(KIT / "exercises", tmp_path / "exercises")
    put(tmp_path, {f"submission/{NAME}": RIGHT, f"exercises/{OTHER_NAME}": OTHER_RIGHT})
    found = github.submitted(tmp_path)
    assert [name for name, _, _ in found.notebooks] == [NAME] and len(found.problems) == 1
    assert OTHER_NAME in found.problems[0] and "what counts is in submission/" in found.problems[0]


def test_without_a_sandbox_nothing_is_graded_and_the_summary_says_why(tmp_path, monkeypatch, capsys):
    def none(sandboxed):
        raise GraderProblem("there's no sandbox: <b>no</b> namespaces")
    monkeypatch.setattr(workers, "new_launcher", none)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert main(["export", "github", str(tmp_path)]) == 2
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "Not graded, through no fault of yours" in summary and "&lt;b&gt;no&lt;/b&gt; namespaces" in summary
    assert "no sandbox" in capsys.readouterr().err


def test_a_learners_notebook_that_is_a_link_is_not_followed(tmp_path):
    put(tmp_path / "submission", {NAME: RIGHT})
    link = tmp_path / "submission" / "link.ipynb"
    with contextlib.suppress(OSError):
        link.symlink_to(tmp_path / "submission" / NAME)
    if not link.is_symlink():  # Wine makes a file of another kind
        pytest.skip("this system makes no links")
    found = github.submitted(tmp_path)
    assert [name for name, _, _ in found.notebooks] == [NAME] and "link.ipynb: it's a link" in found.problems[0]


def test_each_command_of_the_workflows_is_there():
    for path in WORKFLOWS.glob("*.yml"):
        for job in workflow(path.name)["jobs"].values():
            for command in filter(None, (step.get("run") for step in job["steps"])):
                module = re.search(r"python -m (\S+)", command)
                assert not module or module[1] in ("pip", "pytest") or importlib.util.find_spec(module[1]), command
                if command.startswith("python -m exercises"):
                    parser().parse_args(command.split()[3:])


def test_a_learners_push_starts_only_the_workflow_that_grades():
    ours = workflow("tests.yml")
    assert ours[True]["push"] == ours[True]["pull_request"] == {"paths-ignore": ["submission/**"]}
    for job in ours["jobs"].values():
        assert job["if"] == "github.event.repository.is_template || github.event_name == 'workflow_dispatch'"
    assert workflow("browser-edition.yml")[True] == "workflow_dispatch"
    grading = workflow("classroom.yml")
    assert grading["name"] == "Autograding Tests" and list(grading["jobs"]) == ["run-autograding-tests"]
    assert "push" in grading[True] and grading["permissions"] == {"contents": "read"}
    assert "!github.event.repository.is_template" in grading["jobs"]["run-autograding-tests"]["if"]
