"""What a CAD drawing (DXF or DWG) gives: its tables, its words, its dimensions, and what is drawn where.

What belongs here: the shapes that DXF and DWG share. What does not: how they are read (`extractors.dxf`, `.dwg`).
Lengths and coordinates are in drawing units (paper sizes say mm), angles in degrees. Handles are hexadecimal, as in
the file. `layout` is "Model" or the sheet's name; it is None for what stands inside a block definition (`block`).
"""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.results.drawing import BBox, Bom, Dimension, Note, Revision, TitleBlock
from pybase_pipelines.results.envelope import Content, Shape

Point = tuple[float, float, float]
HeaderValue = str | int | float | list[float] | None


class CadMetadata(Shape):
    """What the file says about itself. Times are ISO 8601; `header` are its header variables as stored.

    `header_extents` is what the writing program claimed ($EXTMIN, $EXTMAX); the measured box is in `geometry_summary`.
    """

    dxf_version: str | None = None
    release: str | None = None
    maintenance_version: int | None = None
    codepage: str | None = None
    encoding: str | None = None
    is_binary: bool = False
    units_code: int | None = None
    units: str | None = None
    unit_in_mm: float | None = None
    measurement: str | None = None
    linear_units: str | None = None
    linear_precision: int | None = None
    angular_units: str | None = None
    angular_precision: int | None = None
    created: str | None = None
    modified: str | None = None
    editing_seconds: float | None = None
    saved_by: str | None = None
    fingerprint_guid: str | None = None
    version_guid: str | None = None
    title: str | None = None
    subject: str | None = None
    author: str | None = None
    keywords: str | None = None
    comments: str | None = None
    revision_number: str | None = None
    hyperlink_base: str | None = None
    application: str | None = None
    custom_properties: dict[str, str] = Field(default_factory=dict)
    header_extents: BBox | None = None
    limits: BBox | None = None
    dimension_scale: float | None = None
    linetype_scale: float | None = None
    georeferencing: dict[str, HeaderValue] = Field(default_factory=dict)
    header: dict[str, HeaderValue] = Field(default_factory=dict)


class CadLayer(Shape):
    """One layer. `color` is the ACI (positive also when off), `lineweight` in 1/100 mm (-3: the default).

    `entity_count` counts what stands on the layer in model space and on the sheets, not inside block definitions.
    """

    name: str
    color: int = 7
    true_color: str | None = None
    linetype: str | None = None
    lineweight: int | None = None
    is_on: bool = True
    is_frozen: bool = False
    is_locked: bool = False
    is_plotted: bool = True
    transparency: float | None = None
    description: str | None = None
    handle: str | None = None
    entity_count: int = 0


class CadLinetype(Shape):
    """One linetype; `pattern` are dash lengths (negative: gaps)."""

    name: str
    description: str | None = None
    length: float | None = None
    pattern: list[float] = Field(default_factory=list)


class CadTextStyle(Shape):
    """One text style and its font."""

    name: str
    font: str | None = None
    big_font: str | None = None
    height: float | None = None
    width_factor: float | None = None


class CadDimensionStyle(Shape):
    """One dimension style: what decides how a measurement is written."""

    name: str
    scale: float | None = None
    text_height: float | None = None
    linear_factor: float | None = None
    decimal_places: int | None = None
    rounding: float | None = None
    prefix_suffix: str | None = None
    decimal_separator: str | None = None
    linear_units: str | None = None
    shows_tolerance: bool = False
    shows_limits: bool = False
    tolerance_plus: float | None = None
    tolerance_minus: float | None = None


class CadViewport(Shape):
    """A window on a sheet into model space. `scale` is paper over model (0.02 is 1:50)."""

    handle: str | None = None
    layer: str | None = None
    center: tuple[float, float] | None = None
    width: float | None = None
    height: float | None = None
    scale: float | None = None
    scale_text: str | None = None
    view_center: tuple[float, float] | None = None
    view_height: float | None = None
    is_on: bool = True
    is_locked: bool = False
    frozen_layers: list[str] = Field(default_factory=list)


class CadLayout(Shape):
    """Model space or a sheet. `paper_*` sizes and margins (left, bottom, right, top) are in mm."""

    name: str
    is_model: bool = False
    tab_order: int | None = None
    paper_name: str | None = None
    paper_width_mm: float | None = None
    paper_height_mm: float | None = None
    sheet_size: str | None = None
    margins_mm: tuple[float, float, float, float] | None = None
    plot_rotation: int | None = None
    plot_scale: float | None = None
    plot_style: str | None = None
    printer: str | None = None
    extents: BBox | None = None
    entity_counts: dict[str, int] = Field(default_factory=dict)
    viewports: list[CadViewport] = Field(default_factory=list)


class CadBlockAttribute(Shape):
    """An attribute definition of a block."""

    tag: str
    prompt: str | None = None
    default: str | None = None
    is_invisible: bool = False
    is_constant: bool = False


class CadBlock(Shape):
    """A block definition.

    `insert_count` counts the references to it, in layouts and in other blocks (an array counts each cell);
    `instance_count` how often it stands in model space when nested blocks are resolved. `nested` are the blocks it
    inserts itself. `base_name` is the dynamic block that an anonymous one was made from.
    """

    name: str
    insert_count: int = 0
    instance_count: int = 0
    base_point: Point | None = None
    entity_count: int = 0
    entity_types: dict[str, int] = Field(default_factory=dict)
    nested: dict[str, int] = Field(default_factory=dict)
    attributes: list[CadBlockAttribute] = Field(default_factory=list)
    bbox: BBox | None = None
    is_anonymous: bool = False
    is_xref: bool = False
    is_overlay: bool = False
    xref_path: str | None = None
    base_name: str | None = None
    description: str | None = None
    handle: str | None = None


class CadAttribute(Shape):
    """The value of one attribute of one inserted block. `block` is the block inserted, `inside` one that inserts it."""

    tag: str
    value: str
    block: str | None = None
    insert_handle: str | None = None
    handle: str | None = None
    layer: str | None = None
    layout: str | None = None
    inside: str | None = None
    position: Point | None = None
    is_invisible: bool = False
    is_hidden: bool = False


class CadText(Shape):
    """A text as a person reads it, codes resolved. `is_hidden`: its layer is off or frozen, or it is invisible."""

    kind: str
    text: str
    height: float | None = None
    rotation: float | None = None
    position: Point | None = None
    style: str | None = None
    layer: str | None = None
    layout: str | None = None
    block: str | None = None
    handle: str | None = None
    is_hidden: bool = False


class CadDimension(Dimension):
    """A dimension. `value` is measured (drawing units, or degrees), `text` what stands on the sheet.

    `text_source`: drawn (the picture stored in the file), override, style (formatted here by the dimension style), or
    lettering (read from plain text on a sheet that has no dimension objects).
    `override` is the text a person typed instead of, or around, the measurement.
    """

    layer: str | None = None
    style: str | None = None
    is_overridden: bool = False
    override: str | None = None
    text_source: str | None = None
    linear_factor: float | None = None
    position: Point | None = None
    block: str | None = None
    is_hidden: bool = False


class CadHatch(Shape):
    """A hatch. `area` in square drawing units, None where its boundary is open or crosses itself."""

    pattern: str
    is_solid: bool = False
    is_gradient: bool = False
    scale: float | None = None
    angle: float | None = None
    area: float | None = None
    boundary_count: int = 0
    layer: str | None = None
    layout: str | None = None
    handle: str | None = None


class CadLeader(Shape):
    """A leader and what it says."""

    kind: str
    text: str | None = None
    block: str | None = None
    vertices: list[tuple[float, float]] = Field(default_factory=list)
    layer: str | None = None
    layout: str | None = None
    handle: str | None = None


class CadTable(Shape):
    """A table object: cells by row, from the top."""

    rows: list[list[str | None]] = Field(default_factory=list)
    layer: str | None = None
    layout: str | None = None
    handle: str | None = None


class CadReference(Shape):
    """A file that the drawing points to. `kind`: xref, image, pdf, dwf, dgn, ole."""

    kind: str
    path: str | None = None
    name: str | None = None
    layout: str | None = None
    layer: str | None = None
    handle: str | None = None


class GeometrySummary(Shape):
    """Counts and extents. `bbox` is measured from what is drawn in model space (text widths are estimated).

    `model_space_inserts` counts INSERT objects; `totals` counts types in all layouts and block definitions.
    `length_by_layer` adds up lines, arcs, circles and polylines of model space.
    """

    model_space: dict[str, int] = Field(default_factory=dict)
    model_space_inserts: dict[str, int] = Field(default_factory=dict)
    paper_space: dict[str, dict[str, int]] = Field(default_factory=dict)
    totals: dict[str, int] = Field(default_factory=dict)
    total_entities: int = 0
    hidden_entities: int = 0
    bbox: BBox | None = None
    header_bbox: BBox | None = None
    length_by_layer: dict[str, float] = Field(default_factory=dict)


class CadContent(Content):
    """Everything that is read from a drawing."""

    metadata: CadMetadata = Field(default_factory=CadMetadata)
    layers: list[CadLayer] = Field(default_factory=list)
    layouts: list[CadLayout] = Field(default_factory=list)
    blocks: list[CadBlock] = Field(default_factory=list)
    attributes: list[CadAttribute] = Field(default_factory=list)
    text_blocks: list[CadText] = Field(default_factory=list)
    dimensions: list[CadDimension] = Field(default_factory=list)
    hatches: list[CadHatch] = Field(default_factory=list)
    leaders: list[CadLeader] = Field(default_factory=list)
    tables: list[CadTable] = Field(default_factory=list)
    references: list[CadReference] = Field(default_factory=list)
    geometry_summary: GeometrySummary = Field(default_factory=GeometrySummary)
    linetypes: list[CadLinetype] = Field(default_factory=list)
    text_styles: list[CadTextStyle] = Field(default_factory=list)
    dimension_styles: list[CadDimensionStyle] = Field(default_factory=list)
    title_block: TitleBlock | None = None
    title_blocks: list[TitleBlock] = Field(default_factory=list)
    bom: Bom | None = None
    revisions: list[Revision] = Field(default_factory=list)
    notes: list[Note] = Field(default_factory=list)
