"""Property sets and quantity sets: read once each, then handed to whoever has them.

What belongs here: sets of every kind (also the predefined ones, as IfcDoorLiningProperties), and the catalogue of
what properties the model uses. What does not: the values (`property_values`, `quantities`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, is_entity, references, text
from pybase_pipelines.extractors.ifc.property_values import (
    PropertyReader,
    PropertyValue,
    measures_of,
    plain_value,
)
from pybase_pipelines.extractors.ifc.quantities import QuantityReader
from pybase_pipelines.extractors.ifc.units import Units
from pybase_pipelines.results.ifc import IfcPropertyDefinition

Sets = dict[str, dict[str, Any]]
_ROOT = {"GlobalId", "OwnerHistory", "Name", "Description", "id", "type"}


@dataclass(frozen=True, slots=True)
class ReadSet:
    """One set: its values by name, and whether they are quantities."""

    name: str
    values: dict[str, Any]
    is_quantities: bool


@dataclass(slots=True)
class PropertySets:
    """Every set of the model, read when first asked for. `repeated` counts names that stand twice in one set,
    `empty` sets without a property.
    """

    model: Model
    units: Units
    repeated: int = 0
    empty: int = 0
    _uses: Counter[tuple[str, str, str, tuple[str, ...], bool]] = field(default_factory=Counter)
    _sets: dict[int, ReadSet] = field(default_factory=dict)
    _properties: dict[int, PropertyValue] = field(default_factory=dict)

    def of(self, entities: Iterable[Any]) -> tuple[Sets, Sets]:
        """The property sets and the quantity sets among `entities`; sets of one name are joined."""
        properties: Sets = {}
        quantities: Sets = {}
        for entity in entities:
            found = self._read(entity)
            target = quantities if found.is_quantities else properties
            known = target.get(found.name)
            target[found.name] = found.values if known is None else _join(known, found.values)
        return properties, quantities

    def of_material(self, rows: Iterable[Row]) -> Sets:
        """The property sets of a material: IfcMaterialProperties, and those of IFC2X3."""
        sets: Sets = {}
        for row in rows:
            name = text(row.get("Name")) or row["type"]
            listed = row.get("Properties") or row.get("ExtendedProperties")
            fixed = {
                k: plain_value(v) for k, v in row.items() if k not in _ROOT and not references(v) and v is not None
            }
            sets[name] = {p.name: p.value for p in self._read_properties(listed)} or fixed
        return sets

    def catalogue(self) -> list[IfcPropertyDefinition]:
        """Every property that was read, by set and name."""
        definitions: dict[tuple[str, str], IfcPropertyDefinition] = {}
        for (set_name, name, kind, measures, has_unit), uses in self._uses.items():
            key = (set_name, name)
            if (known := definitions.get(key)) is None:
                known = definitions[key] = IfcPropertyDefinition(set=set_name, name=name, kind=kind)
            known.count += uses
            for measure in measures:
                if measure not in known.value_types:
                    known.value_types.append(measure)
                    unit = None if has_unit else self.units.for_measure(measure)
                    known.unit = known.unit or (unit.name if unit else None)
        return [definitions[key] for key in sorted(definitions)]

    def _read(self, entity: Any) -> ReadSet:
        if (found := self._sets.get(entity.id())) is None:
            found = self._sets[entity.id()] = self._read_set(self.model.read(entity, False, True))
        return found

    def _read_set(self, row: Row) -> ReadSet:
        name, kind = text(row.get("Name")) or "", row["type"]
        if kind == "IfcElementQuantity":
            reader = QuantityReader(self.model, self.units)
            return ReadSet(name, dict(reader.read(q) for q in references(row.get("Quantities"))), True)
        if kind == "IfcPropertySet":
            values = self._collect(name, self._read_properties(row.get("HasProperties")))
            self.empty += not values
            return ReadSet(name, values, False)
        # A predefined set has its values as attributes; its name is free text, so its class names the set.
        values = {k: plain_value(v) for k, v in row.items() if k not in _ROOT and v is not None}
        for key, value in values.items():
            self._note(kind, PropertyValue(key, "predefined", value, measures_of(row[key])))
        return ReadSet(kind, values, False)

    def _read_properties(self, listed: Any) -> list[PropertyValue]:
        known, read, found = self._properties, PropertyReader(self.model, self.units).read, []
        for entity in listed if isinstance(listed, tuple) else references(listed):
            number = entity.id() if is_entity(entity) else 0
            if number and number not in known:
                known[number] = read(entity)
            if number:
                found.append(known[number])
        return found

    def _collect(self, set_name: str, properties: list[PropertyValue]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for prop in properties:
            self._note(set_name, prop)
            if prop.name not in values:
                values[prop.name] = prop.value
            elif values[prop.name] != prop.value:
                self.repeated += 1
                values[_free_name(prop.name, values)] = prop.value
        return values

    def _note(self, set_name: str, prop: PropertyValue) -> None:
        self._uses[set_name, prop.name, prop.kind, prop.measures, prop.has_unit] += 1


def _join(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both sets in one; where they disagree (two cut-outs of a beam), taken names of the second get a number."""
    if all(first.get(name, value) == value for name, value in second.items()):
        return {**first, **second}
    joined = dict(first)
    for name, value in second.items():
        joined[_free_name(name, joined) if name in joined else name] = value
    return joined


def _free_name(name: str, values: dict[str, Any]) -> str:
    return next(found for n in count(2) if (found := f"{name} ({n})") not in values)
