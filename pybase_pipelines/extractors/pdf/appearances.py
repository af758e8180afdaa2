"""Words that are not drawn on the page but shown on top of it: stamps ("APPROVED"), signatures, markups with a text.

What belongs here: the words of what annotations look like. What does not: what they say of themselves (`interaction`).
Pdfium finds words on pages only, so the annotations of interest are drawn into the page of a second document, and what
the page has more than before is theirs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.pdf.text import PageText, Word, read_words
from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines.results.drawing import BBox

if TYPE_CHECKING:
    import pypdfium2

SHOWN_KINDS = (4, 5, 6, 7, 8, 13, 14, 15, 24)
"""Subtypes of pdfium: line, square, circle, polygon, polyline, stamp, caret, ink, watermark."""
_WIDGET = 20
_BUTTON, _SIGNATURE = 1, 7
"""Form fields that show words of their own; what is filled into the others is read from their values."""
_HIDDEN = 1 << 1 | 1 << 5
"""The flags Hidden and NoView, ISO 32000-1 table 165."""
_MOST = 5_000


def has_appearances(pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> bool:
    """Whether something with a look of its own, which may hold words, lies on the page."""
    import pypdfium2.raw as raw

    for index in range(min(_MOST, max(0, raw.FPDFPage_GetAnnotCount(page.raw)))):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            if _is_shown(pdf, annotation):
                return True
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return False


def read_appearances(pdf: pypdfium2.PdfDocument, number: int, turn: Turn, known: PageText, limit: int) -> PageText:
    """The words that annotations show on a page (from 1) of a document that is of no further use for this page.

    `known` are the words of the page itself; the lines of the answer are numbered behind theirs.
    """
    import pypdfium2.raw as raw

    page = pdf[number - 1]
    try:
        for index in reversed(range(max(0, raw.FPDFPage_GetAnnotCount(page.raw)))):
            annotation = raw.FPDFPage_GetAnnot(page.raw, index)
            is_shown = bool(annotation) and index < _MOST and _is_shown(pdf, annotation)
            if annotation:
                raw.FPDFPage_CloseAnnot(annotation)
            if not is_shown:
                raw.FPDFPage_RemoveAnnot(page.raw, index)
        flattened = raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS
    finally:
        page.close()
    if not flattened:
        return PageText((), 0, 0, is_cut=False)
    page = pdf[number - 1]
    try:
        text = read_words(page, turn, limit)
    finally:
        page.close()
    rest = Counter(_identify(word) for word in known.words)
    found: list[Word] = []
    for word in text.words:
        if rest[_identify(word)]:
            rest[_identify(word)] -= 1
        else:
            found.append(replace(word, line=known.next_line + word.line))
    return replace(text, words=tuple(found), num_characters=sum(len(word.text) for word in found), unreadable=0)


def _identify(word: Word) -> tuple[str, BBox]:
    return word.text, word.bbox


def _is_shown(pdf: pypdfium2.PdfDocument, annotation: Any) -> bool:
    import pypdfium2.raw as raw

    if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
        return False
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind == _WIDGET:
        form = pdf.formenv
        if form is None or raw.FPDFAnnot_GetFormFieldType(form.raw, annotation) not in (_BUTTON, _SIGNATURE):
            return False
    elif kind not in SHOWN_KINDS:
        return False
    return raw.FPDFAnnot_GetAP(annotation, raw.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2
