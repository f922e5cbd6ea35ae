"""`%%predict`: the cell in which a learner writes predictions, and the table that compares them with what happened."""
import html
import re
import sys

from lessons import predictions
from workbench import workspace

AS_PREDICTED, A_SURPRISE, UNKNOWN = "as you predicted", "a surprise", "compare them yourself"
BADGES = {  # white on these colors can be read in a light and in a dark theme
    AS_PREDICTED: "background: #1b5e20; color: #fff", A_SURPRISE: "background: #8a3c00; color: #fff", UNKNOWN: ""}
CELL, BADGE = "text-align: left", "padding: 0 0.4em; border-radius: 3px; white-space: nowrap"
_written = {}  # id of a prediction's cell -> its source, as the learner left it
_compared = {}  # id of a prediction's cell -> the rows of its comparison, each with the fact behind it
ALL_RIGHT = "Not one surprise. The next lesson takes that as a challenge."
ALL_WRONG = "Everything was a surprise, so this lesson was worth every minute."
SOME_WRONG = "What surprised you here won't surprise you at work."
COURSE_DONE = "That was the last lesson. From now on, you're the one whom colleagues ask about reload."


def predict(line, cell):
    """Keep what the learner wrote until its outcome is known. An empty prediction is fine."""
    source = f"{predictions.MAGIC}\n{cell}"
    outcome = _outcome_cell(source)
    if outcome and any(_predicted(outcome, source)):
        _written[outcome["predicted_in"]] = source
        print("Your prediction is noted. Run the cells below to see what happens.")
    elif outcome:
        _written.pop(outcome["predicted_in"], None)
    listener.texts.clear()


def register(shell):
    """Make `%%predict` known to IPython."""
    shell.register_magic_function(predict, "cell")
    others = [each for each in shell.input_transformers_cleanup if getattr(each, "__module__", None) != __name__]
    shell.input_transformers_cleanup[:] = [*others, with_magic]


def with_magic(lines):
    """Return a cell's lines, with `%%predict` before its first question if a learner has deleted that line."""
    asked = tuple(f"1. {cell['outcomes'][0]['ask']}" for cell in workspace.known_cells() if cell["outcomes"])
    return [f"{predictions.MAGIC}\n", *lines] if lines and lines[0].startswith(asked) else lines


def _outcome_cell(source):
    """Return the cell that shows what the running cell, a prediction, asks about; None if it isn't known.

    Front ends with cell ids of their own are recognized by the questions, which a learner hardly changes.
    """
    cells = [cell for cell in workspace.known_cells() if cell["outcomes"]]
    mine = [cell for cell in cells if cell["predicted_in"] == workspace.running["id"]]
    alike = [cell for cell in cells if all(f"{number}. {outcome['ask']}" in source for number, outcome
                                           in enumerate(cell["outcomes"], start=1))]
    alike.sort(key=lambda cell: (-len(cell["outcomes"]), cell["predicted_in"] in _written))
    return next(iter(mine + alike), None)


def _predicted(cell, source):
    return predictions.written(source, [outcome["ask"] for outcome in cell["outcomes"]])


class Listener:
    """Keeps a copy of what the cells after a prediction show, until the one that answers it."""

    def __init__(self):
        self.texts, self._stream = [], None

    def start(self):
        """Listen to a cell that's about to run, if the learner has predicted anything."""
        if _written:
            self._stream, self._write = sys.stdout, sys.stdout.write
            sys.stdout.write = self._listen

    def _listen(self, text):
        self.texts.append(str(text))
        return self._write(text)

    def stop(self, result):
        """Stop listening to a cell, given IPython's ExecutionResult."""
        if self._stream:
            self._stream.write, self._stream = self._write, None
        error = result.error_in_exec or result.error_before_exec
        self.texts += [f"\n{text}\n" for text in (repr(result.result) if result.result is not None else "",
                                                 f"{type(error).__name__}: {error}" if error else "") if text]

    def shown(self):
        """Return all that was shown since the last prediction."""
        return "".join(self.texts)


def compare(cell, shown):
    """Return the comparison of the learner's predictions with what the cell has `shown`; None without a prediction."""
    if not cell or cell["predicted_in"] not in _written:
        return None
    rows, facts = [], []
    for outcome, said in zip(cell["outcomes"], _predicted(cell, _written[cell["predicted_in"]])):
        if said and outcome["shown"] in shown:
            verdict = AS_PREDICTED if predictions.agrees(said, outcome) else A_SURPRISE
            rows.append((outcome["ask"], said, outcome["answer"], verdict))
        elif said:  # the learner made another edit, or changed the cell
            rows.append((outcome["ask"], said, "something else than in the course", UNKNOWN))
        facts += [workspace.facts().get(outcome.get("fact"), "")] * bool(said)
    comparison = Comparison(rows)
    _compared[cell["predicted_in"]] = list(zip(comparison.rows, facts))
    return comparison


class Comparison:
    """What a learner predicted and what happened, for each outcome: as a table, and as text that says the same."""

    def __init__(self, rows):
        self.rows = [(re.sub(r"\s*(\([^()]*\))?:$", "", ask), *others) for ask, *others in rows]

    def __repr__(self):
        return "\n".join(f"{ask}: you predicted {said!r}, and it was {came!r}: {verdict}."
                         for ask, said, came, verdict in self.rows)

    def _repr_html_(self):
        head = "".join(f'<th scope="col" style="{CELL}">{name}</th>'
                       for name in ("Outcome", "You predicted", "It was", "Result"))
        return f"<table><tr>{head}</tr>{''.join(_row(*map(html.escape, row)) for row in self.rows)}</table>"


def _row(ask, said, came, verdict):
    cells = (f"<code>{said}</code>", f"<code>{came}</code>",
             f'<span style="{BADGE}; {BADGES[verdict]}">{verdict}</span>')
    return (f'<tr><th scope="row" style="{CELL}; font-weight: normal">{ask}</th>'
            + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>")


def recap(cells, course_done=False):
    """Return how the predictions about a lesson's `cells` came out; None if there were none, or nobody can say."""
    rows = [pair for cell in cells for pair in _compared.get(cell["predicted_in"], ())]
    known = [(row, fact) for row, fact in rows if row[-1] != UNKNOWN]
    return Recap(known, course_done) if known else None


class Recap:
    """How many predictions of a lesson came out, and what was a surprise: as HTML, and as text that says the same."""

    def __init__(self, known, course_done):
        self._surprises = [(row, fact) for row, fact in known if row[-1] == A_SURPRISE]
        right = len(known) - len(self._surprises)
        outcomes = "outcome" if len(known) == 1 else "outcomes"
        self._head = f"{right} of {len(known)} {outcomes} came out as you predicted in this lesson."
        closing = SOME_WRONG if right and self._surprises else ALL_WRONG if self._surprises else ALL_RIGHT
        self._closing = COURSE_DONE if course_done else closing

    def __repr__(self):
        lines = [f"* {ask}: {came}. You predicted {said}. {fact}".rstrip()
                 for (ask, said, came, _), fact in self._surprises]
        return "\n".join([self._head, *(["What surprised you:"] if lines else []), *lines, self._closing])

    def _repr_html_(self):
        items = [f"<li>{html.escape(ask)}: <code>{html.escape(came)}</code>. You predicted "
                 f"<code>{html.escape(said)}</code>. {_with_code(fact)}</li>"
                 for (ask, said, came, _), fact in self._surprises]
        surprises = f"<p>What surprised you:</p><ul>{''.join(items)}</ul>" if items else ""
        return f"<div><p><strong>{self._head}</strong></p>{surprises}<p>{self._closing}</p></div>"


def _with_code(text):
    return re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(text))


listener = Listener()
