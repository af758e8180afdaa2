"""Signs that are drawn as strokes beside the lettering, and that the text itself does not have: Ø ± ↧ ⌴ ⌵ □.

Many programs draw these signs as lines because their fonts lack them; what is left of "Ø9 ±0,02" is "9 0,02". A person
sees the sign, so the few strokes that stand right before a number, or in a gap of a text, are read as one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from pybase_pipelines.extractors.drawing.frame import Frame, RuleIndex
from pybase_pipelines.extractors.drawing.sheet import Lettering, Rule, Sheet
from pybase_pipelines.results.drawing import BBox

_MOST_TEXTS = 4_000
_REACH = 1.9
"""How far before a number its sign may begin, in letter heights."""
_LONGEST_STROKE = 1.9
_MOST_STROKES = 60
_SLASH = (50.0, 82.0)


def restore_signs(sheet: Sheet, index: RuleIndex) -> tuple[Lettering, ...]:
    """The lettering with the signs that are drawn beside it; unchanged where there are no such strokes."""
    if not sheet.rules:
        return sheet.lettering
    done = 0
    restored: list[Lettering] = []
    for text in sheet.lettering:
        if done < _MOST_TEXTS and text.height > 0 and re.search(r"\d", text.text) and len(text.text) <= 60:
            done += 1
            text = _restore(text, index)
        restored.append(text)
    return tuple(restored)


def _restore(text: Lettering, index: RuleIndex) -> Lettering:
    frame = Frame.of(text.rotation)
    u0, v0, u1, v1 = frame.box_of(text)
    height = text.height
    area = (u0 - _REACH * height, v0 - 0.45 * height, u1, v1 + 0.45 * height)
    strokes = _strokes_in(area, frame, index, height)
    if not strokes or len(strokes) > _MOST_STROKES:
        return text
    groups = [group for group in _group(strokes, height) if abs(_middle(group, 1) - (v0 + v1) / 2) < 0.5 * height]
    before = max((g for g in groups if _right(g) <= u0 + 0.25 * height), key=_right, default=[])
    inside = next((g for g in groups if _left(g) > u0 + 0.25 * height and find_sign(g, height)), [])
    content = _insert_inside(text.text, inside, u0, u1, height) if " " in text.text else text.text
    sign = find_sign(before, height) if re.match(r"[\d.,]", content) else None
    if sign is None:
        return text if content == text.text else replace(text, text=content)
    box = frame.box_back((_left(before), v0, u1, v1))
    return replace(text, text=f"{sign}{' ' if sign in '↧⌴⌵' else ''}{content}", bbox=box)


def _group(strokes: list[Rule], height: float) -> list[list[Rule]]:
    """Strokes that touch or nearly touch, from left to right, as the parts of one sign do."""
    aside, above = 0.12 * height, 0.35 * height
    groups: list[list[Rule]] = []
    for stroke in sorted(strokes, key=lambda s: min(s.x0, s.x1)):
        touching = [group for group in groups if _touch(group, stroke, aside, above)]
        groups = [group for group in groups if group not in touching]
        groups.append([*(s for group in touching for s in group), stroke])
    return groups


def _touch(group: list[Rule], stroke: Rule, aside: float, above: float) -> bool:
    return any(
        min(s.x0, s.x1) - aside <= max(stroke.x0, stroke.x1)
        and min(stroke.x0, stroke.x1) - aside <= max(s.x0, s.x1)
        and min(s.y0, s.y1) - above <= max(stroke.y0, stroke.y1)
        and min(stroke.y0, stroke.y1) - above <= max(s.y0, s.y1)
        for s in group
    )


def _left(group: list[Rule]) -> float:
    return min(min(s.x0, s.x1) for s in group)


def _right(group: list[Rule]) -> float:
    return max(max(s.x0, s.x1) for s in group)


def _middle(group: list[Rule], axis: int) -> float:
    values = [value for s in group for value in ((s.x0, s.x1) if axis == 0 else (s.y0, s.y1))]
    return (min(values) + max(values)) / 2


def _strokes_in(area: BBox, frame: Frame, index: RuleIndex, height: float) -> list[Rule]:
    strokes: list[Rule] = []
    for rule in index.near(frame.box_back(area)):
        stroke = frame.turn_rule(rule)
        inside = all(
            area[0] <= u <= area[2] and area[1] <= v <= area[3]
            for u, v in ((stroke.x0, stroke.y0), (stroke.x1, stroke.y1))
        )
        if inside and _length(stroke) <= _LONGEST_STROKE * height:
            strokes.append(stroke)
    return strokes


def _insert_inside(text: str, strokes: list[Rule], u0: float, u1: float, height: float) -> str:
    """A sign in the gap before a number: the gap that is nearest to where the strokes are."""
    sign = find_sign(strokes, height)
    gaps = [match.start() for match in re.finditer(r" (?=[\d.,])", text)]
    if sign is None or not gaps or u1 <= u0:
        return text
    middle = _middle(strokes, 0)
    at = min(gaps, key=lambda gap: abs(u0 + (gap + 0.5) / len(text) * (u1 - u0) - middle))
    return f"{text[:at]} {sign}{text[at + 1 :]}"


def find_sign(strokes: Sequence[Rule], height: float) -> str | None:
    """The sign that the strokes make together; None where they make none that is certain."""
    long = [stroke for stroke in strokes if _length(stroke) >= 0.3 * height]
    level = [s for s in long if abs(s.y1 - s.y0) < 0.12 * height]
    upright = [s for s in long if abs(s.x1 - s.x0) < 0.12 * height]
    slanted = [s for s in long if s not in level and s not in upright]
    shape = (len(level), len(upright), len(slanted))
    slashes = [s for s in slanted if _is_slash(s, height)]
    is_ring = len(strokes) > 7 and all(_length(s) < 0.5 * height for s in strokes if s not in slashes)
    if len(slashes) == 1 and is_ring:
        return "Ø"
    if shape == (2, 1, 0) and max(map(_length, long)) < height:
        return "±"
    if shape == (1, 1, 2):
        return "↧"
    if shape == (1, 2, 0) and level[0].y0 <= min(min(s.y0, s.y1) for s in upright) + 0.15 * height:
        return "⌴"
    if shape == (2, 2, 0) and max(map(_length, long)) - min(map(_length, long)) < 0.15 * height:
        return "□"
    if shape == (0, 0, 2) and abs(min(slanted[0].y0, slanted[0].y1) - min(slanted[1].y0, slanted[1].y1)) < 0.1 * height:
        return "⌵" if _meet_below(slanted, height) else None
    return None


def _is_slash(stroke: Rule, height: float) -> bool:
    rise, run = stroke.y1 - stroke.y0, stroke.x1 - stroke.x0
    if rise < 0:
        rise, run = -rise, -run
    angle = math.degrees(math.atan2(rise, run))
    return _SLASH[0] <= angle <= _SLASH[1] and 0.9 * height <= _length(stroke)


def _meet_below(pair: list[Rule], height: float) -> bool:
    feet = [(s.x0, s.y0) if s.y0 < s.y1 else (s.x1, s.y1) for s in pair]
    return math.dist(*feet) < 0.15 * height


def _length(rule: Rule) -> float:
    return math.hypot(rule.x1 - rule.x0, rule.y1 - rule.y0)
