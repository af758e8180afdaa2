"""Lettering in its own direction: along (u) and up (v), whatever way it runs on the sheet; and rules that are near it.

What belongs here: turning to and from a piece of lettering, and finding rules near it quickly. What does not: meaning.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pybase_pipelines.extractors.drawing.sheet import Lettering, Rule, Sheet
from pybase_pipelines.extractors.drawing.view import find_quarter
from pybase_pipelines.results.drawing import BBox

_CELLS_ACROSS = 96
_LEAST_SHARE = 0.1
"""A drawing that fills less of its sheet than this has something that stands far away by mistake."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A direction on the sheet."""

    cosine: float
    sine: float

    @classmethod
    def of(cls, rotation: float) -> Frame:
        quarter = find_quarter(rotation)
        if quarter is not None:
            return cls((1.0, 0.0, -1.0, 0.0)[quarter], (0.0, 1.0, 0.0, -1.0)[quarter])
        return cls(math.cos(math.radians(rotation)), math.sin(math.radians(rotation)))

    def turn(self, x: float, y: float) -> tuple[float, float]:
        return x * self.cosine + y * self.sine, y * self.cosine - x * self.sine

    def turn_back(self, u: float, v: float) -> tuple[float, float]:
        return u * self.cosine - v * self.sine, u * self.sine + v * self.cosine

    def turn_rule(self, rule: Rule) -> Rule:
        return Rule(*self.turn(rule.x0, rule.y0), *self.turn(rule.x1, rule.y1))

    def box_back(self, box: BBox) -> BBox:
        """The upright box on the sheet around a box of this frame."""
        corners = [self.turn_back(u, v) for u in (box[0], box[2]) for v in (box[1], box[3])]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def box_of(self, text: Lettering) -> BBox:
        """Where lettering stands in its own direction. An upright box around slanted lettering is undone."""
        x0, y0, x1, y1 = text.bbox
        u, v = self.turn((x0 + x1) / 2, (y0 + y1) / 2)
        width, height = x1 - x0, y1 - y0
        c, s = abs(self.cosine), abs(self.sine)
        if c > 0.999 or s > 0.999:
            along, up = (width, height) if c > s else (height, width)
        else:
            up = min(1.35 * text.height, width, height)
            along = max((width - up * s) / c if c > s else (height - up * c) / s, up)
        return u - along / 2, v - up / 2, u + along / 2, v + up / 2


def _usual_span(rules: Sequence[Rule]) -> float:
    """How far the drawing reaches, without the few things that stand far away from it by mistake."""
    spans = [0.0]
    for ends in (sorted(rule.x0 for rule in rules), sorted(rule.y0 for rule in rules)):
        few = len(ends) // 50
        spans.append(ends[-1 - few] - ends[few] if ends else 0.0)
    return max(spans)


_LONGEST_CELLS = 4 * _CELLS_ACROSS


def _may_reach(rule: Rule, box: BBox) -> bool:
    is_beside = max(rule.x0, rule.x1) < box[0] or min(rule.x0, rule.x1) > box[2]
    return not (is_beside or max(rule.y0, rule.y1) < box[1] or min(rule.y0, rule.y1) > box[3])


class RuleIndex:
    """The rules of a sheet by place, so that those near a text are found without looking at all."""

    def __init__(self, rules: Sequence[Rule], sheet: Sheet) -> None:
        whole, usual = max(sheet.width, sheet.height, 1e-9), _usual_span(rules)
        self._cell = (whole if usual > _LEAST_SHARE * whole else max(usual, 1e-9 * whole)) / _CELLS_ACROSS
        self._rules: dict[tuple[int, int], list[Rule]] = defaultdict(list)
        self._long: list[Rule] = []
        for rule in rules:
            if max(abs(rule.x1 - rule.x0), abs(rule.y1 - rule.y0)) > _LONGEST_CELLS * self._cell:
                self._long.append(rule)  # it would take too many places; there are few such
                continue
            for key in self._keys(rule):
                self._rules[key].append(rule)

    def near(self, box: BBox) -> Iterable[Rule]:
        """The rules that may reach into the box, each once."""
        left, low, right, high = (self._at(value) for value in box)
        if (right - left + 1) * (high - low + 1) <= len(self._rules):
            keys = [(i, j) for i in range(left, right + 1) for j in range(low, high + 1)]
        else:  # a box of more places than are in use: the others are empty
            keys = [key for key in self._rules if left <= key[0] <= right and low <= key[1] <= high]
        seen: set[int] = set()
        reaching = (rule for rule in self._long if _may_reach(rule, box))
        for rule in itertools.chain(reaching, *(self._rules.get(key, ()) for key in keys)):
            if id(rule) not in seen:
                seen.add(id(rule))
                yield rule

    def _at(self, value: float) -> int:
        return math.floor(value / self._cell)

    def _keys(self, rule: Rule) -> Iterable[tuple[int, int]]:
        """The cells that a rule goes through; a slanted one is walked along in steps of half a cell."""
        most = _LONGEST_CELLS + 2
        i, j = sorted((self._at(rule.x0), self._at(rule.x1))), sorted((self._at(rule.y0), self._at(rule.y1)))
        if i[0] == i[1]:
            return [(i[0], at) for at in range(j[0], min(j[1], j[0] + most) + 1)]
        if j[0] == j[1]:
            return [(at, j[0]) for at in range(i[0], min(i[1], i[0] + most) + 1)]
        length = max(abs(rule.x1 - rule.x0), abs(rule.y1 - rule.y0))
        steps = min(int(2 * length / self._cell) + 1, most)
        dx, dy = (rule.x1 - rule.x0) / steps, (rule.y1 - rule.y0) / steps
        return {(self._at(rule.x0 + k * dx), self._at(rule.y0 + k * dy)) for k in range(steps + 1)}
