"""What the file says about its parts in properties: user-defined attributes, materials, validation properties.

What belongs here: PROPERTY_DEFINITIONs and what their representations hold. What does not: PMI, colours and layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.part21 import Instance, Part21, Typed, Value, plain_number
from pybase_pipelines.extractors.step.placements import read_point
from pybase_pipelines.extractors.step.products import Owner, Products, representation_items
from pybase_pipelines.extractors.step.units import UnitReader, rounded
from pybase_pipelines.results.step import Material, NamedProperty, Point, ValidationProperty

_KINDS = {
    "volume measure": "volume",
    "surface area measure": "surface_area",
    "wetted area measure": "surface_area",
    "centre point": "centroid",
    "center point": "centroid",
    "independent surface area measure": "independent_surface_area",
    "independent surface centre point": "independent_surface_centroid",
    "surface centre point": "surface_centroid",
    "curve length measure": "curve_length",
    "independent curve length measure": "independent_curve_length",
    "curve centre point": "curve_centroid",
    "independent curve centre point": "independent_curve_centroid",
}
_MATERIAL_WORDS = ("material property", "material name", "density")
_TEXT_ITEMS = ("DESCRIPTIVE_REPRESENTATION_ITEM",)
_PLAIN_ITEMS = (
    "INTEGER_REPRESENTATION_ITEM", "REAL_REPRESENTATION_ITEM", "BOOLEAN_REPRESENTATION_ITEM",
    "LOGICAL_REPRESENTATION_ITEM", "VALUE_REPRESENTATION_ITEM", "DATE_REPRESENTATION_ITEM",
    "DATE_TIME_REPRESENTATION_ITEM",
)  # fmt: skip
_GENERIC_NAMES = {"", "user defined attribute", "user defined attributes", "user attribute"}
_MAX_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Described:
    """One property: its definition, whom it belongs to, and an item that holds a value, with its context."""

    definition: Instance
    owner: Owner
    name: str
    description: str | None
    general_name: str | None
    items: tuple[Instance, ...]
    context: Value


@dataclass(slots=True)
class PropertiesFound:
    """All that properties tell. `materials_of` and `attributes_of` are by product."""

    attributes_of: dict[int, dict[str, str | float | bool]] = field(default_factory=dict)
    others: list[NamedProperty] = field(default_factory=list)
    materials_of: dict[int, Material] = field(default_factory=dict)
    validation: list[ValidationProperty] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_properties(file: Part21, products: Products, units: UnitReader) -> PropertiesFound:
    """Read every property definition once and sort it by what it is."""
    found = PropertiesFound()
    for described in _described(file, products):
        name = described.name.strip().lower()
        if name.startswith("geometric validation") or name == "geometric_validation_property":
            found.validation.extend(_validation(file, products, units, described))
        elif name in _MATERIAL_WORDS:
            _add_material(units, described, found)
            if described.general_name:  # the user sees it as an attribute as well
                _add_attribute(file, products, units, described, found)
        elif "validation property" not in name:
            _add_attribute(file, products, units, described, found)
    _add_designations(file, products, found)
    return found


def _described(file: Part21, products: Products) -> Iterator[Described]:
    general = {}
    for link in file.of("GENERAL_PROPERTY_ASSOCIATION"):
        record = link.record("GENERAL_PROPERTY_ASSOCIATION")
        target = file.get(record.at(2))
        if target is not None:
            general[record.reference(3)] = target.record("GENERAL_PROPERTY").text(1)
    for link in file.of("PROPERTY_DEFINITION_REPRESENTATION"):
        record = link.record("PROPERTY_DEFINITION_REPRESENTATION")
        definition = file.get(record.at(0))
        values = definition.record("PROPERTY_DEFINITION") if definition else None
        if definition is None or not values:
            continue
        items, context = representation_items(file.get(record.at(1)))
        yield Described(
            definition=definition,
            owner=products.owner(values.at(2)),
            name=values.text(0) or "",
            description=values.text(1) or None,
            general_name=general.get(definition.id),
            items=tuple(i for i in map(file.get, items) if i is not None),
            context=context,
        )


def _item_name(item: Instance) -> str:
    record = item.record("REPRESENTATION_ITEM") or next(iter(item.records.values()))
    return record.text(0) or ""


def _validation(
    file: Part21, products: Products, units: UnitReader, described: Described
) -> Iterator[ValidationProperty]:
    for item in described.items:
        kind = _KINDS.get(_item_name(item).strip().lower())
        stored: float | Point | None
        if "CARTESIAN_POINT" in item.records:
            factor = units.factor(described.context)
            point = read_point(file, item.reference, factor)
            stored = (rounded(point[0]) or 0.0, rounded(point[1]) or 0.0, rounded(point[2]) or 0.0) if point else None
        else:
            measure = units.measure(item.reference, described.context)
            stored = measure.value if measure else None
        if kind is None or stored is None:
            continue
        owner = described.owner
        usage = file.get(owner.usage) if owner.usage is not None else None
        yield ValidationProperty(
            part=products.products[owner.product].name if owner.product is not None else None,
            kind=kind,
            stored=stored,
            scope=owner.scope,
            where=_usage_name(usage) if usage else owner.name,
            description=described.description,
            entity=f"#{described.definition.id}",
        )


def _usage_name(usage: Instance) -> str | None:
    record = next(iter(usage.records.values()))
    return f"#{usage.id} {record.text(0) or record.text(1) or ''}".strip()


def _add_material(units: UnitReader, described: Described, found: PropertiesFound) -> None:
    if described.owner.product is None:
        return
    material = found.materials_of.setdefault(described.owner.product, Material(name=""))
    for item in described.items:
        if (text := item.record("DESCRIPTIVE_REPRESENTATION_ITEM")) and not material.name:
            material.name, material.description = text.text(0) or text.text(1) or "", text.text(1) or None
            if material.description == material.name and not text.text(0):
                material.description = None
            continue
        measure = units.measure(item.reference, described.context)
        if measure is None:
            continue
        material.density = measure.raw
        material.density_unit = measure.unit.name if measure.unit else None
        if measure.unit and measure.unit.factor and dict(measure.unit.powers) == {"length": -3, "mass": 1}:
            material.density_kg_m3 = rounded(measure.raw * measure.unit.factor * 1e9)


def _add_designations(file: Part21, products: Products, found: PropertiesFound) -> None:
    for instance in file.of("MATERIAL_DESIGNATION"):
        record = instance.record("MATERIAL_DESIGNATION")
        for target in record.items(1):
            owner = products.owner(target)
            if owner.product is not None and record.text(0):
                material = found.materials_of.setdefault(owner.product, Material(name=""))
                material.name = material.name or record.text(0) or ""


def _add_attribute(
    file: Part21, products: Products, units: UnitReader, described: Described, found: PropertiesFound
) -> None:
    values = list(_values(file, units, described))
    property_name = described.general_name or described.name
    is_generic = property_name.strip().lower() in _GENERIC_NAMES
    if property_name.strip().lower() == "semantic text":
        found.notes.extend(str(value) for _, value, _ in values)
    owner = described.owner
    for item_name, value, unit in values:
        name = (item_name or property_name) if is_generic or len(values) > 1 else property_name
        if owner.scope == "part" and owner.product is not None and name:
            attributes = found.attributes_of.setdefault(owner.product, {})
            attributes[_free_name(attributes, name, value)] = value
        else:
            part = products.products[owner.product].name if owner.product is not None else None
            found.others.append(
                NamedProperty(part=part, scope=owner.scope, on=owner.name, name=name, value=value, unit=unit)
            )


def _free_name(attributes: dict[str, str | float | bool], name: str, value: str | float | bool) -> str:
    """The name, or the name with a number where another value has it already."""
    candidate, n = name, 1
    while candidate in attributes and attributes[candidate] != value and n < _MAX_ITEMS:
        n += 1
        candidate = f"{name} ({n})"
    return candidate


def _values(
    file: Part21, units: UnitReader, described: Described
) -> Iterator[tuple[str, str | float | bool, str | None]]:
    """The name, value (as written) and unit of each item, those inside compound items as well."""
    waiting, seen = list(reversed(described.items)), 0
    while waiting and seen < _MAX_ITEMS:
        item, seen = waiting.pop(), seen + 1
        if compound := item.record("COMPOUND_REPRESENTATION_ITEM"):
            listed = compound.at(1)
            inner = listed.values.items(0) if isinstance(listed, Typed) else compound.items(1)
            waiting.extend(i for i in (file.get(v) for v in reversed(inner)) if i is not None)
        elif text := item.record(*_TEXT_ITEMS):
            yield text.text(0) or "", text.text(1) or "", None
        elif plain := item.record(*_PLAIN_ITEMS):
            if (value := _plain(plain.at(len(plain) - 1))) is not None:
                yield _item_name(item), value, None
        elif (measure := units.measure(item.reference, described.context)) is not None:
            yield _item_name(item), measure.raw, measure.unit.name if measure.unit else None


def _plain(value: Value) -> str | float | bool | None:
    if isinstance(value, Typed):
        value = value.value
    if isinstance(value, str):
        return {"T": True, "F": False}.get(value, str(value))
    return plain_number(value)
