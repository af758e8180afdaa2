"""The options of a STEP extraction."""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.extractors.contract import Options


class StepOptions(Options):
    """What to read of a STEP file; everything by default."""

    extract_assembly: bool = Field(default=True, description="Read the tree, the occurrences and the parts list.")
    extract_parts: bool = Field(default=True, description="Read the parts with attributes, materials and colours.")
    extract_pmi: bool = Field(default=True, description="Read dimensions, geometric tolerances and datums.")
    calculate_volumes: bool = Field(default=True, description="Compute the volume of each part.")
    calculate_areas: bool = Field(default=True, description="Compute the surface area of each part.")
    calculate_centroids: bool = Field(default=True, description="Give the centre of mass (needs the volumes).")
    calculate_bboxes: bool = Field(default=True, description="Compute the tight bounding box of each part.")
    count_shapes: bool = Field(default=True, description="Count solids, shells, faces, edges and vertices.")
    max_parts: int = Field(default=10_000, ge=1, description="Parts beyond this number are left out, with a warning.")

    @property
    def needs_geometry(self) -> bool:
        return self.calculate_volumes or self.calculate_areas or self.calculate_bboxes or self.count_shapes
