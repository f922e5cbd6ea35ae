"""key.html: every variant's answers, for the teacher to print. It's written by a bare Python, so without Jinja2."""
from html import escape

from exercises.exam.notebook import letters
from exercises.exam.record import Exam, Outcome, Variant

# The colors of the pages in `exercises/submissions/pages/templates`.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light; --ink: #1d1d1f; --paper: #fff; --line: #8a8a8f; --soft: #55555c; }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ color-scheme: dark; --ink: #ececf0; --paper: #17171a; --line: #85858c; --soft: #b5b5bd; }}
}}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }}
a {{ color: inherit; }}
h2 {{ margin-top: 2.5rem; }}
h2 small {{ color: var(--soft); font-weight: normal; }}
nav ul {{ columns: 14rem; list-style: none; padding: 0; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .5rem; }}
@media print {{
  @page {{ margin: 2cm; }}
  body {{ font-size: 10.5pt; max-width: none; margin: 0; padding: 0; }}
  nav {{ display: none; }}
  section + section {{ break-before: page; }}
  section:first-of-type h2 {{ margin-top: 0; }}
  li, pre {{ break-inside: avoid; }}
  h2, h3 {{ break-after: avoid; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""


def written(exam: Exam, name: str = "exam") -> bytes:
    """Return the page with the answers of all variants, each on a sheet of its own. `name` says which exam it is."""
    count = len(exam.variants)
    title = f"Answers: {name}, {'1 learner' if count == 1 else f'{count} learners'}"
    content = [_index(exam)] * (count > 1) + [_section(exam.label(variant), variant) for variant in exam.variants]
    return PAGE.format(title=escape(title), content="\n".join(content)).encode("utf-8")


def _index(exam: Exam) -> str:
    links = "\n".join(f'<li><a href="#{variant.id}">{escape(exam.label(variant))}</a></li>'
                      for variant in exam.variants)
    return f'<nav aria-label="Learners">\n<ul>\n{links}\n</ul>\n</nav>'


def _section(name: str, variant: Variant) -> str:
    answers = "\n".join(f"<li>{'; '.join(map(_answer, question.outcomes))}</li>" for question in variant.questions)
    edits = "\n".join(f"<h3>Question {number}</h3>\n<pre>{escape(edit.answer)}</pre>"
                      for number, edit in variant.numbered_edits)
    heading = f'<h2 id="{variant.id}">{escape(name)} <small>variant {variant.id}</small></h2>'
    return f"<section>\n{heading}\n<ol>\n{answers}\n</ol>\n{edits}\n</section>"


def _answer(outcome: Outcome) -> str:
    letter = dict(zip(outcome.choices, letters(outcome))).get(outcome.answer, "")
    return f"{escape(outcome.ask)} <strong>{letter + ') ' if letter else ''}{escape(outcome.answer)}</strong>"
