"""A small building as IFC4: three storeys with walls, slabs, columns, doors, windows and rooms that a viewer can show.

What belongs here: the building itself, storey by storey. What does not: how one element gets its shape, properties,
quantities and materials (`building_parts`). Its bytes are the same on every day.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_pipelines.local.samples.building_parts import Building, Placed, Types, make_types

if TYPE_CHECKING:
    import ifcopenshell
    from ifcopenshell import entity_instance

_LENGTH, _WIDTH = 14_400.0, 9_600.0
_STOREY_HEIGHT = 3_500.0
_SLAB, _WALL, _PARTITION = 250.0, 365.0, 125.0
_CLEAR = _STOREY_HEIGHT - _SLAB
_STOREYS = (("Ground floor", 0.0), ("First floor", _STOREY_HEIGHT), ("Roof", 2 * _STOREY_HEIGHT))
_ROOMS = (("Assembly", "Assembly shop"), ("Office", "Design office"))
_TIME_STAMP = "2026-02-09T14:03:27"
_NAMESPACE = uuid.UUID("6f2a4f0e-0d2f-4c55-9a58-2f6d5a5b7d10")


def write_ifc(path: Path) -> None:
    """Write the building."""
    model = _make_project()
    building = Building.of(model)
    types = make_types(building)
    for name, elevation in _STOREYS:
        storey = building.add_storey(name, elevation)
        if name == "Roof":
            _slab(building, types, storey, "Roof slab", "ROOF")
            continue
        _slab(building, types, storey, f"Slab {name.lower()}", "FLOOR")
        _walls(building, types, storey, name)
        _columns(building, types, storey)
        _rooms(building, storey, 1 if name == "Ground floor" else 2)
    building.classify()
    _fix_identity(model)
    model.write(str(path))


def _make_project() -> ifcopenshell.file:
    """Project, units, contexts, coordinates on the map, and the header."""
    import ifcopenshell.api.context as context
    import ifcopenshell.api.georeference as georeference
    import ifcopenshell.api.project as project
    import ifcopenshell.api.root as root
    import ifcopenshell.api.unit as unit

    model = project.create_file(version="IFC4")
    made = root.create_entity(model, ifc_class="IfcProject", name="TH-2 Assembly hall with offices")
    made.LongName = "Tannhof Antriebstechnik, plant 2"
    made.Phase = "Execution design"
    units = [unit.add_si_unit(model, unit_type="LENGTHUNIT", prefix="MILLI")]
    units += [unit.add_si_unit(model, unit_type=kind) for kind in ("AREAUNIT", "VOLUMEUNIT", "PLANEANGLEUNIT")]
    # The function keeps no order; ours makes the file the same each time.
    unit.assign_unit(model, units=units).Units = units
    whole = context.add_context(model, context_type="Model")
    context.add_context(
        model, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=whole
    )  # fmt: skip
    georeference.add_georeferencing(model, name="EPSG:25832")
    georeference.edit_georeferencing(
        model,
        projected_crs={"Name": "EPSG:25832", "Description": "ETRS89 / UTM zone 32N", "GeodeticDatum": "ETRS89"},
        coordinate_operation={"Eastings": 514_221_000.0, "Northings": 5_403_118_000.0, "OrthogonalHeight": 412_300.0},
    )
    header = model.header.file_name
    header.name = "TH-2 Assembly hall.ifc"
    header.time_stamp = _TIME_STAMP
    header.author = ("A. Brandt",)
    header.organization = ("Tannhof Antriebstechnik",)
    header.originating_system = "pybase-pipelines samples"
    header.authorization = "S. Varga"
    return model


def _slab(building: Building, types: Types, storey: entity_instance, name: str, kind: str) -> None:
    area = _LENGTH * _WIDTH / 1e6
    slab = building.add(
        "IfcSlab", name, storey, types.slab, Placed((_LENGTH / 2, _WIDTH / 2), -_SLAB), (_LENGTH, _WIDTH, _SLAB), kind
    )
    fire = "REI 90" if kind == "FLOOR" else "REI 30"
    building.describe(slab, "Pset_SlabCommon", {"IsExternal": kind == "ROOF", "LoadBearing": True, "FireRating": fire})
    building.measure(
        slab,
        "Qto_SlabBaseQuantities",
        {"Width": _SLAB, "Perimeter": 2 * (_LENGTH + _WIDTH), "GrossArea": area, "GrossVolume": area * _SLAB / 1e3},
    )


def _walls(building: Building, types: Types, storey: entity_instance, level: str) -> None:
    """Four outer walls with windows and the entrance, one partition with a door."""
    inner = _WIDTH - 2 * _WALL
    sides = (
        ("south", Placed((_LENGTH / 2, _WALL / 2), 0), _LENGTH),
        ("north", Placed((_LENGTH / 2, _WIDTH - _WALL / 2), 0), _LENGTH),
        ("west", Placed((_WALL / 2, _WIDTH / 2), 0, turned=True), inner),
        ("east", Placed((_LENGTH - _WALL / 2, _WIDTH / 2), 0, turned=True), inner),
    )
    for side, place, length in sides:
        wall = _wall(
            building, types.outer_wall, storey, f"Outer wall {side}, {level.lower()}", place, (length, _WALL), True
        )
        if place.turned:
            continue
        for n, x in enumerate((0.2, 0.5, 0.8), start=1):
            at = (_LENGTH * x, place.at[1])
            if side == "south" and n == 2 and level == "Ground floor":
                building.fill(
                    wall, "IfcDoor", "Entrance door", types.outer_door, at, (1_510.0, _WALL, 2_135.0), 0.0, storey
                )
            else:
                size = (2_010.0, _WALL, 1_385.0)
                building.fill(
                    wall, "IfcWindow", f"Window {side} {n}, {level.lower()}", types.window, at, size, 900.0, storey
                )
    place = Placed((_LENGTH * 0.6, _WIDTH / 2), 0, turned=True)
    wall = _wall(building, types.inner_wall, storey, f"Partition, {level.lower()}", place, (inner, _PARTITION), False)
    size = (885.0, _PARTITION, 2_135.0)
    building.fill(
        wall, "IfcDoor", f"Door to office, {level.lower()}", types.inner_door, place.at, size, 0.0, storey, turned=True
    )


def _wall(
    building: Building, type_: entity_instance, storey: entity_instance, name: str, place: Placed,
    size: tuple[float, float], is_outer: bool,
) -> entity_instance:  # fmt: skip
    length, width = size
    wall = building.add("IfcWall", name, storey, type_, place, (length, width, _CLEAR), "SOLIDWALL")
    building.describe(
        wall,
        "Pset_WallCommon",
        {"Reference": f"W-{width:.0f}", "IsExternal": is_outer, "LoadBearing": is_outer, "Status": ["NEW"]},
    )
    side_area = length * _CLEAR / 1e6
    building.measure(
        wall,
        "Qto_WallBaseQuantities",
        {
            "Length": length,
            "Width": width,
            "Height": _CLEAR,
            "GrossSideArea": side_area,
            "GrossVolume": side_area * width / 1e3,
        },
    )
    return wall


def _columns(building: Building, types: Types, storey: entity_instance) -> None:
    for n, (x, y) in enumerate(((0.3, 0.35), (0.3, 0.65), (0.8, 0.35), (0.8, 0.65)), start=1):
        place = Placed((_LENGTH * x, _WIDTH * y), 0)
        column = building.add(
            "IfcColumn", f"Column C{n}", storey, types.column, place, (300.0, 300.0, _CLEAR), "COLUMN"
        )
        building.describe(column, "Pset_ColumnCommon", {"LoadBearing": True, "FireRating": "R 90"})
        quantities = {"Length": _CLEAR, "CrossSectionArea": 0.09, "GrossVolume": 0.09 * _CLEAR / 1e3}
        building.measure(column, "Qto_ColumnBaseQuantities", quantities)


def _rooms(building: Building, storey: entity_instance, level: int) -> None:
    split = _LENGTH * 0.6
    spans = ((_WALL, split - _PARTITION / 2), (split + _PARTITION / 2, _LENGTH - _WALL))
    depth = _WIDTH - 2 * _WALL
    for n, ((name, long_name), (left, right)) in enumerate(zip(_ROOMS, spans, strict=True), start=1):
        place = Placed(((left + right) / 2, _WIDTH / 2), 0)
        space = building.add_space(
            f"{level}.{n:02d}", f"{long_name} {level}", storey, place, (right - left, depth, _CLEAR)
        )
        building.describe(
            space, "Pset_SpaceCommon", {"Reference": name, "IsExternal": False, "PubliclyAccessible": False}
        )
        area = (right - left) * depth / 1e6
        quantities = {"Height": _CLEAR, "NetFloorArea": area, "NetVolume": area * _CLEAR / 1e3}
        building.measure(space, "Qto_SpaceBaseQuantities", quantities)


def _fix_identity(model: ifcopenshell.file) -> None:
    """The same identifiers each time, so that the same building is the same file."""
    from ifcopenshell.guid import compress

    for entity in sorted(model.by_type("IfcRoot"), key=lambda e: e.id()):
        entity.GlobalId = compress(uuid.uuid5(_NAMESPACE, str(entity.id())).hex)
    for relation in model.by_type("IfcRelationship"):
        for name in ("RelatedObjects", "RelatedElements"):
            if related := getattr(relation, name, None):
                setattr(relation, name, sorted(related, key=lambda e: e.id()))
