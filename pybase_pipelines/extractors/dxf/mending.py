"""Mended copies of text DXFs that the library refuses: one broken line must not cost the whole drawing.

What belongs here: rewriting lines. What does not: deciding that a file needs it (`document`), or telling the user.
A text DXF is lines in pairs, a group code and its value; the code 0 begins an object.
"""

from __future__ import annotations

import re
from pathlib import Path

_KEPT = frozenset({b"SECTION", b"ENDSEC", b"TABLE", b"ENDTAB", b"BLOCK", b"ENDBLK", b"EOF", b"SEQEND"})
_NAME = re.compile(rb"[A-Z][A-Z0-9_]*$|3D[A-Z]+$")
_FLOATS = (range(10, 60), range(110, 150), range(210, 240), range(460, 470), range(1010, 1060))
_INTEGERS = (range(60, 80), range(90, 100), range(160, 180), range(270, 300), range(370, 390), range(400, 410))
_MORE_INTEGERS = (range(420, 430), range(440, 460), range(1060, 1072))
_NUMBERS = frozenset(code for codes in (*_FLOATS, *_INTEGERS, *_MORE_INTEGERS) for code in codes)
_POINTS = frozenset({*range(10, 19), 110, 111, 112, 210, 211, 212, 213, 1010, 1011, 1012, 1013})
_HEXADECIMAL = re.compile(rb"(?:[0-9A-Fa-f]{2})*$")
_SHAPES = {0: _NAME, 9: re.compile(rb"\$|$"), 102: re.compile(rb"\{|\}$"), 1004: _HEXADECIMAL}
_SHAPES |= dict.fromkeys(range(310, 320), _HEXADECIMAL)
"""What the values of some codes look like: types, names of header variables, brackets of applications, binary data."""

Tag = tuple[int, bytes]


def write_with_line_feeds(path: Path, folder: Path) -> Path:
    """A copy with the line ends of today: the old Mac ones are not understood everywhere."""
    copy = folder / "line_feeds.dxf"
    copy.write_bytes(path.read_bytes().replace(b"\r", b"\n"))
    return copy


def write_with_version(path: Path, folder: Path) -> Path:
    """A copy that says it is of R2000, for a file that was cut out of a newer drawing without its header."""
    header = b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n  9\r\n$ACADVER\r\n  1\r\nAC1015\r\n  0\r\nENDSEC\r\n"
    copy = folder / "with_version.dxf"
    copy.write_bytes(header + path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    return copy


def write_with_end(path: Path, folder: Path) -> Path:
    """A copy of a cut file that ends after its last whole object, with the end marks that are missing.

    The library drops a section that does not end; with the marks, what arrived of it can be read. Only by the turns of
    code and value a code 0 can be told from a layer named 0.
    """
    lines = path.read_bytes().split(b"\n")
    last, is_open = 0, False
    for at in range(0, len(lines) - 1, 2):
        if lines[at].strip() == b"0":
            last = at
            value = lines[at + 1].strip()
            if value in (b"SECTION", b"ENDSEC") and at + 2 < len(lines):
                is_open = value == b"SECTION"
    end = (b"  0\r\nENDSEC\r\n" if is_open else b"") + b"  0\r\nEOF\r\n"
    copy = folder / "with_end.dxf"
    copy.write_bytes(b"\n".join([*lines[:last], end]))
    return copy


def write_without_broken_objects(path: Path, folder: Path) -> tuple[Path, int]:
    """A copy without the objects that hold a line that cannot be read, and how many they were."""
    kept: list[bytes] = []
    dropped = 0
    for tags, is_whole in _objects(path.read_bytes().split(b"\n")):
        if not is_whole:
            dropped += 1
            if tags[0][1] not in _KEPT:
                continue
            tags = _readable(tags)
        kept += (b"%3d\n%s\n" % tag for tag in tags)
    copy = folder / "without_broken_objects.dxf"
    copy.write_bytes(b"".join(kept))
    return copy, dropped


def _objects(lines: list[bytes]) -> list[tuple[list[Tag], bool]]:
    """The objects with their tags; where codes and values are out of turn, the next object is looked for."""
    objects: list[tuple[list[Tag], bool]] = []
    tags: list[Tag] = []
    is_whole, at = True, 0
    while at + 1 < len(lines):
        code, value = _code(lines[at]), lines[at + 1].rstrip(b"\r")
        if code is None:
            is_whole = False
            at = _next_object(lines, at + 1)
            continue
        if code == 0:
            if tags:
                objects.append((tags, is_whole))
            tags, is_whole, value = [], True, value.strip()
        is_whole = is_whole and _is_readable(code, value) and _has_partner(code, lines, at)
        if code == 0 or tags:
            tags.append((code, value))
        at += 2
    return [*objects, (tags, is_whole)] if tags else objects


def _next_object(lines: list[bytes], at: int) -> int:
    while at + 1 < len(lines):
        if lines[at].strip() == b"0" and _NAME.match(lines[at + 1].strip()):
            return at
        at += 1
    return at


def _code(line: bytes) -> int | None:
    text = line.strip()
    return int(text) if text.isdigit() and len(text) <= 4 else None


def _is_readable(code: int, value: bytes) -> bool:
    if pattern := _SHAPES.get(code):
        return bool(pattern.match(value.strip()))
    if code not in _NUMBERS:
        return True
    try:
        float(value)
    except ValueError:
        return False
    return True


def _has_partner(code: int, lines: list[bytes], at: int) -> bool:
    """A point has an x and, at once, a y."""
    return code not in _POINTS or (at + 2 < len(lines) and _code(lines[at + 2]) in (code + 10, None))


def _readable(tags: list[Tag]) -> list[Tag]:
    """A structural object without its unreadable tags; the header without every variable that has one."""
    if (2, b"HEADER") not in tags[:2]:
        return [tag for tag in tags if _is_readable(*tag)]
    kept: list[Tag] = []
    group: list[Tag] = []
    for tag in (*tags, (9, b"$")):
        if tag[0] == 9:
            kept += group if all(_is_readable(*member) for member in group) else []
            group = []
        group.append(tag)
    return kept
