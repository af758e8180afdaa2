"""Measurements as dimension styles write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.cad.measurement import Style, write_measurement


@pytest.mark.parametrize(
    ("value", "kind", "style", "text"),
    [
        (12.345, "linear", Style(dec=2), "12.35"),
        (12.5, "linear", Style(dec=3, zin=0), "12.500"),
        (12.5, "linear", Style(dec=3, zin=8), "12.5"),
        (0.5, "linear", Style(dec=2, zin=12), ".5"),
        (12.5, "linear", Style(dsep=","), "12,5"),
        (0.25, "linear", Style(lfac=100), "25"),
        (12.3, "linear", Style(rnd=0.5), "12.5"),
        (6, "diameter", Style(), "Ø6"),
        (6, "radius", Style(), "R6"),
        (6, "diameter", Style(post="D<> mm"), "D6 mm"),
        (6, "linear", Style(post=" mm"), "6 mm"),
        (48.25, "linear", Style(lunit=4, dec=2, zin=0), "4'-0 1/4\""),
        (30, "linear", Style(lunit=4, dec=2, zin=0), "2'-6\""),
        (2.5, "linear", Style(lunit=5, dec=4), "2 1/2"),
        (94.4, "angular", Style(), "94°"),
        (30.5, "angular", Style(aunit=1, adec=1), "30°30'"),
    ],
)
def test_a_style_decides_how_a_measurement_is_written(value: float, kind: str, style: Style, text: str) -> None:
    assert write_measurement(value, kind, style).text == text


def test_deviations_are_signed_and_written_as_the_style_says() -> None:
    written = write_measurement(45, "linear", Style(tol=True, tp=0.2, tm=0.1))
    assert (written.text, written.plus, written.minus) == ("45 +0.2/-0.1", 0.2, -0.1)
    assert write_measurement(45, "linear", Style(tol=True, tp=0.1, tm=0.1)).text == "45 ±0.1"


def test_limits_are_written_one_over_the_other() -> None:
    assert write_measurement(45, "linear", Style(lim=True, tp=0.2, tm=0.1)).text == "45.2/44.9"


def test_a_typed_text_stands_instead_of_or_around_the_measurement() -> None:
    assert write_measurement(10, "linear", Style(), "SEE NOTE").text == "SEE NOTE"
    assert write_measurement(10, "linear", Style(), "2x <> typ.").text == "2x 10 typ."


@given(st.floats(-1e9, 1e9), st.integers(-3, 20), st.integers(0, 15), st.integers(0, 7))
def test_no_style_breaks_the_writing(value: float, dec: int, zin: int, lunit: int) -> None:
    assert write_measurement(value, "linear", Style(dec=dec, zin=zin, lunit=lunit)).text
