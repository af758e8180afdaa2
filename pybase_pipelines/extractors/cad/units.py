"""Numbers of the file format in words: units, releases, dates, linetype weights.

What belongs here: tables and conversions. What does not: which header variable they come from.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

UNITS: dict[int, tuple[str, float | None]] = {
    0: ("unitless", None),
    1: ("inch", 25.4),
    2: ("foot", 304.8),
    3: ("mile", 1609344.0),
    4: ("mm", 1.0),
    5: ("cm", 10.0),
    6: ("m", 1000.0),
    7: ("km", 1e6),
    8: ("microinch", 25.4e-6),
    9: ("mil", 0.0254),
    10: ("yard", 914.4),
    11: ("angstrom", 1e-7),
    12: ("nm", 1e-6),
    13: ("µm", 1e-3),
    14: ("dm", 100.0),
    15: ("dam", 1e4),
    16: ("hm", 1e5),
    17: ("Gm", 1e12),
    18: ("au", 1.495978707e14),
    19: ("ly", 9.4607304725808e18),
    20: ("pc", 3.0856775814914e19),
    21: ("US survey foot", 1200 / 3937 * 1000),
    22: ("US survey inch", 100 / 3937 * 1000),
    23: ("US survey yard", 3600 / 3937 * 1000),
    24: ("US survey mile", 6336000 / 3937 * 1000),
}
"""$INSUNITS: its name, and one of it in millimetres."""

LINEAR_UNITS = {1: "scientific", 2: "decimal", 3: "engineering", 4: "architectural", 5: "fractional", 6: "desktop"}
ANGULAR_UNITS = {0: "degrees", 1: "degrees minutes seconds", 2: "gradians", 3: "radians", 4: "surveyor"}
MEASUREMENT = {0: "imperial", 1: "metric"}

RELEASES = {
    "MC0.0": "AutoCAD 1.0",
    "AC1.2": "AutoCAD 1.2",
    "AC1.40": "AutoCAD 1.4",
    "AC1.50": "AutoCAD 2.05",
    "AC2.10": "AutoCAD 2.1",
    "AC1001": "AutoCAD 2.2",
    "AC1002": "AutoCAD 2.5",
    "AC1003": "AutoCAD 2.6",
    "AC1004": "AutoCAD R9",
    "AC1006": "AutoCAD R10",
    "AC1009": "AutoCAD R11/R12",
    "AC1010": "AutoCAD R13 (pre-release)",
    "AC1011": "AutoCAD R13 (pre-release)",
    "AC1012": "AutoCAD R13",
    "AC1013": "AutoCAD R13",
    "AC1014": "AutoCAD R14",
    "AC1015": "AutoCAD 2000",
    "AC1018": "AutoCAD 2004",
    "AC1021": "AutoCAD 2007",
    "AC1024": "AutoCAD 2010",
    "AC1027": "AutoCAD 2013",
    "AC1032": "AutoCAD 2018",
}

_JULIAN_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_JULIAN_EPOCH_DAY = 2451544.5
_JULIAN_RANGE = (2378496.5, 2524593.5)
"""1800 to 2200: anything else is no date of a drawing."""


def unit_name(code: int | None) -> str | None:
    return UNITS.get(code, ("unknown", None))[0] if code is not None else None


def unit_in_mm(code: int | None) -> float | None:
    return UNITS.get(code, ("", None))[1] if code is not None else None


def julian_iso(value: object, *, utc: bool = False) -> str | None:
    """A Julian date with fraction as ISO 8601, to the second; local time of the author unless `utc`."""
    if not isinstance(value, int | float) or not _JULIAN_RANGE[0] <= value <= _JULIAN_RANGE[1]:
        return None
    moment = _JULIAN_EPOCH + timedelta(seconds=round((value - _JULIAN_EPOCH_DAY) * 86400))
    return moment.isoformat() if utc else moment.replace(tzinfo=None).isoformat()


_ISO_SHEETS = {
    "A0": (841, 1189),
    "A1": (594, 841),
    "A2": (420, 594),
    "A3": (297, 420),
    "A4": (210, 297),
    "A5": (148, 210),
}
_US_SHEETS = {"ANSI A": (215.9, 279.4), "ANSI B": (279.4, 431.8), "ANSI C": (431.8, 558.8), "ANSI D": (558.8, 863.6)}
_US_SHEETS |= {"ANSI E": (863.6, 1117.6), "ARCH C": (457.2, 609.6), "ARCH D": (609.6, 914.4), "ARCH E": (914.4, 1219.2)}


def sheet_size(width_mm: float | None, height_mm: float | None) -> str | None:
    """The name of a paper size within 2 mm, either way round."""
    if not width_mm or not height_mm:
        return None
    short, long = sorted((width_mm, height_mm))
    for name, (a, b) in (_ISO_SHEETS | _US_SHEETS).items():
        if abs(short - a) <= 2 and abs(long - b) <= 2:
            return name
    return None


def scale_text(scale: float | None) -> str | None:
    """A scale as it is written on a sheet: 0.02 is 1:50, 2 is 2:1."""
    if not scale or scale <= 0:
        return None
    if scale >= 1:
        return f"{scale:.4g}:1"
    return f"1:{1 / scale:.4g}"


def nearest_color(rgb: int) -> int:
    """The colour index nearest to a true colour, as CAD programs store it beside."""
    from ezdxf.colors import DXF_DEFAULT_COLORS

    wanted = _parts(rgb & 0xFFFFFF)
    return min(
        range(1, 256),
        key=lambda index: sum((a - b) ** 2 for a, b in zip(wanted, _parts(DXF_DEFAULT_COLORS[index]), strict=True)),
    )


def _parts(rgb: int) -> tuple[int, int, int]:
    return rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255
