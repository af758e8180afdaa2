"""The notes of a drawing: numbered lines and the blocks under "NOTES" or "HINWEISE"."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.sheet import Lettering, Sheet
from pybase_pipelines.results.drawing import Note

_HEADING = re.compile(
    r"(?:general\s+|drawing\s+)?(?:notes?|hinweise?|bemerkung(?:en)?|anmerkung(?:en)?|remarks?|remarques?|notas?|note generali)\s*[:.]?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\(?(\d{1,2})[.):]\s+(\S.*)")


def read_notes(sheet: Sheet) -> list[Note]:
    """Numbered notes below a heading, in reading order."""
    notes: list[Note] = []
    for heading in (run for run in sheet.lettering if _HEADING.fullmatch(run.text.strip())):
        below = [run for run in sheet.lettering if _is_below(run, heading)]
        for run in sorted(below, key=lambda run: -run.bbox[3]):
            if match := _NUMBERED.match(run.text):
                notes.append(
                    Note(
                        number=match[1],
                        text=match[2],
                        page=sheet.page,
                        layout=sheet.layout,
                        bbox=run.bbox,
                        handle=run.handle,
                    )
                )
    return notes


def _is_below(run: Lettering, heading: Lettering) -> bool:
    return (
        run.bbox[3] <= heading.bbox[1] + heading.height * 0.5
        and abs(run.bbox[0] - heading.bbox[0]) < heading.height * 6
    )
