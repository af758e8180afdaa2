"""Attributes, materials, validation properties, colours and layers, from the text."""

from pathlib import Path

from pybase_pipelines.results.step import StepContent
from pybase_pipelines_tests.extractors.step.files import INCH, MM, contexts, product, read_text, step_text


def read_part(tmp_path: Path, *statements: str, units: str = MM) -> StepContent:
    content, progress = read_text(tmp_path, step_text(contexts(), product(10, "plate"), units, *statements))
    assert {w.code for w in progress.warnings} <= {"dangling_references", "presentation_only_pmi"}
    return content


def stated(number: int, name: str, item: str, owner: str = "#12", general: str | None = None, note: str = "") -> str:
    """A property definition whose representation holds one item."""
    n = number
    text = (
        f"#{n}=PROPERTY_DEFINITION('{name}','{note}',{owner});#{n + 1}=REPRESENTATION('',(#{n + 2}),#903);"
        f"#{n + 2}={item};#{n + 3}=PROPERTY_DEFINITION_REPRESENTATION(#{n},#{n + 1});"
    )
    if general is not None:
        text += (
            f"#{n + 4}=GENERAL_PROPERTY('','{general}','');#{n + 5}=GENERAL_PROPERTY_ASSOCIATION('','',#{n + 4},#{n});"
        )
    return text


def test_attributes_have_the_name_and_the_value_that_the_user_gave(tmp_path: Path) -> None:
    content = read_part(
        tmp_path,
        stated(100, "Company", "DESCRIPTIVE_REPRESENTATION_ITEM('','ACME')", general="Company"),
        stated(200, "user defined attribute", "DESCRIPTIVE_REPRESENTATION_ITEM('Finish','zinc')"),
        stated(300, "Weight", "MEASURE_REPRESENTATION_ITEM('',MASS_MEASURE(2.5),#901)", general="Weight"),
        stated(400, "Count", "INTEGER_REPRESENTATION_ITEM('',7)", general="Count", owner="#10"),
        stated(500, "Checked", "BOOLEAN_REPRESENTATION_ITEM('',.T.)", general="Checked", owner="#13"),
        stated(600, "pmi validation property", "INTEGER_REPRESENTATION_ITEM('number of PMI',3)"),
    )
    assert content.parts[0].attributes == {
        "Company": "ACME", "Finish": "zinc", "Weight": 2.5, "Count": 7.0, "Checked": True,
    }  # fmt: skip


def test_two_values_of_one_name_are_both_kept(tmp_path: Path) -> None:
    content = read_part(
        tmp_path,
        stated(100, "Note", "DESCRIPTIVE_REPRESENTATION_ITEM('','one')", general="Note"),
        stated(200, "Note", "DESCRIPTIVE_REPRESENTATION_ITEM('','two')", general="Note"),
    )
    assert content.parts[0].attributes == {"Note": "one", "Note (2)": "two"}


def test_a_property_of_a_feature_is_not_one_of_the_part(tmp_path: Path) -> None:
    content = read_part(
        tmp_path,
        "#50=SHAPE_ASPECT('hole 1','',#13,.T.);",
        stated(100, "Thread", "DESCRIPTIVE_REPRESENTATION_ITEM('','M6')", owner="#50", general="Thread"),
    )
    assert content.parts[0].attributes == {}
    (other,) = content.properties
    assert (other.part, other.scope, other.on, other.name, other.value) == (
        "plate",
        "shape_aspect",
        "hole 1",
        "Thread",
        "M6",
    )


def test_a_material_has_its_density_in_kilograms_a_cubic_metre(tmp_path: Path) -> None:
    content = read_part(
        tmp_path,
        stated(100, "material property", "DESCRIPTIVE_REPRESENTATION_ITEM('Steel','S235')", note="material name"),
        stated(200, "material property", "MEASURE_REPRESENTATION_ITEM('density',POSITIVE_RATIO_MEASURE(7.85),#60)"),
        "#60=DERIVED_UNIT((#61,#62));#61=DERIVED_UNIT_ELEMENT(#63,1.);#62=DERIVED_UNIT_ELEMENT(#64,-3.);",
        "#63=(MASS_UNIT()NAMED_UNIT(*)SI_UNIT($,.GRAM.));#64=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.CENTI.,.METRE.));",
    )
    (material,) = content.materials
    assert (material.name, material.description, material.parts) == ("Steel", "S235", ["plate"])
    assert material.density_kg_m3 == 7850.0
    assert content.parts[0].material == "Steel"


def test_a_density_in_a_unit_that_is_none_is_kept_as_written(tmp_path: Path) -> None:
    content = read_part(
        tmp_path,
        stated(100, "material property", "DESCRIPTIVE_REPRESENTATION_ITEM('Steel','')"),
        stated(200, "material property", "MEASURE_REPRESENTATION_ITEM('density',POSITIVE_RATIO_MEASURE(7.85),#901)"),
    )
    assert content.materials[0].density == 7.85
    assert content.materials[0].density_unit == "MILLI METRE"
    assert content.materials[0].density_kg_m3 is None


def test_stored_validation_properties_are_given_in_millimetres(tmp_path: Path) -> None:
    volume = "MEASURE_REPRESENTATION_ITEM('volume measure',VOLUME_MEASURE(2.),#70)"
    content = read_part(
        tmp_path,
        stated(100, "geometric validation property", volume, owner="#13"),
        stated(200, "geometric validation property", "CARTESIAN_POINT('centre point',(1.,0.,-2.))", owner="#13"),
        "#70=DERIVED_UNIT((#71));#71=DERIVED_UNIT_ELEMENT(#905,3.);",
        units=INCH,
    )
    stored = {v.kind: v for v in content.validation_properties}
    assert stored["volume"].stored == 32774.128
    assert stored["centroid"].stored == (25.4, 0.0, -50.8)
    assert {v.part for v in stored.values()} == {"plate"}
    assert {v.agrees for v in stored.values()} == {None}


BODY = (
    "#20=ADVANCED_BREP_SHAPE_REPRESENTATION('',(#21),#903);#22=SHAPE_DEFINITION_REPRESENTATION(#13,#20);"
    "#21=MANIFOLD_SOLID_BREP('',#23);#23=CLOSED_SHELL('',(#24,#25,#26));#24=ADVANCED_FACE('',(),#29,.T.);"
    "#25=ADVANCED_FACE('',(),#29,.T.);#26=ADVANCED_FACE('',(),#29,.T.);"
)


def styled(number: int, item: int, color: str) -> str:
    n = number
    return (
        f"#{n}=STYLED_ITEM('',(#{n + 1}),#{item});#{n + 1}=PRESENTATION_STYLE_ASSIGNMENT((#{n + 2}));"
        f"#{n + 2}=SURFACE_STYLE_USAGE(.BOTH.,#{n + 3});#{n + 3}=SURFACE_SIDE_STYLE('',(#{n + 4}));"
        f"#{n + 4}=SURFACE_STYLE_FILL_AREA(#{n + 5});#{n + 5}=FILL_AREA_STYLE('',(#{n + 6}));"
        f"#{n + 6}=FILL_AREA_STYLE_COLOUR('',#{n + 7});#{n + 7}={color};"
    )


def read_looks(tmp_path: Path, *statements: str) -> StepContent:
    text = step_text(contexts(), product(10, "plate"), MM, BODY, *statements)
    return read_text(
        tmp_path, text, calculate_volumes=False, calculate_areas=False, calculate_bboxes=False, count_shapes=False
    )[0]


def test_a_part_has_the_colour_of_its_body(tmp_path: Path) -> None:
    red, blue = "COLOUR_RGB('',1.,0.,0.)", "DRAUGHTING_PRE_DEFINED_COLOUR('blue')"
    content = read_looks(tmp_path, styled(100, 24, blue), styled(200, 25, blue), styled(300, 21, red))
    assert content.parts[0].color == "#FF0000"


def test_a_part_without_a_coloured_body_has_that_of_most_faces(tmp_path: Path) -> None:
    red, blue = "COLOUR_RGB('',1.,0.,0.)", "DRAUGHTING_PRE_DEFINED_COLOUR('blue')"
    content = read_looks(tmp_path, styled(100, 24, blue), styled(200, 25, red), styled(300, 26, blue))
    assert content.parts[0].color == "#0000FF"


def test_layers_count_their_items_and_tell_the_parts_on_them(tmp_path: Path) -> None:
    content = read_looks(
        tmp_path,
        "#60=PRESENTATION_LAYER_ASSIGNMENT('solids','all bodies',(#21));",
        "#61=PRESENTATION_LAYER_ASSIGNMENT('help','',(#24,#25));#62=INVISIBILITY((#61));",
    )
    assert [(x.name, x.description, x.item_count, x.is_visible) for x in content.layers] == [
        ("solids", "all bodies", 1, True),
        ("help", None, 2, False),
    ]
    assert content.parts[0].layers == ["solids", "help"]
    assert content.parts[0].layer == "solids"


def test_a_style_that_leads_back_to_itself_has_no_colour(tmp_path: Path) -> None:
    content = read_looks(tmp_path, "#60=STYLED_ITEM('',(#61),#21);#61=PRESENTATION_STYLE_ASSIGNMENT((#61,#60));")
    assert content.parts[0].color is None
