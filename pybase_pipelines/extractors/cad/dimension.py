"""One dimension from what a file keeps of it: measurement, style, typed text, stored picture."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.lettering import plain_mtext
from pybase_pipelines.extractors.cad.measurement import ANGULAR, Style, write_measurement
from pybase_pipelines.extractors.cad.units import unit_name
from pybase_pipelines.extractors.drawing.dimension_text import parse_dimension
from pybase_pipelines.results.cad import CadDimension

TYPES = {
    0: "linear",
    1: "aligned",
    2: "angular",
    3: "diameter",
    4: "radius",
    5: "angular_3_point",
    6: "ordinate",
}
DRAWN = ("DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION")


def picture_text(texts: list[str]) -> str | None:
    """The words of a dimension's picture in one line."""
    return " ".join(" ".join(text.split()) for text in texts if text.strip()) or None


def build_dimension(
    *, kind: str, value: float | None, style: Style, override: str, drawn: str | None, units_code: int | None
) -> CadDimension:
    """Text, deviations, fit and quantity. What is drawn wins over what we would write ourselves."""
    is_overridden = bool(override.strip()) and override.strip() != "<>"
    is_suppressed = bool(override) and not override.strip()
    written = write_measurement(value, kind, style, override.strip()) if value is not None else None
    text, source = None, None
    if drawn:
        text, source = drawn, "drawn"
    elif is_suppressed:
        text, source = "", "override"
    elif written is not None:
        text, source = written.text, "override" if is_overridden else "style"
    elif is_overridden and "<>" not in override:
        text, source = plain_mtext(override).strip(), "override"
    dimension = CadDimension(
        text=text,
        value=value,
        unit=_unit(kind, units_code),
        dimension_type=kind,
        is_overridden=is_overridden,
        override=plain_mtext(override) if is_overridden else None,
        text_source=source,
        linear_factor=None if kind in ANGULAR else style.lfac,
    )
    if written is not None:
        dimension.tolerance_plus, dimension.tolerance_minus = written.plus, written.minus
    _take_from_text(dimension)
    return dimension


def _unit(kind: str, units_code: int | None) -> str | None:
    return "°" if kind in ANGULAR else unit_name(units_code) if units_code else None


def _take_from_text(dimension: CadDimension) -> None:
    """What only the text says: 2x, H7, a typed tolerance, a reference in brackets."""
    parsed = parse_dimension(dimension.text) if dimension.text else None
    if parsed is None:
        return
    dimension.fit, dimension.quantity = parsed.fit, parsed.quantity
    dimension.is_reference, dimension.is_basic = parsed.is_reference, parsed.is_basic
    if dimension.tolerance_plus is None and dimension.tolerance_minus is None:
        dimension.tolerance_plus, dimension.tolerance_minus = parsed.tolerance_plus, parsed.tolerance_minus
