"""Where plain geometry reaches and how long it is. Everything is seen from above."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pybase_pipelines.extractors.dxf.survey import Handler, Survey, Where


def flat(entity: Any, point: Any) -> tuple[float, float]:
    """A point of an object that has a coordinate system of its own: mirrored ones (extrusion z = -1) land elsewhere."""
    if entity.dxf.hasattr("extrusion"):
        point = entity.ocs().to_wcs(point)
    return point[0], point[1]


def is_mirrored(entity: Any) -> bool:
    return entity.dxf.hasattr("extrusion") and entity.dxf.extrusion.z < 0


def _length(where: Where, entity: Any, length: float) -> None:
    if math.isfinite(length):
        where.scene.lengths[entity.dxf.layer] += length


def _line(entity: Any, where: Where) -> None:
    start, end = entity.dxf.start, entity.dxf.end
    where.scene.add_line(start.x, start.y, end.x, end.y)
    _length(where, entity, start.distance(end))


def _circle(entity: Any, where: Where) -> None:
    radius = abs(entity.dxf.radius)
    where.scene.box.add_circle(*flat(entity, entity.dxf.center), radius)
    _length(where, entity, 2 * math.pi * radius)


def _arc(entity: Any, where: Where) -> None:
    start, end, radius = entity.dxf.start_angle, entity.dxf.end_angle, abs(entity.dxf.radius)
    _length(where, entity, math.radians((end - start) % 360 or 360) * radius)
    if is_mirrored(entity):
        start, end = 180 - end, 180 - start
    where.scene.box.add_arc(*flat(entity, entity.dxf.center), radius, start, end)


def _lwpolyline(entity: Any, where: Where) -> None:
    points = [(float(x), float(y), float(bulge)) for x, y, bulge in entity.get_points("xyb")]
    _polyline_2d(entity, where, points, entity.closed)


def _polyline_2d(entity: Any, where: Where, points: list[tuple[float, float, float]], closed: bool) -> None:
    from ezdxf.math import bulge_to_arc

    pairs = list(zip(points, points[1:] + points[:1] if closed else points[1:], strict=False))
    length = 0.0
    for (x0, y0, bulge), (x1, y1, _) in pairs:
        chord = math.hypot(x1 - x0, y1 - y0)
        if abs(bulge) < 1e-9 or chord < 1e-12:
            where.scene.add_line(*flat(entity, (x0, y0, 0.0)), *flat(entity, (x1, y1, 0.0)))
            length += chord
            continue
        center, start, end, radius = bulge_to_arc((x0, y0), (x1, y1), bulge)
        length += 4 * math.atan(abs(bulge)) * radius
        start, end = math.degrees(start), math.degrees(end)
        if is_mirrored(entity):
            start, end = 180 - end, 180 - start
        where.scene.box.add_arc(*flat(entity, (center.x, center.y, 0.0)), radius, start, end)
    if len(points) == 1:
        where.scene.box.add(*flat(entity, (*points[0][:2], 0.0)))
    _length(where, entity, length)


def _polyline(entity: Any, where: Where) -> None:
    if entity.is_2d_polyline:
        points = [(v.dxf.location.x, v.dxf.location.y, v.dxf.get("bulge", 0.0)) for v in entity.vertices]
        _polyline_2d(entity, where, points, entity.is_closed)
        return
    last = None
    for vertex in entity.vertices:
        if vertex.is_face_record:
            continue
        point = vertex.dxf.location
        where.scene.box.add(point.x, point.y)
        if last is not None and entity.is_3d_polyline:
            _length(where, entity, last.distance(point))
        last = point


def _ellipse(entity: Any, where: Where) -> None:
    start, end = entity.dxf.start_param, entity.dxf.end_param
    span = (end - start) % math.tau or math.tau
    for point in entity.vertices([start + span * step / 32 for step in range(33)]):
        where.scene.box.add(point.x, point.y)


def _spline(entity: Any, where: Where) -> None:
    points = entity.fit_points if len(entity.fit_points) > 2 else entity.control_points
    for point in points:
        where.scene.box.add(float(point[0]), float(point[1]))


def _corners(entity: Any, where: Where) -> None:
    is_flat = entity.dxftype() != "3DFACE"
    for name in ("vtx0", "vtx1", "vtx2", "vtx3"):
        if entity.dxf.hasattr(name):
            point = entity.dxf.get(name)
            where.scene.box.add(*(flat(entity, point) if is_flat else (point.x, point.y)))


def _point(entity: Any, where: Where) -> None:
    where.scene.box.add(entity.dxf.location.x, entity.dxf.location.y)


def _mesh(entity: Any, where: Where) -> None:
    for point in entity.vertices:
        where.scene.box.add(float(point[0]), float(point[1]))


def _mline(entity: Any, where: Where) -> None:
    for vertex in entity.vertices:
        where.scene.box.add(vertex.location.x, vertex.location.y)


def _wipeout(entity: Any, where: Where) -> None:
    for point in entity.boundary_path_wcs():
        where.scene.box.add(point.x, point.y)


def _handler(look: Callable[[Any, Where], None]) -> Handler:
    """Plain geometry needs nothing of the survey."""

    def handle(_survey: Survey, entity: Any, where: Where) -> None:
        look(entity, where)

    return handle


_LOOKS: dict[str, Callable[[Any, Where], None]] = {
    "LINE": _line,
    "CIRCLE": _circle,
    "ARC": _arc,
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _polyline,
    "ELLIPSE": _ellipse,
    "SPLINE": _spline,
    "HELIX": _spline,
    "SOLID": _corners,
    "TRACE": _corners,
    "3DFACE": _corners,
    "POINT": _point,
    "MESH": _mesh,
    "MLINE": _mline,
    "WIPEOUT": _wipeout,
}

HANDLERS: dict[str, Handler] = {name: _handler(look) for name, look in _LOOKS.items()}
