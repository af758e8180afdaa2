"""The area inside nested outlines."""

from __future__ import annotations

import math

Ring = list[tuple[float, float]]
MAX_RINGS = 200
NORMAL, OUTERMOST = 0, 1


def ring_area(rings: list[Ring], style: int = NORMAL) -> float | None:
    """What a hatch fills: every second ring from the outside (normal), the outermost ring without its holes, or all.

    None where an outline is open, or there are too many to tell which lies in which.
    """
    if not rings or len(rings) > MAX_RINGS or not all(_is_closed(ring) for ring in rings):
        return None
    areas = [abs(_shoelace(ring)) for ring in rings]
    total = 0.0
    for number, ring in enumerate(rings):
        depth = sum(
            areas[other] > areas[number] and _holds(rings[other], ring[0])
            for other in range(len(rings))
            if other != number
        )
        if style == NORMAL:
            total += areas[number] * (-1) ** depth
        elif style == OUTERMOST:
            total += areas[number] * {0: 1, 1: -1}.get(depth, 0)
        elif depth == 0:
            total += areas[number]
    return total if math.isfinite(total) and total >= 0 else None


def _is_closed(ring: Ring) -> bool:
    """Boundaries made of edges end where they started; the gap of one that does not is longer than rounding."""
    (x0, y0), (x1, y1) = ring[0], ring[-1]
    extent = max(max(p[0] for p in ring) - min(p[0] for p in ring), max(p[1] for p in ring) - min(p[1] for p in ring))
    return math.hypot(x1 - x0, y1 - y0) <= 1e-3 * extent or len(ring) < 3


def _shoelace(ring: Ring) -> float:
    x0, y0 = ring[0]
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum((ax - x0) * (by - y0) - (bx - x0) * (ay - y0) for (ax, ay), (bx, by) in pairs) / 2


def _holds(ring: Ring, point: tuple[float, float]) -> bool:
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside
