"""One part as PDF, DXF and DWG: whoever drew the sheet drew the same, and so it must be read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from pybase_pipelines.extractors.contract import Progress, Source, parse_options
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.local.samples import product, views
from pybase_pipelines.local.samples.drawing_dwg import write_dwg
from pybase_pipelines.local.samples.drawing_dxf import write_dxf
from pybase_pipelines.local.samples.drawing_pdf import write_pdf
from pybase_pipelines.local.samples.primitives import LinearDimension, RoundDimension
from pybase_pipelines.results.cad import CadContent
from pybase_pipelines.results.drawing import Place
from pybase_pipelines.results.pdf import PdfContent

WRITERS = {"pdf": write_pdf, "dxf": write_dxf, "dwg": write_dwg}
LETTERED = Counter(["2x1x45°"])
"""Drawn as text with a leader: a dimension for whoever reads the sheet, but no dimension object of a CAD file."""

Content = PdfContent | CadContent


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Content]:
    """What is read of each of the three files."""
    folder = tmp_path_factory.mktemp("sheet")
    found: dict[str, Content] = {}
    for suffix, write in WRITERS.items():
        path = folder / f"sheet.{suffix}"
        write(path)
        found[suffix] = _extract(path)
    return found


def _extract(path: Path) -> Content:
    detection = detect(path, path.name)
    assert detection.format is not None
    row = EXTRACTORS[detection.format]
    content, progress = row.load_content()(), Progress()
    options = parse_options(row.load_options(), {})
    row.load_extract()(Source(path, path.name, detection, options, path.parent), content, progress)
    assert (progress.warnings, progress.is_partial) == ([], False)
    assert isinstance(content, PdfContent | CadContent)
    return content


def _plain(text: str | None) -> str:
    return re.sub(r"\s", "", text or "")


def _texts(content: Content) -> Counter[str]:
    return Counter(_plain(dimension.text) for dimension in content.dimensions)


def _drawn() -> Counter[str]:
    items = views.bracket_views()
    return Counter(_plain(item.text) for item in items if isinstance(item, LinearDimension | RoundDimension))


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_title_block_is_read_as_it_was_filled_in(readings: dict[str, Content], suffix: str) -> None:
    block = readings[suffix].title_block
    assert block is not None
    own = {"DRAWN_BY": "author"}
    for cell in product.TITLE_BLOCK:
        field = own.get(cell.tag, cell.tag.lower())
        if field in type(block).model_fields:
            assert getattr(block, field) == (cell.value or None), cell.label
        elif cell.tag != "STATUS":  # "Released" stands where a label would, too
            assert block.custom_fields[cell.label] == cell.value


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_dimension_drawn_is_read_with_its_text_and_nothing_else_is_one(
    readings: dict[str, Content], suffix: str
) -> None:
    read = _texts(readings[suffix])
    assert read - LETTERED == _drawn()
    assert sum(read.values()) >= 16


def test_a_dimension_has_the_same_value_and_tolerance_in_each_format(readings: dict[str, Content]) -> None:
    facts = {
        suffix: {
            _plain(d.text): (round(d.value or 0, 9), d.tolerance_plus, d.tolerance_minus, d.fit, d.quantity)
            for d in content.dimensions
            if _plain(d.text) in _drawn()
        }
        for suffix, content in readings.items()
    }
    assert facts["pdf"] == facts["dxf"]
    assert facts["dwg"] == facts["dxf"]


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_parts_list_has_every_row_as_written(readings: dict[str, Content], suffix: str) -> None:
    bom = readings[suffix].bom
    assert bom is not None
    assert tuple(bom.headers) == product.BOM_HEADERS
    rows = [(i.item, i.quantity, i.part_number, i.description, i.material, i.weight) for i in bom.items]
    assert rows == [row.cells() for row in product.BOM]


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_history_has_every_row_as_written(readings: dict[str, Content], suffix: str) -> None:
    rows = [(r.revision, r.zone, r.description, r.date, r.author) for r in readings[suffix].revisions]
    assert rows == list(product.REVISIONS)


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_notes_are_read_whole_and_without_the_zones_beside_them(readings: dict[str, Content], suffix: str) -> None:
    notes = readings[suffix].notes
    assert [note.text for note in notes] == list(product.NOTES)
    assert [note.number for note in notes] == [str(n) for n in range(1, len(product.NOTES) + 1)]


def test_each_finding_says_where_it_stands(readings: dict[str, Content]) -> None:
    for content in readings.values():
        found: list[Place | None] = [content.title_block, content.bom, *content.revisions, *content.notes]
        assert all(place is not None and place.bbox is not None for place in found)
