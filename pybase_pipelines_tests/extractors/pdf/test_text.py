"""Words and lines, the turning of pages, and how bytes and dates are read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.pdf import text
from pybase_pipelines.extractors.pdf.document import clean, read_date
from pybase_pipelines.extractors.pdf.paper import SHEETS, name_sheet
from pybase_pipelines.extractors.pdf.text import Word, find_main_quarter, gather_lines, write_blocks
from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines_tests.extractors.pdf.builders import make_pdf, run


def word(text: str, x: float, y: float, *, line: int = 0, size: float = 10, angle: float = 0) -> Word:
    return Word(text, (x, y, x + 5 * len(text), y + size), size, angle, line)


def test_words_with_a_wide_gap_are_two_runs():
    lines = gather_lines((word("one", 0, 0), word("two", 18, 0), word("far", 200, 0)))
    assert [line.text for line in lines] == ["one two", "far"]


def test_the_lower_of_two_stacked_tolerances_goes_on_from_its_sign():
    sign, upper, lower = word("-", 0, 0), word("0", 5, 11, line=1), word("0,02", 5, 0, line=2)
    assert [line.text for line in gather_lines((sign, upper, lower))] == ["-0,02", "0"]


def test_words_of_another_direction_are_another_run():
    lines = gather_lines((word("flat", 0, 0), word("up", 22, 0, angle=90)))
    assert [line.angle for line in lines] == [0, 90]


def test_a_title_is_larger_than_most_letters():
    lines = gather_lines(
        (word("Heading", 0, 100, line=0, size=18), *(word("body text", 0, 10 * n, line=n + 1) for n in range(8)))
    )
    assert [block.text for block in write_blocks(lines, 1) if block.is_title] == ["Heading"]


def test_a_page_of_turned_letters_has_their_quarter():
    assert find_main_quarter((word("turned", 0, 0, angle=90), word("too", 0, 50, angle=90))) == 1
    assert find_main_quarter((word("flat", 0, 0), word("turned", 0, 50, angle=90))) == 0
    assert find_main_quarter(()) == 0


@pytest.mark.parametrize("angle", [0, 30, 90, 180, 270])
def test_the_direction_and_size_of_letters_are_known(tmp_path, angle):
    def draw(canvas):
        canvas.setFont("Helvetica", 14)
        canvas.translate(300, 400)
        canvas.rotate(angle)
        canvas.drawString(0, 0, "Dimension")

    (block,) = run(make_pdf(draw), tmp_path).content.text_blocks
    assert block.rotation == pytest.approx(angle, abs=0.5)
    assert block.font_size == pytest.approx(14, abs=0.1)
    assert block.bbox[0] - 20 < 300 < block.bbox[2] + 20


def test_a_word_that_stands_nowhere_costs_no_other_word(tmp_path, monkeypatch):
    # Damaged matrices make pdfium answer so; it leaves out what is merely far away.
    read_glyphs = text._glyph_readers

    def read_damaged(handle):
        read, read_box = read_glyphs(handle)
        return lambda index: ((math.nan,) * 4, *(math.nan,) * 4) if index >= 5 else read(index), read_box

    monkeypatch.setattr(text, "_glyph_readers", read_damaged)
    found = run(make_pdf(lambda canvas: canvas.drawString(100, 100, "here lost")), tmp_path)
    boxes = {block.text: block.bbox for block in found.content.text_blocks}
    assert boxes.keys() == {"here", "lost"}
    assert tuple(boxes["lost"]) == text.NOWHERE
    assert [w.code for w in found.progress.warnings] == ["unplaced_words"]


@given(
    st.integers(0, 3),
    st.floats(1, 2000),
    st.floats(1, 2000),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_turning_and_turning_back_gives_the_same_box(quarters, width, height, share):
    turn = Turn(quarters, width, height)
    x0, x1 = sorted((share[0] * width, share[1] * width))
    y0, y1 = sorted((share[2] * height, share[3] * height))
    turned = turn.box((x0, y0, x1, y1))
    assert turn.back().box(turned) == pytest.approx((x0, y0, x1, y1), abs=1e-6)
    assert -1e-6 <= turned[0] <= turned[2] <= turn.size[0] + 1e-6
    assert -1e-6 <= turned[1] <= turned[3] <= turn.size[1] + 1e-6


@given(st.text())
def test_clean_text_can_be_stored_anywhere(text):
    cleaned = clean(text)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("D:20200131120000+01'00'", "2020-01-31T12:00:00+01:00"),
        ("D:20200131120000Z", "2020-01-31T12:00:00+00:00"),
        ("D:2020", "2020-01-01T00:00:00"),
        ("D:20209999", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_pdf_date_becomes_iso_or_nothing(text, iso):
    assert read_date(text) == iso


@given(st.sampled_from(sorted(SHEETS)), st.booleans(), st.floats(-0.7, 0.7))
def test_a_sheet_is_known_in_either_orientation_and_nearly_its_size(name, turned, off):
    a, b = SHEETS[name]
    assert name_sheet(*((b + off, a + off) if turned else (a + off, b + off))) == name
