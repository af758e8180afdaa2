"""Inserted blocks of a DWG and their attributes."""

from __future__ import annotations

import math
from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean, plain_text
from pybase_pipelines.extractors.cad.scene import Affine, Placement
from pybase_pipelines.extractors.dwg.database import Spot
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.extractors.dwg.texts import add_text, run_of_text
from pybase_pipelines.results.cad import CadAttribute, CadBlockAttribute

_INVISIBLE, _CONSTANT = 1, 2


def read_inserts(survey: Survey) -> None:
    """INSERT and MINSERT, and the attributes that belong to them."""
    records = {row[0]: row[2] for row in survey.database.rows("insert_write_properties")}
    by_name = {name.casefold(): handle for handle, name in survey.database.block_names.items()}
    inserted: dict[int, tuple[int | None, Spot]] = {}
    bases = {row["handle"]: row["base_point"] for row in survey.database.rows("write_blocks")}
    rows = [(*row[:8], row[8], 1, 1, 0.0, 0.0) for row in survey.rows("insert_entities", "INSERT")]
    rows += [(*row[:8], row[8][4], *row[8][:4]) for row in survey.rows("minsert_entities", "INSERT")]
    for handle, x, y, _, sx, sy, _, rotation, name, columns, rows_, column_step, row_step in rows:
        block = records.get(handle) or by_name.get((name or "").casefold())
        inserted[handle] = (block, survey.spot(handle))
        cos, sin = math.cos(rotation), math.sin(rotation)
        flip = -1.0 if handle in survey.database.mirrored else 1.0
        place = Affine(flip * sx * cos, sx * sin, flip * -sy * sin, sy * cos, flip * x, y)
        base = bases.get(block) or (0.0, 0.0, 0.0)
        place = place.after(Affine(e=-base[0], f=-base[1]))
        cells = (max(1, columns) if column_step else 1, max(1, rows_) if row_step else 1)
        key = str(block) if block is not None else f"?{name or ''}"
        survey.scene(handle).add_placement(
            Placement(key, place, *cells, (column_step / (sx or 1.0), row_step / (sy or 1.0)))
        )
    _read_attributes(survey, inserted)


def _read_attributes(survey: Survey, inserted: dict[int, tuple[int | None, Spot]]) -> None:
    links = {row[0]: row[11][1] for row in survey.database.rows("attrib_entities")}
    for row in survey.database.rows("attrib_entities"):
        handle, value, tag = row[0], plain_text(row[1] or ""), clean(row[2] or "")
        owner = links[handle]
        block, spot = inserted.get(owner, (None, survey.spot(owner)))
        survey.database.spots[handle] = spot
        if not survey.is_included(handle):
            continue
        layer = survey.database.layer_of(handle)
        is_invisible = bool((row[9] or 0) & _INVISIBLE)
        is_hidden = is_invisible or survey.is_hidden(layer)
        survey.content.attributes.append(
            CadAttribute(
                tag=tag,
                value=value,
                block=survey.block_name(block),
                insert_handle=f"{owner:X}" if owner else None,
                handle=f"{handle:X}",
                layer=layer,
                layout=spot.layout,
                inside=survey.block_name(spot.block),
                position=row[4],
                is_invisible=is_invisible,
                is_hidden=is_hidden,
            )
        )
        survey.scene(handle).labelled.append((tag, value))
        add_text(
            survey,
            handle,
            "ATTRIB",
            value,
            run_of_text(survey, handle, row[4], row[5], row[7], row[8]),
            is_hidden=is_hidden,
        )
    for row in survey.rows("attdef_entities", "ATTDEF"):
        _read_definition(survey, row)


def _read_definition(survey: Survey, row: Any) -> None:
    handle, text, tag = row[0], plain_text(row[1] or ""), clean(row[2] or "")
    flags, spot = row[9] or 0, survey.spot(handle)
    run = run_of_text(survey, handle, row[4], row[5], row[7], row[8])
    if spot.block is not None:
        survey.definitions.setdefault(spot.block, []).append(
            CadBlockAttribute(
                tag=tag, prompt=clean(row[3] or "") or None, default=text or None,
                is_invisible=bool(flags & _INVISIBLE), is_constant=bool(flags & _CONSTANT),
            )
        )  # fmt: skip
        if not flags & _CONSTANT:
            return
    add_text(survey, handle, "ATTDEF", text if flags & _CONSTANT else tag, run)
