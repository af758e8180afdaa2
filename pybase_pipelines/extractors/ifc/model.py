"""The open model: rows of instances, in the order of their numbers, and safe readings of their values.

What belongs here: opening a file with the library and reading attributes from it. A row is one instance as a dict
(attribute name to value, with `id` and `type`), read on the C++ side; nothing is read recursively, because the
library dies on instances that contain themselves. What does not: what classes mean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import CorruptedFile

Row = dict[str, Any]
_STAMP = re.compile(r"\s*\[\d{4}-\d\d-\d\d [^\]]*\]")


@dataclass(slots=True)
class Model:
    """An open IFC file. `schema` is one of IFC2X3, IFC4, IFC4X3."""

    file: Any
    schema: str
    schema_identifier: str
    read: Callable[[Any, bool, bool], Row]
    log: list[str]
    _rows: dict[int, Row] = field(default_factory=dict)

    def row(self, entity: Any) -> Row:
        """The instance as a dict. Kept, because what is referred to (a unit, a material) is often shared."""
        number = entity.id()
        if number == 0:
            return self.read(entity, False, True)
        if (row := self._rows.get(number)) is None:
            row = self._rows[number] = self.read(entity, False, True)
        return row

    def entities(self, name: str) -> list[Any]:
        """The instances of a class and its subtypes; none where the schema has no such class."""
        try:
            found = self.file.by_type(name)
        except RuntimeError:
            return []
        return sorted(found, key=_number)

    def rows(self, name: str) -> list[Row]:
        """The same as dicts, not kept."""
        return [self.read(entity, False, True) for entity in self.entities(name)]

    def loaded(self) -> set[int]:
        return set(self.file.entity_names())


def open_model(path: Path) -> Model:
    """Open a file that is known to be a STEP physical file of a known schema.

    Raises:
        CorruptedFile: the library refuses it; the message says what it found.
    """
    import ifcopenshell
    from ifcopenshell import ifcopenshell_wrapper

    ifcopenshell.get_log()
    try:
        file = ifcopenshell.open(str(path))
    except (ifcopenshell.Error, RuntimeError, OSError, LookupError, UnicodeError) as error:
        log = _log_lines(ifcopenshell.get_log())
        reason = log[0] if log else str(error)
        raise CorruptedFile(f"The file cannot be parsed: {reason}.") from error
    log = _log_lines(ifcopenshell.get_log())
    return Model(file, file.schema, file.schema_identifier, ifcopenshell_wrapper.get_info_cpp, log)


def text(value: Any) -> str | None:
    """A string as JSON can hold it; None for nothing, for blank, and for what is no string."""
    if not isinstance(value, str) or not value:
        return None
    if value.isascii():
        return value.replace("\x00", "")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def number(value: Any) -> float | None:
    """A finite number, also out of a typed value (IfcLengthMeasure); None for anything else."""
    if is_entity(value) and value.id() == 0:
        value = value.get_argument(0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def is_entity(value: Any) -> bool:
    return hasattr(value, "is_a")


def references(value: Any) -> list[Any]:
    """The instances that an attribute refers to, whether it is one, a list or (in broken files) neither."""
    found = value if isinstance(value, tuple) else (value,)
    return [entity for entity in found if is_entity(entity) and entity.id()]


def reference(value: Any) -> Any | None:
    return next(iter(references(value)), None)


def _number(entity: Any) -> int:
    return entity.id()


def _log_lines(log: str) -> list[str]:
    """What the parser complained of; without time stamps, so that two readings of a file say the same."""
    return [_STAMP.sub("", line).strip() for line in log.splitlines() if line.strip()]
