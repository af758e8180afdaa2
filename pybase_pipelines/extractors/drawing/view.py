"""A sheet turned so that lettering of one direction is upright, with its upright rules ready for questions about cells.

What belongs here: where things are. What does not: what they mean.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from pybase_pipelines.extractors.drawing.sheet import Grid, Lettering, Rule, Sheet
from pybase_pipelines.results.drawing import BBox

MOST_RULES = 60_000
"""Upright rules that may bound a cell; of more, the longest are kept."""
_MOST_STEPS = 4_000
_STRAIGHT = 0.01

Span = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One line of lettering on the turned sheet."""

    text: str
    box: BBox
    height: float
    source: Lettering

    @property
    def x(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def y(self) -> float:
        return (self.box[1] + self.box[3]) / 2


class View:
    """The runs of one direction and the rules around them."""

    def __init__(self, sheet: Sheet, quarter: int) -> None:
        self.quarter = quarter
        self.size = (sheet.width, sheet.height) if quarter % 2 == 0 else (sheet.height, sheet.width)
        runs = [run for text in sheet.lettering for run in _to_runs(text, quarter)]
        self.letter = median(run.height for run in runs) if runs else 1.0
        self._upright, self._level = _sort_rules(sheet.rules, quarter, self.letter)
        self._upright_at = [span[0] for span in self._upright]
        self._level_at = [span[0] for span in self._level]
        self.runs = [part for run in runs for part in self._split_at_rules(run)]
        self.outline = _outline([run.box for run in runs])

    def turn(self, box: BBox) -> BBox:
        return turn_box(box, self.quarter)

    def turn_back(self, box: BBox) -> BBox:
        return turn_box(box, -self.quarter % 4)

    def cell_at(self, x: float, y: float) -> BBox:
        """The cell around a point: up to the nearest rules on all four sides, or as far as the sheet may reach."""
        far = 4 * (self.size[0] + self.size[1])
        left, low, right, high = self.walls(x, y)
        return (
            left[0] if left else -far,
            low[0] if low else -far,
            right[0] if right else far,
            high[0] if high else far,
        )

    def walls(self, x: float, y: float) -> tuple[Span | None, Span | None, Span | None, Span | None]:
        """The nearest rules to the left, below, to the right and above: where each is, from where, to where."""
        return (
            self._nearest(self._upright, self._upright_at, x, y, -1),
            self._nearest(self._level, self._level_at, y, x, -1),
            self._nearest(self._upright, self._upright_at, x, y, 1),
            self._nearest(self._level, self._level_at, y, x, 1),
        )

    def is_ruled(self, cell: BBox) -> bool:
        """Whether rules bound the cell on all sides, and closely enough to be a cell of a table or block."""
        width, height = cell[2] - cell[0], cell[3] - cell[1]
        return width < min(0.6 * max(self.size), 250 * self.letter) and height < min(
            0.35 * max(self.size), 80 * self.letter
        )

    def _nearest(self, spans: list[Span], keys: list[float], at: float, across: float, step: int) -> Span | None:
        index = bisect_left(keys, at)
        index = index - 1 if step < 0 else index
        slack = 0.3 * self.letter
        for _ in range(_MOST_STEPS):
            if not 0 <= index < len(spans):
                return None
            _, start, end = spans[index]
            if start - slack <= across <= end + slack:
                return spans[index]
            index += step
        return None

    def _split_at_rules(self, run: Run) -> Iterable[Run]:
        """Neighbouring cells may have come as one phrase: cut it where an upright rule goes through."""
        x0, _, x1, _ = run.box
        words = run.text.split(" ")
        if len(words) < 2 or x1 <= x0:
            return [run]
        start, end = (
            bisect_left(self._upright_at, x0 + 0.5 * run.height),
            bisect_left(self._upright_at, x1 - 0.5 * run.height),
        )
        cuts = [
            position
            for position, low, high in self._upright[start : min(end, start + 50)]
            if low < run.y < high and high - low > 1.2 * run.height
        ]
        return _cut(run, words, cuts) if cuts else [run]


def _cut(run: Run, words: list[str], cuts: list[float]) -> list[Run]:
    x0, y0, x1, y1 = run.box
    width = (x1 - x0) / len(run.text)
    pieces: list[tuple[int, int]] = []
    start = position = 0
    for word in words[:-1]:
        position += len(word) + 1
        blank = x0 + (position - 0.5) * width
        if any(abs(blank - cut) <= max(2.5 * width, run.height) for cut in cuts):
            pieces.append((start, position - 1))
            start = position
    pieces.append((start, len(run.text)))
    return [replace(run, text=run.text[a:b], box=(x0 + a * width, y0, x0 + b * width, y1)) for a, b in pieces if b > a]


def turn_point(x: float, y: float, quarter: int) -> tuple[float, float]:
    """A point after the sheet was turned clockwise by quarters, so that lettering at 90° times them is upright."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[quarter % 4]


def turn_box(box: BBox, quarter: int) -> BBox:
    (xa, ya), (xb, yb) = turn_point(box[0], box[1], quarter), turn_point(box[2], box[3], quarter)
    return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def find_quarter(rotation: float) -> int | None:
    """How many quarters a direction is; None for slanted lettering."""
    quarter = round(rotation / 90)
    return quarter % 4 if abs(rotation - 90 * quarter) < 3 else None


def make_views(sheet: Sheet) -> list[View]:
    """One view for each direction that has lettering, the one with most of it first."""
    counts = [0, 0, 0, 0]
    for run in sheet.lettering:
        quarter = find_quarter(run.rotation)
        if quarter is not None:
            counts[quarter] += 1
    order = sorted((quarter for quarter in range(4) if counts[quarter]), key=lambda quarter: -counts[quarter])
    return [find_view(sheet, quarter) for quarter in order]


def find_view(sheet: Sheet, quarter: int) -> View:
    """The view of one direction, made once for each sheet."""
    if quarter not in sheet.views:
        sheet.views[quarter] = View(sheet, quarter)
    return sheet.views[quarter]


def contains(box: BBox, x: float, y: float, slack: float = 0.0) -> bool:
    return box[0] - slack <= x <= box[2] + slack and box[1] - slack <= y <= box[3] + slack


def outline(boxes: Sequence[BBox]) -> BBox:
    """The smallest box around boxes."""
    return _outline(boxes) or (0.0, 0.0, 0.0, 0.0)


def _outline(boxes: Sequence[BBox]) -> BBox | None:
    if not boxes:
        return None
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def is_on_grid(run: Run, grids: Iterable[Grid]) -> bool:
    return any(contains(grid.bbox, run.x, run.y) for grid in grids)


def _to_runs(text: Lettering, quarter: int) -> Iterable[Run]:
    if find_quarter(text.rotation) != quarter:
        return
    x0, y0, x1, y1 = turn_box(text.bbox, quarter)
    lines = [line.strip() for line in text.text.split("\n")]
    step = (y1 - y0) / len(lines)
    for index, line in enumerate(lines):
        if line:
            top = y1 - index * step
            yield Run(" ".join(line.split()), (x0, top - step, x1, top), text.height or step, text)


def _sort_rules(rules: Sequence[Rule], quarter: int, letter: float) -> tuple[list[Span], list[Span]]:
    upright: list[Span] = []
    level: list[Span] = []
    for rule in rules:
        dx, dy = abs(rule.x1 - rule.x0), abs(rule.y1 - rule.y0)
        if max(dx, dy) < 0.9 * letter or min(dx, dy) > _STRAIGHT * max(dx, dy):
            continue
        x0, y0 = turn_point(rule.x0, rule.y0, quarter)
        x1, y1 = turn_point(rule.x1, rule.y1, quarter)
        if (dx > dy) == (quarter % 2 == 0):
            level.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        else:
            upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return _longest(upright), _longest(level)


def _longest(spans: list[Span]) -> list[Span]:
    if len(spans) > MOST_RULES:
        spans = sorted(spans, key=lambda span: span[1] - span[2])[:MOST_RULES]
    return sorted(spans)
