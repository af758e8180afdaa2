"""The formats we know, one row each. How a file's format is found out is `formats.detection`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Format(StrEnum):
    """What a file can be extracted as. `werk24` is a drawing (PDF or picture) read by the Werk24 service."""

    PDF = "pdf"
    DXF = "dxf"
    DWG = "dwg"
    IFC = "ifc"
    STEP = "step"
    WERK24 = "werk24"


class Detection(BaseModel):
    """Which format a file is, and why we think so.

    `format` is None where the content is none of ours; `version` is the format's own word (PDF "1.7", DXF and DWG
    "AC1032", IFC "IFC4", STEP the schema name). `wrapper` names what the content is packed in ("zip", "gzip"), and
    `contradiction` says that the name and the content disagree.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format | None
    version: str | None = None
    evidence: tuple[str, ...] = ()
    variant: str | None = None
    wrapper: str | None = None
    contradiction: str | None = None


@dataclass(frozen=True, slots=True)
class FormatRow:
    """What is fixed for a format: its name for people, its file extensions, its media type."""

    format: Format
    label: str
    extensions: tuple[str, ...]
    media_type: str


FORMATS: dict[Format, FormatRow] = {
    row.format: row
    for row in (
        FormatRow(Format.PDF, "PDF", (".pdf",), "application/pdf"),
        FormatRow(Format.DXF, "DXF", (".dxf",), "image/vnd.dxf"),
        FormatRow(Format.DWG, "DWG", (".dwg",), "image/vnd.dwg"),
        FormatRow(Format.IFC, "IFC", (".ifc", ".ifczip"), "application/x-step"),
        FormatRow(Format.STEP, "STEP", (".step", ".stp", ".p21"), "model/step"),
        FormatRow(Format.WERK24, "Drawing for Werk24", (".png", ".jpg", ".jpeg", ".tif", ".tiff"), "image/*"),
    )
}
