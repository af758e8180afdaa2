"""What a reader can click or fill in: links, comments, form fields.

What belongs here: pdfium's annotations and form fields of one page. What does not: what is drawn on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import Array, c_char, c_ushort, cast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.pdf.document import clean
from pybase_pipelines.extractors.pdf.shx import is_shx_text
from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.pdf import PdfAnnotation, PdfFormField, PdfTextBlock

if TYPE_CHECKING:
    import pypdfium2

MOST_ANNOTATIONS = 20_000
LONGEST_VALUE = 1 << 20
KINDS = {
    1: "text", 2: "link", 3: "free_text", 4: "line", 5: "square", 6: "circle", 7: "polygon", 8: "polyline",
    9: "highlight", 10: "underline", 11: "squiggly", 12: "strikeout", 13: "stamp", 14: "caret", 15: "ink", 16: "popup",
    17: "file_attachment", 18: "sound", 19: "movie", 20: "widget", 21: "screen", 22: "printer_mark", 23: "trap_net",
    24: "watermark", 25: "3d", 26: "rich_media", 27: "xfa_widget", 28: "redact",
}  # fmt: skip
FIELD_KINDS = {1: "button", 2: "checkbox", 3: "radio", 4: "choice", 5: "list", 6: "text", 7: "signature"}
CHECKABLE = {"checkbox", "radio"}
READABLE_FIELDS = {"text", "choice", "list"}
LARGEST_FILL = 12.0


@dataclass(slots=True)
class Interaction:
    """`stroke_texts` are what strokes on the page say, with their boxes; `left_out` annotations were too many."""

    annotations: list[PdfAnnotation] = field(default_factory=list)
    fields: list[PdfFormField] = field(default_factory=list)
    stroke_texts: list[tuple[str, BBox]] = field(default_factory=list)
    left_out: int = 0


def read_interaction(pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, number: int, turn: Turn) -> Interaction:
    """The annotations and the form fields of a page."""
    import pypdfium2.raw as raw

    found = Interaction(left_out=max(0, raw.FPDFPage_GetAnnotCount(page.raw) - MOST_ANNOTATIONS))
    for handle in _annotations(page):
        kind = KINDS.get(raw.FPDFAnnot_GetSubtype(handle), "unknown")
        if kind == "popup":
            continue
        bbox = _bbox(handle, turn)
        if kind in ("widget", "xfa_widget"):
            if pdf.formenv and (form_field := _read_field(pdf.formenv.raw, handle, number, bbox)):
                found.fields.append(form_field)
            continue
        uri, target = _read_link(pdf, handle) if kind == "link" else (None, None)
        text, author = _string(handle, b"Contents"), _string(handle, b"T")
        if text and bbox and is_shx_text(kind, author):
            found.stroke_texts.append((text, bbox))
            continue
        found.annotations.append(
            PdfAnnotation(page=number, kind=kind, bbox=bbox, text=text, author=author, uri=uri, target_page=target)
        )
    return found


def write_filled_in(found: Interaction) -> list[PdfTextBlock]:
    """What a person reads on a page though it is not drawn there: filled-in fields, comments written right on it."""
    written = [(f.value, f.bbox, f.page) for f in found.fields if f.kind in READABLE_FIELDS]
    written += [(a.text, a.bbox, a.page) for a in found.annotations if a.kind == "free_text"]
    return [
        PdfTextBlock(text=line, page=page, bbox=bbox, font_size=round(min(LARGEST_FILL, 0.7 * (bbox[3] - bbox[1])), 2))
        for text, bbox, page in written
        if text and bbox
        for line in text.splitlines()
        if line.strip()
    ]


def _annotations(page: pypdfium2.PdfPage) -> Iterator[Any]:
    import pypdfium2.raw as raw

    for index in range(min(MOST_ANNOTATIONS, max(0, raw.FPDFPage_GetAnnotCount(page.raw)))):
        handle = raw.FPDFPage_GetAnnot(page.raw, index)
        if handle:
            try:
                yield handle
            finally:
                raw.FPDFPage_CloseAnnot(handle)


def _read_field(form: Any, handle: Any, number: int, bbox: BBox | None) -> PdfFormField | None:
    import pypdfium2.raw as raw

    kind = FIELD_KINDS.get(raw.FPDFAnnot_GetFormFieldType(form, handle), "unknown")
    name = _wide(lambda buffer, size: raw.FPDFAnnot_GetFormFieldName(form, handle, buffer, size))
    if not name:
        return None
    return PdfFormField(
        page=number,
        name=name,
        kind=kind,
        value=_wide(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, handle, buffer, size)),
        label=_wide(lambda buffer, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, handle, buffer, size)),
        is_checked=bool(raw.FPDFAnnot_IsChecked(form, handle)) if kind in CHECKABLE else None,
        bbox=bbox,
    )


def _read_link(pdf: pypdfium2.PdfDocument, handle: Any) -> tuple[str | None, int | None]:
    """Where a link leads: an address, or a page of this document (from 1)."""
    import pypdfium2.raw as raw

    link = raw.FPDFAnnot_GetLink(handle)
    if not link:
        return None, None
    action = raw.FPDFLink_GetAction(link)
    target = raw.FPDFLink_GetDest(pdf.raw, link)
    if action and raw.FPDFAction_GetType(action) == raw.PDFACTION_URI:
        size = min(raw.FPDFAction_GetURIPath(pdf.raw, action, None, 0), LONGEST_VALUE)
        buffer: Array[c_char] = (c_char * max(1, size))()
        raw.FPDFAction_GetURIPath(pdf.raw, action, buffer, size)
        return clean(buffer.value.decode("utf-8", "replace")) or None, None
    if action and not target:
        target = raw.FPDFAction_GetDest(pdf.raw, action)
    index = raw.FPDFDest_GetDestPageIndex(pdf.raw, target) if target else -1
    return None, index + 1 if index >= 0 else None


def _string(handle: Any, key: bytes) -> str | None:
    import pypdfium2.raw as raw

    return _wide(lambda buffer, size: raw.FPDFAnnot_GetStringValue(handle, key, buffer, size))


def _wide(get: Callable[[Any, int], int]) -> str | None:
    """A UTF-16 string of pdfium, whose getters tell the size in bytes first."""
    import pypdfium2.raw as raw

    size = get(None, 0)
    if size <= 2 or size > LONGEST_VALUE:
        return None
    buffer = (c_ushort * (size // 2 + 1))()
    get(cast(buffer, raw.POINTER(raw.FPDF_WCHAR)), size)
    return clean(bytes(buffer)[: size - 2].decode("utf-16-le", "replace")) or None


def _bbox(handle: Any, turn: Turn) -> BBox | None:
    import pypdfium2.raw as raw

    rect = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(handle, rect):
        return None
    box = turn.box((rect.left, rect.bottom, rect.right, rect.top))
    return round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2)
