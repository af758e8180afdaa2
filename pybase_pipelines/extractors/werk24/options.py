"""What a user may choose for a drawing that Werk24 reads. Each ask that is left out saves its credits."""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.extractors.contract import Options

PAGE_LIMIT = 5
SECONDS_LIMIT = 180


class Werk24Options(Options):
    """Options of the Werk24 extractor."""

    extract_dimensions: bool = Field(True, description="Dimensions with tolerances and fits.")
    extract_gdt: bool = Field(True, description="Geometric tolerances.")
    extract_threads: bool = Field(True, description="Thread callouts.")
    extract_surface_finish: bool = Field(True, description="Surface texture requirements.")
    extract_features: bool = Field(True, description="Bores, chamfers, radii, undercuts, key slots, centre holes.")
    extract_materials: bool = Field(True, description="Materials and their alternatives.")
    extract_title_block: bool = Field(True, description="Title block, parts list and notes.")
    extract_insights: bool = Field(False, description="Manufacturing insights, an ask that is paid for by itself.")
    confidence_threshold: float = Field(
        0.7, ge=0, le=1, description="Items that the service is less sure of are left out, with a warning."
    )
    max_pages: int | None = Field(
        None, ge=1, le=PAGE_LIMIT, description="Read the first pages only; without it a longer document is refused."
    )
    timeout_seconds: float = Field(170, gt=0, le=SECONDS_LIMIT, description="How long one reading may take.")
    keep_raw_messages: bool = Field(True, description="Keep the service's answers as they came; they were paid for.")

    @property
    def wants_features(self) -> bool:
        return any(
            (
                self.extract_dimensions,
                self.extract_gdt,
                self.extract_threads,
                self.extract_surface_finish,
                self.extract_features,
            )
        )

    @property
    def wants_metadata(self) -> bool:
        return self.extract_materials or self.extract_title_block or self.extract_surface_finish
