"""The tables of a page: which ways of finding them are tried, and how words get into cells.

What belongs here: from cells and aligned rows to the table of the result. What does not: the geometry of either.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

from pybase_pipelines.extractors.drawing.sheet import Grid, Rule
from pybase_pipelines.extractors.pdf.cells import find_cells, group_cells
from pybase_pipelines.extractors.pdf.columns import find_aligned_tables
from pybase_pipelines.extractors.pdf.text import Word
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.pdf import MergedCell, PdfTable

LARGEST_CELL = 0.5
"""A cell that fills more of the page than this is a frame."""
SLIVER = 4.0
"""A row or column of empty cells narrower than this (points) is a double line."""
MOST_CELLS = 100_000
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

    def as_grid(self) -> Grid:
        return Grid(self.bbox, self.grid)


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
        FoundTable(t.bbox, tuple(tuple(row) for row in t.rows), (), "text", t.confidence)
        for t in find_aligned_tables(free)
    ]
    kept = [t for t in ruled if t in fine or not any(_overlaps(t.bbox, a.bbox) for a in aligned)]
    return sorted([*kept, *aligned], key=lambda t: (-t.bbox[3], t.bbox[0]))


def find_ruled_tables(words: tuple[Word, ...], rules: list[Rule], size: tuple[float, float]) -> list[FoundTable]:
    """Tables whose cells are ruled; a single row or column of boxes, and boxes without text, are none."""
    largest = LARGEST_CELL * size[0] * size[1]
    cells = [c for c in find_cells(rules) if (c[2] - c[0]) * (c[3] - c[1]) <= largest]
    tables = (_build(group, words) for group in group_cells(cells) if len(group) >= 3)
    return [table for table in tables if table]


def _build(cells: list[BBox], words: tuple[Word, ...]) -> FoundTable | None:
    xs = sorted({x for c in cells for x in (c[0], c[2])})
    ys = sorted({y for c in cells for y in (c[1], c[3])})
    if (len(xs) - 1) * (len(ys) - 1) > MOST_CELLS or len(xs) < 3 or len(ys) < 3:
        return None
    column, level = {x: i for i, x in enumerate(xs)}, {y: i for i, y in enumerate(ys)}
    rows = len(ys) - 1
    spans = [(rows - level[c[3]], column[c[0]], level[c[3]] - level[c[1]], column[c[2]] - column[c[0]]) for c in cells]
    owner = {
        (r, k): (row, col)
        for row, col, down, across in spans
        for r in range(row, row + down)
        for k in range(col, col + across)
    }
    texts = _distribute(words, xs, ys, owner)
    keep_rows = [r for r in range(rows) if _is_kept(r, 0, owner, texts, ys[rows - r] - ys[rows - r - 1])]
    keep_cols = [k for k in range(len(xs) - 1) if _is_kept(k, 1, owner, texts, xs[k + 1] - xs[k])]
    if len(keep_rows) < 2 or len(keep_cols) < 2 or len(texts) < 2:
        return None
    grid = tuple(tuple(_cell_text(r, k, owner, texts, keep_rows, keep_cols) for k in keep_cols) for r in keep_rows)
    merged = _merged_cells(spans, keep_rows, keep_cols)
    lines = Counter(place[0] for place, text in texts.items() for _ in range(1))
    fullest = max((text.count("\n") + 1 for text in texts.values()), default=1)
    confidence = 0.95 if len(texts) > 0.3 * sum(lines.values()) else 0.8
    return FoundTable((xs[0], ys[0], xs[-1], ys[-1]), grid, merged, "lines", confidence, fullest)


def _distribute(
    words: tuple[Word, ...], xs: list[float], ys: list[float], owner: dict[tuple[int, int], tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The text of each cell: its words in reading order, a line break where a new line begins."""
    inside: dict[tuple[int, int], list[Word]] = defaultdict(list)
    for word in words:
        x, y = (word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2
        if xs[0] < x < xs[-1] and ys[0] < y < ys[-1]:
            place = owner.get((len(ys) - 1 - bisect_right(ys, y), bisect_right(xs, x) - 1))
            if place:
                inside[place].append(word)
    return {place: _write(found) for place, found in inside.items()}


def _write(words: list[Word]) -> str:
    text = words[0].text
    for before, word in zip(words, words[1:], strict=False):
        text += (" " if word.line == before.line else "\n") + word.text
    return text


def _is_kept(
    index: int,
    axis: int,
    owner: dict[tuple[int, int], tuple[int, int]],
    texts: dict[tuple[int, int], str],
    width: float,
) -> bool:
    """A sliver between two lines of a double rule holds no cell of its own."""
    if width > SLIVER:
        return True
    return any(place[axis] == index and start in texts for place, start in owner.items() if start[axis] == index)


def _cell_text(
    row: int,
    col: int,
    owner: dict[tuple[int, int], tuple[int, int]],
    texts: dict[tuple[int, int], str],
    rows: list[int],
    cols: list[int],
) -> str | None:
    """The text at the first kept place of a cell, None at its others, "" where there is no cell."""
    start = owner.get((row, col))
    if start is None:
        return ""
    first_row = next(r for r in rows if r >= start[0])
    first_col = next(k for k in cols if k >= start[1])
    return texts.get(start, "") if (row, col) == (first_row, first_col) else None


def _merged_cells(spans: list[tuple[int, int, int, int]], rows: list[int], cols: list[int]) -> tuple[MergedCell, ...]:
    merged = []
    for row, col, down, across in spans:
        r = [i for i, kept in enumerate(rows) if row <= kept < row + down]
        k = [i for i, kept in enumerate(cols) if col <= kept < col + across]
        if r and k and len(r) * len(k) > 1:
            merged.append(MergedCell(row=r[0], col=k[0], rowspan=len(r), colspan=len(k)))
    return tuple(merged)


def write_table(table: FoundTable, bbox: BBox, page: int) -> PdfTable:
    """The table as the result shows it, with `bbox` on the page."""
    header, *body = table.grid
    return PdfTable(
        page=page,
        bbox=(round(bbox[0], 2), round(bbox[1], 2), round(bbox[2], 2), round(bbox[3], 2)),
        headers=list(header),
        rows=[list(row) for row in body],
        num_rows=len(table.grid),
        num_columns=len(header),
        merged_cells=list(table.merged),
        column_types=[_type_of([row[k] for row in body]) for k in range(len(header))],
        strategy=table.strategy,
        confidence=table.confidence,
    )


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
