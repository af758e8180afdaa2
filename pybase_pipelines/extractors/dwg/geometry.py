"""Where plain geometry reaches and how long it is, from the decoder's rows."""

from __future__ import annotations

import math
from typing import Any

from pybase_pipelines.extractors.dwg.survey import Survey

Points = list[tuple[float, float]]


def read_geometry(survey: Survey) -> None:
    """All types whose rows say where they are."""
    for handle, x0, y0, z0, x1, y1, z1 in survey.rows("line_entities", "LINE"):
        survey.scene(handle).add_line(x0, y0, x1, y1)
        _add_length(survey, handle, math.dist((x0, y0, z0), (x1, y1, z1)))
    for handle, x, y, _, radius in survey.rows("circle_entities", "CIRCLE"):
        survey.scene(handle).box.add_circle(_flip(survey, handle) * x, y, abs(radius))
        _add_length(survey, handle, math.tau * abs(radius))
    for row in survey.rows("arc_entities", "ARC"):
        _arc(survey, row)
    for handle, flags, points, bulges, _, _ in survey.rows("lwpolyline_entities", "LWPOLYLINE"):
        _polyline(survey, handle, [(p[0], p[1]) for p in points], bulges, is_closed=bool(flags & 512))
    _read_old_polylines(survey)
    _read_curves(survey)
    _read_faces(survey)


def _flip(survey: Survey, handle: int) -> float:
    """Mirrored objects (extrusion z = -1) have their x the other way round."""
    return -1.0 if handle in survey.database.mirrored else 1.0


def _add_length(survey: Survey, handle: int, length: float) -> None:
    layer = survey.database.layer_of(handle)
    if layer is not None and math.isfinite(length):
        survey.scene(handle).lengths[layer] += length


def _arc(survey: Survey, row: Any) -> None:
    handle, x, y, _, radius, start, end = row
    start, end = math.degrees(start), math.degrees(end)
    _add_length(survey, handle, math.radians((end - start) % 360 or 360) * abs(radius))
    flip = _flip(survey, handle)
    if flip < 0:
        start, end = 180 - end, 180 - start
    survey.scene(handle).box.add_arc(flip * x, y, abs(radius), start, end)


def _polyline(survey: Survey, handle: int, points: Points, bulges: list[float], *, is_closed: bool) -> None:
    from ezdxf.math import bulge_to_arc

    scene, flip, length = survey.scene(handle), _flip(survey, handle), 0.0
    ends = points[1:] + points[:1] if is_closed else points[1:]
    for number, ((x0, y0), (x1, y1)) in enumerate(zip(points, ends, strict=False)):
        bulge = bulges[number] if number < len(bulges) else 0.0
        chord = math.hypot(x1 - x0, y1 - y0)
        if abs(bulge) < 1e-9 or chord < 1e-12:
            scene.add_line(flip * x0, y0, flip * x1, y1)
            length += chord
            continue
        center, start, end, radius = bulge_to_arc((x0, y0), (x1, y1), bulge)
        length += 4 * math.atan(abs(bulge)) * radius
        a, b = math.degrees(start), math.degrees(end)
        scene.box.add_arc(flip * center.x, center.y, radius, *((180 - b, 180 - a) if flip < 0 else (a, b)))
    _add_length(survey, handle, length)


def _read_old_polylines(survey: Survey) -> None:
    for handle, flags, vertices in survey.rows("polyline_2d_with_vertex_data", "POLYLINE"):
        points = [(v[0], v[1]) for v in vertices]
        _polyline(survey, handle, points, [v[5] for v in vertices], is_closed=bool(flags & 1))
    for handle, _, is_closed, vertices in survey.rows("polyline_3d_with_vertices", "POLYLINE"):
        for point in vertices:
            survey.scene(handle).box.add(point[0], point[1])
        ends = vertices[1:] + vertices[:1] if is_closed else vertices[1:]
        _add_length(survey, handle, sum(math.dist(a, b) for a, b in zip(vertices, ends, strict=False)))
    for name, column in (("polyline_pface_with_faces", 3), ("polyline_mesh_with_vertices", 5)):
        for row in survey.rows(name, "POLYLINE"):
            for point in row[column]:
                survey.scene(row[0]).box.add(point[0], point[1])


def _read_curves(survey: Survey) -> None:
    for handle, center, major, extrusion, ratio, start, end in survey.rows("ellipse_entities", "ELLIPSE"):
        side = 1.0 if extrusion[2] >= 0 else -1.0
        minor = (-major[1] * ratio * side, major[0] * ratio * side)
        span = (end - start) % math.tau or math.tau
        for step in range(33):
            cos, sin = math.cos(start + span * step / 32), math.sin(start + span * step / 32)
            survey.scene(handle).box.add(
                center[0] + major[0] * cos + minor[0] * sin, center[1] + major[1] * cos + minor[1] * sin
            )
    for handle, _, _, _, control, _, fit in survey.rows("spline_entities", "SPLINE"):
        for point in fit if len(fit) > 2 else control or fit:
            survey.scene(handle).box.add(point[0], point[1])
    for row in survey.rows("mline_entities", "MLINE"):
        for vertex in row[7]:
            survey.scene(row[0]).box.add(vertex[0][0], vertex[0][1])


def _read_faces(survey: Survey) -> None:
    for handle, x, y, _, _ in survey.rows("point_entities", "POINT"):
        survey.scene(handle).box.add(x, y)
    for name, kind in (("solid_entities", "SOLID"), ("trace_entities", "TRACE"), ("3dface_entities", "3DFACE")):
        for row in survey.rows(name, kind):
            flip = _flip(survey, row[0]) if kind != "3DFACE" else 1.0
            for point in row[1:5]:
                survey.scene(row[0]).box.add(flip * point[0], point[1])
    for name, kind in (
        ("ray_entities", "RAY"),
        ("xline_entities", "XLINE"),
        ("viewport_entities", "VIEWPORT"),
        ("shape_entities", "SHAPE"),
    ):
        survey.rows(name, kind)
