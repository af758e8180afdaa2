"""What objects refer to outside the model: classifications, documents, libraries.

What belongs here: these references, and the classifications that the model uses. What does not: relations inside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, reference, text
from pybase_pipelines.results.ifc import IfcClassificationSystem, IfcReference

MAX_DEPTH = 64
_SOURCES = ("ReferencedSource", "ReferencedDocument", "ReferencedLibrary")


@dataclass(slots=True)
class References:
    """Reads references; each is read once."""

    model: Model
    _known: dict[int, IfcReference] = field(default_factory=dict)

    def of(self, entities: Iterable[Any]) -> list[IfcReference]:
        return [self._read(entity) for entity in entities]

    def classification_systems(self) -> list[IfcClassificationSystem]:
        counts: dict[int, int] = {}
        for row in self.model.rows("IfcClassificationReference"):
            if (source := self._source(row)) is not None:
                counts[source["id"]] = counts.get(source["id"], 0) + 1
        return [
            IfcClassificationSystem(
                entity_id=row["id"],
                name=text(row.get("Name")),
                source=text(row.get("Source")),
                edition=text(row.get("Edition")),
                location=text(row.get("Location")) or text(row.get("Specification")),
                reference_count=counts.get(row["id"], 0),
            )
            for row in self.model.rows("IfcClassification")
        ]

    def _read(self, entity: Any) -> IfcReference:
        if (known := self._known.get(entity.id())) is None:
            known = self._known[entity.id()] = self._describe(self.model.row(entity))
        return known

    def _describe(self, row: Row) -> IfcReference:
        source = self._source(row) or {}
        identification = (text(row.get(k)) for k in ("Identification", "ItemReference", "DocumentId"))
        location = (text(row.get(k)) for k in ("Location", "Specification"))
        is_system = row["type"] == "IfcClassification"
        return IfcReference(
            kind=row["type"],
            system=text(row.get("Name")) if is_system else text(source.get("Name")),
            identification=next((v for v in identification if v), None),
            name=text(row.get("Name")),
            location=next((v for v in location if v), None),
            edition=text(row.get("Edition")) or text(source.get("Edition")) or text(row.get("Revision")),
        )

    def _source(self, row: Row) -> Row | None:
        """What the reference is to, through references to references."""
        found = None
        for _ in range(MAX_DEPTH):
            entity = next((e for e in (reference(row.get(key)) for key in _SOURCES) if e is not None), None)
            if entity is None:
                return found
            row = found = self.model.row(entity)
        return found
