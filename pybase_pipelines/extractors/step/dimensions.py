"""Semantic dimensions: sizes and locations with values, tolerances, limits and fits.

What belongs here: DIMENSIONAL_SIZE and DIMENSIONAL_LOCATION with their subtypes. What does not: geometric tolerances
(`tolerances`), and what is only drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.aspects import Aspects
from pybase_pipelines.extractors.step.part21 import Arguments, Instance, Part21, Reference, Value
from pybase_pipelines.extractors.step.products import Products, representation_items
from pybase_pipelines.extractors.step.units import Measure, UnitReader, rounded
from pybase_pipelines.results.step import PmiDimension

_SIZES = (
    "DIMENSIONAL_SIZE", "ANGULAR_SIZE", "DIMENSIONAL_SIZE_WITH_PATH", "DIMENSIONAL_SIZE_WITH_DATUM_FEATURE",
    "COMMON_LABEL_DIMENSIONAL_SIZE", "EXTERNALLY_DEFINED_DIMENSION_DEFINITION",
)  # fmt: skip
_LOCATIONS = (
    "DIMENSIONAL_LOCATION", "ANGULAR_LOCATION", "DIMENSIONAL_LOCATION_WITH_PATH", "DIRECTED_DIMENSIONAL_LOCATION",
    "DIRECTED_ANGULAR_LOCATION", "DIMENSIONAL_LOCATION_WITH_DATUM_FEATURE",
)  # fmt: skip
_PREFIX = {"diameter": "Ø", "spherical diameter": "SØ", "radius": "R", "spherical radius": "SR"}


@dataclass(slots=True)
class _Values:
    """What a file says beside a dimension, by the dimension's number."""

    characteristics: dict[int, list[tuple[Value, Value]]] = field(default_factory=dict)
    tolerances: dict[int, Instance] = field(default_factory=dict)
    qualifiers: dict[int, list[Value]] = field(default_factory=dict)


def read_dimensions(file: Part21, products: Products, units: UnitReader, aspects: Aspects) -> list[PmiDimension]:
    """Every dimension that the file defines, sizes first, each once."""
    values = _read_values(file)
    found: dict[int, PmiDimension] = {}
    for kind, types in (("size", _SIZES), ("location", _LOCATIONS)):
        for instance in file.of(*types):
            if instance.id not in found:
                found[instance.id] = _read_dimension(file, units, aspects, values, instance, kind)
                found[instance.id].part = _part(products, aspects, instance, kind)
    return list(found.values())


def _read_values(file: Part21) -> _Values:
    values = _Values()
    for link in file.of("DIMENSIONAL_CHARACTERISTIC_REPRESENTATION"):
        record = link.record("DIMENSIONAL_CHARACTERISTIC_REPRESENTATION")
        items, context = representation_items(file.get(record.at(1)))
        if (dimension := record.reference(0)) is not None:
            values.characteristics.setdefault(dimension, []).extend((item, context) for item in items)
    for tolerance in file.of("PLUS_MINUS_TOLERANCE"):
        dimension = tolerance.record("PLUS_MINUS_TOLERANCE").reference(1)
        if dimension is not None:
            values.tolerances.setdefault(dimension, tolerance)
    for link in file.of("MEASURE_QUALIFICATION"):
        record = link.record("MEASURE_QUALIFICATION")
        if (measure := record.reference(2)) is not None:
            values.qualifiers.setdefault(measure, []).extend(record.items(3))
    return values


def _read_dimension(
    file: Part21, units: UnitReader, aspects: Aspects, values: _Values, instance: Instance, kind: str
) -> PmiDimension:
    type_ = next(t for t in reversed(instance.records) if t in _SIZES + _LOCATIONS)
    if kind == "size":
        record = instance.record("DIMENSIONAL_SIZE") or instance.record(type_)
        name, ends, rest = record.text(1) or "", [record.at(0)], record[2:]
    else:
        record = instance.record("SHAPE_ASPECT_RELATIONSHIP") or instance.record(type_)
        name, ends, rest = record.text(0) or "", [record.at(2), record.at(3)], record[4:]
    angle = Arguments(rest) if "ANGULAR" in type_ and len(instance.records) == 1 else instance.record(type_)
    dimension = PmiDimension(
        kind=kind,
        name=name,
        type=type_,
        entity=f"#{instance.id}",
        faces=aspects.faces(*ends),
        angle_selection=angle.enumeration(len(angle) - 1) if "ANGULAR" in type_ and angle else None,
    )
    for item, context in values.characteristics.get(instance.id, ()):
        _add_item(file, units, values, dimension, item, context)
    if instance.id in values.tolerances:
        _add_tolerance(file, units, dimension, values.tolerances[instance.id])
    dimension.text = _text(dimension)
    return dimension


def _add_item(
    file: Part21, units: UnitReader, values: _Values, dimension: PmiDimension, reference: Value, context: Value
) -> None:
    item = file.get(reference)
    if item is None:
        return
    if text := item.record("DESCRIPTIVE_REPRESENTATION_ITEM"):
        _add_modifier(dimension, text.text(1) or text.text(0) or "")
        return
    measure = units.measure(reference, context)
    if measure is None:
        return
    qualifiers = [*item.record("QUALIFIED_REPRESENTATION_ITEM").items(0), *values.qualifiers.get(item.id, ())]
    types = _add_qualifiers(file, dimension, qualifiers)
    record = item.record("REPRESENTATION_ITEM") or item.record("MEASURE_REPRESENTATION_ITEM")
    role = f"{record.text(0) or ''} {' '.join(types)}".lower()
    if "upper" in role or "maximum" in role:
        dimension.limits = (dimension.limits[0] if dimension.limits else None, measure.value)
    elif "lower" in role or "minimum" in role:
        dimension.limits = (measure.value, dimension.limits[1] if dimension.limits else None)
    elif dimension.nominal is None:
        dimension.nominal = measure.value
    dimension.unit = dimension.unit or _unit_name(measure)
    dimension.file_unit = dimension.file_unit or (measure.unit.name if measure.unit else None)


def _unit_name(measure: Measure) -> str | None:
    if measure.unit is None or measure.unit.factor is None:
        return None
    return "degree" if measure.is_angle else "mm"


def _add_modifier(dimension: PmiDimension, word: str) -> None:
    if not word:
        return
    dimension.modifiers.append(word)
    dimension.is_basic = dimension.is_basic or word.lower() in ("theoretical", "basic")
    dimension.is_reference = dimension.is_reference or word.lower() in ("auxiliary", "reference")


def _add_qualifiers(file: Part21, dimension: PmiDimension, references: list[Value]) -> list[str]:
    """Note the qualifiers; the names of TYPE_QUALIFIERs (maximum, minimum, ...) say which value it is."""
    types = []
    for qualifier in filter(None, map(file.get, references)):
        if named := qualifier.record("TYPE_QUALIFIER"):
            types.append(named.text(0) or "")
        elif form := qualifier.record("VALUE_FORMAT_TYPE_QUALIFIER"):
            dimension.qualifiers.append(form.text(0) or "")
        elif precision := qualifier.record("PRECISION_QUALIFIER"):
            dimension.qualifiers.append(f"precision {precision.number(0):g}" if precision.number(0) is not None else "")
    dimension.qualifiers.extend(t for t in types if t not in dimension.qualifiers)
    return types


def _add_tolerance(file: Part21, units: UnitReader, dimension: PmiDimension, tolerance: Instance) -> None:
    extent = file.get(tolerance.record("PLUS_MINUS_TOLERANCE").at(0))
    if extent is None:
        return
    if bounds := extent.record("TOLERANCE_VALUE"):
        lower, upper = units.measure(bounds.at(0)), units.measure(bounds.at(1))
        dimension.tolerance_minus = lower.value if lower else None
        dimension.tolerance_plus = upper.value if upper else None
        stated = lower or upper
        dimension.unit = dimension.unit or (_unit_name(stated) if stated else None)
        if dimension.nominal is not None and dimension.limits is None and lower and upper:
            low, high = (rounded(dimension.nominal + (v.value or 0.0)) for v in (lower, upper))
            dimension.limits = (low, high)
    elif fit := extent.record("LIMITS_AND_FITS"):
        grade = (fit.text(2) or "").upper().removeprefix("IT").strip()
        dimension.fit = f"{fit.text(0) or ''}{grade}" or None


def _text(dimension: PmiDimension) -> str | None:
    """The dimension as a person would write it, in millimetres or degrees."""
    if dimension.nominal is None:
        return None
    text = (
        _PREFIX.get(dimension.name.lower(), "") + f"{dimension.nominal:g}" + ("°" if dimension.unit == "degree" else "")
    )
    plus, minus = dimension.tolerance_plus, dimension.tolerance_minus
    if dimension.fit:
        text += f" {dimension.fit}"
    elif plus is not None and minus is not None:
        text += f" ±{plus:g}" if plus == -minus else f" {plus:+g}/{minus:+g}"
    if dimension.is_basic:
        return f"[{text}]"
    return f"({text})" if dimension.is_reference else text


def _part(products: Products, aspects: Aspects, instance: Instance, kind: str) -> str | None:
    record = next(iter(instance.records.values()))
    first = next((v for v in (record if kind == "size" else record[2:]) if isinstance(v, Reference)), None)
    return aspects.part(products, first)
