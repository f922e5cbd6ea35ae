"""Submits the learner's exercises: copies the notebooks to where git sees them, and commits and pushes only those.

The learner's own notebooks are in `work/`, which git ignores: so no pull, merge or checkout ever touches them. Without
git, it writes them into one zip file.
"""
import io
import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from exercises.grader import tasks
from lessons import PYTHON, files
from lessons.launcher import learner_copy

FOLDER = "submission"  # what git sees; `submissions/collect.py` looks there, too
ZIP_INSTEAD = f"To make a zip file instead, type: {PYTHON} -m exercises submit --zip"
UNTOUCHED = "Git changes nothing in work/."
UNFINISHED = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert",
              "rebase-merge": "rebase", "rebase-apply": "rebase"}  # a file or folder in .git -> what isn't finished
AT_GITHUB = re.compile(r"(?:https://(?:[^/@]*@)?|ssh://git@|git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?")
Say = Callable[[str], object]


class SubmitProblem(Exception):
    """The exercises can't be submitted. The text says why, and which commands to type before another try."""

    def __init__(self, why: str, *commands: str, instead: str = ""):
        lines = [f"{why}. Type:", *(f"    {command}" for command in commands), "Then submit again."] if commands else \
            [f"{why}."]
        super().__init__("\n".join(lines) + (f" {instead}" if instead else ""))


def submit(top: Path, folder: Path, as_zip: bool = False, say: Say = print) -> None:
    """Submit the notebooks in `folder` that the learner worked in, from the repository `top`, or write them into a zip.

    Says what it did. Raises SubmitProblem before anything changes if it sees what's wrong, and else with what's done.
    """
    if not (found := worked_in(folder)):
        raise SubmitProblem(f"the notebooks in {folder} contain no work of yours yet, so there's nothing to submit. If "
                            "you've written an answer, save its notebook first")
    no_git = "" if as_zip else _no_git(top)
    if as_zip or no_git:
        say(f"{no_git}Wrote {_listed(found)} into {_write_zip(top, found)}. Upload that file to where your teacher "
            "wants it.")
        return
    repository = Repository(top)
    copies = _copy(top, found, say)
    repository.send(copies, f"Submit exercises {_numbers(found)}", say)


def worked_in(folder: Path) -> list[Path]:
    """Return the notebooks in a folder that differ from the course's: those that a learner changed, or made."""
    clean = {path.name: path for path in tasks.sources()}

    def is_new(path: Path) -> bool:
        if path.name not in clean:
            return True
        course = learner_copy.fingerprint(path.name, tasks.exercise_from(clean[path.name]))
        return learner_copy.fingerprint(path.name, path.read_bytes()) != course

    return [path for path in sorted(folder.glob("*.ipynb")) if path.is_file() and is_new(path)]


def _no_git(top: Path) -> str:
    """Return in a sentence why git can't be used in the course's folder, or an empty text."""
    if not (top / ".git").exists():
        return "This folder is no clone, so there's nowhere to push. "
    return "" if shutil.which("git") else "git isn't installed, or isn't on the PATH. "


def _write_zip(top: Path, found: list[Path]) -> Path:
    """Write notebooks into a new zip file in the course's folder, and return its path."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in found:
            archive.write(path, path.name)
    name, number = f"submission-{time.strftime('%Y-%m-%d_%H-%M-%S')}", 1
    while (target := top / f"{name}{f'_{number}' if number > 1 else ''}.zip").exists():
        number += 1
    files.write(target, data.getvalue())
    return target


def _copy(top: Path, found: list[Path], say: Say) -> list[str]:
    """Copy notebooks to where git sees them, and return the paths of the copies, from `top`.

    What someone else wrote there, such as the learner by hand or on another computer, is kept in `work/kept`.
    """
    copies, kept = [], None
    for path in found:
        copy, data = top / FOLDER / path.name, path.read_bytes()
        if files.is_handmade(copy) and copy.read_bytes() != data:
            kept = kept or files.new_folder(top / "work" / "kept")
            shutil.copyfile(copy, kept / path.name)
            say(f"{FOLDER}/{path.name} had been changed elsewhere. That version is now in "
                f"{(kept / path.name).relative_to(top).as_posix()}.")
        files.write(copy, data)
        files.note(copy, data)
        copies.append(f"{FOLDER}/{path.name}")
    return copies


def _listed(paths: list[Path]) -> str:
    """Return notebooks in words: "2 notebooks (01_a.ipynb and 02_b.ipynb)"."""
    names = [path.name for path in paths]
    return (f"{len(names)} {'notebook' if len(names) == 1 else 'notebooks'} "
            f"({' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))})")


def _numbers(paths: list[Path]) -> str:
    """Return the numbers of notebooks, and the whole names of those that have none."""
    numbers = dict.fromkeys(path.name[:2] if path.name[:2].isdecimal() else path.name for path in paths)
    return ", ".join(numbers)


class Repository:
    """The clone in which a learner works. Raises SubmitProblem if nothing can be committed or pushed there now."""

    def __init__(self, top: Path):
        self._top = top
        toplevel = self._lines("rev-parse", "--show-toplevel")
        if Path(*toplevel).resolve() != top.resolve():
            raise SubmitProblem(f"{top} belongs to another repository, {toplevel[0]}", instead=ZIP_INSTEAD)
        self._refuse_unfinished()
        self.branch = "".join(self._lines("symbolic-ref", "--quiet", "--short", "HEAD", may_fail=True))
        if not self.branch:
            branches = self._lines("for-each-ref", "--format=%(refname:short)", "refs/heads")
            raise SubmitProblem('git isn\'t on a branch here (a "detached HEAD"), so a commit could get lost',
                                f"git switch {branches[0] if branches else 'main'}", instead=UNTOUCHED)
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            if self._git("var", who).returncode:
                raise SubmitProblem("git doesn't know your name and address yet", 'git config user.name "Your Name"',
                                    'git config user.email "you@example.org"')
        self.remote = self._remote()

    def send(self, paths: list[str], message: str, say: Say) -> None:
        """Commit these files, and nothing else, and push the branch. Raises SubmitProblem."""
        self._lines("add", "--force", "--", *paths)  # what the learner's own settings ignore, too
        if self._lines("status", "--porcelain", "--", *paths):
            self._lines("commit", "--quiet", "--only", "--message", message, "--", *paths)
            commit, = self._lines("rev-parse", "--short", "HEAD")
            say(f"Committed {', '.join(paths)}, and nothing else, on {self.branch}: {commit}.")
        else:
            say(f"Nothing is new since your last commit of {', '.join(paths)}.")
        self._push(commit_is_safe=f"Your answers are committed on {self.branch}, but not submitted yet")
        url = "".join(self._lines("remote", "get-url", self.remote, may_fail=True))
        at_github = AT_GITHUB.fullmatch(url)
        where = f" Your points will be at https://github.com/{at_github[1]}/actions" if at_github else ""
        say(f"Pushed {self.branch} to {self.remote}: submitted.{where}")

    def _push(self, commit_is_safe: str) -> None:
        target = self._setting(f"branch.{self.branch}.merge") if self._tracks() else ""
        options = [] if self._tracks() else ["--set-upstream"]
        run = self._git("push", "--porcelain", *options, self.remote, f"HEAD:{target or f'refs/heads/{self.branch}'}")
        if not run.returncode:
            return
        if re.search(r"(?m)^!.*\[rejected\]", run.stdout):
            raise SubmitProblem(f"{commit_is_safe}, because {self.remote} has commits that aren't here, such as "
                                "another computer's", f"git pull --no-rebase --no-edit {self.remote} {self.branch}",
                                instead=UNTOUCHED)
        raise SubmitProblem(f"{commit_is_safe}, because git can't push to {self.remote}:\n{_said(run)}\nIf you aren't "
                            "allowed to push there, ask your teacher for a repository of your own", instead=ZIP_INSTEAD)

    def _tracks(self) -> bool:
        """Return whether the branch has a branch at the remote that it's pushed to."""
        return self._setting(f"branch.{self.branch}.remote") == self.remote

    def _remote(self) -> str:
        remotes = self._lines("remote")
        wanted = [self._setting(name) for name in (f"branch.{self.branch}.pushRemote", "remote.pushDefault",
                                                   f"branch.{self.branch}.remote")]
        for name in [*wanted, "origin", *(remotes if len(remotes) == 1 else [])]:
            if name in remotes:
                return name
        if remotes:
            raise SubmitProblem(f"git has several remotes here: {', '.join(remotes)}. Choose one",
                                f"git config remote.pushDefault {remotes[0]}")
        raise SubmitProblem("git has no remote here, so there's nowhere to push. Add your repository's address",
                            "git remote add origin ADDRESS", instead=ZIP_INSTEAD)

    def _refuse_unfinished(self) -> None:
        """Raise SubmitProblem in the middle of a merge or of something like it."""
        asked = [word for name in UNFINISHED for word in ("--git-path", name)]
        paths = zip(UNFINISHED.values(), self._lines("rev-parse", *asked))
        unfinished = next((what for what, path in paths if os.path.exists(self._top / path)), "")
        conflicts = list(filter(None, "".join(self._lines("diff", "--name-only", "--diff-filter=U", "-z")).split("\0")))
        if conflicts and all(path.startswith(f"{FOLDER}/") for path in conflicts) and unfinished == "merge":
            named = " ".join(f'"{path}"' for path in conflicts)
            raise SubmitProblem(f"these copies have conflicts: {', '.join(conflicts)}. To keep this computer's",
                                f"git checkout --ours -- {named}", f"git add {named}", "git commit --no-edit",
                                instead=UNTOUCHED)
        if conflicts or unfinished:
            where = f", with conflicts in {', '.join(conflicts)}" if conflicts else ""
            unfinished = unfinished or "merge"
            raise SubmitProblem(f"a {unfinished} isn't finished here{where}. Finish it, or undo it",
                                f"git {unfinished} --abort", instead=UNTOUCHED)

    def _setting(self, name: str) -> str:
        return "".join(self._lines("config", name, may_fail=True))

    def _lines(self, *words: str, may_fail: bool = False) -> list[str]:
        """Run git, and return the lines that it printed. Raises SubmitProblem if it failed."""
        run = self._git(*words)
        if run.returncode and not may_fail:
            raise SubmitProblem(f"git {words[0]} says: {_said(run)}")
        return run.stdout.splitlines() if not run.returncode else []

    def _git(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run git, which asks for a password on the terminal if it needs one."""
        return subprocess.run(["git", "-c", "core.quotePath=false", *words], cwd=self._top, encoding="utf-8",
                              errors="replace", capture_output=True, env={**os.environ, "LC_ALL": "C"})


def _said(run: "subprocess.CompletedProcess[str]") -> str:
    """Return what git said was wrong."""
    return run.stderr.strip() or run.stdout.strip() or f"exit status {run.returncode}"
