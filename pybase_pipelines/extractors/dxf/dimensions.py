"""Dimensions: what was measured, and what stands on the sheet."""

from __future__ import annotations

import math
from typing import Any

from pybase_pipelines.extractors.cad.dimension import DRAWN, TYPES, build_dimension, picture_text
from pybase_pipelines.extractors.cad.lettering import plain_mtext, plain_text
from pybase_pipelines.extractors.cad.measurement import ANGULAR, Style
from pybase_pipelines.extractors.cad.scene import Affine, Placement
from pybase_pipelines.extractors.dxf.survey import Handler, Survey, Where
from pybase_pipelines.extractors.dxf.texts import point_of
from pybase_pipelines.results.cad import CadDimension

_OTHER_TYPES = {"ARC_DIMENSION": "arc_length", "LARGE_RADIAL_DIMENSION": "radius"}
_STYLE_VARIABLES = (
    "lfac",
    "rnd",
    "dec",
    "zin",
    "post",
    "lunit",
    "aunit",
    "adec",
    "azin",
    "tol",
    "lim",
    "tp",
    "tm",
    "tdec",
    "tzin",
)

UNSET: dict[str, Any] = {"dec": 4, "zin": 0, "tdec": 4, "tzin": 0}
"""What a variable is that a style of the file does not mention."""


def _dimension(survey: Survey, entity: Any, where: Where) -> None:
    for name in ("defpoint", "defpoint2", "defpoint3", "text_midpoint"):
        if entity.dxf.hasattr(name):
            point = entity.dxf.get(name)
            where.scene.box.add(point.x, point.y)
    picture = str(entity.dxf.get("geometry", ""))
    if picture:
        where.scene.add_placement(Placement(picture.casefold(), Affine(), is_picture=True, is_lettered=False))
    if survey.options.extract_dimensions and survey.is_wanted(entity.dxf.layer):
        survey.content.dimensions.append(_read(survey, entity, where, picture))


def _read(survey: Survey, entity: Any, where: Where, picture: str) -> CadDimension:
    kind = _OTHER_TYPES.get(entity.dxftype()) or TYPES.get(entity.dxf.get("dimtype", 0) & 7, "linear")
    dimension = build_dimension(
        kind=kind,
        value=_measure(entity, kind),
        style=_style(entity),
        override=str(entity.dxf.get("text", "") or ""),
        drawn=_drawn(survey, picture),
        units_code=survey.content.metadata.units_code,
    )
    layer = entity.dxf.layer
    dimension.handle = entity.dxf.handle
    dimension.layer = layer
    dimension.layout = where.layout
    dimension.block = where.block
    dimension.style = entity.dxf.get("dimstyle")
    dimension.position = point_of(entity.dxf.get("text_midpoint") or entity.dxf.get("defpoint"))
    dimension.is_hidden = survey.is_hidden(layer)
    return dimension


def _measure(entity: Any, kind: str) -> float | None:
    """What the writing program stored; where it stored nothing, what the points say."""
    stored = entity.dxf.get("actual_measurement")
    if stored is not None and stored >= 0 and math.isfinite(stored) and (stored or kind == "ordinate"):
        return math.degrees(stored) if kind in ANGULAR else float(stored)
    try:
        value = entity.get_measurement()
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return None
    if kind == "ordinate" and hasattr(value, "x"):
        value = value.x if entity.dxf.get("dimtype", 0) & 64 else value.y
    return abs(float(value)) if isinstance(value, int | float) else None


def _style(entity: Any) -> Style:
    """The dimension style with what this dimension sets differently."""
    if entity.dxf.get("dimstyle", "Standard") not in entity.doc.dimstyles:
        return Style(**UNSET)  # the file names a style that it does not hold
    override = entity.override()
    values = {name: override.get(f"dim{name}") for name in _STYLE_VARIABLES}
    known: dict[str, Any] = UNSET | {name: value for name, value in values.items() if value is not None}
    separator = override.get("dimdsep")
    for name in ("tol", "lim"):
        known[name] = bool(known.get(name))
    return Style(**known, dsep=chr(separator) if isinstance(separator, int) and 0 < separator < 0x110000 else ".")


def _drawn(survey: Survey, picture: str) -> str | None:
    """The text in the picture that the file keeps of the dimension."""
    block = survey.document.blocks.get(picture) if picture else None
    if block is None:
        return None
    texts = []
    for entity in block:
        if entity.dxftype() == "MTEXT":
            texts.append(plain_mtext(entity.text))  # pyright: ignore[reportAttributeAccessIssue]
        elif entity.dxftype() == "TEXT":
            texts.append(plain_text(entity.dxf.get("text", "")))
    return picture_text(texts)


HANDLERS: dict[str, Handler] = dict.fromkeys(DRAWN, _dimension)
