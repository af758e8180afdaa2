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
STRAIGHT = 2.0
"""Letters that lean less than this (degrees) run along or up the page."""
OPEN_RUNS = 3
TITLE_FACTOR = 1.25
NOWHERE: BBox = (0.0, 0.0, 0.0, 0.0)
"""The place of words that the file puts where no number leads."""

_WORD = re.compile(r"[^\s\x00-\x1f\x7f\ufffe\uffff]+")
_UNREADABLE = re.compile(r"[\ufffd\x00\x01\x03-\x08\x0b\x0c\x0e-\x1f]")
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

    @property
    def next_line(self) -> int:
        """The number of the first line that does not belong to this text."""
        return max((word.line for word in self.words), default=-1) + 1

    def with_more(self, more: PageText) -> PageText:
        """This text with the words of another one behind it."""
        return PageText(
            self.words + more.words,
            self.num_characters + more.num_characters,
            self.unreadable + more.unreadable,
            self.is_cut or more.is_cut,
        )


def read_words(page: pypdfium2.PdfPage, turn: Turn, limit: int) -> PageText:
    """All words of a page, in the order in which pdfium reads them."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    try:
        total = max(0, textpage.count_chars())
        count = min(total, limit)
        get_unicode, handle = raw.FPDFText_GetUnicode, textpage.raw
        text = "".join([_letter(get_unicode(handle, index)) for index in range(count)])
        words = tuple(_locate_words(text, handle, turn))
    finally:
        textpage.close()
    unreadable = len(_UNREADABLE.findall(text))
    return PageText(words, sum(len(word.text) for word in words), unreadable, total > limit)


def _letter(code: int) -> str:
    """One character for one code, so that indices stay true; a surrogate half has no meaning alone."""
    return chr(code) if 0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF else "\ufffd"


Glyph = tuple[BBox, float, float, float, float]
"""Box, origin x and y, font size, angle in degrees."""


def _glyph_readers(handle: object) -> tuple[Callable[[int], Glyph], Callable[[int], BBox]]:
    """Two readers of a character by its index: of everything, and of its box alone (all that a last letter adds)."""
    from ctypes import c_double

    import pypdfium2.raw as raw

    rect, matrix, x, y = raw.FS_RECTF(), raw.FS_MATRIX(), c_double(), c_double()
    get_box, get_matrix, get_origin = raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetMatrix, raw.FPDFText_GetCharOrigin
    get_size = raw.FPDFText_GetFontSize

    def read_box(index: int) -> BBox:
        get_box(handle, index, rect)
        return rect.left, rect.bottom, rect.right, rect.top

    def read(index: int) -> Glyph:
        get_matrix(handle, index, matrix)
        get_origin(handle, index, x, y)
        size = abs(get_size(handle, index) * math.hypot(matrix.c, matrix.d))
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) if matrix.b or matrix.a < 0 else 0.0
        return read_box(index), x.value, y.value, size, angle

    return read, read_box


def _locate_words(text: str, handle: object, turn: Turn) -> Iterator[Word]:
    read, read_box = _glyph_readers(handle)
    line, last_end = 0, 0
    for found in _WORD.finditer(text):
        start, end = found.span()
        between = text[last_end:start]
        if between != " " and (_SOFT_HYPHEN in between or not _BREAKS.isdisjoint(between)):
            line += 1
        last_end = end
        written = found.group() + ("-" if text[end : end + 1] == _SOFT_HYPHEN else "")
        yield _place_word(written, read(start), read_box(end - 1), turn, line)


def _place_word(text: str, first: Glyph, last: BBox, turn: Turn, line: int) -> Word:
    box, x, y, size, angle = first
    if not math.isfinite(sum(box) + sum(last) + x + y + size + angle):
        return Word(text, NOWHERE, 1.0, 0.0, line)
    box = turn.box(_union((box, last)))
    x, y = turn.point(x, y)
    angle = turn.angle(angle)
    size = size or abs(box[3] - box[1]) or 1.0
    quarter = round(angle / 90)
    if abs(angle - 90 * quarter) < STRAIGHT:
        box = _trim(box, quarter % 4, x, y, size)
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
