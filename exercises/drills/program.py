"""A drill's program as a list of steps, which the model and Python both follow."""
import ast
from dataclasses import dataclass

from exercises.drills import edits


@dataclass(frozen=True)
class Step:
    """A statement to run, or an edit, in a line of the program."""
    line: int
    source: str  # "" for an edit
    edit: edits.Edit | None = None


def steps(files: dict[str, str], program: str) -> list[Step]:
    """Return the steps of a program, in order. Raises ValueError if an edit doesn't fit the files."""
    sources, found = dict(files), []
    lines = program.splitlines()
    statements = {node.lineno: "\n".join(lines[node.lineno - 1:node.end_lineno]) for node in ast.parse(program).body}
    for number, text in enumerate(lines, 1):
        if number in statements:
            found.append(Step(number, statements[number]))
        elif text.startswith("# "):
            edit = edits.read(text, sources)
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
