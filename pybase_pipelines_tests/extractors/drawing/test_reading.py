"""Any sheet is read: odd geometry gives an empty reading, never a crash."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pybase_pipelines.extractors.drawing.reading import read_sheet
from pybase_pipelines.extractors.drawing.sheet import Grid, Lettering, Reading, Rule, Sheet

COORDINATES = st.floats(-1000, 1000) | st.sampled_from([0.0, 1e9, -1e20, float("inf"), float("nan")])
BOXES = st.tuples(COORDINATES, COORDINATES, COORDINATES, COORDINATES)
TEXTS = st.sampled_from(
    [
        "",
        " ",
        "Title:",
        "DWG NO",
        "Rev",
        "SCALE 1:2",
        "Ø12 H7",
        "45",
        "+0.1",
        "-0.1",
        "NOTES:",
        "1. Text",
        "A\nB\nC",
        "Sheet 1 of 2",
    ]
) | st.text(max_size=12)
LETTERING = st.builds(
    Lettering, TEXTS, BOXES, st.floats(0, 20), st.sampled_from([0.0, 90.0, 180.0, 270.0, -90.0, 45.0, 359.9, 13.7])
)
RULES = st.builds(Rule, COORDINATES, COORDINATES, COORDINATES, COORDINATES)
CELLS = st.none() | TEXTS
GRIDS = st.builds(Grid, BOXES, st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4).map(tuple))
SHEETS = st.builds(
    Sheet,
    st.floats(0, 2000),
    st.floats(0, 2000),
    st.lists(LETTERING, max_size=25).map(tuple),
    st.lists(RULES, max_size=40).map(tuple),
    st.lists(GRIDS, max_size=2).map(tuple),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=4).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(SHEETS)
def test_any_sheet_gives_a_reading(sheet: Sheet) -> None:
    reading = read_sheet(sheet)
    assert isinstance(reading, Reading)
    assert all(0 < dimension.confidence <= 1 for dimension in reading.dimensions)


def test_an_empty_sheet_gives_an_empty_reading() -> None:
    assert read_sheet(Sheet(0, 0, ())) == Reading()
