"""Is the file whole? Looked at as bytes, before and beside the library, which takes half a file for an empty one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pybase_pipelines.errors import CorruptedFile, EmptyFile, TruncatedFile

SENTINEL = b"AutoCAD Binary DXF\r\n\x1a\x00"
_HEAD = 1 << 16
_TAIL = 1 << 20
_START = re.compile(rb"^\s*0\s*[\r\n]+\s*SECTION\b", re.MULTILINE)
_END = re.compile(rb"(?:^|[\r\n])[ \t]*0[ \t]*(?:\r\n|\r|\n)[ \t]*EOF[ \t]*(?:[\r\n\x1a\x00]|$)")


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the bytes say. `is_complete`: the end mark is there.

    `lacks_version`: no $ACADVER, though its objects are written as in R13 and later; the library takes it for R12.
    """

    is_binary: bool
    is_complete: bool
    has_only_carriage_returns: bool = False
    lacks_version: bool = False


def inspect(path: Path) -> Integrity:
    """Look at both ends of the file.

    Raises:
        EmptyFile, TruncatedFile, CorruptedFile: there is nothing in it that could be read.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile("The file has no bytes.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    if not head.strip(b"\x00 \r\n\t\x1a"):
        raise CorruptedFile(f"The file holds {size} bytes, but the first {len(head)} are blank or zero.")
    if head.startswith(SENTINEL[:18]):
        return Integrity(is_binary=True, is_complete=b"\x00EOF\x00" in tail[-64:])
    is_complete = bool(_END.search(tail))
    body = head.removeprefix(b"\xef\xbb\xbf")
    if not _START.search(body):
        if b"\x00" in head.rstrip(b"\x00\x1a") and not is_complete:
            raise CorruptedFile("The file is neither a text DXF (no SECTION) nor a binary DXF (no sentinel).")
        if not is_complete:
            raise TruncatedFile("No SECTION of a DXF is to be found, and the end mark EOF is missing.")
    return Integrity(
        is_binary=False,
        is_complete=is_complete,
        has_only_carriage_returns=b"\n" not in head and b"\r" in head,
        lacks_version=b"$ACADVER" not in head and b"AcDb" in head,
    )
