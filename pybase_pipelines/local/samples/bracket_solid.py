"""The bearing bracket as a solid, and what one sees of it from the corner.

What belongs here: geometry through the CAD kernel. What does not: writing files (`assembly_step`).
"""

# The kernel's modules are compiled into one library, which type checkers cannot look into.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pybase_pipelines.local.samples.product import BRACKET as B

if TYPE_CHECKING:
    from OCP.TopoDS import TopoDS_Shape

_DEFLECTION_MM = 0.15


def make_bracket() -> TopoDS_Shape:
    """The bracket body; its origin is the middle of the foot's lower face, y points to the back."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse

    upright = B.upright_width, B.upright_depth
    body = BRepAlgoAPI_Fuse(_foot(), box(*upright, B.bore_height, z=0)).Shape()
    head = along_y(B.upright_width / 2, B.upright_depth)
    body = BRepAlgoAPI_Fuse(body, head).Shape()
    body = cut(body, along_y(B.bore / 2, B.upright_depth))
    for side in (-1, 1):
        x = side * B.hole_spacing / 2
        body = cut(body, cylinder(B.dowel / 2, B.foot, x, 0, 0))
        for back in (-1, 1):
            y = back * B.hole_depth_spacing / 2
            body = cut(body, cylinder(B.hole / 2, B.foot, x, y, 0))
            body = cut(body, cylinder(B.spotface / 2, 2.0, x, y, B.foot - 1.0))
    for angle in (45, 135, 225, 315):
        body = cut(body, _thread_hole(math.radians(angle)))
    return unify(_chamfer_bore(body))


def _thread_hole(angle: float) -> TopoDS_Shape:
    """The core hole of an M6 thread in the front face."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    reach = B.bolt_circle / 2
    at = gp_Pnt(reach * math.cos(angle), -B.upright_depth / 2, B.bore_height + reach * math.sin(angle))
    return BRepPrimAPI_MakeCylinder(gp_Ax2(at, gp_Dir(0, 1, 0)), B.thread * 0.42, B.thread_depth).Shape()


def _chamfer_bore(body: TopoDS_Shape) -> TopoDS_Shape:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCone
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    for side in (-1, 1):
        axis = gp_Ax2(gp_Pnt(0, side * B.upright_depth / 2, B.bore_height), gp_Dir(0, -side, 0))
        radius, size = B.bore / 2, B.bore_chamfer
        body = cut(body, BRepPrimAPI_MakeCone(axis, radius + size, radius, size).Shape())
    return body


def _foot() -> TopoDS_Shape:
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.BRepFilletAPI import BRepFilletAPI_MakeFillet
    from OCP.GeomAbs import GeomAbs_Line
    from OCP.TopAbs import TopAbs_EDGE
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    plate = box(B.width, B.depth, B.foot)
    fillet = BRepFilletAPI_MakeFillet(plate)
    explorer = TopExp_Explorer(plate, TopAbs_EDGE)
    seen: list[Any] = []
    while explorer.More():
        edge = TopoDS.Edge(explorer.Current())
        curve = BRepAdaptor_Curve(edge)
        upright = curve.GetType() == GeomAbs_Line and abs(curve.Line().Direction().Z()) > 0.99
        if upright and not any(edge.IsSame(other) for other in seen):
            fillet.Add(B.corner, edge)
            seen.append(edge)
        explorer.Next()
    return fillet.Shape()


def box(width: float, depth: float, height: float, *, z: float = 0.0) -> TopoDS_Shape:
    """A box that stands on z, centred in x and y."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    return BRepPrimAPI_MakeBox(gp_Pnt(-width / 2, -depth / 2, z), width, depth, height).Shape()


def cylinder(radius: float, height: float, x: float, y: float, z: float) -> TopoDS_Shape:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, y, z), gp_Dir(0, 0, 1)), radius, height).Shape()


def along_y(radius: float, length: float) -> TopoDS_Shape:
    """A cylinder around the axis of the bearing bore."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(
        gp_Ax2(gp_Pnt(0, -length / 2, B.bore_height), gp_Dir(0, 1, 0)), radius, length
    ).Shape()


def cut(shape: TopoDS_Shape, tool: TopoDS_Shape) -> TopoDS_Shape:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    return BRepAlgoAPI_Cut(shape, tool).Shape()


def unify(shape: TopoDS_Shape) -> TopoDS_Shape:
    """Faces that the boolean operations split along the same surface become one again."""
    from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain

    upgrade = ShapeUpgrade_UnifySameDomain(shape, True, True, False)
    upgrade.Build()
    return upgrade.Shape()


def isometric_edges() -> list[list[tuple[float, float]]]:
    """The visible edges of the bracket seen from the front, right and above, around its middle, in millimetres."""
    from OCP.BRepLib import BRepLib
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.HLRAlgo import HLRAlgo_Projector
    from OCP.HLRBRep import HLRBRep_Algo, HLRBRep_HLRToShape

    algorithm = HLRBRep_Algo()
    algorithm.Add(make_bracket())
    # The second direction is the picture's x axis: horizontal, at right angles to the line of sight.
    algorithm.Projector(HLRAlgo_Projector(gp_Ax2(gp_Pnt(0, 0, B.height / 2), gp_Dir(1, -1, 1), gp_Dir(1, 1, 0))))
    algorithm.Update()
    algorithm.Hide()
    shapes = HLRBRep_HLRToShape(algorithm)
    edges: list[list[tuple[float, float]]] = []
    for compound in (shapes.VCompound(), shapes.OutLineVCompound()):
        if compound is not None and not compound.IsNull():
            BRepLib.BuildCurves3d_s(compound)
            edges += _polylines(compound)
    return edges


def _polylines(compound: TopoDS_Shape) -> list[list[tuple[float, float]]]:
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.GCPnts import GCPnts_QuasiUniformDeflection
    from OCP.TopAbs import TopAbs_EDGE
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    result = []
    explorer = TopExp_Explorer(compound, TopAbs_EDGE)
    while explorer.More():
        points = GCPnts_QuasiUniformDeflection(BRepAdaptor_Curve(TopoDS.Edge(explorer.Current())), _DEFLECTION_MM)
        values = [points.Value(n + 1) for n in range(points.NbPoints())]
        result.append([(round(p.X(), 3), round(p.Y(), 3)) for p in values])
        explorer.Next()
    return result
