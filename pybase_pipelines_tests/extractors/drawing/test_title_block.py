"""Title blocks as common programs draw them, and what must not be read into them."""

from __future__ import annotations

import pytest

from pybase_pipelines.extractors.drawing.reading import read_sheet
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.title_block import choose_title_block, read_title_block
from pybase_pipelines.extractors.drawing.values import find_iso_date
from pybase_pipelines.results.drawing import TitleBlock
from pybase_pipelines_tests.extractors.drawing import sheets
from pybase_pipelines_tests.extractors.drawing.sheets import Paper

BLOCKS = {
    "solidworks ansi": (
        sheets.solidworks_ansi,
        {
            "title": "MOUNTING PLATE",
            "drawing_number": "AT-2001",
            "revision": "C",
            "size": "B",
            "author": "JRS",
            "date": "4/12/18",
            "company": "ACME TOOLS, INC.",
            "scale": "1:2",
            "sheet": "1 OF 1",
            "weight": "0.41",
            "units": "INCHES",
            "material": "6061-T6",
        },
        ["checked_by", "approved_by", "finish", "general_tolerance"],
    ),
    "eagle": (
        sheets.eagle,
        {"title": "arduino-shield", "date": "5/17/2012 3:45:12 PM", "sheet": "1/2"},
        ["drawing_number", "revision"],
    ),
    "french": (
        sheets.french,
        {
            "title": "Platine support",
            "drawing_number": "PL-0042",
            "revision": "A",
            "scale": "1:2",
            "author": "Dupont",
            "date": "14/03/2019",
            "material": "Acier S235",
            "sheet": "1/2",
        },
        ["checked_by"],
    ),
    "without colons": (
        sheets.without_colons,
        {
            "author": "J. Doe",
            "drawing_number": "4711-A",
            "scale": "1:5",
            "date": "2020-01-05",
            "approved_by": "M. Rossi",
            "custom_fields": {"Bauherr": "Stadt Musterhausen", "approved_by date": "12.03.2021"},
        },
        ["title", "checked_by"],
    ),
    "solidworks": (
        sheets.solidworks_iso,
        {
            "title": "BEARING BRACKET",
            "drawing_number": "BB-1042-03",
            "author": "A. Miller",
            "date": "12/03/2020",
            "approved_by": "B. Stone",
            "scale": "1:2",
            "sheet": "1 OF 3",
            "size": "A3",
        },
        ["checked_by", "weight", "material", "revision", "finish"],
    ),
    "din": (
        sheets.din,
        {
            "title": "Lagerbock links",
            "drawing_number": "4711-08.15",
            "author": "Müller",
            "date": "03.02.2019",
            "checked_by": "Schmidt",
            "material": "S235JR",
            "scale": "1:2,5",
            "general_tolerance": "ISO 2768-mK",
            "sheet": "1 von 2",
            "weight": "1,25",
        },
        ["approved_by", "revision"],
    ),
    "header over value": (
        sheets.header_over_value,
        {
            "author": "J. Doe",
            "approved_by": "M. Rossi",
            "date": "2021-07-30",
            "title": "Gear shaft",
            "revision": "B",
            "sheet": "1 / 1",
        },
        ["checked_by", "drawing_number"],
    ),
    "two languages": (
        sheets.two_languages,
        {
            "title": "Flange / Flansch",
            "drawing_number": "FL-77",
            "revision": "C",
            "scale": "2:1",
            "date": "07.08.2022",
            "sheet": "1/4",
        },
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
        {
            "title": "Sensor board",
            "size": "A4",
            "drawing_number": "SB-3301",
            "revision": "2",
            "date": "5/17/2019",
            "sheet": "1 of 3",
            "author": "K. Lee",
        },
        ["checked_by"],
    ),
}


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


def test_free_lines_without_labels_are_read_where_they_tell_their_kind() -> None:
    paper = Paper(297, 210)
    for number, line in enumerate(
        [
            "Motor Shaft - 11.8.2020",
            "Stainless Steel",
            "A4 Drawing - Scale 3:1",
            "Dimensions in millimeters",
            "General tolerances ±0.1mm",
            "Open Robot Lab",
            "https://open-robot-lab.example.org/",
        ]
    ):
        paper.write(100, 80 - number * 6, line, 4)
    block = read_title_block(paper.sheet())
    assert block is not None
    assert (block.title, block.date, block.date_iso) == ("Motor Shaft", "11.8.2020", "2020-08-11")
    assert (block.size, block.scale, block.units, block.material) == ("A4", "3:1", "millimeters", "Stainless Steel")
    assert (block.general_tolerance, block.company) == ("±0.1mm", "Open Robot Lab")


def test_attributes_are_taken_by_their_tags_and_placeholders_are_no_values() -> None:
    labelled = (
        ("DWG_NO", "A-17"),
        ("TITEL", "Halter"),
        ("REV", "<RevCode>"),
        ("GEZ", "Mü"),
        ("MATERIAL", "....."),
        ("KUNDE", "Muster AG"),
    )
    block = read_title_block(Sheet(420, 297, (), labelled=labelled))
    assert block is not None
    assert (block.drawing_number, block.title, block.author) == ("A-17", "Halter", "Mü")
    assert (block.revision, block.material) == (None, None)
    assert block.custom_fields == {"KUNDE": "Muster AG"}


def test_attributes_of_components_are_no_title_block() -> None:
    labelled = tuple(("NAME", f"Valve {n}") for n in range(9)) + tuple(("SIZE", "DN50") for _ in range(9))
    assert read_title_block(Sheet(420, 297, (), labelled=labelled)) is None


def test_a_sheet_without_a_block_has_none() -> None:
    paper = Paper().write(10, 10, "MAIN ASSEMBLY", 5).write(50, 80, "DETAIL A - SEE SHEET 2")
    assert read_title_block(paper.sheet()) is None


def test_headers_of_a_parts_list_are_no_labels_of_the_block() -> None:
    paper = sheets.din()
    for number, row in enumerate([["Pos", "Menge", "Bezeichnung", "Werkstoff"], ["1", "2", "Welle", "C45"]]):
        paper.row(300, 90 - 6 * number, 6, [15, 20, 50, 30], row)
    reading = read_sheet(paper.sheet())
    assert reading.title_block is not None
    assert (reading.title_block.title, reading.title_block.material) == ("Lagerbock links", "S235JR")
    assert reading.bom is not None


def test_the_most_complete_block_stands_for_the_drawing() -> None:
    poor = TitleBlock(title="Cover", confidence=0.9, page=1)
    rich = TitleBlock(title="Shaft", drawing_number="7", scale="1:1", sheet="2", confidence=0.8, page=2)
    assert choose_title_block([poor, rich]) is rich
    assert choose_title_block([]) is None


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2021-02-14", "2021-02-14"),
        ("03.02.2019", "2019-02-03"),
        ("25/12/20", "2020-12-25"),
        ("12/25/2020", "2020-12-25"),
        ("Saturday, October 08, 2011", "2011-10-08"),
        ("3 Mai 2020", "2020-05-03"),
        ("03/04/2020", None),
        ("4711", None),
    ],
)
def test_a_date_gets_its_iso_form_only_where_it_is_certain(written: str, iso: str | None) -> None:
    assert find_iso_date(written) == iso


def test_a_numbered_footer_line_is_read_where_there_is_no_block() -> None:
    paper = Paper(210, 297).write(20, 10, "Page 1 of 9").write(90, 10, "AB-100_V04").write(160, 10, "May.2013")
    paper.write(20, 150, "P/N: AB100", 5)
    block = read_title_block(paper.sheet())
    assert block is not None
    assert (block.sheet, block.drawing_number, block.date, block.part_number) == (
        "1 of 9",
        "AB-100_V04",
        "May.2013",
        "AB100",
    )
    assert read_title_block(Paper(210, 297).write(20, 10, "Page 1 of 9").sheet()) is None
