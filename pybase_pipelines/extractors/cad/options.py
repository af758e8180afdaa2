"""What a user may choose for a CAD drawing, DXF or DWG. Everything is on unless switched off."""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.extractors.contract import Options


class CadOptions(Options):
    """Options of both CAD extractors; the limits bound what one layout may cost."""

    extract_layers: bool = Field(True, description="Layers with their properties and counts.")
    extract_blocks: bool = Field(True, description="Block definitions, references and attributes.")
    extract_dimensions: bool = Field(True, description="Dimensions of model space and of the sheets.")
    extract_text: bool = Field(True, description="Texts, attributes, leaders and tables.")
    extract_title_block: bool = Field(True, description="Title blocks and revision tables.")
    extract_geometry: bool = Field(True, description="Hatches with areas, lengths by layer.")
    extract_bom: bool = Field(True, description="Parts lists.")
    include_model_space: bool = Field(True, description="Read what is drawn in model space.")
    include_paper_space: bool = Field(True, description="Read what is drawn on the sheets.")
    layer_filter: tuple[str, ...] | None = Field(
        None, description="Only texts, dimensions and hatches on these layers."
    )
    max_lettering_per_layout: int = Field(20_000, ge=1, description="Texts of a layout that are looked at as a sheet.")
    max_rules_per_layout: int = Field(50_000, ge=1, description="Lines of a layout that are looked at as ruling.")
    max_hatch_vertices: int = Field(5_000, ge=1, description="A hatch with more boundary points gives no area.")
