"""A drill's program as a list of steps, which the model and Python both follow: statements, and edits.

Edits are the comments that say how a file changes between two lines of the program:

    # edit buses.py: return 5 -> return 9
    # edit buses.py: delete def delay            the whole function or class, or a line that is like this
    # edit buses.py: saved without def delay     the same, because an editor saved only a part
    # edit buses.py: add LIMIT = 3               at the end of the file
    # quick edit of buses.py, in the same second: return 5 -> return 9
    # save buses.py again, a second later        without another change
    # delete buses.py
    # restore buses.py                           as it was before it was deleted
"""
import ast
import re
from dataclasses import dataclass

COMMENT = re.compile(r"# (?:edit (?P<file>[\w/]+\.py): (?P<change>.+)"
                     r"|quick edit of (?P<quick_file>[\w/]+\.py), in the same second: (?P<quick_change>.+)"
                     r"|(?P<verb>delete|restore|save) (?P<whole>[\w/]+\.py)(?: again, a second later)?)$")


@dataclass(frozen=True)
class Edit:
    """One edit: `source` is the file's new source, None if it's deleted."""
    file: str
    source: str | None
    quick: bool = False


def read_edit(comment: str, files: dict[str, str]) -> Edit:
    """Return what a comment does to the files, whose sources so far are given. Raises ValueError if that's unclear."""
    match = COMMENT.match(comment)
    if not match:
        raise ValueError(f"expected an edit, found {comment!r}")
    if match["verb"]:
        return Edit(match["whole"], None if match["verb"] == "delete" else files[match["whole"]])
    if match["file"]:
        return Edit(match["file"], changed(files[match["file"]], match["change"]))
    return Edit(match["quick_file"], changed(files[match["quick_file"]], match["quick_change"]), quick=True)


def changed(source: str, change: str) -> str:
    """Return a source after one change, written as in a comment. Raises ValueError unless there's one place for it."""
    if change.startswith("add "):
        return f"{source}\n{change.removeprefix('add ')}\n"
    if match := re.match(r"(?:delete|saved without) (.+)", change):
        blocks = re.split(r"\n(?=\S)", source.rstrip("\n"))
        kept = [block for block in blocks if not re.match(re.escape(match[1]) + r"\b", block)]
        if len(kept) != len(blocks) - 1:
            raise ValueError(f"expected one block for {change!r} in {source!r}")
        return "\n".join(kept).rstrip("\n") + "\n"
    old, _, new = change.partition(" -> ")
    places = re.findall(rf"(?<!\w){re.escape(old)}(?!\w)", source)
    if len(places) != 1:
        raise ValueError(f"expected one {old!r} in {source!r}")
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, source)


@dataclass(frozen=True)
class Step:
    """A statement to run, or an edit, in a line of the program."""
    line: int
    source: str  # "" for an edit
    edit: Edit | None = None


def steps(files: dict[str, str], program: str) -> list[Step]:
    """Return the steps of a program, in order. Raises ValueError if an edit doesn't fit the files."""
    sources, found = dict(files), []
    lines = program.splitlines()
    statements = {node.lineno: "\n".join(lines[node.lineno - 1:node.end_lineno]) for node in ast.parse(program).body}
    for number, text in enumerate(lines, 1):
        if number in statements:
            found.append(Step(number, statements[number]))
        elif text.startswith("# "):
            edit = read_edit(text, sources)
            sources[edit.file] = edit.source if edit.source is not None else sources[edit.file]
            found.append(Step(number, "", edit))
    return found


def instructions(files: dict[str, str], program: str) -> dict[str, object]:
    """Return what `running` needs to run a program."""
    found, seconds = [["write", name, source, 0] for name, source in files.items()], dict.fromkeys(files, 0)
    todo = steps(files, program)
    for step in todo:
        if not step.edit:
            found.append(["run", step.source])
        elif step.edit.source is None:
            found.append(["remove", step.edit.file])
        else:
            seconds[step.edit.file] = seconds[step.edit.file] if step.edit.quick else step.line
            found.append(["write", step.edit.file, step.edit.source, seconds[step.edit.file]])
    return {"steps": found, "cached": any(step.edit and step.edit.quick for step in todo)}
