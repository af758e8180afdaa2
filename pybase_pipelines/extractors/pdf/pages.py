"""One page: its size, boxes and rotation, what it is made of, and from these counts what kind of page it is.

What belongs here: facts and counts of a page. What does not: its words (text), lines (ruling) and tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pybase_pipelines.extractors.pdf.paper import MM_PER_POINT, name_orientation, name_sheet
from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.pdf import PdfPage

if TYPE_CHECKING:
    import pypdfium2

LARGEST_POINTS = 1_000_000.0
"""A page side beyond this (350 m) is a mistake or an attack, not a sheet."""
LETTER: BBox = (0.0, 0.0, 612.0, 792.0)
"""What a page without a box is taken for."""
FORM_DEPTH = 6
SCAN_RATIO = 0.5
"""Pictures that cover this much of a page, with hardly a letter, make it a scan."""
MIXED_RATIO = 0.2
FEW_CHARACTERS = 20
OUTLINED_SEGMENTS = 300
"""This many pieces of lines and no letter: a drawing whose letters are lines, too."""
VECTOR_SEGMENTS, SEGMENTS_PER_WORD = 150, 3
A3_LONG_MM = 410.0


@dataclass(slots=True)
class ObjectCounts:
    """How many objects of each type a page draws, those inside forms included, and how much the pictures cover."""

    texts: int = 0
    paths: int = 0
    segments: int = 0
    images: int = 0
    image_area: float = 0.0
    seen: int = 0


def describe_page(page: pypdfium2.PdfPage, number: int, label: str | None, limit: int) -> tuple[PdfPage, Turn]:
    """The facts of a page, without its text, and how its coordinates are turned."""
    left, bottom, right, top = _visible_box(page)
    turn = Turn(page.get_rotation() // 90, right - left, top - bottom, left, bottom)
    width, height = page.get_size()
    counts = count_objects(page, limit)
    width_mm, height_mm = round(width * MM_PER_POINT, 2), round(height * MM_PER_POINT, 2)
    area = max(1.0, turn.width * turn.height)
    described = PdfPage(
        number=number,
        label=label,
        width_mm=width_mm,
        height_mm=height_mm,
        sheet_size=name_sheet(width_mm, height_mm),
        orientation=name_orientation(width_mm, height_mm),
        rotation=turn.quarters * 90,
        num_text_objects=counts.texts,
        num_paths=counts.paths,
        num_path_segments=counts.segments,
        num_images=counts.images,
        image_area_ratio=round(min(1.0, counts.image_area / area), 3),
        media_box=_rounded(page.get_mediabox(fallback_ok=True)),
        crop_box=_rounded(page.get_cropbox(fallback_ok=False)),
        trim_box=_rounded(page.get_trimbox(fallback_ok=False)),
    )
    return described, turn


def count_objects(page: pypdfium2.PdfPage, limit: int) -> ObjectCounts:
    """Count what the page draws; `limit` bounds how many objects are looked at."""
    import pypdfium2.raw as raw

    counts = ObjectCounts()
    stack = [(page.raw, raw.FPDFPage_CountObjects(page.raw), raw.FPDFPage_GetObject, 0)]
    while stack:
        holder, total, get, depth = stack.pop()
        for index in range(total):
            counts.seen += 1
            if counts.seen > limit:
                return counts
            thing = get(holder, index)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                counts.texts += 1
            elif kind == raw.FPDF_PAGEOBJ_PATH:
                counts.paths += 1
                counts.segments += max(0, raw.FPDFPath_CountSegments(thing))
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                counts.images += 1
                counts.image_area += _area(thing) if depth == 0 else 0.0
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < FORM_DEPTH:
                stack.append((thing, raw.FPDFFormObj_CountObjects(thing), raw.FPDFFormObj_GetObject, depth + 1))
    return counts


def decide_kind(page: PdfPage) -> str:
    """What kind of page it is, from its counts (see `PdfPage`)."""
    if page.num_characters == 0 and page.num_paths + page.num_images == 0:
        return "empty"
    if page.num_characters < FEW_CHARACTERS:
        if page.num_path_segments >= OUTLINED_SEGMENTS and page.num_characters == 0:
            return "outlined"
        if page.image_area_ratio >= SCAN_RATIO or (page.num_characters == 0 and page.num_paths == 0):
            return "scanned"
        if page.num_characters == 0:
            return "vector"
    if page.num_path_segments >= max(VECTOR_SEGMENTS, SEGMENTS_PER_WORD * page.num_words):
        return "vector"
    return "mixed" if page.image_area_ratio > MIXED_RATIO else "text"


def is_large(page: PdfPage) -> bool:
    """Is the sheet A3 or larger?"""
    return max(page.width_mm, page.height_mm) >= A3_LONG_MM


def _visible_box(page: pypdfium2.PdfPage) -> BBox:
    """The crop box within the media box, as pdfium shows it; never empty, never endless."""
    import pypdfium2

    try:
        left, bottom, right, top = page.get_bbox()
    except pypdfium2.PdfiumError:
        return LETTER
    if right <= left or top <= bottom:
        return LETTER
    return left, bottom, right, top


def _area(thing: object) -> float:
    from ctypes import c_float

    import pypdfium2.raw as raw

    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    if not raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return 0.0
    return max(0.0, right.value - left.value) * max(0.0, top.value - bottom.value)


def _rounded(box: tuple[float, float, float, float] | None) -> BBox | None:
    return None if box is None else (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))
