"""Tries every check on mutants of the right answers: `python -m solutions.authoring.mutants [--prune] [TASK...]`.

A mutant that passes is either equivalent, and then `equivalent_mutants.json` says why, or the task needs another case.
In that file a task has the mutants' names, as the command prints them, each with the reason. With `--prune` the command
deletes those that don't pass any more.
"""
import ast
import contextlib
import json
import os
import random
import re
import sys
from pathlib import Path
from unittest import mock

from exercises.grader import tasks
from exercises.isolation import fork_server, processes
from exercises.grader.grading import default_launcher, grade
from solutions.authoring.mutations import mutants_of

LIST = Path(__file__).with_name("equivalent_mutants.json")


def covered(task):
    """Return whether a task's check is one that mutants are tried on: it has cases, or compares predictions."""
    return bool(re.search(r"(?m)^ *case\(", task.check)) or is_prediction(task)


def is_prediction(task):
    """Return whether a task's answer is a list of predictions."""
    return "compare_predictions(" in task.check


def equivalent():
    """Return the mutants that may pass: name of a task -> {name of a mutant: reason}."""
    return json.loads(LIST.read_text(encoding="utf-8"))


def as_text(listed):
    """Return the list of equivalent mutants as it's stored."""
    return json.dumps(listed, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def mutants(task):
    """Return the mutants of a task's right answers. Each source is there once, and no right answer is."""
    answers = {"the solution": task.answer, **task.right}
    known, found = {ast.unparse(ast.parse(code)) for code in answers.values()}, []
    for name, code in answers.items():
        for mutant in mutants_of(code, name, examples(task, code)):
            if mutant.source not in known:
                known.add(mutant.source)
                if not is_prediction(task) or predicted(task, mutant.source) != predicted(task, code):
                    found.append(mutant)
    return found


def predicted(task, code):
    """Return what an answer predicts, or the error that it ends with: all that counts of it."""
    namespace = {}
    try:
        exec(code, namespace)
        return list(namespace[re.findall(r"compare_predictions\(session, \"(\w+)\"", task.check)[0]])
    except Exception as error:
        return repr(error)


def examples(task, code):
    """Return what an answer may be made for only: function, parameter, and a value that the text or the check names."""
    found, told = [], f"{task.text}\n{task.check}"
    files = re.findall(r"file=['\"]([\w.]+)['\"]", task.check) or ["spam.py"]
    for function in (node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)):
        calls = [call for start in re.finditer(rf"\b{function.name}\(", told) if (call := parsed(told[start.start():]))]
        for place, parameter in enumerate(argument.arg for argument in function.args.args):
            values = {ast.unparse(call.args[place]) for call in calls if place < len(call.args)
                      and isinstance(call.args[place], ast.Constant)}
            if parameter in ("path", "file"):
                values = {f"{parameter}.with_name({files[0]!r})"}
            found += [(function.name, parameter, value) for value in sorted(values)]
    return found


def parsed(text):
    """Return the call that a text begins with, or None."""
    for end in re.finditer(r"\)", text[:200]):
        with contextlib.suppress(SyntaxError):
            call = ast.parse(text[:end.end()], mode="eval").body
            return call if isinstance(call, ast.Call) else None
    return None


@contextlib.contextmanager
def launcher():
    """Give what starts the processes of many answers, as fast as this system can."""
    if not fork_server.can_fork():
        yield default_launcher()
        return
    with fork_server.ForkServer(sandboxed=False) as forks:
        yield forks


def survivors(task):
    """Return the mutants of a task that its check calls right, and how many it was tried on."""
    every = mutants(task)
    # The limit is on computing, so that a slow machine changes no verdict.
    with mock.patch.dict(processes.LIMITS, cpu=1), launcher() as forks:
        passed = [mutant for mutant in every if grade(task, mutant.source, worked_in=True, launcher=forks,
                                                      draw=random.Random(mutant.key)).passed]
    return passed, len(every)


def unlisted(task, passed):
    """Return those of the mutants that aren't listed as equivalent."""
    listed = equivalent().get(task.name, {})
    return [mutant for mutant in passed if mutant.key not in listed]


def keep_only(task, passed):
    """Delete from the list the mutants of a task that aren't among those that pass."""
    listed, keys = equivalent(), {mutant.key for mutant in passed}
    listed[task.name] = {key: reason for key, reason in listed.get(task.name, {}).items() if key in keys}
    LIST.write_text(as_text({name: those for name, those in listed.items() if those}), encoding="utf-8", newline="\n")


def main(names):
    """Print the mutants that pass and aren't listed, and the scores. Return 1 if there are any."""
    prune, names = "--prune" in names, [name for name in names if name != "--prune"]
    chosen = [tasks.find(name) for name in names] or [task for task in tasks.all_tasks() if covered(task)]
    tried, killed, open_ones = 0, 0, 0
    for task in chosen:
        passed, total = survivors(task)
        if prune:
            keep_only(task, passed)
        others = unlisted(task, passed)
        for mutant in others:
            print(f"{task.name}, line {mutant.line}: {json.dumps(mutant.key, ensure_ascii=False)}\n"
                  f"    {mutant.changed}")
        known = len(passed) - len(others)
        print(f"{task.name}: {score(total - len(passed), total - known)}, {known} equivalent", flush=True)
        tried, killed, open_ones = tried + total - known, killed + total - len(passed), open_ones + len(others)
    print(f"All: {score(killed, tried)}. {sum(os.times()[:4]):.0f} s of computing.")
    return bool(open_ones)


def score(killed, tried):
    """Return how many mutants failed, in words."""
    return f"{killed} of {tried} mutants fail ({100 * killed / max(1, tried):.1f} %)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
