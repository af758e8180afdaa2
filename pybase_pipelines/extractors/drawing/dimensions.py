"""Finding dimension texts in the free lettering of a sheet. What one of them says is `dimension_text`."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.dimension_text import parse_dimension
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.results.drawing import Dimension

_FEWEST_RULES = 20


def read_dimensions(sheet: Sheet) -> list[Dimension]:
    """The dimensions of a sheet that looks like a drawing: many rules, little running text."""
    if len(sheet.rules) < _FEWEST_RULES:
        return []
    found: list[Dimension] = []
    for run in sheet.lettering:
        dimension = parse_dimension(run.text)
        if dimension is None or re.fullmatch(r"\d{1,2}", run.text.strip()):
            continue
        place = {"page": sheet.page, "layout": sheet.layout, "bbox": run.bbox, "handle": run.handle, "confidence": 0.7}
        found.append(dimension.model_copy(update=place))
    return found
