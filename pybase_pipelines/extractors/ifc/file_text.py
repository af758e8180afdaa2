r"""The text of a model before the library sees it: its header, its end, its instances, and a copy that can be read.

The library silently drops every raw character above ASCII, refuses UTF-16, a byte order mark, instance numbers above
2^31 and every schema name but three. All of these occur; such a file is read from a copy in which strings are escaped
(\X2\..\X0\), numbers are small and the schema's name is the one of the library.

What belongs here: Part 21 as text. What does not: what an instance means.
"""

from __future__ import annotations

import codecs
import mmap
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pybase_pipelines.errors import CorruptedFile, EmptyFile, TruncatedFile, UnsupportedFormat
from pybase_pipelines.formats.part21_header import HEADER_BYTES, Part21Header, read_part21_header

TRAILER = b"END-ISO-10303-21"
TAIL_BYTES = 4096
CHUNK_BYTES = 1 << 22
MAX_INSTANCE_NUMBER = 2**31 - 1
_NAME = re.compile(rb"#\s*\d+\s*=")
_INSTANCE = re.compile(rb"#\s*(\d+)\s*=\s*(?:/\*.*?\*/\s*)?([A-Za-z]\w*)", re.DOTALL)
_TOKEN = re.compile(rb"'(?:[^']|'')*'|/\*.*?\*/|#\s*(\d+)\s*=\s*([A-Za-z]\w*)", re.DOTALL)
_NUMBER = re.compile(rb"'(?:[^']|'')*'|/\*.*?\*/|#\s*(\d+)", re.DOTALL)
_HUGE = re.compile(rb"#\s*(\d{10,})\s*=")
_SCHEMA_RECORD = re.compile(rb"FILE_SCHEMA\s*\(\s*\(.*?\)\s*\)", re.DOTALL | re.IGNORECASE)
_NOT_ASCII = re.compile("[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class FileText:
    """What the text tells: its header, its encoding, whether its end is there, and whether it is plain ASCII."""

    path: Path
    header: Part21Header
    encoding: str
    is_complete: bool
    is_plain: bool


def inspect_text(path: Path) -> FileText:
    """Read what can be known of the file without the library.

    Raises:
        EmptyFile, CorruptedFile, TruncatedFile, UnsupportedFormat: it is no STEP physical file, or only a piece of one.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile("The file has no bytes.")
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    header = read_part21_header(head)
    if header is None:
        raise _explain_foreign(head)
    is_complete = TRAILER in tail.replace(b"\x00", b"").upper()
    if not is_complete and not header.schemas:
        raise TruncatedFile(f"The file ends after {size} bytes, within its header.")
    with map_bytes(path) as data:
        is_plain = b"\x00" not in head and all(chunk.isascii() for chunk in _chunks(data))
        encoding = header.encoding if header.encoding.startswith("utf-16") else _encoding(data, is_plain)
    return FileText(path, header, encoding, is_complete, is_plain)


@contextmanager
def map_bytes(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def entity_names(path: Path) -> list[str]:
    """The entity name of each instance, in the file's order and case."""
    with map_bytes(path) as data:
        return [m[2].decode("ascii") for m in _INSTANCE.finditer(data)]


def count_instances(path: Path) -> int:
    """How many instances the text seems to hold: quick, and too many where a string looks like an instance."""
    with map_bytes(path) as data:
        return len(_NAME.findall(data))


def missing_instances(path: Path, loaded: set[int]) -> Counter[str]:
    """The instances of the text that are not in `loaded`, by entity name."""
    with map_bytes(path) as data:
        found = ((int(m[1]), m[2]) for m in _TOKEN.finditer(data) if m[1])
        return Counter(name.decode("ascii").upper() for number, name in found if number not in loaded)


def write_readable_copy(text: FileText, schema: str, target: Path) -> Path:
    """Write a copy that the library reads in full: ASCII with escapes, and `schema` as its schema."""
    data = text.path.read_bytes()
    if not text.is_plain:
        decoded = data.decode(text.encoding, "replace").removeprefix("\ufeff")
        data = _NOT_ASCII.sub(_escape, decoded).encode("ascii")
    head, rest = data[:HEADER_BYTES], data[HEADER_BYTES:]
    head = _SCHEMA_RECORD.sub(f"FILE_SCHEMA(('{schema}'))".encode(), head, count=1)
    target.write_bytes(head + rest)
    return target


def has_huge_numbers(path: Path) -> bool:
    """Whether an instance has a number above the library's limit."""
    with map_bytes(path) as data:
        return any(int(m[1]) > MAX_INSTANCE_NUMBER for m in _HUGE.finditer(data))


def write_renumbered_copy(path: Path, target: Path) -> Path:
    """Write a copy in which every number is within the library's limit."""
    target.write_bytes(_renumber(path.read_bytes()))
    return target


def _encoding(data: mmap.mmap, is_plain: bool) -> str:
    if is_plain:
        return "ascii"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(data):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _chunks(data: mmap.mmap) -> Iterator[bytes]:
    return (data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES))


def _escape(match: re.Match[str]) -> str:
    text = match[0]
    if max(text) > "\uffff":
        return f"\\X4\\{text.encode('utf-32-be').hex().upper()}\\X0\\"
    return f"\\X2\\{text.encode('utf-16-be').hex().upper()}\\X0\\"


def _renumber(data: bytes) -> bytes:
    """Give instances with numbers above the library's limit the first free ones; all others keep theirs."""
    numbers = {int(m[1]) for m in _NUMBER.finditer(data) if m[1]}
    huge = sorted(n for n in numbers if n > MAX_INSTANCE_NUMBER)
    first = max((n for n in numbers if n <= MAX_INSTANCE_NUMBER - len(huge)), default=0) + 1
    names = {number: first + index for index, number in enumerate(huge)}

    def rename(match: re.Match[bytes]) -> bytes:
        number = int(match[1]) if match[1] else None
        return b"#%d" % names[number] if number in names else match[0]

    return _NUMBER.sub(rename, data)


def _explain_foreign(head: bytes) -> UnsupportedFormat | CorruptedFile:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512]
    if start.startswith(b"<"):
        return UnsupportedFormat(
            "The file is XML (ifcXML), not a STEP physical file.",
            hint="Export the model as IFC (STEP physical file, .ifc) or ifcZIP.",
        )
    for magic, label in ((b"{", "JSON (ifcJSON)"), (b"\x89HDF", "HDF5"), (b"SQLite format 3", "an SQLite database")):
        if start.startswith(magic):
            return UnsupportedFormat(
                f"The file is {label}, not a STEP physical file.", hint="Export the model as .ifc."
            )
    if not head.strip(b"\x00 \t\r\n"):
        return CorruptedFile("The file holds only blanks or NUL bytes.")
    return CorruptedFile(f"The file does not begin with ISO-10303-21, but with {bytes(start[:16])!r}.")
