"""Header, units, georeferencing, places, and the model's health."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_pipelines.results.ifc import IfcTreeNode
from pybase_pipelines_tests.extractors.ifc.models import BASE, PLACES, PROJECT, UNITS, WALL, read, spf


def test_the_header_is_metadata(tmp_path: Path) -> None:
    metadata = read(tmp_path, spf(BASE)).content.metadata
    assert (metadata.schema_, metadata.schema_identifier, metadata.read_as) == ("IFC4", "IFC4", None)
    assert (metadata.originating_system, metadata.preprocessor_version) == ("Modeller 2", "Preprocessor 1")
    assert (metadata.author, metadata.organization, metadata.authorization) == (["Ada"], ["Office"], "Boss")
    assert metadata.view_definitions == ["CoordinationView_V2.0", "QuantityTakeOffAddOnView"]
    assert (metadata.time_stamp, metadata.project_name) == ("2024-05-09T17:23:26", "House")
    assert read(tmp_path, spf(BASE)).content.model_dump()["metadata"]["schema"] == "IFC4"


def test_units_are_named_and_have_factors_to_si(tmp_path: Path) -> None:
    metadata = read(tmp_path, spf(BASE)).content.metadata
    assert metadata.units == {
        "length": "MILLIMETRE", "area": "SQUARE_METRE", "volume": "CUBIC_METRE", "plane_angle": "DEGREE",
    }  # fmt: skip
    assert metadata.unit_details["length"].si_factor == pytest.approx(0.001)
    assert metadata.unit_details["plane_angle"].si_factor == pytest.approx(0.0174532925)
    assert metadata.unit_details["plane_angle"].si_unit == "rad"


def test_derived_and_monetary_units_are_read(tmp_path: Path) -> None:
    units = """#2=IFCUNITASSIGNMENT((#3,#4,#9));
#3=IFCMONETARYUNIT('EUR');
#4=IFCDERIVEDUNIT((#5,#6),.MASSDENSITYUNIT.,$,$);
#5=IFCDERIVEDUNITELEMENT(#7,1);
#6=IFCDERIVEDUNITELEMENT(#8,-3);
#7=IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.);
#8=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#9=IFCSIUNIT(*,.MASSUNIT.,$,.GRAM.);
"""
    metadata = read(tmp_path, spf(PROJECT + units)).content.metadata
    assert metadata.units == {"monetary": "EUR", "mass_density": "KILOGRAM MILLIMETRE^-3", "mass": "GRAM"}
    assert metadata.unit_details["mass_density"].si_factor == pytest.approx(1e9)
    assert metadata.unit_details["mass"].si_factor == pytest.approx(0.001)


def test_a_unit_made_of_itself_ends(tmp_path: Path) -> None:
    units = "#2=IFCUNITASSIGNMENT((#3));\n#3=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,'loop',#4);\n"
    loop = "#4=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(2.),#3);\n"
    assert read(tmp_path, spf(PROJECT + units + loop)).content.metadata.units == {"length": "loop"}


def test_the_map_conversion_and_the_site_tell_where_the_model_lies(tmp_path: Path) -> None:
    body = """#30=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,$,#31);
#31=IFCDIRECTION((1.,1.));
#32=IFCPROJECTEDCRS('EPSG:25832','UTM','ETRS89',$,$,'32N',$);
#33=IFCMAPCONVERSION(#30,#32,500.,600.,7.,0.,1.,$);
"""
    found = read(tmp_path, spf(BASE + body)).content.metadata.georeferencing
    assert found is not None
    assert (found.crs_name, found.map_zone, found.eastings, found.northings) == ("EPSG:25832", "32N", 500.0, 600.0)
    assert (found.latitude, found.longitude, found.elevation) == (48.5, -11.5, 520.0)
    assert (found.true_north_degrees, found.rotation_degrees) == (pytest.approx(45), pytest.approx(90))


def test_places_are_listed_by_kind_and_nested_in_the_tree(tmp_path: Path) -> None:
    content = read(tmp_path, spf(BASE + WALL)).content
    structure = content.spatial_structure
    assert structure.project is not None
    assert (structure.project.name, structure.project.long_name) == ("House", "The house")
    assert [(s.name, s.elevation, s.elevation_m) for s in structure.storeys] == [
        ("Ground", 0.0, 0.0),
        ("Upper", 3000.0, 3.0),
    ]
    assert [(s.name, s.long_name, s.storey) for s in structure.spaces] == [("R1", "Kitchen", "Ground")]
    assert content.tree is not None
    assert _outline(content.tree) == "House(Plot(Main(Ground(R1) Upper)))"
    assert content.tree.children[0].children[0].children[0].elements == {"IfcWall": 1}


def test_bridges_and_their_parts_are_places_too(tmp_path: Path) -> None:
    body = """#30=IFCBRIDGE('br',$,'Bridge',$,$,$,$,$,$,$);
#31=IFCBRIDGEPART('bp',$,'Pier',$,$,$,$,$,.PARTIAL.,.LONGITUDINAL.,.PIER.);
#32=IFCRELAGGREGATES('rb1',$,$,$,#1,(#30));
#33=IFCRELAGGREGATES('rb2',$,$,$,#30,(#31));
"""
    content = read(tmp_path, spf(PROJECT + body, "IFC4X3_ADD2")).content
    assert [(p.ifc_class, p.name) for p in content.spatial_structure.others] == [
        ("IfcBridge", "Bridge"), ("IfcBridgePart", "Pier"),
    ]  # fmt: skip
    assert content.tree is not None
    assert _outline(content.tree) == "House(Bridge(Pier))"


def test_a_cyclic_structure_ends_and_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, spf(BASE + "#30=IFCRELAGGREGATES('ra9',$,$,$,#12,(#11,#12));\n"))
    assert "cyclic_structure" in found.codes
    assert len(found.content.spatial_structure.storeys) == 2


def test_a_very_deep_structure_ends_and_is_told(tmp_path: Path) -> None:
    spaces = [f"#{n}=IFCSPACE('s{n}',$,'S{n}',$,$,$,$,$,.ELEMENT.,.INTERNAL.,$);" for n in range(1000, 2000)]
    nested = [f"#{n + 1000}=IFCRELAGGREGATES('r{n}',$,$,$,#{n - 1},(#{n}));" for n in range(1001, 2000)]
    top = "#5000=IFCRELAGGREGATES('top',$,$,$,#1,(#1000));\n"
    found = read(tmp_path, spf(PROJECT + UNITS + "\n".join(spaces + nested) + "\n" + top))
    assert found.codes == ["places_without_parent"]
    assert len(found.content.model_dump_json()) > 1000


def test_health_finds_repeated_ids_and_elements_in_no_place(tmp_path: Path) -> None:
    body = "#50=IFCSLAB('wall',$,'S',$,$,$,$,$,$);\n#51=IFCBUILDINGELEMENTPROXY('px',$,'P',$,$,$,$,$,$);\n"
    found = read(tmp_path, spf(BASE + WALL + body))
    health = found.content.health
    assert [(d.global_id, d.entity_ids) for d in health.duplicate_global_ids] == [("wall", [20, 50])]
    assert health.without_container == ["wall", "px"]
    assert (health.proxy_count, health.proxy_share, health.without_type_count) == (1, 0.3333, 3)
    assert set(found.codes) == {"duplicate_global_ids", "elements_without_container"}
    assert not found.progress.is_partial


def test_a_model_without_a_project_is_partial(tmp_path: Path) -> None:
    found = read(tmp_path, spf(PLACES.replace("#15=IFCRELAGGREGATES('ra1',$,$,$,#1,(#10));\n", "")))
    assert (found.progress.is_partial, found.codes) == (True, ["no_project"])
    assert found.content.tree is not None
    assert _outline(found.content.tree) == "None(Plot(Main(Ground(R1) Upper)))"


def _outline(node: IfcTreeNode) -> str:
    inner = " ".join(map(_outline, node.children))
    return f"{node.name}({inner})" if inner else f"{node.name}"
