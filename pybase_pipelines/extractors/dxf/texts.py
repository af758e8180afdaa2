"""Everything that is written: texts, notes with leaders, tolerance frames, tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean, plain_mtext, plain_text, plain_tolerance
from pybase_pipelines.extractors.cad.scene import Affine, Placement, Run
from pybase_pipelines.extractors.cad.sheets import lines_of
from pybase_pipelines.extractors.dxf.geometry import flat, is_mirrored
from pybase_pipelines.extractors.dxf.survey import Handler, Survey, Where
from pybase_pipelines.results.cad import CadLeader, CadTable, CadText, Point

MAX_LEADER_VERTICES = 200
_LINE_SPACING = 1.66


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where and how a text is set. `width` is the column of a wrapped text."""

    x: float
    y: float
    z: float = 0.0
    height: float = 0.0
    rotation: float = 0.0
    across: float = 0.0
    up: float = 0.0
    width_factor: float = 1.0
    spacing: float = 0.0
    width: float = 0.0


def point_of(point: Any) -> Point | None:
    return (float(point[0]), float(point[1]), float(point[2])) if point is not None else None


def anchor_of(entity: Any) -> Anchor:
    """A TEXT, ATTRIB or ATTDEF: set at its alignment point unless it is left aligned on the base line."""
    dxf = entity.dxf
    halign, valign = dxf.get("halign", 0), dxf.get("valign", 0)
    point = dxf.get("insert")
    if (halign or valign) and dxf.hasattr("align_point"):
        point = dxf.align_point
    across, up = {1: 0.5, 2: 1.0, 4: 0.5}.get(halign, 0.0), {2: 0.5, 3: 1.0}.get(valign, 0.5 if halign == 4 else 0.0)
    if halign in (3, 5) and dxf.hasattr("insert"):
        point = dxf.insert
    x, y = flat(entity, point)
    rotation = dxf.get("rotation", 0.0)
    height = dxf.get("height", 0.0)
    if is_mirrored(entity):
        rotation, across = 180 - rotation, 1 - across
    return Anchor(x, y, point[2], height, rotation % 360, across, up, dxf.get("width", 1.0))


def _anchor_of_mtext(entity: Any) -> Anchor:
    dxf = entity.dxf
    attachment = dxf.get("attachment_point", 1) - 1
    height = dxf.get("char_height", 0.0)
    point = dxf.insert
    rotation = entity.get_rotation()
    spacing = height * _LINE_SPACING * dxf.get("line_spacing_factor", 1.0)
    return Anchor(
        point.x, point.y, point.z, height, rotation % 360, (attachment % 3) / 2, 1 - (attachment // 3) / 2,
        spacing=spacing, width=dxf.get("width", 0.0),
    )  # fmt: skip


def add_text(
    survey: Survey, entity: Any, where: Where, kind: str, text: str, at: Anchor, *, is_hidden: bool | None = None
) -> None:
    """One entry of `text_blocks`, and its lines as lettering of the sheet."""
    layer = entity.dxf.layer
    hidden = bool(survey.is_hidden(layer) or entity.dxf.get("invisible", 0)) if is_hidden is None else is_hidden
    if not text.strip():
        return
    if survey.options.extract_text and survey.is_wanted(layer):
        survey.content.text_blocks.append(
            CadText(
                kind=kind,
                text=text,
                height=at.height or None,
                rotation=round(at.rotation, 6),
                position=(at.x, at.y, at.z),
                style=entity.dxf.get("style") if entity.dxf.is_supported("style") else None,
                layer=layer,
                layout=where.layout,
                block=where.block,
                handle=entity.dxf.handle,
                is_hidden=hidden,
            )
        )
    if hidden:
        return
    longest = max(len(line) for line in text.split("\n")) * at.height * 0.72
    factor = min(1.0, at.width / longest) if at.width > 0 and longest > 0 else at.width_factor
    run = Run("", at.x, at.y, at.height, at.rotation, factor, at.across, at.up, entity.dxf.handle, layer)
    for line in lines_of(run, text, at.spacing or at.height * _LINE_SPACING):
        where.scene.add_run(line)


def _text(survey: Survey, entity: Any, where: Where) -> None:
    add_text(survey, entity, where, "TEXT", plain_text(entity.dxf.get("text", "")), anchor_of(entity))


def _mtext(survey: Survey, entity: Any, where: Where) -> None:
    text = plain_mtext(entity.all_columns_raw_content())
    add_text(survey, entity, where, "MTEXT", text, _anchor_of_mtext(entity))


def _attdef(survey: Survey, entity: Any, where: Where) -> None:
    """In a block definition only a constant one is drawn with it; in a layout its tag is what stands there."""
    is_constant = bool(entity.dxf.get("flags", 0) & 2)
    if where.block is not None and not is_constant:
        return
    text = plain_text(entity.dxf.get("text", "")) if is_constant else clean(entity.dxf.get("tag", ""))
    add_text(survey, entity, where, "ATTDEF", text, anchor_of(entity), is_hidden=bool(entity.is_invisible) or None)


def _tolerance(survey: Survey, entity: Any, where: Where) -> None:
    style = survey.document.dimstyles.get(entity.dxf.get("dimstyle", "Standard"))
    height = (style.dxf.get("dimtxt", 2.5) * (style.dxf.get("dimscale", 1.0) or 1.0)) if style is not None else 2.5
    point = entity.dxf.insert
    at = Anchor(point.x, point.y, point.z, height, up=0.5)
    add_text(survey, entity, where, "TOLERANCE", plain_tolerance(entity.dxf.get("content", "")), at)


def _leader(survey: Survey, entity: Any, where: Where) -> None:
    vertices = [(float(v[0]), float(v[1])) for v in entity.vertices[:MAX_LEADER_VERTICES]]
    for x, y in vertices:
        where.scene.box.add(x, y)
    note = survey.document.entitydb.get(entity.dxf.get("annotation_handle", "0"))
    text = None
    if note is not None and note.dxftype() == "MTEXT":
        text = plain_mtext(note.text)  # pyright: ignore[reportAttributeAccessIssue]
    elif note is not None and note.dxftype() == "TOLERANCE":
        text = plain_tolerance(note.dxf.get("content", ""))
    _add_leader(survey, entity, where, "LEADER", text, None, vertices)


def _multileader(survey: Survey, entity: Any, where: Where) -> None:
    context = entity.context
    lines = [line for leader in context.leaders for line in leader.lines]
    vertices = [(float(v.x), float(v.y)) for line in lines for v in line.vertices][:MAX_LEADER_VERTICES]
    for x, y in vertices:
        where.scene.box.add(x, y)
    text, block = None, None
    if context.mtext is not None:
        text = plain_mtext(context.mtext.default_content)
        point, height = context.mtext.insert, context.char_height
        rotation = math.degrees(context.mtext.rotation) % 360
        across = {1: 0.0, 2: 0.5, 3: 1.0}.get(context.mtext.alignment, 0.0)
        at = Anchor(
            point.x,
            point.y,
            point.z,
            height,
            rotation,
            across,
            up=1.0,
            spacing=height * _LINE_SPACING,
            width=context.mtext.width,
        )
        add_text(survey, entity, where, "MULTILEADER", text, at)
    elif context.block is not None:
        record = survey.document.entitydb.get(context.block.block_record_handle or "0")
        block = clean(record.dxf.name) if record is not None else None
        values = [plain_text(a.text) for a in entity.block_attribs]
        text = " ".join(value for value in values if value) or None
        if text:
            point = context.block.insert
            add_text(
                survey,
                entity,
                where,
                "MULTILEADER",
                text,
                Anchor(point.x, point.y, point.z, context.char_height, across=0.5, up=0.5),
            )
    _add_leader(survey, entity, where, "MULTILEADER", text, block, vertices)


def _add_leader(
    survey: Survey,
    entity: Any,
    where: Where,
    kind: str,
    text: str | None,
    block: str | None,
    vertices: list[tuple[float, float]],
) -> None:
    if survey.options.extract_text and survey.is_wanted(entity.dxf.layer):
        survey.content.leaders.append(
            CadLeader(
                kind=kind,
                text=text,
                block=block,
                vertices=vertices,
                layer=entity.dxf.layer,
                layout=where.layout,
                handle=entity.dxf.handle,
            )
        )


def _table(survey: Survey, entity: Any, where: Where) -> None:
    """The cells by row; the picture that the file keeps of the table carries its lettering."""
    from ezdxf.entities.acad_table import read_acad_table_content

    rows: list[list[str | None]] = [
        [plain_mtext(str(cell)) or None for cell in row] for row in read_acad_table_content(entity)
    ]
    if survey.options.extract_text and any(any(row) for row in rows):
        survey.content.tables.append(
            CadTable(rows=rows, layer=entity.dxf.layer, layout=where.layout, handle=entity.dxf.handle)
        )
    reference = entity.xtags.get_subclass("AcDbBlockReference")
    name, point = reference.get_first_value(2, ""), reference.get_first_value(10, (0.0, 0.0, 0.0))
    if name:
        where.scene.add_placement(Placement(str(name).casefold(), Affine(e=point[0], f=point[1]), is_picture=True))


HANDLERS: dict[str, Handler] = {
    "TEXT": _text,
    "MTEXT": _mtext,
    "ATTDEF": _attdef,
    "TOLERANCE": _tolerance,
    "LEADER": _leader,
    "MULTILEADER": _multileader,
    "MLEADER": _multileader,
    "ACAD_TABLE": _table,
}
