"""Drawings, as SVG and as text: names at the left, boxes for objects at the right, an arrow for each reference.

A drawing of a notebook's output has its own light and dark colors. A *compact* one, for the panel beside a notebook,
has a line for each object and gets its colors from the page. It also marks what just changed, with a diamond.
"""
import base64
from html import escape
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

ARROWS = {"OLD": "- - >", "NEW": "====>", "": "---->"}
LINES = {"OLD": 'stroke="#8a4b08" stroke-width="2" stroke-dasharray="7 4"', "NEW": 'stroke="#0b5cad" stroke-width="4"',
         "": 'stroke="#444" stroke-width="2"'}
INK = {"OLD": "#8a4b08", "NEW": "#0b5cad", "": "#222"}
DARK = {"paper": "#1c1c1c", "OLD": "#ffb366", "NEW": "#79c0ff", "plain": "#d8d8d8"}  # of the same parts, in dark mode
STYLE = "<style>@media (prefers-color-scheme: dark) {{{}}}</style>".format(" ".join(
    [f".paper {{fill: {DARK['paper']}}}"] + [f".line-{kind} {{stroke: {DARK[kind]}}} .ink-{kind} {{fill: {DARK[kind]}}}"
                                             for kind in ("OLD", "NEW", "plain")]))
LETTER, MARGIN = 8.6, 14  # pixels: the width of a letter, and what is free around everything
LINE = 42  # letters in a box of a compact drawing, whose text is longer
NOTHING = "refers to nothing"
CHANGED = "\N{BLACK DIAMOND}"
# An image has the color scheme of its element. JupyterLab, Notebook 7 and VS Code write their theme on the page's body.
FOLLOW_THE_THEME = ("<style>[data-jp-theme-light=false] img.names, .vscode-dark img.names {color-scheme: dark} "
                    "[data-jp-theme-light=true] img.names, .vscode-light img.names {color-scheme: light}</style>")


class Box(NamedTuple):
    """An object as a drawing shows it. `state` is "OLD", "NEW" or ""."""
    number: int
    title: str
    content: str
    state: str

    def __str__(self):
        return f"#{self.number} {self.title}" + f", {self.state}" * bool(self.state) + (
            f": {self.content}" if self.content else "")


class Drawing:
    """The text and the SVG of some (name, box) pairs. The box is None if a name refers to nothing.

    A compact one marks the names, and the numbers of boxes, that are in `changed`.
    """

    def __init__(self, arrows, compact=False, changed=()):
        self.arrows, self.compact, self.changed = arrows, compact, frozenset(changed)
        self.row, self.box, self.gap = (30, 24, 58) if compact else (62, 46, 110)  # pixels: heights, arrow's length

    def text(self):
        """Return a line for each name."""
        width = max((len(name) for name, _ in self.arrows), default=0)
        lines, described = [], set()
        for name, box in self.arrows:
            start = self._mark(name) + f"{name:{width}}  "
            if box is None:
                lines.append(start + NOTHING)
                continue
            again = box.number in described
            described.add(box.number)
            lines.append(f"{start}{ARROWS[box.state]}  {self._mark(None if again else box.number)}"
                         + (f"#{box.number}" if again else str(box)))
        return "\n".join(lines)

    def _mark(self, what):
        return f"{CHANGED if what in self.changed else ' '} " * self.compact

    def svg(self):
        """Return the drawing, in rows as high as a box needs."""
        targets = [box or name for name, box in self.arrows]  # what the column at the right shows: a box, or nothing
        heights = _heights(targets, is_dense=self.compact)
        marks = 16 * self.compact
        left = MARGIN + marks + _width(name for name, _ in self.arrows)
        right = left + self.gap
        inside = [line for _, box in self.arrows for line in (self._lines(box) if box else [NOTHING])]
        boxes_width = _width(inside) + 20 + marks
        width = right + boxes_width + MARGIN
        height = max([len(self.arrows) - 0.5, *heights.values()]) * self.row + self.row / 2 + MARGIN
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
                 + f'viewBox="0 0 {width:.0f} {height:.0f}" ' * self.compact
                 + 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
                 *[STYLE] * (not self.compact),
                 f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" rx="8" fill="#fff"/>']
        for row, ((name, box), target) in enumerate(zip(self.arrows, targets)):
            start, end = MARGIN / 2 + (row + 0.5) * self.row, MARGIN / 2 + heights[target] * self.row
            if name in self.changed:
                parts.append(_diamond(MARGIN, start))
            parts.append(_words(left, start + 5, name, 'class="ink-plain" text-anchor="end" fill="#222"'))
            parts.append(_arrow(left + 8, start, right, end, box) if box else _loose_end(left + 8, start, right, end))
        for target, row in heights.items():
            y = MARGIN / 2 + row * self.row
            parts += self._box(right, y, boxes_width, target) if isinstance(target, Box) else [
                _words(right, y + 5, NOTHING, 'class="ink-plain" fill="#222" font-style="italic"')]
        return "\n".join(parts + ["</svg>"])

    def _lines(self, box):
        """Return the lines of text inside a box."""
        if self.compact:
            return [shorten(str(box), LINE)]
        return [line for line in (f"#{box.number} {box.title}  {box.state}".rstrip(), box.content) if line]

    def _box(self, x, y, width, box):
        parts = [f'<rect class="paper {_line_class(box.state)}" x="{x:.0f}" y="{y - self.box / 2:.0f}" '
                 f'width="{width:.0f}" height="{self.box}" rx="6" fill="#fff" {LINES[box.state]}/>']
        title, *content = self._lines(box)
        ink, indent = f'class="{_ink_class(box.state)}" fill="{INK[box.state]}"', 10
        if box.number in self.changed:
            parts.append(_diamond(x + indent, y))
            indent += 16
        parts.append(_words(x + indent, y - 4 if content else y + 5, title,
                            ink + ' font-weight="bold"' * bool(box.state)))
        return parts + [_words(x + indent, y + 15, line, ink) for line in content]


def image(svg, text):
    """Return a drawing as HTML: an image in the theme's colors, with its text for those who can't see it."""
    source = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    alt = quoteattr("; ".join(line.strip() for line in text.splitlines()))
    return f'{FOLLOW_THE_THEME}<img class="names" alt={alt} src="data:image/svg+xml;base64,{source}">'


def shorten(text, width):
    """Return a text, or as much of it as fits."""
    return text if len(text) <= width else text[:width - 3] + "..."


def _heights(targets, is_dense):
    """Return how far down each target is, in rows: level with the middle of its names, and clear of the one above.

    If it's dense, they leave no gaps.
    """
    if is_dense:
        return {target: row + 0.5 for row, target in enumerate(dict.fromkeys(targets))}
    heights, above = {}, -0.5
    for target in dict.fromkeys(targets):
        rows = [row for row, other in enumerate(targets) if other == target]
        above = heights[target] = max(above + 1, sum(rows) / len(rows) + 0.5)
    return heights


def _width(texts):
    return max(map(len, texts), default=0) * LETTER


def _line_class(state):
    return f"line-{state or 'plain'}"


def _ink_class(state):
    return f"ink-{state or 'plain'}"


def _words(x, y, text, style):
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(text)}</text>'


def _diamond(x, y):
    """The mark for what just changed: a shape of its own, because not every font has such a letter."""
    return f'<path class="changed" d="M{x:.0f} {y:.0f} l5 -6 5 6 -5 6 z" fill="#b3261e"/>'


def _curve(x1, y1, x2, y2, line):
    reach = 0.6 * (x2 - x1)
    return (f'<path d="M{x1:.0f} {y1:.0f} C{x1 + reach:.0f} {y1:.0f} {x2 - reach:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" '
            f'fill="none" {line}/>')


def _arrow(x1, y1, x2, y2, box):
    tip = x2 - 4
    return (_curve(x1, y1, tip - 8, y2, f'class="{_line_class(box.state)}" {LINES[box.state]}')
            + f'<path class="{_ink_class(box.state)}" d="M{tip:.0f} {y2:.0f} l-12 -6 v12 z" fill="{INK[box.state]}"/>')


def _loose_end(x1, y1, x2, y2):
    return _curve(x1, y1, x2 - 8, y2, 'class="line-plain" stroke="#444" stroke-width="2" stroke-dasharray="1 5"')
