"""The border of a sheet: zones are not dimensions, notes or tables, and what only counts is not a border."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.border import clear_border, find_border
from pybase_pipelines.extractors.drawing.reading import read_sheet
from pybase_pipelines_tests.extractors.drawing.sheets import Paper

WIDTH, HEIGHT, EDGE = 420.0, 297.0, 10.0


def zoned(paper: Paper, *, both: bool = True) -> Paper:
    """A frame with eight numbered and six lettered zones around it, on all sides or on two."""
    paper.box(EDGE - 5, EDGE - 5, WIDTH - 2 * EDGE + 10, HEIGHT - 2 * EDGE + 10)
    paper.box(EDGE, EDGE, WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE)
    for n in range(8):
        x = EDGE + 50 * n
        for y in (EDGE - 5, HEIGHT - EDGE) if both else (EDGE - 5,):
            paper.write(x + 24, y + 1.2, str(n + 1)).line(x, y, x, y + 5)
    for n, letter in enumerate("ABCDEF"):
        y = EDGE + 46 * n
        for x in (EDGE - 5, WIDTH - EDGE) if both else (EDGE - 5,):
            paper.write(x + 1.5, y + 22, letter).line(x, y, x + 5, y)
    return paper


def test_zones_and_their_lines_are_the_border_and_the_frame_is_kept() -> None:
    sheet = zoned(Paper()).box(330, EDGE, 80, 40).sheet()
    border = find_border(sheet.lettering, sheet.rules)
    assert border is not None
    assert border.frame == (EDGE, EDGE, WIDTH - EDGE, HEIGHT - EDGE)
    assert len(border.marks) == 28
    cleared = clear_border(sheet)
    assert cleared.lettering == ()
    assert len(cleared.rules) == 8


def test_zones_on_two_sides_are_enough() -> None:
    sheet = zoned(Paper(), both=False).sheet()
    border = find_border(sheet.lettering, sheet.rules)
    assert border is not None
    assert len(border.marks) == 14


def test_zone_numbers_are_no_dimensions_and_no_part_of_notes() -> None:
    paper = zoned(Paper()).box(110, 90, 50, 40).box(115, 95, 40, 30).box(120, 100, 30, 20)
    paper.write(20, 46, "NOTES", 3.5)
    for n, note in enumerate(("Break sharp edges.", "Paint black.", "Mark the part."), start=1):
        paper.write(20, 46 - 7 * n, f"{n}. {note}")
    paper.write(130, 80.8, "45").line(110, 80, 160, 80)
    reading = read_sheet(paper.sheet())
    assert [dimension.text for dimension in reading.dimensions] == ["45"]
    assert [note.text for note in reading.notes] == ["Break sharp edges.", "Paint black.", "Mark the part."]


def test_the_numbers_of_rows_and_the_heads_of_columns_are_no_zones() -> None:
    paper = Paper()
    for n in range(8):
        paper.row(20, 200 - 6 * n, 6, [10, 40, 40], [str(n + 1), "bolt", "steel"])
    for top in (250, 100):
        paper.row(150, top, 8, [60, 60, 60], ["A", "B", "C"])
    sheet = paper.sheet()
    assert find_border(sheet.lettering, sheet.rules) is None


def test_numbered_holes_in_a_row_are_no_zones() -> None:
    paper = Paper().box(50, 50, 300, 180)
    for n in range(5):
        paper.write(80 + 50 * n, 140, str(n + 1)).box(78 + 50 * n, 138, 8, 8)
    sheet = paper.sheet()
    assert find_border(sheet.lettering, sheet.rules) is None
