"""What a user may choose for a DWG."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.options import CadOptions


class DwgOptions(CadOptions):
    """Options of the DWG extractor."""
