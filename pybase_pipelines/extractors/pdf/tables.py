"""The tables of a page: which ways of finding them are tried, and how words get into cells.

What belongs here: from cells and aligned rows to the table of the result. What does not: the geometry of either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pybase_pipelines.extractors.drawing.sheet import Grid, Rule
from pybase_pipelines.extractors.pdf.cells import find_cells, group_cells
from pybase_pipelines.extractors.pdf.columns import find_aligned_tables
from pybase_pipelines.extractors.pdf.grids import build_grid
from pybase_pipelines.extractors.pdf.parting import part_cells
from pybase_pipelines.extractors.pdf.text import Word
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.pdf import MergedCell, PdfTable

LARGEST_CELL = 0.5
"""A cell that fills more of the page than this is a frame."""
FEWEST_TEXTS = 2
COARSE_LINES = 4
FEWEST_RULED = 2

Strategy = Literal["auto", "lines", "text"]
_NUMBER = re.compile(r"[-–+(]?\s*[$€£`]?\s*\d[\d.,' ]*\s*[%)]?")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table on the sheet as it is read. `lines_in_row` is how many lines of text its fullest row has."""

    bbox: BBox
    grid: tuple[tuple[str | None, ...], ...]
    merged: tuple[MergedCell, ...]
    strategy: Literal["lines", "text"]
    confidence: float
    lines_in_row: int = 1
    header_rows: int = 1
    ruled_as: tuple[tuple[str | None, ...], ...] = ()

    def as_grid(self) -> Grid:
        """The grid with every ruled cell, blank ones too: on a drawing they keep a label from the next one's value."""
        return Grid(self.bbox, self.ruled_as or self.grid)


def find_tables(
    words: tuple[Word, ...], rules: list[Rule], size: tuple[float, float], strategy: Strategy
) -> list[FoundTable]:
    """Ruled tables, and where no ruling separates the rows, aligned ones.

    Raises:
        TooManyEdges: there are too many lines to look for tables among them.
    """
    ruled = find_ruled_tables(words, rules, size) if strategy != "text" and len(rules) >= FEWEST_RULED else []
    if strategy == "lines":
        return ruled
    fine = [t for t in ruled if t.lines_in_row < COARSE_LINES or len(t.grid) > 3]
    free = tuple(word for word in words if not any(_contains(t.bbox, word.bbox) for t in fine))
    aligned = [
        FoundTable(t.bbox, tuple(tuple(row) for row in t.rows), (), "text", t.confidence, header_rows=t.header_rows)
        for t in find_aligned_tables(free, rules)
    ]
    kept = [t for t in ruled if t in fine or not any(_overlaps(t.bbox, a.bbox) for a in aligned)]
    return sorted([*kept, *aligned], key=lambda t: (-t.bbox[3], t.bbox[0]))


def find_ruled_tables(words: tuple[Word, ...], rules: list[Rule], size: tuple[float, float]) -> list[FoundTable]:
    """Tables whose cells are ruled; a single row or column of boxes, and boxes without text, are none."""
    largest = LARGEST_CELL * size[0] * size[1]
    cells = [c for c in find_cells(rules) if (c[2] - c[0]) * (c[3] - c[1]) <= largest]
    groups = (part for group in group_cells(cells) for part in part_cells(group, words))
    tables = (_build(group, words) for group in groups if len(group) >= 3)
    return [table for table in tables if table]


def _build(cells: list[BBox], words: tuple[Word, ...]) -> FoundTable | None:
    grid = build_grid(cells, words)
    if grid is None or len(grid.texts) < FEWEST_TEXTS:
        return None
    simple = grid.simplified()
    if len(simple.heights) < 2 or len(simple.widths) < 2:
        return None
    bbox = (min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells))
    confidence = 0.95 if len(grid.texts) > 0.3 * len(cells) else 0.8
    fullest = max(text.count("\n") + 1 for text in grid.texts.values())
    merged = simple.merged()
    return FoundTable(
        bbox, simple.rows(), merged, "lines", confidence, fullest, _count_header_rows(merged), grid.rows()
    )


def _count_header_rows(merged: tuple[MergedCell, ...]) -> int:
    """A header with groups of columns is as high as its highest cell beside them."""
    first = [cell for cell in merged if cell.row == 0]
    return max((cell.rowspan for cell in first), default=1) if any(cell.colspan > 1 for cell in first) else 1


def write_table(table: FoundTable, bbox: BBox, page: int) -> PdfTable:
    """The table as the result shows it, with `bbox` on the page."""
    body = table.grid[table.header_rows :]
    headers = _join_headers(table)
    return PdfTable(
        page=page,
        bbox=(round(bbox[0], 2), round(bbox[1], 2), round(bbox[2], 2), round(bbox[3], 2)),
        headers=headers,
        rows=[list(row) for row in body],
        num_header_rows=table.header_rows,
        num_rows=len(table.grid),
        num_columns=len(headers),
        merged_cells=list(table.merged),
        column_types=[_type_of([row[k] for row in body]) for k in range(len(headers))],
        strategy=table.strategy,
        confidence=table.confidence,
    )


def _join_headers(table: FoundTable) -> list[str | None]:
    """The header of each column, from its top; a heading over several columns belongs to each."""
    rows = [list(row) for row in table.grid[: table.header_rows]]
    for cell in table.merged:
        if cell.row < len(rows):
            for column in range(cell.col, cell.col + cell.colspan if len(rows) > 1 else cell.col + 1):
                rows[cell.row][column] = rows[cell.row][cell.col]
    if len(rows) == 1:
        return rows[0]
    return ["\n".join(text for text in column if text) for column in zip(*rows, strict=True)]


def _type_of(cells: list[str | None]) -> str:
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if not filled:
        return "empty"
    if sum(bool(_DATE.fullmatch(cell)) for cell in filled) >= 0.8 * len(filled):
        return "date"
    return "number" if sum(bool(_NUMBER.fullmatch(cell)) for cell in filled) >= 0.8 * len(filled) else "text"


def _contains(box: BBox, inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _overlaps(a: BBox, b: BBox) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
