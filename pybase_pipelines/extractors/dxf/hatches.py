"""Hatches: pattern, and the area inside their boundary where that is a closed outline."""

from __future__ import annotations

from typing import Any

from pybase_pipelines.extractors.cad.areas import ring_area
from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.dxf.geometry import flat
from pybase_pipelines.extractors.dxf.survey import Handler, Survey, Where
from pybase_pipelines.results.cad import CadHatch

Ring = list[tuple[float, float]]
_ARC_STEPS_PER_SIZE = 1e-3


def _hatch(survey: Survey, entity: Any, where: Where) -> None:
    count = sum(_size(path) for path in entity.paths)
    rings = _rings(entity) if 0 < count <= survey.options.max_hatch_vertices else []
    for ring in rings:
        for x, y in ring:
            where.scene.box.add(*flat(entity, (x, y, 0.0)))
    if where.block is not None or not survey.options.extract_geometry or not survey.is_wanted(entity.dxf.layer):
        return
    get = entity.dxf.get
    is_polygon = entity.dxftype() == "MPOLYGON"
    survey.content.hatches.append(
        CadHatch(
            pattern=clean(get("pattern_name", "") or "SOLID"),
            is_solid=bool(get("solid_fill", 0)),
            is_gradient=entity.gradient is not None and bool(entity.gradient.kind),
            scale=get("pattern_scale"),
            angle=get("pattern_angle"),
            area=ring_area(rings, get("hatch_style", 0)) if rings and not is_polygon else None,
            boundary_count=len(entity.paths),
            layer=entity.dxf.layer,
            layout=where.layout,
            handle=entity.dxf.handle,
        )
    )


def _size(path: Any) -> int:
    return len(path.vertices) if hasattr(path, "vertices") else 8 * len(path.edges)


def _rings(entity: Any) -> list[Ring]:
    """The boundaries as polygons in the plane of the hatch; curves become short chords."""
    from ezdxf import path as paths

    rings = []
    for boundary in entity.paths:
        outline = paths.from_hatch_boundary_path(boundary)
        for part in outline.sub_paths():
            extent = max(
                (abs(v.x - part.start.x) + abs(v.y - part.start.y) for v in part.control_vertices()), default=0.0
            )
            ring = [(float(v.x), float(v.y)) for v in part.flattening(max(extent * _ARC_STEPS_PER_SIZE / 4, 1e-9), 8)]
            if len(ring) >= 3:
                rings.append(ring)
    return rings


HANDLERS: dict[str, Handler] = {"HATCH": _hatch, "MPOLYGON": _hatch}
