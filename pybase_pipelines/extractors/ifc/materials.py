"""Materials: each one, and which of them an element is made of, in what order and how thick.

What belongs here: materials, lists, layers, profiles and constituents. What does not: their look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, number, reference, references, text
from pybase_pipelines.results.ifc import IfcMaterialUse

MAX_DEPTH = 8
_INNER = (
    "ForLayerSet", "ForProfileSet", "MaterialLayers", "MaterialProfiles", "MaterialConstituents", "Materials",
)  # fmt: skip


@dataclass(slots=True)
class Materials:
    """Reads what an element is made of; what many elements share is read once."""

    model: Model
    _known: dict[int, list[IfcMaterialUse]] = field(default_factory=dict)

    def of(self, entities: Iterable[Any]) -> list[IfcMaterialUse]:
        """The materials of the associations, in order."""
        return [use for entity in entities for use in self._read(entity)]

    def _read(self, entity: Any) -> list[IfcMaterialUse]:
        if (known := self._known.get(entity.id())) is None:
            known = self._known[entity.id()] = list(self._walk(entity, 0))
        return known

    def _walk(self, entity: Any, depth: int) -> Iterator[IfcMaterialUse]:
        row = self.model.row(entity)
        kind = row["type"]
        if kind == "IfcMaterial":
            yield IfcMaterialUse(name=material_name(row), material_id=row["id"], kind="material")
            return
        inner = next((row[key] for key in _INNER if row.get(key)), None)
        if inner is None:
            yield self._read_part(row)
            return
        for part in references(inner) if depth < MAX_DEPTH else []:
            for use in self._walk(part, depth + 1):
                is_listed = kind == "IfcMaterialList"
                yield use.model_copy(update={"kind": "list"}) if is_listed else use

    def _read_part(self, row: Row) -> IfcMaterialUse:
        """A layer, a profile or a constituent; its material may be left out (an air gap)."""
        material = reference(row.get("Material"))
        found = self.model.row(material) if material is not None else {}
        profile = reference(row.get("Profile"))
        ventilated = row.get("IsVentilated")
        return IfcMaterialUse(
            name=material_name(found),
            material_id=found.get("id"),
            kind=row["type"].removeprefix("IfcMaterial").lower(),
            thickness=number(row.get("LayerThickness")),
            layer_name=text(row.get("Name")),
            profile=text(self.model.row(profile).get("ProfileName")) if profile is not None else None,
            fraction=number(row.get("Fraction")),
            category=text(row.get("Category")),
            is_ventilated=ventilated if isinstance(ventilated, bool) else None,
        )


def material_name(row: Row) -> str | None:
    """The name as authored, blanks included: " <Unnamed>" is a name."""
    return text(row.get("Name"))
