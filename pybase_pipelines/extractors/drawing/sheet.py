"""A sheet as lettering and ruling: the one input of everything that reads a drawing like a person does.

PDF pages, DXF layouts and DWG layouts are turned into this by their extractors. Coordinates have their origin at the
lower left and are in the sheet's own unit (PDF points, drawing units); `width` and `height` say how large it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.results.drawing import BBox, Bom, Dimension, Note, Revision, TitleBlock


@dataclass(frozen=True, slots=True)
class Lettering:
    """A run of text in one line, as drawn: a word or a phrase. `rotation` is in degrees, counter-clockwise."""

    text: str
    bbox: BBox
    height: float
    rotation: float = 0.0
    handle: str | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line as drawn."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that was already recognised: rows of cells from the top, None for the inside of a merged cell."""

    bbox: BBox
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page or layout. `labelled` are (label or attribute tag, value) pairs that the file itself gives."""

    width: float
    height: float
    lettering: tuple[Lettering, ...]
    rules: tuple[Rule, ...] = ()
    grids: tuple[Grid, ...] = ()
    labelled: tuple[tuple[str, str], ...] = ()
    page: int | None = None
    layout: str | None = None
    views: dict[int, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `view.find_view` has made of this sheet already."""


@dataclass(slots=True)
class Reading:
    """What a person reads on the sheet. `limits` are sentences that say what was too much to be looked at."""

    title_block: TitleBlock | None = None
    bom: Bom | None = None
    dimensions: list[Dimension] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
