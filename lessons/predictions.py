"""Predictions: what a lesson asks, what a learner wrote in a `%%predict` cell, and whether it came out like that.

A prediction's cell has a numbered line for each outcome, and the learner writes after the colon:

    %%predict
    1. spam.bar() prints: bar
    2. grok() prints:

The metadata of the cell in `lessons/` contains the answers: {"outcomes": [{"fact": "C-01", "answer": "bar"}, ...]}.
"fact" may be missing, "accept" is a list of other strings that mean the same, and "shown" is what the output contains
if that isn't the answer.
"""
import itertools
import re

MAGIC = "%%predict"
SAME = {  # what people write -> the word that stands for it
    "yes": "true", "no": "false", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "once": "1",
    "twice": "2", "1x": "1", "2x": "2", "x2": "2", "nooutput": "nothing", "-": "nothing"}
AN_ERROR = re.compile(r"error|exception|crash|fail|raise", re.I)
FILLER = re.compile(r"^(it|still|again|prints?|returns?|raises?|is|an?|the)\b\s*", re.I)


def asked(source):
    """Return the questions of a prediction's cell as the author wrote it, such as ["spam.bar() prints:"]."""
    return [match[1] for match in re.finditer(r"(?m)^\d\. (.*:)\s*$", source)]


def outcomes(cell):
    """Return a cell's outcomes, each with its question: dicts with ask, answer, accept, shown and, mostly, fact."""
    known = cell["metadata"].get("outcomes", [])
    return [{"accept": [], "shown": each["answer"], **each, "ask": ask}
            for each, ask in zip(known, asked(cell["source"]))]


def written(source, asks):
    """Return what a learner wrote for each question in `asks`, "" for nothing, however they wrote it.

    It may be after the colon, on a line below, in place of the question, or before the colon.
    """
    found, below, current, loose = [""] * len(asks), [""] * len(asks), None, []
    for line in map(str.strip, source.splitlines()):
        number = re.match(r"(\d)\s*[.):](?!\d)\s*(.*)", line)
        if number and 0 < int(number[1]) <= len(asks):
            current = int(number[1]) - 1
            found[current] = _without(asks[current], number[2])
        elif current is not None:
            below[current] = f"{below[current]} {line}".strip()
        elif line and not line.startswith(MAGIC):
            loose.append(line)
    for number, text in enumerate(below):
        following = number + 1  # who presses Enter after an answer, and types, means the next question
        if found[number] and following < len(asks) and not found[following] and not below[following]:
            number = following
        found[number] = f"{found[number]} {text}".strip()
    return found if any(found) else (loose + found)[:len(asks)]


def _without(ask, line):
    """Return a line without the words of the question that it begins with."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(ask, line))
    same = "".join(letter for letter, _ in pairs)
    if same not in (ask, line):
        same = same[:same.rfind(" ") + 1]  # whole words only
    if len(same) < len(ask) / 2:
        return line  # the question is gone, and what the learner wrote may begin like it
    return line[len(same):].strip().rstrip(":").strip()


def agrees(prediction, outcome):
    """Return whether a prediction says the same as the answer: case, quotes, spaces and small words don't count."""
    said = _plain(prediction)
    if said in {_plain(text) for text in (outcome["answer"], *outcome["accept"])}:
        return True
    is_error = outcome["answer"].endswith("Error") or _plain(outcome["answer"]) in ("error", "fails")
    named = re.search(r"\w+(?:Error|Exception)\b|^no\b|n't\b|\bnot\b", prediction)
    return is_error and bool(AN_ERROR.search(prediction)) and not named


def _plain(text):
    text = re.sub("[\"'`\u2018\u2019\u201c\u201d]", "", text.strip()).rstrip(".!?;, ")
    while FILLER.match(text) and FILLER.sub("", text):
        text = FILLER.sub("", text)
    text = re.sub(r"\s+", "", text).casefold()
    return SAME.get(text, text)
