"""Units, dates and sizes."""

from __future__ import annotations

import pytest

from pybase_pipelines.extractors.cad.units import (
    julian_iso,
    nearest_color,
    scale_text,
    sheet_size,
    unit_in_mm,
    unit_name,
)


def test_an_inch_is_exactly_25_4_mm() -> None:
    assert (unit_name(1), unit_in_mm(1)) == ("inch", 25.4)


def test_a_unit_that_is_not_known_is_called_so() -> None:
    assert (unit_name(99), unit_in_mm(99), unit_name(None)) == ("unknown", None, None)


def test_a_julian_date_becomes_iso_and_nonsense_becomes_nothing() -> None:
    assert julian_iso(2459632.474340278) == "2022-02-21T23:23:03"
    assert julian_iso(2459632.5, utc=True) == "2022-02-22T00:00:00+00:00"
    assert [julian_iso(value) for value in (0, -1, 1e300, None, "x")] == [None] * 5


@pytest.mark.parametrize(("scale", "text"), [(0.02, "1:50"), (1, "1:1"), (2, "2:1"), (0, None), (None, None)])
def test_a_scale_is_written_as_on_a_sheet(scale: float | None, text: str | None) -> None:
    assert scale_text(scale) == text


def test_a_paper_size_is_known_either_way_round() -> None:
    assert (sheet_size(297, 210.1), sheet_size(279.4, 215.9), sheet_size(100, 100)) == ("A4", "ANSI A", None)


def test_a_pure_red_is_colour_one() -> None:
    assert nearest_color(0xFF0000) == 1
