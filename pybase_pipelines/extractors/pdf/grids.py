"""From ruled cells to a grid of texts: which place of the grid belongs to which cell, and what stands in it.

What belongs here: rows and columns of one ruled table. What does not: finding the cells, or choosing among tables.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from pybase_pipelines.extractors.pdf.cells import TooManyEdges
from pybase_pipelines.extractors.pdf.splits import NOWHERE, Matrix, split_columns, split_rows
from pybase_pipelines.extractors.pdf.text import Word
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.pdf import MergedCell

NARROW = 8.0
"""A row or column narrower than this (points) hardly holds a line of text: double rules and shading make such."""
RARE = 0.7
"""A boundary that fewer rows than this have, and that parts no two texts, is no boundary: shading draws such."""
MOST_PLACES = 100_000


@dataclass(slots=True)
class CellGrid:
    """Rows from the top; each place holds the number of its cell. `texts` has the cells that are not blank."""

    matrix: Matrix
    texts: dict[int, str]
    heights: list[float]
    widths: list[float]

    def rows(self) -> tuple[tuple[str | None, ...], ...]:
        """The text at a cell's first place, None at its others, "" where it is blank or where no cell is."""
        seen: set[int] = set()
        rows = []
        for line in self.matrix:
            row: list[str | None] = []
            for cell in line:
                row.append(None if cell in seen else self.texts.get(cell, ""))
                if cell != NOWHERE:
                    seen.add(cell)
            rows.append(tuple(row))
        return tuple(rows)

    def merged(self) -> tuple[MergedCell, ...]:
        """The cells that cover more than one place."""
        places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for r, line in enumerate(self.matrix):
            for k, cell in enumerate(line):
                if cell != NOWHERE:
                    places[cell].append((r, k))
        return tuple(
            MergedCell(row=at[0][0], col=at[0][1], rowspan=at[-1][0] - at[0][0] + 1, colspan=at[-1][1] - at[0][1] + 1)
            for at in places.values()
            if len(at) > 1
        )

    def simplified(self) -> CellGrid:
        """Without the rows and columns that only double rules and shading made."""
        turned, heights = _join_columns(_transpose(self.matrix), self.texts, self.heights, 0.0)
        matrix, widths = _join_columns(_transpose(turned), self.texts, self.widths, RARE)
        return CellGrid(matrix, self.texts, heights, widths)


def build_grid(cells: list[BBox], words: tuple[Word, ...]) -> CellGrid | None:
    """The grid of cells that hang together, or None where they are no grid.

    Raises:
        TooManyEdges: the grid is larger than any table that a person reads.
    """
    xs = sorted({x for c in cells for x in (c[0], c[2])})
    ys = sorted({y for c in cells for y in (c[1], c[3])})
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 2 or columns < 2:
        return None
    if rows * columns > MOST_PLACES:
        raise TooManyEdges
    at_x, at_y = {x: i for i, x in enumerate(xs)}, {y: i for i, y in enumerate(ys)}
    matrix = [[NOWHERE] * columns for _ in range(rows)]
    for number, (x0, y0, x1, y1) in enumerate(cells):
        for row in range(rows - at_y[y1], rows - at_y[y0]):
            for column in range(at_x[x0], at_x[x1]):
                matrix[row][column] = number
    heights = [high - low for low, high in pairwise(ys)][::-1]
    inside = _distribute(words, xs, ys, matrix)
    split_columns(matrix, inside, xs, len(cells))
    matrix, heights = split_rows(matrix, inside, heights)
    return CellGrid(
        matrix, {cell: _write(found) for cell, found in inside.items()}, heights, [b - a for a, b in pairwise(xs)]
    )


def _distribute(words: tuple[Word, ...], xs: list[float], ys: list[float], matrix: Matrix) -> dict[int, list[Word]]:
    """The words of each cell, in reading order."""
    inside: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        x, y = (word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2
        if xs[0] < x < xs[-1] and ys[0] < y < ys[-1]:
            inside[matrix[len(ys) - 1 - bisect_right(ys, y)][bisect_right(xs, x) - 1]].append(word)
    inside.pop(NOWHERE, None)
    return inside


def _write(words: list[Word]) -> str:
    text = words[0].text
    for before, word in pairwise(words):
        text += (" " if word.line == before.line else "\n") + word.text
    return text


def _transpose(matrix: Matrix) -> Matrix:
    return [list(line) for line in zip(*matrix, strict=True)]


def _join_columns(
    matrix: Matrix, texts: dict[int, str], widths: list[float], rare: float
) -> tuple[Matrix, list[float]]:
    """Join neighbours that no two texts need apart: if one is narrow, or at most a share `rare` of rows parts them."""
    matrix, widths = [list(row) for row in matrix], list(widths)
    column = 0
    while column + 1 < len(widths):
        share = 1.0 if min(widths[column], widths[column + 1]) <= NARROW else rare
        if _can_join(matrix, texts, column, share * len(matrix)):
            for row in matrix:
                left, right = row[column], row.pop(column + 1)
                row[column] = right if right in texts and left not in texts else left
            widths[column] += widths.pop(column + 1)
        else:
            column += 1
    return matrix, widths


def _can_join(matrix: Matrix, texts: dict[int, str], column: int, most: float) -> bool:
    parted = [(row[column], row[column + 1]) for row in matrix if row[column] != row[column + 1]]
    return len(parted) <= most and not any(left in texts and right in texts for left, right in parted)
