"""A measurement as a dimension style writes it: factor, rounding, units, zeros, prefix, tolerance.

What belongs here: numbers to text by the rules of the DIM variables. What does not: measuring, or reading a style.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pybase_pipelines.extractors.cad.lettering import plain_mtext, plain_text

ANGULAR = frozenset({"angular", "angular_3_point"})


@dataclass(frozen=True, slots=True)
class Style:
    """The DIM variables that decide on the text; the names are theirs without DIM."""

    lfac: float = 1.0
    rnd: float = 0.0
    dec: int = 2
    zin: int = 8
    post: str = ""
    dsep: str = "."
    lunit: int = 2
    aunit: int = 0
    adec: int = 0
    azin: int = 0
    tol: bool = False
    lim: bool = False
    tp: float = 0.0
    tm: float = 0.0
    tdec: int = 2
    tzin: int = 8


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the sheet, and the deviations (signed) if there are any."""

    text: str
    plus: float | None = None
    minus: float | None = None


def write_measurement(value: float, kind: str, style: Style, override: str = "") -> Written:
    """The text of a dimension. `override` may hold "<>", where the measurement goes."""
    plus, minus = (style.tp, -style.tm) if style.tol or style.lim else (None, None)
    if override and override != "<>" and "<>" not in override:
        return Written(plain_mtext(override).strip())
    measured = _write_angle(value, style) if kind in ANGULAR else _write_length(value, kind, style)
    text = plain_mtext(override.replace("<>", measured)) if override else measured
    return Written(text.strip(), plus, minus)


def _write_length(value: float, kind: str, style: Style) -> str:
    shown = value * (abs(style.lfac) or 1.0)
    if style.rnd > 0:
        shown = math.floor(shown / style.rnd + 0.5) * style.rnd
    if style.lim:
        upper, lower = (write_number(shown + d, style.dec, style.zin, style) for d in (style.tp, -style.tm))
        body = f"{upper}/{lower}"
    else:
        body = write_number(shown, style.dec, style.zin, style)
        if style.tol:
            body = f"{body} {_write_deviations(style)}"
    before, after = _affixes(style.post)
    if not before:
        before = {"radius": "R", "diameter": "Ø"}.get(kind, "")
    return f"{before}{body}{after}"


def _affixes(post: str) -> tuple[str, str]:
    """DIMPOST is "prefix<>suffix", or a suffix alone; "[]" sets off alternate units, which are not written."""
    post = plain_text(post.split("[]", 1)[0])
    before, mark, after = post.partition("<>")
    return (before, after) if mark else ("", post)


def _write_deviations(style: Style) -> str:
    plus, minus = (write_number(abs(t), style.tdec, style.tzin, style) for t in (style.tp, style.tm))
    if math.isclose(style.tp, style.tm):
        return f"±{plus}"
    return f"{'-' if style.tp < 0 else '+'}{plus}/{'+' if style.tm < 0 else '-'}{minus}"


def write_number(value: float, places: int, zeros: int, style: Style) -> str:
    if style.lunit in (3, 4):
        return _write_feet(value, places, zeros, style)
    if style.lunit == 5:
        return _write_fraction(value, places)
    if style.lunit == 1:
        return f"{value:.{_bounded(places)}E}".replace(".", style.dsep)
    return _write_decimal(value, places, zeros, style.dsep)


def _write_decimal(value: float, places: int, zeros: int, point: str) -> str:
    # AutoCAD rounds halves away from zero; the small push keeps 0.125 (as stored 0.12499999) at 0.13.
    text = f"{abs(value) + 1e-9:.{_bounded(places)}f}"
    if zeros & 8 and "." in text:
        text = text.rstrip("0").rstrip(".")
    if zeros & 4 and text.startswith("0."):
        text = text[1:]
    sign = "-" if value < 0 and text.strip("0.") else ""
    return sign + text.replace(".", point or ".")


def _write_feet(value: float, places: int, zeros: int, style: Style) -> str:
    sign, inches = ("-" if value < 0 else ""), abs(value)
    step = 1 / 2 ** _bounded(places) if style.lunit == 4 else 10 ** -_bounded(places)
    inches = math.floor(inches / step + 0.5) * step
    feet, rest = divmod(inches, 12)
    part = _write_fraction(rest, places) if style.lunit == 4 else _write_decimal(rest, places, zeros, style.dsep)
    shows_feet = feet > 0 or zeros & 3 in (1, 2)
    shows_inches = rest > 0 or zeros & 3 in (1, 3) or not shows_feet
    pieces = [f"{feet:.0f}'"] if shows_feet else []
    if shows_inches:
        if shows_feet and "/" in part and " " not in part:
            part = f"0 {part}"
        pieces.append(f'{part}"')
    return sign + "-".join(pieces)


def _write_fraction(value: float, places: int) -> str:
    denominator = 2 ** _bounded(places)
    units = math.floor(abs(value) * denominator + 0.5)
    whole, rest = divmod(units, denominator)
    sign = "-" if value < 0 and units else ""
    if not rest:
        return f"{sign}{whole}"
    divisor = math.gcd(rest, denominator)
    fraction = f"{rest // divisor}/{denominator // divisor}"
    return f"{sign}{whole} {fraction}" if whole else f"{sign}{fraction}"


def _write_angle(degrees: float, style: Style) -> str:
    places = style.adec if style.adec >= 0 else style.dec
    zeros = (style.azin & 3) << 2  # DIMAZIN: 1 leading, 2 trailing, as DIMZIN's 4 and 8
    if style.aunit == 1:
        return _write_degrees_minutes(degrees, places)
    if style.aunit == 2:
        return _write_decimal(degrees / 0.9, places, zeros, style.dsep) + "g"
    if style.aunit == 3:
        return _write_decimal(math.radians(degrees), places, zeros, style.dsep) + "r"
    return _write_decimal(degrees, places, zeros, style.dsep) + "°"


def _write_degrees_minutes(degrees: float, places: int) -> str:
    seconds = (
        round(degrees * 3600) if places >= 3 else round(degrees * 60) * 60 if places >= 1 else round(degrees) * 3600
    )
    whole, rest = divmod(seconds, 3600)
    text = f"{whole}°"
    if places >= 1:
        text += f"{rest // 60}'"
    return text + (f'{rest % 60}"' if places >= 3 else "")


def _bounded(places: int) -> int:
    return max(0, min(int(places), 8))
