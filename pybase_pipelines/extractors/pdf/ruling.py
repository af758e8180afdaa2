"""The straight lines of a page: strokes, thin filled bars, and the edges of shaded boxes.

What belongs here: pdfium's paths turned into rules on the turned page. What does not: what the rules enclose (cells).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.drawing.sheet import Rule
from pybase_pipelines.extractors.pdf.pages import FORM_DEPTH
from pybase_pipelines.extractors.pdf.turn import Turn

if TYPE_CHECKING:
    import pypdfium2

BAR_WIDTH = 2.5
"""A filled shape thinner than this (points) is a line that was drawn as a bar."""
SHORTEST = 1.0
SMALL_CURVE = 15.0
"""A curve no larger than this (points) may be part of a sign among letters gives two chords; others are left out."""
MOST_BOX_SEGMENTS = 6
FEWEST_OF_RING = 16

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Ruling:
    """The rules of a page; `is_cut` says that there were more than the limit allows."""

    rules: list[Rule] = field(default_factory=list)
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
                _add_path(ruling.rules, thing, _multiply(_matrix(thing), matrix), turn, limit)
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


def _add_path(rules: list[Rule], path: Any, matrix: Matrix, turn: Turn, limit: int) -> None:
    from ctypes import c_int

    import pypdfium2.raw as raw

    fill, stroke = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    count = min(raw.FPDFPath_CountSegments(path), limit)
    if not stroke.value and count > MOST_BOX_SEGMENTS:
        return
    small = SMALL_CURVE / max(1e-6, abs(matrix[0]) + abs(matrix[1]))
    lines = [_turned(start, end, matrix, turn) for start, end in _straight_segments(path, count, small)]
    if not stroke.value:
        lines = _box_edges(lines)
    rules.extend(r for r in _join_short(lines) if _reach(r) >= SHORTEST)


def _reach(rule: Rule) -> float:
    return abs(rule.x1 - rule.x0) + abs(rule.y1 - rule.y0)


def _join_short(lines: list[Rule]) -> list[Rule]:
    """The ring of a sign, drawn as many tiny strokes in a row, in strokes that are long enough to be kept."""
    if sum(_reach(line) < SHORTEST for line in lines) < FEWEST_OF_RING:
        return lines
    joined: list[Rule] = []
    for row in _rows(lines):
        joined.extend(_join_row(row) if _is_ring(row) else row)
    return joined


def _rows(lines: list[Rule]) -> Iterator[list[Rule]]:
    """Strokes that follow each other, each starting where the last one ended."""
    row: list[Rule] = []
    for line in lines:
        if row and (row[-1].x1, row[-1].y1) != (line.x0, line.y0):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _is_ring(row: list[Rule]) -> bool:
    is_closed = abs(row[0].x0 - row[-1].x1) + abs(row[0].y0 - row[-1].y1) < SHORTEST
    return is_closed and len(row) >= FEWEST_OF_RING and all(_reach(line) < SHORTEST for line in row)


def _join_row(row: list[Rule]) -> list[Rule]:
    joined = row[:1]
    for line in row[1:]:
        if _reach(joined[-1]) < SHORTEST:
            joined[-1] = Rule(joined[-1].x0, joined[-1].y0, line.x1, line.y1)
        else:
            joined.append(line)
    return joined


def _chords(curve: tuple[Point, Point, Point, Point], small: float) -> Iterator[tuple[Point, Point]]:
    """A small curve as two chords."""
    start, first, second, end = curve
    if max(abs(end[0] - start[0]), abs(end[1] - start[1])) > small:
        return
    middle = (
        (start[0] + 3 * first[0] + 3 * second[0] + end[0]) / 8,
        (start[1] + 3 * first[1] + 3 * second[1] + end[1]) / 8,
    )
    yield start, middle
    yield middle, end


def _straight_segments(path: Any, count: int, small: float) -> Iterator[tuple[Point, Point]]:
    from ctypes import c_float

    import pypdfium2.raw as raw

    x, y = c_float(), c_float()
    start = here = (0.0, 0.0)
    controls: list[Point] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        there, kind = (x.value, y.value), raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO and len(controls) < 2:
            controls.append(there)
            continue
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = there
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield here, there
        elif kind == raw.FPDF_SEGMENT_BEZIERTO:
            yield from _chords((here, controls[0], controls[1], there), small)
        here, controls = there, []
        if raw.FPDFPathSegment_GetClose(segment):
            if here != start:
                yield here, start
            here = start


def _turned(start: Point, end: Point, m: Matrix, turn: Turn) -> Rule:
    x0, y0 = turn.point(start[0] * m[0] + start[1] * m[2] + m[4], start[0] * m[1] + start[1] * m[3] + m[5])
    x1, y1 = turn.point(end[0] * m[0] + end[1] * m[2] + m[4], end[0] * m[1] + end[1] * m[3] + m[5])
    return Rule(x0, y0, x1, y1)


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


def turn_rules(rules: list[Rule], turn: Turn) -> list[Rule]:
    """The same rules on the sheet turned once more."""
    return [Rule(*turn.point(r.x0, r.y0), *turn.point(r.x1, r.y1)) for r in rules]
