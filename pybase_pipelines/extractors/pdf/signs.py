"""Signs that stand beside a number but are drawn, not written: the diameter sign and the degree sign.

Exports of CAD programs draw them as lines, so that the text layer says 9.14 where a person reads Ø9.14.
What belongs here: signs whose drawn shape leaves no doubt, where a sign of that size belongs. What does not: guesses
from what a dimension ought to be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from math import hypot

from pybase_pipelines.extractors.drawing.sheet import Rule
from pybase_pipelines.extractors.pdf.ruling import Circle, Ruling
from pybase_pipelines.extractors.pdf.text import Word
from pybase_pipelines.results.drawing import BBox

DIAMETER_RADIUS = (0.22, 0.62)
DEGREE_RADIUS = (0.06, 0.22)
"""Radii in font sizes."""
REACH = 0.9
"""How far (in font sizes) a sign may be from the edge of its number."""
LEVEL = 0.4
OBLIQUE = 0.15
BUCKET = 16.0

_STARTS_WITH_NUMBER = re.compile(r"[(\[]?[.,]?\d")
_ENDS_WITH_NUMBER = re.compile(r"\d$")

Key = tuple[int, int]


def add_drawn_signs(words: tuple[Word, ...], ruling: Ruling) -> tuple[Word, ...]:
    """The words, with Ø before and ° behind the numbers that have one drawn beside them."""
    if not ruling.circles or not words:
        return words
    diameters = _index(_find_diameters(ruling.circles, ruling.rules))
    others = _index(c for c in ruling.circles)
    return tuple(_with_degree(_with_diameter(word, diameters), others) for word in words)


def _find_diameters(circles: list[Circle], rules: list[Rule]) -> Iterable[Circle]:
    """Circles with a slanting stroke through the middle that sticks out on both sides."""
    strokes: dict[Key, list[Rule]] = defaultdict(list)
    for rule in rules:
        if abs(rule.x1 - rule.x0) + abs(rule.y1 - rule.y0) < 6 * BUCKET:
            strokes[_key((rule.x0 + rule.x1) / 2, (rule.y0 + rule.y1) / 2)].append(rule)
    for circle in circles:
        near = (rule for key in _keys_around(circle.x, circle.y) for rule in strokes.get(key, ()))
        if any(_is_stroke_through(rule, circle) for rule in near):
            yield circle


def _is_stroke_through(rule: Rule, circle: Circle) -> bool:
    dx, dy = abs(rule.x1 - rule.x0), abs(rule.y1 - rule.y0)
    length = hypot(dx, dy)
    middle = hypot((rule.x0 + rule.x1) / 2 - circle.x, (rule.y0 + rule.y1) / 2 - circle.y)
    is_long = 2.05 * circle.radius <= length <= 4 * circle.radius
    return is_long and middle <= 0.3 * circle.radius and min(dx, dy) >= OBLIQUE * length


def _with_diameter(word: Word, signs: dict[Key, list[Circle]]) -> Word:
    start = _edge(word, at_end=False)
    if not start or not _STARTS_WITH_NUMBER.match(word.text):
        return word
    for key in _keys_around(*start):
        for sign in signs.get(key, ()):
            along, across = _offset(word, start, sign)
            fits = DIAMETER_RADIUS[0] <= sign.radius / word.size <= DIAMETER_RADIUS[1]
            if (
                fits
                and -REACH * word.size - sign.radius <= along <= -0.5 * sign.radius
                and abs(across) <= LEVEL * word.size
            ):
                return replace(word, text=f"Ø{word.text}", bbox=_grown(word.bbox, sign))
    return word


def _with_degree(word: Word, signs: dict[Key, list[Circle]]) -> Word:
    end = _edge(word, at_end=True)
    if not end or not _ENDS_WITH_NUMBER.search(word.text):
        return word
    for key in _keys_around(*end):
        for sign in signs.get(key, ()):
            along, across = _offset(word, end, sign)
            fits = DEGREE_RADIUS[0] <= sign.radius / word.size <= DEGREE_RADIUS[1]
            if fits and -0.1 * word.size <= along <= 0.5 * word.size and 0.1 * word.size <= across <= 0.7 * word.size:
                return replace(word, text=f"{word.text}°", bbox=_grown(word.bbox, sign))
    return word


def _edge(word: Word, *, at_end: bool) -> tuple[float, float] | None:
    """The middle of the word's edge where it starts or ends; None where it runs aslant."""
    x0, y0, x1, y1 = word.bbox
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    if abs(word.angle - 90 * round(word.angle / 90)) > 2:
        return None
    match round(word.angle / 90) % 4:
        case 0:
            return (x1 if at_end else x0), middle_y
        case 1:
            return middle_x, (y1 if at_end else y0)
        case 2:
            return (x0 if at_end else x1), middle_y
        case _:
            return middle_x, (y0 if at_end else y1)


def _offset(word: Word, edge: tuple[float, float], sign: Circle) -> tuple[float, float]:
    """Where the sign is, seen from the edge: along the direction of writing, and upwards from it."""
    dx, dy = sign.x - edge[0], sign.y - edge[1]
    match round(word.angle / 90) % 4:
        case 0:
            return dx, dy
        case 1:
            return dy, -dx
        case 2:
            return -dx, -dy
        case _:
            return -dy, dx


def _grown(box: BBox, sign: Circle) -> BBox:
    return (
        round(min(box[0], sign.x - sign.radius), 2),
        round(min(box[1], sign.y - sign.radius), 2),
        round(max(box[2], sign.x + sign.radius), 2),
        round(max(box[3], sign.y + sign.radius), 2),
    )


def _index(circles: Iterable[Circle]) -> dict[Key, list[Circle]]:
    buckets: dict[Key, list[Circle]] = defaultdict(list)
    for circle in circles:
        buckets[_key(circle.x, circle.y)].append(circle)
    return buckets


def _key(x: float, y: float) -> Key:
    return int(x // BUCKET), int(y // BUCKET)


def _keys_around(x: float, y: float) -> list[Key]:
    a, b = _key(x, y)
    return [(a + i, b + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
