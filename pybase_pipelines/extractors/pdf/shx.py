"""The lettering that AutoCAD draws as strokes: its PDF export keeps what each piece says in a comment right over it.

Such a comment is a square by the author "AutoCAD SHX Text" (AutoCAD 2016 and later, system variable PDFSHX). It says
the text and the box around it; direction and size follow from the box. With them a sheet that has no letter is read
like any other.
What belongs here: these comments as words. What does not: other annotations (`interaction`, `appearances`).
"""

from __future__ import annotations

from pybase_pipelines.extractors.pdf.text import ASCENT, DESCENT, PageText, Word
from pybase_pipelines.results.drawing import BBox

AUTHOR = "autocad shx text"
UPRIGHT = 0.8
"""A box of several letters that is narrower than this share of its height holds a text that runs up the sheet."""


def is_shx_text(kind: str, author: str | None) -> bool:
    """Whether an annotation is the text of strokes."""
    return kind == "square" and (author or "").strip().casefold() == AUTHOR


def make_words(texts: list[tuple[str, BBox]], first_line: int) -> PageText:
    """The words of such comments, given with the boxes a person sees; lines are numbered from `first_line`."""
    words: list[Word] = []
    line = first_line
    for text, box in texts:
        rows = [row for row in text.splitlines() if row.strip()]
        for index, row in enumerate(rows):
            words.extend(_spread(row, box, index, len(rows), line))
            line += 1
    return PageText(tuple(words), sum(len(word.text) for word in words), 0, is_cut=False)


def _spread(row: str, box: BBox, index: int, rows: int, line: int) -> list[Word]:
    """The words of one row, each with its share of the row's box."""
    left, bottom, right, top = box
    is_upright = len(row.strip()) > 1 and right - left < UPRIGHT * (top - bottom)
    if is_upright:
        step = (right - left) / rows
        left, right = left + index * step, left + (index + 1) * step
    else:
        step = (top - bottom) / rows
        bottom, top = top - (index + 1) * step, top - index * step
    start, end = (bottom, top) if is_upright else (left, right)
    unit = (end - start) / max(1, len(row.rstrip()))
    size = round(max(0.1, step / (ASCENT + DESCENT)), 2)
    found, place = [], 0
    for word in row.split():
        place = row.index(word, place)
        a, b = start + place * unit, start + (place + len(word)) * unit
        place += len(word)
        share = (left, a, right, b) if is_upright else (a, bottom, b, top)
        rounded = (round(share[0], 2), round(share[1], 2), round(share[2], 2), round(share[3], 2))
        found.append(Word(word, rounded, size, 90.0 if is_upright else 0.0, line))
    return found
