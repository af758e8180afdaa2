"""The geometry: shapes made by the kernel, written, and read again."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from pybase_pipelines_tests.extractors.step.files import add_statements, codes, read_file, write_assembly, write_shapes


def box(x: float, y: float, z: float) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox

    return BRepPrimAPI_MakeBox(x, y, z).Shape()


def moved(x: float, y: float, z: float, *, turn: float = 0.0) -> Any:
    """A placement: turned about z by degrees, then shifted."""
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec

    rotation, shift = gp_Trsf(), gp_Trsf()
    rotation.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), math.radians(turn))
    shift.SetTranslation(gp_Vec(x, y, z))
    return shift.Multiplied(rotation)


def plate_with_holes(count: int) -> Any:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    shape = box(100.0, 40.0, 5.0)
    for k in range(count):
        axis = gp_Ax2(gp_Pnt(10.0 + 15.0 * k, 20.0, -1.0), gp_Dir(0, 0, 1))
        shape = BRepAlgoAPI_Cut(shape, BRepPrimAPI_MakeCylinder(axis, 3.0, 7.0).Shape()).Shape()
    return shape


def test_a_plate_with_holes_is_measured_exactly(tmp_path: Path) -> None:
    content, progress = read_file(write_shapes(tmp_path / "plate.stp", [("plate", plate_with_holes(4))]))
    (part,) = content.parts
    holes = 4 * math.pi * 9.0
    assert part.volume == pytest.approx(100 * 40 * 5 - holes * 5, rel=1e-8)
    assert part.surface_area == pytest.approx(2 * (100 * 40 - holes) + 280 * 5 + 4 * 6 * math.pi * 5, rel=1e-8)
    assert part.center_of_mass is not None
    assert part.center_of_mass[1:] == pytest.approx((20.0, 2.5))
    assert part.bbox == (0, 0, 0, 100, 40, 5)
    assert part.bbox_is_tight
    assert (part.num_solids, part.num_shells, part.num_faces) == (1, 1, 10)
    assert content.shape_counts.solid_breps == content.shape_counts.solids == 1
    assert content.shape_counts.advanced_faces == content.shape_counts.faces == 10
    assert progress.warnings == []


@pytest.mark.parametrize(("unit", "name"), [("MM", "MILLI METRE"), ("INCH", "INCH"), ("M", "METRE")])
def test_one_cube_in_three_units_is_one_cube(tmp_path: Path, unit: str, name: str) -> None:
    content, _ = read_file(write_shapes(tmp_path / "cube.stp", [("cube", box(50.8, 50.8, 50.8))], unit=unit))
    assert content.parts[0].volume == pytest.approx(50.8**3, rel=1e-9)
    assert content.parts[0].bbox == (0, 0, 0, 50.8, 50.8, 50.8)
    assert name in content.metadata.length_units


def test_an_assembly_is_measured_from_its_parts(tmp_path: Path) -> None:
    placements = [moved(0, 0, 0), moved(100, 0, 0, turn=90)]
    path = write_assembly(
        tmp_path / "assembly.stp", [("beam", box(10, 20, 30), placements), ("pin", box(1, 1, 1), [moved(0, 0, 50)] * 3)]
    )
    content, progress = read_file(path)
    parts = {p.name: p for p in content.parts}
    assert {n: p.instance_count for n, p in parts.items()} == {"TOP": 1, "beam": 2, "pin": 3}
    assert parts["beam"].volume == 6000.0
    assert parts["TOP"].volume == 12003.0
    assert parts["TOP"].surface_area == 2 * 2200.0 + 3 * 6.0
    assert parts["TOP"].bbox == (0, 0, 0, 100, 20, 51)
    assert parts["TOP"].bbox_is_tight
    expected = [(6000 * 5 + 6000 * 90 + 3 * 0.5) / 12003, (6000 * 10 + 6000 * 5 + 3 * 0.5) / 12003]
    assert parts["TOP"].center_of_mass is not None
    assert parts["TOP"].center_of_mass[:2] == pytest.approx(expected, rel=1e-9)
    assert content.assembly.leaf_instances == 5
    assert (content.shape_counts.solids, content.shape_counts.faces) == (2, 12)
    assert not progress.is_partial


def test_the_box_of_a_slanted_component_is_not_called_tight(tmp_path: Path) -> None:
    path = write_assembly(tmp_path / "a.stp", [("beam", box(10, 20, 30), [moved(0, 0, 0, turn=30)])])
    parts = {p.name: p for p in read_file(path)[0].parts}
    assert parts["beam"].bbox_is_tight
    assert not parts["TOP"].bbox_is_tight
    assert parts["TOP"].bbox is not None
    assert parts["TOP"].bbox[3] == pytest.approx(10 * math.cos(math.radians(30)))


def test_parts_with_one_name_keep_their_own_geometry(tmp_path: Path) -> None:
    path = write_assembly(
        tmp_path / "a.stp", [("same", box(1, 1, 1), [moved(0, 0, 0)]), ("same", box(2, 2, 2), [moved(9, 0, 0)])]
    )
    volumes = sorted(p.volume or 0 for p in read_file(path)[0].parts if p.name == "same")
    assert volumes == [1.0, 8.0]


def test_the_volume_of_a_free_form_body_is_right(tmp_path: Path) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_NurbsConvert
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeTorus

    shape = BRepBuilderAPI_NurbsConvert(BRepPrimAPI_MakeTorus(20.0, 5.0).Shape(), True).Shape()
    content, _ = read_file(write_shapes(tmp_path / "ring.stp", [("ring", shape)]))
    assert content.parts[0].volume == pytest.approx(2 * math.pi**2 * 20 * 25, rel=5e-6)
    assert content.parts[0].surface_area == pytest.approx(4 * math.pi**2 * 20 * 5, rel=1e-5)


def test_a_surface_has_an_area_and_no_volume(tmp_path: Path) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace
    from OCP.gp import gp_Dir, gp_Pln, gp_Pnt

    face = BRepBuilderAPI_MakeFace(gp_Pln(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), 0.0, 10.0, 0.0, 20.0).Shape()
    content, progress = read_file(write_shapes(tmp_path / "face.stp", [("sheet", face)]))
    assert content.parts[0].volume is None
    assert content.parts[0].center_of_mass is None
    assert content.parts[0].surface_area == 200.0
    assert not progress.is_partial


def test_several_products_at_the_root_each_have_their_shape(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "two.stp", [("one", box(1, 1, 1)), ("two", box(2, 2, 2))])
    content, _ = read_file(path)
    assert sorted((p.volume, p.instance_count) for p in content.parts) == [(1.0, 1), (8.0, 1)]


VALIDATION = (
    "#9001=PROPERTY_DEFINITION('geometric validation property','volume',{{shape}});"
    "#9002=REPRESENTATION('volume',(#9003,#9006),{{context}});#9003=MEASURE_REPRESENTATION_ITEM('volume measure',"
    "VOLUME_MEASURE({volume}),#9004);#9004=DERIVED_UNIT((#9005));#9005=DERIVED_UNIT_ELEMENT(#9008,3.);"
    "#9006=CARTESIAN_POINT('centre point',(1.,1.5,2.));#9007=PROPERTY_DEFINITION_REPRESENTATION(#9001,#9002);"
    "#9008=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));"
)


@pytest.mark.parametrize(("volume", "agrees"), [(24.0, True), (24.001, True), (25.0, False)])
def test_stored_validation_properties_are_compared_with_ours(tmp_path: Path, volume: float, agrees: bool) -> None:
    path = write_shapes(tmp_path / "box.stp", [("block", box(2, 3, 4))])
    add_statements(path, VALIDATION.format(volume=volume))
    content, progress = read_file(path)
    found = {v.kind: v for v in content.validation_properties}
    assert (found["volume"].stored, found["volume"].computed, found["volume"].agrees) == (volume, 24.0, agrees)
    assert found["centroid"].computed == (1.0, 1.5, 2.0)
    assert found["centroid"].agrees
    assert not progress.is_partial


def test_the_mass_follows_from_the_density(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "box.stp", [("block", box(100, 100, 100))])
    add_statements(
        path,
        "#9001=PROPERTY_DEFINITION('material property','density',{definition});"
        "#9002=REPRESENTATION('density',(#9003),{context});"
        "#9003=MEASURE_REPRESENTATION_ITEM('density',POSITIVE_RATIO_MEASURE(7.85E-6),#9004);#9004=DERIVED_UNIT((#9005,#9006));"
        "#9005=DERIVED_UNIT_ELEMENT(#9007,1.);#9006=DERIVED_UNIT_ELEMENT(#9008,-3.);"
        "#9007=(MASS_UNIT()NAMED_UNIT(*)SI_UNIT(.KILO.,.GRAM.));#9008=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));"
        "#9009=PROPERTY_DEFINITION_REPRESENTATION(#9001,#9002);",
    )
    assert read_file(path)[0].parts[0].mass_kg == 7.85


def test_a_comment_or_an_extra_entity_does_not_mix_up_the_parts(tmp_path: Path) -> None:
    path = write_assembly(
        tmp_path / "a.stp", [("small", box(1, 1, 1), [moved(0, 0, 0)]), ("large", box(3, 3, 3), [moved(5, 0, 0)])]
    )
    text = path.read_text().replace(
        "DATA;", "DATA;\n/* a note */\n#90001=CARTESIAN_POINT('',(0.,0.,0.));\n#90001=CARTESIAN_POINT('',(0.,0.,0.));"
    )
    path.write_text(text)
    content, progress = read_file(path)
    volumes = {p.name: p.volume for p in content.parts}
    assert (volumes["small"], volumes["large"]) == (1.0, 27.0)
    assert "duplicate_entities" in codes(progress)


def test_each_measure_can_be_left_out(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "box.stp", [("block", box(2, 3, 4))])
    content, progress = read_file(path, calculate_volumes=False, calculate_bboxes=False, count_shapes=False)
    part = content.parts[0]
    assert part.surface_area == 52.0
    assert part.volume is part.center_of_mass is part.bbox is part.num_faces is content.shape_counts.solids is None
    assert "volumes" not in progress.timings
    assert read_file(path, calculate_centroids=False)[0].parts[0].center_of_mass is None


def test_what_was_read_is_kept_before_each_stage_that_may_crash(tmp_path: Path) -> None:
    from pybase_pipelines.extractors.contract import Progress, Source
    from pybase_pipelines.extractors.step.extractor import extract
    from pybase_pipelines.extractors.step.options import StepOptions
    from pybase_pipelines.formats.table import Detection, Format
    from pybase_pipelines.results.step import StepContent

    path = write_shapes(tmp_path / "box.stp", [("block", box(2, 3, 4))])
    content, kept = StepContent(), []
    progress = Progress(checkpoint=lambda: kept.append((progress.current_stage, content.model_copy(deep=True))))
    extract(Source(path, path.name, Detection(format=Format.STEP), StepOptions(), tmp_path), content, progress)
    known = [each.parts[0] for _, each in kept if each.parts]
    assert known[0].name.startswith("block")
    assert known[0].num_faces is None, "the product is kept before its shape is loaded"
    assert [part.num_faces for part in known].count(6) >= 2, "its shape before it is measured"
    assert known[-1].volume == 24.0


@pytest.mark.parametrize("change", ["bom", "utf-16", "no end", "carriage returns", "text behind"])
def test_what_is_odd_about_the_text_does_not_cost_the_geometry(tmp_path: Path, change: str) -> None:
    path = write_shapes(tmp_path / "box.stp", [("block", box(2, 3, 4))])
    text = path.read_text()
    changed = {
        "bom": text.encode("utf-8-sig"),
        "utf-16": text.encode("utf-16"),
        "no end": text[: text.rindex("ENDSEC;")].encode(),
        "carriage returns": text.replace("\n", "\r").encode(),
        "text behind": text.encode() + b"\x00\x00 sent by mail",
    }
    path.write_bytes(changed[change])
    content, progress = read_file(path)
    assert content.parts[0].volume == 24.0
    assert codes(progress) == ({"truncated_file"} if change == "no end" else set())
