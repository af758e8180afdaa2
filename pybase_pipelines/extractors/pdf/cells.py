"""The cells that rules enclose, and the tables that cells make.

What belongs here: geometry of ruled tables. What does not: words, and tables without ruling (columns). Edges are merged
by pdfplumber; the search for cells is our own, because pdfplumber's grows with the fourth power of a full grid
(200 x 200: 44 s) and this one with the number of crossings (0.3 s).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pybase_pipelines.extractors.drawing.sheet import Rule
from pybase_pipelines.results.drawing import BBox

UPRIGHT = 1.0
"""A line that leaves its direction by less than this (points) is horizontal or vertical."""
SHORTEST_EDGE = 3.0
SHORTEST_SIDE = 9.0
"""Where there are very many edges, shorter ones than this (hatching) are no sides of cells."""
MERGE = 2.0
TOUCH = 2.0
MOST_EDGES = 20_000
MOST_CROSSINGS = 200_000

Edge = tuple[float, float, float]
"""Where it is across its direction, from where, to where."""
Point = tuple[float, float]


class TooManyEdges(Exception):
    """The page has more edges than a table could need; it is a picture."""


def find_cells(rules: Iterable[Rule]) -> list[BBox]:
    """The smallest boxes that horizontal and vertical rules enclose.

    Raises:
        TooManyEdges: the search would take too long.
    """
    horizontal, vertical = _merge(rules)
    if len(horizontal) + len(vertical) > MOST_EDGES:
        raise TooManyEdges
    rows, columns = _cross(horizontal, vertical)
    on_row: dict[Point, tuple[int, int]] = {}
    on_column: dict[Point, tuple[int, int]] = {}
    for index, points in enumerate(rows):
        on_row.update({point: (index, at) for at, point in enumerate(points)})
    for index, points in enumerate(columns):
        on_column.update({point: (index, at) for at, point in enumerate(points)})
    cells = (_smallest_cell(point, rows, columns, on_row, on_column) for point in on_row)
    return [cell for cell in cells if cell]


def _smallest_cell(
    corner: Point,
    rows: list[list[Point]],
    columns: list[list[Point]],
    on_row: dict[Point, tuple[int, int]],
    on_column: dict[Point, tuple[int, int]],
) -> BBox | None:
    """The smallest box whose lower left corner this is."""
    row, at = on_row[corner]
    rights = rows[row][at + 1 :]
    column, at = on_column[corner]
    for above in columns[column][at + 1 :]:
        for right in rights:
            opposite = (right[0], above[1])
            if (
                opposite in on_row
                and on_row[opposite][0] == on_row[above][0]
                and on_column[opposite][0] == on_column[right][0]
            ):
                return corner[0], corner[1], opposite[0], opposite[1]
    return None


def _merge(rules: Iterable[Rule]) -> tuple[list[Edge], list[Edge]]:
    """Upright rules as edges, with pdfplumber's snapping and joining of pieces."""
    from pdfplumber.table import merge_edges

    raw: list[dict[str, Any]] = []
    for rule in rules:
        across_x, across_y = abs(rule.x1 - rule.x0), abs(rule.y1 - rule.y0)
        x0, x1 = sorted((rule.x0, rule.x1))
        y0, y1 = sorted((rule.y0, rule.y1))
        if across_y <= UPRIGHT and across_x > across_y:
            middle = (y0 + y1) / 2
            raw.append(
                {"x0": x0, "x1": x1, "top": middle, "bottom": middle, "width": x1 - x0, "height": 0, "orientation": "h"}
            )
        elif across_x <= UPRIGHT and across_y > across_x:
            middle = (x0 + x1) / 2
            raw.append(
                {"x0": middle, "x1": middle, "top": y0, "bottom": y1, "width": 0, "height": y1 - y0, "orientation": "v"}
            )
    if len(raw) > MOST_EDGES:
        raw = [edge for edge in raw if edge["width"] + edge["height"] >= SHORTEST_SIDE]
    if len(raw) > 5 * MOST_EDGES:
        raise TooManyEdges
    merged = merge_edges(raw, MERGE, MERGE, MERGE, MERGE) if raw else []
    horizontal = [
        (e["top"], e["x0"], e["x1"]) for e in merged if e["orientation"] == "h" and e["x1"] - e["x0"] >= SHORTEST_EDGE
    ]
    vertical = [
        (e["x0"], e["top"], e["bottom"])
        for e in merged
        if e["orientation"] == "v" and e["bottom"] - e["top"] >= SHORTEST_EDGE
    ]
    return sorted(horizontal), sorted(vertical)


def _cross(horizontal: list[Edge], vertical: list[Edge]) -> tuple[list[list[Point]], list[list[Point]]]:
    """The crossings on each horizontal edge from the left, and on each vertical edge from below."""
    rows: list[list[Point]] = [[] for _ in horizontal]
    columns: list[list[Point]] = [[] for _ in vertical]
    levels = [edge[0] for edge in horizontal]
    crossings = 0
    for column, (x, low, high) in enumerate(vertical):
        for row in range(bisect_left(levels, low - TOUCH), bisect_right(levels, high + TOUCH)):
            y, left, right = horizontal[row]
            if left - TOUCH <= x <= right + TOUCH:
                rows[row].append((x, y))
                columns[column].append((x, y))
                crossings += 1
                if crossings > MOST_CROSSINGS:
                    raise TooManyEdges
    return rows, columns


def group_cells(cells: list[BBox]) -> list[list[BBox]]:
    """Cells that share a corner belong to one table."""
    parent = list(range(len(cells)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    owner: dict[Point, int] = {}
    for index, (x0, y0, x1, y1) in enumerate(cells):
        for corner in ((x0, y0), (x0, y1), (x1, y0), (x1, y1)):
            other = owner.setdefault(corner, index)
            parent[root(index)] = root(other)
    groups: dict[int, list[BBox]] = defaultdict(list)
    for index, cell in enumerate(cells):
        groups[root(index)].append(cell)
    return sorted(groups.values(), key=lambda group: (-max(c[3] for c in group), min(c[0] for c in group)))
