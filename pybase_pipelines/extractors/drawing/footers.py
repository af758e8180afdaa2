"""Sheets without a title block that are numbered in a header or footer line: "Page 1 of 9   AB-100_V04   May.2013".

What belongs here: data sheets and reports with drawings in them. What does not: blocks of labels or of free lines.
"""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.fields import fits
from pybase_pipelines.extractors.drawing.label_runs import read_labels
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.title_lettering import Block
from pybase_pipelines.extractors.drawing.view import Run, find_view, outline

_MARGIN = 0.1
_LEAST_FACTS = 2
_NUMBERED = re.compile(
    r"(?:page|sheet|seite|blatt|folio|pagina|página)\s*:?\s*(\d{1,4}\s*(?:of|von|de|sur|di|/)\s*\d{1,4})", re.IGNORECASE
)
_IDENTIFIER = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w.\-/+]{5,40}")


def read_footer(sheet: Sheet) -> Block | None:
    """What a numbered line at the edge of the sheet says; None where it says nothing but the page."""
    view = find_view(sheet, 0)
    edge = _MARGIN * sheet.height
    runs = [run for run in view.runs if run.y < edge or run.y > sheet.height - edge]
    numbered = next((run for run in runs if _NUMBERED.fullmatch(run.text)), None)
    if numbered is None:
        return None
    line = [run for run in runs if abs(run.y - numbered.y) < 0.6 * numbered.height]
    block = Block(bbox=outline([run.box for run in line]))
    for run in line:
        _take(block, run)
    for label in (label for run in view.runs for label in read_labels(run)):
        if label.field == "part_number" and label.has_colon and label.value and fits("part_number", label.value):
            block.values.setdefault("part_number", label.value)
    block.num_fields = len(block.values)
    return block if block.num_fields >= _LEAST_FACTS else None


def _take(block: Block, run: Run) -> None:
    if match := _NUMBERED.fullmatch(run.text):
        block.values.setdefault("sheet", match[1])
    elif fits("date", run.text):
        block.values.setdefault("date", run.text)
    elif _IDENTIFIER.fullmatch(run.text) and "www." not in run.text:
        block.values.setdefault("drawing_number", run.text)
