"""The text of a STEP file (ISO 10303-21) as instances that are looked up by number and by type.

One pass of one regular expression finds where each instance begins and ends; its arguments are parsed only when
somebody asks for them. Nothing here follows references by itself, so cycles and missing instances do no harm.
What belongs here: the syntax. What does not: what an entity means, and the header (`formats.part21_header`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple

from pybase_pipelines.formats.part21_strings import decode_string

MAX_NESTING = 64
"""Deeper parentheses than in any real file; the kernel crashes on thousands of them."""

_COMMENT = re.compile(r"('[^']*+')|/\*.*?\*/", re.DOTALL)
_DATA = re.compile(r"ENDSEC\s*;.*?\bDATA\s*(?:\([^;]*\)\s*)?;", re.DOTALL | re.IGNORECASE)
_STATEMENT = re.compile(
    r"#(\d{1,18})\s*+=\s*+([A-Za-z_!]\w*+)?+\s*+(\((?:[^;'=]++|'(?:[^';]++|;(?!\s*+#\d++\s*+=))*+')*+);"
)
_BETWEEN = re.compile(
    r"(?:\s|ENDSEC\s*;|DATA\s*(?:\([^;]*\)\s*)?;|<[^>]*>\s*=[^;]*;|(?:ANCHOR|REFERENCE|SIGNATURE)\s*;)*",
    re.IGNORECASE,
)
_STRING = re.compile(r"'[^']*+'")
_RECORD = re.compile(
    r"([A-Za-z_!]\w*+)\s*+\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\))*+\))*+\)"
)
_REFERENCE = re.compile(r"#(\d{1,18})(?!\d)")
_TOKEN = re.compile(
    r"\s*+(?:#(\d{1,18})|([-+]?\d+\.?\d*(?:[Ee][-+]?\d+)?)|'((?:[^']|'')*+)'|\.(\w+)\.|([A-Za-z_!]\w*)|([$*(),])|(\"[0-9A-Fa-f]*\"))"
)


class Reference(int):
    """The number of another instance."""


class Enumeration(str):
    """A value such as .MILLI., without its points."""

    __slots__ = ()


class Typed(NamedTuple):
    """A value that says its type, such as LENGTH_MEASURE(2.5)."""

    type: str
    values: Arguments

    @property
    def value(self) -> Value:
        return self.values[0] if self.values else None


class Arguments(list["Value"]):
    """The arguments of a record; whatever is absent or of another type is None, so that a short record does no harm."""

    def text(self, index: int) -> str | None:
        value = self.at(index)
        return value if isinstance(value, str) and not isinstance(value, Enumeration) else None

    def reference(self, index: int) -> Reference | None:
        value = self.at(index)
        return value if isinstance(value, Reference) else None

    def enumeration(self, index: int) -> str | None:
        value = self.at(index)
        return str(value) if isinstance(value, Enumeration) else None

    def number(self, index: int) -> float | None:
        return plain_number(self.at(index))

    def items(self, index: int) -> Arguments:
        value = self.at(index)
        return value if isinstance(value, Arguments) else Arguments()

    def at(self, index: int) -> Value:
        return self[index] if -len(self) <= index < len(self) else None


Value = None | str | int | float | Typed | Arguments
NOTHING = Arguments()


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance: its records by entity name. A simple instance has one, a complex one several."""

    id: int
    records: dict[str, Arguments]

    def record(self, *types: str) -> Arguments:
        """The arguments of the first of these entities that the instance has; no arguments where it has none."""
        return next((self.records[t] for t in types if t in self.records), NOTHING)

    @property
    def reference(self) -> Reference:
        return Reference(self.id)


def plain_number(value: Value) -> float | None:
    """A number, typed or not; None for anything else, and for one that no computer can hold (1E400)."""
    if isinstance(value, Typed):
        value = value.value
    if isinstance(value, bool | Reference) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= 1e300 else None


@dataclass(slots=True)
class Part21:
    """All instances of a file, in its order. `end` is where the last one ends in the text."""

    text: str
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    by_type: dict[str, list[int]] = field(default_factory=dict)
    duplicates: list[int] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    is_complete: bool = False
    end: int = 0
    _parsed: dict[int, Instance | None] = field(default_factory=dict)
    _dangling: list[int] | None = None

    def get(self, number: Value) -> Instance | None:
        """The instance that a value refers to; None if it refers to none, to a missing or to an unreadable one."""
        if not isinstance(number, int) or number not in self.spans:
            return None
        if number not in self._parsed:
            try:
                self._parsed[number] = Instance(number, parse_records(self.text, *self.spans[number]))
            except ValueError as error:
                self.unreadable.append(f"#{number}: {error}")
                self._parsed[number] = None
        return self._parsed[number]

    def of(self, *types: str) -> Iterator[Instance]:
        """All instances of these entities, each type in the order of the file."""
        for type_ in types:
            for number in self.by_type.get(type_, ()):
                instance = self.get(number)
                if instance is not None and type_ in instance.records:
                    yield instance

    def count(self, *types: str) -> int:
        return sum(len(self.by_type.get(t, ())) for t in types)

    def dangling(self) -> list[int]:
        """The numbers that are referred to and not there."""
        if self._dangling is None:
            self._dangling = self._find_dangling()
        return self._dangling

    def _find_dangling(self) -> list[int]:
        found: set[int] = set()
        numbers, spans = list(self.spans), self.spans
        for first in range(0, len(numbers), 20_000):
            last = min(first + 20_000, len(numbers)) - 1
            chunk = self.text[spans[numbers[first]][0] : spans[numbers[last]][1]]
            if "'" in chunk:
                chunk = _STRING.sub("", chunk)
            found.update(map(int, set(_REFERENCE.findall(chunk))))
        return sorted(found.difference(spans))


def read_part21(text: str) -> Part21:
    """Find every instance in the text of a file. Never raises: what cannot be read is listed in `unreadable`."""
    if "/*" in text:
        text = _COMMENT.sub(lambda m: m[1] or " ", text)
    file = Part21(text)
    start = _DATA.search(text)
    if start is None:
        return file
    end = start.end()
    spans, by_type = file.spans, file.by_type
    lines = _LineNumbers(text)
    for match in _STATEMENT.finditer(text, end):
        if match.start() - end > 2:
            _check_gap(file, lines, end, match.start())
        end = match.end()
        number = int(match[1])
        if number in spans:
            file.duplicates.append(number)
            continue
        keyword = match[2]
        spans[number] = (match.start(2) if keyword else match.start(3), match.end(3))
        for name in (intern(keyword.upper()),) if keyword else _keywords(match[3]):
            if name in by_type:
                by_type[name].append(number)
            else:
                by_type[name] = [number]
    trailer = text[end:].upper().find("END-ISO-10303-21")  # what stands after it is no part of the file
    _check_gap(file, lines, end, len(text) if trailer < 0 else end + trailer)
    file.is_complete, file.end = trailer >= 0, end
    return file


class _LineNumbers:
    """Line numbers of positions, made only when a first one is wanted; lines end as the file ends them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: list[int] | None = None

    def of(self, position: int) -> int:
        if self._ends is None:
            self._ends = [m.start() for m in re.finditer(r"\r\n|\r|\n", self._text)]
        return bisect_right(self._ends, position) + 1


def _check_gap(file: Part21, lines: _LineNumbers, start: int, end: int) -> None:
    between = _BETWEEN.match(file.text, start, end)
    rest = file.text[between.end() if between else start : end].strip()
    if rest:
        position = file.text.find(rest[:20], start)
        file.unreadable.append(f"line {lines.of(position)}: {' '.join(rest[:60].split())}")


def _keywords(body: str) -> set[str]:
    if "'" in body:
        body = _STRING.sub("''", body)
    return {intern(name.upper()) for name in _RECORD.findall(body)}


def parse_records(text: str, start: int, end: int) -> dict[str, Arguments]:
    """The records of one instance, whose text stands between these positions.

    Raises:
        ValueError: the text is no record, or nested deeper than MAX_NESTING.
    """
    values = _parse_values(text, start, end)
    first = values[0] if len(values) == 1 else None
    if isinstance(first, Typed):
        return {first.type: first.values}
    if isinstance(first, Arguments):
        records = {v.type: v.values for v in first if isinstance(v, Typed)}
        if records:
            return records
    raise ValueError("is no entity with arguments")


def _parse_values(text: str, start: int, end: int) -> Arguments:
    root = Arguments()
    stack = [root]
    keyword: str | None = None
    position = start
    match_token = _TOKEN.match
    while position < end:
        token = match_token(text, position, end)
        if token is None:
            if text[position:end].strip():
                raise ValueError(f"cannot be read from '{text[position : position + 20]}' on")
            break
        position = token.end()
        if token.lastindex == 5:
            keyword = token[5]
            continue
        sign = token[6]
        if sign == "(":
            if len(stack) > MAX_NESTING:
                raise ValueError(f"is nested deeper than {MAX_NESTING} parentheses")
            values = Arguments()
            stack[-1].append(Typed(intern(keyword.upper()), values) if keyword else values)
            stack.append(values)
        elif sign == ")":
            if len(stack) == 1:
                raise ValueError("closes more parentheses than it opens")
            stack.pop()
        elif sign != ",":
            stack[-1].append(_value(token))
        keyword = None
    if len(stack) > 1:
        raise ValueError("opens more parentheses than it closes")
    return root


def _value(token: re.Match[str]) -> Value:
    which = token.lastindex
    if which == 1:
        return Reference(token[1])
    if which == 2:
        number = token[2]
        return int(number) if number.lstrip("+-").isdigit() and len(number) < 19 else float(number)
    if which == 3:
        return decode_string(token[3])
    if which == 4:
        return Enumeration(token[4].upper())
    return token[7]
