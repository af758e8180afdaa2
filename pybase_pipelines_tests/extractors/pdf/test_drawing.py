"""Sheets on pages: what makes a page a drawing, and tables that touch its title block."""

from __future__ import annotations

import math

import pytest
from reportlab.pdfgen.canvas import Canvas

from pybase_pipelines.extractors.pdf import drawing
from pybase_pipelines.local.samples import sheet
from pybase_pipelines.local.samples.drawing_pdf import write_pdf
from pybase_pipelines.local.samples.primitives import Kind, rectangle
from pybase_pipelines_tests.extractors.pdf.builders import draw_grid, make_pdf, run


@pytest.mark.parametrize("framed", [True, False])
def test_a_sheet_full_of_tables_and_notes_is_a_drawing_even_without_zones(tmp_path, monkeypatch, framed):
    frame = [rectangle(sheet.LEFT, sheet.BOTTOM, sheet.RIGHT, sheet.TOP, Kind.FRAME)]
    monkeypatch.setattr(sheet, "border", lambda: frame if framed else [])
    path = tmp_path / "drawn.pdf"
    write_pdf(path)
    content = run(path.read_bytes(), tmp_path).content
    assert content.title_block is not None
    assert content.title_block.drawing_number == "BB-2041"
    assert (len(content.dimensions), len(content.notes), len(content.bom.items)) == (17, 6, 6)


def test_a_parts_list_on_top_of_the_title_block_is_a_table_of_its_own(tmp_path):
    path = tmp_path / "drawn.pdf"
    write_pdf(path)
    tables = run(path.read_bytes(), tmp_path).content.tables
    assert [(table.num_rows, table.num_columns) for table in tables] == [(4, 5), (7, 6), (5, 10)]


def test_a_heading_in_other_columns_stays_with_its_table(tmp_path):
    def draw(canvas: Canvas) -> None:
        draw_grid(canvas, [["Bolts", "Nuts", "Pins"]], x=60, y=700, width=100)
        draw_grid(canvas, [["1", "2", "3", "4"], ["5", "6", "7", "8"]], x=60, y=680, width=75)

    (table,) = run(make_pdf(draw), tmp_path).content.tables
    assert table.num_rows == 3


def test_a_diameter_sign_drawn_as_many_tiny_strokes_is_seen(tmp_path):
    def draw(canvas: Canvas) -> None:
        for n in range(80):
            canvas.line(60 + n, 200, 60 + n, 300 + n)
            canvas.line(60, 200 + n, 300, 200 + n)
        canvas.setFont("Helvetica", 12)
        canvas.drawString(312, 500, "9.5")
        path = canvas.beginPath()
        path.moveTo(309, 504.2)
        for n in range(1, 57):
            path.lineTo(305 + 4 * math.cos(n * math.pi / 28), 504.2 + 4 * math.sin(n * math.pi / 28))
        path.moveTo(302, 498)
        path.lineTo(308, 510.5)
        canvas.drawPath(path)

    assert [d.text for d in run(make_pdf(draw), tmp_path).content.dimensions] == ["Ø9.5"]


def test_a_sheet_with_more_words_than_a_drawing_has_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "MOST_WORDS", 20)
    path = tmp_path / "drawn.pdf"
    write_pdf(path)
    outcome = run(path.read_bytes(), tmp_path)
    assert outcome.progress.is_partial
    assert [w.code for w in outcome.progress.warnings] == ["limit_exceeded"]
