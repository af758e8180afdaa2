"""The straight lines of a page: strokes, thin filled bars, and the edges of shaded boxes.

What belongs here: pdfium's paths turned into rules on the turned page. What does not: what the rules enclose (cells).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import hypot
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.drawing.sheet import Rule
from pybase_pipelines.extractors.pdf.pages import FORM_DEPTH
from pybase_pipelines.extractors.pdf.turn import Turn

if TYPE_CHECKING:
    import pypdfium2

BAR_WIDTH = 2.5
"""A filled shape thinner than this (points) is a line that was drawn as a bar."""
SHORTEST = 1.0
FEWEST_OF_CIRCLE = 7
SMALLEST_RADIUS, LARGEST_RADIUS = 0.5, 20.0
MOST_BOX_SEGMENTS = 6

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle no larger than a sign among letters may be."""

    x: float
    y: float
    radius: float


@dataclass(slots=True)
class Ruling:
    """The rules and small circles of a page; `is_cut` says that there were more than the limit allows."""

    rules: list[Rule] = field(default_factory=list)
    circles: list[Circle] = field(default_factory=list)
    is_cut: bool = False


def read_rules(page: pypdfium2.PdfPage, turn: Turn, limit: int) -> Ruling:
    """All straight lines that the page draws, those inside forms included."""
    import pypdfium2.raw as raw

    ruling, seen = Ruling(), 0
    stack = [(page.raw, raw.FPDFPage_CountObjects(page.raw), raw.FPDFPage_GetObject, IDENTITY, 0)]
    while stack:
        holder, total, get, matrix, depth = stack.pop()
        for index in range(total):
            thing = get(holder, index)
            kind = raw.FPDFPageObj_GetType(thing)
            seen += 1
            if seen > limit or len(ruling.rules) > limit:
                ruling.is_cut = True
                return ruling
            if kind == raw.FPDF_PAGEOBJ_PATH:
                _add_path(ruling, thing, _multiply(_matrix(thing), matrix), turn, limit)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < FORM_DEPTH:
                inner = _multiply(_matrix(thing), matrix)
                stack.append((thing, raw.FPDFFormObj_CountObjects(thing), raw.FPDFFormObj_GetObject, inner, depth + 1))
    return ruling


def _matrix(thing: Any) -> Matrix:
    import pypdfium2.raw as raw

    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(thing, matrix):
        return IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _multiply(m: Matrix, n: Matrix) -> Matrix:
    """First m, then n."""
    return (
        m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5],
    )  # fmt: skip


def _add_path(ruling: Ruling, path: Any, matrix: Matrix, turn: Turn, limit: int) -> None:
    from ctypes import c_int

    import pypdfium2.raw as raw

    fill, stroke = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    count = min(raw.FPDFPath_CountSegments(path), limit)
    if not stroke.value and count > MOST_BOX_SEGMENTS:
        return
    lines = [_turned(start, end, matrix, turn) for start, end in _straight_segments(path, count)]
    if not stroke.value:
        lines = _box_edges(lines)
    elif count >= FEWEST_OF_CIRCLE:
        ruling.circles.extend(_find_circles(path, count, matrix, turn))
    ruling.rules.extend(r for r in lines if abs(r.x1 - r.x0) + abs(r.y1 - r.y0) >= SHORTEST)


def _straight_segments(path: Any, count: int) -> Iterator[tuple[Point, Point]]:
    from ctypes import c_float

    import pypdfium2.raw as raw

    x, y = c_float(), c_float()
    start = here = (0.0, 0.0)
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        there, kind = (x.value, y.value), raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = there
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield here, there
        here = there
        if raw.FPDFPathSegment_GetClose(segment):
            if here != start:
                yield here, start
            here = start


def _turned(start: Point, end: Point, m: Matrix, turn: Turn) -> Rule:
    x0, y0 = turn.point(start[0] * m[0] + start[1] * m[2] + m[4], start[0] * m[1] + start[1] * m[3] + m[5])
    x1, y1 = turn.point(end[0] * m[0] + end[1] * m[2] + m[4], end[0] * m[1] + end[1] * m[3] + m[5])
    return Rule(x0, y0, x1, y1)


def _find_circles(path: Any, count: int, m: Matrix, turn: Turn) -> Iterator[Circle]:
    """Round closed parts of a path, whether drawn as curves or as many short lines."""
    from ctypes import c_float

    import pypdfium2.raw as raw

    x, y = c_float(), c_float()
    part: list[Point] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            if circle := _as_circle(part):
                yield circle
            part = []
        part.append(
            turn.point(x.value * m[0] + y.value * m[2] + m[4], x.value * m[1] + y.value * m[3] + m[5]),
        )
    if circle := _as_circle(part):
        yield circle


def _as_circle(points: list[Point]) -> Circle | None:
    """Control points of curves lie up to a tenth outside the circle that they draw."""
    if len(points) < FEWEST_OF_CIRCLE:
        return None
    left, right = min(p[0] for p in points), max(p[0] for p in points)
    low, high = min(p[1] for p in points), max(p[1] for p in points)
    radius = (right - left) / 2
    if not SMALLEST_RADIUS <= radius <= LARGEST_RADIUS or abs((high - low) / 2 - radius) > 0.12 * radius:
        return None
    x, y = (left + right) / 2, (low + high) / 2
    if any(not 0.88 * radius <= hypot(p[0] - x, p[1] - y) <= 1.2 * radius for p in points):
        return None
    return Circle(x, y, radius) if hypot(points[0][0] - points[-1][0], points[0][1] - points[-1][1]) <= radius else None


def _box_edges(lines: list[Rule]) -> list[Rule]:
    """A filled upright box gives its middle line where it is a bar, else its edges; any other filled shape nothing."""
    if len(lines) < 3 or any(min(abs(r.x1 - r.x0), abs(r.y1 - r.y0)) > 0.5 for r in lines):
        return []
    left, right = min(min(r.x0, r.x1) for r in lines), max(max(r.x0, r.x1) for r in lines)
    low, high = min(min(r.y0, r.y1) for r in lines), max(max(r.y0, r.y1) for r in lines)
    if right - left <= BAR_WIDTH or high - low <= BAR_WIDTH:
        if right - left > high - low:
            return [Rule(left, (low + high) / 2, right, (low + high) / 2)]
        return [Rule((left + right) / 2, low, (left + right) / 2, high)]
    return lines


def turn_ruling(ruling: Ruling, turn: Turn) -> Ruling:
    """The same on the sheet turned once more."""
    rules = [Rule(*turn.point(r.x0, r.y0), *turn.point(r.x1, r.y1)) for r in ruling.rules]
    return Ruling(rules, [Circle(*turn.point(c.x, c.y), c.radius) for c in ruling.circles], ruling.is_cut)
