"""Every row that is drawn, put where it stands: layouts and block definitions as scenes, words and dimensions as results.

What belongs here: the walk over the decoder's rows of what is written and inserted. What does not: plain geometry
(`geometry`), dimensions (`dimensions`).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean, plain_mtext, plain_text, plain_tolerance
from pybase_pipelines.extractors.cad.options import CadOptions
from pybase_pipelines.extractors.cad.scene import Affine, Placement, Run, Scene
from pybase_pipelines.extractors.cad.sheets import lines_of
from pybase_pipelines.extractors.dwg.database import Database, Spot
from pybase_pipelines.results.cad import CadAttribute, CadBlockAttribute, CadHatch, CadLeader, CadReference, CadText
from pybase_pipelines.results.dwg import DwgContent

MAX_LEADER_VERTICES = 200
MAX_TEXTS_FROM_RECORDS = 20_000
_LINE_SPACING = 1.66
_NOWHERE = Spot()
_INVISIBLE, _CONSTANT = 1, 2


@dataclass(slots=True)
class Survey:
    """What the walk gathers. Blocks are known by the handle of their record, written as text, since names repeat."""

    database: Database
    content: DwgContent
    options: CadOptions
    layouts: dict[str, Scene] = field(default_factory=dict)
    blocks: dict[str, Scene] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)
    text_only: Counter[str] = field(default_factory=Counter)
    on_layer: Counter[str] = field(default_factory=Counter)
    definitions: dict[int, list[CadBlockAttribute]] = field(default_factory=dict)
    hidden_layers: frozenset[str] = frozenset()
    hidden_entities: int = 0
    unplaced: int = 0

    def spot(self, handle: int) -> Spot:
        return self.database.spots.get(handle, _NOWHERE)

    def scene(self, handle: int) -> Scene:
        """The scene an object stands in; one that nobody looks at where its place is not known."""
        spot = self.spot(handle)
        if spot.layout is not None:
            return self.layouts.setdefault(spot.layout, Scene())
        return self.blocks.setdefault(str(spot.block), Scene()) if spot.block is not None else Scene()

    def block_name(self, handle: int | None) -> str | None:
        return clean(self.database.block_names[handle]) if handle in self.database.block_names else None

    def is_hidden(self, layer: str | None) -> bool:
        return layer is not None and layer.casefold() in self.hidden_layers

    def is_wanted(self, handle: int) -> bool:
        wanted = self.options.layer_filter
        return wanted is None or (self.database.layer_of(handle) or "").casefold() in {name.casefold() for name in wanted}

    def is_included(self, handle: int) -> bool:
        """Not switched off by the options."""
        layout = self.spot(handle).layout
        if layout is None:
            return True
        return self.options.include_model_space if layout == "Model" else self.options.include_paper_space

    def rows(self, name: str, *types: str) -> list[Any]:
        """The rows of one kind that are wanted; all of them count as read."""
        rows = self.database.rows(name)
        if types:
            self.read[types[0]] += len(rows)
        return [row for row in rows if self.is_included(row[0])]


def count_entities(survey: Survey) -> None:
    """Counts need no decoding: type and place of every object are known, also of those that cannot be read."""
    layers = survey.content.layers
    survey.hidden_layers = frozenset(layer.name.casefold() for layer in layers if layer.is_frozen or not layer.is_on)
    for handle in survey.database.block_names:
        survey.blocks.setdefault(str(handle), Scene())
    for handle, name in survey.database.entities.items():
        spot = survey.spot(handle)
        if spot is _NOWHERE:
            survey.unplaced += 1
        elif survey.is_included(handle):
            survey.scene(handle).types[name] += 1
            layer = survey.database.layer_of(handle)
            if spot.layout is not None and layer is not None:
                survey.on_layer[layer.casefold()] += 1
                survey.hidden_entities += survey.is_hidden(layer)


def read_inserts(survey: Survey) -> None:
    """INSERT and MINSERT, and the attributes that belong to them."""
    records = {row[0]: row[2] for row in survey.database.rows("insert_write_properties")}
    by_name = {name.casefold(): handle for handle, name in survey.database.block_names.items()}
    inserted: dict[int, tuple[int | None, Spot]] = {}
    rows = [(*row[:8], row[8], 1, 1, 0.0, 0.0) for row in survey.rows("insert_entities", "INSERT")]
    rows += [(*row[:8], row[8][4], *row[8][:4]) for row in survey.rows("minsert_entities", "INSERT")]
    for handle, x, y, _, sx, sy, _, rotation, name, columns, rows_, column_step, row_step in rows:
        block = records.get(handle) or by_name.get((name or "").casefold())
        inserted[handle] = (block, survey.spot(handle))
        cos, sin = math.cos(rotation), math.sin(rotation)
        flip = -1.0 if handle in survey.database.mirrored else 1.0
        place = Affine(flip * sx * cos, sx * sin, flip * -sy * sin, sy * cos, flip * x, y)
        cells = (max(1, columns) if column_step else 1, max(1, rows_) if row_step else 1)
        key = str(block) if block is not None else f"?{name or ''}"
        survey.scene(handle).add_placement(Placement(key, place, *cells, (column_step / (sx or 1.0), row_step / (sy or 1.0))))
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
        _add_text(survey, handle, "ATTRIB", value, _run_of_text(survey, handle, row[4], row[5], row[7], row[8]), is_hidden=is_hidden)
    for row in survey.rows("attdef_entities", "ATTDEF"):
        _read_definition(survey, row)


def _read_definition(survey: Survey, row: Any) -> None:
    handle, text, tag = row[0], plain_text(row[1] or ""), clean(row[2] or "")
    flags, spot = row[9] or 0, survey.spot(handle)
    run = _run_of_text(survey, handle, row[4], row[5], row[7], row[8])
    if spot.block is not None:
        survey.definitions.setdefault(spot.block, []).append(
            CadBlockAttribute(
                tag=tag, prompt=clean(row[3] or "") or None, default=text or None,
                is_invisible=bool(flags & _INVISIBLE), is_constant=bool(flags & _CONSTANT),
            )
        )  # fmt: skip
        if not flags & _CONSTANT:
            return
    _add_text(survey, handle, "ATTDEF", text if flags & _CONSTANT else tag, run)


def read_texts(survey: Survey) -> None:
    """TEXT, MTEXT and TOLERANCE."""
    for row in survey.rows("text_entities", "TEXT"):
        _add_text(survey, row[0], "TEXT", plain_text(row[1] or ""), _run_of_text(survey, row[0], row[2], row[3], row[5], row[6]))
    for row in survey.rows("mtext_entities", "MTEXT"):
        handle, raw, point, _, direction, _, height, attachment = row[:8]
        rotation = math.degrees(math.atan2(direction[1], direction[0])) % 360
        place = max(0, min(8, attachment - 1))
        run = Run("", point[0], point[1], height, rotation, 1.0, (place % 3) / 2, 1 - (place // 3) / 2, f"{handle:X}")
        _add_text(survey, handle, "MTEXT", plain_mtext(raw or ""), run)
    for row in survey.rows("tolerance_entities", "TOLERANCE"):
        handle, raw, point = row[:3]
        run = Run("", point[0], point[1], row[5] or 2.5, up=0.5, handle=f"{handle:X}")
        _add_text(survey, handle, "TOLERANCE", plain_tolerance(raw or ""), run)


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
            _add_text(survey, handle, "MULTILEADER", text, None)
            _add_leader(survey, handle, "MULTILEADER", text, [])


def _add_leader(survey: Survey, handle: int, kind: str, text: str | None, vertices: list[tuple[float, float]]) -> None:
    if survey.options.extract_text and survey.is_wanted(handle):
        survey.content.leaders.append(
            CadLeader(kind=kind, text=text, vertices=vertices, layer=survey.database.layer_of(handle), layout=survey.spot(handle).layout, handle=f"{handle:X}")
        )


def _run_of_text(survey: Survey, handle: int, insert: Any, aligned: Any, metrics: Any, alignment: Any) -> Run:
    """`metrics`: thickness, oblique, height, rotation, width factor; `alignment`: generation, halign, valign."""
    _, _, height, rotation, width_factor = metrics
    _, halign, valign = alignment
    point = aligned if aligned and (halign or valign) and halign not in (3, 5) else insert
    across, up = {1: 0.5, 2: 1.0, 4: 0.5}.get(halign, 0.0), {2: 0.5, 3: 1.0}.get(valign, 0.5 if halign == 4 else 0.0)
    x, rotation = point[0], math.degrees(rotation)
    if handle in survey.database.mirrored:
        x, rotation, across = -x, 180 - rotation, 1 - across
    return Run("", x, point[1], height, rotation % 360, width_factor or 1.0, across, up, f"{handle:X}")


def _add_text(survey: Survey, handle: int, kind: str, text: str, run: Run | None, *, is_hidden: bool | None = None) -> None:
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
        anchored = Run("", run.x, run.y, run.height, run.rotation, run.width_factor, run.across, run.up, run.handle, layer)
        for line in lines_of(anchored, text, run.height * _LINE_SPACING):
            survey.scene(handle).add_run(line)


def read_hatches(survey: Survey) -> None:
    """The names of patterns are among the strings of the record since R2007, where the decoder does not look."""
    from pybase_pipelines.extractors.cad.areas import ring_area

    patterns = {row[0]: row[1:3] for row in survey.database.rows("hatch_patterns")}
    for handle, name, is_solid, _, _, _, loops in survey.rows("hatch_entities", "HATCH"):
        rings = [[(x, y) for x, y in points] for _, points in loops if len(points) >= 3]
        scene = survey.scene(handle)
        for ring in rings:
            for x, y in ring:
                scene.box.add(-x if handle in survey.database.mirrored else x, y)
        if survey.spot(handle).layout is None or not survey.options.extract_geometry or not survey.is_wanted(handle):
            continue
        words = [word for word in survey.database.strings(handle) if word]
        angle, scale = patterns.get(handle, (None, None))
        is_small = sum(map(len, rings)) <= survey.options.max_hatch_vertices
        survey.content.hatches.append(
            CadHatch(
                pattern=clean(name or (words[-1] if words else "")) or ("SOLID" if is_solid else "unknown"),
                is_solid=bool(is_solid),
                scale=scale,
                angle=math.degrees(angle) if angle is not None else None,
                area=ring_area([[*ring, ring[0]] for ring in rings]) if is_small and len(rings) == len(loops) else None,
                boundary_count=len(loops),
                layer=survey.database.layer_of(handle),
                layout=survey.spot(handle).layout,
                handle=f"{handle:X}",
            )
        )


_UNDERLAYS = {"PDFDEFINITION": "pdf", "DWFDEFINITION": "dwf", "DGNDEFINITION": "dgn"}


def read_references(survey: Survey) -> None:
    """Images by their definition; underlays by the strings of theirs."""
    paths = {row[0]: row[1] for row in survey.database.rows("image_defs")}
    for row in survey.rows("image_entities", "IMAGE"):
        handle, insert, u, v, size, definition = row[0], row[1], row[2], row[3], row[4], row[10]
        box = survey.scene(handle).box
        for a, b in ((0, 0), (size[0], 0), (0, size[1]), size):
            box.add(insert[0] + u[0] * a + v[0] * b, insert[1] + u[1] * a + v[1] * b)
        survey.content.references.append(
            CadReference(
                kind="image", path=clean(paths.get(definition) or "") or None, layout=survey.spot(handle).layout,
                layer=survey.database.layer_of(handle), handle=f"{handle:X}",
            )
        )  # fmt: skip
    for name, kind in _UNDERLAYS.items():
        for handle in survey.database.of_type(name):
            words = survey.database.strings(handle)
            if words:
                survey.text_only[f"{kind.upper()}UNDERLAY"] += 1
                survey.content.references.append(CadReference(kind=kind, path=clean(words[0]), name=clean(words[1]) if len(words) > 1 else None, handle=f"{handle:X}"))
