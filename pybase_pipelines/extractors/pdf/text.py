"""The words of a page with their place, and the lines they make.

What belongs here: pdfium's characters turned into words and lines as a person sees them. What does not: tables, and
what the words mean on a drawing. Pdfium orders the characters and tells where words end; we add place, size and
direction.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.pdf import PdfTextBlock

if TYPE_CHECKING:
    import pypdfium2

ASCENT, DESCENT = 0.76, 0.22
"""How far letters reach above and below their base line, in font sizes: fonts themselves say anything from 0.7 to 3."""
CAP_HEIGHT = 0.7
WIDE_GAP = 1.0
"""Words further apart than this (in font sizes) are not one phrase."""
TOUCHING = 0.15
OPEN_RUNS = 3
TITLE_FACTOR = 1.25

_WORD = re.compile(r"[^\s\x00-\x1f\x7f\ufffe\uffff]+")
_SOFT_HYPHEN = "\x02"
_BREAKS = frozenset("\r\n")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as a person sees it on the turned page. `line` numbers the lines in reading order."""

    text: str
    bbox: BBox
    size: float
    angle: float
    line: int


@dataclass(frozen=True, slots=True)
class Line:
    """Words that follow each other in one line, without a wide gap."""

    text: str
    bbox: BBox
    size: float
    angle: float


@dataclass(frozen=True, slots=True)
class PageText:
    """`unreadable` counts characters that the file gives no meaning; `is_cut` says that the limit was reached."""

    words: tuple[Word, ...]
    num_characters: int
    unreadable: int
    is_cut: bool


def read_words(page: pypdfium2.PdfPage, turn: Turn, limit: int) -> PageText:
    """All words of a page, in the order in which pdfium reads them."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    try:
        total = max(0, textpage.count_chars())
        count = min(total, limit)
        get_unicode, handle = raw.FPDFText_GetUnicode, textpage.raw
        text = "".join(_letter(get_unicode(handle, index)) for index in range(count))
        words = tuple(_locate_words(text, _glyph_reader(handle), turn))
    finally:
        textpage.close()
    unreadable = sum(1 for letter in text if letter == "\ufffd" or (letter < " " and letter not in "\t\r\n\x02"))
    return PageText(words, sum(len(word.text) for word in words), unreadable, total > limit)


def _letter(code: int) -> str:
    """One character for one code, so that indices stay true; a surrogate half has no meaning alone."""
    return chr(code) if 0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF else "\ufffd"


@dataclass(frozen=True, slots=True)
class _Glyph:
    box: BBox
    origin: tuple[float, float]
    size: float
    angle: float


def _glyph_reader(handle: object) -> Callable[[int], _Glyph]:
    from ctypes import c_double

    import pypdfium2.raw as raw

    rect, matrix, x, y = raw.FS_RECTF(), raw.FS_MATRIX(), c_double(), c_double()

    def read(index: int) -> _Glyph:
        raw.FPDFText_GetLooseCharBox(handle, index, rect)
        raw.FPDFText_GetMatrix(handle, index, matrix)
        raw.FPDFText_GetCharOrigin(handle, index, x, y)
        size = raw.FPDFText_GetFontSize(handle, index) * math.hypot(matrix.c, matrix.d)
        angle = math.degrees(math.atan2(matrix.b, matrix.a))
        return _Glyph((rect.left, rect.bottom, rect.right, rect.top), (x.value, y.value), abs(size), angle)

    return read


def _locate_words(text: str, glyph: Callable[[int], _Glyph], turn: Turn) -> Iterator[Word]:
    line, last_end = 0, 0
    for found in _WORD.finditer(text):
        between = text[last_end : found.start()]
        if _SOFT_HYPHEN in between or not _BREAKS.isdisjoint(between):
            line += 1
        last_end = found.end()
        first, last = glyph(found.start()), glyph(found.end() - 1)
        written = found.group() + ("-" if text[last_end : last_end + 1] == _SOFT_HYPHEN else "")
        yield _place_word(written, first, last, turn, line)


def _place_word(text: str, first: _Glyph, last: _Glyph, turn: Turn, line: int) -> Word:
    angle = turn.angle(first.angle)
    box = turn.box(_union((first.box, last.box)))
    x, y = turn.point(*first.origin)
    size = first.size or abs(box[3] - box[1]) or 1.0
    quarter = round(angle / 90) % 4
    if abs(angle - 90 * round(angle / 90)) < 2.0:
        box = _trim(box, quarter, x, y, size)
    rounded = (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))
    return Word(text, rounded, round(size, 2), round(angle, 1) % 360, line)


def _trim(box: BBox, quarter: int, x: float, y: float, size: float) -> BBox:
    """Across the direction of writing the box is what letters need, not what the font claims."""
    up, down = ASCENT * size, DESCENT * size
    match quarter:
        case 0:
            return box[0], y - down, box[2], y + up
        case 1:
            return x - up, box[1], x + down, box[3]
        case 2:
            return box[0], y - up, box[2], y + down
        case _:
            return x - down, box[1], x + up, box[3]


def gather_lines(words: tuple[Word, ...]) -> list[Line]:
    """Words of one line, one direction and about one size, without a wide gap between them, as one run.

    A word may go on with one of the last few runs: a reader goes from a sign to the upper of two stacked tolerances
    before it comes to the lower one, which belongs to the sign.
    """
    runs: list[list[Word]] = []
    for word in words:
        for run in reversed(runs[-OPEN_RUNS:]):
            if _continues(run[-1], word):
                run.append(word)
                break
        else:
            runs.append([word])
    return [_join(run) for run in runs]


def _continues(before: Word, word: Word) -> bool:
    if abs((word.angle - before.angle + 180) % 360 - 180) > 3:
        return False
    size = max(before.size, word.size)
    if min(before.size, word.size) < 0.4 * size:
        return False
    along, across = _distance(before, word)
    if word.line != before.line:
        return -0.1 * size < along < TOUCHING * size and across < 0.1 * size
    return -0.5 * size < along < WIDE_GAP * size and across < 0.5 * size


def _distance(before: Word, word: Word) -> tuple[float, float]:
    """The gap between two words along the direction of writing, and how far they are apart across it."""
    a, b = before.bbox, word.bbox
    match round(before.angle / 90) % 4:
        case 0:
            return b[0] - a[2], abs(b[1] - a[1])
        case 1:
            return b[1] - a[3], abs(b[2] - a[2])
        case 2:
            return a[0] - b[2], abs(b[3] - a[3])
        case _:
            return a[1] - b[3], abs(b[0] - a[0])


def _join(run: list[Word]) -> Line:
    text = run[0].text
    for before, word in pairwise(run):
        text += (
            "" if _distance(before, word)[0] < TOUCHING * word.size and word.line != before.line else " "
        ) + word.text
    return Line(text, _union(tuple(w.bbox for w in run)), max(w.size for w in run), run[0].angle)


def _union(boxes: tuple[BBox, ...]) -> BBox:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def write_blocks(lines: list[Line], page: int) -> list[PdfTextBlock]:
    """The lines as the result shows them; a title is clearly larger than most of the page's letters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    return [
        PdfTextBlock(
            text=line.text,
            page=page,
            bbox=line.bbox,
            font_size=line.size,
            rotation=line.angle,
            is_title=len(sizes) > 1 and line.size >= TITLE_FACTOR * usual,
        )
        for line in lines
    ]


def find_main_quarter(words: tuple[Word, ...]) -> int:
    """In which quarter turn (counter-clockwise) most letters run: 0 where the page reads as it lies."""
    letters: Counter[int] = Counter()
    for word in words:
        letters[round(word.angle / 90) % 4] += len(word.text)
    total = sum(letters.values())
    quarter, count = letters.most_common(1)[0] if letters else (0, 0)
    return quarter if total and count > 0.7 * total else 0


def turn_words(words: tuple[Word, ...], turn: Turn) -> tuple[Word, ...]:
    """The same words on the sheet turned once more."""
    return tuple(Word(w.text, turn.box(w.bbox), w.size, turn.angle(w.angle), w.line) for w in words)
