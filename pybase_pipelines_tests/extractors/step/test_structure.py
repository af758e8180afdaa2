"""Products, the assembly, units and what the header says, all from the text."""

from pathlib import Path

import pytest

from pybase_pipelines.extractors.step.part21 import Reference, read_part21
from pybase_pipelines.extractors.step.units import UnitReader
from pybase_pipelines_tests.extractors.step.files import INCH, MM, codes, contexts, product, read_text, step_text, usage


def test_the_header_tells_who_wrote_the_file_with_what(tmp_path: Path) -> None:
    content, progress = read_text(tmp_path, step_text(contexts(), product(10, "plate")))
    metadata = content.metadata
    assert metadata.schema_ == ["AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 0 10303 442 3 1 4 }"]
    assert metadata.application_protocol == "AP242 edition 3"
    assert (metadata.originating_system, metadata.preprocessor_version) == ("CAD 7", "writer 1.0")
    assert (metadata.time_stamp, metadata.author) == ("2026-01-02T03:04:05", ["A. Author"])
    assert metadata.entity_counts["PRODUCT"] == 1
    assert '"schema":["AP242' in content.model_dump_json()
    assert progress.warnings == []


def test_a_product_is_a_part_with_its_id_version_and_count(tmp_path: Path) -> None:
    content, _ = read_text(tmp_path, step_text(contexts(), product(10, "plate", "P-1")))
    (part,) = content.parts
    assert (part.name, part.part_id, part.version, part.instance_count) == ("plate", "P-1", "B", 1)
    assert content.bom.items == []


def test_a_product_without_a_name_is_called_by_its_id(tmp_path: Path) -> None:
    content, _ = read_text(tmp_path, step_text(contexts(), product(10, "", "P-1")))
    assert content.parts[0].name == "P-1"


def test_instances_are_counted_through_all_levels(tmp_path: Path) -> None:
    text = step_text(
        contexts(), product(10, "car"), product(20, "axle"), product(30, "wheel"), product(40, "bolt"),
        usage(100, 10, 20), usage(101, 10, 20), usage(102, 20, 30), usage(103, 20, 30),
        *(usage(110 + i, 30, 40) for i in range(5)), usage(120, 10, 40),
    )  # fmt: skip
    content, _ = read_text(tmp_path, text)
    assert {p.name: p.instance_count for p in content.parts} == {"car": 1, "axle": 2, "wheel": 4, "bolt": 21}
    assert {p.name for p in content.parts if p.is_assembly} == {"car", "axle", "wheel"}
    assert content.assembly.leaf_instances == 21
    assert content.assembly.depth == 3
    assert len(content.assembly.occurrences) == 10
    assert {i.part_number: i.quantity for i in content.bom.items} == {"axle": 2, "wheel": 4, "bolt": 21}
    (root,) = content.assembly.tree
    assert root.part == "car"
    assert [(n.part, n.quantity) for n in root.children] == [("axle", 2), ("bolt", 1)]


def test_an_assembly_of_a_quintillion_parts_is_counted_without_expanding_it(tmp_path: Path) -> None:
    levels = 60
    products = [product(1000 + 10 * i, f"level {i}") for i in range(levels + 1)]
    usages = [usage(5000 + 2 * i + k, 1000 + 10 * i, 1010 + 10 * i) for i in range(levels) for k in (0, 1)]
    content, progress = read_text(tmp_path, step_text(contexts(), *products, *usages))
    assert content.assembly.leaf_instances == 2**levels
    assert content.parts[-1].instance_count == 2**levels
    assert content.assembly.depth == levels
    assert not progress.is_partial
    assert len(content.model_dump_json()) < 100_000


def test_a_wide_and_shared_assembly_has_a_bounded_tree_and_says_so(tmp_path: Path) -> None:
    levels, width = 6, 8
    names = [[1000 + 100 * i + 10 * k for k in range(width)] for i in range(levels)]
    products = [product(n, f"p{n}") for level in names for n in level]
    numbers = iter(range(10_000, 90_000))
    usages = [usage(next(numbers), a, b) for i in range(levels - 1) for a in names[i] for b in names[i + 1]]
    content, progress = read_text(tmp_path, step_text(contexts(), *products, *usages))
    assert content.assembly.leaf_instances == width**levels
    assert "tree_cut" in codes(progress)
    assert not progress.is_partial


def test_an_assembly_that_contains_itself_is_cut_and_told(tmp_path: Path) -> None:
    text = step_text(
        contexts(), product(10, "a"), product(20, "b"), product(30, "c"),
        usage(100, 10, 20), usage(101, 20, 30), usage(102, 30, 20), usage(103, 20, 20),
    )  # fmt: skip
    content, progress = read_text(tmp_path, text)
    assert {p.name: p.instance_count for p in content.parts} == {"a": 1, "b": 1, "c": 1}
    assert len(content.assembly.occurrences) == 4
    assert "cyclic_assembly" in codes(progress)
    assert progress.is_partial


def test_parts_that_only_contain_each_other_are_still_counted(tmp_path: Path) -> None:
    text = step_text(contexts(), product(10, "a"), product(20, "b"), usage(100, 10, 20), usage(101, 20, 10))
    content, progress = read_text(tmp_path, text)
    assert sorted(p.instance_count or 0 for p in content.parts) == [1, 1]
    assert progress.is_partial


def test_an_occurrence_without_its_child_is_told(tmp_path: Path) -> None:
    text = step_text(contexts(), product(10, "a"), usage(100, 10, 500))
    _, progress = read_text(tmp_path, text)
    assert {"broken_occurrences", "dangling_references"} <= codes(progress)
    assert progress.is_partial


def test_where_a_component_stands_is_told_in_millimetres(tmp_path: Path) -> None:
    text = step_text(
        contexts(), product(10, "top"), product(20, "part"), usage(100, 10, 20), INCH,
        "#30=SHAPE_REPRESENTATION('',(#40),#903);", "#31=SHAPE_REPRESENTATION('',(#50),#903);",
        "#32=SHAPE_DEFINITION_REPRESENTATION(#13,#30);", "#33=SHAPE_DEFINITION_REPRESENTATION(#23,#31);",
        "#40=AXIS2_PLACEMENT_3D('',#41,#42,#43);", "#41=CARTESIAN_POINT('',(1.,2.,3.));",
        "#42=DIRECTION('',(0.,0.,1.));", "#43=DIRECTION('',(0.,1.,0.));",
        "#50=AXIS2_PLACEMENT_3D('',#51,$,$);", "#51=CARTESIAN_POINT('',(0.,0.,0.));",
        "#60=ITEM_DEFINED_TRANSFORMATION('','',#50,#40);",
        "#61=(REPRESENTATION_RELATIONSHIP('','',#31,#30)REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION(#60)"
        "SHAPE_REPRESENTATION_RELATIONSHIP());",
        "#62=PRODUCT_DEFINITION_SHAPE('','',#100);", "#63=CONTEXT_DEPENDENT_SHAPE_REPRESENTATION(#61,#62);",
    )  # fmt: skip
    content, _ = read_text(tmp_path, text, extract_pmi=False)
    (occurrence,) = content.assembly.occurrences
    assert occurrence.transform == [0, -1, 0, 25.4, 1, 0, 0, 50.8, 0, 0, 1, 76.2]
    assert occurrence.reference_designator == "REF100"


def test_parts_beyond_the_limit_are_told(tmp_path: Path) -> None:
    content, progress = read_text(tmp_path, step_text(contexts(), product(10, "a"), product(20, "b")), max_parts=1)
    assert len(content.parts) == 1
    assert codes(progress) == {"limit_exceeded"}
    assert progress.is_partial


def test_units_are_named_as_in_the_file(tmp_path: Path) -> None:
    content, _ = read_text(tmp_path, step_text(contexts(), product(10, "a"), INCH))
    assert content.metadata.length_units == ["INCH"]
    assert content.metadata.angle_units == ["DEGREE"]
    content, _ = read_text(tmp_path, step_text(contexts(), product(10, "a"), MM))
    assert content.metadata.length_units == ["MILLI METRE"]


@pytest.mark.parametrize(
    ("statement", "name", "factor"),
    [
        ("#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT($,.METRE.));", "METRE", 1000.0),
        ("#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.CENTI.,.METRE.));", "CENTI METRE", 10.0),
        ("#1=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));", "RADIAN", 57.29577951308232),
        ("#1=(CONVERSION_BASED_UNIT('INCH',$)LENGTH_UNIT()NAMED_UNIT(*));", "INCH", 25.4),
        ("#1=(CONVERSION_BASED_UNIT('ell',$)LENGTH_UNIT()NAMED_UNIT(*));", "ell", None),
        ("#1=(CONTEXT_DEPENDENT_UNIT('x')NAMED_UNIT(*)SI_UNIT($,.SECOND.));", "SECOND", None),
    ],
)
def test_a_unit_has_a_factor_only_where_it_is_known(statement: str, name: str, factor: float | None) -> None:
    unit = UnitReader(read_part21(step_text(statement))).unit(1)
    assert unit is not None
    assert (unit.name, unit.factor) == (name, factor)


def test_a_unit_made_of_itself_is_unknown_and_does_no_harm() -> None:
    text = step_text(
        "#1=(CONVERSION_BASED_UNIT('LOOP',#2)LENGTH_UNIT()NAMED_UNIT(*));",
        "#2=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(2.),#1);",
        "#3=DERIVED_UNIT((#4));",
        "#4=DERIVED_UNIT_ELEMENT(#3,2.);",
    )
    units = UnitReader(read_part21(text))
    assert units.unit(1).factor is None
    assert units.unit(3).factor is None


def test_degrees_written_with_few_digits_are_degrees() -> None:
    units = UnitReader(read_part21(step_text(INCH, "#1=PLANE_ANGLE_MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(60.),#907);")))
    assert units.measure(Reference(1)).value == 60.0
