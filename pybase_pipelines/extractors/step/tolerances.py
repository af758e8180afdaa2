"""Geometric tolerances with their datums, and the datums themselves.

What belongs here: GEOMETRIC_TOLERANCE with all subtypes, simple or complex, datum systems, DATUM and its targets.
What does not: dimensions (`dimensions`), and what is only drawn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.aspects import Aspects
from pybase_pipelines.extractors.step.part21 import Arguments, Enumeration, Instance, Part21, Reference, Typed, Value
from pybase_pipelines.extractors.step.products import Products
from pybase_pipelines.extractors.step.units import UnitReader
from pybase_pipelines.results.step import Datum, GeometricTolerance

_IS_TOLERANCE = re.compile(r"\w+_TOLERANCE|GEOMETRIC_TOLERANCE_WITH_\w+")
_GENERAL = (
    "GEOMETRIC_TOLERANCE", "GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE", "GEOMETRIC_TOLERANCE_WITH_MODIFIERS",
    "GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT", "GEOMETRIC_TOLERANCE_WITH_DEFINED_AREA_UNIT",
    "GEOMETRIC_TOLERANCE_WITH_MAXIMUM_TOLERANCE", "MODIFIED_GEOMETRIC_TOLERANCE",
    "UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE",
)  # fmt: skip
_NO_TOLERANCES = ("PLUS_MINUS_TOLERANCE", "DIMENSIONAL_TOLERANCE", "SHAPE_TOLERANCE")
_MAX_DEPTH = 8


@dataclass(slots=True)
class _Zones:
    form: dict[int, str] = field(default_factory=dict)
    projected: dict[int, float | None] = field(default_factory=dict)


def read_tolerances(file: Part21, products: Products, units: UnitReader, aspects: Aspects) -> list[GeometricTolerance]:
    """Every geometric tolerance that the file defines, in the order of the file."""
    numbers = {
        n for t in file.by_type if _IS_TOLERANCE.fullmatch(t) and t not in _NO_TOLERANCES for n in file.by_type[t]
    }
    zones = _read_zones(file, units)
    found = []
    for number in sorted(numbers):
        instance = file.get(number)
        if instance is not None and (record := _general_record(instance)):
            found.append(_read_tolerance(file, products, units, aspects, zones, instance, record))
    return found


def _general_record(instance: Instance) -> Arguments:
    """Name, description, magnitude and aspect: in their own record, or first in that of the subtype."""
    if record := instance.record("GEOMETRIC_TOLERANCE"):
        return record
    name = next((t for t in instance.records if _IS_TOLERANCE.fullmatch(t)), None)
    record = instance.records[name] if name else Arguments()
    return record if len(record) >= 4 and record.reference(3) is not None else Arguments()


def _read_tolerance(
    file: Part21,
    products: Products,
    units: UnitReader,
    aspects: Aspects,
    zones: _Zones,
    instance: Instance,
    record: Arguments,
) -> GeometricTolerance:
    specific = [t for t in instance.records if t not in _GENERAL and _IS_TOLERANCE.fullmatch(t)]
    measure = units.measure(record.at(2))
    tolerance = GeometricTolerance(
        type=specific[0] if specific else next(t for t in instance.records if t in _GENERAL),
        name=record.text(0) or "",
        entity=f"#{instance.id}",
        value=measure.value if measure else None,
        unit=None if measure is None or not measure.unit else "degree" if measure.is_angle else "mm",
        file_unit=measure.unit.name if measure and measure.unit else None,
        modifiers=_modifiers(file, units, instance),
        zone=zones.form.get(instance.id),
        projected_length=zones.projected.get(instance.id),
        faces=aspects.faces(record.at(3)),
        part=aspects.part(products, record.at(3)),
    )
    for letters, modifiers in _datum_references(file, units, instance, record):
        tolerance.datums.append(letters)
        tolerance.datum_modifiers.append(modifiers)
    if not any(tolerance.datum_modifiers):
        tolerance.datum_modifiers = []
    tolerance.maximum = _value(units, instance.record("GEOMETRIC_TOLERANCE_WITH_MAXIMUM_TOLERANCE"), -1)
    tolerance.unequal_displacement = _value(units, instance.record("UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE"), -1)
    tolerance.per_unit_length = _value(units, instance.record("GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT"), -1)
    return tolerance


def _value(units: UnitReader, record: Arguments, index: int) -> float | None:
    measure = units.measure(record[index]) if record else None
    return measure.value if measure else None


def _modifiers(file: Part21, units: UnitReader, instance: Instance) -> list[str]:
    values: list[Value] = []
    for type_ in ("GEOMETRIC_TOLERANCE_WITH_MODIFIERS", "MODIFIED_GEOMETRIC_TOLERANCE"):
        record = instance.record(type_)
        if record:
            last = record[-1]
            values.extend(last if isinstance(last, list) else [last])
    return [m for m in (_modifier(file, units, v) for v in values) if m]


def _modifier(file: Part21, units: UnitReader, value: Value) -> str | None:
    if isinstance(value, Enumeration):
        return str(value)
    if isinstance(value, Typed):
        return _modifier(file, units, value.value)
    instance = file.get(value)
    if instance is None or not (record := instance.record("DATUM_REFERENCE_MODIFIER_WITH_VALUE")):
        return None
    measure = units.measure(record.at(1))
    return (
        f"{record.enumeration(0)} {measure.value:g}" if measure and measure.value is not None else record.enumeration(0)
    )


def _datum_references(
    file: Part21, units: UnitReader, instance: Instance, record: Arguments
) -> list[tuple[str, list[str]]]:
    """The datums of a tolerance in order of precedence, each with its modifiers; a common datum is "A-B"."""
    with_datums = instance.record("GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE")
    if with_datums:
        listed = with_datums[-1]
    else:
        listed = next((v for v in record[4:] if isinstance(v, Arguments)), None) if len(instance.records) == 1 else None
    found: list[tuple[float, str, list[str]]] = []
    for system in filter(None, map(file.get, listed if isinstance(listed, Arguments) else [])):
        if old := system.record("DATUM_REFERENCE"):
            found.append((old.number(0) or 0.0, _letters(file, old.at(1)), []))
            continue
        for compartment in filter(None, map(file.get, _last_list(system.record("DATUM_SYSTEM")))):
            letters, modifiers = _compartment(file, units, compartment)
            found.append((float(len(found)), letters, modifiers))
    return [(letters, modifiers) for _, letters, modifiers in sorted(found, key=lambda f: f[0]) if letters]


def _last_list(record: Arguments) -> Arguments:
    return next((v for v in reversed(record) if isinstance(v, Arguments)), Arguments())


def _compartment(file: Part21, units: UnitReader, instance: Instance) -> tuple[str, list[str]]:
    record = instance.record("DATUM_REFERENCE_COMPARTMENT", "DATUM_REFERENCE_ELEMENT")
    general = instance.record("GENERAL_DATUM_REFERENCE")
    if general and len(general) < 4:  # a complex instance: what it adds stands in its own record
        base, listed = general.at(0), general.at(1)
    else:
        base, listed = record.at(4), record.at(5)
    values = listed if isinstance(listed, Arguments) else Arguments()
    modifiers = [m for m in (_modifier(file, units, v) for v in values) if m]
    return _letters(file, base), modifiers


def _letters(file: Part21, base: Value, depth: int = 0) -> str:
    """The letter of a datum; those of a common one joined by hyphens."""
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(base, Typed):
        base = base.values.items(0) or base.value
    if isinstance(base, Arguments):
        return "-".join(filter(None, (_letters(file, b, depth + 1) for b in base)))
    instance = file.get(base)
    if instance is None:
        return ""
    if element := instance.record("DATUM_REFERENCE_ELEMENT", "DATUM_REFERENCE_COMPARTMENT"):
        return _letters(file, element.at(4), depth + 1)
    if reference := instance.record("DATUM_REFERENCE"):
        return _letters(file, reference.at(1), depth + 1)
    return _letter(instance)


def _letter(datum: Instance) -> str:
    record = datum.record("DATUM", "COMMON_DATUM", "DATUM_FEATURE")
    return next((v for v in reversed(record) if isinstance(v, str) and not isinstance(v, Enumeration)), "").strip()


def _read_zones(file: Part21, units: UnitReader) -> _Zones:
    zones = _Zones()
    tolerances_of: dict[int, list[int]] = {}
    for instance in file.of("TOLERANCE_ZONE"):
        record = instance.record("TOLERANCE_ZONE")
        form = file.get(record.at(-1))
        name = form.record("TOLERANCE_ZONE_FORM").text(0) if form else None
        tolerances_of[instance.id] = [v for v in _last_list(record) if isinstance(v, Reference)]
        if name:
            zones.form.update(dict.fromkeys(tolerances_of[instance.id], name))
    for instance in file.of("PROJECTED_ZONE_DEFINITION"):
        record = instance.record("PROJECTED_ZONE_DEFINITION")
        zone = record.reference(0)
        measure = units.measure(record.at(-1))
        for tolerance in tolerances_of.get(zone, ()) if zone is not None else ():
            zones.projected[tolerance] = measure.value if measure else None
    return zones


def read_datums(file: Part21, products: Products, aspects: Aspects) -> list[Datum]:
    """Every DATUM, with the features and the targets that establish it."""
    established_by: dict[int, list[Reference]] = {}
    for link in file.of("SHAPE_ASPECT_RELATIONSHIP", "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP"):
        record = link.record("SHAPE_ASPECT_RELATIONSHIP", "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP")
        relating, related = record.reference(2), record.reference(3)
        if relating is not None and related is not None:
            established_by.setdefault(related, []).append(relating)
    found = []
    for instance in file.of("DATUM"):
        letter, sources = _letter(instance), established_by.get(instance.id, [])
        record = instance.record("SHAPE_ASPECT") or instance.record("DATUM")
        found.append(
            Datum(
                letter=letter,
                entity=f"#{instance.id}",
                targets=list(dict.fromkeys(t for t in (_target(file, s, letter) for s in sources) if t)),
                faces=aspects.faces(instance.reference, *sources),
                part=aspects.part(products, record.at(2)),
            )
        )
    return found


def _target(file: Part21, source: Reference, letter: str) -> str | None:
    """The name of a datum target, such as A1, from its number."""
    instance = file.get(source)
    record = instance.record("DATUM_TARGET", "PLACED_DATUM_TARGET_FEATURE") if instance else Arguments()
    number = next((v for v in reversed(record) if isinstance(v, str) and not isinstance(v, Enumeration)), "")
    if not number:
        return None
    return number if number.startswith(letter) else f"{letter}{number}"
