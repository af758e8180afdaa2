"""Units of a STEP file and measures in them, turned into millimetres, degrees, kilograms and their products.

What belongs here: which unit applies to a number, its name as in the file, its factor. What does not: what is measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.part21 import Instance, Part21, Typed, Value, plain_number

_PREFIX = {
    "EXA": 18, "PETA": 15, "TERA": 12, "GIGA": 9, "MEGA": 6, "KILO": 3, "HECTO": 2, "DECA": 1, "DECI": -1,
    "CENTI": -2, "MILLI": -3, "MICRO": -6, "NANO": -9, "PICO": -12, "FEMTO": -15, "ATTO": -18,
}  # fmt: skip
_BASE = {"METRE": ("length", 1000.0), "RADIAN": ("angle", math.degrees(1.0)), "GRAM": ("mass", 0.001)}
_KNOWN = {"INCH": 25.4, "FOOT": 304.8, "MIL": 0.0254, "MICROINCH": 0.0000254, "MILLIMETRE": 1.0, "MILLIMETER": 1.0}
_KIND_OF_ENTITY = {"LENGTH_UNIT": "length", "PLANE_ANGLE_UNIT": "angle", "MASS_UNIT": "mass"}
_MEASURES = (
    "MEASURE_WITH_UNIT", "LENGTH_MEASURE_WITH_UNIT", "PLANE_ANGLE_MEASURE_WITH_UNIT", "MASS_MEASURE_WITH_UNIT",
    "AREA_MEASURE_WITH_UNIT", "VOLUME_MEASURE_WITH_UNIT", "RATIO_MEASURE_WITH_UNIT", "TIME_MEASURE_WITH_UNIT",
    "UNCERTAINTY_MEASURE_WITH_UNIT", "SOLID_ANGLE_MEASURE_WITH_UNIT",
)  # fmt: skip
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as named in the file. `factor` takes a number to mm, degree, kg or their products; None: unknown.

    `powers` are the exponents by kind: {"length": 3} for a volume.
    """

    name: str
    factor: float | None
    powers: tuple[tuple[str, float], ...] = ()

    @property
    def kind(self) -> str | None:
        return self.powers[0][0] if len(self.powers) == 1 and self.powers[0][1] == 1 else None


@dataclass(frozen=True, slots=True)
class Measure:
    """A number as written, the unit it is in, and the number in our units (as written where the unit is unknown)."""

    raw: float
    unit: Unit | None
    type: str | None = None

    @property
    def value(self) -> float | None:
        return rounded(self.raw * self.unit.factor) if self.unit and self.unit.factor else rounded(self.raw)

    @property
    def is_angle(self) -> bool:
        return bool(self.unit and self.unit.kind == "angle") or bool(self.type and "ANGLE" in self.type)


def rounded(value: float | None) -> float | None:
    """A number without the noise of conversion: ten significant digits; None for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.9e}")


@dataclass(slots=True)
class UnitReader:
    """Reads units and measures of one file; remembers what it has read."""

    file: Part21
    _units: dict[int, Unit | None] = field(default_factory=dict)
    _contexts: dict[int, list[Unit]] = field(default_factory=dict)

    def unit(self, reference: Value, depth: int = 0) -> Unit | None:
        instance = self.file.get(reference)
        if instance is None or depth > _MAX_DEPTH:
            return None
        if instance.id not in self._units:
            self._units[instance.id] = None  # a unit that is defined by itself stays unknown
            self._units[instance.id] = self._read(instance, depth)
        return self._units[instance.id]

    def assigned(self, context: Value) -> list[Unit]:
        """The units that a representation context assigns."""
        instance = self.file.get(context)
        if instance is None:
            return []
        if instance.id not in self._contexts:
            references = instance.record("GLOBAL_UNIT_ASSIGNED_CONTEXT")
            listed = references.items(0) or references.items(len(references) - 1)
            self._contexts[instance.id] = [u for u in map(self.unit, listed) if u is not None]
        return self._contexts[instance.id]

    def names(self, kind: str) -> list[str]:
        """The names of the units of a kind that contexts assign, each once, in the order of the file."""
        found: dict[str, None] = {}
        for context in self.file.of("GLOBAL_UNIT_ASSIGNED_CONTEXT"):
            found.update({u.name: None for u in self.assigned(context.id) if u.kind == kind})
        return list(found)

    def factor(self, context: Value, kind: str = "length") -> float:
        """What takes the numbers of a context to mm (or degrees); 1 where it does not say."""
        return next((u.factor for u in self.assigned(context) if u.kind == kind and u.factor), 1.0)

    def measure(self, reference: Value, context: Value = None) -> Measure | None:
        """A measure: an instance with a unit of its own, or a typed number in the units of its context."""
        if isinstance(reference, Typed):
            return self._typed(reference, context)
        instance = self.file.get(reference)
        if instance is None:
            return None
        record = instance.record(*_MEASURES)
        first = 0
        if not record and (record := instance.record("MEASURE_REPRESENTATION_ITEM")):
            first = 1
        if not record:
            return self._typed(instance.record("VALUE_REPRESENTATION_ITEM").at(1), context)
        number = plain_number(record.at(first))
        if number is None:
            return None
        value = record.at(first)
        return Measure(number, self.unit(record.at(first + 1)), value.type if isinstance(value, Typed) else None)

    def _typed(self, value: Value, context: Value) -> Measure | None:
        number = plain_number(value)
        if number is None:
            return None
        type_ = value.type if isinstance(value, Typed) else None
        kind = "angle" if type_ and "PLANE_ANGLE" in type_ else "length" if type_ and "LENGTH" in type_ else None
        return Measure(number, next((u for u in self.assigned(context) if u.kind == kind), None), type_)

    def _read(self, instance: Instance, depth: int) -> Unit | None:
        if elements := instance.record("DERIVED_UNIT").items(0):
            return self._derived([e for e in map(self.file.get, elements) if e is not None], depth)
        if (conversion := instance.record("CONVERSION_BASED_UNIT")) and (name := conversion.text(0)) is not None:
            return self._converted(instance, name, conversion.at(1), depth)
        if si := instance.record("SI_UNIT"):
            prefix, base = (si.enumeration(len(si) - 2), si.enumeration(len(si) - 1))
            kind, factor = _BASE.get(base or "", (None, None))
            scaled = factor * 10.0 ** _PREFIX.get(prefix or "", 0) if factor else None
            return Unit(" ".join(filter(None, (prefix, base))), scaled, ((kind, 1),) if kind else ())
        return None

    def _converted(self, instance: Instance, name: str, measure: Value, depth: int) -> Unit:
        inner = self.file.get(measure)
        record = inner.record(*_MEASURES) if inner else None
        number, base = (plain_number(record.at(0)), self.unit(record.at(1), depth + 1)) if record else (None, None)
        factor = number * base.factor if number and base and base.factor else None
        kind = next(
            (k for entity, k in _KIND_OF_ENTITY.items() if entity in instance.records), base.kind if base else None
        )
        if kind == "angle" and factor and math.isclose(factor, 1.0, rel_tol=1e-6):
            factor = 1.0  # files write pi/180 with few digits
        if factor is None and kind == "length":
            factor = _KNOWN.get(name.strip().upper())
        return Unit(name, rounded(factor), ((kind, 1),) if kind else ())

    def _derived(self, elements: list[Instance], depth: int) -> Unit:
        factor: float | None = 1.0
        powers: dict[str, float] = {}
        names = []
        for element in elements:
            record = element.record("DERIVED_UNIT_ELEMENT")
            unit, power = self.unit(record.at(0), depth + 1), record.number(1)
            if unit is None or unit.factor is None or power is None or abs(power) > 9:
                factor = None
            elif factor is not None:
                factor *= unit.factor**power
            if unit is not None and power is not None:
                names.append(f"{unit.name}^{power:g}")
                if unit.kind:
                    powers[unit.kind] = powers.get(unit.kind, 0) + power
        return Unit(" ".join(names), factor, tuple(sorted(powers.items())))
