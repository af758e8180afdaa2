"""Layouts as sheets."""

from __future__ import annotations

import pytest

from pybase_pipelines.extractors.cad.nesting import flatten
from pybase_pipelines.extractors.cad.scene import Affine, Placement, Run, Scene
from pybase_pipelines.extractors.cad.sheets import (
    Limits,
    Wanted,
    build_sheet,
    lines_of,
    read_layouts,
    take_lettered_dimensions,
)
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.drawing.sheet import Reading
from pybase_pipelines.results.cad import CadContent, CadDimension, CadTable
from pybase_pipelines.results.drawing import Dimension


@pytest.mark.parametrize(("up", "heights"), [(1.0, [100, 80, 60]), (0.0, [140, 120, 100]), (0.5, [120, 100, 80])])
def test_lines_hang_from_the_top_or_stand_on_the_bottom(up: float, heights: list[float]) -> None:
    runs = lines_of(Run("", 0, 100, 10, up=up), "a\nb\nc", 20)
    assert [run.text for run in runs] == ["a", "b", "c"]
    assert [run.y for run in runs] == pytest.approx(heights)


def test_lines_of_turned_text_follow_its_direction() -> None:
    runs = lines_of(Run("", 0, 0, 10, rotation=90, up=1.0), "a\nb", 20)
    assert (runs[1].x, runs[1].y) == pytest.approx((20, 0))


def test_a_sheet_begins_at_its_lower_left_corner() -> None:
    scene = Scene()
    scene.add_line(100, 200, 300, 200)
    scene.add_run(Run("A", 150, 250, 10))
    sheet, shift = build_sheet("Plan", flatten(scene, {}, 10, 10))
    assert shift == (100, 200)
    assert (sheet.rules[0].x0, sheet.rules[0].y0) == (0, 0)
    assert sheet.lettering[0].bbox[:2] == (50, 50)
    assert sheet.width == 200


def test_a_table_object_keeps_its_place_away_from_the_origin() -> None:
    rows = [["Item", "Qty", "Description"], ["1", "4", "Screw"]]
    scene = Scene()
    scene.add_line(0, 0, 1000, 0)
    for r, row in enumerate(rows):
        for k, cell in enumerate(row):
            scene.add_run(Run(cell, 500 + 40 * k, 300 - 10 * r, 5))
    content = CadContent(tables=[CadTable(handle="1", layout="Model", rows=[list(row) for row in rows])])
    _read(content, {"Model": scene}, {}, Limits())
    assert content.bom is not None
    assert content.bom.bbox is not None
    assert content.bom.bbox[:2] == (500, 290)


def _read(content: CadContent, layouts: dict[str, Scene], blocks: dict[str, Scene], limits: Limits) -> Progress:
    progress = Progress()
    read_layouts(
        content, layouts, blocks, progress, wanted=Wanted(), limits=limits, is_hidden=lambda layer: layer == "OFF"
    )
    return progress


def test_the_attributes_of_a_sheet_make_its_title_block() -> None:
    sheet = Scene(labelled=[("TITLE", "Gearbox"), ("DRAWING_NUMBER", "A-100"), ("SCALE", "1:2")])
    content = CadContent()
    _read(content, {"Model": Scene(), "Plan": sheet}, {}, Limits())
    assert content.title_block is not None
    assert (content.title_block.title, content.title_block.layout) == ("Gearbox", "Plan")


def test_what_is_hidden_is_not_read() -> None:
    content = CadContent()
    scene = Scene(runs=[Run("Title: Gearbox", 0, 0, 3, layer="OFF")])
    _read(content, {"Model": scene}, {}, Limits())
    assert content.title_block is None


def test_too_much_lettering_is_cut_with_a_warning() -> None:
    scene = Scene(runs=[Run("word", n, n, 1) for n in range(30)])
    inserting = Scene()
    for _ in range(3):
        inserting.add_placement(Placement("b", Affine()))
    progress = _read(CadContent(), {"Model": inserting}, {"b": scene}, Limits(max_lettering=40))
    assert [warning.code for warning in progress.warnings] == ["limit_exceeded"]


def test_lettered_dimensions_need_more_than_a_number_and_a_layout_without_dimension_objects() -> None:
    content = CadContent(dimensions=[CadDimension(text="5", layout="Plan")])
    reading = Reading(dimensions=[Dimension(text="Ø12 H7"), Dimension(text="4711")])
    take_lettered_dimensions(content, reading, "Plan")
    assert len(content.dimensions) == 1
    take_lettered_dimensions(content, reading, "Model")
    assert [(d.text, d.text_source) for d in content.dimensions[1:]] == [("Ø12 H7", "lettering")]


def test_what_stands_at_an_impossible_place_is_told_and_leaves_the_rest_readable() -> None:
    sheet = Scene(labelled=[("TITLE", "Gearbox"), ("DRAWING_NUMBER", "A-100")])
    sheet.add_run(Run("NOTES:", 10, 100, 3))
    sheet.add_run(Run("1. Paint it black.", 10, 94, 3))
    sheet.add_line(0, 0, 200, 0)
    sheet.add_line(-1e308, 0, 1e308, 1)
    sheet.add_run(Run("lost", 1e300, 0, 3))
    content = CadContent()
    progress = _read(content, {"Model": Scene(), "Plan": sheet}, {}, Limits())
    assert [note.text for note in content.notes] == ["Paint it black."]
    assert progress.is_partial
    assert "2 texts or lines" in progress.warnings[0].message
