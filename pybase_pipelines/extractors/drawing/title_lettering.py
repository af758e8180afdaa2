"""The title block as lettering and ruling show it: labels, gathered to one block, each with its value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

from pybase_pipelines.extractors.drawing.fields import PEOPLE, SIZE, fits
from pybase_pipelines.extractors.drawing.label_runs import Label, read_labels
from pybase_pipelines.extractors.drawing.labels import is_weak, rank_label
from pybase_pipelines.extractors.drawing.title_cells import Cells, Found
from pybase_pipelines.extractors.drawing.values import take_value
from pybase_pipelines.extractors.drawing.view import Run, View, contains, outline
from pybase_pipelines.results.drawing import BBox

_MOST_LABELS = 400
_GAP_ACROSS, _GAP_DOWN = 36.0, 11.0
_LEAST_FIELDS, _LEAST_RULED = 3, 2
_MOST_CUSTOM = 40
_MOST_CLUSTERS = 4
_STRONG = frozenset({"drawing_number", "title", "revision", "scale", "sheet", "size"})
_COMPANY = re.compile(
    r"[^\W\d_][^:]+\b(?:gmbh|ltd\.?|limited|inc\.?|llc|llp|corp\.?|corporation|co\.|company|b\.?v\.|oy|oyj|ab|a/s|aps|s\.?r\.?o\.?|s\.?p\.?a\.?|s\.?r\.?l\.?|sarl|sas|"
    r"s\.a\.|kg|ag|university|universität|universite|institute|institut|laborator(?:y|ies)|e\.v\.)(?:\s.*)?",
    re.IGNORECASE,
)
_TELLING = {
    "sheet": re.compile(r"(?:(?:sheet|page|blatt|folio)\s*)?(\d{1,4}\s*(?:of|von|de|sur)\s*\d{1,4})", re.IGNORECASE),
    "units": re.compile(
        r"(?:all |unless otherwise specified:? |alle )?(?:dimensions|dims?\.?|ma(?:ß|ss)e|cotes|units)(?: are| sind)?"
        r"(?: in| en)? (mm|cm|m|inch(?:es)?|in\.?|millimet(?:er|re)s?)\b.*",
        re.IGNORECASE,
    ),
    "general_tolerance": re.compile(
        r"(?:.*toleran\S*\s+)?((?:DIN |EN )*ISO[- ]?2768\s?(?:-\s?\d\s?)?[- ]?\s?(?:[fmcv][HKL]?)?(?:-E)?)",
        re.IGNORECASE,
    ),
    "projection": re.compile(r"((?:first|third|1st|3rd)[- ]angle)(?: projection)?", re.IGNORECASE),
}
"""Texts inside a title block that tell their field without a label."""

_COLUMN = re.compile(
    r"names?|nom|nome|signature|sign|visa|unterschrift|initials|date|datum|unless otherwise.*|notes?", re.IGNORECASE
)
"""Headers of the columns in which people sign: what stands below them belongs to the rows."""
_PAIR = re.compile(r"([^\W\d_][^:]{1,30}):\s+(\S.*)")
_SHEET_ID = re.compile(r"\d{1,4}/\d{1,4}")
"""How KiCad counts its sheets, under the label "Id"; its "Sheet" is a path."""


@dataclass(slots=True)
class Block:
    """What was found: `values` by field, `custom` by label, where it stands, and how many labels it has."""

    values: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    bbox: BBox | None = None
    num_fields: int = 0
    is_ruled: bool = False
    is_in_corner: bool = False


def read_block(view: View, is_elsewhere: list[BBox]) -> Block | None:
    """The best block of labels in this direction; None where too few labels stand together.

    `is_elsewhere` are the tables whose column headers would look like labels.
    """
    runs = [run for run in view.runs if not any(contains(box, run.x, run.y) for box in is_elsewhere)]
    labels = [label for run in runs for label in read_labels(run)][:_MOST_LABELS]
    clusters = [_drop_doubtful(cluster, view) for cluster in _gather(labels)]
    likely = sorted((c for c in clusters if _is_block(c, view)), key=lambda c: _weigh(c, view), reverse=True)
    blocks = [_read_cluster(cluster, view, runs) for cluster in likely[:_MOST_CLUSTERS]]
    return max(blocks, key=lambda block: len(block.values) + len(block.values.keys() & _STRONG), default=None)


def _read_cluster(labels: list[Label], view: View, runs: list[Run]) -> Block:
    """The labels of one block with their values."""
    bbox = _grow(outline([label.run.box for label in labels]), view)
    near = [run for run in runs if contains(bbox, run.x, run.y, 14 * view.letter)]
    cells = Cells(view, labels, near)
    block = _fill([cells.read(label) for label in labels])
    block.num_fields = len({label.field for label in labels} - {None})
    block.bbox = bbox
    block.is_in_corner = _is_in_corner(bbox, view)
    taken = {id(label.run) for label in labels}
    _add_unlabelled(
        block, [run for run in near if id(run) not in taken and contains(bbox, run.x, run.y, view.letter)], view
    )
    return block


def _is_block(labels: list[Label], view: View) -> bool:
    """Whether so many labels stand together that it is no accident; fewer are needed in ruled cells."""
    fields = {label.field for label in labels if not _is_doubtful(label)} - {None}
    ruled = sum(view.is_ruled(view.cell_at(label.run.x, label.run.y)) for label in labels)
    if 2 * ruled > len(labels):
        return len(fields) >= _LEAST_FIELDS or len(fields & _STRONG) >= _LEAST_RULED
    return len(fields) >= _LEAST_FIELDS and bool(fields & _STRONG)


def _gather(labels: list[Label]) -> list[list[Label]]:
    """Labels that stand near each other, as a person sees one block."""
    parents = list(range(len(labels)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for i, one in enumerate(labels):
        for j in range(i):
            other = labels[j]
            height = max(one.run.height, other.run.height)
            a, b = one.run.box, other.run.box
            across = max(a[0], b[0]) - min(a[2], b[2])
            down = max(a[1], b[1]) - min(a[3], b[3])
            if across < _GAP_ACROSS * height and down < _GAP_DOWN * height:
                parents[root(i)] = root(j)
    clusters: dict[int, list[Label]] = {}
    for index, label in enumerate(labels):
        clusters.setdefault(root(index), []).append(label)
    return list(clusters.values())


def _drop_doubtful(cluster: list[Label], view: View) -> list[Label]:
    """Without the words that may be values: they stand alone in their cell, or larger than the sure labels."""
    sure = [label.run.height for label in cluster if not _is_doubtful(label)]
    if not sure:
        return []
    usual = median(sure)
    cells = {id(label): view.cell_at(label.run.x, label.run.y) for label in cluster}
    shared = Counter(cell for cell in cells.values())
    return [
        label
        for label in cluster
        if not _is_doubtful(label) or (label.run.height < 1.15 * usual and shared[cells[id(label)]] == 1)
    ]


def _is_doubtful(label: Label) -> bool:
    return label.value is None and not label.has_colon and is_weak(label.name)


def _weigh(cluster: list[Label], view: View) -> tuple[float, float]:
    fields = {label.field for label in cluster} - {None}
    strong = fields & _STRONG
    box = outline([label.run.box for label in cluster])
    return len(fields) + len(strong), _corner(box, view)


def _corner(box: BBox, view: View) -> float:
    """How far right and down on the lettered part of the sheet, 0 to 1 each."""
    area = view.outline or (0.0, 0.0, *view.size)
    width, height = max(area[2] - area[0], 1e-9), max(area[3] - area[1], 1e-9)
    return ((box[0] + box[2]) / 2 - area[0]) / width - ((box[1] + box[3]) / 2 - area[1]) / height


def _is_in_corner(box: BBox, view: View) -> bool:
    return _corner(box, view) > 0.0


def _grow(box: BBox, view: View) -> BBox:
    """The block with the cells at its corners, so that values below and beside the labels belong to it."""
    inner = 0.5 * view.letter
    low = view.cell_at(box[2] - inner, box[1] + inner)
    high = view.cell_at(box[0] + inner, box[3] - inner)
    cells = [cell for cell in (low, high) if view.is_ruled(cell)]
    return outline([box, *cells])


def _fill(found: list[Found]) -> Block:
    block = Block(is_ruled=sum(item.is_ruled for item in found) * 2 > len(found))
    ordered = sorted(found, key=lambda item: rank_label(item.label.name))
    used: dict[int, str] = {}
    for item in ordered:
        name = item.label.field
        if item.value is None:
            continue
        if name is None:
            if _SHEET_ID.fullmatch(item.value) and item.label.name.casefold() == "id":
                block.values.setdefault("sheet", item.value)
            elif not _COLUMN.fullmatch(item.label.name) and len(block.custom) < _MOST_CUSTOM and len(item.value) <= 200:
                block.custom.setdefault(item.label.name, item.value)
        elif (
            fits(name, item.value)
            and name not in block.values
            and not any(id(run) in used for run in item.runs if run is not item.label.run)
        ):
            block.values[name] = item.value
            used.update({id(run): name for run in item.runs})
    _fill_dates(block, found)
    return block


def _fill_dates(block: Block, found: list[Found]) -> None:
    """The date of the drawing is that of whoever drew it; the others keep theirs beside their names."""
    dates = {item.label.field: item.date for item in found if item.date}
    if "author" in dates:
        block.values["date"] = dates["author"] or ""
    elif dates and "date" not in block.values:
        block.values["date"] = next(iter(dates.values())) or ""
    for person in PEOPLE[1:]:
        if date := dates.get(person):
            block.custom.setdefault(f"{person} date", date)


def _add_unlabelled(block: Block, runs: list[Run], view: View) -> None:
    """What needs no label inside a title block: a paper size in a cell of its own, "1 of 2", a firm's name."""
    values = set(block.values.values())
    others = [run.text for run in runs if run.text not in values and len(run.text) <= 60]
    firms = [text for text in others if _COMPANY.fullmatch(text)]
    if firms and "company" not in block.values:
        block.values["company"] = max(firms, key=len)
    for run in runs:
        text = take_value(run.text)
        if not text or text in values:
            continue
        if (
            "size" not in block.values
            and re.fullmatch(r"A[0-4]", text)
            and SIZE.fullmatch(text)
            and view.is_ruled(view.cell_at(run.x, run.y))
        ):
            block.values["size"] = text
        if (pair := _PAIR.fullmatch(text)) and len(block.custom) < _MOST_CUSTOM and (value := take_value(pair[2])):
            block.custom.setdefault(pair[1], value)
        for name, pattern in _TELLING.items():
            if name not in block.values and (match := pattern.fullmatch(text)):
                block.values[name] = next(group for group in match.groups() if group)
