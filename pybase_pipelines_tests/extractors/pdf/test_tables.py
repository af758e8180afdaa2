"""Tables: ruled, shaded, aligned, turned, and what is no table."""

import time

import pytest
from reportlab.pdfgen.canvas import Canvas

from pybase_pipelines.extractors.drawing.sheet import Rule
from pybase_pipelines.extractors.pdf.cells import TooManyEdges, find_cells, group_cells
from pybase_pipelines_tests.extractors.pdf.builders import draw_grid, make_pdf, run

PARTS = [["Item", "Qty", "Part"], ["1", "4", "Screw M6"], ["2", "1", "Housing"], ["3", "12", "Washer"]]


def grid_rules(rows: int, columns: int, step: float = 20) -> list[Rule]:
    across = [Rule(0, i * step, columns * step, i * step) for i in range(rows + 1)]
    return across + [Rule(i * step, 0, i * step, rows * step) for i in range(columns + 1)]


def test_a_ruled_table_gives_its_whole_grid(tmp_path):
    (table,) = run(make_pdf(lambda c: draw_grid(c, PARTS)), tmp_path).content.tables
    assert (table.num_rows, table.num_columns, table.page, table.strategy) == (4, 3, 1, "lines")
    assert table.headers == PARTS[0]
    assert table.rows == PARTS[1:]
    assert table.bbox == pytest.approx((60, 700, 330, 780), abs=1)
    assert table.column_types == ["number", "number", "text"]


def test_a_merged_cell_stands_once_and_is_none_after_that(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.grid([50, 150, 250], [600, 620, 640])
        canvas.rect(50, 640, 200, 20)
        for x, y, text in ((60, 646, "both"), (60, 626, "a"), (160, 626, "b"), (60, 606, "c"), (160, 606, "d")):
            canvas.drawString(x, y, text)

    (table,) = run(make_pdf(draw), tmp_path).content.tables
    assert table.headers == ["both", None]
    assert table.rows == [["a", "b"], ["c", "d"]]
    assert [(m.row, m.col, m.rowspan, m.colspan) for m in table.merged_cells] == [(0, 0, 1, 2)]


def test_a_table_on_a_turned_page_reads_as_it_lies(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.translate(560, 40)
        canvas.rotate(90)
        draw_grid(canvas, PARTS, x=60, y=400)

    (table,) = run(make_pdf(draw), tmp_path).content.tables
    assert [table.headers, *table.rows] == PARTS
    assert table.bbox == pytest.approx((160, 100, 240, 370), abs=2)


def test_columns_without_rules_are_a_table_when_they_hold_numbers(tmp_path):
    rows = [[f"Station {n}", f"{n * 3.5:.1f}", f"{n * 100}", f"{n}%"] for n in range(1, 9)]

    def draw(canvas: Canvas) -> None:
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                canvas.drawString(60 + 110 * c, 700 - 16 * r, text)

    (table,) = run(make_pdf(draw), tmp_path).content.tables
    assert (table.num_rows, table.num_columns, table.strategy) == (8, 4, "text")
    assert [table.headers, *table.rows] == rows


def test_prose_is_no_table(tmp_path):
    def draw(canvas: Canvas) -> None:
        for r in range(30):
            canvas.drawString(60, 780 - 14 * r, "Tighten the screws crosswise before the cover is put in")
            canvas.drawString(330, 780 - 14 * r, "place and check that nothing rubs on the shaft")

    assert run(make_pdf(draw), tmp_path).content.tables == []


def test_a_list_of_contents_is_no_table(tmp_path):
    def draw(canvas: Canvas) -> None:
        for r in range(12):
            canvas.drawString(60, 780 - 14 * r, f"{r + 1}.")
            canvas.drawString(90, 780 - 14 * r, f"{r * 10}")

    assert run(make_pdf(draw), tmp_path).content.tables == []


def test_rows_that_share_a_shaded_band_are_parted(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.grid([50, 150, 250, 350], [700, 720, 640])
        for c, text in enumerate(("State", "Permits", "Total")):
            canvas.drawString(60 + 100 * c, 706, text)
        for r in range(4):
            for c, text in enumerate((f"{r + 1}", f"{r * 7 + 1}", f"{r * 9 + 2}")):
                canvas.drawString(60 + 100 * c, 688 - 13 * r, text)

    (table,) = run(make_pdf(draw), tmp_path).content.tables
    assert (table.num_rows, table.num_columns) == (5, 3)
    assert table.rows[0] == ["1", "1", "2"]
    assert table.rows[3] == ["4", "22", "29"]


def test_the_strategy_can_be_chosen(tmp_path):
    data = make_pdf(lambda c: draw_grid(c, PARTS))
    assert [t.strategy for t in run(data, tmp_path, table_strategy="lines").content.tables] == ["lines"]
    assert all(t.strategy == "text" for t in run(data, tmp_path, table_strategy="text").content.tables)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 4), (60, 10)])
def test_a_full_grid_has_rows_times_columns_cells(rows, columns):
    cells = find_cells(grid_rules(rows, columns))
    assert len(cells) == rows * columns
    assert len(group_cells(cells)) == 1


def test_two_tables_apart_are_two_groups():
    near, far = grid_rules(2, 2), [Rule(r.x0 + 500, r.y0, r.x1 + 500, r.y1) for r in grid_rules(3, 3)]
    assert sorted(len(group) for group in group_cells(find_cells(near + far))) == [4, 9]


def test_a_grid_of_forty_thousand_cells_takes_seconds():
    started = time.monotonic()
    assert len(find_cells(grid_rules(200, 200))) == 40_000
    assert time.monotonic() - started < 10


def test_a_hatched_plot_is_given_up_instead_of_searched():
    with pytest.raises(TooManyEdges):
        find_cells([Rule(i * 3, j * 30, i * 3, j * 30 + 20) for i in range(300) for j in range(80)])


def test_hatching_beside_a_table_does_not_hide_it():
    hatching = [Rule(500 + i % 300, i // 300, 506 + i % 300, i // 300) for i in range(30_000)]
    assert len(find_cells(hatching + grid_rules(3, 3))) == 9


def test_a_grid_beyond_any_table_is_told(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.grid([20 + 12 * i for i in range(341)], [20 + 12 * i for i in range(341)])
        canvas.drawString(100, 100, "7 7 7")

    outcome = run(make_pdf(draw, size=(4200, 4200)), tmp_path)
    assert outcome.content.tables == []
    assert "limit_exceeded" in outcome.codes
    assert outcome.progress.is_partial
