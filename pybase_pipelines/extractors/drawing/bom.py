"""The parts list of a drawing, recognised by its header."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.tables import Table, read_table, split_synonyms
from pybase_pipelines.results.drawing import Bom, BomItem

_HEADERS = split_synonyms(
    {
        "item": "item|item no|item nr|item number|pos|pos no|pos nr|position|no|nr|n|find no|find number|itm|balloon|key|ref no|rep|repere|rep|index|marca|pos n|poz|#|id|line|line item|teil|mark|marke|lfd nr|ifd nr",
        "quantity": "qty|quantity|qnty|quant|qte|quantite|menge|anzahl|stueck|stueckzahl|stk|stck|anz|nb|nbre|nombre|q ty|cantidad|cant|quantita|q ta|count|pcs|pieces|qty req|qty reqd|reqd|no off|no reqd|number required|amount|kpl|total qty",
        "part_number": "part number|part no|part nr|part|pn|p n|part num|partnumber|part n|drawing no|drawing number|dwg no|zeichnungsnummer|zeichnungs nr|zeichn nr|sachnummer|sach nr|artikelnummer|artikel nr|artikel|art nr|teilenummer|teile nr|ident nr|reference|referenz|ref|code|codice|stock no|"
        "order number|order code|bestellnummer|bestell nr|best nr|mpn|manufacturer part number|mfr part no|mfg part number|manufacturer pn|manufacturer part|supplier part number|component|file name|norm|norm zeichnung|sachnummer norm kurzbezeichnung|catalog no|cat no|model",
        "description": "description|desc|descr|designation|benennung|bezeichnung|beschreibung|title|name|part name|nomenclature|denomination|descrizione|denominazione|descripcion|part description|nom|libelle|item description|product|component name|teilebezeichnung|benaemnung|gegenstand|article",
        "material": "material|mat|matl|mat l|werkstoff|matiere|materiau|materiale|werkstoff halbzeug|material specification|materials",
        "unit": "unit|uom|einheit|einh|unite|u m|me|units",
        "weight": "weight|mass|gewicht|masse|poids|peso|massa|wt|unit weight|weight kg|mass kg|gewicht kg|masse kg|gew|gewicht kg stk|total weight|masa",
        "remarks": "remarks|remark|notes|note|comment|comments|bemerkung|bemerkungen|remarque|remarques|observations|observation|osservazioni|note s|hinweis|anmerkung|details",
    }
)  # fmt: skip
_NEEDED = (frozenset({"quantity"}), frozenset({"description", "part_number"}))
_OWN = frozenset(BomItem.model_fields) - {"other"}


def read_bom(sheet: Sheet) -> Bom | None:
    """The largest parts list of the sheet; None where there is none (a note "see BOM" is none)."""
    tables = [table for grid in find_grids(sheet) if (table := read_table(grid, _HEADERS, _NEEDED))]
    items = [item for table in tables for item in _read_items(table)]
    if not items:
        return None
    first = max(tables, key=lambda table: len(table.rows))
    headers = [header for header in first.headers if header]
    confidence = 0.95 if "item" in first.fields else 0.85
    return Bom(headers=headers, items=items, confidence=confidence, page=sheet.page, layout=sheet.layout, bbox=first.grid.bbox)


def _read_items(table: Table) -> list[BomItem]:
    items: list[BomItem] = []
    for row in table.rows:
        own = {field: cell for field, cell in zip(table.fields, row, strict=False) if field in _OWN and cell}
        other = {header: cell for field, header, cell in zip(table.fields, table.headers, row, strict=False) if field not in _OWN and header and cell}
        if own.keys() & {"part_number", "description", "quantity"}:
            items.append(BomItem(**own, other=other))
    return items
