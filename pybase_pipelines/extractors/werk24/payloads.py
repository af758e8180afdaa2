"""Reading an answer's payload, whether the package made an object of it or left it a plain dict.

Both become the same plain dict here, so that a page that the package does not model (an assembly drawing) is read like
any other. A value of an unexpected kind is None, never an error: the rest of a paid answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from pydantic import BaseModel

Payload = Mapping[str, Any]

_UNITS = {
    "millimeter": "mm", "millimetre": "mm", "centimeter": "cm", "meter": "m", "micrometer": "µm", "inch": "in",
    "microinch": "µin", "degree": "deg", "radian": "rad", "kilogram": "kg", "gram": "g", "pound": "lb",
}  # fmt: skip


def as_payload(value: Any) -> dict[str, Any] | None:
    """A payload as a dict of JSON values; None where it is not a record."""
    if isinstance(value, Mapping):
        return dict(value)
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else None


def records(payload: Payload, name: str) -> list[dict[str, Any]]:
    """The records of a list; what is no record is passed over."""
    found = payload.get(name)
    return [dict(item) for item in found if isinstance(item, Mapping)] if isinstance(found, list | tuple) else []


def record(payload: Payload | None, name: str) -> dict[str, Any]:
    found = payload.get(name) if payload else None
    return dict(found) if isinstance(found, Mapping) else {}


def word(payload: Payload, name: str) -> str | None:
    """A text that is not blank."""
    found = payload.get(name)
    return found.strip() or None if isinstance(found, str) else None


def number(payload: Payload, name: str) -> float | None:
    """A number, which arrives as a decimal text or a number."""
    found = payload.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float | str | Decimal):
        return None
    try:
        value = float(Decimal(str(found)))
    except InvalidOperation:
        return None
    return value if isfinite(value) else None


def count(payload: Payload, name: str) -> int | None:
    found = number(payload, name)
    return int(found) if found is not None else None


def flag(payload: Payload, name: str) -> bool:
    return payload.get(name) is True


def unit(payload: Payload) -> str | None:
    """The unit in the short form people write, or the service's word."""
    found = word(payload, "unit")
    return _UNITS.get(found.lower(), found) if found else None


def confidence(payload: Payload) -> float | None:
    return number(record(payload, "confidence"), "score")
