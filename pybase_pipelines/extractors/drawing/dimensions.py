"""Finding dimension texts in the free lettering of a sheet. What one of them says is `dimension_text`.

A text with a sign of its own (Ø, R, °, ±, a thread, a count) is taken as it is; a bare number only beside a dimension
line, because sheets are full of other numbers: pins, balloons, zones, room numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pybase_pipelines.extractors.drawing.dimension_text import parse_dimension
from pybase_pipelines.extractors.drawing.frame import RuleIndex
from pybase_pipelines.extractors.drawing.grids import find_grids
from pybase_pipelines.extractors.drawing.pieces import Piece, join_pieces, make_pieces
from pybase_pipelines.extractors.drawing.schematic import is_schematic
from pybase_pipelines.extractors.drawing.sheet import Grid, Lettering, Rule, Sheet
from pybase_pipelines.extractors.drawing.view import View, contains, find_quarter, make_views
from pybase_pipelines.results.drawing import BBox, Dimension

_FEWEST_RULES = 12
_MOST_SENTENCES = 40
_LARGEST = 100_000
_LEVEL = 0.03
_CAPTION = 1.9
"""How much larger than the other lettering (the median) the number of a view or sheet is."""
_MARGIN, _FRONT_MATTER, _LONGEST_PAGE_NUMBER = 0.12, 20, 4
_TALLEST_FRAME, _TALLEST_CELL = 3.2, 6.0
"""How tall the box of a boxed dimension, and the cell of a table, may be, in letter heights."""
_BARE = re.compile(r"\(?\d+\)?")
_DECIMAL = re.compile(r"\(?\d{0,5}[.,]\d{1,4}\)?")
_LOOKS_LIKE_REFERENCE = re.compile(r"(?:\d{1,2}x )?[CRDMG]\d{1,4}")
_ROUGHNESS = re.compile(r"\s*R(?:a|z|t|q|y|max)\s?\d")
"""Surface texture, which a centre line may cut in two as the border of a cell does."""
_UNITS = re.compile(
    r"(?:dimension|dims?\b|unit|ma(?:ß|ss)e|cotes|quote).{0,25}?\b(?P<mm>mm|millim\w+)\b|(?:dimension|dims?\b|unit).{0,25}?\b(?P<in>inch\w*|in)\b",
    re.IGNORECASE,
)


def read_dimensions(
    sheet: Sheet,
    elsewhere: Sequence[BBox] = (),
    grids: tuple[Grid, ...] | None = None,
    index: RuleIndex | None = None,
) -> list[Dimension]:
    """The dimensions of a sheet that looks like a drawing.

    `elsewhere` are the places of title block, parts list, revisions and notes; `grids` all tables and `index` the
    rules, where known already.
    """
    if not _is_drawing(sheet):
        return []
    lettering = [text for text in _split_by_rules(sheet) if not _is_in(text, elsewhere)]
    is_circuit = is_schematic(sheet)
    index = index or RuleIndex(sheet.rules, sheet)
    views = {view.quarter: view for view in make_views(sheet)}
    unit = _find_unit(sheet)
    tables = [grid.bbox for grid in (find_grids(sheet) if grids is None else grids)]
    found: list[Dimension] = []
    for piece in join_pieces(make_pieces(lettering)):
        dimension = parse_dimension(piece.text)
        if dimension is None or (is_circuit and not _is_certain(dimension)) or _is_page_number(piece, sheet):
            continue
        box = _frame_around(piece, views, tallest=_TALLEST_CELL if _is_number(dimension) else _TALLEST_FRAME)
        if box == "several":
            continue
        confidence = _find_confidence(piece, dimension, index, is_circuit)
        if confidence == 0 or (_is_number(dimension) and (_is_in(piece.texts[0], tables) or _is_caption(piece, views))):
            continue
        found.append(_place(dimension, piece, sheet, unit, confidence, is_basic=box == "one"))
    return found


def _place(
    dimension: Dimension, piece: Piece, sheet: Sheet, unit: str | None, confidence: float, *, is_basic: bool
) -> Dimension:
    update = {
        "page": sheet.page,
        "layout": sheet.layout,
        "bbox": piece.frame.box_back(piece.box),
        "handle": piece.texts[0].handle,
        "confidence": confidence,
        "unit": dimension.unit or unit,
        "is_basic": dimension.is_basic or is_basic,
    }
    return dimension.model_copy(update=update)


def _is_drawing(sheet: Sheet) -> bool:
    sentences = sum(1 for text in sheet.lettering[:5000] if len(text.text) > 60)
    return len(sheet.rules) >= _FEWEST_RULES and sentences <= _MOST_SENTENCES


def _is_number(dimension: Dimension) -> bool:
    """Whether the text is nothing but a number, which in a table means something else."""
    return bool(_BARE.fullmatch(dimension.text or "") or _DECIMAL.fullmatch(dimension.text or ""))


def _is_certain(dimension: Dimension) -> bool:
    text = dimension.text or ""
    return dimension.tolerance_plus is not None or (text.endswith("mm") and dimension.dimension_type == "linear")


def _split_by_rules(sheet: Sheet) -> list[Lettering]:
    """The lettering with phrases cut at cell borders, where it is level or upright; slanted lettering as it is."""
    runs = [
        Lettering(
            run.text, view.turn_back(run.box), run.height, run.source.rotation, run.source.handle, run.source.layer
        )
        for view in make_views(sheet)
        for run in view.runs
        if not _ROUGHNESS.match(run.source.text)
    ]
    return runs + [text for text in sheet.lettering if find_quarter(text.rotation) is None]


def _is_in(text: Lettering, boxes: Sequence[BBox]) -> bool:
    x, y = (text.bbox[0] + text.bbox[2]) / 2, (text.bbox[1] + text.bbox[3]) / 2
    return any(contains(box, x, y) for box in boxes)


def _is_caption(piece: Piece, views: dict[int, View]) -> bool:
    """Whether the text is much larger than the others: the number of a view or sheet."""
    return any(piece.height > _CAPTION * view.letter for view in views.values())


def _is_page_number(piece: Piece, sheet: Sheet) -> bool:
    """Whether it is a number near that of the page, alone at its head or foot; books count from their first chapter."""
    if sheet.page is None or not piece.text.isdecimal() or len(piece.text) > _LONGEST_PAGE_NUMBER:
        return False
    if abs(int(piece.text) - sheet.page) > (0 if sheet.page == 1 else _FRONT_MATTER):
        return False
    _, low, _, high = piece.texts[0].bbox
    if high < _MARGIN * sheet.height:
        return not any(text.bbox[3] < low for text in sheet.lettering)
    return low > (1 - _MARGIN) * sheet.height and not any(text.bbox[1] > high for text in sheet.lettering)


def _frame_around(piece: Piece, views: dict[int, View], tallest: float) -> str | None:
    """ "one": a box of its own (a basic dimension); "several": a row of cells (a tolerance frame, a table)."""
    quarter = find_quarter(piece.texts[0].rotation)
    view = views.get(quarter) if quarter is not None else None
    if view is None:
        return None
    height = piece.height
    cell = _closed_box(view, piece.u, piece.v, height, tallest)
    if cell is None or cell[2] - cell[0] > piece.box[2] - piece.box[0] + 5 * height:
        return None
    if _runs_on(view, piece, cell):
        return "several"
    for x in (cell[0] - 0.5 * height, cell[2] + 0.5 * height):
        other = _closed_box(view, x, piece.v, height, tallest)
        if other and abs(other[1] - cell[1]) < 0.3 * height and abs(other[3] - cell[3]) < 0.3 * height:
            return "several"
    return "one" if cell[3] - cell[1] < _TALLEST_FRAME * height else None


def _runs_on(view: View, piece: Piece, cell: BBox) -> bool:
    """Whether floor and ceiling of the box go on together to a further end: the next cell, whatever sign is in it."""
    _, low, _, high = view.walls(piece.u, piece.v)
    if low is None or high is None:
        return False
    height = piece.height
    is_even = abs(low[1] - high[1]) < 0.3 * height and abs(low[2] - high[2]) < 0.3 * height
    return is_even and (low[1] < cell[0] - height or low[2] > cell[2] + height)


def _closed_box(view: View, u: float, v: float, height: float, tallest: float) -> BBox | None:
    """The box around a point, if its walls end at its corners: extension lines and part edges run on."""
    left, low, right, high = view.walls(u, v)
    if (
        left is None
        or low is None
        or right is None
        or high is None
        or not 1.2 * height < high[0] - low[0] < tallest * height
    ):
        return None
    slack = 0.3 * height
    for wall in (left, right):
        if wall[1] < low[0] - slack - 2 * (high[0] - low[0]) or wall[2] > high[0] + slack + 2 * (high[0] - low[0]):
            return None
        if wall[1] > low[0] + slack or wall[2] < high[0] - slack:
            return None
    if any(wall[1] > left[0] + slack or wall[2] < right[0] - slack for wall in (low, high)):
        return None
    return (left[0], low[0], right[0], high[0])


def _find_confidence(piece: Piece, dimension: Dimension, index: RuleIndex, is_circuit: bool) -> float:
    """0: not a dimension."""
    text = dimension.text or ""
    has_line = _has_dimension_line(piece, index)
    if dimension.value == 0 or (dimension.value or 0) >= _LARGEST:
        return 0.0
    if _BARE.fullmatch(text):
        return 0.75 if has_line else 0.0
    if _DECIMAL.fullmatch(text):
        return 0.9 if has_line else 0.6
    if _LOOKS_LIKE_REFERENCE.fullmatch(text) and not has_line:
        return 0.0 if is_circuit else 0.5
    return 0.95 if has_line else 0.85


def _has_dimension_line(piece: Piece, index: RuleIndex) -> bool:
    """A line that carries the text (below it), or that is broken for it: along the text, or across."""
    u0, v0, u1, v1 = piece.box
    height = piece.height
    area = (u0 - 2 * height, v0 - 1.5 * height, u1 + 2 * height, v1 + 1.5 * height)
    return any(_carries(piece.frame.turn_rule(rule), piece) for rule in index.near(piece.frame.box_back(area)))


def _carries(line: Rule, piece: Piece) -> bool:
    u0, v0, u1, v1 = piece.box
    height = piece.height
    left, right = min(line.x0, line.x1), max(line.x0, line.x1)
    low, high = min(line.y0, line.y1), max(line.y0, line.y1)
    length = max(right - left, high - low)
    if length < height:
        return False
    if high - low <= _LEVEL * length:
        is_below = -0.9 * height <= low - v0 <= 0.35 * height and min(right, u1) - max(left, u0) > 0.6 * (u1 - u0)
        is_beside = abs(low - piece.v) < 0.35 * height and _is_broken(right, left, u0, u1, height)
        return is_below or is_beside
    if right - left <= _LEVEL * length:
        return u0 < left < u1 and _is_broken(high, low, v0, v1, height)
    return False


def _is_broken(end: float, start: float, low: float, high: float, height: float) -> bool:
    """Whether a line ends just before the text or starts just behind it."""
    return -0.3 * height <= low - end < 1.3 * height or -0.3 * height <= start - high < 1.3 * height


def _find_unit(sheet: Sheet) -> str | None:
    """The unit that the sheet says its dimensions have."""
    for text in sheet.lettering[:5000]:
        if match := _UNITS.search(text.text):
            return "mm" if match["mm"] else "in"
    return None
