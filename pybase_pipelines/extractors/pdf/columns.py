"""Tables without ruling: rows of words that keep to the same columns, line after line.

What belongs here: alignment of words. What does not: ruled tables (cells). It is careful: prose in columns, lists and
tables of contents are no tables, and a table that is missed does less harm than one that was made up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pybase_pipelines.extractors.drawing.sheet import Rule
from pybase_pipelines.extractors.pdf.text import Word
from pybase_pipelines.results.drawing import BBox

GAP = 0.85
"""A gap of this many font sizes between words begins a new cell."""
ROW_GAP = 2.6
"""Lines further apart than this many usual distances are not one table."""
MOST_BETWEEN = 2
FEWEST_ROWS = 4
MOST_WORDS_IN_CELL = 6.0
LEAST_FILLED = 0.45
FULL_ROW = 0.6
"""In a table most rows have something in most columns; in prose that happens to have gaps they do not."""
COVERED = 0.12
"""A vertical strip that fewer rows than this cross is a gap between columns."""
FLAT_ANGLE = 3.0
MOST_HEADER_ROWS = 9
MOST_ABOVE = 3
FULL_WIDTH = 0.8
WORD_GAP = 0.45
"""Words further apart than this, on either side of a gap between columns, are two cells after all."""

Level = tuple[float, float, float]
"""A level rule: its height, from where, to where."""

_VALUE = re.compile(r"[-–—+(]?[$€£¥`]?[\d.,']*\d[\d.,'%)°*]*|[-–—*]|\(?[A-Z]?\)?|n/?a", re.IGNORECASE)


@dataclass(slots=True)
class Segment:
    """Words of one row without a wide gap: the content of a cell, or of several where the row spans columns."""

    words: list[Word]
    x0: float
    x1: float

    @property
    def is_value(self) -> bool:
        return all(_VALUE.fullmatch(word.text) for word in self.words)


@dataclass(slots=True)
class Row:
    y: float
    size: float
    segments: list[Segment]

    @property
    def is_tabular(self) -> bool:
        """Three cells or more, or a label with a number."""
        count = len(self.segments)
        return count >= 3 or (count == 2 and self.segments[1].is_value)


@dataclass(frozen=True, slots=True)
class AlignedTable:
    bbox: BBox
    rows: list[list[str | None]]
    confidence: float
    header_rows: int


def find_aligned_tables(words: tuple[Word, ...], rules: Iterable[Rule] = ()) -> list[AlignedTable]:
    """The tables that alignment makes, from the top of the page; level rules only tell where a header ends."""
    level = [(r.y0, min(r.x0, r.x1), max(r.x0, r.x1)) for r in rules if abs(r.y1 - r.y0) <= 1 and abs(r.x1 - r.x0) > 3]
    rows = gather_rows(words)
    tables = (_build(block, level) for block in _gather_blocks(rows) if len(block) >= FEWEST_ROWS)
    return [table for table in tables if table]


def gather_rows(words: tuple[Word, ...]) -> list[Row]:
    """Upright words by base line from the top, split at wide gaps."""
    flat = [w for w in words if min(w.angle, 360 - w.angle) < FLAT_ANGLE]
    flat.sort(key=lambda w: -(w.bbox[1] + w.bbox[3]))
    groups: list[list[Word]] = []
    level = 0.0
    for word in flat:
        middle = (word.bbox[1] + word.bbox[3]) / 2
        if groups and level - middle < 0.4 * max(word.size, groups[-1][-1].size):
            groups[-1].append(word)
        else:
            groups.append([word])
            level = middle
    return [_split_row(group) for group in groups]


def _split_row(words: list[Word]) -> Row:
    words.sort(key=lambda w: w.bbox[0])
    segments: list[Segment] = []
    for word in words:
        if segments and word.bbox[0] - segments[-1].x1 < GAP * word.size:
            segments[-1].words.append(word)
            segments[-1].x1 = max(segments[-1].x1, word.bbox[2])
        else:
            segments.append(Segment([word], word.bbox[0], word.bbox[2]))
    return Row(min(w.bbox[1] for w in words), median(w.size for w in words), segments)


def _gather_blocks(rows: list[Row]) -> list[list[Row]]:
    """Runs of rows from a tabular one to a tabular one, with few others between and no wide space."""
    blocks: list[list[Row]] = []
    current: list[Row] = []
    between: list[Row] = []
    for index, row in enumerate(rows):
        before = between[-1] if between else current[-1] if current else None
        if before and before.y - row.y > ROW_GAP * 1.3 * max(before.size, row.size):
            blocks.append(current)
            current, between = [], []
        if row.is_tabular:
            current, between = [*current, *between, row] if current else [*_headers_above(rows, index), row], []
        elif current:
            between.append(row)
            if len(between) > MOST_BETWEEN:
                blocks.append(current)
                current, between = [], []
    blocks.append(current)
    return blocks


def _headers_above(rows: list[Row], index: int) -> list[Row]:
    """The rows right above the first one of a table that head several of its columns: nothing stands in their first."""
    first, found = rows[index], index
    while found > 0 and index - found < MOST_ABOVE:
        above, below = rows[found - 1], rows[found]
        heads_first = above.segments[0].x0 < first.segments[0].x1
        if above.y - below.y > ROW_GAP * below.size or above.is_tabular or heads_first:
            break
        if above.segments[-1].x0 > first.segments[-1].x1:
            break
        found -= 1
    return rows[found:index]


def _build(block: list[Row], level: list[Level]) -> AlignedTable | None:
    columns = _find_columns(block)
    if len(columns) < 2:
        return None
    grid = [_fill_row(row, columns) for row in block]
    if not _is_convincing(grid, block, columns):
        return None
    segments = [s for row in block for s in row.segments]
    bbox = (
        min(s.x0 for s in segments),
        min(row.y for row in block),
        max(s.x1 for s in segments),
        max(w.bbox[3] for s in block[0].segments for w in s.words),
    )
    confidence = 0.8 if len(columns) >= 3 else 0.65
    return AlignedTable(bbox, grid, confidence, _count_header_rows(block, bbox, level))


def _find_columns(block: list[Row]) -> list[tuple[float, float]]:
    """The strips that cells fill, from the rows that have the most usual number of cells or more."""
    counts = Counter(len(row.segments) for row in block if row.is_tabular)
    usual = max(counts, key=lambda n: (counts[n] * n, n))
    full = [row for row in block if usual <= len(row.segments) <= usual + 2]
    ends = sorted(
        [(s.x0, 1) for row in full for s in row.segments] + [(s.x1, -1) for row in full for s in row.segments],
        key=lambda end: (end[0], -end[1]),
    )
    allowed = COVERED * len(full)
    columns: list[tuple[float, float]] = []
    covering, start, inside = 0, 0.0, False
    for x, step in ends:
        covering += step
        if not inside and covering > allowed:
            start, inside = x, True
        elif inside and covering <= allowed:
            columns.append((start, x))
            inside = False
    return columns


def _fill_row(row: Row, columns: list[tuple[float, float]]) -> list[str | None]:
    """Each segment into the column it overlaps most; the columns that it runs over after that are None."""
    cells: list[str | None] = [""] * len(columns)
    for segment in (part for whole in row.segments for part in _split_at_columns(whole, columns)):
        overlaps = [min(segment.x1, x1) - max(segment.x0, x0) for x0, x1 in columns]
        best = max(range(len(columns)), key=lambda i: overlaps[i])
        touched = [i for i, overlap in enumerate(overlaps) if overlap > 0] or [best]
        text = " ".join(word.text for word in segment.words)
        target = touched[0] if len(touched) > 1 else best
        cells[target] = f"{cells[target] or ''} {text}".strip()
        for other in touched[1:]:
            cells[other] = cells[other] or None
    return cells


def _split_at_columns(segment: Segment, columns: list[tuple[float, float]]) -> Iterator[Segment]:
    """A segment whose words keep to the columns, with a gap where one ends, is several cells."""
    part = Segment([segment.words[0]], segment.words[0].bbox[0], segment.words[0].bbox[2])
    for word in segment.words[1:]:
        middle = (part.x1 + word.bbox[0]) / 2
        is_between = any(a[1] <= middle + 1 and middle - 1 <= b[0] for a, b in pairwise(columns))
        if is_between and word.bbox[0] - part.x1 > WORD_GAP * word.size:
            yield part
            part = Segment([word], word.bbox[0], word.bbox[2])
        else:
            part.words.append(word)
            part.x1 = max(part.x1, word.bbox[2])
    yield part


def _count_header_rows(block: list[Row], bbox: BBox, level: list[Level]) -> int:
    """A header ends at the first rule across the whole table; without one it is the first row."""
    across: dict[int, float] = defaultdict(float)
    for y, x0, x1 in level:
        if block[-1].y < y < block[0].y:
            across[round(y)] += max(0.0, min(x1, bbox[2]) - max(x0, bbox[0]))
    ends = [y for y, length in across.items() if length >= FULL_WIDTH * (bbox[2] - bbox[0])]
    above = sum(row.y >= max(ends) - 1 for row in block) if ends else 1
    return above if above <= min(MOST_HEADER_ROWS, len(block) // 2) else 1


def _is_convincing(grid: list[list[str | None]], block: list[Row], columns: list[tuple[float, float]]) -> bool:
    filled = [cell for row in grid for cell in row if cell]
    words = sum(len(cell.split()) for cell in filled) / max(1, len(filled))
    values = sum(s.is_value for row in block for s in row.segments) / sum(len(row.segments) for row in block)
    full = sum(sum(bool(cell) for cell in row) >= FULL_ROW * len(columns) for row in grid)
    if (
        words > MOST_WORDS_IN_CELL
        or len(filled) < LEAST_FILLED * len(grid) * len(columns)
        or full < FULL_ROW * len(grid)
    ):
        return False
    if len(columns) == 2:
        return values >= 0.4 and not _is_list(grid)
    return values >= 0.25


def _is_list(grid: list[list[str | None]]) -> bool:
    """Numbers or bullets with text behind them, or titles with page numbers."""
    first = [row[0] or "" for row in grid]
    leaders = sum(bool(re.search(r"\.{4}|(?:\. ){4}|…", cell)) for cell in first)
    marks = sum(bool(re.fullmatch(r"[\W\d]{0,4}|[a-z]\)|\(?[ivx]+\)", cell)) for cell in first)
    return max(leaders, marks) > 0.5 * len(grid)
