"""Semantic PMI: dimensions, geometric tolerances and datums, from the text."""

from pathlib import Path

from pybase_pipelines.results.step import Pmi
from pybase_pipelines_tests.extractors.step.files import INCH, MM, codes, contexts, product, read_text, step_text

ASPECTS = (
    "#50=SHAPE_ASPECT('hole','',#13,.T.);#51=SHAPE_ASPECT('edge','',#13,.T.);#52=COMPOSITE_SHAPE_ASPECT('','',#13,.F.);"
    "#53=SHAPE_ASPECT_RELATIONSHIP('','',#52,#50);#54=SHAPE_ASPECT_RELATIONSHIP('','',#52,#51);"
    "#55=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#50,#20,#80);#56=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#51,#20,#81);"
)


def read_pmi(tmp_path: Path, *statements: str, units: str = MM) -> Pmi:
    text = step_text(contexts(), product(10, "plate"), units, ASPECTS, *statements)
    content, progress = read_text(tmp_path, text)
    assert codes(progress) <= {"dangling_references"}
    return content.pmi


def measured(number: int, name: str, value: float, unit: str = "#901", kind: str = "LENGTH_MEASURE") -> str:
    return (
        f"#{number}=({kind}_WITH_UNIT()MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT({kind}({value}),{unit})"
        f"QUALIFIED_REPRESENTATION_ITEM((#{number + 1}))REPRESENTATION_ITEM('{name}'));"
        f"#{number + 1}=VALUE_FORMAT_TYPE_QUALIFIER('NR2 2.1');"
    )


def represented(number: int, dimension: int, *items: int) -> str:
    listed = ",".join(f"#{i}" for i in items)
    return (
        f"#{number}=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#{dimension},#{number + 1});"
        f"#{number + 1}=SHAPE_DIMENSION_REPRESENTATION('',({listed}),#903);"
    )


def tolerated(number: int, dimension: int, lower: float, upper: float, unit: str = "#901") -> str:
    return (
        f"#{number}=PLUS_MINUS_TOLERANCE(#{number + 1},#{dimension});"
        f"#{number + 1}=TOLERANCE_VALUE(#{number + 2},#{number + 3});"
        f"#{number + 2}=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE({lower}),{unit});"
        f"#{number + 3}=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE({upper}),{unit});"
    )


def test_a_size_has_value_tolerances_and_faces(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=DIMENSIONAL_SIZE(#52,'diameter');", measured(110, "nominal value", 12.0),
        represented(120, 100, 110),
        tolerated(130, 100, -0.1, 0.2),
    )  # fmt: skip
    (size,) = pmi.dimensions
    assert (size.kind, size.name, size.nominal, size.unit) == ("size", "diameter", 12.0, "mm")
    assert (size.tolerance_plus, size.tolerance_minus, size.limits) == (0.2, -0.1, (11.9, 12.2))
    assert size.text == "Ø12 +0.2/-0.1"
    assert size.faces == ["#80", "#81"]
    assert size.qualifiers == ["NR2 2.1"]
    assert size.part == "plate"


def test_inches_become_millimetres_and_the_unit_of_the_file_is_told(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=DIMENSIONAL_LOCATION('linear distance','',#50,#51);", represented(120, 100, 110),
        measured(110, "nominal value", 0.5, "#905"), tolerated(130, 100, -0.01, 0.01, "#905"), units=INCH,
    )  # fmt: skip
    (location,) = pmi.dimensions
    assert (location.kind, location.nominal, location.unit, location.file_unit) == ("location", 12.7, "mm", "INCH")
    assert location.text == "12.7 ±0.254"
    assert location.faces == ["#80", "#81"]


def test_an_angle_is_in_degrees(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=ANGULAR_LOCATION('angle','',#50,#51,.SMALL.);", represented(120, 100, 110),
        measured(110, "nominal value", 1.0471975511965976, "#902", "PLANE_ANGLE_MEASURE"),
    )  # fmt: skip
    (angle,) = pmi.dimensions
    assert (angle.kind, angle.type, angle.nominal, angle.unit) == ("location", "ANGULAR_LOCATION", 60.0, "degree")
    assert angle.angle_selection == "SMALL"
    assert angle.text == "60°"


def test_a_fit_is_told_in_letters_and_grade(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=DIMENSIONAL_SIZE(#50,'diameter');", measured(110, "nominal value", 20.0),
        represented(120, 100, 110),
        "#130=PLUS_MINUS_TOLERANCE(#131,#100);#131=LIMITS_AND_FITS('H','hole','7','ISO 286');",
    )  # fmt: skip
    assert pmi.dimensions[0].fit == "H7"
    assert pmi.dimensions[0].text == "Ø20 H7"


def test_limits_without_a_nominal_value_stay_limits(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=DIMENSIONAL_SIZE(#50,'thickness');", represented(120, 100, 110, 112),
        measured(110, "upper limit", 5.2), measured(112, "lower limit", 4.8),
    )  # fmt: skip
    assert pmi.dimensions[0].nominal is None
    assert pmi.dimensions[0].limits == (4.8, 5.2)


def test_a_theoretical_dimension_is_basic(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=DIMENSIONAL_LOCATION('','',#50,#51);", represented(120, 100, 110, 112),
        measured(110, "nominal value", 30.0), "#112=DESCRIPTIVE_REPRESENTATION_ITEM('dimensional note','theoretical');",
    )  # fmt: skip
    assert pmi.dimensions[0].is_basic
    assert pmi.dimensions[0].text == "[30]"


DATUMS = (
    "#60=DATUM('','',#13,.F.,'A');#61=DATUM('','',#13,.F.,'B');#62=DATUM('','',#13,.F.,'C');"
    "#63=DATUM_FEATURE('','',#13,.T.);#64=SHAPE_ASPECT_RELATIONSHIP('','',#63,#60);"
    "#65=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#63,#20,#88);"
)


def test_a_tolerance_has_value_datums_in_order_modifiers_and_zone(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, DATUMS,
        "#100=(GEOMETRIC_TOLERANCE('Position.1','',#101,#50)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#102))"
        "GEOMETRIC_TOLERANCE_WITH_MODIFIERS((.MAXIMUM_MATERIAL_REQUIREMENT.))POSITION_TOLERANCE());",
        "#101=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.02),#905);#102=DATUM_SYSTEM('','',#13,.F.,(#103,#104));",
        "#103=DATUM_REFERENCE_COMPARTMENT('','',#13,.F.,#61,$);#104=DATUM_REFERENCE_COMPARTMENT('','',#13,.F.,#60,"
        "(SIMPLE_DATUM_REFERENCE_MODIFIER(.LEAST_MATERIAL_REQUIREMENT.)));",
        "#105=TOLERANCE_ZONE('','',#13,.F.,(#100),#106);#106=TOLERANCE_ZONE_FORM('cylindrical or circular');",
        units=INCH,
    )  # fmt: skip
    (tolerance,) = pmi.geometric_tolerances
    assert (tolerance.type, tolerance.value, tolerance.unit) == ("POSITION_TOLERANCE", 0.508, "mm")
    assert tolerance.datums == ["B", "A"]
    assert tolerance.datum_modifiers == [[], ["LEAST_MATERIAL_REQUIREMENT"]]
    assert tolerance.modifiers == ["MAXIMUM_MATERIAL_REQUIREMENT"]
    assert tolerance.zone == "cylindrical or circular"
    assert tolerance.faces == ["#80"]


def test_a_common_datum_is_joined_by_a_hyphen(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, DATUMS, "#100=CIRCULAR_RUNOUT_TOLERANCE('','',#101,#50,(#102));",
        "#101=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#901);#102=DATUM_SYSTEM('','',#13,.F.,(#103,#106));",
        "#103=DATUM_REFERENCE_COMPARTMENT('','',#13,.F.,COMMON_DATUM_LIST((#104,#105)),$);",
        "#104=DATUM_REFERENCE_ELEMENT('','',#13,.F.,#60,$);#105=DATUM_REFERENCE_ELEMENT('','',#13,.F.,#61,$);",
        "#106=DATUM_REFERENCE_COMPARTMENT('','',#13,.F.,#62,$);",
    )  # fmt: skip
    assert pmi.geometric_tolerances[0].type == "CIRCULAR_RUNOUT_TOLERANCE"
    assert pmi.geometric_tolerances[0].datums == ["A-B", "C"]


def test_the_older_datum_references_are_sorted_by_precedence(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, DATUMS, "#100=PARALLELISM_TOLERANCE('','',#101,#50,(#102,#103));",
        "#101=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#901);#102=DATUM_REFERENCE(2,#60);#103=DATUM_REFERENCE(1,#62);",
    )  # fmt: skip
    assert pmi.geometric_tolerances[0].datums == ["C", "A"]


def test_a_form_tolerance_has_no_datums_and_a_relationship_is_no_tolerance(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=FLATNESS_TOLERANCE('f','',#101,#50);#101=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.05),#901);",
        "#102=GEOMETRIC_TOLERANCE_RELATIONSHIP('','',#100,#100);", tolerated(130, 100, -1.0, 1.0),
    )  # fmt: skip
    assert [(t.type, t.value, t.datums) for t in pmi.geometric_tolerances] == [("FLATNESS_TOLERANCE", 0.05, [])]


def test_datums_have_letter_faces_and_targets(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, DATUMS,
        "#70=PLACED_DATUM_TARGET_FEATURE('','point',#13,.T.,'1');#71=SHAPE_ASPECT_RELATIONSHIP('','',#70,#61);"
    )  # fmt: skip
    assert [(d.letter, d.faces, d.targets) for d in pmi.datums] == [
        ("A", ["#88"], []),
        ("B", [], ["B1"]),
        ("C", [], []),
    ]


def test_aspects_that_are_composed_of_each_other_do_no_harm(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#57=SHAPE_ASPECT_RELATIONSHIP('','',#50,#52);#100=DIMENSIONAL_SIZE(#52,'diameter');"
    )  # fmt: skip
    assert pmi.dimensions[0].faces == ["#80", "#81"]
    assert pmi.dimensions[0].nominal is None


def test_records_cut_short_are_no_error(tmp_path: Path) -> None:
    pmi = read_pmi(
        tmp_path, "#100=DIMENSIONAL_SIZE();#101=DIMENSIONAL_LOCATION();#102=FLATNESS_TOLERANCE();",
        "#103=TOLERANCE_ZONE();",
        "#104=(GEOMETRIC_TOLERANCE()POSITION_TOLERANCE());#105=PLUS_MINUS_TOLERANCE();#106=DATUM();",
        "#107=PROJECTED_ZONE_DEFINITION();#108=GEOMETRIC_ITEM_SPECIFIC_USAGE();#109=ANGULAR_LOCATION();",
    )  # fmt: skip
    assert len(pmi.dimensions) == 3
    assert [d.letter for d in pmi.datums] == [""]


def test_annotations_without_meaning_are_told(tmp_path: Path) -> None:
    text = step_text(contexts(), product(10, "plate"), "#100=DRAUGHTING_CALLOUT('',(#10));")
    content, progress = read_text(tmp_path, text)
    assert content.pmi.annotations == 1
    assert codes(progress) == {"presentation_only_pmi"}
    assert not progress.is_partial
