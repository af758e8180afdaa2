"""The sheet of the bearing bracket as a PDF, with real lines and real text. Its bytes are the same on every day."""

from __future__ import annotations

import math
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from pybase_pipelines.local.samples import product, sheet, views
from pybase_pipelines.local.samples.bracket_solid import isometric_edges
from pybase_pipelines.local.samples.primitives import (
    WIDTHS_MM,
    Arc,
    Hatch,
    Item,
    Kind,
    Leader,
    LinearDimension,
    Path,
    Point,
    RoundDimension,
    Text,
    ToleranceFrame,
    tolerance_strokes,
)  # fmt: skip

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_PATTERNS_MM: dict[Kind, list[float]] = {
    Kind.CENTRE: [7, 1.2, 0.8, 1.2],
    Kind.HIDDEN: [3, 1.2],
}
_HATCH_SPACING_MM = 2.5
_ARROW_MM = 3.0


def write_pdf(path: FilePath) -> None:
    """Write the sheet, an A3 page with 1 unit of ours a millimetre."""
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(sheet.WIDTH * mm, sheet.HEIGHT * mm), invariant=1)
    canvas.setTitle(f"{product.DRAWING_NUMBER} {product.TITLE}")
    canvas.setAuthor(product.COMPANY)
    canvas.setSubject(f"Revision {product.REVISION}")
    canvas.setCreator("pybase-pipelines samples")
    canvas.scale(mm, mm)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    pen = _Pen(canvas)
    for item in (
        *sheet.border(),
        *sheet.title_block_form(),
        *sheet.parts_list(),
        *sheet.revision_table(),
        *sheet.notes(),
    ):
        pen.draw(item)
    for cell in product.TITLE_BLOCK:
        pen.draw(Text(cell.value, sheet.value_position(cell), cell.text_height, bold=cell.text_height > 3))
    for item in (*views.bracket_views(), *isometric_view()):
        pen.draw(item)
    canvas.showPage()
    canvas.save()


def isometric_view() -> list[Item]:
    """The bracket as one sees it, with hidden lines removed, at its place on the sheet."""
    cx, cy = views.ISOMETRIC_CENTRE
    scale = views.ISOMETRIC_SCALE
    edges = [tuple((cx + x * scale, cy + y * scale) for x, y in edge) for edge in isometric_edges()]
    return [*[Path(edge, Kind.OUTLINE) for edge in edges], Text("Isometric view 1:2", (cx, cy - 44), 3.5, "center")]


class _Pen:
    """Draws each kind of item on a canvas whose unit is the millimetre."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def draw(self, item: Item) -> None:
        match item:
            case Path():
                self._path(item)
            case Arc():
                self._arc(item)
            case Text():
                self._text(item)
            case Hatch():
                self._hatch(item)
            case LinearDimension():
                self._linear(item)
            case RoundDimension():
                self._round(item)
            case Leader():
                self._leader(item.tip, item.text_at, item.text)
            case ToleranceFrame():
                for stroke in tolerance_strokes(item):
                    self.draw(stroke)

    def _stroke(self, kind: Kind) -> None:
        self.canvas.setLineWidth(WIDTHS_MM[kind])
        self.canvas.setDash(_PATTERNS_MM.get(kind, []))

    def _path(self, item: Path) -> None:
        self._stroke(item.kind)
        path = self.canvas.beginPath()
        path.moveTo(*item.points[0])
        for point in item.points[1:]:
            path.lineTo(*point)
        if item.closed:
            path.close()
        self.canvas.drawPath(path, fill=int(item.filled))

    def _arc(self, item: Arc) -> None:
        self._stroke(item.kind)
        (x, y), r = item.center, item.radius
        path = self.canvas.beginPath()
        path.arc(x - r, y - r, x + r, y + r, startAng=round(item.start), extent=round(item.end - item.start))
        self.canvas.drawPath(path)

    def _text(self, item: Text, rotation: float = 0.0) -> None:
        """Letters of `height` millimetres: a capital of Helvetica is 0.72 of its font size."""
        if not item.text:
            return
        canvas = self.canvas
        canvas.saveState()
        canvas.translate(*item.at)
        canvas.rotate(rotation)
        canvas.setFont("Helvetica-Bold" if item.bold else "Helvetica", item.height / 0.72)
        draw = {"left": canvas.drawString, "center": canvas.drawCentredString, "right": canvas.drawRightString}[
            item.align
        ]
        draw(0, 0, item.text)
        canvas.restoreState()

    def _hatch(self, item: Hatch) -> None:
        """Lines at 45 degrees, clipped by the outline."""
        canvas = self.canvas
        canvas.saveState()
        clip = canvas.beginPath()
        clip.moveTo(*item.outline[0])
        for point in item.outline[1:]:
            clip.lineTo(*point)
        clip.close()
        canvas.clipPath(clip, stroke=0)
        self._stroke(Kind.HATCH)
        xs, ys = [p[0] for p in item.outline], [p[1] for p in item.outline]
        bottom, top = min(ys), max(ys)
        step = _HATCH_SPACING_MM * math.sqrt(2)
        for n in range(math.floor((min(xs) - top) / step), math.ceil((max(xs) - bottom) / step) + 1):
            canvas.line(n * step + bottom, bottom, n * step + top, top)
        canvas.restoreState()

    def _arrow(self, tip: Point, toward: Point) -> None:
        angle = math.atan2(tip[1] - toward[1], tip[0] - toward[0])
        corners = [
            (tip[0] - _ARROW_MM * math.cos(angle + d), tip[1] - _ARROW_MM * math.sin(angle + d)) for d in (-0.16, 0.16)
        ]
        self._path(Path((tip, *corners), Kind.DIMENSION, closed=True, filled=True))

    def _linear(self, item: LinearDimension) -> None:
        """Extension lines, a dimension line with two arrows, the text above it; short ones get arrows from outside."""
        axis = 1 if item.vertical else 0
        ends: list[Point] = []
        for point in (item.first, item.second):
            end = (item.base[0], point[1]) if item.vertical else (point[0], item.base[1])
            sign = math.copysign(1.0, end[1 - axis] - point[1 - axis])
            start = _shift(point, 1 - axis, sign * 1.0)
            self._path(Path((start, _shift(end, 1 - axis, sign * 2.0)), Kind.DIMENSION))
            ends.append(end)
        ends.sort(key=lambda p: p[axis])
        low, high = ends
        outside = item.value < 4 * _ARROW_MM + 3
        reach = 6.0 if outside else 0.0
        self._path(Path((_shift(low, axis, -reach), _shift(high, axis, reach)), Kind.DIMENSION))
        self._arrow(low, _shift(low, axis, -1 if outside else 1))
        self._arrow(high, _shift(high, axis, 1 if outside else -1))
        middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        at = (middle[0] - 1.0, middle[1]) if item.vertical else (middle[0], middle[1] + 1.0)
        self._text(Text(item.text, at, 2.8, "center"), 90.0 if item.vertical else 0.0)

    def _round(self, item: RoundDimension) -> None:
        angle = math.radians(item.angle)
        tip = (item.center[0] + item.radius * math.cos(angle), item.center[1] + item.radius * math.sin(angle))
        self._leader(tip, item.text_at, item.text)
        if item.second_line:
            self._text(Text(item.second_line, (item.text_at[0] + 0.5, item.text_at[1] - 3.6), 2.8))

    def _leader(self, tip: Point, text_at: Point, text: str) -> None:
        """An arrow at the tip, a landing under the text; the leader joins the landing's nearer end."""
        width = 1.0 + len(text) * 2.0
        near, far = (
            (text_at, _shift(text_at, 0, width)) if text_at[0] > tip[0] else (_shift(text_at, 0, width), text_at)
        )
        self._path(Path((tip, near, far), Kind.DIMENSION))
        self._arrow(tip, near)
        self._text(Text(text, (text_at[0] + 0.5, text_at[1] + 1.0), 2.8))


def _shift(point: Point, axis: int, by: float) -> Point:
    return (point[0] + by, point[1]) if axis == 0 else (point[0], point[1] + by)
