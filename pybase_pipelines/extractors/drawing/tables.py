"""Which column of a table is what: the header words of parts lists and revision tables, on top or at the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pybase_pipelines.extractors.drawing.labels import normalize_label
from pybase_pipelines.extractors.drawing.sheet import Grid
from pybase_pipelines.results.drawing import BBox


@dataclass(frozen=True, slots=True)
class Table:
    """A grid whose header is understood: `fields[i]` is the field of column i, None where it has none of its own."""

    grid: Grid
    headers: tuple[str, ...]
    fields: tuple[str | None, ...]
    rows: tuple[tuple[str, ...], ...]

    def split_row(self, row: tuple[str, ...], own: frozenset[str]) -> tuple[dict[str, str], dict[str, str]]:
        """The filled cells of a row: by field, and by header for the columns that have no field in `own`."""
        fields: dict[str, str] = {}
        other: dict[str, str] = {}
        for field, header, cell in zip(self.fields, self.headers, row, strict=False):
            if cell and field in own:
                fields[field or ""] = cell
            elif cell and header:
                other.setdefault(header, cell)
        return fields, other


def read_table(grid: Grid, synonyms: Mapping[str, str], needed: tuple[frozenset[str], ...]) -> Table | None:
    """The grid as a table, if one of its rows is a header with a column of each needed kind."""
    for index, row in _header_candidates(grid):
        headers = tuple(_tidy(cell) for cell in row)
        fields = _find_fields(headers, synonyms)
        if all(kinds & set(fields) for kinds in needed):
            return Table(grid, headers, fields, _read_body(grid, index, headers))
    return None


def read_tables(grids: Iterable[Grid], synonyms: Mapping[str, str], needed: tuple[frozenset[str], ...]) -> list[Table]:
    """All grids that are such a table. Of two at the same place the first: a grid may have been found twice."""
    tables: list[Table] = []
    for grid in grids:
        table = read_table(grid, synonyms, needed)
        if table and not any(_covers(other.grid.bbox, grid.bbox) for other in tables):
            tables.append(table)
    return tables


def _covers(box: BBox, other: BBox) -> bool:
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return False
    return width * height > 0.5 * min((b[2] - b[0]) * (b[3] - b[1]) for b in (box, other))


def _read_body(grid: Grid, header: int, headers: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The rows below the header, or above it where it is at the foot; a header repeated in between is no row."""
    below, above = grid.rows[header + 1 :], grid.rows[:header]
    body = below if _filled(below) >= _filled(above) else tuple(reversed(above))
    plain = tuple(map(normalize_label, headers))
    rows = (tuple(_tidy(cell) for cell in row) for row in body)
    return tuple(row for row in rows if any(row) and tuple(map(normalize_label, row)) != plain)


def _header_candidates(grid: Grid) -> Iterator[tuple[int, tuple[str | None, ...]]]:
    """The first rows, then the last: a parts list above a title block has its header at the foot."""
    count = len(grid.rows)
    for index in dict.fromkeys([*range(min(4, count)), *range(count - 1, max(-1, count - 4), -1)]):
        yield index, grid.rows[index]


def _find_fields(headers: tuple[str, ...], synonyms: Mapping[str, str]) -> tuple[str | None, ...]:
    """The field of each column; of two columns for one field, that with the more telling header (see `vocabulary`)."""
    ranks = {name: rank for rank, name in enumerate(synonyms)}
    best: dict[str, tuple[int, int]] = {}
    for column, header in enumerate(headers):
        parts = [normalize_label(header), *(normalize_label(part) for part in header.split("/"))]
        name = next((part for part in parts if part in synonyms), None)
        if name is not None:
            candidate = (ranks[name], column)
            best[synonyms[name]] = min(best.get(synonyms[name], candidate), candidate)
    columns = {column: field for field, (_, column) in best.items()}
    return tuple(columns.get(column) for column in range(len(headers)))


def _tidy(cell: str | None) -> str:
    return " ".join((cell or "").split())


def _filled(rows: tuple[tuple[str | None, ...], ...]) -> int:
    return sum(any(cell and cell.strip() for cell in row) for row in rows)
