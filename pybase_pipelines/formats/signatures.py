"""The byte signatures that tell what a file is: ours, and those of the strangers that are uploaded by mistake.

What belongs here: tables and the look-up in them. What does not: what follows from a match (`formats.detection`).
"""

from __future__ import annotations

import re

DWG_RELEASES: dict[str, str] = {
    "MC0.0": "AutoCAD 1.0",
    "AC1.2": "AutoCAD 1.2",
    "AC1.40": "AutoCAD 1.40",
    "AC1.50": "AutoCAD 2.05",
    "AC2.10": "AutoCAD 2.10",
    "AC2.21": "AutoCAD 2.21",
    "AC2.22": "AutoCAD 2.22",
    "AC1001": "AutoCAD 2.22",
    "AC1002": "AutoCAD 2.50",
    "AC1003": "AutoCAD 2.60",
    "AC1004": "AutoCAD R9",
    "AC1006": "AutoCAD R10",
    "AC1009": "AutoCAD R11/R12",
    "AC1012": "AutoCAD R13",
    "AC1013": "AutoCAD R13c3",
    "AC1014": "AutoCAD R14",
    "AC1015": "AutoCAD 2000",
    "AC1018": "AutoCAD 2004",
    "AC1021": "AutoCAD 2007",
    "AC1024": "AutoCAD 2010",
    "AC1027": "AutoCAD 2013",
    "AC1032": "AutoCAD 2018",
}
"""DXF files carry the same words in $ACADVER."""

OLDEST_READABLE_DWG = "AC1012"
NEWEST_KNOWN_DWG = "AC1032"

DWG_SIGNATURE = re.compile(rb"(AC10\d\d|AC1\.[245]0?|AC2\.(?:10|21|22)|MC0\.0)(?=[\x00-\x1f]|$)")
BINARY_DXF = b"AutoCAD Binary DXF\r\n\x1a\x00"
PDF_HEADER = re.compile(rb"%PDF-(\d{1,2}\.\d{1,2})?|%!PS-Adobe-\d+\.\d+ PDF-(\d+\.\d+)")
PDF_SEARCH_BYTES = 1024

PICTURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "BigTIFF"),
    (b"MM\x00+", "BigTIFF"),
)
"""Pictures that Werk24 reads."""

STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE2 document (older Office, SolidWorks, Inventor or Revit)"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
    (b"8BPS", "a Photoshop picture"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "an EPS file"),
    (b"{\\rtf", "an RTF document"),
    (b"3D Geometry File Format", "a Rhino 3DM model"),
    (b"glTF", "a glTF binary model"),
    (b"V5_CFV2", "a CATIA V5 file"),
    (b"#UGC:2", "a Creo (Pro/ENGINEER) file"),
    (b"PS\x00\x00\x00", "a Parasolid binary file"),
    (b"**ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a Parasolid text file"),
    (b"ACIS ", "an ACIS file"),
    (b"(DWF V", "a DWF drawing"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a Linux program"),
    (b"MZ\x90\x00", "a Windows program"),
    (b"solid ", "an STL model"),
    (b"version https://git-lfs", "a Git LFS pointer (the file itself was not fetched)"),
)
"""What else people upload, by its first bytes; named so that the error can say what the file is."""


def name_stranger(head: bytes) -> str | None:
    """What a file of none of our formats is, by its first bytes; None where no signature matches."""
    return next((label for magic, label in STRANGERS if head.startswith(magic)), None)


def name_picture(head: bytes) -> str | None:
    """The kind of picture, where it is one that Werk24 reads."""
    return next((label for magic, label in PICTURES if head.startswith(magic)), None)


def describe_dwg(version: str) -> str:
    """A DWG version as people say it: "AC1032 (AutoCAD 2018)"."""
    if release := DWG_RELEASES.get(version):
        return f"{version} ({release})"
    return f"{version} ({'newer than AutoCAD 2018' if version > NEWEST_KNOWN_DWG else 'an unknown release'})"
