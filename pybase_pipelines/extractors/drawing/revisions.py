"""The revision table of a drawing, recognised by its header."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.tables import read_table, split_synonyms
from pybase_pipelines.results.drawing import Revision

_HEADERS = split_synonyms(
    {
        "revision": "rev|revision|rev no|rev nr|revision no|issue|iss|index|ind|indice|aenderung|aend|aenderungsindex|version|ver|lfd|ltr|sym|letter|zust|zustand|revisione|rev letter|r|ed|edition|ausgabe|n rev",
        "date": "date|datum|data|fecha|dated|tag|rev date|am",
        "description": "description|desc|change|changes|aenderung|aenderungen|aenderungstext|beschreibung|nature|modification|modifications|objet|descrizione|descripcion|modifica|details|"
        "reason|comment|comments|revision description|change description|description of change|remarks|amendment|amendments|libelle|revision note|art der aenderung|was geaendert|content|designation",
        "author": "by|name|author|drawn|drawn by|rev by|revised by|approved|appr|appd|app|app d|approved by|bearb|bearbeiter|gez|auteur|dessine par|par|nom|checked|chk|chkd|signature|sign|initials|visa|von|autore|firma|designer|changed by",
        "zone": "zone|feld|zona",
    }
)  # fmt: skip
_NEEDED = (frozenset({"revision", "date"}), frozenset({"description"}), frozenset({"revision", "author", "zone"}))
_OWN = frozenset(Revision.model_fields)


def read_revisions(sheet: Sheet) -> list[Revision]:
    """The rows of the revision tables, as drawn from the header onwards; rows left blank are none."""
    revisions: list[Revision] = []
    for grid in find_grids(sheet):
        table = read_table(grid, _HEADERS, _NEEDED)
        if table is None or not {"date", "author"} & set(table.fields):
            continue
        for row in table.rows:
            own = {field: cell for field, cell in zip(table.fields, row, strict=False) if field in _OWN and cell}
            other = {h: c for f, h, c in zip(table.fields, table.headers, row, strict=False) if f not in _OWN and h and c}
            if len(own) >= 2:
                revisions.append(Revision(**own, other=other, page=sheet.page, layout=sheet.layout, bbox=table.grid.bbox))  # pyright: ignore[reportArgumentType]
    return revisions
