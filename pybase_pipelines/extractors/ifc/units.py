"""Units: the project's, and those that a single property or quantity has.

What belongs here: names of units as authored, and the factor that turns a value into SI. What does not: values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, number, reference, references, text
from pybase_pipelines.results.ifc import IfcUnit

MAX_DEPTH = 8
_KEYS = {
    "PLANEANGLEUNIT": "plane_angle", "SOLIDANGLEUNIT": "solid_angle", "ELECTRICCURRENTUNIT": "electric_current",
    "ELECTRICVOLTAGEUNIT": "electric_voltage", "LUMINOUSFLUXUNIT": "luminous_flux", "AREAUNIT": "area",
    "LUMINOUSINTENSITYUNIT": "luminous_intensity", "THERMODYNAMICTEMPERATUREUNIT": "temperature",
    "MASSDENSITYUNIT": "mass_density", "VOLUMETRICFLOWRATEUNIT": "volumetric_flow_rate",
    "THERMALTRANSMITTANCEUNIT": "thermal_transmittance", "THERMALCONDUCTANCEUNIT": "thermal_conductance",
    "SPECIFICHEATCAPACITYUNIT": "specific_heat_capacity", "LINEARVELOCITYUNIT": "linear_velocity",
    "LINEARFORCEUNIT": "linear_force", "PLANARFORCEUNIT": "planar_force", "MOMENTOFINERTIAUNIT": "moment_of_inertia",
}  # fmt: skip
_SI_SYMBOLS = {
    "METRE": "m", "SQUARE_METRE": "m2", "CUBIC_METRE": "m3", "GRAM": "kg", "SECOND": "s", "RADIAN": "rad",
    "STERADIAN": "sr", "KELVIN": "K", "AMPERE": "A", "VOLT": "V", "NEWTON": "N", "PASCAL": "Pa", "JOULE": "J",
    "WATT": "W", "HERTZ": "Hz", "LUMEN": "lm", "LUX": "lx", "CANDELA": "cd", "MOLE": "mol", "OHM": "ohm", "FARAD": "F",
    "COULOMB": "C", "HENRY": "H",
}  # fmt: skip
_POWERS = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}


@dataclass(slots=True)
class Units:
    """The project's units by IfcUnitEnum (LENGTHUNIT, ...), and the reading of others."""

    model: Model
    project: dict[str, IfcUnit] = field(default_factory=dict)
    _known: dict[int, IfcUnit] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model) -> Units:
        units = cls(model)
        for project in model.rows("IfcProject"):
            if assignment := reference(project.get("UnitsInContext")):
                for entity in references(model.row(assignment).get("Units")):
                    units.project.setdefault(_unit_type(model.row(entity)), units.read(entity))
        return units

    def read(self, entity: Any, depth: int = 0) -> IfcUnit:
        if (unit := self._known.get(entity.id())) is None:
            unit = self._known[entity.id()] = self._read(self.model.row(entity), depth)
        return unit

    def name_of(self, value: Any) -> str | None:
        """The name of the unit that an attribute refers to."""
        entity = reference(value)
        return self.read(entity).name if entity is not None else None

    def names(self) -> dict[str, str]:
        return {key_of(unit_type): unit.name for unit_type, unit in self.project.items()}

    def details(self) -> dict[str, IfcUnit]:
        return {key_of(unit_type): unit for unit_type, unit in self.project.items()}

    def for_measure(self, measure: str) -> IfcUnit | None:
        """The project's unit for a measure (IfcLengthMeasure); None for labels, counts, and where it has none."""
        from ifcopenshell.util.unit import get_measure_unit_type

        if not measure.endswith("Measure"):
            return None
        return self.project.get(get_measure_unit_type(measure))  # pyright: ignore[reportArgumentType]

    def _read(self, row: Row, depth: int) -> IfcUnit:
        kind = row["type"]
        if kind == "IfcSIUnit":
            return _read_si(row)
        if kind.startswith("IfcConversionBasedUnit"):
            return self._read_conversion(row, depth)
        if kind == "IfcDerivedUnit":
            return self._read_derived(row, depth)
        name = text(row.get("Currency")) or text(row.get("Name"))
        return IfcUnit(name=name or kind)

    def _read_conversion(self, row: Row, depth: int) -> IfcUnit:
        name = text(row.get("Name")) or row["type"]
        measure = reference(row.get("ConversionFactor"))
        if measure is None or depth >= MAX_DEPTH or row.get("ConversionOffset") is not None:
            return IfcUnit(name=name)
        factor = self.model.row(measure)
        value, component = number(factor.get("ValueComponent")), reference(factor.get("UnitComponent"))
        base = self.read(component, depth + 1) if component is not None else None
        if value is None or base is None or base.si_factor is None:
            return IfcUnit(name=name)
        return IfcUnit(name=name, si_factor=value * base.si_factor, si_unit=base.si_unit)

    def _read_derived(self, row: Row, depth: int) -> IfcUnit:
        names, symbols, factor = [], [], 1.0
        for element in references(row.get("Elements")) if depth < MAX_DEPTH else []:
            part = self.model.row(element)
            entity, exponent = reference(part.get("Unit")), number(part.get("Exponent"))
            if entity is None or exponent is None or not -9 <= exponent <= 9:
                return IfcUnit(name=text(row.get("Name")) or "derived unit")
            unit, power = self.read(entity, depth + 1), "" if exponent == 1 else f"^{exponent:g}"
            names.append(unit.name + power)
            symbols.append(f"{unit.si_unit}{power}" if unit.si_unit else "")
            factor = factor * unit.si_factor**exponent if unit.si_factor else math.nan
        name = " ".join(names) or text(row.get("Name")) or "derived unit"
        if not names or math.isnan(factor) or not all(symbols):
            return IfcUnit(name=name)
        return IfcUnit(name=name, si_factor=factor, si_unit=" ".join(symbols))


def key_of(unit_type: str) -> str:
    """The name that a kind of unit has in results: LENGTHUNIT is length."""
    return _KEYS.get(unit_type) or unit_type.removesuffix("UNIT").lower()


def _unit_type(row: Row) -> str:
    if row["type"] == "IfcMonetaryUnit":
        return "MONETARYUNIT"
    unit_type = text(row.get("UnitType")) or "USERDEFINED"
    if unit_type == "USERDEFINED":
        return text(row.get("UserDefinedType")) or unit_type
    return unit_type


def _read_si(row: Row) -> IfcUnit:
    from ifcopenshell.util.unit import get_prefix_multiplier

    prefix, name = text(row.get("Prefix")), text(row.get("Name")) or "unnamed unit"
    full = f"{prefix or ''}{name}"
    symbol = _SI_SYMBOLS.get(name)
    if symbol is None:
        return IfcUnit(name=full)
    factor = get_prefix_multiplier(prefix) ** _POWERS.get(name, 1) if prefix else 1.0
    return IfcUnit(name=full, si_factor=factor / 1000 if name == "GRAM" else factor, si_unit=symbol)
