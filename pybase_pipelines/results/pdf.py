"""What a PDF gives: facts of the document, its pages, every word, tables, what is filled in or attached, the drawing.

What belongs here: the shape of that content. What does not: how it is read (that is `extractors.pdf`).
A bbox is [x0, y0, x1, y1] in points (1/72 inch) of the page as a person sees it, turned by the page's own rotation,
with the origin at the lower left. Pages count from 1.
"""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.results.drawing import BBox, Bom, Dimension, Note, Revision, TitleBlock
from pybase_pipelines.results.envelope import Content, Envelope, Shape


class PdfOutlineEntry(Shape):
    """One bookmark. `level` counts from 0; `page` is None where it leads to none of ours."""

    title: str
    level: int
    page: int | None = None


class PdfMetadata(Shape):
    """What the document says about itself. `pdf_info` is its information dictionary as written."""

    num_pages: int | None = None
    pages_read: int = 0
    pdf_version: str | None = None
    pdf_info: dict[str, str] = Field(default_factory=dict)
    created: str | None = None
    modified: str | None = None
    identifier: str | None = None
    xmp: dict[str, str] = Field(default_factory=dict)
    pdf_a: str | None = None
    is_encrypted: bool = False
    security_revision: int | None = None
    permissions: dict[str, bool] = Field(default_factory=dict)
    is_tagged: bool = False
    page_mode: str | None = None
    form_type: str | None = None
    num_attachments: int = 0
    num_signatures: int = 0
    num_scripts: int = 0
    outline: list[PdfOutlineEntry] = Field(default_factory=list)


class PdfPage(Shape):
    """One page, and by which counts its kind was decided.

    `kind`: text, vector (a drawing or plot), mixed (text over large pictures), scanned (a picture without letters),
    outlined (letters drawn as strokes: there is nothing to read), empty, unreadable (cannot be loaded).
    `rotation` is the page's own, clockwise.
    """

    number: int
    label: str | None = None
    width_mm: float = 0.0
    height_mm: float = 0.0
    sheet_size: str | None = None
    orientation: str | None = None
    rotation: int = 0
    kind: str = "empty"
    num_characters: int = 0
    num_words: int = 0
    num_text_objects: int = 0
    num_paths: int = 0
    num_path_segments: int = 0
    num_images: int = 0
    num_unreadable_characters: int = 0
    image_area_ratio: float = 0.0
    media_box: BBox | None = None
    crop_box: BBox | None = None
    trim_box: BBox | None = None


class PdfTextBlock(Shape):
    """A run of words in one line. `font_size` in points; `rotation` in degrees, counter-clockwise, as seen."""

    text: str
    page: int
    bbox: BBox
    font_size: float
    rotation: float = 0.0
    is_title: bool = False


class MergedCell(Shape):
    """A cell that spans others; `row` and `col` count from 0 in the whole grid, headers included."""

    row: int
    col: int
    rowspan: int
    colspan: int


class PdfTable(Shape):
    """A table. `headers` are the first `num_header_rows` of the grid, joined by column; `rows` are the others.

    `num_rows` and `num_columns` count the whole grid, header rows included. Cells are as written, "" where blank and
    None inside a merged cell. `strategy`: lines (ruled) or text (by alignment).
    """

    page: int
    bbox: BBox
    headers: list[str | None] = Field(default_factory=list)
    rows: list[list[str | None]] = Field(default_factory=list)
    num_header_rows: int = 1
    num_rows: int = 0
    num_columns: int = 0
    merged_cells: list[MergedCell] = Field(default_factory=list)
    column_types: list[str] = Field(default_factory=list)
    strategy: str = "lines"
    confidence: float = 0.0


class PdfAnnotation(Shape):
    """A link, comment or markup on a page."""

    page: int
    kind: str
    bbox: BBox | None = None
    text: str | None = None
    author: str | None = None
    uri: str | None = None
    target_page: int | None = None


class PdfFormField(Shape):
    """A field of a form and what is filled in."""

    page: int
    name: str
    kind: str
    value: str | None = None
    label: str | None = None
    is_checked: bool | None = None
    bbox: BBox | None = None


class PdfAttachment(Shape):
    """A file inside the document."""

    name: str
    size_bytes: int | None = None


class PdfContent(Content):
    """Everything a PDF gives. `title_block` is the surest of `title_blocks`, of which there is one a sheet."""

    metadata: PdfMetadata = Field(default_factory=PdfMetadata)
    pages: list[PdfPage] = Field(default_factory=list)
    text_blocks: list[PdfTextBlock] = Field(default_factory=list)
    tables: list[PdfTable] = Field(default_factory=list)
    annotations: list[PdfAnnotation] = Field(default_factory=list)
    form_fields: list[PdfFormField] = Field(default_factory=list)
    attachments: list[PdfAttachment] = Field(default_factory=list)
    title_block: TitleBlock | None = None
    title_blocks: list[TitleBlock] = Field(default_factory=list)
    dimensions: list[Dimension] = Field(default_factory=list)
    bom: Bom | None = None
    revisions: list[Revision] = Field(default_factory=list)
    notes: list[Note] = Field(default_factory=list)


class PdfResult(Envelope, PdfContent):
    """The whole result of a PDF."""
