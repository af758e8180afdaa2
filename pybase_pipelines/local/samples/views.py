"""The three views of the bearing bracket in first-angle projection, with their dimensions, at scale 1:1.

What belongs here: what a draughtsman would draw of the part. What does not: the sheet around it (`sheet`).
"""

from __future__ import annotations

import math

from pybase_pipelines.local.samples.primitives import (
    Arc,
    Hatch,
    Item,
    Kind,
    Leader,
    LinearDimension,
    Path,
    RoundDimension,
    Text,
    ToleranceFrame,
    datum_feature,
    line,
    rectangle,
    surface_texture,
)  # fmt: skip
from pybase_pipelines.local.samples.product import BRACKET as B

_FRONT_X, _GROUND = 110.0, 165.0
_SECTION_X = 238.0
_TOP_Y = 100.0
_OVERSHOOT = 4.0
ISOMETRIC_CENTRE = (352.0, 188.0)
ISOMETRIC_SCALE = 0.5


def bracket_views() -> list[Item]:
    """Front view, section A-A and top view, dimensioned."""
    return [*_front(), *_front_dimensions(), *_section(), *_section_dimensions(), *_top(), *_top_dimensions()]


def _front() -> list[Item]:
    x, y, half = _FRONT_X, _GROUND, B.upright_width / 2
    foot, axis, right = y + B.foot, y + B.bore_height, B.width / 2
    items: list[Item] = [
        rectangle(x - right, y, x + right, foot, Kind.OUTLINE),
        line((x - half, foot), (x - half, axis), Kind.OUTLINE),
        line((x + half, foot), (x + half, axis), Kind.OUTLINE),
        Arc((x, axis), half, Kind.OUTLINE, 0, 180),
        Arc((x, axis), B.bore / 2, Kind.OUTLINE),
        Arc((x, axis), B.bore / 2 + B.bore_chamfer, Kind.OUTLINE),
        Arc((x, axis), B.bolt_circle / 2, Kind.CENTRE),
        line((x - half - _OVERSHOOT, axis), (x + half + _OVERSHOOT, axis), Kind.CENTRE),
        Path(((x, y + B.height + 12), (x, y - 6)), Kind.CENTRE),
    ]
    for angle in (45, 135, 225, 315):
        cx, cy = _polar((x, axis), B.bolt_circle / 2, angle)
        items += [Arc((cx, cy), B.thread * 0.42, Kind.OUTLINE), Arc((cx, cy), B.thread / 2, Kind.THIN, 0, 270)]
        items.append(line(_polar((x, axis), 19.5, angle), _polar((x, axis), 28.5, angle), Kind.CENTRE))
    for side in (-1, 1):
        cx = x + side * B.hole_spacing / 2
        items += [line((cx + d, y), (cx + d, foot), Kind.HIDDEN) for d in (-B.dowel / 2, B.dowel / 2)]
        items.append(line((cx, y - _OVERSHOOT), (cx, foot + _OVERSHOOT), Kind.CENTRE))
    return items + _cutting_plane(x, y + B.height + 8) + _cutting_plane(x, y - 8)


def _cutting_plane(x: float, y: float) -> list[Item]:
    """One end of the cutting plane A-A: a thick dash, the arrow of the line of sight, the letter."""
    return [
        line((x, y - 2.5), (x, y + 2.5), Kind.SECTION),
        line((x, y), (x + 9, y), Kind.DIMENSION),
        Path(((x + 9, y), (x + 5.5, y + 1), (x + 5.5, y - 1)), Kind.DIMENSION, closed=True, filled=True),
        Text("A", (x + 12, y - 1.75), 3.5, "center", bold=True),
    ]


def _front_dimensions() -> list[Item]:
    x, y, right = _FRONT_X, _GROUND, B.width / 2
    axis, half = (x, y + B.bore_height), B.upright_width / 2
    return [
        LinearDimension((x - right, y), (x + right, y), (x, y - 16), tolerance=0.2),
        LinearDimension((x - right, y), (x - half, axis[1]), (x - right - 9, y), vertical=True, tolerance=0.05),
        LinearDimension((x - right, y), (x, y + B.height), (x - right - 19, y), vertical=True),
        LinearDimension((x + right, y), (x + right, y + B.foot), (x + right + 9, y), vertical=True),
        RoundDimension(axis, B.bore / 2, 160, (x - 58, axis[1] + 14), f"Ø{B.bore:g} H7"),
        RoundDimension(axis, half, 60, (x + 36, axis[1] + 36), f"R{half:g}", is_radius=True),
        RoundDimension(
            _polar(axis, B.bolt_circle / 2, 45), B.thread / 2, 20, (x + 42, axis[1] + 20), "4x M6 - 6H",
            second_line="12 deep",
        ),
        RoundDimension(axis, B.bolt_circle / 2, 335, (x + 42, axis[1] - 18), f"Ø{B.bolt_circle:g}"),
    ]  # fmt: skip


def _section() -> list[Item]:
    x, y, half, wall = _SECTION_X, _GROUND, B.depth / 2, B.upright_depth / 2
    foot, axis, top, c = y + B.foot, y + B.bore_height, y + B.height, B.bore_chamfer
    low, high = axis - B.bore / 2, axis + B.bore / 2
    lower = (
        (x - half, y), (x + half, y), (x + half, foot), (x + wall, foot), (x + wall, low - c), (x + wall - c, low),
        (x - wall + c, low), (x - wall, low - c), (x - wall, foot), (x - half, foot),
    )  # fmt: skip
    upper = (
        (x - wall, high + c),
        (x - wall + c, high),
        (x + wall - c, high),
        (x + wall, high + c),
        (x + wall, top),
        (x - wall, top),
    )
    return [
        Path(lower, Kind.OUTLINE, closed=True),
        Path(upper, Kind.OUTLINE, closed=True),
        Hatch(lower),
        Hatch(upper),
        *[
            line((x + d, low - e), (x + d, high + e), Kind.OUTLINE)
            for d, e in ((-wall, c), (wall, c), (c - wall, 0), (wall - c, 0))
        ],
        line((x - wall - _OVERSHOOT, axis), (x + wall + _OVERSHOOT, axis), Kind.CENTRE),
        line((x, y - _OVERSHOOT), (x, top + _OVERSHOOT), Kind.CENTRE),
        Text("A - A", (x, top + 18), 5.0, "center", bold=True),
    ]


def _section_dimensions() -> list[Item]:
    x, y, half, wall = _SECTION_X, _GROUND, B.depth / 2, B.upright_depth / 2
    axis, low = y + B.bore_height, y + B.bore_height - B.bore / 2
    high = axis + B.bore / 2
    return [
        LinearDimension((x - half, y), (x + half, y), (x, y - 16)),
        LinearDimension((x - wall, y + B.height), (x + wall, y + B.height), (x, y + B.height + 9), tolerance=0.1),
        Leader((x + wall - 0.5, high + 0.5), (x + 24, high + 11), "2x 1 x 45°"),
        *surface_texture((x - 5, low), "Ra 1.6"),
        *surface_texture((x + half - 9, y + B.foot), "Ra 6.3"),
        *datum_feature((x - 20, y), "A"),
        ToleranceFrame((x + 24, axis - 2.5), "parallelism", "0.03", ("A",)),
        line((x + wall, axis), (x + 24, axis), Kind.DIMENSION),
        ToleranceFrame((x + half + 10, y - 4), "flatness", "0.02"),
        Path(((x + half + 10, y - 1.5), (x + half + 4, y - 1.5), (x + half - 4, y)), Kind.DIMENSION),
    ]


def _top() -> list[Item]:
    x, y, right, back, r = _FRONT_X, _TOP_Y, B.width / 2, B.depth / 2, B.corner
    items: list[Item] = []
    for sx, sy, start in ((1, 1, 0), (-1, 1, 90), (-1, -1, 180), (1, -1, 270)):
        items.append(Arc((x + sx * (right - r), y + sy * (back - r)), r, Kind.OUTLINE, start, start + 90))
    items += [line((x - right + r, y + s * back), (x + right - r, y + s * back), Kind.OUTLINE) for s in (-1, 1)]
    items += [line((x + s * right, y - back + r), (x + s * right, y + back - r), Kind.OUTLINE) for s in (-1, 1)]
    wide, deep = B.upright_width / 2, B.upright_depth / 2
    items.append(rectangle(x - wide, y - deep, x + wide, y + deep, Kind.OUTLINE))
    items += [line((x + s * B.bore / 2, y - deep), (x + s * B.bore / 2, y + deep), Kind.HIDDEN) for s in (-1, 1)]
    for sx in (-1, 1):
        cx = x + sx * B.hole_spacing / 2
        items += [Arc((cx, y), B.dowel / 2, Kind.OUTLINE), *_cross((cx, y), 8)]
        for sy in (-1, 1):
            centre = (cx, y + sy * B.hole_depth_spacing / 2)
            items += [
                Arc(centre, B.hole / 2, Kind.OUTLINE),
                Arc(centre, B.spotface / 2, Kind.OUTLINE),
                *_cross(centre, 11),
            ]
    items.append(line((x - right - _OVERSHOOT, y), (x + right + _OVERSHOOT, y), Kind.CENTRE))
    items.append(line((x, y - back - _OVERSHOOT), (x, y + back + _OVERSHOOT), Kind.CENTRE))
    return items


def _top_dimensions() -> list[Item]:
    x, y, back = _FRONT_X, _TOP_Y, B.depth / 2
    dx, dy = B.hole_spacing / 2, B.hole_depth_spacing / 2
    return [
        LinearDimension((x - dx, y - dy), (x + dx, y - dy), (x, y - back - 10), tolerance=0.02),
        LinearDimension((x - dx, y - dy), (x - dx, y + dy), (x - B.width / 2 - 9, y), vertical=True, tolerance=0.1),
        LinearDimension((x - B.upright_width / 2, y + 15), (x + B.upright_width / 2, y + 15), (x, y + back + 8)),
        RoundDimension((x + dx, y + dy), B.hole / 2, 35, (x + 70, y + 33), "4x Ø9", second_line="spotface Ø18"),
        RoundDimension((x + dx, y), B.dowel / 2, 10, (x + 70, y + 10), "2x Ø12 H7"),
        ToleranceFrame((x + 70.5, y + 3.5), "position", "Ø0.05", ("A",)),
        RoundDimension(
            (x + B.width / 2 - B.corner, y - back + B.corner),
            B.corner,
            315,
            (x + 70, y - back - 4),
            "4x R6",
            is_radius=True,
        ),
    ]


def _cross(centre: tuple[float, float], reach: float) -> list[Item]:
    x, y = centre
    return [line((x - reach, y), (x + reach, y), Kind.CENTRE), line((x, y - reach), (x, y + reach), Kind.CENTRE)]


def _polar(centre: tuple[float, float], radius: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
