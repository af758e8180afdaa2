"""What a user may choose for a PDF. Everything is on unless switched off."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pybase_pipelines.extractors.contract import Options


class PdfOptions(Options):
    """Options of the PDF extractor; the limits bound what one page or one document may cost."""

    extract_text: bool = Field(True, description="Text blocks with place and size.")
    extract_tables: bool = Field(True, description="Tables, ruled and (where it is safe) unruled.")
    extract_dimensions: bool = Field(True, description="Dimensions and notes on drawing sheets.")
    extract_title_block: bool = Field(True, description="Title blocks and revision tables.")
    extract_bom: bool = Field(True, description="Parts lists on drawing sheets.")
    extract_annotations: bool = Field(True, description="Links, comments and form fields.")
    pages: tuple[Annotated[int, Field(ge=1)], ...] | None = Field(
        None, description="Pages to read, from 1; all if not given."
    )
    table_strategy: Literal["auto", "lines", "text"] = Field(
        "auto", description="How tables are found: by ruling, by alignment, or both."
    )
    password: str | None = Field(None, description="Password of an encrypted document.")
    max_pages: int = Field(5_000, ge=1, description="Pages beyond this are not read, and the result is partial.")
    max_characters_per_page: int = Field(200_000, ge=1, description="Characters beyond this on one page are not read.")
    max_paths_per_page: int = Field(
        200_000, ge=1, description="Lines and curves beyond this on one page are not looked at."
    )
    max_inflated_bytes: int = Field(256 << 20, ge=1, description="What one compressed stream may unpack to.")
    max_seconds_for_tables: float = Field(
        60.0, gt=0, description="When this is used up, the remaining pages give no tables."
    )
