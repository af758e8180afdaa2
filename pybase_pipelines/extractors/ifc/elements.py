"""Elements and types: each object of the model with all that is joined to it.

What belongs here: putting together what the other modules read. What does not: reading values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.ifc.materials import Materials
from pybase_pipelines.extractors.ifc.model import Model, Row, reference, references, text
from pybase_pipelines.extractors.ifc.property_sets import PropertySets, Sets
from pybase_pipelines.extractors.ifc.references import References
from pybase_pipelines.extractors.ifc.relations import Relations
from pybase_pipelines.results.ifc import IfcElement, IfcMaterialUse, IfcReference, IfcType

_UNSET = (None, "NOTDEFINED")


@dataclass(slots=True)
class Elements:
    """Describes the objects of one model. `sets` and `materials` are None where they are not wanted."""

    model: Model
    relations: Relations
    references: References
    sets: PropertySets | None
    materials: Materials | None
    with_properties: bool = True
    with_quantities: bool = True
    _types: dict[int, IfcType] = field(default_factory=dict)
    _systems: set[int] = field(default_factory=set)

    def read_types(self) -> list[IfcType]:
        counts = Counter(found[0].id() for found in self.relations.types.values())
        self._systems = self.model.numbers("IfcSystem")
        for entity in self.model.entities("IfcTypeObject"):
            row = self.relations.objects[entity.id()]
            self._types[entity.id()] = self._describe_type(row, counts[entity.id()])
        return list(self._types.values())

    def occurrences(self) -> Iterator[Row]:
        """The rows of all objects that are no types."""
        types = self.model.numbers("IfcTypeObject")
        return (row for number, row in self.relations.objects.items() if number not in types)

    def describe(self, row: Row) -> IfcElement:
        number, joined = row["id"], self.relations
        type_ = self._type_of(number)
        properties, quantities = self._own_sets(number)
        container, storey = joined.place_of(number)
        place = joined.objects.get(container.id(), {}) if container is not None else {}
        own_type = text(row.get("PredefinedType"))
        groups = joined.groups.get(number, [])
        owner = reference(row.get("OwnerHistory"))
        return IfcElement(
            entity_id=number,
            global_id=text(row.get("GlobalId")),
            ifc_class=row["type"],
            name=text(row.get("Name")),
            description=text(row.get("Description")),
            object_type=text(row.get("ObjectType")),
            predefined_type=(type_.predefined_type if type_ and own_type in _UNSET else None) or own_type,
            tag=text(row.get("Tag")),
            long_name=text(row.get("LongName")),
            type_name=type_.name if type_ else None,
            type_global_id=type_.global_id if type_ else None,
            storey=text(storey.get("Name")) if storey else None,
            container_global_id=text(place.get("GlobalId")),
            container_name=text(place.get("Name")),
            parent_global_id=self._global_id(joined.wholes.get(number)),
            host_global_id=self._global_id(joined.hosts.get(number)),
            fills_global_id=self._global_id(joined.filled.get(number)),
            properties=properties,
            type_properties=type_.properties if type_ else {},
            quantities=quantities,
            materials=self._materials_of(number, type_),
            classifications=self._referred(joined.classifications, number, type_.classifications if type_ else []),
            documents=self._referred(joined.documents, number, type_.documents if type_ else [])
            + self.references.of(joined.libraries.get(number, [])),
            systems=[self._label(group) for group in groups if group.id() in self._systems],
            groups=[self._label(group) for group in groups if group.id() not in self._systems],
            connected_to=self._connected(number),
            opening_count=len(joined.openings.get(number, [])),
            filling_count=len(joined.fillings.get(number, [])),
            part_count=sum(not part.is_a("IfcPort") for part in joined.parts.get(number, [])),
            port_count=len(joined.ports.get(number, [])),
            owner=owner.id() if owner is not None else None,
        )

    def _describe_type(self, row: Row, instance_count: int) -> IfcType:
        number = row["id"]
        properties, quantities = self._sets_of(
            [*references(row.get("HasPropertySets")), *self.relations.property_sets.get(number, [])]
        )
        return IfcType(
            entity_id=number,
            global_id=text(row.get("GlobalId")),
            ifc_class=row["type"],
            name=text(row.get("Name")),
            description=text(row.get("Description")),
            predefined_type=text(row.get("PredefinedType")) or text(row.get("OperationType")),
            element_type=text(row.get("ElementType")) or text(row.get("ProcessType")),
            tag=text(row.get("Tag")),
            applicable_occurrence=text(row.get("ApplicableOccurrence")),
            properties=properties,
            quantities=quantities,
            materials=self.materials.of(self.relations.materials.get(number, [])) if self.materials else [],
            classifications=self.references.of(self.relations.classifications.get(number, [])),
            documents=self.references.of(self.relations.documents.get(number, [])),
            instance_count=instance_count,
        )

    def _type_of(self, number: int) -> IfcType | None:
        found = self.relations.types.get(number)
        return self._types.get(found[0].id()) if found else None

    def _own_sets(self, number: int) -> tuple[Sets, Sets]:
        """The object's sets; one that repeats another object (IfcRelDefinesByObject) has that one's too."""
        found = list(self.relations.property_sets.get(number, []))
        for pattern in self.relations.patterns.get(number, []):
            found.extend(self.relations.property_sets.get(pattern.id(), []))
        return self._sets_of(found)

    def _sets_of(self, entities: list[Any]) -> tuple[Sets, Sets]:
        if self.sets is None or not entities:
            return {}, {}
        properties, quantities = self.sets.of(entities)
        return properties if self.with_properties else {}, quantities if self.with_quantities else {}

    def _materials_of(self, number: int, type_: IfcType | None) -> list[IfcMaterialUse]:
        if self.materials is None:
            return []
        own = self.materials.of(self.relations.materials.get(number, []))
        if own or type_ is None:
            return own
        return [use.model_copy(update={"from_type": True}) for use in type_.materials]

    def _referred(self, joined: dict[int, list[Any]], number: int, of_type: list[IfcReference]) -> list[IfcReference]:
        own = self.references.of(joined.get(number, []))
        return own + [found.model_copy(update={"from_type": True}) for found in of_type if found not in own]

    def _connected(self, number: int) -> list[str]:
        found = (self._global_id([entity]) for entity in self.relations.connections.get(number, []))
        return list(dict.fromkeys(v for v in found if v))

    def _global_id(self, entities: list[Any] | None) -> str | None:
        return text(self.relations.objects.get(entities[0].id(), {}).get("GlobalId")) if entities else None

    def _label(self, entity: Any) -> str:
        row = self.relations.objects.get(entity.id(), {})
        return text(row.get("Name")) or text(row.get("GlobalId")) or f"#{entity.id()}"
