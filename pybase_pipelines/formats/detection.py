"""Which format a file is: by its content, from its head and its tail only; by its name where the content is silent.

What belongs here: the order in which the signatures are tried, and the evidence. What does not: the tables
(`formats.signatures`), archives (`formats.containers`), and what is refused (`formats.refusal`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pybase_pipelines.formats import signatures
from pybase_pipelines.formats.containers import look_into_zip, read_gzip_head
from pybase_pipelines.formats.part21_header import HEADER_BYTES, Part21Header, decode_text, read_part21_header
from pybase_pipelines.formats.table import FORMATS, Detection, Format

HEAD_BYTES = HEADER_BYTES
TAIL_BYTES = (1 << 16) + 22
"""A ZIP's end record may stand before a comment of 64 KiB."""

_EXTENSIONS = {extension: row.format for row in FORMATS.values() for extension in row.extensions}
_EXTENSIONS |= {".ifcxml": Format.IFC, ".stpz": Format.STEP, ".stpx": Format.STEP, ".stpxz": Format.STEP}
_GROUP_CODE = re.compile(r"\s{0,5}(-?\d{1,4})\s*$")
_BINARY_ACADVER = re.compile(rb"\$ACADVER\x00\x01\x00?(AC\d{4})\x00")
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_IFC_NAMESPACE = re.compile(r"ifcXML/+(?:Final/)?(IFC[\w]+)", re.IGNORECASE)
_APPLICATION_PROTOCOLS = (
    ("CONFIG_CONTROL", "AP203"),
    ("AP203", "AP203"),
    ("AUTOMOTIVE_DESIGN", "AP214"),
    ("AP214", "AP214"),
    ("AP242", "AP242"),
    ("AP238", "AP238"),
    ("INTEGRATED_CNC", "AP238"),
    ("AP209", "AP209"),
    ("AP210", "AP210"),
    ("STRUCTURAL_FRAME", "CIS/2"),
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a detector may see. `name` is the upload's name in lower case, without trailing dots and blanks.

    `path` is None for what is packed in something else: archives in archives are not looked into.
    """

    head: bytes
    tail: bytes
    name: str
    path: Path | None = None

    @property
    def named(self) -> Format | None:
        return _EXTENSIONS.get(PurePosixPath(self.name).suffix)


def detect(path: Path, name: str | None = None) -> Detection:
    """The format of the file at `path`, uploaded as `name`. Reads its head and tail only; raises OSError at most."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        size = stream.seek(0, 2)
        stream.seek(max(0, size - TAIL_BYTES))
        tail = stream.read(TAIL_BYTES)
    look = _Look(head, tail, (name or path.name).lower().rstrip(". \t\r\n"), path)
    return _with_contradiction(_detect(look), look)


def _detect(look: _Look) -> Detection:
    if not look.head:
        return Detection(format=look.named, evidence=("the file has no bytes; the format is by its name only",))
    return next(found for detector in _DETECTORS if (found := detector(look)) is not None)


def _with_contradiction(found: Detection, look: _Look) -> Detection:
    named = look.named
    if named is None or found.format is named or not look.head:
        return found
    extension = PurePosixPath(look.name).suffix
    what = found.evidence[0]
    if found.format is not None and found.format is not Format.WERK24:
        what = FORMATS[found.format].label
    return found.model_copy(update={"contradiction": f"The name ends in '{extension}', but the content is {what}."})


def _detect_dwg(look: _Look) -> Detection | None:
    if (match := signatures.DWG_SIGNATURE.match(look.head)) is None:
        return None
    version = match[1].decode("ascii")
    evidence = (f"DWG signature {signatures.describe_dwg(version)}",)
    return Detection(format=Format.DWG, version=version, evidence=evidence)


def _detect_pdf_at_start(look: _Look) -> Detection | None:
    match = signatures.PDF_HEADER.match(look.head)
    return _pdf(match, look) if match else None


def _detect_pdf_behind_junk(look: _Look) -> Detection | None:
    match = signatures.PDF_HEADER.search(look.head, 0, signatures.PDF_SEARCH_BYTES + 16)
    if match:
        return _pdf(match, look)
    if b"startxref" in look.tail and re.search(rb"\d+ \d+ obj\b", look.head):
        return Detection(format=Format.PDF, evidence=("objects and a cross-reference of PDF, but no %PDF header",))
    return None


def _pdf(match: re.Match[bytes], look: _Look) -> Detection:
    version = (match[1] or match[2] or b"").decode("ascii") or None
    evidence = [f"%PDF header at byte {match.start()}" + (f", version {version}" if version else ", without a version")]
    if b"%%EOF" not in look.tail[-2048:]:
        evidence.append("no %%EOF at the end")
    return Detection(format=Format.PDF, version=version, evidence=tuple(evidence))


def _detect_zip(look: _Look) -> Detection | None:
    if not look.head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or look.path is None:
        return None
    archive = look_into_zip(look.path, look.tail)
    if archive.member is None:
        return Detection(format=None, evidence=(archive.label,), wrapper="zip")
    return _unwrapped(archive.member.head, archive.member.name, "zip", archive.label)


def _detect_gzip(look: _Look) -> Detection | None:
    if not look.head.startswith(b"\x1f\x8b") or look.path is None:
        return None
    head = read_gzip_head(look.head)
    if not head:
        return Detection(format=None, evidence=("a damaged or empty gzip file",), wrapper="gzip")
    name = re.sub(r"\.(gz|gzip)$", "", look.name)
    return _unwrapped(head, name, "gzip", "a gzip file")


def _unwrapped(head: bytes, name: str, wrapper: str, label: str) -> Detection:
    inner = _detect(_Look(head, head, name.lower()))
    evidence = tuple(e for e in inner.evidence if not e.startswith("no "))  # the end of the member was not read
    return inner.model_copy(update={"wrapper": wrapper, "evidence": (label, *(f"inside: {e}" for e in evidence))})


def _detect_picture(look: _Look) -> Detection | None:
    kind = signatures.name_picture(look.head)
    return Detection(format=Format.WERK24, version=kind, evidence=(f"{kind} picture",)) if kind else None


def _detect_part21(look: _Look) -> Detection | None:
    if (header := read_part21_header(look.head)) is None:
        return None
    format_, why = _ifc_or_step(header, look)
    version = header.schemas[0].split("{")[0].strip() if header.schemas else None
    evidence = ["ISO-10303-21 (STEP physical file)", why]
    variant = "utf-16" if header.encoding.startswith("utf-16") else None
    if header.encoding not in ("utf-8", "latin-1"):
        evidence.append(f"encoded in {header.encoding}")
    if b"END-ISO-10303-21" not in look.tail[-4096:].replace(b"\x00", b"").upper():
        evidence.append("no END-ISO-10303-21 at the end")
    if format_ is Format.STEP and not variant:
        variant = next((ap for word, ap in _APPLICATION_PROTOCOLS if version and word in version.upper()), None)
    return Detection(format=format_, version=version, evidence=tuple(evidence), variant=variant)


def _ifc_or_step(header: Part21Header, look: _Look) -> tuple[Format, str]:
    if header.schemas:
        is_ifc = any(s.upper().startswith("IFC") for s in header.schemas)
        return (Format.IFC if is_ifc else Format.STEP), "FILE_SCHEMA " + ", ".join(header.schemas[:3])
    if header.data_start:
        is_ifc = any(word.startswith("IFC") for word in header.data_start)
        return (Format.IFC if is_ifc else Format.STEP), f"no FILE_SCHEMA; the data begins with {header.data_start[0]}"
    if look.named is Format.IFC or look.named is Format.STEP:
        return look.named, "no FILE_SCHEMA; the format is by its name only"
    return Format.STEP, "no FILE_SCHEMA"


def _detect_binary_dxf(look: _Look) -> Detection | None:
    if not look.head.startswith(signatures.BINARY_DXF[:18]):
        return None
    match = _BINARY_ACADVER.search(look.head)
    version = match[1].decode("ascii") if match else None
    evidence = ["AutoCAD Binary DXF"] + ([f"$ACADVER {version}"] if version else ["no $ACADVER"])
    return Detection(format=Format.DXF, version=version, evidence=tuple(evidence), variant="binary")


def _detect_text_dxf(look: _Look) -> Detection | None:
    if b"\x00" in look.head[:4096] and not look.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, encoding = decode_text(look.head)
        if not encoding.startswith("utf-16"):
            text, encoding = look.head.decode("latin-1"), "latin-1"
    else:
        text, encoding = decode_text(look.head)
    pairs = _dxf_pairs(text)
    content = next((i for i, (code, _) in enumerate(pairs) if code != 999), None)
    if content is None:
        return None
    begins = pairs[content] in ((0, "SECTION"), (0, "EOF"))
    if not begins and not (look.named is Format.DXF and len(pairs) > 3):
        return None
    at = next((i for i, pair in enumerate(pairs[:-1]) if pair == (9, "$ACADVER")), None)
    version = pairs[at + 1][1][:20] if at is not None else None
    evidence = ["0/SECTION at the start" if begins else "DXF group codes, but no 0/SECTION at the start: by its name"]
    evidence.append(f"$ACADVER {version}" if version else "no $ACADVER (R12 or older, or no header)")
    if encoding not in ("utf-8", "latin-1"):
        evidence.append(f"encoded in {encoding}")
    if not re.search(rb"EOF\s*$", look.tail[-4096:].replace(b"\x00", b"")):
        evidence.append("no EOF at the end")
    return Detection(format=Format.DXF, version=version, evidence=tuple(evidence), variant="ascii")


def _dxf_pairs(text: str) -> list[tuple[int, str]]:
    """The group codes and values that the text begins with, as far as it keeps to them."""
    lines = text.lstrip("\r\n").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    pairs = []
    for code, value in zip(lines[::2], lines[1::2], strict=False):
        if (match := _GROUP_CODE.match(code)) is None:
            break
        pairs.append((int(match[1]), value.strip()))
    return pairs


def _detect_markup(look: _Look) -> Detection | None:
    text = decode_text(look.head[:16384])[0].lstrip()
    if not text.startswith("<"):
        return None
    body = re.sub(r"<!--.*?-->|<\?.*?\?>", "", text, flags=re.DOTALL)
    if re.match(r"\s*<(!doctype html|html|head|body)\b", body, re.IGNORECASE):
        return Detection(format=None, evidence=("an HTML page",))
    root = _ROOT.search(body)
    tag = root[2] if root else "unknown"
    start = body[:4096].lower()  # the namespaces may stand at the second element
    if tag.lower() == "ifcxml" or (tag.lower() in ("iso_10303_28", "uos") and "ifc" in start):
        schema = _IFC_NAMESPACE.search(body[:4096])
        version = schema[1].upper() if schema else None
        return Detection(format=Format.IFC, version=version, evidence=(f"XML root {tag} (ifcXML)",), variant="ifcxml")
    if tag.lower() in ("uos", "iso_10303_28") or "iso/ts/10303" in start:
        return Detection(format=Format.STEP, evidence=(f"XML root {tag} (STEP-XML)",), variant="step-xml")
    label = "an SVG picture" if tag.lower() == "svg" else f"an XML document (root {tag[:60]})"
    return Detection(format=None, evidence=(label,))


def _detect_stranger(look: _Look) -> Detection | None:
    label = signatures.name_stranger(look.head)
    if label is None and len(look.head) > 72 and re.match(rb"[ -~]{72}S {0,6}0*1\s", look.head):
        label = "an IGES model"
    return Detection(format=None, evidence=(label,)) if label else None


def _detect_rest(look: _Look) -> Detection:
    head = look.head
    if not head.strip(b"\x00"):
        return Detection(format=None, evidence=("nothing but NUL bytes",))
    if not head.strip():
        return Detection(format=None, evidence=("nothing but blanks",))
    text, encoding = decode_text(head[:4096])
    printable = sum(c.isprintable() or c in "\r\n\t" for c in text)
    if encoding != "latin-1" and printable > 0.95 * len(text):
        return Detection(
            format=None, evidence=("plain text" if not text.startswith(("{", "[")) else "text, probably JSON",)
        )
    return Detection(format=None, evidence=("bytes without a known signature",))


_DETECTORS: tuple[Callable[[_Look], Detection | None], ...] = (
    _detect_dwg,
    _detect_pdf_at_start,
    _detect_zip,
    _detect_gzip,
    _detect_picture,
    _detect_binary_dxf,
    _detect_part21,
    _detect_text_dxf,
    _detect_pdf_behind_junk,
    _detect_markup,
    _detect_stranger,
    _detect_rest,
)
"""The most specific first; the last one always answers."""
