"""Cells that ruling leaves joined although their words part: rows that share a band, columns shaded in every other row.

What belongs here: parting a cell by its own words. What does not: finding cells, or the text of a cell.
"""

from __future__ import annotations

import re
from collections import defaultdict

from pybase_pipelines.extractors.pdf.text import Word

NOWHERE = -1
"""Stands in a matrix where no cell is."""
CROSSING = 2.0
CELL_GAP = 0.8
SAME_LINE = 0.5
FEWEST_COLUMNS = 3
REGULAR = 0.85
"""Lines stand in rows of their own if this share of the cells has something on each of them ..."""
NUMBERS = 0.5
"""... and if this share of it is numbers: prose has lines, too."""

Matrix = list[list[int]]
_NUMBER = re.compile(r"[-–—(+]?[$€£]?\d[\d.,%)]*|[-–—*]")


def split_columns(matrix: Matrix, inside: dict[int, list[Word]], xs: list[float], next_cell: int) -> None:
    """Part a cell over several columns where its words keep to the columns: tables are often shaded every other row.

    `matrix` and `inside` (the words of each cell) are changed in place.
    """
    for row in matrix:
        column = 0
        while column < len(row):
            cell, first = row[column], column
            while column < len(row) and row[column] == cell:
                column += 1
            if cell not in inside or column - first < 2:
                continue
            for boundary in range(first + 1, column):
                if not _parts(inside.get(cell, []), xs[boundary]):
                    continue
                right = [w for w in inside[cell] if w.bbox[0] >= xs[boundary] - CROSSING]
                inside[cell] = [w for w in inside[cell] if w.bbox[0] < xs[boundary] - CROSSING]
                inside[next_cell] = right
                _replace(matrix, cell, next_cell, boundary)
                cell, next_cell = next_cell, next_cell + 1


def _parts(words: list[Word], x: float) -> bool:
    """Do the words keep to the two sides of x, with a wide gap between them in every line that has both?"""
    lines: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        if word.bbox[0] < x - CROSSING and word.bbox[2] > x + CROSSING:
            return False
        lines[word.line].append(word)
    has_both = False
    for line in lines.values():
        left = [w.bbox[2] for w in line if w.bbox[0] < x - CROSSING]
        right = [w.bbox[0] for w in line if w.bbox[0] >= x - CROSSING]
        if left and right:
            if min(right) - max(left) < CELL_GAP * line[0].size:
                return False
            has_both = True
    return has_both


def _replace(matrix: Matrix, cell: int, by: int, first_column: int) -> None:
    for row in matrix:
        for column in range(first_column, len(row)):
            if row[column] == cell:
                row[column] = by


def split_rows(matrix: Matrix, inside: dict[int, list[Word]], heights: list[float]) -> tuple[Matrix, list[float]]:
    """Part a row whose cells hold the same lines of numbers, side by side, into as many rows. `inside` is changed."""
    new_matrix: Matrix = []
    new_heights: list[float] = []
    next_cell = max((cell for row in matrix for cell in row), default=NOWHERE) + 1
    for index, row in enumerate(matrix):
        neighbours = {cell for other in matrix[max(0, index - 1) : index + 2] if other is not row for cell in other}
        own = {cell for cell in row if cell != NOWHERE and cell not in neighbours}
        levels = _find_levels(own, inside) if index else []
        if not levels:
            new_matrix.append(row)
            new_heights.append(heights[index])
            continue
        numbers = {
            (cell, level): next_cell + i * len(levels) + level
            for i, cell in enumerate(sorted(own))
            for level in range(len(levels))
        }
        next_cell += len(numbers)
        for cell in own:
            for word in inside.pop(cell, []):
                inside.setdefault(numbers[cell, _level_of(word, levels)], []).append(word)
        new_matrix.extend([numbers.get((cell, level), cell) for cell in row] for level in range(len(levels)))
        new_heights.extend([heights[index] / len(levels)] * len(levels))
    return new_matrix, new_heights


def _find_levels(cells: set[int], inside: dict[int, list[Word]]) -> list[float]:
    """The heights of the lines that nearly all cells have in common, from the top; none if there are not several."""
    filled = [inside[cell] for cell in cells if inside.get(cell)]
    words = sorted((w for found in filled for w in found), key=lambda w: -_middle(w))
    if len(filled) < FEWEST_COLUMNS or any(15 < w.angle < 345 for w in words):
        return []
    levels: list[float] = []
    for word in words:
        if not levels or levels[-1] - _middle(word) > SAME_LINE * word.size:
            levels.append(_middle(word))
    if len(levels) < 2:
        return []
    present = sum(len({_level_of(word, levels) for word in found}) for found in filled)
    numbers = sum(bool(_NUMBER.fullmatch(word.text)) for word in words)
    is_regular = present >= REGULAR * len(levels) * len(filled) and numbers >= NUMBERS * len(words)
    return levels if is_regular else []


def _level_of(word: Word, levels: list[float]) -> int:
    return min(range(len(levels)), key=lambda i: abs(levels[i] - _middle(word)))


def _middle(word: Word) -> float:
    return (word.bbox[1] + word.bbox[3]) / 2
