"""Is the end of the file still there? A DWG says at its beginning where its last parts are.

What belongs here: the two tables of contents that tell (R13 to R2000; R2004 and R2010 to R2018). What does not: what
the parts hold. The header of R2007 is packed with an error correcting code; nothing is told of those files.
"""

from __future__ import annotations

import struct
from pathlib import Path

_PLAIN = frozenset({"AC1012", "AC1014", "AC1015"})
_PAGED = frozenset({"AC1018", "AC1024", "AC1027", "AC1032"})
_COUNT_AT, _RECORDS_AT, _RECORD = 0x15, 0x19, struct.Struct("<BII")
_MOST_RECORDS = 8
_HEADER_AT, _HEADER_BYTES = 0x80, 0x6C
_NAME, _COPY_AT = b"AcFssFcAJMB", 0x34


def count_missing_bytes(path: Path, version: str) -> int:
    """How many bytes the file's own table says there are behind its end; 0 where it ends as it should."""
    with path.open("rb") as file:
        head = file.read(_HEADER_AT + _HEADER_BYTES)
    size = path.stat().st_size
    if version in _PLAIN:
        return max(0, _find_plain_end(head) - size)
    if version in _PAGED:
        return max(0, _find_paged_end(head) - size)
    return 0


def _find_plain_end(head: bytes) -> int:
    """The end of the part that reaches furthest."""
    (count,) = struct.unpack_from("<I", head, _COUNT_AT)
    if not 0 < count <= _MOST_RECORDS:
        return 0
    records = [_RECORD.unpack_from(head, _RECORDS_AT + number * _RECORD.size) for number in range(count)]
    return max(start + length for _, start, length in records)


def _find_paged_end(head: bytes) -> int:
    """The copy of the header is the last thing in the file."""
    header = bytes(a ^ b for a, b in zip(head[_HEADER_AT:], _mask(), strict=False))
    if not header.startswith(_NAME) or len(header) < _HEADER_BYTES:
        return 0
    (copy_at,) = struct.unpack_from("<Q", header, _COPY_AT)
    return copy_at + _HEADER_BYTES if copy_at else 0


def _mask() -> bytes:
    """The bytes that the header is mixed with, the same in every file."""
    state, mask = 1, bytearray()
    for _ in range(_HEADER_BYTES):
        state = (state * 0x343FD + 0x269EC3) & 0xFFFFFFFF
        mask.append(state >> 16 & 0xFF)
    return bytes(mask)
