"""Plane geometry of scenes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.cad.scene import Affine, Box, Run

numbers = st.floats(-1e3, 1e3)
affines = st.builds(Affine, numbers, numbers, numbers, numbers, numbers, numbers)


@given(affines, affines, numbers, numbers)
def test_one_after_the_other_is_the_same_as_both_at_once(outer: Affine, inner: Affine, x: float, y: float) -> None:
    assert outer.after(inner).apply(x, y) == pytest.approx(outer.apply(*inner.apply(x, y)), rel=1e-6, abs=1e-3)


def test_an_arc_reaches_no_further_than_it_is_drawn() -> None:
    box = Box()
    box.add_arc(0, 0, 10, 0, 90)
    assert box.value == pytest.approx((0, 0, 10, 10))


def test_coordinates_that_are_no_numbers_count_for_no_box() -> None:
    box = Box()
    for bad in (math.nan, math.inf, 1e20):
        box.add(bad, 0.0)
    assert box.value is None


def test_a_text_set_at_its_middle_spreads_both_ways() -> None:
    x0, y0, x1, y1 = Run("1234", 100, 50, 10, across=0.5, up=0.5).box()
    assert (x0 + x1) / 2 == pytest.approx(100)
    assert (y0, y1) == pytest.approx((45, 55))
