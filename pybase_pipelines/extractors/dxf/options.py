"""What a user may choose for a DXF."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.options import CadOptions


class DxfOptions(CadOptions):
    """Options of the DXF extractor."""
