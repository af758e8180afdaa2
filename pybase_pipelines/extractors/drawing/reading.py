"""One sheet, read like a person does: everything this room finds, in one call."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.bom import read_bom
from pybase_pipelines.extractors.drawing.dimensions import read_dimensions
from pybase_pipelines.extractors.drawing.notes import read_notes
from pybase_pipelines.extractors.drawing.revisions import read_revisions
from pybase_pipelines.extractors.drawing.sheet import Reading, Sheet
from pybase_pipelines.extractors.drawing.title_block import read_title_block


def read_sheet(sheet: Sheet) -> Reading:
    """Title block, parts list, dimensions, revisions and notes of one sheet."""
    return Reading(
        title_block=read_title_block(sheet),
        bom=read_bom(sheet),
        dimensions=read_dimensions(sheet),
        revisions=read_revisions(sheet),
        notes=read_notes(sheet),
    )
