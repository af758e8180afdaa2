"""A sheet whose letters are strokes is read by the comments that AutoCAD's export lays over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_pipelines_tests.extractors.pdf.builders import raw_pdf, run

STROKES = " ".join(f"{x} 100 m {x + 3} 110 l S" for x in range(100, 700))


def make_sheet(*texts: tuple[str, tuple[float, float, float, float]], author: str = "AutoCAD SHX Text") -> bytes:
    """An A3 sheet of strokes, with a comment over each text."""
    first = 5
    listed = " ".join(f"{first + n} 0 R" for n in range(len(texts)))
    return raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1190 841]/Contents 4 0 R/Annots[{listed}]>>",
        f"<</Length {len(STROKES)}>>\nstream\n{STROKES}\nendstream",
        *(
            f"<</Type/Annot/Subtype/Square/F 4/T({author})/Contents({text})"
            f"/Rect[{' '.join(str(value) for value in box)}]>>"
            for text, box in texts
        ),
    )


def test_words_dimensions_and_kind_come_from_the_comments(tmp_path: Path):
    sheet = make_sheet(
        ("45 %%P0.1".replace("%%P", "\\261"), (200, 300, 260, 310)),
        ("R12.5", (400, 300, 432, 310)),
        ("ALL DIMENSIONS IN MM", (700, 60, 860, 70)),
    )
    outcome = run(sheet, tmp_path)
    assert outcome.words == ["45", "±0.1", "R12.5", "ALL", "DIMENSIONS", "IN", "MM"]
    assert outcome.content.pages[0].kind == "vector"
    assert [d.text for d in outcome.content.dimensions] == ["45 ±0.1", "R12.5"]
    assert outcome.content.annotations == [], "they are the sheet's letters, not somebody's comments"
    assert not outcome.progress.is_partial


def test_words_share_the_box_of_their_text(tmp_path: Path):
    content = run(make_sheet(("AB CD", (100, 200, 150, 210))), tmp_path).content
    (block,) = content.text_blocks
    assert block.text == "AB CD"
    assert block.bbox == pytest.approx((100, 200, 150, 210), abs=0.1)


def test_a_tall_box_holds_a_text_that_runs_up_the_sheet(tmp_path: Path):
    (block,) = run(make_sheet(("SECTION A", (100, 200, 110, 290))), tmp_path).content.text_blocks
    assert (block.text, block.rotation) == ("SECTION A", 90)


def test_rows_of_one_comment_are_lines(tmp_path: Path):
    content = run(make_sheet(("FIRST ROW\\nSECOND", (100, 200, 190, 220))), tmp_path).content
    assert [block.text for block in content.text_blocks] == ["FIRST ROW", "SECOND"]
    assert content.text_blocks[0].bbox[1] == pytest.approx(210, abs=0.1)


def test_other_peoples_squares_stay_comments(tmp_path: Path):
    content = run(make_sheet(("please check", (100, 200, 190, 220)), author="Jane"), tmp_path).content
    assert [(a.kind, a.text, a.author) for a in content.annotations] == [("square", "please check", "Jane")]
    assert content.text_blocks == []
