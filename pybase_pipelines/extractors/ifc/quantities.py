"""Quantities: as authored, in the project's unit or their own, with the SI value beside.

What belongs here: IfcPhysicalQuantity and its subtypes. What does not: sets of them, and quantities measured on shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, number, reference, references, text
from pybase_pipelines.extractors.ifc.units import Units
from pybase_pipelines.results.ifc import IfcUnit

MAX_DEPTH = 16
_UNIT_TYPES = {
    "length": "LENGTHUNIT", "area": "AREAUNIT", "volume": "VOLUMEUNIT", "weight": "MASSUNIT", "time": "TIMEUNIT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuantityReader:
    """Reads quantities; needs the project's units."""

    model: Model
    units: Units

    def read(self, entity: Any, depth: int = 0) -> tuple[str, dict[str, Any]]:
        """The name of a quantity, and {kind, value, unit, si_value, si_unit} or {kind: complex, quantities}."""
        row = self.model.read(entity, False, True)
        name = text(row.get("Name")) or ""
        if row["type"] == "IfcPhysicalComplexQuantity":
            return name, self._read_complex(row, depth)
        kind = row["type"].removeprefix("IfcQuantity").lower()
        value = number(row.get(f"{kind.capitalize()}Value"))
        unit = self._unit(kind, row)
        quantity: dict[str, Any] = {"kind": kind, "value": value, "unit": unit.name if unit else None}
        if unit and unit.si_factor is not None and value is not None:
            quantity |= {"si_value": value * unit.si_factor, "si_unit": unit.si_unit}
        if formula := text(row.get("Formula")):
            quantity["formula"] = formula
        return name, quantity

    def _unit(self, kind: str, row: Row) -> IfcUnit | None:
        own = reference(row.get("Unit"))
        return self.units.read(own) if own is not None else self.units.project.get(_UNIT_TYPES.get(kind, ""))

    def _read_complex(self, row: Row, depth: int) -> dict[str, Any]:
        inner = references(row.get("HasQuantities")) if depth < MAX_DEPTH else []
        return {
            "kind": "complex",
            "discrimination": text(row.get("Discrimination")),
            "quality": text(row.get("Quality")),
            "usage": text(row.get("Usage")),
            "quantities": dict(self.read(entity, depth + 1) for entity in inner if entity.id() != row["id"]),
        }
