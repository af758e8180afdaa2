"""The header of a STEP physical file (ISO 10303-21), which IFC and STEP share; its FILE_SCHEMA tells them apart.

What belongs here: a bounded reader of the HEADER section. It needs no library and survives broken headers, so that
something is known of a file even when the kernel crashes on it. What does not: the DATA section, and how strings are
written (`part21_strings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pybase_pipelines.formats.part21_strings import decode_string

HEADER_BYTES = 1 << 18
"""More than any sane header; what follows is never read."""

_START = re.compile(r"\s*+(?>/\*.*?\*/\s*)*+ISO-10303-21\s*;", re.DOTALL | re.IGNORECASE)
_TOKEN = re.compile(r"/\*.*?(?:\*/|$)|'((?:[^']|'')*)'|([A-Za-z_][\w!-]*)|([$*(),;])|\s+|.", re.DOTALL)
_SCHEMA = re.compile(r"FILE_SCHEMA\s*\(\s*\(\s*'((?:[^'\n]|'')*)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part21Header:
    """What the HEADER section says; strings are decoded, an absent one is None.

    `is_complete`: the end of the section was found. `data_start`: the first entity names of the DATA section.
    """

    encoding: str = "utf-8"
    description: tuple[str, ...] = ()
    implementation_level: str | None = None
    name: str | None = None
    time_stamp: str | None = None
    author: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    preprocessor_version: str | None = None
    originating_system: str | None = None
    authorization: str | None = None
    schemas: tuple[str, ...] = ()
    is_complete: bool = False
    data_start: tuple[str, ...] = ()


def read_part21_header(data: bytes) -> Part21Header | None:
    """The header that `data` (the head of a file) begins with; None if it is no STEP physical file. Never raises."""
    text, encoding = decode_text(data[:HEADER_BYTES])
    start = _START.match(text)
    if start is None:
        return None
    records: dict[str, list] = {}
    is_complete = False
    for keyword, values in _records(text, start.end()):
        if keyword in ("ENDSEC", "DATA"):
            is_complete = keyword == "ENDSEC"
            break
        records.setdefault(keyword, values)
    described, named, schema = (records.get(k, []) for k in ("FILE_DESCRIPTION", "FILE_NAME", "FILE_SCHEMA"))
    schemas = _texts(schema, 0) or tuple(decode_string(s) for s in _SCHEMA.findall(text)[:1])
    return Part21Header(
        encoding=encoding,
        description=_texts(described, 0),
        implementation_level=_text(described, 1),
        name=_text(named, 0),
        time_stamp=_text(named, 1),
        author=_texts(named, 2),
        organization=_texts(named, 3),
        preprocessor_version=_text(named, 4),
        originating_system=_text(named, 5),
        authorization=_text(named, 6),
        schemas=schemas,
        is_complete=is_complete,
        data_start=tuple(m.upper() for m in re.findall(r"#\d+\s*=\s*\(?\s*([A-Za-z_]\w*)", text[:65536])[:50]),
    )


def decode_text(data: bytes) -> tuple[str, str]:
    """The text of a file's head and its encoding: by byte order mark, by the NULs of UTF-16, else UTF-8 or Latin-1."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding.removesuffix("-sig"), "replace"), encoding
    start = data[:64]
    if len(start) >= 8 and 0 not in start[::2] and not any(start[1::2]):
        return data.decode("utf-16-le", "replace"), "utf-16-le"
    if len(start) >= 8 and 0 not in start[1::2] and not any(start[::2]):
        return data.decode("utf-16-be", "replace"), "utf-16-be"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # only the cut at the end is in the middle of a character
            return data[: error.start].decode("utf-8"), "utf-8"
        return data.decode("latin-1"), "latin-1"


def _records(text: str, position: int) -> Iterator[tuple[str, list]]:
    """Each record of the section: its keyword and its values (strings, None, lists), nested as written."""
    keyword, stack = "", [[]]
    for token in _TOKEN.finditer(text, position):
        string, word, sign = token.groups()
        if string is not None:
            stack[-1].append(decode_string(string))
        elif word and len(stack) == 1:
            keyword = word.upper()
        elif sign == "(" and len(stack) < 8:
            stack[-1].append([])
            stack.append(stack[-1][-1])
        elif sign == ")" and len(stack) > 1:
            stack.pop()
        elif sign == "$":
            stack[-1].append(None)
        elif sign == ";":
            yield keyword, stack[0][0] if stack[0] and isinstance(stack[0][0], list) else []
            keyword, stack = "", [[]]


def _text(values: list, index: int) -> str | None:
    value = values[index] if index < len(values) else None
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str)), None)
    return value or None


def _texts(values: list, index: int) -> tuple[str, ...]:
    value = values[index] if index < len(values) else None
    found = value if isinstance(value, list) else [value]
    return tuple(v for v in found if isinstance(v, str) and v)
