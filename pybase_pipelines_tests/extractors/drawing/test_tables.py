"""Parts lists and revision tables, given as grids or drawn with lines."""

from __future__ import annotations

import time

from pybase_pipelines.extractors.drawing.bom import read_bom
from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.revisions import read_revisions
from pybase_pipelines.extractors.drawing.sheet import Grid, Lettering, Rule, Sheet
from pybase_pipelines_tests.extractors.drawing.sheets import Paper

PARTS = [
    ["ITEM", "QTY", "PART NUMBER", "DESCRIPTION", "MATERIAL"],
    ["1", "2", "P-100", "Plate", "S235"],
    ["2", "4", "P-200", "Screw M6x20", ""],
    ["3", "1,8 m", "P-300", "Tube", "EN AW-6060"],
]
WIDTHS = [12.0, 12.0, 30.0, 50.0, 30.0]


def drawn(rows: list[list[str]], widths: list[float], x: float = 200, top: float = 200, height: float = 6) -> Paper:
    paper = Paper()
    for number, row in enumerate(rows):
        paper.row(x, top - number * height, height, widths, row)
    return paper


def as_grid(rows: list[list[str]]) -> Sheet:
    return Sheet(420, 297, (), grids=(Grid((0, 0, 100, 50), tuple(tuple(row) for row in rows)),))


def test_a_drawn_parts_list_is_read_row_by_row() -> None:
    bom = read_bom(drawn(PARTS, WIDTHS).sheet())
    assert bom is not None
    assert bom.headers == PARTS[0]
    assert [(i.item, i.quantity, i.part_number, i.description, i.material) for i in bom.items] == [
        ("1", "2", "P-100", "Plate", "S235"),
        ("2", "4", "P-200", "Screw M6x20", None),
        ("3", "1,8 m", "P-300", "Tube", "EN AW-6060"),
    ]


def test_a_parts_list_that_grows_upwards_has_its_header_at_the_foot() -> None:
    bom = read_bom(drawn([*reversed(PARTS[1:]), PARTS[0]], WIDTHS).sheet())
    assert bom is not None
    assert [item.item for item in bom.items] == ["1", "2", "3"]


def test_a_parts_list_up_the_right_edge_reads_the_same() -> None:
    bom = read_bom(drawn(PARTS, WIDTHS).turned())
    assert bom is not None
    assert [item.description for item in bom.items] == ["Plate", "Screw M6x20", "Tube"]


def test_a_german_parts_list_given_as_a_grid_is_read() -> None:
    rows = [
        ["Pos.", "Menge", "Benennung", "Sachnummer", "Werkstoff", "Lager"],
        ["1", "2", "Platte", "4711", "S235", "A3"],
    ]
    bom = read_bom(as_grid(rows))
    assert bom is not None
    item = bom.items[0]
    assert (item.item, item.quantity, item.description, item.part_number, item.material) == (
        "1",
        "2",
        "Platte",
        "4711",
        "S235",
    )
    assert item.other == {"Lager": "A3"}


def test_a_header_that_is_repeated_in_the_middle_is_no_part() -> None:
    bom = read_bom(as_grid([*PARTS, PARTS[0], ["4", "1", "P-400", "Nut", ""]]))
    assert bom is not None
    assert len(bom.items) == 4


def test_a_table_of_other_things_is_no_parts_list() -> None:
    assert read_bom(as_grid([["Voltage", "Current", "Power"], ["5", "1", "5"]])) is None
    assert read_bom(Sheet(420, 297, (Lettering("BOM - SEE SHEET 4", (10, 10, 60, 13), 3.0),))) is None


def test_revisions_are_read_and_empty_rows_are_none() -> None:
    rows = [
        ["REV", "DESCRIPTION", "DATE", "BY"],
        ["A", "FIRST ISSUE", "12.01.20", "AM"],
        ["B", "HOLE ADDED", "03.04.20", "AM"],
        ["", "", "", ""],
    ]
    revisions = read_revisions(drawn(rows, [12, 60, 25, 15]).sheet())
    assert [(r.revision, r.description, r.date, r.author) for r in revisions] == [
        ("A", "FIRST ISSUE", "12.01.20", "AM"),
        ("B", "HOLE ADDED", "03.04.20", "AM"),
    ]


def test_tables_above_each_other_with_other_columns_stay_apart() -> None:
    paper = drawn(PARTS, WIDTHS, top=200)
    for number, row in enumerate([["A", "B", "C"], ["d", "e", "f"]]):
        paper.row(200, 176 - number * 6, 6, [40.0, 50.0, 44.0], row)
    assert sorted(len(grid.rows) for grid in find_grids(paper.sheet())) == [2, 4]


def test_a_sheet_with_very_many_lines_is_read_in_bounded_time() -> None:
    rules = tuple(Rule(0, i / 100, 1000, i / 100) for i in range(30_000)) + tuple(
        Rule(i / 100, 0, i / 100, 1000) for i in range(30_000)
    )
    lettering = tuple(Lettering(str(i), (i % 300, i // 300, i % 300 + 0.5, i // 300 + 0.5), 0.5) for i in range(20_000))
    started = time.perf_counter()
    find_grids(Sheet(1000, 1000, lettering, rules))
    assert time.perf_counter() - started < 20
