"""What a DXF gives: the shape of every CAD drawing, its groups, and what had to be repaired to read it."""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.results.cad import CadContent
from pybase_pipelines.results.envelope import Envelope


class DxfContent(CadContent):
    """`groups` are named groups and their handles; `repairs` what was mended in a file that breaks the rules."""

    groups: dict[str, list[str]] = Field(default_factory=dict)
    repairs: list[str] = Field(default_factory=list)


class DxfResult(Envelope, DxfContent):
    """The whole result of a DXF file."""
