"""The value of one property, whatever its kind, as JSON (`results.ifc` tells the shapes).

What belongs here: IfcProperty and its subtypes. What does not: sets of them, and whose they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from pybase_pipelines.extractors.ifc.model import Model, Row, is_entity, reference, references, text
from pybase_pipelines.extractors.ifc.units import Units

MAX_DEPTH = 16
_DESCRIBING = ("Name", "Identification", "Id", "FamilyName", "GivenName", "Description", "Location", "Label")


class PropertyValue(NamedTuple):
    """A property as read: `measures` are the types of its values (IfcLengthMeasure), `has_unit` its own unit."""

    name: str
    kind: str
    value: Any
    measures: tuple[str, ...] = ()
    has_unit: bool = False


@dataclass(frozen=True, slots=True)
class PropertyReader:
    """Reads properties; needs the units for those that have their own."""

    model: Model
    units: Units

    def read(self, entity: Any, depth: int = 0) -> PropertyValue:
        row = self.model.read(entity, False, True)
        name = text(row.get("Name")) or ""
        if row["type"] == "IfcPropertySingleValue":
            return self._read_single(name, row)
        kind = row["type"].removeprefix("IfcProperty").removesuffix("Value").lower()
        if kind in ("enumerated", "list"):
            return self._read_many(name, kind, row)
        if kind == "bounded":
            return self._read_bounded(name, row)
        if kind == "table":
            return self._read_table(name, row)
        if kind == "reference":
            return self._read_reference(name, row)
        return self._read_complex(name, row, depth)

    def _read_single(self, name: str, row: Row) -> PropertyValue:
        value, measures = _typed(row.get("NominalValue"))
        own_unit = row.get("Unit")
        if own_unit is None or (unit := self.units.name_of(own_unit)) is None:
            return PropertyValue(name, "single", value, measures)
        return PropertyValue(name, "single", {"value": value, "unit": unit}, measures, True)

    def _read_many(self, name: str, kind: str, row: Row) -> PropertyValue:
        found = row.get("EnumerationValues" if kind == "enumerated" else "ListValues") or ()
        values: Any = [plain_value(v) for v in found] if isinstance(found, tuple) else [plain_value(found)]
        owner = reference(row.get("EnumerationReference"))
        unit = self.units.name_of(self.model.row(owner).get("Unit") if owner is not None else row.get("Unit"))
        if unit is not None:
            values = {"kind": kind, "value": values, "unit": unit}
        return PropertyValue(name, kind, values, measures_of(found), unit is not None)

    def _read_bounded(self, name: str, row: Row) -> PropertyValue:
        lower, upper, point = (row.get(k) for k in ("LowerBoundValue", "UpperBoundValue", "SetPointValue"))
        measures = measures_of(tuple(v for v in (lower, upper, point) if v is not None))
        unit = self.units.name_of(row.get("Unit"))
        value = {
            "kind": "bounded",
            "value": plain_value(point),
            "lower": plain_value(lower),
            "upper": plain_value(upper),
            "unit": unit or self._unit_of(measures),
        }
        return PropertyValue(name, "bounded", value, measures, unit is not None)

    def _read_table(self, name: str, row: Row) -> PropertyValue:
        defining, defined = (_listed(row.get(k)) for k in ("DefiningValues", "DefinedValues"))
        length = max(len(defining), len(defined))
        rows = [[values[i] if i < len(values) else None for values in (defining, defined)] for i in range(length)]
        measures = (measures_of(row.get("DefiningValues")), measures_of(row.get("DefinedValues")))
        units = [
            self.units.name_of(row.get(key)) or self._unit_of(found)
            for key, found in zip(("DefiningUnit", "DefinedUnit"), measures, strict=True)
        ]
        value = {
            "kind": "table",
            "rows": rows,
            "defining_unit": units[0],
            "defined_unit": units[1],
            "expression": text(row.get("Expression")),
            "interpolation": text(row.get("CurveInterpolation")),
        }
        return PropertyValue(name, "table", value, tuple(dict.fromkeys((*measures[0], *measures[1]))), True)

    def _read_reference(self, name: str, row: Row) -> PropertyValue:
        entity = reference(row.get("PropertyReference"))
        target = self.model.row(entity) if entity is not None else {}
        words = (text(target.get(key)) for key in _DESCRIBING)
        value = {
            "kind": "reference",
            "usage_name": text(row.get("UsageName")),
            "type": target.get("type"),
            "value": next((w for w in words if w), None),
        }
        return PropertyValue(name, "reference", value)

    def _read_complex(self, name: str, row: Row, depth: int) -> PropertyValue:
        inner = references(row.get("HasProperties")) if depth < MAX_DEPTH else []
        properties = [self.read(entity, depth + 1) for entity in inner if entity.id() != row["id"]]
        value = {
            "kind": "complex",
            "usage_name": text(row.get("UsageName")),
            "properties": {p.name: p.value for p in properties},
        }
        return PropertyValue(name, "complex", value)

    def _unit_of(self, measures: tuple[str, ...]) -> str | None:
        unit = self.units.for_measure(measures[0]) if measures else None
        return unit.name if unit else None


def _typed(value: Any) -> tuple[Any, tuple[str, ...]]:
    """A value and its type at once: by far the most common case, so it takes the shortest way."""
    if not is_entity(value) or value.id():
        return plain_value(value), ()
    return plain_value(value.get_argument(0)), (value.is_a(),)


def plain_value(value: Any) -> Any:
    """A value without its type: a string, a number, a truth value, or a list. IfcLogical's third value is "UNKNOWN"."""
    if isinstance(value, str):
        return text(value) or ""
    if is_entity(value):
        return f"#{value.id()}" if value.id() else plain_value(value.get_argument(0))
    if isinstance(value, tuple):
        return [plain_value(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def measures_of(value: Any) -> tuple[str, ...]:
    if not isinstance(value, tuple):
        return (value.is_a(),) if is_entity(value) and not value.id() else ()
    return tuple(dict.fromkeys(v.is_a() for v in value if is_entity(v) and not v.id()))


def _listed(value: Any) -> list[Any]:
    plain = plain_value(value)
    return plain if isinstance(plain, list) else [] if plain is None else [plain]
