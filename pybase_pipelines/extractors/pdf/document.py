"""The document as a whole: opening it, what it says about itself, its outline and attachments.

What belongs here: facts that need no page content. What does not: pages, text, tables.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_pipelines.errors import PasswordRequired, UnsupportedFormat
from pybase_pipelines.extractors.pdf.integrity import Integrity, explain_failure, is_encrypted
from pybase_pipelines.results.pdf import PdfAttachment, PdfMetadata, PdfOutlineEntry

if TYPE_CHECKING:
    import pypdfium2

MAX_OUTLINE = 5_000
MAX_ATTACHMENTS = 500
PERMISSIONS = {
    "print": 3, "modify": 4, "copy": 5, "annotate": 6, "fill_forms": 9, "extract_for_accessibility": 10, "assemble": 11,
    "print_high_quality": 12,
}  # fmt: skip
"""Bit numbers (from 1) of the standard security handler, ISO 32000-1 table 22."""
OPEN_ERRORS = {0: "its list of pages cannot be read", 3: "its structure is damaged beyond repair"}
PAGE_MODES = {0: "UseNone", 1: "UseOutlines", 2: "UseThumbs", 3: "FullScreen", 4: "UseOC", 5: "UseAttachments"}
XFA_ONLY = "XFA"
FORM_TYPES = {1: "AcroForm", 2: XFA_ONLY, 3: "XFA foreground"}
XMP_KEYS = (
    "pdfaid:part", "pdfaid:conformance", "pdfe:ISO_PDFEVersion", "xmp:CreatorTool", "xmp:CreateDate", "xmp:ModifyDate",
    "xmpMM:DocumentID", "pdf:Producer",
)  # fmt: skip
CONTROLS = {code: None for code in range(32) if code not in (9, 10, 13)}

_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(Z|[+-])?(\d\d)?'?(\d\d)?")


def open_document(path: Path, password: str | None) -> pypdfium2.PdfDocument:
    """Open the PDF.

    Raises:
        PasswordRequired: it needs one, or the one that was given is wrong.
        UnsupportedFormat: it is protected by something other than a password.
        TruncatedFile, CorruptedFile: it cannot be opened.
    """
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(path, password=password)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD and is_encrypted(path):
            said = (
                "The password that was given does not open the PDF."
                if password
                else "The PDF is encrypted and needs a password."
            )
            raise PasswordRequired(said) from error
        if error.err_code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise UnsupportedFormat(
                "The PDF is protected by a scheme other than a password, which cannot be opened here."
            ) from error
        reason = OPEN_ERRORS.get(error.err_code or 0, "the library says " + clean(str(error)))
        if is_encrypted(path):
            reason += "; it is encrypted, perhaps in a way that is not understood here"
        raise explain_failure(path, reason) from error


def read_metadata(pdf: pypdfium2.PdfDocument, integrity: Integrity) -> PdfMetadata:
    """What the document says about itself."""
    import pypdfium2.raw as raw

    info = {key: clean(value) for key, value in pdf.get_metadata_dict(skip_empty=True).items()}
    version, revision = pdf.get_version(), raw.FPDF_GetSecurityHandlerRevision(pdf)
    xmp = _read_xmp(integrity.xmp)
    granted = raw.FPDF_GetDocUserPermissions(pdf)
    return PdfMetadata(
        num_pages=len(pdf),
        pdf_version=f"{version // 10}.{version % 10}" if version else None,
        pdf_info=info,
        created=read_date(info.get("CreationDate")),
        modified=read_date(info.get("ModDate")),
        identifier=pdf.get_identifier().hex() or None,
        xmp=xmp,
        pdf_a=f"{xmp['pdfaid:part']}{xmp.get('pdfaid:conformance', '').lower()}" if "pdfaid:part" in xmp else None,
        is_encrypted=revision > 0,
        security_revision=revision if revision > 0 else None,
        permissions={name: bool(granted >> (bit - 1) & 1) for name, bit in PERMISSIONS.items()},
        is_tagged=pdf.is_tagged(),
        page_mode=PAGE_MODES.get(pdf.get_pagemode()),
        form_type=FORM_TYPES.get(pdf.get_formtype()),
        num_attachments=max(0, pdf.count_attachments()),
        num_signatures=max(0, raw.FPDF_GetSignatureCount(pdf)),
        num_scripts=max(0, raw.FPDFDoc_GetJavaScriptActionCount(pdf)),
    )


def read_outline(pdf: pypdfium2.PdfDocument) -> list[PdfOutlineEntry]:
    """The bookmarks, depth first; at most MAX_OUTLINE of them."""
    entries: list[PdfOutlineEntry] = []
    for bookmark in pdf.get_toc(max_depth=32):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        entries.append(
            PdfOutlineEntry(
                title=clean(bookmark.get_title()), level=bookmark.level, page=None if index is None else index + 1
            )
        )
        if len(entries) >= MAX_OUTLINE:
            break
    return entries


def read_attachments(pdf: pypdfium2.PdfDocument) -> list[PdfAttachment]:
    """Names and sizes of the files inside; their content stays where it is."""
    from ctypes import c_ulong

    import pypdfium2
    import pypdfium2.raw as raw

    attachments = []
    for index in range(min(MAX_ATTACHMENTS, max(0, pdf.count_attachments()))):
        try:
            attachment = pdf.get_attachment(index)
            name = clean(attachment.get_name())
        except pypdfium2.PdfiumError:
            attachments.append(PdfAttachment(name=f"(unreadable attachment {index + 1})"))
            continue
        size = c_ulong()
        known = raw.FPDFAttachment_GetFile(attachment, None, 0, size)
        attachments.append(PdfAttachment(name=name, size_bytes=size.value if known else None))
    return attachments


def clean(text: str) -> str:
    """Text without NUL and other control characters, which neither a person nor a database reads."""
    return text.translate(CONTROLS).encode("utf-8", "replace").decode("utf-8")


def read_date(text: str | None) -> str | None:
    """A PDF date (D:20200131120000+01'00') in ISO form, or None where it is not one."""
    found = _DATE.match(text or "")
    if not found:
        return None
    year, month, day, hour, minute, second, sign, off_hour, off_minute = found.groups()
    offset = timedelta(hours=int(off_hour or 0), minutes=int(off_minute or 0))
    try:
        zone = None if sign is None else timezone(-offset if sign == "-" else offset)
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
        )
    except ValueError:
        return None
    return moment.isoformat()


def _read_xmp(packet: bytes) -> dict[str, str]:
    """The few XMP properties we know, by pattern: an XML parser is not needed, and the packet may be broken."""
    text = packet.decode("utf-8", "replace")
    found = {}
    for key in XMP_KEYS:
        if match := re.search(rf"<{key}>([^<]{{1,300}})</{key}>|\b{key}\s*=\s*[\"']([^\"']{{1,300}})[\"']", text):
            found[key] = clean(match[1] or match[2])
    return found
