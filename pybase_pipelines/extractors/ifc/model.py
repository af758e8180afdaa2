"""The open model: rows of instances, in the order of their numbers, and safe readings of their values.

What belongs here: opening a file with the library and reading attributes from it. A row is one instance as a dict
(attribute name to value, with `id` and `type`), read on the C++ side; nothing is read recursively, because the
library dies on instances that contain themselves. What does not: what classes mean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import CorruptedFile

Row = dict[str, Any]
_ROW_NUMBER = itemgetter("id")
_PLAIN = (str, int, float, tuple, dict, type(None))
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
        return sorted(self._by_type(name), key=_number)

    def numbers(self, name: str) -> set[int]:
        """The numbers of these instances."""
        return {entity.id() for entity in self._by_type(name)}

    def rows(self, name: str) -> list[Row]:
        """The same as dicts, not kept."""
        read = self.read
        return sorted((read(entity, False, True) for entity in self._by_type(name)), key=_ROW_NUMBER)

    def loaded(self) -> tuple[int, ...]:
        """The numbers of all instances."""
        return self.file.entity_names()

    def _by_type(self, name: str) -> Iterable[Any]:
        try:
            return self.file.by_type(name)
        except RuntimeError:
            return ()


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
    return not isinstance(value, _PLAIN)


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
