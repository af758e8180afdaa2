"""Words of stamps, signatures and markups: people read them on the page, though the page itself does not draw them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_pipelines_tests.extractors.pdf.builders import raw_pdf, run

FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGE_TEXT = "BT /F 10 Tf 50 700 Td (APPROVED by nobody) Tj ET"


def make_stamped(*annotations: str, appearance: str = "BT /F 12 Tf 5 10 Td (APPROVED 2026) Tj ET", rotate: int = 0):
    """A page with a line of text, and annotations that look like `appearance` (object 6)."""
    resources = "/Resources<</Font<</F 5 0 R>>>>"
    numbers = range(7, 7 + len(annotations))
    listed = " ".join(f"{n} 0 R" for n in numbers)
    return raw_pdf(
        f"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{listed}]/DR<</Font<</F 5 0 R>>>>>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate {rotate}/Contents 4 0 R{resources}/Annots[{listed}]>>",
        f"<</Length {len(PAGE_TEXT)}>>\nstream\n{PAGE_TEXT}\nendstream",
        FONT,
        f"<</Type/XObject/Subtype/Form/BBox[0 0 150 40]{resources}/Length {len(appearance)}>>"
        f"\nstream\n{appearance}\nendstream",
        *(f"<</Type/Annot/Rect[300 100 450 140]/P 3 0 R/AP<</N 6 0 R>>{each}>>" for each in annotations),
    )


@pytest.mark.parametrize(
    "annotation",
    [
        "/Subtype/Stamp/F 4",
        "/Subtype/Polygon/F 4/Contents(measured)",
        "/Subtype/Widget/FT/Sig/T(Signature1)/F 132",
        "/Subtype/Widget/FT/Btn/Ff 65536/T(Button1)/F 4",
    ],
)
def test_the_words_on_top_of_a_page_are_words_of_the_page_at_their_place(tmp_path: Path, annotation: str):
    content = run(make_stamped(annotation), tmp_path).content
    stamp = next(block for block in content.text_blocks if "2026" in block.text)
    assert stamp.text == "APPROVED 2026"
    assert stamp.bbox[:2] == pytest.approx((305, 107), abs=2)
    assert [block.text for block in content.text_blocks] == ["APPROVED by nobody", "APPROVED 2026"]


def test_what_is_hidden_or_has_no_look_is_not_read(tmp_path: Path):
    hidden, no_view = "/Subtype/Stamp/F 2", "/Subtype/Stamp/F 32"
    outcome = run(make_stamped(hidden, no_view), tmp_path)
    assert outcome.words == ["APPROVED", "by", "nobody"]


def test_a_filled_in_field_is_read_once_beside_a_stamp(tmp_path: Path):
    field = "/Subtype/Widget/FT/Tx/T(Name)/V(Jane)/DA(/F 10 Tf)/F 4"
    assert sorted(run(make_stamped(field, "/Subtype/Stamp/F 4"), tmp_path).words) == [
        "2026", "APPROVED", "APPROVED", "Jane", "by", "nobody",
    ]  # fmt: skip


def test_a_stamp_on_a_turned_page_lies_where_a_person_sees_it(tmp_path: Path):
    content = run(make_stamped("/Subtype/Stamp/F 4", rotate=90), tmp_path).content
    stamp = next(block for block in content.text_blocks if "2026" in block.text)
    assert (content.pages[0].width_mm, content.pages[0].height_mm) == pytest.approx((282.2, 211.7), abs=0.1)
    assert stamp.rotation == 270
    assert stamp.bbox[0] == pytest.approx(107, abs=2)


def test_two_equal_stamps_are_both_read(tmp_path: Path):
    words = run(make_stamped("/Subtype/Stamp/F 4", "/Subtype/Stamp/F 4"), tmp_path).words
    assert words.count("2026") == 2


def test_a_damaged_look_costs_no_word_of_the_page(tmp_path: Path):
    outcome = run(make_stamped("/Subtype/Stamp/F 4", appearance="BT (( Q Q Q /X Do"), tmp_path)
    assert outcome.words[:3] == ["APPROVED", "by", "nobody"]


def test_without_annotations_the_page_alone_is_read(tmp_path: Path):
    outcome = run(make_stamped("/Subtype/Stamp/F 4"), tmp_path, extract_annotations=False)
    assert outcome.words == ["APPROVED", "by", "nobody"]
