"""What must hold before a drawing is sent: its kind, its size, its pages. Refusing here costs nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pybase_pipelines.errors import (
    CorruptedFile,
    EmptyFile,
    FileTooLarge,
    LimitExceeded,
    PasswordRequired,
    UnsupportedFormat,
)
from pybase_pipelines.extractors.werk24.options import PAGE_LIMIT

SIZE_LIMIT_BYTES = 10 * 1024**2
_PDF_WINDOW = 1024
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_PASSWORD_ERROR = 4


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing that may be sent. `pages` is None for a picture, whose pages only the service counts."""

    data: bytes
    media_type: str
    sha256: str
    pages: int | None


def admit(path: Path) -> Drawing:
    """Read a drawing that the service can take.

    Raises:
        EmptyFile, UnsupportedFormat, FileTooLarge, PasswordRequired, CorruptedFile: why it cannot.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile("The file has no bytes.")
    if size > SIZE_LIMIT_BYTES:
        raise FileTooLarge(
            f"The drawing has {size / 1024**2:.1f} MiB; Werk24 takes 10 MiB at most.",
            hint="Split the document, or lower the resolution of the scan, and upload it again.",
        )
    data = path.read_bytes()
    kind = _recognise(data)
    pages = _count_pages(data) if kind == "application/pdf" else None
    return Drawing(data, kind, hashlib.sha256(data).hexdigest(), pages)


def check_pages(pages: int | None, chosen: int | None) -> None:
    """Refuse a document that the service would read in part without saying so.

    Raises:
        LimitExceeded: it has more pages than the service reads, and nobody chose to read only the first.
    """
    if pages is not None and pages > PAGE_LIMIT and chosen is None:
        raise LimitExceeded(
            f"The document has {pages} pages; Werk24 reads {PAGE_LIMIT} at most.",
            hint='Split it, or read only its first pages with the option {"max_pages": 5}.',
        )


def _recognise(data: bytes) -> str:
    if b"%PDF-" in data[:_PDF_WINDOW]:
        return "application/pdf"
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    raise UnsupportedFormat(
        "The file is none of the kinds that Werk24 reads.", hint="Werk24 reads PDF, PNG, JPEG and TIFF."
    )


def _count_pages(data: bytes) -> int:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR:
            raise PasswordRequired(
                "The document is encrypted, and Werk24 takes no password.",
                hint="Remove the password and upload the document again.",
            ) from error
        raise CorruptedFile(f"The document cannot be opened ({error}).") from error
    try:
        return len(document)
    finally:
        document.close()
