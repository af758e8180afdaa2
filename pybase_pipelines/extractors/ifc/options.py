"""What a person may choose for a building model."""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.extractors.contract import Options


class IfcOptions(Options):
    """The options of an IFC file.

    `element_types` limits `elements` to these classes and their subtypes; counts always cover the whole model.
    """

    extract_properties: bool = True
    extract_quantities: bool = True
    extract_materials: bool = True
    extract_spatial_structure: bool = True
    element_types: tuple[str, ...] | None = None
    max_elements: int = Field(default=50_000, ge=1)
    max_unpacked_bytes: int = Field(default=2 << 30, ge=1)
    max_unpacked_ratio: int = Field(default=200, ge=1)
