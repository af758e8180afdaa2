"""Areas inside nested outlines."""

from __future__ import annotations

import pytest

from pybase_pipelines.extractors.cad.areas import Ring, ring_area


def _square(size: float, at: float = 0.0) -> Ring:
    return [(at, at), (at + size, at), (at + size, at + size), (at, at + size), (at, at)]


@pytest.mark.parametrize(("style", "area"), [(0, 100 - 36 + 4), (1, 100 - 36), (2, 100)])
def test_holes_and_islands_count_as_the_hatch_style_says(style: int, area: float) -> None:
    assert ring_area([_square(10), _square(6, 2), _square(2, 4)], style) == pytest.approx(area)


def test_outlines_side_by_side_add_up() -> None:
    assert ring_area([_square(2), _square(3, 10)]) == pytest.approx(13)


def test_an_open_outline_has_no_area() -> None:
    assert ring_area([[(0, 0), (10, 0), (10, 10)]]) is None
