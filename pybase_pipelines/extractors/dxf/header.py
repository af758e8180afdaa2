"""What the header says: version, units, dates, properties, extents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.scene import FAR
from pybase_pipelines.extractors.cad.units import (
    ANGULAR_UNITS,
    LINEAR_UNITS,
    MEASUREMENT,
    RELEASES,
    julian_iso,
    unit_in_mm,
    unit_name,
)
from pybase_pipelines.results.cad import CadMetadata, HeaderValue
from pybase_pipelines.results.drawing import BBox

if TYPE_CHECKING:
    from ezdxf.document import Drawing
    from ezdxf.sections.header import HeaderSection

MAX_PROPERTIES = 1_000
MAX_HEADER_TAGS = 20_000


def read_metadata(document: Drawing, path: Path, *, is_binary: bool) -> CadMetadata:
    """Every fact of the header; none of them is trusted for geometry."""
    section = _load_header(path, is_binary=is_binary) or document.header
    header = {name: _value(section.get(name)) for name in section.varnames()}
    get = header.get
    version = str(get("$ACADVER") or document.dxfversion)
    units_code = _integer(get("$INSUNITS"))
    return CadMetadata(
        dxf_version=version,
        release=RELEASES.get(version),
        maintenance_version=_integer(get("$ACADMAINTVER")),
        codepage=_text(get("$DWGCODEPAGE")),
        encoding=document.encoding,
        is_binary=is_binary,
        units_code=units_code,
        units=unit_name(units_code),
        unit_in_mm=unit_in_mm(units_code),
        measurement=MEASUREMENT.get(_integer(get("$MEASUREMENT")) or 0) if "$MEASUREMENT" in header else None,
        linear_units=LINEAR_UNITS.get(_integer(get("$LUNITS")) or 0),
        linear_precision=_integer(get("$LUPREC")),
        angular_units=ANGULAR_UNITS.get(_integer(get("$AUNITS")) or 0) if "$AUNITS" in header else None,
        angular_precision=_integer(get("$AUPREC")),
        created=julian_iso(get("$TDCREATE")),
        modified=julian_iso(get("$TDUPDATE")),
        editing_seconds=_days(get("$TDINDWG")),
        saved_by=_text(get("$LASTSAVEDBY")),
        fingerprint_guid=_text(get("$FINGERPRINTGUID")),
        version_guid=_text(get("$VERSIONGUID")),
        title=_text(get("$TITLE")),
        hyperlink_base=_text(get("$HYPERLINKBASE")),
        custom_properties=_properties(section),
        header_extents=_box(get("$EXTMIN"), get("$EXTMAX")),
        limits=_box(get("$LIMMIN"), get("$LIMMAX")),
        dimension_scale=_number(get("$DIMSCALE")),
        linetype_scale=_number(get("$LTSCALE")),
        georeferencing=_georeferencing(document),
        header=header,
    )


def _load_header(path: Path, *, is_binary: bool) -> HeaderSection | None:
    """The header as it is in the file: the library writes dates, ids and defaults of its own over it."""
    from ezdxf.lldxf.tagger import ascii_tags_loader, binary_tags_loader, tag_compiler
    from ezdxf.sections.header import HeaderSection

    try:
        if is_binary:
            return HeaderSection.load(
                _header_tags(tag_compiler(binary_tags_loader(path.read_bytes(), errors="ignore")))
            )
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            return HeaderSection.load(_header_tags(tag_compiler(iter(ascii_tags_loader(file)))))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a header that breaks the rules is read by the repairing reader, with its changes
        return None


def _header_tags(tags: Iterable[Any]) -> list[Any]:
    """The tags from SECTION to before ENDSEC, if the first section is the header."""
    found = []
    for tag in tags:
        if tag == (0, "ENDSEC") or len(found) > MAX_HEADER_TAGS:
            break
        found.append(tag)
        if len(found) == 2 and tag != (2, "HEADER"):
            break
    return found


def _value(value: Any) -> HeaderValue:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int | float):
        return value
    try:
        return [float(part) for part in value]
    except (TypeError, ValueError):
        return None


def _properties(header: HeaderSection) -> dict[str, str]:
    pairs = list(header.custom_vars)[:MAX_PROPERTIES]
    return {clean(str(name)): clean(str(value)) for name, value in pairs}


def _georeferencing(document: Drawing) -> dict[str, HeaderValue]:
    geodata = document.modelspace().get_geodata()
    if geodata is None:
        return {}
    names = ("coordinate_type", "design_point", "reference_point", "north_direction", "horizontal_unit_scale",
             "horizontal_units", "vertical_units", "sea_level_elevation", "coordinate_projection_radius")  # fmt: skip
    facts = {name: _value(geodata.dxf.get(name)) for name in names if geodata.dxf.hasattr(name)}
    definition = clean(str(geodata.coordinate_system_definition or ""))
    return facts | ({"coordinate_system_definition": definition[:20_000]} if definition else {})


def _integer(value: HeaderValue) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _number(value: HeaderValue) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: HeaderValue) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _days(value: HeaderValue) -> float | None:
    return round(value * 86400, 1) if isinstance(value, int | float) and 0 <= value < 1e5 else None


def _box(low: HeaderValue, high: HeaderValue) -> BBox | None:
    """None where it is unset: empty drawings have 1e20 and -1e20."""
    if not (isinstance(low, list) and isinstance(high, list) and len(low) >= 2 and len(high) >= 2):
        return None
    if low[0] > high[0] or max(abs(v) for v in (*low[:2], *high[:2])) > FAR:
        return None
    return low[0], low[1], high[0], high[1]
