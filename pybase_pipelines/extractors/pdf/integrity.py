"""What the bytes of a PDF tell before any library reads them: is it one, is its end there, does it unpack without end.

What belongs here: cheap looks at the raw file. What does not: anything that needs the document opened.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pybase_pipelines.errors import (
    CorruptedFile,
    EmptyFile,
    FileError,
    LimitExceeded,
    NoContent,
    TruncatedFile,
    UnsupportedFormat,
)

HEADER_WINDOW = 1024
TAIL_WINDOW = 2048
CHUNK = 1 << 20
SMALLEST_BOMB = 16 << 10
"""Deflate packs 1,000 to 1 at best: one shorter than this is no danger, unless it is packed twice."""
BOMB_BYTES, BOMB_RATIO = 16 << 20, 300
"""Larger and denser than this together is no drawing: real page content packs 5 to 50 to 1."""
TOTAL_FACTOR = 4
"""All streams of a document together may unpack to this many times what one may."""

_HEADER = re.compile(rb"%PDF-(\d\.\d)")
_UPDATE = re.compile(rb"\s(?:\d+ \d+ obj|xref|trailer|startxref)\s")
_STARTXREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_LINEARIZED = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d+)", re.DOTALL)
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
_NO_PAGES = re.compile(rb"/Count\s+0\b")
_PAGE = re.compile(rb"/Type\s*/Page\b")
_XREF_AT = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")


@dataclass(frozen=True, slots=True)
class Integrity:
    """`truncation` and `damage` say in words what is wrong, or are None."""

    truncation: str | None
    damage: str | None
    has_user_unit: bool
    xmp: bytes


def inspect(path: Path, max_inflated_bytes: int) -> Integrity:
    """Look at the raw file.

    Raises:
        EmptyFile, UnsupportedFormat, TruncatedFile, LimitExceeded: it cannot or must not be opened.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile("The file has no bytes.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        header = _find_header(data)
        _refuse_bombs(data, max_inflated_bytes)
        return Integrity(
            truncation=_describe_truncation(data, size),
            damage=_describe_damage(data, header),
            has_user_unit=data.find(b"/UserUnit") >= 0,
            xmp=_find_xmp(data),
        )


def is_encrypted(path: Path) -> bool:
    """Does the file have an encryption dictionary? Its key stands in a trailer, which is never packed."""
    return b"/Encrypt" in path.read_bytes()


def explain_failure(path: Path, reason: str) -> FileError:
    """The error for a file that has a PDF header but cannot be opened."""
    data = path.read_bytes()
    if truncation := _describe_truncation(data, len(data)):
        return TruncatedFile(f"{truncation}, and nothing of it can be read ({reason}).")
    if _NO_PAGES.search(data) and not _PAGE.search(data):
        return NoContent("The PDF has no page.")
    return CorruptedFile(f"The PDF cannot be opened: {reason}.")


def _find_header(data: mmap.mmap) -> int:
    """Where the PDF begins; readers allow junk in front."""
    if found := _HEADER.search(data[: HEADER_WINDOW + 8]):
        return found.start()
    head = data[:4096]
    if not head.strip(b"\0 \r\n\t"):
        raise UnsupportedFormat(
            f"The file is no PDF: it begins with {len(head)} bytes of nothing but zeros and blanks."
        )
    if b" obj" in data[: 1 << 16] and data.rfind(b"%%EOF") >= 0:
        raise CorruptedFile(
            f"The header '%PDF-' is not within the first {HEADER_WINDOW} bytes, though PDF objects follow."
        )
    shown = head[:24].decode("latin-1").encode("unicode_escape").decode("ascii")
    raise UnsupportedFormat(f"The file is no PDF: it begins with '{shown}' and has no '%PDF-' header.")


def _describe_truncation(data: mmap.mmap | bytes, size: int) -> str | None:
    if data.rfind(b"%%EOF", max(0, size - TAIL_WINDOW)) < 0:
        return (
            f"The end of the file is missing: there is no '%%EOF' in the last {min(size, TAIL_WINDOW)} of {size} bytes"
        )
    if _UPDATE.search(data[data.rfind(b"%%EOF") :]):
        return "The end of the file is missing: after its last '%%EOF' a change was appended that does not end"
    if (found := _LINEARIZED.search(data[:HEADER_WINDOW])) and int(found[1]) > size:
        return f"The end of the file is missing: it says it has {int(found[1])} bytes, and has {size}"
    return None


def _describe_damage(data: mmap.mmap, header: int) -> str | None:
    """Is the last cross-reference table where the file says it is? (A reader rebuilds it by searching for objects.)"""
    start = data.rfind(b"startxref")
    found = _STARTXREF.match(data[start : start + 64]) if start >= 0 else None
    if not found:
        return "The pointer to the cross-reference table is missing"
    for offset in {int(found[1]), int(found[1]) + header}:
        if offset < len(data) and _XREF_AT.match(data[offset : offset + 64]):
            return None
    return f"There is no cross-reference table at byte {int(found[1])}, where the file says it is"


def _find_xmp(data: mmap.mmap) -> bytes:
    """The last XMP packet that is stored as it is (the standard asks for that)."""
    start = data.rfind(b"<x:xmpmeta")
    end = data.find(b"</x:xmpmeta>", start) if start >= 0 else -1
    return data[start : min(end, start + CHUNK)] if end > 0 else b""


def _refuse_bombs(data: mmap.mmap, limit: int) -> None:
    """Unpack what could be large, without keeping it. Pictures are left out: nobody decodes them here."""
    total = 0
    for found in _STREAM.finditer(data):
        begin = found.end()
        dictionary = data[max(0, data.rfind(b" obj", max(0, begin - 2048), begin)) : begin]
        layers = len(_FLATE.findall(dictionary))
        if not layers or b"/Image" in dictionary:
            continue
        end = data.find(b"endstream", begin)
        end = len(data) if end < 0 else end
        if end - begin < SMALLEST_BOMB and layers == 1:
            continue
        unpacked = 0
        for chunk in _inflate(_slices(data, begin, end), min(layers, 3)):
            unpacked += len(chunk)
            total += len(chunk)
            is_dense = unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * (end - begin)
            if is_dense or unpacked > limit or total > TOTAL_FACTOR * limit:
                raise LimitExceeded(
                    f"The stream at byte {begin} has {end - begin} bytes and unpacks to more than {unpacked >> 20} MB, "
                    "which no page needs (the option max_inflated_bytes is the limit)."
                )


def _slices(data: mmap.mmap, begin: int, end: int) -> Iterator[bytes]:
    for at in range(begin, end, CHUNK):
        yield data[at : min(end, at + CHUNK)]


def _inflate(chunks: Iterator[bytes], layers: int) -> Iterator[bytes]:
    """Unpack `layers` times, a bounded piece at a time; what is not deflated (it may be encrypted) ends quietly."""
    if layers == 0:
        yield from chunks
        return
    inflater = zlib.decompressobj()
    for chunk in _inflate(chunks, layers - 1):
        rest = chunk
        while rest:
            try:
                piece = inflater.decompress(rest, CHUNK)
            except zlib.error:
                return
            yield piece
            if inflater.eof:
                return
            rest = inflater.unconsumed_tail
