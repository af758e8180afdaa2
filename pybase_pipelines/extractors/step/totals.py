"""Measures of assemblies from those of their parts, and the comparison with what the sender stored.

What belongs here: sums along the assembly graph, each definition once. What does not: measuring (`kernel`).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from pybase_pipelines.extractors.step.assembly import Graph
from pybase_pipelines.extractors.step.kernel import Measured
from pybase_pipelines.extractors.step.placements import Matrix, Vector, move
from pybase_pipelines.results.step import Point, ValidationProperty

AGREEMENT = 1e-4
"""Relative; a centre agrees within this share of the box's diagonal."""


@dataclass(slots=True)
class Total:
    """The measures of a definition with all that it contains."""

    volume: float | None = None
    area: float | None = None
    loose_area: float | None = None
    center: Vector | None = None
    box: tuple[Vector, Vector] | None = None
    box_is_tight: bool = True
    is_complete: bool = True


def sum_up(graph: Graph, measured: dict[int | None, Measured], transforms: dict[int, Matrix]) -> dict[int, Total]:
    """The totals of all definitions, from the parts upwards."""
    totals = {d: _own(m) for d, m in measured.items() if d is not None}
    for definition in reversed(graph.order):
        usages = graph.usages_of.get(definition)
        if not usages:
            continue
        total = totals.get(definition, Total())
        for usage in usages:
            child = totals.get(graph.ends[usage][1])
            if child is None:
                total.is_complete = False
            else:
                _add(total, child, transforms.get(usage))
        if total.volume is not None or total.area is not None or total.box is not None:
            totals[definition] = total
    return totals


def _own(measured: Measured) -> Total:
    return Total(
        volume=measured.volume,
        area=measured.surface_area,
        loose_area=measured.loose_area,
        center=measured.center,
        box=measured.box,
    )


def _add(total: Total, child: Total, matrix: Matrix | None) -> None:
    total.is_complete = total.is_complete and child.is_complete and matrix is not None
    if child.area is not None:
        total.area = (total.area or 0.0) + child.area
    if child.volume is not None:
        _add_center(total, child.volume, move(matrix, child.center) if matrix and child.center else None)
        total.volume = (total.volume or 0.0) + child.volume
    if child.box is not None and matrix is not None:
        corners = [move(matrix, (x, y, z)) for x, y, z in itertools.product(*zip(*child.box, strict=True))]
        corners += total.box or ()
        low, high = tuple(map(min, zip(*corners, strict=True))), tuple(map(max, zip(*corners, strict=True)))
        total.box = ((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        total.box_is_tight = total.box_is_tight and child.box_is_tight and _is_square(matrix)


def _add_center(total: Total, volume: float, center: Vector | None) -> None:
    before = total.volume or 0.0
    if center is None or (before and total.center is None):
        total.center = None
        return
    old = total.center or (0.0, 0.0, 0.0)
    x, y, z = (
        (before * a + volume * b) / (before + volume) if before + volume else b
        for a, b in zip(old, center, strict=True)
    )
    total.center = (x, y, z)


def _is_square(matrix: Matrix) -> bool:
    """Whether the axes go to axes, so that a turned box is the box of the turned shape."""
    return all(abs(v) < 1e-9 or abs(abs(v) - 1) < 1e-9 for axis in matrix[:3] for v in axis)


def compare(
    stored: ValidationProperty, own: Measured | None, total: Total | None, matrix: Matrix | None
) -> tuple[float | Point | None, bool | None]:
    """What we compute for a stored value, and whether the two agree; None where nothing comparable was computed."""
    if total is None or not total.is_complete:
        return None, None
    if stored.scope == "shape_aspect" and (own is None or own.solids != 1):
        return None, None
    if stored.kind == "centroid":
        return _compare_center(stored, total, matrix)
    by_kind = {"volume": total.volume, "surface_area": total.area, "independent_surface_area": total.loose_area}
    computed = by_kind.get(stored.kind)
    if stored.scope == "shape_aspect" and stored.kind == "independent_surface_area":
        return None, None
    if computed is None or not isinstance(stored.stored, int | float):
        return None, None
    return computed, math.isclose(computed, stored.stored, rel_tol=AGREEMENT, abs_tol=1e-9)


def _compare_center(
    stored: ValidationProperty, total: Total, matrix: Matrix | None
) -> tuple[Point | None, bool | None]:
    center = total.center
    if stored.scope == "instance":
        center = move(matrix, center) if matrix is not None and center is not None else None
    if center is None or isinstance(stored.stored, int | float):
        return None, None
    diagonal = math.dist(*total.box) if total.box else math.hypot(*center)
    return center, math.dist(center, stored.stored) <= max(AGREEMENT * diagonal, 1e-3)
