"""The title block of a sheet, from attribute tags and from lettering, and the choice of one for the whole drawing."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.labels import find_field, find_tag_field
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.values import find_iso_date, take_value
from pybase_pipelines.results.drawing import TitleBlock


def read_title_block(sheet: Sheet) -> TitleBlock | None:
    """The title block, or None where the sheet has none that we recognise."""
    fields: dict[str, str] = {}
    custom: dict[str, str] = {}
    for label, raw in sheet.labelled:
        if value := take_value(raw):
            field = find_tag_field(label)
            if field:
                fields.setdefault(field, value)
            else:
                custom.setdefault(label, value)
    for run in sheet.lettering:
        match = re.match(r"([^:]{2,40}):\s*(\S.*)", run.text)
        if match and (field := find_field(match[1])) and (value := take_value(match[2])):
            fields.setdefault(field, value)
    if not fields:
        return None
    block = TitleBlock(**fields, custom_fields=custom, page=sheet.page, layout=sheet.layout)  # pyright: ignore[reportArgumentType]
    block.date_iso = find_iso_date(block.date) if block.date else None
    block.confidence = min(0.95, 0.3 + 0.1 * len(fields))
    return block


def choose_title_block(blocks: list[TitleBlock]) -> TitleBlock | None:
    """The block that stands for the whole drawing: the most complete and certain one, the first of equals."""
    return max(blocks, key=_worth, default=None)


def _worth(block: TitleBlock) -> float:
    named = {"drawing_number", "title", "revision", "date", "author", "company", "scale", "sheet", "part_number", "material"}
    return block.confidence * sum(1 for field in named if getattr(block, field))
