"""Everything that is written in a DWG: texts, notes, tolerance frames, what leaders say."""

from __future__ import annotations

import math
from typing import Any

from pybase_pipelines.extractors.cad.lettering import plain_mtext, plain_text, plain_tolerance
from pybase_pipelines.extractors.cad.scene import Run
from pybase_pipelines.extractors.cad.sheets import lines_of
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.cad import CadLeader, CadText

MAX_LEADER_VERTICES = 200
MAX_TEXTS_FROM_RECORDS = 20_000
_LINE_SPACING = 1.66


def read_texts(survey: Survey) -> None:
    """TEXT, MTEXT and TOLERANCE."""
    for row in survey.rows("text_entities", "TEXT"):
        add_text(
            survey,
            row[0],
            "TEXT",
            plain_text(row[1] or ""),
            run_of_text(survey, row[0], row[2], row[3], row[5], row[6]),
        )
    for row in survey.rows("mtext_entities", "MTEXT"):
        handle, raw, point, _, direction, _, height, attachment = row[:8]
        rotation = math.degrees(math.atan2(direction[1], direction[0])) % 360
        place = max(0, min(8, attachment - 1))
        run = Run("", point[0], point[1], height, rotation, 1.0, (place % 3) / 2, 1 - (place // 3) / 2, f"{handle:X}")
        add_text(survey, handle, "MTEXT", plain_mtext(raw or ""), run)
    for row in survey.rows("tolerance_entities", "TOLERANCE"):
        handle, raw, point = row[:3]
        run = Run("", point[0], point[1], row[5] or 2.5, up=0.5, handle=f"{handle:X}")
        add_text(survey, handle, "TOLERANCE", plain_tolerance(raw or ""), run)


def read_leaders(survey: Survey) -> None:
    """LEADER geometry, and the words of multileaders from the strings of their records."""
    for row in survey.rows("leader_entities", "LEADER"):
        vertices = [(v[0], v[1]) for v in row[3][:MAX_LEADER_VERTICES]]
        for x, y in vertices:
            survey.scene(row[0]).box.add(x, y)
        _add_leader(survey, row[0], "LEADER", None, vertices)
    handles = [h for h, name in survey.database.entities.items() if name == "MULTILEADER" and survey.is_included(h)]
    for handle in handles[:MAX_TEXTS_FROM_RECORDS]:
        words = [plain_mtext(text) for text in survey.database.strings(handle)]
        text = " ".join(word for word in words if word.strip())
        if text:
            survey.text_only["MULTILEADER"] += 1
            add_text(survey, handle, "MULTILEADER", text, None)
            _add_leader(survey, handle, "MULTILEADER", text, [])


def _add_leader(survey: Survey, handle: int, kind: str, text: str | None, vertices: list[tuple[float, float]]) -> None:
    if survey.options.extract_text and survey.is_wanted(handle):
        survey.content.leaders.append(
            CadLeader(
                kind=kind,
                text=text,
                vertices=vertices,
                layer=survey.database.layer_of(handle),
                layout=survey.spot(handle).layout,
                handle=f"{handle:X}",
            )
        )


def run_of_text(survey: Survey, handle: int, insert: Any, aligned: Any, metrics: Any, alignment: Any) -> Run:
    """`metrics`: thickness, oblique, height, rotation, width factor; `alignment`: generation, halign, valign."""
    _, _, height, rotation, width_factor = metrics
    _, halign, valign = alignment
    point = aligned if aligned and (halign or valign) and halign not in (3, 5) else insert
    across, up = {1: 0.5, 2: 1.0, 4: 0.5}.get(halign, 0.0), {2: 0.5, 3: 1.0}.get(valign, 0.5 if halign == 4 else 0.0)
    x, rotation = point[0], math.degrees(rotation)
    if handle in survey.database.mirrored:
        x, rotation, across = -x, 180 - rotation, 1 - across
    return Run("", x, point[1], height, rotation % 360, width_factor or 1.0, across, up, f"{handle:X}")


def add_text(
    survey: Survey, handle: int, kind: str, text: str, run: Run | None, *, is_hidden: bool | None = None
) -> None:
    if not text.strip():
        return
    layer, spot = survey.database.layer_of(handle), survey.spot(handle)
    hidden = survey.is_hidden(layer) if is_hidden is None else is_hidden
    is_picture = spot.block is not None and survey.database.block_names.get(spot.block, "").startswith("*D")
    if survey.options.extract_text and survey.is_wanted(handle) and not is_picture:
        survey.content.text_blocks.append(
            CadText(
                kind=kind,
                text=text,
                height=run.height if run else None,
                rotation=round(run.rotation, 6) if run else None,
                position=(run.x, run.y, 0.0) if run else None,
                layer=layer,
                layout=spot.layout,
                block=survey.block_name(spot.block),
                handle=f"{handle:X}",
                is_hidden=hidden,
            )
        )
    if run is not None and not hidden:
        anchored = Run(
            "", run.x, run.y, run.height, run.rotation, run.width_factor, run.across, run.up, run.handle, layer
        )
        for line in lines_of(anchored, text, run.height * _LINE_SPACING):
            survey.scene(handle).add_run(line)
