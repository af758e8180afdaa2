"""Dimensions of a DWG: the stored measurement, and the text in the picture that the file keeps of each."""

from __future__ import annotations

import math
from typing import Any

from pybase_pipelines.extractors.cad.dimension import build_dimension, picture_text
from pybase_pipelines.extractors.cad.measurement import ANGULAR, Style
from pybase_pipelines.extractors.cad.scene import Affine, Placement
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.cad import CadDimension

_TYPES = {
    "LINEAR": "linear",
    "ALIGNED": "aligned",
    "ANG2LN": "angular",
    "ANG3PT": "angular_3_point",
    "RADIUS": "radius",
    "DIAMETER": "diameter",
    "ORDINATE": "ordinate",
}


def read_dimensions(survey: Survey, styles: dict[int, tuple[str, Style]]) -> None:
    """To be called after the texts: the pictures' lettering is in the blocks' scenes by then."""
    kinds = {row[1][0]: row[0] for row in survey.database.rows("dimension_entities")}
    rows = [row[1] for row in survey.database.rows("dimension_entities")]
    survey.read["DIMENSION"] += len(rows)
    for row in rows:
        handle = row[0]
        if not survey.is_included(handle):
            continue
        scene = survey.scene(handle)
        for point in row[2:6]:
            if point and any(point[:2]):
                scene.box.add(point[0], point[1])
        style_handle, picture = row[10]
        if picture:
            scene.add_placement(Placement(str(picture), Affine(), is_picture=True, is_lettered=False))
        if survey.options.extract_dimensions and survey.is_wanted(handle):
            survey.content.dimensions.append(
                _read(survey, row, _TYPES.get(kinds[handle], "linear"), picture, styles.get(style_handle))
            )


def _read(survey: Survey, row: Any, kind: str, picture: int | None, named: tuple[str, Style] | None) -> CadDimension:
    handle, measured = row[0], row[9][1]
    value = None
    if measured is not None and math.isfinite(measured):
        value = math.degrees(measured) if kind in ANGULAR else float(measured)
    name, style = named if named else (None, Style())
    scene = survey.blocks.get(str(picture))
    dimension = build_dimension(
        kind=kind,
        value=value,
        style=style,
        override=row[1] or "",
        drawn=picture_text([run.text for run in scene.runs]) if scene else None,
        units_code=survey.content.metadata.units_code,
    )
    spot, layer = survey.spot(handle), survey.database.layer_of(handle)
    dimension.handle = f"{handle:X}"
    dimension.layer = layer
    dimension.layout = spot.layout
    dimension.block = survey.block_name(spot.block)
    dimension.style = name
    dimension.position = tuple(row[5]) if row[5] else None
    dimension.is_hidden = survey.is_hidden(layer)
    return dimension
