"""Pages as sheets: what is handed to the reader of drawings, and what of its reading is kept.

What belongs here: the way from a page to a `Sheet` and back to the page's coordinates. What does not: how a drawing
is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pybase_pipelines.extractors.drawing.border import Border, find_border
from pybase_pipelines.extractors.drawing.reading import read_sheet
from pybase_pipelines.extractors.drawing.sheet import Lettering, Reading, Rule, Sheet
from pybase_pipelines.extractors.drawing.title_block import choose_title_block
from pybase_pipelines.extractors.pdf.options import PdfOptions
from pybase_pipelines.extractors.pdf.pages import is_large
from pybase_pipelines.extractors.pdf.tables import FoundTable
from pybase_pipelines.extractors.pdf.text import CAP_HEIGHT, Line, Word, gather_lines
from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines.results.drawing import BBox, Bom, Place, TitleBlock
from pybase_pipelines.results.pdf import PdfContent, PdfPage

MOST_WORDS = 5_000
"""A page with more words is a document; as with later pages of prose, only its tables may give a parts list."""
TABLE_SHARE_WORDS, TABLE_SHARE_AREA = 0.6, 0.35
SURE_TITLE_BLOCK = 0.85
LONG_LINE, PROSE_SHARE = 7, 0.5


@dataclass(frozen=True, slots=True)
class SheetSource:
    """What is known of a page before it is read as a drawing, in the coordinates in which it reads upright."""

    page: PdfPage
    size: tuple[float, float]
    words: tuple[Word, ...]
    rules: list[Rule]
    tables: list[FoundTable]
    labelled: tuple[tuple[str, str], ...]
    border: Border | None
    back: Turn | None


def is_drawing(source: SheetSource) -> bool:
    """Is it a drawing, rather than prose or a table that is ruled cell by cell? Zones are on drawings alone."""
    if source.border:
        return True
    if _is_prose(source.words):
        return False
    width, height = source.size
    covered = sum((t.bbox[2] - t.bbox[0]) * (t.bbox[3] - t.bbox[1]) for t in source.tables)
    tabulated = sum(any(_holds(t.bbox, w.bbox) for t in source.tables) for w in source.words)
    if tabulated > TABLE_SHARE_WORDS * len(source.words) and covered > TABLE_SHARE_AREA * width * height:
        return False
    return source.page.kind == "vector" or is_large(source.page)


def _is_prose(words: tuple[Word, ...]) -> bool:
    """Do most words stand in long lines? On a drawing few do."""
    lengths = Counter(word.line for word in words)
    return sum(n for n in lengths.values() if n >= LONG_LINE) > PROSE_SHARE * len(words)


def is_worth_reading(source: SheetSource) -> bool:
    """May the page hold a title block or a parts list at all?"""
    return bool(source.words) and (source.page.number == 1 or bool(source.tables) or is_drawing(source))


def read_page(source: SheetSource) -> Reading:
    """What a person reads on the page as a drawing, in the page's own coordinates."""
    is_sheet = is_drawing(source)
    words = tuple(w for w in source.words if _is_on_sheet(w.bbox, source.size))
    limits: list[str] = []
    if len(words) > MOST_WORDS and is_sheet:
        limits.append(f"The sheet has {len(words):,} words; no more than {MOST_WORDS:,} are read as a drawing.")
    if len(words) > MOST_WORDS or not (is_sheet or source.page.number == 1):
        words = ()
    reading = read_sheet(
        Sheet(
            width=source.size[0],
            height=source.size[1],
            lettering=tuple(_letter(line) for line in gather_lines(words)),
            rules=tuple(source.rules),
            grids=tuple(table.as_grid() for table in source.tables),
            labelled=source.labelled,
            page=source.page.number,
        )
    )
    reading.limits = [*limits, *reading.limits]
    if not is_sheet and not _has_title_block(source, reading):
        reading.dimensions, reading.notes = [], []
    if source.back:
        _turn_back(reading, source.back)
    return reading


def _has_title_block(source: SheetSource, reading: Reading) -> bool:
    """Is there so full a title block on a page of lines that its many words in tables and notes do not matter?"""
    block = reading.title_block
    is_lines = source.page.kind == "vector" or is_large(source.page)
    return is_lines and block is not None and block.confidence >= SURE_TITLE_BLOCK


def find_page_border(words: tuple[Word, ...], rules: list[Rule]) -> Border | None:
    """The zones around the sheet and its frame, if it has them."""
    return find_border([_letter(word) for word in words], rules)


def _letter(text: Word | Line) -> Lettering:
    return Lettering(text.text, text.bbox, round(CAP_HEIGHT * text.size, 2), text.angle)


def keep_reading(content: PdfContent, reading: Reading, options: PdfOptions) -> None:
    """Add what was read to the content, as far as it was asked for."""
    if options.extract_title_block:
        if reading.title_block and _says_something(reading.title_block):
            content.title_blocks.append(reading.title_block)
            content.title_block = choose_title_block(content.title_blocks)
        content.revisions.extend(reading.revisions)
    if options.extract_dimensions:
        content.dimensions.extend(reading.dimensions)
        content.notes.extend(reading.notes)
    if options.extract_bom and reading.bom and reading.bom.items:
        content.bom = _join_boms(content.bom, reading.bom)


def _says_something(block: TitleBlock) -> bool:
    return any(block.model_dump(exclude={"page", "layout", "bbox", "handle", "confidence", "source"}).values())


def _join_boms(bom: Bom | None, more: Bom) -> Bom:
    """A parts list that runs over several sheets is one."""
    if bom is None:
        return more
    known = {header.casefold() for header in bom.headers}
    bom.headers.extend(header for header in more.headers if header.casefold() not in known)
    bom.items.extend(more.items)
    bom.confidence = min(bom.confidence, more.confidence)
    return bom


def _turn_back(reading: Reading, turn: Turn) -> None:
    places: list[Sequence[Place | None]] = [
        reading.dimensions,
        reading.revisions,
        reading.notes,
        [reading.title_block, reading.bom],
    ]
    for place in (place for group in places for place in group):
        if place is not None and place.bbox is not None:
            box = turn.box(place.bbox)
            place.bbox = (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))


def _is_on_sheet(box: BBox, size: tuple[float, float]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return 0 <= x <= size[0] and 0 <= y <= size[1]


def _holds(outer: BBox, inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
