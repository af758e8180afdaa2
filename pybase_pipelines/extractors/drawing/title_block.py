"""The title block of a sheet, from attribute tags, labelled cells or free lines, and the choice of one for the drawing.

What the file itself labels (attributes of a block) comes before what lettering shows; free lines are read only where
there are no labels.
"""

from __future__ import annotations

from collections import Counter

from pybase_pipelines.extractors.drawing.bom import find_bom_tables
from pybase_pipelines.extractors.drawing.fields import fits
from pybase_pipelines.extractors.drawing.footers import read_footer
from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.labels import find_tag_field
from pybase_pipelines.extractors.drawing.revisions import find_revision_tables
from pybase_pipelines.extractors.drawing.sheet import Grid, Sheet
from pybase_pipelines.extractors.drawing.title_lettering import Block, read_block
from pybase_pipelines.extractors.drawing.title_lines import read_lines
from pybase_pipelines.extractors.drawing.values import find_iso_date, take_value
from pybase_pipelines.extractors.drawing.view import make_views, turn_box
from pybase_pipelines.results.drawing import TitleBlock

_WORTH = (
    "drawing_number",
    "title",
    "revision",
    "date",
    "author",
    "company",
    "scale",
    "sheet",
    "part_number",
    "material",
)
_MOST_REPEATS = 2


def read_title_block(sheet: Sheet, grids: tuple[Grid, ...] | None = None) -> TitleBlock | None:
    """The title block, or None where the sheet has none that we recognise."""
    block = _read_lettering(sheet, find_grids(sheet) if grids is None else grids)
    tagged, custom = _read_tags(sheet, block.values if block else {})
    values = {**(block.values if block else {}), **tagged}
    if not values and block is None:
        return None
    title_block = TitleBlock(
        **values,  # pyright: ignore[reportArgumentType]
        custom_fields={**(block.custom if block else {}), **custom},
        page=sheet.page,
        layout=sheet.layout,
        bbox=block.bbox if block else None,
        confidence=_find_confidence(block, tagged),
        source=_name_source(block, tagged),
    )
    title_block.date_iso = find_iso_date(title_block.date) if title_block.date else None
    return title_block


def choose_title_block(blocks: list[TitleBlock]) -> TitleBlock | None:
    """The block that stands for the whole drawing: the most complete and certain one, the first of equals."""
    return max(blocks, key=_worth, default=None)


def _worth(block: TitleBlock) -> float:
    return (0.1 + block.confidence) * sum(1 for field in _WORTH if getattr(block, field))


def _read_lettering(sheet: Sheet, grids: tuple[Grid, ...]) -> Block | None:
    tables = [table.grid.bbox for table in (*find_bom_tables(sheet, grids), *find_revision_tables(sheet, grids))]
    best: Block | None = None
    for view in make_views(sheet):
        block = read_block(view, [view.turn(box) for box in tables])
        if block and (best is None or block.num_fields > best.num_fields):
            best = block
            best.bbox = turn_box(block.bbox, -view.quarter % 4) if block.bbox else None
    if best is None or not best.values:
        return read_lines(sheet) or best or read_footer(sheet)
    return best


def _read_tags(sheet: Sheet, lettered: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Values of attributes; a tag that occurs again and again belongs to components, not to the title block.

    Where several tags name one field, what is lettered behind that label decides.
    """
    repeats = Counter(label.casefold() for label, _ in sheet.labelled)
    fields: dict[str, list[str]] = {}
    custom: dict[str, str] = {}
    for label, raw in sheet.labelled:
        value = take_value(raw)
        if value is None or repeats[label.casefold()] > _MOST_REPEATS:
            continue
        field = find_tag_field(label)
        if field and fits(field, value):
            fields.setdefault(field, []).append(value)
        else:
            custom.setdefault(label, value)
    values = {field: _choose(field, found, lettered.get(field)) for field, found in fields.items()}
    return (values, custom) if len(values | lettered) > 1 else ({}, {})


def _choose(field: str, found: list[str], lettered: str | None) -> str:
    if lettered in found:
        return lettered
    if field == "title" and len(found) > 1:
        return " ".join(dict.fromkeys(found))
    return found[0]


def _find_confidence(block: Block | None, tagged: dict[str, str]) -> float:
    if len(tagged) >= 3:
        return 0.95
    if block is None:
        return 0.3 + 0.15 * len(tagged)
    sure = (
        0.2
        + 0.05 * min(block.num_fields, 8)
        + 0.15 * block.is_ruled
        + 0.1 * block.is_in_corner
        + 0.02 * len(block.values)
    )
    return round(min(0.95, sure), 2)


def _name_source(block: Block | None, tagged: dict[str, str]) -> str:
    sources = ["attributes"] if tagged else []
    if block and block.values:
        sources.append("lettering")
    return "+".join(sources) or "lettering"
