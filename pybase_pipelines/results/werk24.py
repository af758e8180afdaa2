"""What the Werk24 service reads on a drawing: title block, dimensions, tolerances, threads, surfaces, materials.

Values are the service's own words and numbers in the units it names (mm, in, deg, as written where it names another).
`confidence` is the service's, 0 to 1; None where it states none, and 0.0 for the title block, which it never rates.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pybase_pipelines.results.drawing import Bom, Dimension, Note, TitleBlock
from pybase_pipelines.results.envelope import Content, Envelope, Shape


class Finding(Shape):
    """What every item has: the text as a person reads it, its page (from 1), how sure the service is.

    `reference_id` is the service's number for the place on the drawing.
    """

    text: str | None = None
    page: int | None = None
    confidence: float | None = None
    reference_id: int | None = None


class GeometricTolerance(Finding):
    """One geometric tolerance; `characteristic_type` is the symbol of ISO 1101."""

    characteristic_type: str | None = None
    tolerance_value: float | None = None
    tolerance_unit: str | None = None
    material_condition: str | None = None
    state: str | None = None
    datums: list[str] = Field(default_factory=list)


class Thread(Finding):
    """One thread callout. `pitch` is in mm; `depth` in the unit of the diameter."""

    thread_type: str | None = None
    standard: str | None = None
    designation: str | None = None
    nominal_diameter: float | None = None
    unit: str | None = None
    pitch: float | None = None
    threads_per_inch: float | None = None
    thread_class: str | None = None
    hand: str | None = None
    depth: float | None = None
    depth_type: str | None = None
    quantity: int | None = None


class SurfaceFinish(Finding):
    """One surface texture requirement; `is_general` holds for all surfaces that have none of their own."""

    standard: str | None = None
    parameter: str | None = None
    value: float | None = None
    unit: str | None = None
    ra_value: float | None = None
    rz_value: float | None = None
    machining_allowance: float | None = None
    lay_symbol: str | None = None
    process: str | None = None
    material_removal: str | None = None
    applies_all_around: bool = False
    is_general: bool = False


class DrawingMaterial(Finding):
    """One material; materials of the same `option` belong together, other options are alternatives."""

    designation: str | None = None
    standard: str | None = None
    material_type: str | None = None
    categories: list[str] = Field(default_factory=list)
    option: int = 1


class Feature(Finding):
    """Another feature: bore, chamfer, radius, undercut, key slot, centre hole, fastener, in the service's terms."""

    kind: str
    quantity: int | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class Usage(Shape):
    """What was asked of the service, for the bill: `paid_asks` cost credits for each page read."""

    requests: int = 0
    free_asks: list[str] = Field(default_factory=list)
    paid_asks: list[str] = Field(default_factory=list)
    pages_read: int = 0
    answers: int = 0
    request_ids: list[str] = Field(default_factory=list)


class Werk24Metadata(Shape):
    """The document as the service sees it. `page_types` by page: COMPONENT_DRAWING, ASSEMBLY_DRAWING, ..."""

    media_type: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    page_count: int | None = None
    paper_size: str | None = None
    expected_seconds_median: float | None = None
    expected_seconds_95_percent: float | None = None
    page_types: dict[str, str] = Field(default_factory=dict)
    languages: list[str] = Field(default_factory=list)
    unit_systems: list[str] = Field(default_factory=list)
    certifications: list[str] = Field(default_factory=list)


class Werk24Content(Content):
    """What Werk24 reads on a drawing. `insights` only where asked for; `raw_messages` are its answers, unchanged."""

    metadata: Werk24Metadata = Field(default_factory=Werk24Metadata)
    title_block: TitleBlock | None = None
    title_blocks: list[TitleBlock] = Field(default_factory=list)
    dimensions: list[Dimension] = Field(default_factory=list)
    gdts: list[GeometricTolerance] = Field(default_factory=list)
    threads: list[Thread] = Field(default_factory=list)
    surface_finishes: list[SurfaceFinish] = Field(default_factory=list)
    materials: list[DrawingMaterial] = Field(default_factory=list)
    features: list[Feature] = Field(default_factory=list)
    bom: Bom | None = None
    notes: list[Note] = Field(default_factory=list)
    insights: list[dict[str, Any]] = Field(default_factory=list)
    usage: Usage = Field(default_factory=Usage)
    raw_messages: list[dict[str, Any]] = Field(default_factory=list)


class Werk24Result(Envelope, Werk24Content):
    """The whole result of a drawing that Werk24 read."""
