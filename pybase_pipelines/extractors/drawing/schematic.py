"""Is the sheet a circuit? Then its numbers are pins and values, and short strokes beside them are no signs."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.sheet import Sheet

_PART_REFERENCE = re.compile(r"(?:[RCLDQUJKTFXY]|IC|SW|LED|TP|CN|JP|FB|RN|MH|H|P|S)\d{1,4}[A-Z]?")
_LEAST_NAMES, _LEAST_KINDS = 8, 3


def is_schematic(sheet: Sheet) -> bool:
    """Whether there are many part references of several kinds (R1, C2, U3)."""
    names = {text.text for text in sheet.lettering if _PART_REFERENCE.fullmatch(text.text)}
    kinds = {re.sub(r"\d.*", "", name) for name in names}
    return len(names) >= _LEAST_NAMES and len(kinds) >= _LEAST_KINDS
