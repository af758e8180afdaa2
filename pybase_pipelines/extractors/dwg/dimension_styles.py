"""Dimension styles of a DWG: the decoder gives names and sizes, the rules of writing are read from the record's bits.

What belongs here: the order of the fields in a DIMSTYLE record, R2000 and later. A record whose scale and text height,
read on the way, differ from the decoder's is not trusted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.measurement import Style
from pybase_pipelines.extractors.cad.units import LINEAR_UNITS
from pybase_pipelines.extractors.dwg.database import Database
from pybase_pipelines.extractors.dwg.records import STRING_STREAM_VERSIONS, Bits, open_table_record
from pybase_pipelines.results.cad import CadDimensionStyle

Value = float | int | str

_TEXT, _DOUBLE, _SHORT, _BIT, _COLOR = "TDSBC"
_SINCE_2007 = "+"
_FIELDS = (
    "post:T apost:T scale:D asz:D exo:D dli:D exe:D rnd:D dle:D tp:D tm:D fxl:D+ jogang:D+ tfill:S+ tfillclr:C+ "
    "tol:B lim:B tih:B toh:B se1:B se2:B tad:S zin:S azin:S arcsym:S+ txt:D cen:D tsz:D altf:D lfac:D tvp:D tfac:D "
    "gap:D altrnd:D alt:B altd:S tofl:B sah:B tix:B soxd:B clrd:C clre:C clrt:C adec:S dec:S tdec:S altu:S alttd:S "
    "aunit:S frac:S lunit:S dsep:S tmove:S just:S sd1:B sd2:B tolj:S tzin:S"
)
"""The DIM variables in the order of the record: T text, D double, S short, B bit, C colour; + since R2007."""


@dataclass(frozen=True, slots=True)
class NamedStyle:
    """How a style is listed, and by which rules it writes."""

    listed: CadDimensionStyle
    rules: Style


def read_styles(database: Database) -> dict[int, NamedStyle]:
    """The styles by handle; where the record cannot be trusted, the rules are the usual ones."""
    styles = {}
    for handle, name, scale, text_height, _ in database.rows("dimstyles"):
        fields = _read_fields(database, handle)
        if not (
            math.isclose(float(fields.get("scale", -1)), scale)
            and math.isclose(float(fields.get("txt", -1)), text_height)
        ):
            fields = {}
        styles[handle] = NamedStyle(_list(name, scale, text_height, fields), _rules(fields))
    return styles


def _read_fields(database: Database, handle: int) -> dict[str, Value]:
    records = database.ask("read_object_records_by_handle", [handle])
    if not records or database.version in ("AC1012", "AC1014"):
        return {}
    strings = iter(database.strings(handle)[1:])
    has_stream = database.version in STRING_STREAM_VERSIONS
    try:
        bits = open_table_record(bytes(records[0][4]), database.version)
        if not has_stream:
            bits.take_bytes(bits.take_bit_short())  # its name
            bits.take(1)
        bits.take_bit_short()  # what is known of it from an external drawing
        if not has_stream:
            bits.take(1)
        fields: dict[str, Value] = {}
        for field in _FIELDS.split():
            name, _, kind = field.partition(":")
            if kind.endswith(_SINCE_2007) and not has_stream:
                continue
            if kind[0] == _TEXT:
                fields[name] = next(strings, "") if has_stream else _text(bits)
            else:
                fields[name] = _take(bits, kind[0], database.version)
    except (EOFError, ValueError):
        return {}
    return fields


def _text(bits: Bits) -> str:
    return bits.take_bytes(bits.take_bit_short()).decode("cp1252", "replace").rstrip("\x00")


def _take(bits: Bits, kind: str, version: str) -> float | int:
    if kind == _DOUBLE:
        return bits.take_bit_double()
    if kind == _SHORT:
        return bits.take_bit_short()
    if kind == _BIT:
        return bits.take(1)
    return _color(bits, version)


def _color(bits: Bits, version: str) -> int:
    """An index; since R2004 also a true colour and a flag for names, which in R2004 follow at once."""
    index = bits.take_bit_short()
    if version != "AC1015":
        bits.take_bit_long()
        names = bits.take(8)
        if version == "AC1018":
            for flag in (1, 2):
                if names & flag:
                    _text(bits)
    return index


def _rules(fields: dict[str, Value]) -> Style:
    if not fields:
        return Style()
    numbers = {name: value for name, value in fields.items() if not isinstance(value, str)}
    whole: dict[str, Any] = {
        name: int(numbers[name]) for name in ("dec", "zin", "lunit", "aunit", "adec", "azin", "tdec", "tzin")
    }
    exact: dict[str, Any] = {name: float(numbers[name]) for name in ("lfac", "rnd", "tp", "tm")}
    whole["adec"] = -1 if whole["adec"] > 32767 else whole["adec"]
    separator = int(numbers["dsep"])
    return Style(
        **whole,
        **exact,
        post=str(fields["post"]),
        tol=bool(fields["tol"]),
        lim=bool(fields["lim"]),
        dsep=chr(separator) if 0 < separator < 256 else ".",
    )


def _list(name: str, scale: float, text_height: float, fields: dict[str, Value]) -> CadDimensionStyle:
    listed = CadDimensionStyle(name=clean(name), scale=scale, text_height=text_height)
    if fields:
        rules = _rules(fields)
        listed.linear_factor, listed.decimal_places, listed.rounding = rules.lfac, rules.dec, rules.rnd
        listed.prefix_suffix, listed.decimal_separator = clean(rules.post) or None, rules.dsep
        listed.linear_units = LINEAR_UNITS.get(rules.lunit)
        listed.shows_tolerance, listed.shows_limits = rules.tol, rules.lim
        listed.tolerance_plus, listed.tolerance_minus = rules.tp, -rules.tm if rules.tm else None
    return listed
