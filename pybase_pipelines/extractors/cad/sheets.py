"""Layouts read like sheets: their lettering and ruling go through `extractors.drawing`, the findings into the content.

What belongs here: which layouts are read, and in which coordinates. What does not: how a sheet is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pybase_pipelines.extractors.cad.nesting import Flat, flatten
from pybase_pipelines.extractors.cad.scene import Box, Run, Scene
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.drawing.reading import read_sheet
from pybase_pipelines.extractors.drawing.sheet import Grid, Lettering, Reading, Rule, Sheet
from pybase_pipelines.extractors.drawing.title_block import choose_title_block
from pybase_pipelines.results.cad import CadContent, CadDimension
from pybase_pipelines.results.drawing import BBox, Place

MODEL = "Model"
FARTHEST = 1e11
"""Coordinates beyond this (drawing units) are damage; maps in millimetres go up to 1e10."""
_BARE_NUMBER = re.compile(r"[\d.,\s-]*")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one layout is read; more is cut off with a warning."""

    max_lettering: int = 20_000
    max_rules: int = 50_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings go into the content."""

    title_block: bool = True
    bom: bool = True
    dimensions: bool = True


def read_layouts(
    content: CadContent,
    layouts: Mapping[str, Scene],
    blocks: Mapping[str, Scene],
    progress: Progress,
    *,
    wanted: Wanted,
    limits: Limits,
    is_hidden: Callable[[str | None], bool],
) -> None:
    """Read every layout that has lettering, sheets before model space, and fill in what the drawing says."""
    boms = []
    names = sorted(layouts, key=lambda name: name == MODEL)
    for done, name in enumerate(names):
        progress.advance(done, len(names))
        flat = flatten(layouts[name], blocks, limits.max_lettering, limits.max_rules)
        flat.runs = [pair for pair in flat.runs if not is_hidden(pair[0].layer)]
        if not flat.runs and not layouts[name].labelled:
            continue
        if strays := _drop_strays(flat):
            message = f"{strays} texts or lines stand further away than any drawing reaches and are not looked at."
            progress.warn("limit_exceeded", message, f"layout {name}", partial=True)
        if flat.is_cut:
            progress.warn(
                "limit_exceeded",
                f"Only the first {limits.max_lettering} texts are looked at for title block, parts list and notes.",
                f"layout {name}",
                partial=True,
            )
        if len(flat.rules) >= limits.max_rules:
            message = f"Only the first {limits.max_rules} lines are looked at for the cells of title block and tables."
            progress.warn("limit_exceeded", message, f"layout {name}")
        grids = tuple(_grid(table.rows, flat) for table in content.tables if table.layout == name and table.rows)
        sheet, shift = build_sheet(name, flat, tuple(layouts[name].labelled), grids)
        reading = read_sheet(sheet)
        _shift(reading, *shift)
        for limit in reading.limits:
            progress.warn("limit_exceeded", limit, f"layout {name}", partial=True)
        if reading.title_block and wanted.title_block:
            content.title_blocks.append(reading.title_block)
        if reading.bom and wanted.bom:
            boms.append(reading.bom)
        if wanted.title_block:
            content.revisions += reading.revisions
        content.notes += reading.notes
        if wanted.dimensions:
            take_lettered_dimensions(content, reading, name)
    content.title_block = choose_title_block(content.title_blocks)
    content.bom = max(boms, key=lambda bom: (bom.confidence, len(bom.items)), default=None)


def _drop_strays(flat: Flat) -> int:
    """Take out what stands at impossible places in damaged files, and say how much: it leaves no room for the rest."""
    count = len(flat.runs) + len(flat.rules)
    flat.runs = [pair for pair in flat.runs if _is_near(*pair[0].box(pair[1]))]
    flat.rules = [rule for rule in flat.rules if _is_near(*rule)]
    return count - len(flat.runs) - len(flat.rules)


def _is_near(*coordinates: float) -> bool:
    return all(-FARTHEST < value < FARTHEST for value in coordinates)


def build_sheet(
    name: str, flat: Flat, labelled: tuple[tuple[str, str], ...] = (), grids: tuple[Grid, ...] = ()
) -> tuple[Sheet, tuple[float, float]]:
    """The sheet, moved so that its lower left corner is the origin, and by how much it was moved."""
    box = Box()
    boxes = [run.box(place) for run, place in flat.runs]
    for x0, y0, x1, y1 in (*boxes, *flat.rules):
        box.add(x0, y0)
        box.add(x1, y1)
    left, bottom, right, top = box.value or (0.0, 0.0, 0.0, 0.0)
    lettering = tuple(
        Lettering(
            text=run.text,
            bbox=(b[0] - left, b[1] - bottom, b[2] - left, b[3] - bottom),
            height=run.height * place.scale_y,
            rotation=place.turn(run.rotation),
            handle=run.handle,
            layer=run.layer,
        )
        for (run, place), b in zip(flat.runs, boxes, strict=True)
    )
    rules = tuple(Rule(x0 - left, y0 - bottom, x1 - left, y1 - bottom) for x0, y0, x1, y1 in flat.rules)
    moved = tuple(replace(grid, bbox=_move(grid.bbox, -left, -bottom)) for grid in grids)
    sheet = Sheet(right - left, top - bottom, lettering, rules, moved, labelled, layout=name)
    return sheet, (left, bottom)


def _grid(rows: list[list[str | None]], flat: Flat) -> Grid:
    """A table object as a grid; its place on the sheet is where its first cells are lettered, if they are."""
    words = {cell for row in rows for cell in row if cell}
    boxes = [run.box(place) for run, place in flat.runs if run.text in words]
    bbox: BBox = (0.0, 0.0, 0.0, 0.0)
    if boxes:
        bbox = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return Grid(bbox, tuple(tuple(row) for row in rows))


def _shift(reading: Reading, dx: float, dy: float) -> None:
    """Back to the coordinates of the layout."""
    found: list[Place | None] = [
        reading.title_block,
        reading.bom,
        *reading.dimensions,
        *reading.revisions,
        *reading.notes,
    ]
    for place in found:
        if place is not None and place.bbox is not None:
            place.bbox = _move(place.bbox, dx, dy) if place.bbox[0] < place.bbox[2] else None


def _move(box: BBox, dx: float, dy: float) -> BBox:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def take_lettered_dimensions(content: CadContent, reading: Reading, layout: str) -> None:
    """Dimensions read from plain text, for layouts without dimension objects: an exploded drawing has only those."""
    if any(dimension.layout == layout for dimension in content.dimensions):
        return
    for dimension in reading.dimensions:
        if _BARE_NUMBER.fullmatch(dimension.text or ""):
            continue  # a number alone may be anything on a CAD drawing: a cell, a part of the building, a plot
        content.dimensions.append(CadDimension(**dimension.model_dump(), text_source="lettering"))


def lines_of(run: Run, text: str, spacing: float) -> list[Run]:
    """A text of several lines as runs; the anchor of `run` is that of the whole text."""
    lines = [line.strip() for line in text.split("\n")]
    if len(lines) == 1:
        return [_line(run, lines[0], 0.0)] if lines[0] else []
    above = (len(lines) - 1) * spacing * (1 - run.up)
    return [_line(run, line, above - number * spacing) for number, line in enumerate(lines) if line]


def _line(run: Run, text: str, up: float) -> Run:
    """The run moved `up` in its own direction: the block of lines hangs at `up`=1, stands at `up`=0."""

    angle = math.radians(run.rotation)
    return Run(
        text, run.x - up * math.sin(angle), run.y + up * math.cos(angle), run.height, run.rotation,
        run.width_factor, run.across, run.up, run.handle, run.layer,
    )  # fmt: skip
