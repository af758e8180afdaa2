"""A drawing made in code, and every number of it expected back."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from ezdxf.document import Drawing
from ezdxf.math import Vec2

from pybase_pipelines_tests.extractors.dxf.drawings import draw, run, text_dxf


def test_the_header_is_the_file_s_own(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        document.modelspace().add_line((0, 0), (1, 0))
        document.header["$TDUPDATE"] = 2459632.474340278
        document.header["$LASTSAVEDBY"] = "ada"
        document.header.custom_vars.append("Order", "4711")

    metadata = run(draw(tmp_path, fill))[0].metadata
    assert (metadata.dxf_version, metadata.release) == ("AC1032", "AutoCAD 2018")
    assert (metadata.units_code, metadata.units, metadata.unit_in_mm) == (4, "mm", 1.0)
    assert metadata.custom_properties["Order"] == "4711"
    assert metadata.created is not None
    assert metadata.header_extents is None


def test_layers_have_their_properties_and_counts(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        off = document.layers.add("OFF", color=3, linetype="DASHED", lineweight=50)
        off.off()
        document.layers.add("ICE", true_color=0x1192EE).freeze()
        document.layers.add("KEY").lock()
        document.modelspace().add_line((0, 0), (1, 0), dxfattribs={"layer": "OFF"})
        document.modelspace().add_text("gone", dxfattribs={"layer": "OFF"})

    content, _ = run(draw(tmp_path, fill))
    layers = {layer.name: layer for layer in content.layers}
    off = layers["OFF"]
    assert (off.color, off.is_on, off.linetype, off.lineweight, off.entity_count) == (3, False, "DASHED", 50, 2)
    assert layers["ICE"].is_frozen
    assert layers["ICE"].true_color == "#1192ee"
    assert layers["KEY"].is_locked
    assert content.text_blocks[0].is_hidden
    assert content.geometry_summary.hidden_entities == 2


def test_a_layer_that_only_the_library_adds_is_not_reported(tmp_path: Path) -> None:
    path = tmp_path / "r12.dxf"
    path.write_bytes(text_dxf("0=LINE|8=WALL|10=0|20=0|11=1|21=0"))
    assert "Defpoints" not in {layer.name for layer in run(path)[0].layers}


def test_blocks_are_counted_nested_and_in_arrays(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        document.blocks.new("BOLT").add_circle((0, 0), 2)
        plate = document.blocks.new("PLATE")
        plate.add_blockref("BOLT", (0, 0))
        plate.add_blockref("BOLT", (10, 0))
        space = document.modelspace()
        space.add_blockref("PLATE", (0, 0))
        space.add_blockref("PLATE", (100, 0), dxfattribs={"column_count": 3, "column_spacing": 50})
        space.add_blockref("PLATE", (0, 100), dxfattribs={"row_count": 5})

    content, _ = run(draw(tmp_path, fill))
    blocks = {block.name: block for block in content.blocks}
    assert (blocks["PLATE"].insert_count, blocks["PLATE"].instance_count) == (5, 5)
    assert (blocks["BOLT"].insert_count, blocks["BOLT"].instance_count) == (2, 10)
    assert blocks["PLATE"].nested == {"BOLT": 2}
    assert content.geometry_summary.model_space_inserts == {"PLATE": 3}
    assert content.geometry_summary.bbox == pytest.approx((-2, -2, 212, 102))


def test_hostile_blocks_end_at_once(tmp_path: Path) -> None:
    levels = "\n".join(
        f"0=BLOCK|8=0|2=L{n}|70=0|10=0|20=0\n" + f"0=INSERT|8=0|2=L{n + 1}|10=0|20=0\n" * 10 + "0=ENDBLK|8=0"
        for n in range(10)
    )
    leaf = "0=BLOCK|8=0|2=L10|70=0|10=0|20=0\n0=TEXT|8=0|10=0|20=0|40=1|1=ha\n0=ENDBLK|8=0"
    circle = "0=BLOCK|8=0|2=ME|70=0|10=0|20=0\n0=INSERT|8=0|2=ME|10=0|20=0\n0=ENDBLK|8=0"
    path = tmp_path / "laughs.dxf"
    inserts = ["0=INSERT|8=0|2=L0|10=0|20=0", "0=INSERT|8=0|2=ME|10=0|20=0"]
    inserts.append("0=INSERT|8=0|2=L10|10=0|20=0|70=32767|71=32767|44=1|45=1")
    path.write_bytes(text_dxf(*inserts, blocks="\n".join((levels, leaf, circle))))
    content, progress = run(path)
    blocks = {block.name: block for block in content.blocks}
    assert blocks["L10"].instance_count == 10**10 + 32767**2
    assert "recursive_block" in {warning.code for warning in progress.warnings}


def test_attributes_are_read_with_their_block_and_make_the_title_block(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        frame = document.blocks.new("FRAME")
        frame.add_attdef("DRAWING_NUMBER", (0, 0), dxfattribs={"height": 3})
        frame.add_attdef("TITLE", (0, 5), dxfattribs={"height": 3, "prompt": "Title?"})
        sheet = document.layouts.get("Layout1")
        insert = sheet.add_blockref("FRAME", (10, 10))
        insert.add_auto_attribs({"DRAWING_NUMBER": "A-100", "TITLE": "%%c12 Shaft"})

    content, _ = run(draw(tmp_path, fill))
    attributes = {attribute.tag: attribute for attribute in content.attributes}
    assert attributes["TITLE"].value == "Ø12 Shaft"
    assert (attributes["TITLE"].block, attributes["TITLE"].layout) == ("FRAME", "Layout1")
    assert attributes["TITLE"].insert_handle
    frame = next(block for block in content.blocks if block.name == "FRAME")
    assert [definition.tag for definition in frame.attributes] == ["DRAWING_NUMBER", "TITLE"]
    assert content.title_block is not None
    assert (content.title_block.drawing_number, content.title_block.title) == ("A-100", "Ø12 Shaft")
    assert content.title_block.layout == "Layout1"


def test_texts_of_all_kinds_say_what_a_person_reads(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        space = document.modelspace()
        space.add_text("%%c10", height=2.5, rotation=30).set_placement((1, 2))
        space.add_mtext(r"{\fgdt;n}20\Pline two", dxfattribs={"char_height": 3})
        space.new_entity("TOLERANCE", {"content": r"{\Fgdt;j}%%v.1%%vA", "dimstyle": "Standard"})
        builder = space.add_multileader_mtext("Standard")
        builder.set_content("see note")
        builder.build(insert=Vec2(5, 5))

    texts = {text.kind: text for text in run(draw(tmp_path, fill))[0].text_blocks}
    assert texts["TEXT"].text == "Ø10"
    assert (texts["TEXT"].height, texts["TEXT"].rotation, texts["TEXT"].position) == (2.5, 30, (1, 2, 0))
    assert texts["MTEXT"].text == "Ø20\nline two"
    assert texts["TOLERANCE"].text == "⌖ | .1 | A"
    assert texts["MULTILEADER"].text == "see note"
    assert all(text.layout == "Model" and text.handle for text in texts.values())


def test_geometry_is_measured_also_where_it_is_mirrored(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        space = document.modelspace()
        space.add_circle((10, 0), 2, dxfattribs={"extrusion": (0, 0, -1), "layer": "C"})
        space.add_lwpolyline([(0, 0, 1), (4, 0, 0)], format="xyb", dxfattribs={"layer": "P"})

    summary = run(draw(tmp_path, fill))[0].geometry_summary
    assert summary.bbox == pytest.approx((-12, -2, 4, 2))
    assert summary.length_by_layer == pytest.approx({"C": 4 * math.pi, "P": 2 * math.pi})


def test_a_hatch_has_the_area_between_its_outlines(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        hatch = document.modelspace().add_hatch()
        hatch.set_pattern_fill("ANSI31", scale=2)
        hatch.paths.add_polyline_path([(0, 0), (10, 0), (10, 10), (0, 10)], is_closed=True)
        edges = hatch.paths.add_edge_path(flags=16)
        edges.add_arc((5, 5), 2, 0, 360)

    (hatch,) = run(draw(tmp_path, fill))[0].hatches
    assert (hatch.pattern, hatch.scale, hatch.boundary_count, hatch.layout) == ("ANSI31", 2, 2, "Model")
    assert hatch.area == pytest.approx(100 - 4 * math.pi, rel=1e-3)


def test_a_sheet_has_its_paper_and_its_windows(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        sheet = document.layouts.new("Plan")
        sheet.page_setup(size=(420, 297), margins=(10, 10, 10, 10), units="mm")
        sheet.add_viewport((200, 150), size=(300, 200), view_center_point=(0, 0), view_height=10_000)

    layouts = {layout.name: layout for layout in run(draw(tmp_path, fill))[0].layouts}
    plan = layouts["Plan"]
    assert (plan.paper_width_mm, plan.paper_height_mm, plan.sheet_size) == (420, 297, "A3")
    assert [(viewport.scale_text, viewport.is_on) for viewport in plan.viewports] == [("1:50", True)]
    assert layouts["Model"].is_model


def test_files_that_the_drawing_points_to_are_listed(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        definition = document.add_image_def("photo.png", size_in_pixel=(640, 480))
        document.modelspace().add_image(definition, insert=(0, 0), size_in_units=(64, 48))
        document.add_xref_def("site.dwg", "SITE")

    content, _ = run(draw(tmp_path, fill))
    assert {(reference.kind, reference.path) for reference in content.references} == {
        ("image", "photo.png"),
        ("xref", "site.dwg"),
    }
    assert next(block for block in content.blocks if block.name == "SITE").is_xref


def test_options_leave_out_what_is_not_wanted(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        document.modelspace().add_text("model", dxfattribs={"layer": "A"})
        document.modelspace().add_text("other", dxfattribs={"layer": "B"})
        document.layouts.get("Layout1").add_text("paper", dxfattribs={"layer": "A"})

    path = draw(tmp_path, fill)
    assert {text.text for text in run(path, include_paper_space=False)[0].text_blocks} == {"model", "other"}
    assert {text.text for text in run(path, layer_filter=("a",))[0].text_blocks} == {"model", "paper"}
    assert not run(path, extract_layers=False)[0].layers
