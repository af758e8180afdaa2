"""What every drawing has, whether it came as PDF, DXF or DWG: title block, dimensions, parts list, revisions, notes.

Values are as written on the sheet; what we make of them (a number, an ISO date) stands beside, never instead.
Where a value stands: `page` (from 1) and `bbox` for PDF, `layout` and `handle` for DXF and DWG. A bbox is
[x0, y0, x1, y1] with the origin at the lower left: PDF in points, DXF and DWG in drawing units.
`confidence` is 0 to 1.
"""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.results.envelope import Shape

BBox = tuple[float, float, float, float]


class Place(Shape):
    """Where on which sheet something stands."""

    page: int | None = None
    layout: str | None = None
    bbox: BBox | None = None
    handle: str | None = None


class TitleBlock(Place):
    """The title block of a sheet (ISO 7200 and what firms make of it). None: not there, or left blank."""

    drawing_number: str | None = None
    part_number: str | None = None
    title: str | None = None
    revision: str | None = None
    date: str | None = None
    date_iso: str | None = None
    author: str | None = None
    checked_by: str | None = None
    approved_by: str | None = None
    company: str | None = None
    project: str | None = None
    scale: str | None = None
    sheet: str | None = None
    size: str | None = None
    units: str | None = None
    material: str | None = None
    finish: str | None = None
    weight: str | None = None
    general_tolerance: str | None = None
    projection: str | None = None
    custom_fields: dict[str, str] = Field(default_factory=dict)
    confidence: float = 0.0
    source: str | None = None


class Dimension(Place):
    """One dimension. `text` is what a person reads ("Ø12 H7", "45 ±0.1"); `value` is the number in `unit`.

    `dimension_type`: linear, aligned, angular, diameter, radius, ordinate, arc_length, chamfer, thread, ...
    Tolerances are signed deviations in `unit`: 45 +0.2/-0.1 has tolerance_plus 0.2 and tolerance_minus -0.1.
    """

    text: str | None = None
    value: float | None = None
    unit: str | None = None
    dimension_type: str = "linear"
    tolerance_plus: float | None = None
    tolerance_minus: float | None = None
    fit: str | None = None
    quantity: int | None = None
    is_reference: bool = False
    is_basic: bool = False
    confidence: float = 1.0


class BomItem(Shape):
    """One row of a parts list, cells as written; columns that have no field of their own are in `other`."""

    item: str | None = None
    quantity: str | None = None
    part_number: str | None = None
    description: str | None = None
    material: str | None = None
    unit: str | None = None
    weight: str | None = None
    remarks: str | None = None
    other: dict[str, str] = Field(default_factory=dict)


class Bom(Place):
    """The parts list of a drawing; `headers` as written, in column order."""

    headers: list[str] = Field(default_factory=list)
    items: list[BomItem] = Field(default_factory=list)
    confidence: float = 0.0


class Revision(Place):
    """One row of a revision table."""

    revision: str | None = None
    date: str | None = None
    description: str | None = None
    author: str | None = None
    zone: str | None = None
    other: dict[str, str] = Field(default_factory=dict)


class Note(Place):
    """A note on the sheet, with its number where it has one."""

    number: str | None = None
    text: str
