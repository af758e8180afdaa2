"""Dimensions, geometric tolerances and datums on the faces of the bracket, as data that a program can read (PMI)."""

# The kernel's modules are compiled into one library, which type checkers cannot look into.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pybase_pipelines.local.samples.product import BRACKET as B

if TYPE_CHECKING:
    from OCP.TDF import TDF_Label
    from OCP.TDocStd import TDocStd_Document
    from OCP.TopoDS import TopoDS_Face
    from OCP.XCAFDoc import XCAFDoc_DimTolTool

_NEAR_MM = 1e-6


def annotate_bracket(document: TDocStd_Document, bracket: TDF_Label) -> None:
    """Put the tolerances of the drawing on the faces of the bracket body."""
    from OCP import XCAFDimTolObjects as Gdt
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    tool = XCAFDoc_DocumentTool.DimTolTool_s(document.Main())
    faces = _faces(shapes.GetShape_s(bracket))
    upright = B.upright_depth / 2

    def labels(chosen: Callable[[Any], bool]) -> list[TDF_Label]:
        return [shapes.AddSubShape(bracket, face) for face, surface in faces if chosen(surface)]

    seat = labels(lambda s: _is_plane(s, 2, 0.0))
    bore = labels(lambda s: _is_cylinder(s, B.bore / 2))
    # The rounded corners of the foot have the same radius; only the dowel bores stand on the middle line.
    dowels = labels(lambda s: _is_cylinder(s, B.dowel / 2) and abs(s.Cylinder().Location().Y()) < _NEAR_MM)
    front, back = labels(lambda s: _is_plane(s, 1, -upright)), labels(lambda s: _is_plane(s, 1, upright))

    size = Gdt.XCAFDimTolObjects_DimensionType_Size_Diameter
    distance = Gdt.XCAFDimTolObjects_DimensionType_Location_LinearDistance
    _dimension(tool, "Bearing bore", size, B.bore, [bore], is_h7=True)
    _dimension(tool, "Dowel bores", size, B.dowel, [dowels], is_h7=True)
    _dimension(tool, "Bore height", distance, B.bore_height, [seat, bore], tolerance=0.05)
    _dimension(tool, "Head thickness", distance, B.upright_depth, [front, back], tolerance=0.1)

    _tolerance(tool, "Seat flatness", Gdt.XCAFDimTolObjects_GeomToleranceType_Flatness, 0.02, seat)
    parallel = _tolerance(tool, "Bore parallelism", Gdt.XCAFDimTolObjects_GeomToleranceType_Parallelism, 0.03, bore)
    position = _tolerance(
        tool, "Dowel position", Gdt.XCAFDimTolObjects_GeomToleranceType_Position, 0.05, dowels, is_round=True
    )
    _datum(tool, "A", 1, seat, parallel)
    for rank, (letter, where) in enumerate((("A", seat), ("B", bore), ("C", front)), start=1):
        _datum(tool, letter, rank, where, position)


def _faces(shape: Any) -> list[tuple[TopoDS_Face, Any]]:
    from OCP.BRepAdaptor import BRepAdaptor_Surface
    from OCP.TopAbs import TopAbs_FACE
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    found = []
    explorer = TopExp_Explorer(shape, TopAbs_FACE)
    while explorer.More():
        face = TopoDS.Face(explorer.Current())
        found.append((face, BRepAdaptor_Surface(face)))
        explorer.Next()
    return found


def _is_plane(surface: Any, axis: int, at: float) -> bool:
    from OCP.GeomAbs import GeomAbs_Plane

    if surface.GetType() != GeomAbs_Plane:
        return False
    plane = surface.Plane()
    normal, origin = plane.Axis().Direction(), plane.Location()
    return abs(normal.Coord(axis + 1)) > 1 - _NEAR_MM and abs(origin.Coord(axis + 1) - at) < _NEAR_MM


def _is_cylinder(surface: Any, radius: float) -> bool:
    from OCP.GeomAbs import GeomAbs_Cylinder

    return surface.GetType() == GeomAbs_Cylinder and abs(surface.Cylinder().Radius() - radius) < _NEAR_MM


def _dimension(
    tool: XCAFDoc_DimTolTool, name: str, kind: Any, value: float, where: Sequence[Sequence[TDF_Label]], *,
    tolerance: float | None = None, is_h7: bool = False,
) -> None:  # fmt: skip
    """A size of one feature, or the distance between two; `tolerance` is ± millimetres."""
    from OCP import XCAFDimTolObjects as Gdt
    from OCP.XCAFDoc import XCAFDoc_Dimension

    entry = Gdt.XCAFDimTolObjects_DimensionObject()
    entry.SetSemanticName(_word(name))
    entry.SetType(kind)
    entry.SetValue(value)
    if tolerance is not None:
        entry.SetUpperTolValue(tolerance)
        entry.SetLowerTolValue(tolerance)
    if is_h7:
        # The kernel (8.0) writes the grade's place in its list, which begins with IT01 and IT0: IT5 comes out as "7".
        grade = Gdt.XCAFDimTolObjects_DimensionGrade_IT5
        entry.SetClassOfTolerance(True, Gdt.XCAFDimTolObjects_DimensionFormVariance_H, grade)
    label = tool.AddDimension()
    first, second = _sequence(where[0]), _sequence(where[1] if len(where) > 1 else ())
    tool.SetDimension(first, second, label)
    XCAFDoc_Dimension.Set_s(label).SetObject(entry)


def _tolerance(
    tool: XCAFDoc_DimTolTool, name: str, kind: Any, value: float, where: Sequence[TDF_Label], *, is_round: bool = False
) -> TDF_Label:
    from OCP import XCAFDimTolObjects as Gdt
    from OCP.XCAFDoc import XCAFDoc_GeomTolerance

    entry = Gdt.XCAFDimTolObjects_GeomToleranceObject()
    entry.SetSemanticName(_word(name))
    entry.SetType(kind)
    entry.SetValue(value)
    if is_round:
        entry.SetTypeOfValue(Gdt.XCAFDimTolObjects_GeomToleranceTypeValue_Diameter)
    label = tool.AddGeomTolerance()
    tool.SetGeomTolerance(_sequence(where), label)
    XCAFDoc_GeomTolerance.Set_s(label).SetObject(entry)
    return label


def _datum(tool: XCAFDoc_DimTolTool, letter: str, rank: int, where: Sequence[TDF_Label], tolerance: TDF_Label) -> None:
    """One use of a datum: the first, second or third reference of a tolerance."""
    from OCP import XCAFDimTolObjects as Gdt
    from OCP.XCAFDoc import XCAFDoc_Datum

    entry = Gdt.XCAFDimTolObjects_DatumObject()
    entry.SetName(_word(letter))
    entry.SetPosition(rank)
    label = tool.AddDatum()
    tool.SetDatum(_sequence(where), label)
    XCAFDoc_Datum.Set_s(label).SetObject(entry)
    tool.SetDatumToGeomTol(label, tolerance)


def _sequence(labels: Sequence[TDF_Label]) -> Any:
    from OCP.collections import Sequence_TDF_Label

    sequence = Sequence_TDF_Label()
    for label in labels:
        sequence.Append(label)
    return sequence


def _word(text: str) -> Any:
    from OCP.TCollection import TCollection_HAsciiString

    return TCollection_HAsciiString(text)
