"""The border of a sheet: the frame, and around it zones, numbered along one side and lettered along the other.

What belongs here: telling the marks of zones from what is drawn. What does not: the lines of tables and title blocks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pybase_pipelines.extractors.drawing.sheet import Lettering, Rule, Sheet
from pybase_pipelines.results.drawing import BBox

_MARK = re.compile(r"[A-Z]|\d{1,2}")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Zones are lettered without I and O, which look like numbers (ISO 5457)."""
_MOST_MARKS, _MOST_ON_LINE = 2_000, 60
_FEWEST = 3
_WIDEST_STRIP = 6.0
"""How far a mark may stand from the line of the frame, in letter heights."""
_EDGE = 0.08
_LEAST_STEP = 8.0
"""Zones are many letter heights long; rows of a table are not."""
_EVEN, _LEAST_SPAN = 0.3, 0.5
_LEAST_LINE = 0.5
_SLACK, _GRAIN = 0.15, 0.01
FAR = 1e12


@dataclass(frozen=True, slots=True)
class Border:
    """The marks of the zones, and the frame inside of them; a side where no frame is drawn is far away."""

    marks: tuple[Lettering, ...]
    frame: BBox
    slack: float

    def clear(self, rules: Iterable[Rule]) -> list[Rule]:
        """The rules without those of the border: what stands outside the frame."""
        return [rule for rule in rules if not self._is_outside(rule)]

    def _is_outside(self, rule: Rule) -> bool:
        """Whether it lies beyond the frame: the frame itself does not, and what touches it from outside does."""
        left, bottom, right, top = self.frame
        xs, ys, slack = sorted((rule.x0, rule.x1)), sorted((rule.y0, rule.y1)), self.slack
        return (
            (xs[1] <= left + slack and xs[0] < left - slack)
            or (xs[0] >= right - slack and xs[1] > right + slack)
            or (ys[1] <= bottom + slack and ys[0] < bottom - slack)
            or (ys[0] >= top - slack and ys[1] > top + slack)
        )


@dataclass(frozen=True, slots=True)
class _Mark:
    """`at`: along the side; `across`: which side it is on; `value`: its place in the count."""

    text: Lettering
    at: float
    across: float
    value: int


_Series = list[_Mark]
_Span = tuple[float, float]


def find_border(lettering: Sequence[Lettering], rules: Sequence[Rule]) -> Border | None:
    """The border, where marks of zones are counted along the edges of what is drawn; None where there are none."""
    candidates = [text for text in lettering if _MARK.fullmatch(text.text) and text.height > 0][:_MOST_MARKS]
    if len(candidates) < _FEWEST:
        return None
    area = _outline(lettering, rules)
    level = _zones(candidates, is_level=True)
    upright = _zones(candidates, is_level=False)
    if not _are_zones(level, upright, area):
        return None
    bottom, top = _find_lines(level, rules, is_level=True)
    left, right = _find_lines(upright, rules, is_level=False)
    marks = {id(mark.text): mark.text for series in (*level, *upright) for mark in series}
    slack = _SLACK * min(mark.height for mark in marks.values())
    return Border(tuple(marks.values()), (left, bottom, right, top), slack)


def clear_border(sheet: Sheet) -> Sheet:
    """The sheet without the marks and lines of its border."""
    border = find_border(sheet.lettering, sheet.rules)
    if border is None:
        return sheet
    marks = {id(mark) for mark in border.marks}
    lettering = tuple(text for text in sheet.lettering if id(text) not in marks)
    return replace(sheet, lettering=lettering, rules=tuple(border.clear(sheet.rules)))


def _are_zones(level: list[_Series], upright: list[_Series], area: BBox) -> bool:
    """Numbers along one side and letters along the other, or the same count at two opposite edges of the drawing."""
    if any(one[0].text.text.isdigit() != other[0].text.text.isdigit() for one in level for other in upright):
        return True
    columns, rows = (area[0], area[2]), (area[1], area[3])
    return _has_opposites(level, columns, rows) or _has_opposites(upright, rows, columns)


def _has_opposites(zones: list[_Series], along: _Span, edges: _Span) -> bool:
    reach, least = _EDGE * (edges[1] - edges[0]), _LEAST_SPAN * (along[1] - along[0])
    long = [series for series in zones if series[-1].at - series[0].at >= least]
    low = [series for series in long if series[0].across - edges[0] <= reach]
    high = [series for series in long if edges[1] - series[0].across <= reach]
    return any(_is_twin(one, other) for one in low for other in high)


def _zones(candidates: list[Lettering], *, is_level: bool) -> list[_Series]:
    """The counts along one direction: those that occur twice, at the same places; of other counts the longest."""
    found = [s for group in _by_line(candidates, is_level=is_level) for s in _count(group)]
    return [s for s in found if any(_is_twin(s, other) for other in found)] or sorted(found, key=len)[-1:]


def _by_line(candidates: list[Lettering], *, is_level: bool) -> Iterator[list[_Mark]]:
    """Marks on one line, numbers and letters apart."""
    lines: dict[tuple[bool, int], list[_Mark]] = defaultdict(list)
    for text in candidates:
        x, y = (text.bbox[0] + text.bbox[2]) / 2, (text.bbox[1] + text.bbox[3]) / 2
        at, across = (x, y) if is_level else (y, x)
        is_number = text.text.isdigit()
        value = int(text.text) if is_number else _LETTERS.find(text.text)
        if value < 0:
            continue
        line = round(across / text.height)
        for near in (line, line - 1, line + 1):
            if (is_number, near) in lines:
                line = near
                break
        lines[is_number, line].append(_Mark(text, at, across, value))
    for marks in lines.values():
        yield sorted(marks, key=lambda mark: mark.at)[:_MOST_ON_LINE]


def _count(marks: list[_Mark]) -> Iterator[_Series]:
    """The longest run that counts up or down in even steps."""
    best: _Series = []
    for first in range(len(marks)):
        for second in range(first + 1, len(marks)):
            step = marks[second].value - marks[first].value
            unit = (marks[second].at - marks[first].at) * step
            if abs(step) != 1 or abs(unit) < _LEAST_STEP * marks[first].text.height:
                continue
            series = [m for m in marks[first:] if _is_next(m, marks[first], unit)]
            if len(series) > len(best):
                best = series
    if len({mark.value for mark in best}) >= _FEWEST:
        yield best


def _is_next(mark: _Mark, first: _Mark, unit: float) -> bool:
    return abs(mark.at - first.at - (mark.value - first.value) * unit) < _EVEN * abs(unit)


def _is_twin(series: _Series, other: _Series) -> bool:
    """Whether the same is counted at the same places on the opposite side."""
    if series is other:
        return False
    places = {mark.value: mark.at for mark in other}
    near = series[0].text.height * 2
    same = sum(abs(places.get(mark.value, FAR) - mark.at) < near for mark in series)
    return same >= _FEWEST


def _find_lines(zones: list[_Series], rules: Sequence[Rule], *, is_level: bool) -> tuple[float, float]:
    """The lines of the frame beside the marks: below or left of what is drawn, and above or right of it."""
    low, high = -FAR, FAR
    if not zones:
        return low, high
    middle = _middle_of(zones, rules, is_level=is_level)
    for series in zones:
        mark, span = series[0], series[-1].at - series[0].at
        reach = _WIDEST_STRIP * mark.text.height
        if mark.across < middle:
            line = _nearest_line(rules, mark.across, mark.across + reach, span, is_level=is_level)
            low = max(low, line[0]) if line else low
        else:
            line = _nearest_line(rules, mark.across - reach, mark.across, span, is_level=is_level)
            high = min(high, line[-1]) if line else high
    return low, high


def _middle_of(zones: list[_Series], rules: Sequence[Rule], *, is_level: bool) -> float:
    acrosses = [series[0].across for series in zones]
    if len(acrosses) > 1 and max(acrosses) - min(acrosses) > 0.5 * max(s[-1].at - s[0].at for s in zones) / 2:
        return (min(acrosses) + max(acrosses)) / 2
    ends = [end for r in rules for end in ((r.y0, r.y1) if is_level else (r.x0, r.x1))]
    return (min(ends) + max(ends)) / 2 if ends else 0.0


def _nearest_line(rules: Sequence[Rule], start: float, end: float, span: float, *, is_level: bool) -> list[float]:
    """Where lines run that are about as long as the side, in pieces or whole, in order."""
    lengths: dict[int, tuple[float, float]] = {}
    grain = (end - start) * _GRAIN
    for rule in rules:
        along, across = (
            (abs(rule.x1 - rule.x0), (rule.y0, rule.y1)) if is_level else (abs(rule.y1 - rule.y0), (rule.x0, rule.x1))
        )
        if abs(across[1] - across[0]) < 0.01 * along and start < across[0] < end:
            key = round(across[0] / grain)
            lengths[key] = (across[0], lengths.get(key, (0.0, 0.0))[1] + along)
    return sorted(at for at, length in lengths.values() if length >= _LEAST_LINE * span)


def _outline(lettering: Sequence[Lettering], rules: Sequence[Rule]) -> BBox:
    boxes = [text.bbox for text in lettering]
    boxes += [(min(r.x0, r.x1), min(r.y0, r.y1), max(r.x0, r.x1), max(r.y0, r.y1)) for r in rules]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
