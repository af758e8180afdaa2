"""What an element is told to be: its place, its type, its sets, its materials."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_pipelines.errors import OptionsInvalid
from pybase_pipelines_tests.extractors.ifc.models import BASE, WALL, read, spf

DOOR_IN_WALL = """#30=IFCOPENINGELEMENT('open',$,'O1',$,$,$,$,$,.OPENING.);
#31=IFCRELVOIDSELEMENT('rv1',$,$,$,#20,#30);
#32=IFCDOOR('door',$,'D1',$,$,$,$,$,2000.,900.,.DOOR.,$,$);
#33=IFCRELFILLSELEMENT('rf1',$,$,$,#30,#32);
"""


def test_the_storey_is_found_through_wholes_hosts_and_fillings(tmp_path: Path) -> None:
    part = "#40=IFCBUILDINGELEMENTPART('part',$,'P1',$,$,$,$,$,$);\n#41=IFCRELAGGREGATES('ra9',$,$,$,#20,(#40));\n"
    chair = (
        "#42=IFCFURNITURE('chair',$,'C1',$,$,$,$,$,$);\n#43=IFCRELCONTAINEDINSPATIALSTRUCTURE('rc2',$,$,$,(#42),#14);\n"
    )
    found = read(tmp_path, spf(BASE + WALL + DOOR_IN_WALL + part + chair))
    assert {i: found.element(i).storey for i in ("wall", "part", "open", "door", "chair", "spc")} == dict.fromkeys(
        ("wall", "part", "open", "door", "chair", "spc"), "Ground"
    )
    assert found.element("bldg").storey is None
    assert found.element("chair").container_name == "R1"
    assert found.element("open").host_global_id == "wall"
    assert found.element("door").fills_global_id == "open"
    assert (found.element("wall").opening_count, found.element("wall").part_count) == (1, 1)
    assert found.content.health.without_container == []


def test_counts_are_of_exact_classes_and_cover_every_object(tmp_path: Path) -> None:
    standard = "#50=IFCWALLSTANDARDCASE('std',$,'W2',$,$,$,$,$,$);\n"
    content = read(tmp_path, spf(BASE + WALL + standard)).content
    assert content.element_counts == {
        "IfcBuilding": 1, "IfcBuildingStorey": 2, "IfcProject": 1, "IfcSite": 1, "IfcSpace": 1,
        "IfcWall": 1, "IfcWallStandardCase": 1,
    }  # fmt: skip
    assert sum(content.element_counts.values()) == len(content.elements) == content.metadata.total_elements


def test_a_type_hands_its_sets_materials_and_predefined_type_to_its_elements(tmp_path: Path) -> None:
    body = """#60=IFCWALLTYPE('wt',$,'Brick 300',$,$,(#61),$,$,$,.STANDARD.);
#61=IFCPROPERTYSET('ps1',$,'Pset_WallCommon',$,(#62));
#62=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('REI60'),$);
#63=IFCRELDEFINESBYTYPE('rt1',$,$,$,(#20),#60);
#64=IFCMATERIAL('Brick',$,$);
#65=IFCRELASSOCIATESMATERIAL('rm1',$,$,$,(#60),#64);
#66=IFCPROPERTYSET('ps2',$,'Pset_WallCommon',$,(#67));
#67=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('REI90'),$);
#68=IFCRELDEFINESBYPROPERTIES('rp1',$,$,$,(#20),#66);
"""
    found = read(tmp_path, spf(BASE + WALL + body))
    wall = found.element("wall")
    assert (wall.type_name, wall.type_global_id, wall.predefined_type) == ("Brick 300", "wt", "STANDARD")
    assert wall.properties == {"Pset_WallCommon": {"FireRating": "REI90"}}
    assert wall.type_properties == {"Pset_WallCommon": {"FireRating": "REI60"}}
    assert [(m.name, m.from_type) for m in wall.materials] == [("Brick", True)]
    type_ = found.content.type_objects[0]
    assert (type_.name, type_.instance_count, [m.name for m in type_.materials]) == ("Brick 300", 1, ["Brick"])
    assert (found.content.materials[0].name, found.content.materials[0].element_count) == ("Brick", 1)


def test_layers_keep_their_order_thickness_and_gaps(tmp_path: Path) -> None:
    body = """#70=IFCMATERIAL('Plaster',$,$);
#71=IFCMATERIAL('Brick',$,$);
#72=IFCMATERIALLAYER(#71,240.,$,'core',$,'LoadBearing',$);
#73=IFCMATERIALLAYER($,40.,.T.,$,$,$,$);
#74=IFCMATERIALLAYER(#70,15.,$,$,$,$,$);
#75=IFCMATERIALLAYERSET((#72,#73,#74),'Outer wall',$);
#76=IFCMATERIALLAYERSETUSAGE(#75,.AXIS2.,.POSITIVE.,0.,$);
#77=IFCRELASSOCIATESMATERIAL('rm1',$,$,$,(#20),#76);
"""
    materials = read(tmp_path, spf(BASE + WALL + body)).element("wall").materials
    assert [(m.name, m.thickness, m.is_ventilated) for m in materials] == [
        ("Brick", 240.0, None), (None, 40.0, True), ("Plaster", 15.0, None),
    ]  # fmt: skip
    assert (materials[0].layer_name, materials[0].category, materials[0].kind) == ("core", "LoadBearing", "layer")


@pytest.mark.parametrize(
    ("association", "expected"),
    [
        ("#79=IFCMATERIALLIST((#71,#70));", ["Brick", "Plaster"]),
        ("#78=IFCMATERIALPROFILE('p',$,#71,$,$,$);\n#79=IFCMATERIALPROFILESET('s',$,(#78),$);", ["Brick"]),
        ("#78=IFCMATERIALCONSTITUENT('f',$,#70,0.3,$);\n#79=IFCMATERIALCONSTITUENTSET('s',$,(#78));", ["Plaster"]),
    ],
)
def test_every_kind_of_material_definition_is_read(tmp_path: Path, association: str, expected: list[str]) -> None:
    both = "#70=IFCMATERIAL('Plaster',$,$);\n#71=IFCMATERIAL('Brick',$,$);\n"
    body = f"{both}{association}\n#80=IFCRELASSOCIATESMATERIAL('rm1',$,$,$,(#20),#79);\n"
    assert [m.name for m in read(tmp_path, spf(BASE + WALL + body)).element("wall").materials] == expected


def test_classifications_name_their_system_through_references_to_references(tmp_path: Path) -> None:
    body = """#70=IFCCLASSIFICATION('BSI','2015',$,'Uniclass',$,$,$);
#71=IFCCLASSIFICATIONREFERENCE($,'EF_25','Walls',#70,$,$);
#72=IFCCLASSIFICATIONREFERENCE('http://x','EF_25_10','Outer walls',#71,$,$);
#73=IFCRELASSOCIATESCLASSIFICATION('rk1',$,$,$,(#20),#72);
"""
    found = read(tmp_path, spf(BASE + WALL + body))
    reference = found.element("wall").classifications[0]
    assert (reference.system, reference.identification, reference.name, reference.location) == (
        "Uniclass", "EF_25_10", "Outer walls", "http://x",
    )  # fmt: skip
    assert found.content.classifications[0].reference_count == 2


def test_systems_groups_ports_and_connections_are_told(tmp_path: Path) -> None:
    body = """#70=IFCPIPESEGMENT('p1',$,'Pipe 1',$,$,$,$,$,$);
#71=IFCPIPESEGMENT('p2',$,'Pipe 2',$,$,$,$,$,$);
#72=IFCDISTRIBUTIONPORT('d1',$,$,$,$,$,$,$,$,$);
#73=IFCDISTRIBUTIONPORT('d2',$,$,$,$,$,$,$,$,$);
#74=IFCRELNESTS('rn1',$,$,$,#70,(#72));
#75=IFCRELNESTS('rn2',$,$,$,#71,(#73));
#76=IFCRELCONNECTSPORTS('rp1',$,$,$,#72,#73,$);
#77=IFCDISTRIBUTIONSYSTEM('sys',$,'Hot water',$,$,$,.DOMESTICHOTWATER.);
#78=IFCRELASSIGNSTOGROUP('rg1',$,$,$,(#70,#71),$,#77);
#79=IFCGROUP('grp',$,'Batch',$,$);
#80=IFCRELASSIGNSTOGROUP('rg2',$,$,$,(#70),$,#79);
"""
    found = read(tmp_path, spf(BASE + body))
    pipe = found.element("p1")
    assert (pipe.systems, pipe.groups, pipe.port_count, pipe.part_count) == (["Hot water"], ["Batch"], 1, 0)
    assert pipe.connected_to == ["p2"]
    assert [(g.name, g.members) for g in found.content.groups] == [("Hot water", ["p1", "p2"]), ("Batch", ["p1"])]


def test_the_bom_counts_elements_of_one_type_and_sums_their_quantities(tmp_path: Path) -> None:
    body = """#60=IFCWALLTYPE('wt',$,'Brick 300',$,$,$,$,$,$,.STANDARD.);
#61=IFCWALL('w2',$,'W2',$,$,$,$,$,$);
#62=IFCRELDEFINESBYTYPE('rt1',$,$,$,(#20,#61),#60);
#63=IFCQUANTITYLENGTH('Length',$,$,1500.,$);
#64=IFCELEMENTQUANTITY('eq1',$,'Qto_WallBaseQuantities',$,$,(#63));
#65=IFCRELDEFINESBYPROPERTIES('rp1',$,$,$,(#20,#61),#64);
"""
    item = read(tmp_path, spf(BASE + WALL + DOOR_IN_WALL + body)).content.bom.items[0]
    assert (item.ifc_class, item.type_name, item.quantity) == ("IfcWall", "Brick 300", 2)
    assert (item.quantities["Length"].total, item.quantities["Length"].unit) == (3000.0, "MILLIMETRE")


def test_openings_are_no_bom_items(tmp_path: Path) -> None:
    items = read(tmp_path, spf(BASE + WALL + DOOR_IN_WALL)).content.bom.items
    assert [item.ifc_class for item in items] == ["IfcWall", "IfcDoor"]


def test_owners_are_listed_once_with_times_in_utc(tmp_path: Path) -> None:
    body = """#70=IFCPERSON($,'Lovelace','Ada',$,$,$,$,$);
#71=IFCORGANIZATION($,'Office',$,$,$);
#72=IFCPERSONANDORGANIZATION(#70,#71,$);
#73=IFCAPPLICATION(#71,'2','Modeller','M');
#74=IFCOWNERHISTORY(#72,#73,$,.ADDED.,$,$,$,1535645515);
#75=IFCSLAB('slab',#74,'S',$,$,$,$,$,$);
"""
    found = read(tmp_path, spf(BASE + body))
    owner = found.content.owners[0]
    assert found.element("slab").owner == owner.id
    assert (owner.user, owner.organization, owner.created_at) == ("Ada Lovelace", "Office", "2018-08-30T16:11:55+00:00")
    assert found.content.metadata.applications == ["Modeller 2"]


def test_element_types_limits_the_elements_but_not_the_counts(tmp_path: Path) -> None:
    found = read(tmp_path, spf(BASE + WALL + DOOR_IN_WALL), element_types=("IfcBuiltElement", "IfcDoor")[1:])
    assert [e.global_id for e in found.content.elements] == ["door"]
    assert found.content.element_counts["IfcWall"] == 1
    with pytest.raises(OptionsInvalid, match="IfcWal "):
        read(tmp_path, spf(BASE), element_types=("IfcWal",))


def test_more_elements_than_allowed_make_the_result_partial(tmp_path: Path) -> None:
    found = read(tmp_path, spf(BASE + WALL), max_elements=2)
    assert (len(found.content.elements), found.progress.is_partial, found.codes) == (2, True, ["max_elements"])


def test_two_readings_of_a_file_are_the_same(tmp_path: Path) -> None:
    data = spf(BASE + WALL + DOOR_IN_WALL)
    first, second = (read(tmp_path, data).content.model_dump_json() for _ in range(2))
    assert first == second
