"""Tables that touch a title block: a parts list on top of it shares its corners, but none of its columns.

What belongs here: parting the cells of one group where columns (or rows) have nothing in common and one side has the
labels of a title block. What does not: finding cells, or reading the title block.
"""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.labels import find_field
from pybase_pipelines.extractors.pdf.text import Word, gather_lines
from pybase_pipelines.results.drawing import BBox

SAME, NEAR = 2.0, 9.0
"""Edges this near (points) are one; edges nearer than a letter or two are meant to be one (a header, drawn apart)."""
FEWEST_EDGES = 2
"""A heading has no columns of its own; a table on each side of a border has at least three."""
FEWEST_FIELDS = 4
MOST_CELLS = 5_000


def part_cells(cells: list[BBox], words: tuple[Word, ...]) -> list[list[BBox]]:
    """The cells of the title block and of the tables that touch it; all of them where there is none."""
    if len(cells) > MOST_CELLS:
        return [cells]
    for axis in (1, 0):
        for at in _borders(cells, axis):
            low = [cell for cell in cells if cell[axis + 2] <= at + SAME]
            high = [cell for cell in cells if cell[axis] >= at - SAME]
            if _have_nothing_in_common(low, high, at, axis) and any(_is_title_block(s, words) for s in (low, high)):
                return [*part_cells(low, words), *part_cells(high, words)]
    return [cells]


def _is_title_block(cells: list[BBox], words: tuple[Word, ...]) -> bool:
    """Whether there are so many labels of title blocks that it is one."""
    box = (min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells))
    inside = tuple(w for w in words if box[0] < w.bbox[0] < box[2] and box[1] < w.bbox[1] < box[3])
    fields = {find_field(line.text.rstrip(": ")) for line in gather_lines(inside)} - {None}
    return len(fields) >= FEWEST_FIELDS


def _borders(cells: list[BBox], axis: int) -> list[float]:
    """Where a line goes through all cells, from side to side."""
    ends = sorted({cell[axis + 2] for cell in cells})[:-1]
    spans = sorted((cell[axis], cell[axis + 2]) for cell in cells)
    found: list[float] = []
    index, reach = 0, float("-inf")
    for at in ends:
        while index < len(spans) and spans[index][0] < at - SAME:
            reach = max(reach, spans[index][1])
            index += 1
        if reach <= at + SAME:
            found.append(at)
    return found


def _have_nothing_in_common(low: list[BBox], high: list[BBox], at: float, axis: int) -> bool:
    """Whether the lines that end at the border from both sides are different ones, and several on each side."""
    below = _edges([cell for cell in low if abs(cell[axis + 2] - at) <= SAME], axis)
    above = _edges([cell for cell in high if abs(cell[axis] - at) <= SAME], axis)
    if min(len(below), len(above)) < FEWEST_EDGES:
        return False
    return not any(abs(one - other) <= NEAR for one in below for other in above)


def _edges(cells: list[BBox], axis: int) -> list[float]:
    """The lines between the cells, without those at the ends of the row or column."""
    across = 1 - axis
    return sorted({cell[across] for cell in cells})[1:]
