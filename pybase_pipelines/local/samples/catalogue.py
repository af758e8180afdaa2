"""Which sample files `demo` uploads, and what should become of each.

What belongs here: the list. What does not: what is in a file, which its own module knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pybase_pipelines.formats.table import Format


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample file. `expected_error` is the code that its job should end with, None where it should succeed.

    `is_partial`: part of the file is missing, so its result should be partial and say so.
    """

    path: Path
    format: Format
    description: str
    expected_error: str | None = None
    is_partial: bool = False


def write_samples(folder: Path) -> list[Sample]:
    """Write all samples into a folder, which is made if need be. Takes a few seconds, most of them imports."""
    from pybase_pipelines.local.samples.assembly_step import write_step
    from pybase_pipelines.local.samples.broken import write_beginning, write_encrypted_pdf
    from pybase_pipelines.local.samples.building_ifc import write_ifc
    from pybase_pipelines.local.samples.drawing_dwg import write_dwg
    from pybase_pipelines.local.samples.drawing_dxf import write_dxf
    from pybase_pipelines.local.samples.drawing_pdf import write_pdf

    folder.mkdir(parents=True, exist_ok=True)
    samples = [
        Sample(folder / "BB-2041_C Bearing bracket.pdf", Format.PDF, "part drawing, A3, with parts list and revisions"),
        Sample(folder / "BB-2041_C Bearing bracket.dxf", Format.DXF, "the same with layers, blocks and dimensions"),
        Sample(folder / "BB-2041_C Bearing bracket.dwg", Format.DWG, "the same as a DWG 2000"),
        Sample(folder / "BB-2041 Bearing bracket.step", Format.STEP, "the assembly, AP242, with tolerances on faces"),
        Sample(folder / "TH-2 Assembly hall.ifc", Format.IFC, "a building of two storeys and a roof, IFC4"),
        Sample(folder / "TH-2 (interrupted upload).ifc", Format.IFC, "40 % of it are missing", is_partial=True),
        Sample(folder / "BB-2041 (failed upload).step", Format.STEP, "it ends in its header", "truncated_file"),
        Sample(folder / "BB-2041 Quotation.pdf", Format.PDF, "opens only with a password", "password_required"),
    ]
    pdf, dxf, dwg, step, ifc, interrupted, failed, encrypted = (sample.path for sample in samples)
    write_pdf(pdf)
    write_dxf(dxf)
    write_dwg(dwg)
    write_step(step)
    write_ifc(ifc)
    write_beginning(interrupted, ifc, share=0.6)
    write_beginning(failed, step, share=0.001)
    write_encrypted_pdf(encrypted)
    return samples
