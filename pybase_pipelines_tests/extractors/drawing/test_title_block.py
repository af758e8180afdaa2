"""Title blocks as common programs draw them, and what must not be read into them."""

from __future__ import annotations

import pytest

from pybase_pipelines.extractors.drawing.reading import read_sheet
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.title_block import choose_title_block, read_title_block
from pybase_pipelines.results.drawing import TitleBlock
from pybase_pipelines_tests.extractors.drawing import sheets
from pybase_pipelines_tests.extractors.drawing.sheets import Paper

BLOCKS = {
    "solidworks": (
        sheets.solidworks_iso,
        {"title": "BEARING BRACKET", "drawing_number": "BB-1042-03", "author": "A. Miller", "date": "12/03/2020", "approved_by": "B. Stone",
         "scale": "1:2", "sheet": "1 OF 3", "size": "A3"},
        ["checked_by", "weight", "material", "revision", "finish"],
    ),
    "din": (
        sheets.din,
        {"title": "Lagerbock links", "drawing_number": "4711-08.15", "author": "Müller", "date": "03.02.2019", "checked_by": "Schmidt",
         "material": "S235JR", "scale": "1:2,5", "general_tolerance": "ISO 2768-mK", "sheet": "1 von 2", "weight": "1,25"},
        ["approved_by", "revision"],
    ),
    "header over value": (
        sheets.header_over_value,
        {"author": "J. Doe", "approved_by": "M. Rossi", "date": "2021-07-30", "title": "Gear shaft", "revision": "B", "sheet": "1 / 1"},
        ["checked_by", "drawing_number"],
    ),
    "two languages": (
        sheets.two_languages,
        {"title": "Flange / Flansch", "drawing_number": "FL-77", "revision": "C", "scale": "2:1", "date": "07.08.2022", "sheet": "1/4"},
        ["material"],
    ),
    "kicad": (
        sheets.kicad,
        {"title": "Motor driver", "size": "A4", "date": "2021-02-14", "revision": "1.2", "sheet": "2/5"},
        ["drawing_number", "author"],
    ),
    "orcad": (
        sheets.orcad_left_blank,
        {"title": "Power supply", "size": "A", "date": "Saturday, October 08, 2011", "sheet": "1 of 2"},
        ["drawing_number", "revision"],
    ),
    "altium": (
        sheets.altium,
        {"title": "Sensor board", "size": "A4", "drawing_number": "SB-3301", "revision": "2", "date": "5/17/2019", "sheet": "1 of 3", "author": "K. Lee"},
        ["checked_by"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_values_are_read_as_written_and_empty_cells_stay_empty(name: str) -> None:
    make, expected, blank = BLOCKS[name]
    block = read_title_block(make().sheet())
    assert block is not None
    assert {field: getattr(block, field) for field in expected} == expected
    assert {field: getattr(block, field) for field in blank} == dict.fromkeys(blank)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_that_runs_up_the_right_edge_reads_the_same(name: str) -> None:
    make, expected, blank = BLOCKS[name]
    block = read_title_block(make().turned())
    assert block is not None
    assert {field: getattr(block, field) for field in [*expected, *blank]} == expected | dict.fromkeys(blank)
