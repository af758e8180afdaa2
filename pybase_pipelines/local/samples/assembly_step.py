"""The bearing bracket with its mounting plate, bush, pins and screws as a STEP AP242 assembly with semantic PMI.

What belongs here: the assembly's structure, its appearance and materials, and how the file is written. What does not:
the bracket's shape (`bracket_solid`) and the tolerances on its faces (`assembly_pmi`).
"""

# The kernel's modules are compiled into one library, which type checkers cannot look into.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_pipelines.local.samples import bracket_solid as solid
from pybase_pipelines.local.samples import product
from pybase_pipelines.local.samples.assembly_pmi import annotate_bracket
from pybase_pipelines.local.samples.product import BRACKET as B

if TYPE_CHECKING:
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.TDF import TDF_Label
    from OCP.TDocStd import TDocStd_Document
    from OCP.TopoDS import TopoDS_Shape
    from OCP.XCAFDoc import XCAFDoc_ShapeTool

_PLATE = (160.0, 100.0, 12.0)
_SPOTFACE_Z = B.foot - 1.0
_WASHER_THICKNESS = 1.6
_TIME_STAMP = "2026-03-17T09:24:11"


@dataclass(frozen=True, slots=True)
class _Material:
    """A material: name, standard, density in kg/m³, colour (sRGB), layer."""

    name: str
    standard: str
    density: float
    colour: tuple[float, float, float]
    layer: str


_CAST_IRON = _Material("EN-GJS-400-15", "EN 1563", 7100.0, (0.27, 0.38, 0.52), "CASTINGS")
_STEEL = _Material("S355J2", "EN 10025-2", 7850.0, (0.62, 0.64, 0.66), "PLATES")
_BRONZE = _Material("CuSn8", "EN 12163", 8800.0, (0.80, 0.58, 0.25), "BEARINGS")
_FASTENER = _Material("Steel 8.8", "ISO 898-1", 7850.0, (0.35, 0.35, 0.37), "FASTENERS")


def write_step(path: Path) -> None:
    """Write the assembly.

    Raises:
        OSError: the file could not be written.
    """
    from OCP.IFSelect import IFSelect_RetDone
    from OCP.Interface import Interface_Static
    from OCP.STEPCAFControl import STEPCAFControl_Controller, STEPCAFControl_Writer
    from OCP.STEPControl import STEPControl_AsIs

    _silence()
    # Without this the kernel crashes when it writes PMI.
    STEPCAFControl_Controller.Init_s()
    Interface_Static.SetCVal_s("write.step.schema", "AP242DIS")
    Interface_Static.SetCVal_s("write.step.unit", "MM")
    document = _assemble()
    writer = STEPCAFControl_Writer()
    for switch in ("Color", "Name", "Layer", "Props", "DimTol", "Material"):
        getattr(writer, f"Set{switch}Mode")(True)
    writer.Transfer(document, STEPControl_AsIs)
    _sign(writer)
    if writer.Write(str(path)) != IFSelect_RetDone:
        raise OSError(f"The CAD kernel could not write '{path.name}'.")


def _silence() -> None:
    """The kernel reports its work on stdout, which belongs to the caller."""
    from OCP.Message import Message

    messenger = Message.DefaultMessenger_s()
    for printer in list(messenger.Printers()):
        messenger.RemovePrinter(printer)


def _sign(writer: STEPCAFControl_Writer) -> None:
    """The header: who, when, with what."""
    from OCP.APIHeaderSection import APIHeaderSection_MakeHeader
    from OCP.TCollection import TCollection_HAsciiString as Word

    header = APIHeaderSection_MakeHeader(writer.ChangeWriter().Model())
    header.SetName(Word(f"{product.DRAWING_NUMBER} {product.TITLE}"))
    header.SetTimeStamp(Word(_TIME_STAMP))
    header.SetAuthorValue(1, Word("M. Okafor"))
    header.SetOrganizationValue(1, Word(product.COMPANY))
    header.SetOriginatingSystem(Word("pybase-pipelines samples"))
    header.SetAuthorisation(Word("S. Varga"))


def _assemble() -> TDocStd_Document:
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDocStd import TDocStd_Document
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    document = TDocStd_Document(TCollection_ExtendedString("BinXCAF"))
    XCAFDoc_DocumentTool.SetLengthUnit_s(document, 0.001)
    tool = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    bracket = _part(document, f"{product.PART_NUMBER} Bracket body", solid.make_bracket(), _CAST_IRON)
    plate = _part(document, "BB-2041-02 Mounting plate", _plate(), _STEEL)
    bush = _part(document, "BB-2041-03 Bearing bush", _bush(), _BRONZE)
    pin = _part(document, "ISO 8734-12x24 Dowel pin", solid.cylinder(B.dowel / 2, 24, 0, 0, 0), _FASTENER)
    screw = _part(document, "ISO 4762-M8x25 Socket head cap screw", _screw(), _FASTENER)
    washer = _part(document, "ISO 7089-8 Plain washer", _washer(), _FASTENER)

    fastener = _assembly(tool, "BB-2041-10 Screw with washer")
    _place(tool, fastener, washer, "Washer", 0, 0, 0)
    _place(tool, fastener, screw, "Screw", 0, 0, _WASHER_THICKNESS)
    root = _assembly(tool, f"{product.DRAWING_NUMBER} {product.TITLE}")
    _place(tool, root, plate, "Mounting plate", 0, 0, -_PLATE[2])
    _place(tool, root, bracket, "Bracket body", 0, 0, 0)
    _place(tool, root, bush, "Bearing bush", 0, 0, 0)
    for n, side in enumerate((-1, 1), start=1):
        _place(tool, root, pin, f"Dowel pin {n}", side * B.hole_spacing / 2, 0, -11)
    for n, (x, y) in enumerate(_hole_positions(), start=1):
        _place(tool, root, fastener, f"Screw with washer {n}", x, y, _SPOTFACE_Z)
    tool.UpdateAssemblies()
    annotate_bracket(document, bracket)
    return document


def _part(document: TDocStd_Document, name: str, shape: TopoDS_Shape, material: _Material) -> TDF_Label:
    """A part with its name, colour, layer, material, and the volume, area and centre a reader can check itself with."""
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps
    from OCP.Quantity import Quantity_Color, Quantity_TOC_sRGB
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TCollection import TCollection_HAsciiString as Word
    from OCP.XCAFDoc import XCAFDoc_Area, XCAFDoc_Centroid, XCAFDoc_ColorSurf, XCAFDoc_DocumentTool, XCAFDoc_Volume

    main = document.Main()
    label = XCAFDoc_DocumentTool.ShapeTool_s(main).AddShape(shape, False)
    _name(label, name)
    colour = Quantity_Color(*material.colour, Quantity_TOC_sRGB)
    XCAFDoc_DocumentTool.ColorTool_s(main).SetColor(label, colour, XCAFDoc_ColorSurf)
    XCAFDoc_DocumentTool.LayerTool_s(main).SetLayer(label, TCollection_ExtendedString(material.layer))
    density = (Word("density measure"), Word("POSITIVE_RATIO_MEASURE"))
    words = (Word(material.name), Word(material.standard))
    # The kernel keeps densities in g/cm³ beside these words.
    XCAFDoc_DocumentTool.MaterialTool_s(main).SetMaterial(label, *words, material.density / 1000, *density)
    volume, surface = GProp_GProps(), GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, volume, 1e-3, False, False)
    BRepGProp.SurfaceProperties_s(shape, surface)
    XCAFDoc_Volume.Set_s(label, volume.Mass())
    XCAFDoc_Area.Set_s(label, surface.Mass())
    XCAFDoc_Centroid.Set_s(label, volume.CentreOfMass())
    return label


def _assembly(tool: XCAFDoc_ShapeTool, name: str) -> TDF_Label:
    label = tool.NewShape()
    _name(label, name)
    return label


def _place(
    tool: XCAFDoc_ShapeTool, assembly: TDF_Label, part: TDF_Label, name: str, x: float, y: float, z: float
) -> None:
    from OCP.gp import gp_Trsf, gp_Vec
    from OCP.TopLoc import TopLoc_Location

    move = gp_Trsf()
    move.SetTranslation(gp_Vec(x, y, z))
    _name(tool.AddComponent(assembly, part, TopLoc_Location(move)), name)


def _name(label: TDF_Label, name: str) -> None:
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDataStd import TDataStd_Name

    TDataStd_Name.Set_s(label, TCollection_ExtendedString(name, True))


def _hole_positions() -> list[tuple[float, float]]:
    return [(x * B.hole_spacing / 2, y * B.hole_depth_spacing / 2) for x in (-1, 1) for y in (-1, 1)]


def _plate() -> TopoDS_Shape:
    plate = solid.box(*_PLATE)
    for x, y in _hole_positions():
        plate = solid.cut(plate, solid.cylinder(3.4, _PLATE[2], x, y, 0))
    for side in (-1, 1):
        plate = solid.cut(plate, solid.cylinder(B.dowel / 2, _PLATE[2], side * B.hole_spacing / 2, 0, 0))
    for x in (-1, 1):
        for y in (-1, 1):
            plate = solid.cut(plate, solid.cylinder(5.5, _PLATE[2], x * 70, y * 40, 0))
    return plate


def _bush() -> TopoDS_Shape:
    return solid.cut(solid.along_y(B.bore / 2, B.upright_depth), solid.along_y(15.0, B.upright_depth))


def _screw() -> TopoDS_Shape:
    """An M8 x 25 cap screw, thread as its outer cylinder; z = 0 is the seat of the head."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse

    body = BRepAlgoAPI_Fuse(solid.cylinder(4.0, 25, 0, 0, -25), solid.cylinder(6.5, 8, 0, 0, 0)).Shape()
    return solid.unify(solid.cut(body, solid.cylinder(3.0, 4, 0, 0, 4)))


def _washer() -> TopoDS_Shape:
    return solid.cut(solid.cylinder(8.0, _WASHER_THICKNESS, 0, 0, 0), solid.cylinder(4.2, _WASHER_THICKNESS, 0, 0, 0))
