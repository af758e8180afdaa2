"""What one dimension text says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.drawing.dimension_text import parse_dimension

READ = [
    (
        "Ø12 H7",
        "Ø12 H7",
        {"dimension_type": "diameter", "value": 12, "fit": "H7", "tolerance_plus": 0.018, "tolerance_minus": 0},
    ),
    ("⌀ 3,99 0 -0,02", "Ø3,99 0/-0,02", {"value": 3.99, "tolerance_plus": 0, "tolerance_minus": -0.02}),
    ("45 +/- 0.1", "45 ±0.1", {"dimension_type": "linear", "tolerance_plus": 0.1, "tolerance_minus": -0.1}),
    ("Ø20 -0.1/+0.2", "Ø20 -0.1/+0.2", {"tolerance_plus": 0.2, "tolerance_minus": -0.1}),
    ("%%c10%%p0.2", "Ø10 ±0.2", {"value": 10, "tolerance_plus": 0.2}),
    ("2×M6", "2x M6", {"dimension_type": "thread", "value": 6, "quantity": 2, "unit": "mm"}),
    ("M6x1 - 6H", "M6x1-6H", {"dimension_type": "thread", "value": 6}),
    ("1/4-20 UNC-2B", "1/4-20 UNC-2B", {"dimension_type": "thread", "value": 0.25, "unit": "in"}),
    ("#4-40 UNC", "#4-40 UNC", {"value": 0.112, "unit": "in"}),
    ("G1/2", "G1/2", {"dimension_type": "thread", "value": 0.5}),
    ("1/8-27 NPT", "1/8-27 NPT", {"dimension_type": "thread", "value": 0.125}),
    ("Tr20x4", "Tr20x4", {"dimension_type": "thread", "value": 20}),
    ("2x45°", "2x45°", {"dimension_type": "chamfer", "value": 2, "quantity": None}),
    ("4 x CHAMFER 0,2", "4x CHAMFER 0,2", {"dimension_type": "chamfer", "value": 0.2, "quantity": 4}),
    ("R0,50", "R0,50", {"dimension_type": "radius", "value": 0.5}),
    ("SØ10", "SØ10", {"dimension_type": "diameter", "value": 10}),
    ("36°30'", "36°30'", {"dimension_type": "angular", "value": 36.5, "unit": "deg"}),
    ("30° ±0.5°", "30° ±0.5°", {"value": 30, "tolerance_plus": 0.5}),
    ("(45)", "(45)", {"value": 45, "is_reference": True}),
    ("[12.5]", "[12.5]", {"value": 12.5, "is_basic": True}),
    ("12.1/11.9", "12.1/11.9", {"value": 12.1, "tolerance_plus": 0, "tolerance_minus": -0.2}),
    ("Ø1,20 ↧ 1,5mm", "Ø1,20 ↧ 1,5mm", {"value": 1.2}),
    ("4X Ø5 THRU", "4x Ø5 THRU", {"quantity": 4, "value": 5}),
    ("Ø5 4 PL", "Ø5 4 PL", {"quantity": 4, "value": 5}),
    ("4'-0 1/4\"", "4'-0 1/4\"", {"value": 48.25, "unit": "in"}),
    ('7 1/2"', '7 1/2"', {"value": 7.5, "unit": "in"}),
    ("12,5 mm", "12,5 mm", {"value": 12.5, "unit": "mm"}),
    ("57-0.4x0.6", "57-0.4x0.6", {"quantity": 57, "value": 0.4}),
    (
        "Ø 6,80 ↧ 26,25 / M8x1.25 - 6H ↧ 20",
        "Ø6,80 ↧ 26,25 / M8x1.25-6H ↧ 20",
        {"value": 6.8, "dimension_type": "diameter"},
    ),
    ("L 8.00 ± 0.20", "L 8.00 ±0.20", {"value": 8, "tolerance_minus": -0.2}),
]


@pytest.mark.parametrize(("written", "text", "facts"), READ, ids=[row[0] for row in READ])
def test_a_dimension_is_understood(written: str, text: str, facts: dict[str, object]) -> None:
    dimension = parse_dimension(written)
    assert dimension is not None
    assert dimension.text == text
    assert {name: getattr(dimension, name) for name in facts} == pytest.approx(facts)


NOT_DIMENSIONS = [
    "",
    "A4",
    "1:2",
    "12.05.2020",
    "12-34-56",
    "REV 2",
    "U10",
    "10k",
    "100nF",
    "S235JR",
    "1/2",
    "SHEET 1 OF 2",
    "±",
    "A-A",
    "±0.1",
    "5V",
    "SECTION B-B",
    "4711-08.15",
    "ISO 2768",
    "12:30",
    "192.168.0.1",
    "x" * 500,
    "9" * 400,
]


@pytest.mark.parametrize("text", NOT_DIMENSIONS)
def test_what_is_no_dimension_gives_none(text: str) -> None:
    assert parse_dimension(text) is None


NUMBERS = st.decimals(min_value="0.01", max_value="9999", places=2).map(str)
COMMAS = st.booleans()
SIGNS = st.sampled_from(["", "Ø", "R", "SØ", "□"])


@given(
    number=NUMBERS,
    comma=COMMAS,
    sign=SIGNS,
    count=st.integers(2, 99) | st.none(),
    tolerance=st.integers(1, 99) | st.none(),
)
def test_what_is_written_is_read_back(
    number: str, comma: bool, sign: str, count: int | None, tolerance: int | None
) -> None:
    written = number.replace(".", ",") if comma else number
    text = f"{f'{count}x ' if count else ''}{sign}{written}{f' ±0.{tolerance:02}' if tolerance else ''}"
    dimension = parse_dimension(text)
    assert dimension is not None
    assert dimension.text == text
    assert dimension.value == pytest.approx(float(number))
    assert dimension.quantity == count
    assert dimension.tolerance_plus == (pytest.approx(tolerance / 100) if tolerance else None)


@given(plus=st.integers(1, 999), minus=st.integers(1, 999), blanks=st.sampled_from(["/", " ", " / "]))
def test_deviations_keep_their_signs(plus: int, minus: int, blanks: str) -> None:
    dimension = parse_dimension(f"Ø50 +0.{plus:03}{blanks}-0.{minus:03}")
    assert dimension is not None
    assert (dimension.tolerance_plus, dimension.tolerance_minus) == (plus / 1000, -minus / 1000)


@given(st.text(max_size=80) | st.text(alphabet="0123456789.,+-±Ø°'\"xXRMH/()[] ", max_size=40))
def test_any_text_gives_a_dimension_or_none_and_its_spelling_is_stable(text: str) -> None:
    dimension = parse_dimension(text)
    if dimension is not None:
        again = parse_dimension(dimension.text or "")
        assert again is not None
        assert again.text == dimension.text
        assert again.value == dimension.value
