"""Inserted blocks and their attributes."""

from __future__ import annotations

from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean, plain_mtext, plain_text
from pybase_pipelines.extractors.cad.scene import Affine, Placement
from pybase_pipelines.extractors.dxf.survey import Handler, Survey, Where
from pybase_pipelines.extractors.dxf.texts import add_text, anchor_of, point_of
from pybase_pipelines.results.cad import CadAttribute

MAX_CELLS = 32_767


def _insert(survey: Survey, entity: Any, where: Where) -> None:
    name = str(entity.dxf.get("name", ""))
    matrix = entity.matrix44()
    x, y, origin = matrix.ux, matrix.uy, matrix.origin
    columns, rows = (max(1, min(int(entity.dxf.get(key, 1)), MAX_CELLS)) for key in ("column_count", "row_count"))
    columns, rows = _cells(entity, columns, rows)
    sx, sy = entity.dxf.xscale or 1.0, entity.dxf.yscale or 1.0
    step = (entity.dxf.get("column_spacing", 0.0) / sx, entity.dxf.get("row_spacing", 0.0) / sy)
    place = Affine(x.x, x.y, y.x, y.y, origin.x, origin.y)
    where.scene.add_placement(Placement(name.casefold(), place, columns, rows, step))
    for attribute in entity.attribs:
        _attribute(survey, attribute, entity, name, where)


def _cells(entity: Any, columns: int, rows: int) -> tuple[int, int]:
    """An array without spacing draws everything in one place: it is one reference."""
    return (
        columns if entity.dxf.get("column_spacing", 0.0) else 1,
        rows if entity.dxf.get("row_spacing", 0.0) else 1,
    )


def _attribute(survey: Survey, attribute: Any, insert: Any, block: str, where: Where) -> None:
    value = _value(attribute)
    tag = clean(str(attribute.dxf.get("tag", "")))
    layer = attribute.dxf.layer
    is_hidden = bool(attribute.is_invisible) or survey.is_hidden(layer)
    survey.content.attributes.append(
        CadAttribute(
            tag=tag,
            value=value,
            block=clean(block),
            insert_handle=insert.dxf.handle,
            handle=attribute.dxf.handle,
            layer=layer,
            layout=where.layout,
            inside=where.block,
            position=point_of(attribute.dxf.get("insert")),
            is_invisible=bool(attribute.is_invisible),
            is_hidden=is_hidden,
        )
    )
    where.scene.labelled.append((tag, value))
    if value:
        add_text(survey, attribute, where, "ATTRIB", value, anchor_of(attribute), is_hidden=is_hidden)


def _value(attribute: Any) -> str:
    """An attribute of several lines keeps them in an MTEXT of its own."""
    if attribute.has_embedded_mtext_entity:
        return plain_mtext(attribute.virtual_mtext_entity().text)
    return plain_text(attribute.dxf.get("text", ""))


HANDLERS: dict[str, Handler] = {"INSERT": _insert}
