"""Who belongs to whom: every relation of the model, read once, by the number of the object it is about.

What belongs here: the joins. What does not: reading what is joined.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, is_entity, reference, references

MAX_DEPTH = 256
Joined = dict[int, list[Any]]


@dataclass(slots=True)
class Relations:
    """For each object's number: what it is joined to, in the order of the relations' numbers."""

    objects: dict[int, Row] = field(default_factory=dict)
    property_sets: Joined = field(default_factory=dict)
    patterns: Joined = field(default_factory=dict)
    types: Joined = field(default_factory=dict)
    materials: Joined = field(default_factory=dict)
    classifications: Joined = field(default_factory=dict)
    documents: Joined = field(default_factory=dict)
    libraries: Joined = field(default_factory=dict)
    groups: Joined = field(default_factory=dict)
    served: Joined = field(default_factory=dict)
    containers: Joined = field(default_factory=dict)
    contained: Joined = field(default_factory=dict)
    wholes: Joined = field(default_factory=dict)
    parts: Joined = field(default_factory=dict)
    hosts: Joined = field(default_factory=dict)
    openings: Joined = field(default_factory=dict)
    filled: Joined = field(default_factory=dict)
    fillings: Joined = field(default_factory=dict)
    ports: Joined = field(default_factory=dict)
    port_owners: Joined = field(default_factory=dict)
    connections: Joined = field(default_factory=dict)

    _places: dict[int, tuple[Any | None, Row | None]] = field(default_factory=dict)

    def place_of(self, number: int) -> tuple[Any | None, Row | None]:
        """The place that an object stands in and the storey of that: its own, its whole's, its host's.

        What fills an opening is where the wall of the opening is, unless it says better.
        """
        if (known := self._places.get(number)) is None:
            known = self._places[number] = self._find_place(number)
        return known

    def _find_place(self, number: int) -> tuple[Any | None, Row | None]:
        steps = (self.containers, self.wholes, self.hosts, self.filled, self.port_owners)
        container = None
        seen = {number}
        for _ in range(MAX_DEPTH):
            joined = next((step for step in steps if number in step), None)
            if joined is None:
                break
            found = joined[number][0]
            container = found if container is None and joined is self.containers else container
            number = found.id()
            row = self.objects.get(number)
            if row is not None and row["type"] == "IfcBuildingStorey":
                return container, row
            if number in seen:
                break
            seen.add(number)
        return container, None


def built_elements(model: Model) -> set[int]:
    """The numbers of the elements that are built or delivered: no openings, no virtual ones, no ports."""
    return model.numbers("IfcElement").difference(
        *(model.numbers(name) for name in ("IfcFeatureElement", "IfcVirtualElement", "IfcPort"))
    )


def read_relations(model: Model) -> Relations:
    """Read all objects and every relation between them."""
    relations = Relations(objects={row["id"]: row for row in model.rows("IfcObjectDefinition")})
    for attribute, name, many, one in (
        ("patterns", "IfcRelDefinesByObject", "RelatedObjects", "RelatingObject"),
        ("types", "IfcRelDefinesByType", "RelatedObjects", "RelatingType"),
        ("materials", "IfcRelAssociatesMaterial", "RelatedObjects", "RelatingMaterial"),
        ("classifications", "IfcRelAssociatesClassification", "RelatedObjects", "RelatingClassification"),
        ("documents", "IfcRelAssociatesDocument", "RelatedObjects", "RelatingDocument"),
        ("libraries", "IfcRelAssociatesLibrary", "RelatedObjects", "RelatingLibrary"),
        ("groups", "IfcRelAssignsToGroup", "RelatedObjects", "RelatingGroup"),
        ("served", "IfcRelServicesBuildings", "RelatingSystem", "RelatedBuildings"),
        ("containers", "IfcRelContainedInSpatialStructure", "RelatedElements", "RelatingStructure"),
        ("contained", "IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
        ("hosts", "IfcRelVoidsElement", "RelatedOpeningElement", "RelatingBuildingElement"),
        ("openings", "IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
        ("filled", "IfcRelFillsElement", "RelatedBuildingElement", "RelatingOpeningElement"),
        ("fillings", "IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"),
        ("ports", "IfcRelConnectsPortToElement", "RelatedElement", "RelatingPort"),
        ("port_owners", "IfcRelConnectsPortToElement", "RelatingPort", "RelatedElement"),
    ):
        setattr(relations, attribute, _join(model, name, many, one))
    wholes, parts = defaultdict(list), defaultdict(list)
    for name in ("IfcRelAggregates", "IfcRelNests"):
        _extend(wholes, _join(model, name, "RelatedObjects", "RelatingObject"))
        _extend(parts, _join(model, name, "RelatingObject", "RelatedObjects"))
    relations.wholes, relations.parts = dict(wholes), dict(parts)
    _extend(relations.hosts, _join(model, "IfcRelProjectsElement", "RelatedFeatureElement", "RelatingElement"))
    relations.property_sets = _read_definitions(model)
    _read_connections(model, relations)
    return relations


def _join(model: Model, name: str, many: str, one: str) -> Joined:
    joined: Joined = defaultdict(list)
    for row in model.rows(name):
        found = references(row.get(one))
        for entity in references(row.get(many)) if found else ():
            joined[entity.id()].extend(found)
    return dict(joined)


def _extend(joined: Joined, more: Joined) -> None:
    for number, found in more.items():
        joined.setdefault(number, []).extend(found)


def _read_definitions(model: Model) -> Joined:
    joined: Joined = defaultdict(list)
    for row in model.rows("IfcRelDefinesByProperties"):
        definition: Any = row.get("RelatingPropertyDefinition")
        # IFC4 allows a set of definitions here: a typed value without a number, around a list.
        is_set = is_entity(definition) and definition.id() == 0
        found = references(definition.get_argument(0) if is_set else definition)
        for entity in references(row.get("RelatedObjects")):
            joined[entity.id()].extend(found)
    return dict(joined)


def _read_connections(model: Model, relations: Relations) -> None:
    """Elements connected directly, or through their ports (which in IFC4 are nested in their element)."""
    for number, row in relations.objects.items():
        if row["type"] == "IfcDistributionPort" and number in relations.wholes:
            relations.port_owners.setdefault(number, relations.wholes[number])
            relations.ports.setdefault(relations.wholes[number][0].id(), []).append(model.file.by_id(number))
    connections: Joined = defaultdict(list)
    for row in model.rows("IfcRelConnectsElements"):
        _connect(connections, reference(row.get("RelatingElement")), reference(row.get("RelatedElement")))
    for row in model.rows("IfcRelConnectsPorts"):
        ends = [reference(row.get(name)) for name in ("RelatingPort", "RelatedPort")]
        owners = [(relations.port_owners.get(end.id()) or [None])[0] if end is not None else None for end in ends]
        _connect(connections, owners[0], owners[1])
    relations.connections = dict(connections)


def _connect(connections: Joined, one: Any | None, other: Any | None) -> None:
    if one is not None and other is not None and one.id() != other.id():
        connections[one.id()].append(other)
        connections[other.id()].append(one)
