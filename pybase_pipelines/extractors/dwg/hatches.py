"""Hatches of a DWG."""

from __future__ import annotations

import math

from pybase_pipelines.extractors.cad.areas import ring_area
from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.cad import CadHatch


def read_hatches(survey: Survey) -> None:
    """The names of patterns are among the strings of the record since R2007, where the decoder does not look."""
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
