"""The places of a model (project, sites, buildings, storeys, spaces, ...) and how they nest.

What belongs here: spatial elements and their tree. What does not: what stands in them (`elements`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.ifc.georeferencing import decimal_degrees
from pybase_pipelines.extractors.ifc.model import Model, Row, number, reference, text
from pybase_pipelines.extractors.ifc.relations import Relations
from pybase_pipelines.extractors.ifc.units import Units
from pybase_pipelines.results.ifc import IfcSpatial, IfcSpatialStructure, IfcTreeNode

MAX_DEPTH = 64
MAX_SHOWN = 3
_LISTS = {"IfcSite": "sites", "IfcBuilding": "buildings", "IfcBuildingStorey": "storeys", "IfcSpace": "spaces"}
_ADDRESS = ("AddressLines", "PostalBox", "PostalCode", "Town", "Region", "Country")


@dataclass(frozen=True, slots=True)
class Places:
    """Reads the places of one model."""

    model: Model
    relations: Relations
    units: Units

    def rows(self) -> list[Row]:
        spatial = self.model.entities("IfcSpatialElement") or self.model.entities("IfcSpatialStructureElement")
        return [self.relations.objects[entity.id()] for entity in spatial]

    def structure(self) -> IfcSpatialStructure:
        structure = IfcSpatialStructure()
        if project := next(iter(self.model.entities("IfcProject")), None):
            structure.project = self._describe(self.relations.objects[project.id()])
        for row in self.rows():
            getattr(structure, _LISTS.get(row["type"], "others")).append(self._describe(row))
        return structure

    def tree(self, progress: Progress) -> IfcTreeNode | None:
        """The places as a tree under the project; without one, under a node without a name."""
        places = {row["id"]: row for row in self.rows()}
        projects = [self.relations.objects[e.id()] for e in self.model.entities("IfcProject")]
        places |= {row["id"]: row for row in projects}
        if not places:
            return None
        seen: set[int] = set()
        broken: list[Row] = []
        tops = projects[:1] or [row for row in places.values() if not self._parent_number(row["id"], places)]
        nodes = [self._grow(row["id"], places, seen, broken, 0) for row in tops]
        if lost := [row for row in places.values() if row["id"] not in seen]:
            message = f"{_shown(lost)}: not in the tree, as no path of at most {MAX_DEPTH} steps leads there."
            progress.warn("places_without_parent", message, f"#{lost[0]['id']}")
        if broken:
            message = f"{_shown(broken)}: part of itself or of several places, once in the tree."
            progress.warn("cyclic_structure", message, f"#{broken[0]['id']}")
        return nodes[0] if projects else IfcTreeNode(children=nodes)

    def _parent_number(self, place: int, places: dict[int, Row]) -> int | None:
        joined = [*self.relations.wholes.get(place, []), *self.relations.containers.get(place, [])]
        return next((e.id() for e in joined if e.id() in places and e.id() != place), None)

    def _grow(self, place: int, places: dict[int, Row], seen: set[int], broken: list[Row], depth: int) -> IfcTreeNode:
        seen.add(place)
        row = places[place]
        inside = self.relations.contained.get(place, [])
        node = IfcTreeNode(global_id=text(row.get("GlobalId")), ifc_class=row["type"], name=text(row.get("Name")))
        elements = Counter(e.is_a() for e in inside if e.id() not in places)
        node.elements = dict(sorted(elements.items()))
        for entity in (*self.relations.parts.get(place, []), *inside):
            child = entity.id()
            if child not in places:
                continue
            if depth >= MAX_DEPTH:
                continue
            if child in seen:
                broken.append(places[child])
                continue
            node.children.append(self._grow(child, places, seen, broken, depth + 1))
        return node

    def _describe(self, row: Row) -> IfcSpatial:
        number_ = row["id"]
        elevation = number(row.get("Elevation"))
        if elevation is None:
            elevation = number(
                row.get("RefElevation") or row.get("ElevationOfRefHeight") or row.get("ElevationWithFlooring")
            )
        length = self.units.project.get("LENGTHUNIT")
        parent = next(iter(self.relations.wholes.get(number_, [])), None)
        _, storey = self.relations.place_of(number_)
        return IfcSpatial(
            entity_id=number_,
            global_id=text(row.get("GlobalId")),
            ifc_class=row["type"],
            name=text(row.get("Name")),
            long_name=text(row.get("LongName")),
            description=text(row.get("Description")),
            object_type=text(row.get("ObjectType")),
            predefined_type=text(row.get("PredefinedType")) or text(row.get("InteriorOrExteriorSpace")),
            composition_type=text(row.get("CompositionType")),
            elevation=elevation,
            elevation_m=elevation * length.si_factor if elevation is not None and length and length.si_factor else None,
            latitude=decimal_degrees(row.get("RefLatitude")),
            longitude=decimal_degrees(row.get("RefLongitude")),
            address=self._address(row),
            parent_global_id=text(self.relations.objects.get(parent.id(), {}).get("GlobalId")) if parent else None,
            storey=text(storey.get("Name")) if storey else None,
            phase=text(row.get("Phase")),
            element_count=len(self.relations.contained.get(number_, [])),
        )

    def _address(self, row: Row) -> list[str]:
        entity = reference(row.get("BuildingAddress")) or reference(row.get("SiteAddress"))
        if entity is None:
            return []
        address = self.model.row(entity)
        values = (
            v
            for key in _ADDRESS
            for v in (address[key] if isinstance(address.get(key), tuple) else (address.get(key),))
        )
        return [line for line in map(text, values) if line]


def _shown(rows: list[Row]) -> str:
    names = ", ".join(f"{row['type']} #{row['id']}" for row in rows[:MAX_SHOWN])
    return names if len(rows) <= MAX_SHOWN else f"{names} and {len(rows) - MAX_SHOWN} more places"
