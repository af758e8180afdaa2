"""One sheet, read like a person does: everything this room finds, in one call."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from pybase_pipelines.extractors.drawing.bom import read_bom
from pybase_pipelines.extractors.drawing.border import clear_border
from pybase_pipelines.extractors.drawing.dimensions import read_dimensions
from pybase_pipelines.extractors.drawing.frame import RuleIndex
from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.notes import read_notes
from pybase_pipelines.extractors.drawing.revisions import read_revisions
from pybase_pipelines.extractors.drawing.schematic import is_schematic
from pybase_pipelines.extractors.drawing.sheet import Lettering, Reading, Rule, Sheet
from pybase_pipelines.extractors.drawing.strokes import restore_signs
from pybase_pipelines.extractors.drawing.title_block import read_title_block

MOST_LETTERING, MOST_RULES = 20_000, 200_000
"""Runs of lettering and lines that are looked at; of more, the first."""


FARTHEST = 1e13
"""Places beyond this are no places: damaged files have endless ones."""


def read_sheet(sheet: Sheet) -> Reading:
    """Title block, parts list, dimensions, revisions and notes of one sheet."""
    sheet, limits = _limit(sheet)
    sheet = clear_border(sheet)
    index = RuleIndex(sheet.rules, sheet)
    if not is_schematic(sheet):
        sheet = replace(sheet, lettering=restore_signs(sheet, index))
    grids = find_grids(sheet)
    title_block, bom = read_title_block(sheet, grids), read_bom(sheet, grids)
    revisions, notes = read_revisions(sheet, grids), read_notes(sheet)
    places = [title_block, bom, *revisions, *notes]
    elsewhere = list({place.bbox for place in places if place is not None and place.bbox is not None})
    return Reading(
        title_block=title_block,
        bom=bom,
        dimensions=read_dimensions(sheet, elsewhere, grids, index),
        revisions=revisions,
        notes=notes,
        limits=limits,
    )


def _limit(sheet: Sheet) -> tuple[Sheet, list[str]]:
    limits = [
        f"Only the first {most:,} of {count:,} {name} were looked at."
        for name, count, most in (
            ("texts", len(sheet.lettering), MOST_LETTERING),
            ("lines", len(sheet.rules), MOST_RULES),
        )
        if count > most
    ]
    if limits:
        sheet = replace(sheet, lettering=sheet.lettering[:MOST_LETTERING], rules=sheet.rules[:MOST_RULES])
    if not all(_is_somewhere(thing) for thing in (*sheet.lettering, *sheet.rules)):
        sheet = replace(
            sheet,
            lettering=tuple(text for text in sheet.lettering if _is_somewhere(text)),
            rules=tuple(rule for rule in sheet.rules if _is_somewhere(rule)),
        )
    return sheet, limits


def _is_somewhere(thing: Lettering | Rule) -> bool:
    """Whether the place is a number at all: damaged files have endless ones."""
    if isinstance(thing, Rule):
        return abs(thing.x0) + abs(thing.y0) + abs(thing.x1) + abs(thing.y1) < FARTHEST
    return sum(map(abs, thing.bbox)) + abs(thing.height) < FARTHEST and isfinite(thing.rotation)
