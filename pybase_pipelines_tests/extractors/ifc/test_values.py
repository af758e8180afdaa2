"""Properties and quantities: every kind, with its unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybase_pipelines_tests.extractors.ifc.models import BASE, WALL, Reading, read, spf


def read_with(folder: Path, properties: str, numbers: str, schema: str = "IFC4") -> Reading:
    body = f"{properties}\n#90=IFCPROPERTYSET('ps',$,'Set',$,({numbers}));\n"
    return read(folder, spf(BASE + WALL + body + "#91=IFCRELDEFINESBYPROPERTIES('rp',$,$,$,(#20),#90);\n", schema))


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ("IFCPROPERTYSINGLEVALUE('P',$,IFCLABEL('a'),$)", "a"),
        ("IFCPROPERTYSINGLEVALUE('P',$,IFCBOOLEAN(.F.),$)", False),
        ("IFCPROPERTYSINGLEVALUE('P',$,IFCLOGICAL(.U.),$)", "UNKNOWN"),
        ("IFCPROPERTYSINGLEVALUE('P',$,IFCINTEGER(7),$)", 7),
        ("IFCPROPERTYSINGLEVALUE('P',$,IFCLENGTHMEASURE(82.5),$)", 82.5),
        ("IFCPROPERTYSINGLEVALUE('P',$,IFCLENGTHMEASURE(2.5),#50)", {"value": 2.5, "unit": "METRE"}),
        ("IFCPROPERTYSINGLEVALUE('P',$,$,$)", None),
        ("IFCPROPERTYENUMERATEDVALUE('P',$,(IFCLABEL('a'),IFCLABEL('b')),$)", ["a", "b"]),
        ("IFCPROPERTYLISTVALUE('P',$,(IFCREAL(1.),IFCREAL(2.)),$)", [1.0, 2.0]),
        (
            "IFCPROPERTYBOUNDEDVALUE('P',$,IFCLENGTHMEASURE(9.),IFCLENGTHMEASURE(1.),$,IFCLENGTHMEASURE(5.))",
            {"kind": "bounded", "value": 5.0, "lower": 1.0, "upper": 9.0, "unit": "MILLIMETRE"},
        ),
        (
            "IFCPROPERTYTABLEVALUE('P',$,(IFCREAL(1.),IFCREAL(2.)),(IFCLENGTHMEASURE(3.),IFCLENGTHMEASURE(4.)),$,$,$,.LINEAR.)",
            {
                "kind": "table", "rows": [[1.0, 3.0], [2.0, 4.0]], "defining_unit": None, "defined_unit": "MILLIMETRE",
                "expression": None, "interpolation": "LINEAR",
            },
        ),
        (
            "IFCCOMPLEXPROPERTY('P',$,'use',(#51))",
            {"kind": "complex", "usage_name": "use", "properties": {"Inner": "deep"}},
        ),
        (
            "IFCPROPERTYREFERENCEVALUE('P',$,'use',#52)",
            {"kind": "reference", "usage_name": "use", "type": "IfcMaterial", "value": "Steel"},
        ),
    ],
)  # fmt: skip
def test_every_kind_of_property_has_its_shape(tmp_path: Path, entity: str, expected: Any) -> None:
    around = (
        "#50=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#51=IFCPROPERTYSINGLEVALUE('Inner',$,IFCLABEL('deep'),$);\n"
        "#52=IFCMATERIAL('Steel',$,$);\n"
    )
    found = read_with(tmp_path, f"{around}#60={entity};", "#60")
    assert found.element("wall").properties == {"Set": {"P": expected}}


def test_a_complex_property_that_contains_itself_ends(tmp_path: Path) -> None:
    cycle = "#60=IFCCOMPLEXPROPERTY('A',$,'u',(#61));\n#61=IFCCOMPLEXPROPERTY('B',$,'u',(#60));"
    assert "A" in read_with(tmp_path, cycle, "#60").element("wall").properties["Set"]


def test_a_property_that_is_its_own_unit_ends(tmp_path: Path) -> None:
    found = read_with(tmp_path, "#60=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('x'),#60);", "#60")
    assert found.element("wall").properties["Set"]["A"]["value"] == "x"


def test_the_catalogue_tells_measures_and_units_of_properties(tmp_path: Path) -> None:
    found = read_with(tmp_path, "#60=IFCPROPERTYSINGLEVALUE('Length',$,IFCLENGTHMEASURE(1.),$);", "#60")
    definition = found.content.property_definitions[0]
    assert (definition.set, definition.name, definition.kind) == ("Set", "Length", "single")
    assert (definition.value_types, definition.unit, definition.count) == (["IfcLengthMeasure"], "MILLIMETRE", 1)


def test_a_name_that_stands_twice_in_a_set_keeps_both_values(tmp_path: Path) -> None:
    twice = "#60=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('x'),$);\n#61=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('y'),$);"
    found = read_with(tmp_path, twice, "#60,#61")
    assert (found.element("wall").properties["Set"], found.codes) == (
        {"A": "x", "A (2)": "y"},
        ["repeated_properties"],
    )


def test_sets_of_one_name_that_disagree_keep_all_values(tmp_path: Path) -> None:
    body = """#60=IFCPROPERTYSINGLEVALUE('Cut',$,IFCLABEL('notch'),$);
#61=IFCPROPERTYSINGLEVALUE('Cut',$,IFCLABEL('cope'),$);
#62=IFCPROPERTYSINGLEVALUE('Depth',$,IFCREAL(5.),$);
#63=IFCPROPERTYSET('p1',$,'Cutout',$,(#60,#62));
#64=IFCPROPERTYSET('p2',$,'Cutout',$,(#61,#62));
#65=IFCRELDEFINESBYPROPERTIES('r1',$,$,$,(#20),#63);
#66=IFCRELDEFINESBYPROPERTIES('r2',$,$,$,(#20),#64);
"""
    assert read(tmp_path, spf(BASE + WALL + body)).element("wall").properties == {
        "Cutout": {"Cut": "notch", "Depth": 5.0, "Cut (2)": "cope", "Depth (2)": 5.0}
    }


def test_a_set_of_definitions_is_all_of_its_sets(tmp_path: Path) -> None:
    body = """#60=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('x'),$);
#61=IFCPROPERTYSET('p1',$,'One',$,(#60));
#62=IFCPROPERTYSET('p2',$,'Two',$,(#60));
#63=IFCRELDEFINESBYPROPERTIES('rp',$,$,$,(#20),IFCPROPERTYSETDEFINITIONSET((#61,#62)));
"""
    found = read(tmp_path, spf(BASE + WALL + body))
    assert found.element("wall").properties == {"One": {"A": "x"}, "Two": {"A": "x"}}
    assert found.content.metadata.property_set_names == ["One", "Two"]


def test_predefined_sets_go_by_their_class(tmp_path: Path) -> None:
    body = """#60=IFCDOORTYPE('dt',$,'Door type',$,$,(#61),$,$,$,.DOOR.,.SINGLE_SWING_LEFT.,$,$);
#61=IFCDOORLININGPROPERTIES('dl',$,'lining',$,50.,$,$,$,$,$,$,$,$,$,$,$,$);
"""
    types = read(tmp_path, spf(BASE + body)).content.type_objects
    assert types[0].properties == {"IfcDoorLiningProperties": {"LiningDepth": 50.0}}


def test_quantities_are_as_authored_with_si_beside(tmp_path: Path) -> None:
    body = """#60=IFCQUANTITYLENGTH('Length',$,$,2134.,$);
#61=IFCSIUNIT(*,.AREAUNIT.,.CENTI.,.SQUARE_METRE.);
#62=IFCQUANTITYAREA('Area',$,#61,30000.,'w*h');
#63=IFCQUANTITYCOUNT('Count',$,$,3.,$);
#64=IFCPHYSICALCOMPLEXQUANTITY('Layer',$,(#60),'layer',$,$);
#65=IFCELEMENTQUANTITY('eq',$,'Base',$,$,(#60,#62,#63,#64));
#66=IFCRELDEFINESBYPROPERTIES('rp',$,$,$,(#20),#65);
"""
    found = read(tmp_path, spf(BASE + WALL + body))
    base = found.element("wall").quantities["Base"]
    assert base["Length"] == {
        "kind": "length", "value": 2134.0, "unit": "MILLIMETRE", "si_value": pytest.approx(2.134), "si_unit": "m",
    }  # fmt: skip
    assert (base["Area"]["unit"], base["Area"]["si_value"], base["Area"]["formula"]) == (
        "CENTISQUARE_METRE", pytest.approx(3.0), "w*h",
    )  # fmt: skip
    assert (base["Count"]["value"], base["Count"]["unit"]) == (3.0, None)
    assert base["Layer"]["quantities"]["Length"]["value"] == 2134.0
    assert (found.content.metadata.quantity_set_count, found.content.metadata.property_set_count) == (1, 0)


def test_sets_that_are_not_wanted_are_left_out(tmp_path: Path) -> None:
    body = "#60=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('x'),$);\n#61=IFCPROPERTYSET('p1',$,'One',$,(#60));\n"
    data = spf(BASE + WALL + body + "#62=IFCRELDEFINESBYPROPERTIES('rp',$,$,$,(#20),#61);\n")
    found = read(tmp_path, data, extract_properties=False, extract_quantities=False, extract_materials=False)
    assert found.element("wall").properties == {}
    assert found.content.metadata.property_set_count == 1


def test_materials_have_their_properties_in_both_schemas(tmp_path: Path) -> None:
    value = "#60=IFCPROPERTYSINGLEVALUE('Density',$,IFCREAL(7850.),$);\n#61=IFCMATERIAL('Steel'{});\n"
    new = value.format(",$,$") + "#62=IFCMATERIALPROPERTIES('Pset_MaterialCommon',$,(#60),#61);\n"
    old = value.format("") + "#62=IFCEXTENDEDMATERIALPROPERTIES(#61,(#60),$,'Own');\n"
    assert read(tmp_path, spf(BASE + new)).content.materials[0].properties == {
        "Pset_MaterialCommon": {"Density": 7850.0}
    }
    found = read(tmp_path, spf(BASE + old, "IFC2X3"))
    assert found.content.materials[0].properties == {"Own": {"Density": 7850.0}}
