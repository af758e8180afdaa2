"""Which schema a file is written in, and which of the library's schemas reads it.

What belongs here: names of schemas and the choice between them. The library knows one edition of each generation;
corrigenda and addenda of it are the same to a reader, and intermediate editions (IFC4X1, IFC2X2) are read as the
neighbour that knows most of their entities, with a warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pybase_pipelines.errors import UnsupportedFormat

KNOWN = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
_ALIASES = {
    "IFC2X3": r"IFC2X3_(FINAL|TC\d|RC\d)",
    "IFC4": r"IFC4_(FINAL|TC\d|ADD\d(_TC\d)?|RC\d)|IFC2X4(_RC\d|_ALPHA|_BETA\d)?",
    "IFC4X3_ADD2": r"IFC4X3|IFC4X3_(TC\d|ADD\d|FINAL)",
}
_NEIGHBOURS = {
    r"IFC2X(_FINAL|2(_FINAL|_ADD\d)?)?": ("IFC2X3",),
    r"IFC4X[12](_\w+)?|IFC4X3_RC\d": ("IFC4X3_ADD2", "IFC4"),
}


def stand_ins(name: str) -> tuple[str, ...]:
    """The library's schemas that can read a file of the schema `name`: itself, its generation, or its neighbours."""
    name = plain_name(name)
    if name in KNOWN:
        return (name,)
    for known, pattern in _ALIASES.items():
        if re.fullmatch(pattern, name):
            return (known,)
    return next((known for pattern, known in _NEIGHBOURS.items() if re.fullmatch(pattern, name)), ())


def plain_name(name: str) -> str:
    """The schema's name without the object identifier that may follow it: "IFC4 { 1 0 10303 }" is IFC4."""
    return name.split("{")[0].strip().upper()


def is_same_generation(name: str, read_as: str) -> bool:
    name = plain_name(name)
    return name == read_as or bool(re.fullmatch(_ALIASES[read_as], name))


def choose_schema(named: tuple[str, ...], entities: Iterable[str]) -> tuple[str, str]:
    """The name that the file goes by, and the library's schema that knows most of its `entities`.

    Raises:
        UnsupportedFormat: none of the names is a schema that can be read.
    """
    name = next((n for n in named if stand_ins(n)), None)
    if name is None:
        found = ", ".join(repr(n) for n in named) or "none"
        what = "an IFC schema that is not known" if "IFC" in "".join(named).upper() else "no IFC schema"
        raise UnsupportedFormat(
            f"The file's FILE_SCHEMA names {found}: {what}.",
            hint="IFC2X3, IFC4 and IFC4X3 can be read, and their corrigenda. Export the model in one of these.",
        )
    candidates = stand_ins(name)
    if len(candidates) == 1:
        return name, candidates[0]
    counts = Counter(entity.upper() for entity in entities)
    return name, max(candidates, key=lambda c: _known_instances(c, counts))


def _known_instances(schema: str, counts: Counter[str]) -> int:
    from ifcopenshell import ifcopenshell_wrapper

    declared = {e.name().upper() for e in ifcopenshell_wrapper.schema_by_name(schema).entities()}
    return sum(n for entity, n in counts.items() if entity in declared)
