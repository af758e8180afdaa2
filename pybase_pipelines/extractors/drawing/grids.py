"""Finding tables in ruling and lettering where the file itself does not give them."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.sheet import Grid, Sheet


def find_grids(sheet: Sheet) -> tuple[Grid, ...]:
    """The ruled tables of a sheet: those that it brings along."""
    return sheet.grids
