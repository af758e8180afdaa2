# pyright: reportAttributeAccessIssue=false
# OCP's type stubs leave out most of what its modules hold.
"""What is measured on the shapes of each definition: counts, areas, volumes, boxes; each definition once.

What belongs here: calls of OCP that measure. What does not: loading (`kernel`), and sums over the assembly (`totals`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.step.kernel import Loaded, Measured

if TYPE_CHECKING:
    from OCP.TopoDS import TopoDS_Shape

PRECISION = 1e-5
"""Of the adaptive integration over free-form shapes: right to 3e-6 on a torus, sphere, cylinder and cone written as
splines, where the plain integration is up to 9e-3 wrong and 1e-3 still 4e-5 (6e-3 on real bolts); 1e-7 changes nothing.
Planes, cylinders and the like with straight or round edges the plain one gets right to the last digit, in a fifth of
the time."""


def _map(shapes: list[TopoDS_Shape], kind: Any) -> Any:
    from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher
    from OCP.TopExp import TopExp

    found = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
    for shape in shapes:
        TopExp.MapShapes_s(shape, kind, found)
    return found


def count_shapes(loaded: Loaded, advance: Callable[[int, int], None]) -> None:
    """Count the solids, shells, faces, edges and vertices of each definition."""
    from OCP.TopAbs import TopAbs_EDGE, TopAbs_FACE, TopAbs_SHELL, TopAbs_SOLID, TopAbs_VERTEX

    for done, (definition, shapes) in enumerate(loaded.shapes.items()):
        measured = loaded.measured.setdefault(definition, Measured())
        measured.solids = _map(shapes, TopAbs_SOLID).Extent()
        measured.shells = _map(shapes, TopAbs_SHELL).Extent()
        measured.faces = _map(shapes, TopAbs_FACE).Extent()
        measured.edges = _map(shapes, TopAbs_EDGE).Extent()
        measured.vertices = _map(shapes, TopAbs_VERTEX).Extent()
        advance(done + 1, len(loaded.shapes))


def _is_elementary(face: TopoDS_Shape) -> bool:
    """Whether a face is plane, cylindrical or the like, and so are its edges straight or round."""
    from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Surface
    from OCP.GeomAbs import GeomAbs_Ellipse, GeomAbs_Torus
    from OCP.TopAbs import TopAbs_EDGE
    from OCP.TopoDS import TopoDS

    # The kernel numbers surfaces from plane to torus, curves from line to ellipse; free forms come after.
    if BRepAdaptor_Surface(TopoDS.Face(face), False).GetType().value > GeomAbs_Torus.value:
        return False
    edges = _listed(_map([face], TopAbs_EDGE))
    return all(BRepAdaptor_Curve(TopoDS.Edge(e)).GetType().value <= GeomAbs_Ellipse.value for e in edges)


def _area(faces: list[TopoDS_Shape]) -> float:
    """The area of the elementary faces by the plain integration, of the others by the adaptive one."""
    from OCP.BRep import BRep_Builder
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps
    from OCP.TopoDS import TopoDS_Compound

    builder, simple, curved = BRep_Builder(), TopoDS_Compound(), TopoDS_Compound()
    builder.MakeCompound(simple)
    builder.MakeCompound(curved)
    for face in faces:
        builder.Add(simple if _is_elementary(face) else curved, face)
    plain, adaptive = GProp_GProps(), GProp_GProps()
    BRepGProp.SurfaceProperties_s(simple, plain)
    BRepGProp.SurfaceProperties_s(curved, adaptive, PRECISION, False)
    return plain.Mass() + adaptive.Mass()


def _volume(solid: TopoDS_Shape) -> Any:
    """The volume properties of a solid; one integration for all its faces, which only together enclose something."""
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps
    from OCP.TopAbs import TopAbs_FACE

    properties = GProp_GProps()
    if all(map(_is_elementary, _listed(_map([solid], TopAbs_FACE)))):
        BRepGProp.VolumeProperties_s(solid, properties)
    else:
        BRepGProp.VolumeProperties_s(solid, properties, PRECISION, False, False)
    return properties


def _listed(shapes: Any) -> list[TopoDS_Shape]:
    return [shapes.FindKey(i) for i in range(1, shapes.Extent() + 1)]


def measure_areas(loaded: Loaded, advance: Callable[[int, int], None]) -> None:
    """The area of the solids, and of the faces that belong to none."""
    from OCP.TopAbs import TopAbs_FACE, TopAbs_SOLID

    for done, (definition, shapes) in enumerate(loaded.shapes.items()):
        measured = loaded.measured.setdefault(definition, Measured())
        bounding = _map(_listed(_map(shapes, TopAbs_SOLID)), TopAbs_FACE)
        loose = [face for face in _listed(_map(shapes, TopAbs_FACE)) if not bounding.Contains(face)]
        area_of_loose = _area(loose) if loose else None
        if bounding.Extent():
            measured.surface_area, measured.loose_area = _area(_listed(bounding)), area_of_loose
        else:
            measured.surface_area = area_of_loose
        advance(done + 1, len(loaded.shapes))


def measure_volumes(loaded: Loaded, advance: Callable[[int, int], None]) -> None:
    """The volume and the centre of the solids of each definition."""
    from OCP.TopAbs import TopAbs_SOLID

    for done, (definition, shapes) in enumerate(loaded.shapes.items()):
        measured = loaded.measured.setdefault(definition, Measured())
        solids = _listed(_map(shapes, TopAbs_SOLID))
        volume, moment = 0.0, [0.0, 0.0, 0.0]
        for solid in solids:
            properties = _volume(solid)
            if properties.Mass() < 0:  # a body whose faces look inwards holds as much
                loaded.inverted.append(definition)
            one, center = abs(properties.Mass()), properties.CentreOfMass()
            volume += one
            for axis, value in enumerate((center.X(), center.Y(), center.Z())):
                moment[axis] += one * value
        if solids:
            measured.volume = volume
            if volume > 0:
                measured.center = (moment[0] / volume, moment[1] / volume, moment[2] / volume)
        advance(done + 1, len(loaded.shapes))


def measure_boxes(loaded: Loaded, advance: Callable[[int, int], None]) -> None:
    """The tight bounding box of each definition. The dearest measure, so it comes last."""
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    for done, (definition, shapes) in enumerate(loaded.shapes.items()):
        box = Bnd_Box()
        for shape in shapes:
            BRepBndLib.AddOptimal_s(shape, box, False, False)
        if not box.IsVoid() and not box.IsOpen():
            low, high = box.CornerMin(), box.CornerMax()
            measured = loaded.measured.setdefault(definition, Measured())
            # The kernel widens most boxes by its confusion distance, 1e-7 mm.
            lowest, highest = ((round(p.X(), 6), round(p.Y(), 6), round(p.Z(), 6)) for p in (low, high))
            measured.box = (lowest, highest)
        advance(done + 1, len(loaded.shapes))
