"""key.html: every variant's answers, for the teacher to print. It's written by a bare Python, so without Jinja2."""
from html import escape

from exercises.exam.notebook import letters
from exercises.exam.record import Exam, Outcome, Variant

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The answers of the exam</title>
<style>
body {{ font-family: sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; }}
pre {{ white-space: pre-wrap; border: 1px solid gray; padding: 0.5em; break-inside: avoid; }}
@media print {{ body {{ margin: 0; max-width: none; }} section {{ break-after: page; }} li {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>The answers of the exam</h1>
{}
</body>
</html>
"""


def written(exam: Exam) -> bytes:
    """Return the page with the answers of all variants, each on a sheet of its own."""
    return PAGE.format("\n".join(_section(exam.label(variant), variant) for variant in exam.variants)).encode("utf-8")


def _section(name: str, variant: Variant) -> str:
    answers = "\n".join(f"<li>{'; '.join(map(_answer, question.outcomes))}</li>" for question in variant.questions)
    edits = "\n".join(f"<h3>Question {number}</h3>\n<pre>{escape(edit.answer)}</pre>"
                      for number, edit in variant.numbered_edits)
    return f"<section>\n<h2>{escape(name)}, variant {variant.id}</h2>\n<ol>\n{answers}\n</ol>\n{edits}\n</section>"


def _answer(outcome: Outcome) -> str:
    letter = dict(zip(outcome.choices, letters(outcome))).get(outcome.answer, "")
    return f"{escape(outcome.ask)} <strong>{letter + ') ' if letter else ''}{escape(outcome.answer)}</strong>"
