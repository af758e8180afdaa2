"""The parts list of a drawing, recognised by its header."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.labels import make_lookup
from pybase_pipelines.extractors.drawing.sheet import Grid, Sheet
from pybase_pipelines.extractors.drawing.tables import Table, read_tables
from pybase_pipelines.extractors.drawing.vocabulary import PARTS_LIST
from pybase_pipelines.results.drawing import Bom, BomItem

_HEADERS = make_lookup(PARTS_LIST)
_NEEDED = (frozenset({"quantity"}), frozenset({"description", "part_number"}))
_OWN = frozenset(BomItem.model_fields) - {"other"}


def read_bom(sheet: Sheet, grids: tuple[Grid, ...] | None = None) -> Bom | None:
    """The parts list of the sheet; None where there is none (a note "see BOM" is none).

    `grids` are all tables of the sheet where they are known already.
    """
    tables = find_bom_tables(sheet, grids)
    items = [item for table in tables for item in _read_items(table)]
    if not items:
        return None
    first = max(tables, key=lambda table: len(table.rows))
    return Bom(
        headers=[header for header in first.headers if header],
        items=items,
        confidence=0.95 if "item" in first.fields else 0.85,
        page=sheet.page,
        layout=sheet.layout,
        bbox=first.grid.bbox,
    )


def find_bom_tables(sheet: Sheet, grids: tuple[Grid, ...] | None = None) -> list[Table]:
    """The tables of the sheet whose header is that of a parts list."""
    return read_tables(find_grids(sheet) if grids is None else grids, _HEADERS, _NEEDED)


def _read_items(table: Table) -> list[BomItem]:
    items: list[BomItem] = []
    for row in table.rows:
        own, other = table.split_row(row, _OWN)
        if own.keys() & {"part_number", "description", "quantity"}:
            items.append(BomItem(**own, other=other))  # pyright: ignore[reportArgumentType]
    return items
