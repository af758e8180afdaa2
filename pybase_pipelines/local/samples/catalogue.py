"""Which sample files `demo` uploads, and what should become of each.

What belongs here: the list. What does not: what is in a file, which its own module knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pybase_pipelines.formats.table import Format


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample file. `expected_error` is the code that its job should end with, None where it should succeed."""

    path: Path
    format: Format
    description: str
    expected_error: str | None = None


def write_samples(folder: Path) -> list[Sample]:
    """Write all samples into a folder, which is made if need be. Takes a few seconds, most of them imports."""
    from pybase_pipelines.local.samples.assembly_step import write_step
    from pybase_pipelines.local.samples.broken import write_encrypted_pdf, write_truncated
    from pybase_pipelines.local.samples.building_ifc import write_ifc
    from pybase_pipelines.local.samples.drawing_dwg import write_dwg
    from pybase_pipelines.local.samples.drawing_dxf import write_dxf
    from pybase_pipelines.local.samples.drawing_pdf import write_pdf

    folder.mkdir(parents=True, exist_ok=True)
    samples = [
        Sample(folder / "BB-2041_C Bearing bracket.pdf", Format.PDF, "part drawing, A3, with parts list and revisions"),
        Sample(
            folder / "BB-2041_C Bearing bracket.dxf", Format.DXF, "the same drawing with layers, blocks and dimensions"
        ),
        Sample(folder / "BB-2041_C Bearing bracket.dwg", Format.DWG, "the same drawing as a DWG 2000"),
        Sample(
            folder / "BB-2041 Bearing bracket.step", Format.STEP, "the assembly, AP242, with tolerances on its faces"
        ),
        Sample(folder / "TH-2 Assembly hall.ifc", Format.IFC, "a building of two storeys and a roof, IFC4"),
        Sample(
            folder / "TH-2 Assembly hall (interrupted upload).ifc", Format.IFC, "its end is missing", "truncated_file"
        ),
        Sample(folder / "BB-2041 Quotation.pdf", Format.PDF, "opens only with a password", "password_required"),
    ]
    pdf, dxf, dwg, step, ifc, truncated, encrypted = (sample.path for sample in samples)
    write_pdf(pdf)
    write_dxf(dxf)
    write_dwg(dwg)
    write_step(step)
    write_ifc(ifc)
    write_truncated(truncated, ifc)
    write_encrypted_pdf(encrypted)
    return samples
