"""Reading one text from left to right: the position in it, and what was understood so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_INCH = ('"', "in", "inch", "inches")


@lru_cache(maxsize=256)
def _compile(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


class Scanner:
    """A text and how far it is read. `take` reads a pattern at the position, blanks before it skipped."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def take(self, pattern: str, flags: int = 0) -> re.Match[str] | None:
        start = self._position
        while start < len(self._text) and self._text[start] == " ":
            start += 1
        match = _compile(pattern, flags).match(self._text, start)
        if match:
            self._position = match.end()
        return match

    @property
    def rest(self) -> str:
        return self._text[self._position :]

    @property
    def is_done(self) -> bool:
        return not self.rest.strip()


@dataclass(slots=True)
class Draft:
    """A dimension as far as it is understood. `parts` are its words in one spelling."""

    parts: list[str] = field(default_factory=list)
    value: float | None = None
    unit: str | None = None
    dimension_type: str = "linear"
    tolerance_plus: float | None = None
    tolerance_minus: float | None = None
    fit: str | None = None
    quantity: int | None = None
    count: str = ""
    is_reference: bool = False
    is_basic: bool = False
    has_brackets: bool = False

    def start(self, text: str, dimension_type: str, value: float | None, unit: str | None = None) -> None:
        """The core of the dimension; a unit is spelled behind the number."""
        self.parts.append(text)
        self.dimension_type = dimension_type
        self.value = value
        if unit:
            self.set_unit(unit)

    def set_unit(self, unit: str) -> None:
        self.unit = "in" if unit.lower() in _INCH else unit.lower()
        self.parts[-1] += unit if unit == '"' else f" {unit}"
