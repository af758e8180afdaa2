"""A bounded look into ZIP and gzip files: what is packed in them, without unpacking more than the head of one member.

What belongs here: names and heads of members. What does not: unpacking for extraction (the extractor does it, within
its limits).
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MEMBER_HEAD_BYTES = 1 << 16
MAX_DIRECTORY_BYTES = 4 << 20
_END_OF_DIRECTORY = b"PK\x05\x06"
_ENGINEERING = (".ifc", ".step", ".stp", ".p21", ".dxf", ".dwg", ".pdf", ".ifcxml", ".stpx")
_KNOWN_ARCHIVES: tuple[tuple[str, str], ...] = (
    ("word/document.xml", "a Word document"),
    ("xl/workbook.xml", "an Excel workbook"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("3D/3dmodel.model", "a 3MF model"),
    ("Document.xml", "a FreeCAD document"),
    ("manifest.xml", "a DWFx, BCF or XPS package"),
    ("bcf.version", "a BCF package"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
)


@dataclass(frozen=True, slots=True)
class PackedMember:
    """The member of an archive that is worth a look, with its unpacked head."""

    name: str
    head: bytes


@dataclass(frozen=True, slots=True)
class ArchiveLook:
    """What a ZIP holds: in words, and the member to look at (None: none of our formats, or not readable)."""

    label: str
    member: PackedMember | None = None


def look_into_zip(path: Path, tail: bytes) -> ArchiveLook:
    """What the ZIP holds, from its directory (bounded) and the head of its first engineering file."""
    if (size := _directory_size(tail)) is None:
        return ArchiveLook("a ZIP archive without its directory (the end is missing)")
    if size > MAX_DIRECTORY_BYTES:
        return ArchiveLook("a ZIP archive with too many members to look into")
    try:
        with zipfile.ZipFile(path) as archive:
            return _look(archive)
    except Exception as error:  # noqa: BLE001 - zipfile raises whatever a hostile directory provokes
        return ArchiveLook(f"a damaged ZIP archive ({type(error).__name__})")


def read_gzip_head(head: bytes) -> bytes | None:
    """The first bytes packed in a gzip file; None where not even they can be unpacked."""
    try:
        return zlib.decompressobj(31).decompress(head, MEMBER_HEAD_BYTES)
    except zlib.error:
        return None


def _directory_size(tail: bytes) -> int | None:
    at = tail.rfind(_END_OF_DIRECTORY)
    record = tail[at : at + 22]
    return struct.unpack_from("<I", record, 12)[0] if at >= 0 and len(record) == 22 else None


def _look(archive: zipfile.ZipFile) -> ArchiveLook:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = {info.filename for info in infos}
    for marker, label in _KNOWN_ARCHIVES:
        if marker in names:
            return ArchiveLook(f"{label} (a ZIP archive)")
    candidates = [i for i in infos if PurePosixPath(i.filename.lower()).suffix in _ENGINEERING]
    candidates.sort(key=lambda i: _ENGINEERING.index(PurePosixPath(i.filename.lower()).suffix))
    if not candidates:
        shown = ", ".join(repr(i.filename[:60]) for i in infos[:3]) + (", ..." if len(infos) > 3 else "")
        return ArchiveLook(f"a ZIP archive of {len(infos)} members ({shown})" if infos else "an empty ZIP archive")
    first = candidates[0]
    label = f"a ZIP archive holding {first.filename[:100]!r}" + (f" and {len(infos) - 1} more" if infos[1:] else "")
    if first.flag_bits & 1:
        return ArchiveLook(f"{label}, encrypted")
    if first.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others cannot unpack a bounded head
        return ArchiveLook(f"{label}, packed by an unusual method")
    with archive.open(first) as stream:
        return ArchiveLook(label, PackedMember(first.filename, stream.read(MEMBER_HEAD_BYTES)))
