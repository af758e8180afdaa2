"""How an element of the sample building gets its shape, type, material, properties, quantities and place.

What belongs here: what is the same for every building. What does not: which elements there are (`building_ifc`).
Lengths are millimetres, areas and volumes square and cubic metres, as the project's units say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ifcopenshell
    from ifcopenshell import entity_instance

Size = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the middle of a box stands on its storey, and whether its length runs along y."""

    at: tuple[float, float]
    z: float
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Types:
    """The types that the elements are made of."""

    outer_wall: entity_instance
    inner_wall: entity_instance
    slab: entity_instance
    column: entity_instance
    outer_door: entity_instance
    inner_door: entity_instance
    window: entity_instance


@dataclass(slots=True)
class Building:
    """A model with a site and a building to add to."""

    model: ifcopenshell.file
    body: entity_instance
    building: entity_instance

    @classmethod
    def of(cls, model: ifcopenshell.file) -> Building:
        """Add the site and the building below the project."""
        import ifcopenshell.api.aggregate as aggregate
        import ifcopenshell.api.root as root

        project = model.by_type("IfcProject")[0]
        site = root.create_entity(model, ifc_class="IfcSite", name="Plant 2")
        site.RefLatitude, site.RefLongitude = (48, 46, 48), (9, 11, 36)
        building = root.create_entity(model, ifc_class="IfcBuilding", name="Hall TH-2")
        aggregate.assign_object(model, products=[site], relating_object=project)
        aggregate.assign_object(model, products=[building], relating_object=site)
        body = next(c for c in model.by_type("IfcGeometricRepresentationSubContext") if c.ContextIdentifier == "Body")
        made = cls(model, body, building)
        for place in (site, building):
            made._place(place, Placed((0.0, 0.0), 0.0), None)
        made.describe(building, "Pset_BuildingCommon", {"NumberOfStoreys": 3, "OccupancyType": "Industrial"})
        return made

    def add_storey(self, name: str, elevation: float) -> entity_instance:
        import ifcopenshell.api.aggregate as aggregate
        import ifcopenshell.api.root as root

        storey = root.create_entity(self.model, ifc_class="IfcBuildingStorey", name=name)
        storey.Elevation = elevation
        aggregate.assign_object(self.model, products=[storey], relating_object=self.building)
        self._place(storey, Placed((0.0, 0.0), elevation), self.building)
        return storey

    def add(
        self, ifc_class: str, name: str, storey: entity_instance, type_: entity_instance, place: Placed, size: Size,
        kind: str | None = None,
    ) -> entity_instance:  # fmt: skip
        """An element with the shape of a box, contained in its storey."""
        import ifcopenshell.api.root as root
        import ifcopenshell.api.spatial as spatial
        import ifcopenshell.api.type as types

        element = root.create_entity(self.model, ifc_class=ifc_class, name=name, predefined_type=kind)
        self._place(element, place, storey)
        self._shape(element, size)
        spatial.assign_container(self.model, products=[element], relating_structure=storey)
        types.assign_type(self.model, related_objects=[element], relating_type=type_, should_map_representations=False)
        return element

    def add_space(
        self, name: str, long_name: str, storey: entity_instance, place: Placed, size: Size
    ) -> entity_instance:
        import ifcopenshell.api.aggregate as aggregate
        import ifcopenshell.api.root as root

        space = root.create_entity(self.model, ifc_class="IfcSpace", name=name, predefined_type="INTERNAL")
        space.LongName = long_name
        aggregate.assign_object(self.model, products=[space], relating_object=storey)
        self._place(space, place, storey)
        self._shape(space, size)
        return space

    def fill(
        self, wall: entity_instance, ifc_class: str, name: str, type_: entity_instance, at: tuple[float, float],
        size: Size, sill: float, storey: entity_instance, *, turned: bool = False,
    ) -> entity_instance:  # fmt: skip
        """An opening in a wall, and the door or window that fills it."""
        import ifcopenshell.api.feature as feature
        import ifcopenshell.api.root as root

        place = Placed(at, sill, turned)
        opening = root.create_entity(
            self.model, ifc_class="IfcOpeningElement", name=f"Opening for {name}", predefined_type="OPENING"
        )
        self._place(opening, place, storey)
        self._shape(opening, size)
        feature.add_feature(self.model, feature=opening, element=wall)
        width, _, height = size
        element = self.add(ifc_class, name, storey, type_, place, (width, 70.0, height))
        feature.add_filling(self.model, opening=opening, element=element)
        element.OverallWidth, element.OverallHeight = width, height
        common = {"FireRating": "EI 30" if turned else "", "IsExternal": not turned, "ThermalTransmittance": 1.1}
        self.describe(element, f"Pset_{ifc_class[3:]}Common", {k: v for k, v in common.items() if v != ""})
        area = {"Width": width, "Height": height, "Area": width * height / 1e6}
        self.measure(element, f"Qto_{ifc_class[3:]}BaseQuantities", area)
        return element

    def describe(self, element: entity_instance, name: str, properties: dict[str, Any]) -> None:
        import ifcopenshell.api.pset as pset

        made = pset.add_pset(self.model, product=element, name=name)
        pset.edit_pset(self.model, pset=made, properties=properties)

    def measure(self, element: entity_instance, name: str, quantities: dict[str, Any]) -> None:
        import ifcopenshell.api.pset as pset

        made = pset.add_qto(self.model, product=element, name=name)
        pset.edit_qto(self.model, qto=made, properties={key: round(value, 6) for key, value in quantities.items()})

    def classify(self) -> None:
        """Put the walls, slabs and doors into Uniclass."""
        import ifcopenshell.api.classification as classification

        system = classification.add_classification(self.model, classification="Uniclass 2015")
        for ifc_class, code, title in (
            ("IfcWall", "EF_25_10", "Walls"),
            ("IfcSlab", "EF_30_20", "Floors"),
            ("IfcDoor", "EF_25_30", "Doors and windows"),
        ):
            products = list(self.model.by_type(ifc_class))
            classification.add_reference(
                self.model, products=products, identification=code, name=title, classification=system
            )

    def _place(self, element: entity_instance, place: Placed, within: entity_instance | None) -> None:
        model = self.model
        axis, along = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0) if place.turned else (1.0, 0.0, 0.0)
        point = model.create_entity("IfcCartesianPoint", (*place.at, place.z))
        directions = [model.create_entity("IfcDirection", d) for d in (axis, along)]
        system = model.create_entity("IfcAxis2Placement3D", point, *directions)
        relative = within.ObjectPlacement if within is not None else None
        element.ObjectPlacement = model.create_entity("IfcLocalPlacement", relative, system)

    def _shape(self, element: entity_instance, size: Size) -> None:
        """A box: a rectangle around the element's origin, extruded upwards."""
        model, (length, width, height) = self.model, size
        profile = model.create_entity("IfcRectangleProfileDef", "AREA", None, None, length, width)
        up = model.create_entity("IfcDirection", (0.0, 0.0, 1.0))
        solid = model.create_entity("IfcExtrudedAreaSolid", profile, None, up, height)
        shape = model.create_entity("IfcShapeRepresentation", self.body, "Body", "SweptSolid", [solid])
        element.Representation = model.create_entity("IfcProductDefinitionShape", None, None, [shape])


def make_types(building: Building) -> Types:
    """The types with their materials; what holds for a type is said once, on the type."""
    outer = (("Mineral render", 15.0), ("Mineral wool", 160.0), ("Sand-lime brick", 175.0), ("Gypsum plaster", 15.0))
    inner = (("Gypsum board", 12.5), ("Steel stud, mineral wool", 100.0), ("Gypsum board", 12.5))
    slab = (("Concrete C30/37", 250.0),)
    made = Types(
        outer_wall=_type(building, "IfcWallType", "Outer wall 365", "SOLIDWALL", outer),
        inner_wall=_type(building, "IfcWallType", "Partition 125", "PARTITIONING", inner),
        slab=_type(building, "IfcSlabType", "Flat slab 250", "FLOOR", slab),
        column=_type(building, "IfcColumnType", "Column 300 x 300", "COLUMN", "Concrete C40/50"),
        outer_door=_type(building, "IfcDoorType", "Entrance door 1510 x 2135", "DOOR", "Aluminium"),
        inner_door=_type(building, "IfcDoorType", "Steel door 885 x 2135", "DOOR", "Steel"),
        window=_type(building, "IfcWindowType", "Window 2010 x 1385", "WINDOW", "Aluminium"),
    )
    building.describe(made.outer_wall, "Pset_WallCommon", {"ThermalTransmittance": 0.21, "FireRating": "REI 90"})
    building.describe(made.inner_wall, "Pset_WallCommon", {"AcousticRating": "Rw 52 dB", "FireRating": "EI 30"})
    for door in (made.outer_door, made.inner_door):
        building.describe(
            door, "Pset_ManufacturerTypeInformation", {"Manufacturer": "Torwerk Albstadt", "ModelReference": "T30-1"}
        )
    return made


def _type(
    building: Building, ifc_class: str, name: str, kind: str, material: str | tuple[tuple[str, float], ...]
) -> entity_instance:
    """A type of one material, or of layers with their thickness."""
    import ifcopenshell.api.material as materials
    import ifcopenshell.api.root as root

    model = building.model
    type_ = root.create_entity(model, ifc_class=ifc_class, name=name, predefined_type=kind)
    if isinstance(material, str):
        materials.assign_material(model, products=[type_], material=_material(model, material))
        return type_
    layers = materials.add_material_set(model, name=name, set_type="IfcMaterialLayerSet")
    for layer_name, thickness in material:
        layer = materials.add_layer(model, layer_set=layers, material=_material(model, layer_name))
        materials.edit_layer(model, layer=layer, attributes={"LayerThickness": thickness})
    materials.assign_material(model, products=[type_], type="IfcMaterialLayerSet", material=layers)
    return type_


def _material(model: ifcopenshell.file, name: str) -> entity_instance:
    import ifcopenshell.api.material as materials

    known = {material.Name: material for material in model.by_type("IfcMaterial")}
    return known.get(name) or materials.add_material(model, name=name)
