"""Finding tables in ruling and lettering where the file itself does not give them.

It starts from the lettering: each run has a cell, cells of one height beside each other are a row, rows with the same
columns above each other are a table. So the work grows with the lettering, never with crossings of lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pybase_pipelines.extractors.drawing.sheet import Grid, Sheet
from pybase_pipelines.extractors.drawing.view import Run, View, make_views, outline
from pybase_pipelines.results.drawing import BBox

MOST_CELLS = 6_000
"""Cells that are looked at; a sheet with more is a document whose tables its own extractor finds."""
_LEAST_ROWS, _LEAST_COLUMNS = 2, 3


@dataclass(frozen=True, slots=True)
class _Row:
    """Cells of one height, side by side."""

    cells: tuple[BBox, ...]

    @property
    def box(self) -> BBox:
        return outline(self.cells)

    @property
    def borders(self) -> tuple[float, ...]:
        return (*(cell[0] for cell in self.cells), self.cells[-1][2])


def find_grids(sheet: Sheet) -> tuple[Grid, ...]:
    """The tables that the sheet brings along, then those that its ruling shows."""
    found = list(sheet.grids)
    if len(sheet.rules) >= _LEAST_ROWS + _LEAST_COLUMNS:
        for view in make_views(sheet):
            for grid in _find_in(view):
                found.append(Grid(view.turn_back(grid.bbox), grid.rows))
    return tuple(found)


def _find_in(view: View) -> Iterable[Grid]:
    runs = _runs_by_cell(view)
    rows = _make_rows(_with_empty_cells(runs, view), view.letter)
    for stack in _stack_rows(rows, view.letter):
        if len(stack) >= _LEAST_ROWS and max(len(row.cells) for row in stack) >= _LEAST_COLUMNS:
            yield _to_grid(stack, runs, view.letter)


def _runs_by_cell(view: View) -> dict[BBox, list[Run]]:
    runs: dict[BBox, list[Run]] = defaultdict(list)
    for run in view.runs[:MOST_CELLS]:
        cell = _cell_at(view, run.x, run.y)
        if cell:
            runs[cell].append(run)
    return runs


def _cell_at(view: View, x: float, y: float) -> BBox | None:
    cell = view.cell_at(x, y)
    return (round(cell[0], 2), round(cell[1], 2), round(cell[2], 2), round(cell[3], 2)) if view.is_ruled(cell) else None


def _with_empty_cells(runs: dict[BBox, list[Run]], view: View) -> set[BBox]:
    """The cells with lettering, and those without right beside them in the same row."""
    cells = set(runs)
    queue = list(cells)
    while queue and len(cells) < MOST_CELLS:
        cell = queue.pop()
        middle = (cell[1] + cell[3]) / 2
        for x in (cell[0] - 0.4 * view.letter, cell[2] + 0.4 * view.letter):
            other = _cell_at(view, x, middle)
            if other and other not in cells and _is_same_band(cell, other, view.letter):
                cells.add(other)
                queue.append(other)
    return cells


def _is_same_band(cell: BBox, other: BBox, letter: float) -> bool:
    return abs(cell[1] - other[1]) < 0.4 * letter and abs(cell[3] - other[3]) < 0.4 * letter


def _make_rows(cells: set[BBox], letter: float) -> list[_Row]:
    rows: list[_Row] = []
    current: list[BBox] = []
    band = max(letter * 0.4, 1e-9)
    for cell in sorted(cells, key=lambda cell: (round(cell[3] / band), round(cell[1] / band), cell[0])):
        if current and _is_same_band(current[-1], cell, letter) and abs(cell[0] - current[-1][2]) < 0.5 * letter:
            current.append(cell)
            continue
        if current:
            rows.append(_Row(tuple(current)))
        current = [cell]
    if current:
        rows.append(_Row(tuple(current)))
    return [row for row in rows if len(row.cells) >= 2]


def _stack_rows(rows: list[_Row], letter: float) -> Iterable[list[_Row]]:
    """Rows right above each other with the same columns, or some of them where cells are merged, even over rows."""
    slack = 0.6 * letter
    stacks: list[list[_Row]] = []
    open_stacks: dict[int, list[list[_Row]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: -row.box[3]):
        top = row.box[3]
        key = round(top / max(slack, 1e-9))
        home = None
        for near in (key - 1, key, key + 1):
            for stack in open_stacks.get(near, []):
                if abs(stack[-1].box[1] - top) < slack and _share_columns(stack, row, slack):
                    home = stack
        if home is None:
            home = []
            stacks.append(home)
        home.append(row)
        open_stacks[round(row.box[1] / max(slack, 1e-9))].append(home)
    return stacks


def _share_columns(stack: list[_Row], row: _Row, slack: float) -> bool:
    widest = max(stack, key=lambda other: len(other.cells))
    many, few = (widest.borders, row.borders) if len(widest.cells) >= len(row.cells) else (row.borders, widest.borders)
    if abs(many[0] - few[0]) > slack and abs(many[-1] - few[-1]) > slack:
        return False
    return all(any(abs(border - other) < slack for other in many) for border in few)


def _to_grid(stack: list[_Row], runs: dict[BBox, list[Run]], letter: float) -> Grid:
    columns = max(stack, key=lambda row: len(row.cells)).cells
    rows: list[tuple[str | None, ...]] = []
    for row in stack:
        cells: list[str | None] = [None] * len(columns)
        for cell in row.cells:
            index = min(range(len(columns)), key=lambda i: abs(columns[i][0] - cell[0]))
            cells[index] = _text_of(runs.get(cell, []), letter)
        rows.append(tuple(cells))
    return Grid(outline([row.box for row in stack]), tuple(rows))


def _text_of(runs: list[Run], letter: float) -> str:
    lines = sorted(runs, key=lambda run: (-round(run.y / (0.7 * letter)), run.x))
    return " ".join(run.text for run in lines)
