"""The revision table of a drawing, recognised by its header."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.labels import make_lookup
from pybase_pipelines.extractors.drawing.sheet import Grid, Sheet
from pybase_pipelines.extractors.drawing.tables import Table, read_tables
from pybase_pipelines.extractors.drawing.vocabulary import REVISION_TABLE
from pybase_pipelines.results.drawing import Place, Revision

_HEADERS = make_lookup(REVISION_TABLE)
_NEEDED = (frozenset({"revision", "zone"}), frozenset({"description"}), frozenset({"date", "author"}))
_OWN = frozenset(Revision.model_fields) - frozenset(Place.model_fields) - {"other"}


def read_revisions(sheet: Sheet, grids: tuple[Grid, ...] | None = None) -> list[Revision]:
    """The rows of the revision tables, as drawn from the header onwards; rows left blank are none."""
    revisions: list[Revision] = []
    for table in find_revision_tables(sheet, grids):
        for row in table.rows:
            own, other = table.split_row(row, _OWN)
            if len(own) >= 2:
                place = {"page": sheet.page, "layout": sheet.layout, "bbox": table.grid.bbox}
                revisions.append(Revision(**own, other=other, **place))  # pyright: ignore[reportArgumentType]
    return revisions


def find_revision_tables(sheet: Sheet, grids: tuple[Grid, ...] | None = None) -> list[Table]:
    """The tables of the sheet whose header is that of a revision table."""
    return read_tables(find_grids(sheet) if grids is None else grids, _HEADERS, _NEEDED)
