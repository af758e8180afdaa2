"""Which files are refused before anything heavy looks at them, and in which words.

What belongs here: refusals that follow from the detection and the size alone. What does not: damage that only the
extractor can see.
"""

from __future__ import annotations

from pybase_pipelines.errors import CorruptedFile, EmptyFile, FileTooLarge, PybaseError, UnsupportedFormat
from pybase_pipelines.formats.signatures import NEWEST_KNOWN_DWG, OLDEST_READABLE_DWG, describe_dwg
from pybase_pipelines.formats.table import FORMATS, Detection, Format

READABLE_WRAPPERS: frozenset[tuple[Format, str]] = frozenset({(Format.IFC, "zip"), (Format.IFC, "gzip")})
"""What an extractor unpacks by itself; any other packed file is refused."""

_UNREADABLE_VARIANTS = {
    "ifcxml": "The file is ifcXML (IFC as XML), which is not read.",
    "step-xml": "The file is STEP-XML, which is not read.",
}


def refuse(detection: Detection, size: int, max_file_bytes: int | None = None) -> PybaseError | None:
    """Why this file is not extracted; None if it may be tried."""
    if size == 0:
        return EmptyFile("The file is empty (0 bytes).")
    if max_file_bytes is not None and size > max_file_bytes:
        return FileTooLarge(f"The file has {size:,} bytes; the limit is {max_file_bytes:,}.")
    if detection.format is None:
        return _refuse_unknown(detection)
    label = FORMATS[detection.format].label
    if detection.wrapper and (detection.format, detection.wrapper) not in READABLE_WRAPPERS:
        return UnsupportedFormat(
            f"The file is {detection.evidence[0]}; a {label} file is inside.",
            hint="Decompress it and upload the file inside.",
        )
    if message := _UNREADABLE_VARIANTS.get(detection.variant or ""):
        return UnsupportedFormat(
            message, hint=f"Export it as {'.ifc' if detection.format is Format.IFC else '.step'} (ISO 10303-21)."
        )
    return _refuse_dwg(detection.version or "") if detection.format is Format.DWG else None


def _refuse_unknown(detection: Detection) -> PybaseError:
    what = detection.evidence[0] if detection.evidence else "of an unknown kind"
    why = f" {detection.contradiction}" if detection.contradiction else ""
    if what.startswith("nothing but"):
        return CorruptedFile(f"The file holds {what}.", hint="The upload or the disk failed. Upload the file again.")
    if detection.wrapper:
        return UnsupportedFormat(f"The file is {what}.", hint="Unpack it and upload the drawings and models inside.")
    return UnsupportedFormat(why.strip() or f"The file is {what}.")


def _refuse_dwg(version: str) -> PybaseError | None:
    if version.startswith("AC10") and OLDEST_READABLE_DWG <= version <= NEWEST_KNOWN_DWG:
        return None
    return UnsupportedFormat(
        f"The DWG is of release {describe_dwg(version)}; R13 (AC1012) to 2018 (AC1032) are read.",
        hint="Save it as AutoCAD 2018 DWG or as DXF, and upload that.",
    )
