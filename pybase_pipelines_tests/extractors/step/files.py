"""STEP files made in code: short texts with numbered statements, and shapes written by the kernel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.step.extractor import extract
from pybase_pipelines.extractors.step.options import StepOptions
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.step import StepContent

AP242 = "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 0 10303 442 3 1 4 }"
END = "ENDSEC;\nEND-ISO-10303-21;\n"

MM = """
#901=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#902=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#903=(GEOMETRIC_REPRESENTATION_CONTEXT(3)GLOBAL_UNIT_ASSIGNED_CONTEXT((#901,#902))REPRESENTATION_CONTEXT('',''));
"""
INCH = """
#901=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#902=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#904=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#901);
#905=(CONVERSION_BASED_UNIT('INCH',#904)LENGTH_UNIT()NAMED_UNIT(#999));
#906=PLANE_ANGLE_MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(0.01745329252),#902);
#907=(CONVERSION_BASED_UNIT('DEGREE',#906)NAMED_UNIT(#998)PLANE_ANGLE_UNIT());
#903=(GEOMETRIC_REPRESENTATION_CONTEXT(3)GLOBAL_UNIT_ASSIGNED_CONTEXT((#905,#907))REPRESENTATION_CONTEXT('',''));
#998=DIMENSIONAL_EXPONENTS(0.,0.,0.,0.,0.,0.,0.);
#999=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);
"""


def step_text(*statements: str, schema: str = AP242, end: str = END) -> str:
    """A whole file with these statements in its DATA section."""
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('made in a test'),'2;1');\n"
        "FILE_NAME('part.stp','2026-01-02T03:04:05',('A. Author'),('Org'),'writer 1.0','CAD 7','');\n"
        f"FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n" + "\n".join(statements) + "\n" + end
    )


def product(number: int, name: str, part_id: str | None = None) -> str:
    """A product `#number`, its formation +1, its definition +2 and the shape of that +3."""
    n = number
    return (
        f"#{n}=PRODUCT('{part_id or name}','{name}','',(#990));\n#{n + 1}=PRODUCT_DEFINITION_FORMATION('B','',#{n});\n"
        f"#{n + 2}=PRODUCT_DEFINITION('design','',#{n + 1},#991);\n#{n + 3}=PRODUCT_DEFINITION_SHAPE('','',#{n + 2});"
    )


def contexts() -> str:
    return (
        "#990=PRODUCT_CONTEXT('',#992,'');\n#991=PRODUCT_DEFINITION_CONTEXT('',#992,'');\n#992=APPLICATION_CONTEXT('');"
    )


def usage(number: int, parent: int, child: int, name: str = "use") -> str:
    """An occurrence of one product (by the number of its PRODUCT) in another."""
    return f"#{number}=NEXT_ASSEMBLY_USAGE_OCCURRENCE('{number}','{name}','',#{parent + 2},#{child + 2},'REF{number}');"


def read_text(folder: Path, text: str | bytes, **options: Any) -> tuple[StepContent, Progress]:
    path = folder / "test.stp"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, **options)


def read_file(path: Path, **options: Any) -> tuple[StepContent, Progress]:
    """Extract a file as the child does, in this process."""
    content, progress = StepContent(), Progress()
    detection = Detection(format=Format.STEP)
    extract(Source(path, path.name, detection, StepOptions(**options), path.parent), content, progress)
    return content, progress


def codes(progress: Progress) -> set[str]:
    return {warning.code for warning in progress.warnings}


def write_shapes(path: Path, parts: Iterable[tuple[str, Any]], *, unit: str = "MM") -> Path:
    """Write each shape as a product of its own."""
    from OCP.Interface import Interface_Static
    from OCP.STEPControl import STEPControl_AsIs, STEPControl_Controller, STEPControl_Writer

    STEPControl_Controller.Init_s()
    try:
        Interface_Static.SetCVal_s("write.step.unit", unit)
        writer = STEPControl_Writer()
        for name, shape in parts:
            Interface_Static.SetCVal_s("write.step.product.name", name)
            writer.Transfer(shape, STEPControl_AsIs)
        writer.Write(str(path))
    finally:
        Interface_Static.SetCVal_s("write.step.unit", "MM")
    return path


def write_assembly(path: Path, parts: Iterable[tuple[str, Any, list[Any]]]) -> Path:
    """Write an assembly TOP of shapes, each placed by a list of gp_Trsf."""
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.STEPControl import STEPControl_AsIs
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDataStd import TDataStd_Name
    from OCP.TDocStd import TDocStd_Document
    from OCP.TopLoc import TopLoc_Location
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    document = TDocStd_Document(TCollection_ExtendedString("test"))
    tool = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    top = tool.NewShape()
    TDataStd_Name.Set_s(top, TCollection_ExtendedString("TOP"))
    for name, shape, placements in parts:
        label = tool.AddShape(shape, False)
        TDataStd_Name.Set_s(label, TCollection_ExtendedString(name))
        for placement in placements:
            tool.AddComponent(top, label, TopLoc_Location(placement))
    tool.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    writer.Transfer(document, STEPControl_AsIs)
    writer.Write(str(path))
    return path


def add_statements(path: Path, statements: str) -> None:
    """Add statements to a written file; `{definition}`, `{shape}` and `{context}` stand for its first product's."""
    text = path.read_text()
    numbers = {
        "definition": _first(text, "PRODUCT_DEFINITION"),
        "shape": _first(text, "PRODUCT_DEFINITION_SHAPE"),
        "context": _first(text, r"\( ?GEOMETRIC_REPRESENTATION_CONTEXT"),
    }
    head, _, tail = text.rpartition("ENDSEC;")
    path.write_text(head + statements.format(**numbers) + "\nENDSEC;" + tail)


def _first(text: str, entity: str) -> str:
    match = re.search(rf"(#\d+)\s*=\s*{entity}\s*\(", text)
    assert match is not None, entity
    return match[1]
