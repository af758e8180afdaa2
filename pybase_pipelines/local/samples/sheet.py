"""The A3 sheet around the views: border with zones, title block, parts list, revision table and notes.

What belongs here: what stands on every sheet, at its place in sheet millimetres. What does not: the part itself
(`views`). The values of the title block are not drawn here, because DXF and DWG keep them as attributes.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybase_pipelines.local.samples import product
from pybase_pipelines.local.samples.primitives import Arc, Item, Kind, Path, Text, line, rectangle

WIDTH, HEIGHT = 420.0, 297.0
LEFT, BOTTOM, RIGHT, TOP = 20.0, 10.0, 410.0, 287.0
_MARGIN = 5.0
_ROW = 6.0
LABEL_HEIGHT = 1.8


def border() -> list[Item]:
    """The frame, its zones (1 to 8, A to F as ISO 5457) and the centring marks."""
    items: list[Item] = [
        rectangle(LEFT, BOTTOM, RIGHT, TOP, Kind.FRAME),
        rectangle(LEFT - _MARGIN, BOTTOM - _MARGIN, RIGHT + _MARGIN, TOP + _MARGIN, Kind.THIN),
    ]
    width, height = (RIGHT - LEFT) / 8, (TOP - BOTTOM) / 6
    for n in range(8):
        x = LEFT + n * width
        if n:
            items += [line((x, y), (x, y + _MARGIN), Kind.THIN) for y in (BOTTOM - _MARGIN, TOP)]
        items += [Text(str(n + 1), (x + width / 2, y), 2.5, "center") for y in (BOTTOM - 3.7, TOP + 1.3)]
    for n, letter in enumerate("ABCDEF"):
        y = TOP - n * height
        if n:
            items += [line((x, y), (x + _MARGIN, y), Kind.THIN) for x in (LEFT - _MARGIN, RIGHT)]
        items += [Text(letter, (x, y - height / 2 - 1), 2.5, "center") for x in (LEFT - 2.5, RIGHT + 2.5)]
    middle_x, middle_y = (LEFT + RIGHT) / 2, (BOTTOM + TOP) / 2
    items += [line((middle_x, y), (middle_x, y + 5), Kind.FRAME) for y in (BOTTOM - _MARGIN, TOP)]
    items += [line((x, middle_y), (x + 5, middle_y), Kind.FRAME) for x in (LEFT - _MARGIN, RIGHT)]
    return items


def title_block_form() -> list[Item]:
    """The title block without its values: cells, labels and the first-angle projection symbol."""
    items: list[Item] = [rectangle(230, 10, 410, 66, Kind.OUTLINE)]
    for cell in product.TITLE_BLOCK:
        items.append(rectangle(cell.x, cell.y, cell.x + cell.width, cell.y + cell.height, Kind.TABLE))
        items.append(Text(cell.label, (cell.x + 1, cell.y + cell.height - 2.6), LABEL_HEIGHT))
    return items + _first_angle(245, 16.5)


def _first_angle(x: float, y: float) -> list[Item]:
    cone = ((x - 10, y - 2), (x - 1, y - 4), (x - 1, y + 4), (x - 10, y + 2))
    return [
        Path(cone, Kind.OUTLINE, closed=True),
        Arc((x + 6, y), 4, Kind.OUTLINE),
        Arc((x + 6, y), 2, Kind.OUTLINE),
        line((x - 12, y), (x + 12, y), Kind.CENTRE),
        line((x + 6, y - 5.5), (x + 6, y + 5.5), Kind.CENTRE),
    ]


def value_position(cell: product.Cell) -> tuple[float, float]:
    """Where the value of a cell of the title block begins."""
    return cell.x + 1.5, cell.y + (1.5 if cell.height < 10 else 4.0)


def parts_list() -> list[Item]:
    rows = [row.cells() for row in product.BOM]
    return _table(230, 66 + _ROW * (len(rows) + 1), (12, 12, 38, 60, 38, 20), product.BOM_HEADERS, rows)


def revision_table() -> list[Item]:
    return _table(272, TOP, (12, 12, 64, 26, 24), product.REVISION_HEADERS, product.REVISIONS)


def notes() -> list[Item]:
    items: list[Item] = [Text("NOTES", (26, 46), 3.5, bold=True)]
    items += [Text(f"{n}. {note}", (26, 46 - 5.2 * n), 2.5) for n, note in enumerate(product.NOTES, start=1)]
    return items


def _table(
    x: float, top: float, widths: tuple[int, ...], headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> list[Item]:
    lines = [headers, *rows]
    right, bottom = x + sum(widths), top - _ROW * len(lines)
    items: list[Item] = [rectangle(x, bottom, right, top, Kind.OUTLINE)]
    items += [line((x, top - _ROW * n), (right, top - _ROW * n), Kind.TABLE) for n in range(1, len(lines))]
    edges = [x + sum(widths[:n]) for n in range(len(widths) + 1)]
    items += [line((e, bottom), (e, top), Kind.TABLE) for e in edges[1:-1]]
    for n, cells in enumerate(lines, start=1):
        y = top - _ROW * n + 1.8
        items += [Text(c, (e + 1.5, y), 2.5, bold=n == 1) for c, e in zip(cells, edges, strict=False)]
    return items
